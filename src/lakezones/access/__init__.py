"""Effective access: who can do what on which containers, and why.

In: raw facts. Out: classes of containers with equal raw grants, and who reaches each, in which lane, at which level.
Azure's access rules live in this package and nowhere else.

From facts to access, in order: ``routes`` (a grant's way in), ``keys`` (the shape of all of them), ``collapse`` with
``kernel``, ``engine`` and ``numbers`` (classes), ``membership`` and ``ownership`` (who is in a group, and who can be),
``operations`` (grants that are no level), ``resolve`` (all of it together), ``requests``. Beside it: ``parsed`` (facts
for other stages), ``explanations``, ``compare``, ``dividing`` (of classes), ``outputs``, ``settings``.
"""

from lakezones.access.resolve import resolve
from lakezones.access.settings import AccessSettings

__all__ = ["AccessSettings", "resolve"]
