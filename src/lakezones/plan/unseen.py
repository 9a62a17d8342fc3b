"""What the scan did not look at, and what a plan therefore must not do.

In: facts. Out: tables that say who has access and were not read, wholly or in part. Whoever reaches data by a route
that nobody looked at is in no role and at no target: sources are then kept, and nobody leaves a group that may open
more than is known.
"""

from typing import Final

from lakezones.model.frames import Facts

DIRECTORY: Final = ("principals", "memberships")
ROUTES: Final = ("role_assignments", "acls")


def unseen(facts: Facts) -> list[str]:
    """Tables of access that were not assessed, or of which a read failed; empty where everything was looked at.

    ACLs decide nothing where every account is known to have no hierarchical namespace.
    """
    return [name for name in (*DIRECTORY, *ROUTES) if not _looked_at(facts, name)]


def routes_unseen(facts: Facts) -> bool:
    """Whether a group may open what nobody looked at."""
    return any(name in ROUTES for name in unseen(facts))


def _looked_at(facts: Facts, name: str) -> bool:
    if name == "acls" and not facts.assessed(name):
        namespaces = facts.table("accounts")["hns"]
        return namespaces.len() > 0 and not namespaces.fill_null(value=True).any()
    return facts.assessed(name) and name not in facts.gaps["source"]
