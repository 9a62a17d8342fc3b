"""What three or more stages share, and nothing that touches a file, a console or a network.

Schemas and bundles: ``facts`` (what a snapshot holds), ``tables`` (what stages make), ``frames`` (both as bundles),
``outputs`` (the files of a stage), ``book`` (a workbook). Words of the field: ``levels`` (levels and lanes),
``principals``, ``scopes``, ``places`` (names of accounts and containers), ``acls`` (what an ACL looks like), ``rules``
(what is in force). Settings: ``limits``, ``naming`` (with ``distinct``: names that differ), ``policies``. What several
stages work out from frames: ``areas``, ``attributes`` (of people and classes), ``duties``, ``lineage``, ``metadata``,
``nesting``, ``suggestions``, ``usage``. For texts: ``words``. ``identity`` says whether two spellings are of one
person.
"""
