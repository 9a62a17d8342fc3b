"""The generated Firm: a bank with people, a lake, entitlements and the noise of years.

``generate`` makes one from ``settings`` and a seed, ``write`` writes it down. The bank: ``staff`` and ``lake``, named
by ``words`` and ``naming``. Who may do what: ``noise`` (who holds which entitlement), ``world``, ``rights`` with
``assignments``, ``acls`` and ``builtin`` (how that is enforced). Around it: ``tools`` (lineage, use), ``register``
(systems, owners, clients) and ``inventory`` (blob inventory reports). ``draw`` holds the draws that all share.
"""
