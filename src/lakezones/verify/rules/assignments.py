"""Role assignments in force, with their scope taken apart.

In: facts. Out: one row per assignment that has not ended; eligible and conditional ones are marked, not left out.
"""

import re
from dataclasses import dataclass

from lakezones.model.frames import Facts
from lakezones.verify.rules.memberships import in_force

_CONTAINER = re.compile(r".*/storageaccounts/(?P<account>[^/]+)/blobservices/default/containers/(?P<name>[^/]+)")
_SUBSCRIPTIONS = "/subscriptions/"


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A role assignment, or a deny assignment, that has not ended.

    Attributes
    ----------
    scope
        ARM id in lower case, without a slash at its end.
    active
        Whether it holds now, rather than once somebody activates it.
    conditional
        Whether a condition limits it.
    """

    principal_id: str
    grant_id: str | None
    scope: str
    denies: bool
    active: bool
    conditional: bool

    @property
    def places(self) -> frozenset[str]:
        """The container it is made on, as a lake of one account and as a lake of several calls it; empty above that."""
        found = _CONTAINER.fullmatch(self.scope)
        return frozenset() if found is None else frozenset({found["name"], f"{found['account']}/{found['name']}"})

    @property
    def subscription(self) -> str | None:
        """Id of the subscription it is made in or on; None where it is made above subscriptions."""
        return self.scope.split("/")[2] if self.scope.startswith(_SUBSCRIPTIONS) else None


def assignments_in_force(facts: Facts) -> list[RoleAssignment]:
    """Assignments that have not ended, in the order of the table."""
    columns = ("principal_id", "grant_id", "scope", "effect", "state", "condition", "expires_at")
    return [
        RoleAssignment(
            principal_id=principal,
            grant_id=grant_id,
            scope=scope.strip().lower().rstrip("/"),
            denies=effect == "deny",
            active=state != "eligible",
            conditional=bool(condition),
        )
        for principal, grant_id, scope, effect, state, condition, expires_at in facts.table("role_assignments")
        .select(columns)
        .iter_rows()
        if in_force(expires_at, facts.as_of)
    ]
