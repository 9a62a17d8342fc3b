"""Readers of the live services: storage, management plane, directory and logs.

``live`` reads all sources of a scan; ``check`` tries one small read of each kind. A reader per service: ``storage``
with ``xml`` and ``acls``, ``reports`` (blob inventory), ``arm`` with ``denies``, ``directory`` with
``directory_objects`` and ``graph``, and ``usage``. Under them: ``client`` (storage) and ``cloud`` (all others) are how
requests are made, over ``transport`` with ``retries``; ``bounds`` refuses answers that never end or lead elsewhere,
and ``failures`` turns an error into a gap. ``vault`` is not part of a scan: it asks a key to sign.
"""
