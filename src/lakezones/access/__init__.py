"""Effective access: who can do what on which containers, and why.

In: raw facts. Out: classes of containers with equal raw grants, and who reaches each, in which lane, at which level.
Azure's access rules live in this package and nowhere else.
"""

from lakezones.access.resolve import resolve
from lakezones.access.settings import AccessSettings

__all__ = ["AccessSettings", "resolve"]
