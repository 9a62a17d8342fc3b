"""Azure's access rules, written a second time for the proof.

`lakezones.access` derives access once for everyone; the plan is built on it. A proof that took the same code's word
would repeat its mistakes, so what the proof needs of the rules is derived here again from the raw facts: which
memberships are active, which role assignments are in force and where they lie, what ACL entries give under their mask.
Nothing in `lakezones.verify` may import `lakezones.access` (a test guards it); a difference between the two shows as a
claim that fails.

``memberships``
    Who is in which group now.
``assignments``
    Role assignments in force, with their scope taken apart.
``acls``
    Entries of access ACLs, the mask applied.
"""
