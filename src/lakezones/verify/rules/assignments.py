"""Role assignments in force, with their scope taken apart.

In: facts. Out: one row per assignment that has not ended; eligible and conditional ones are marked, not left out.
"""

import re
from dataclasses import dataclass

from lakezones.model.frames import Facts
from lakezones.verify.rules.memberships import in_force

_CONTAINER = re.compile(r".*/storageaccounts/(?P<account>[^/]+)/blobservices/default/containers/(?P<name>[^/]+)")
_ACCOUNT = re.compile(r".*/microsoft\.storage/storageaccounts/(?P<account>[^/]+)(?:/blobservices(?:/default)?)?")
_GROUP = re.compile(r"/subscriptions/(?P<subscription>[^/]+)/resourcegroups/(?P<group>[^/]+)")
_SUBSCRIPTION = re.compile(r"/subscriptions/(?P<subscription>[^/]+)")
_HIGHER = re.compile(r"|/providers/microsoft\.management/managementgroups/[^/]+")
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
    role
        Role definition, as the assignment writes it.
    condition
        Text of the condition that limits it; empty where none does.
    """

    principal_id: str
    grant_id: str | None
    scope: str
    denies: bool
    active: bool
    role: str
    condition: str

    @property
    def conditional(self) -> bool:
        """Whether a condition limits it."""
        return bool(self.condition)

    def reaches(self, account: str, subscription: str | None, group: str | None) -> bool:
        """Whether it lies on an account or above it; where nobody knows where the account lies, it does.

        Management groups are taken to be above every account.
        """
        if found := _ACCOUNT.fullmatch(self.scope):
            return found["account"] == account
        if found := _GROUP.fullmatch(self.scope):
            return subscription in (None, found["subscription"]) and group in (None, found["group"])
        if found := _SUBSCRIPTION.fullmatch(self.scope):
            return subscription in (None, found["subscription"])
        return _HIGHER.fullmatch(self.scope) is not None

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
    columns = ("principal_id", "grant_id", "scope", "effect", "state", "role", "condition", "expires_at")
    return [
        RoleAssignment(
            principal_id=principal,
            grant_id=grant_id,
            scope=scope.strip().lower().rstrip("/"),
            denies=effect == "deny",
            active=state != "eligible",
            role=role,
            condition=condition or "",
        )
        for principal, grant_id, scope, effect, state, role, condition, expires_at in facts.table("role_assignments")
        .select(columns)
        .iter_rows()
        if in_force(expires_at, facts.as_of)
    ]
