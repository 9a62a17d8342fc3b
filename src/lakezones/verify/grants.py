"""A grant as the replay sees it.

Who is granted what on containers of a kind, in which lane, by what, and whether it lies on the container itself.
"""

from dataclasses import dataclass
from typing import Final

DATA: Final = "data"
DENY: Final = "deny"
"""Lane of what takes data access away at a target; no lane of access."""

KINDS: Final = {"assignment": "assignment", "acl": "acl_entry", "entitlement": "entitlement", "grant": "entitlement"}
"""Kind of grant in a plan, by the route that access found it on."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant on a cohort.

    `wide` marks assignments made above the container, which no plan touches; `bound` those of them whose condition may
    look at the container's name, and which therefore cannot be counted on at a target. `needs` names the groups that
    the grantee has to stay in: ACL entries that give something only together count as one grant.
    """

    grantee: str
    lane: str
    level: int
    kind: str
    entitlement: str
    wide: bool
    bound: bool = False
    needs: frozenset[str] = frozenset()


Grants = frozenset[Grant]
