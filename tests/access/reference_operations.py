"""What a person may do by role, operation by operation: the union of allows, less what any deny takes.

Keys, writing role assignments and deleting are decided here. A role assignment with a condition is evaluated for the
assignment that the person would make, role by role and principal by principal, so that a delegation that allows
Reader alone is no way to data.

Sources: role-based-access-control/role-definitions, /deny-assignments, /delegate-role-assignments-examples,
storage/common/shared-key-authorization-prevent, all under https://learn.microsoft.com/azure/
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from tests.access.reference_model import (
    ASSIGN,
    DATA,
    ERASE,
    EVERYONE,
    KEYS,
    OF_ACCOUNT,
    REMOVE,
    WRITE_ACCOUNT,
    covers,
    kleene,
)

ASSIGN_NOW: Final = ASSIGN["roleAssignments/write"]
ANY_ROLE: Final = "ffffffff-ffff-4fff-8fff-ffffffffffff"
"""Stands for a role that no condition names; it may be Owner."""
DESTROY: Final = 2
"""Level of the lane destroy."""
TYPES: Final = {
    "user": "User",
    "group": "Group",
    "service_principal": "ServicePrincipal",
    "managed_identity": "ServicePrincipal",
}

Assignment = dict[str, Any]


def values_of(tree: Any, kind: str) -> set[str]:
    """What a condition compares an attribute of the request with."""
    if tree[0] in ("and", "or", "not"):
        return {value for part in tree[1:] for value in values_of(part, kind)}
    return set(tree[1]) if tree[0] == kind else set()


class Operations:
    """Decides operations on one container from the assignments that cover it.

    ``rows`` are in force; each has whom it ``reaches``, ``at`` (container, service, account or group: the lowest
    resource it covers), its ``definition`` and its ``tree`` (None without a condition).
    """

    def __init__(
        self,
        rows: Iterable[Assignment],
        container: dict[str, Any],
        account: dict[str, Any],
        *,
        roles: dict[str, dict[str, list[str]]],
        on: Callable[[str], bool],
    ) -> None:
        self.rows = list(rows)
        self.container = container
        self.refused = account["allow_shared_key"] is False and on("keys: not where refused")
        self.roles = roles
        self.on = on

    def carries(self, role: dict[str, list[str]], operation: str) -> bool:
        """Whether a definition has an operation: data operations in dataActions, the rest in actions."""
        data = operation in DATA or operation in ERASE.values()
        yes, no = ("data_actions", "not_data_actions") if data else ("actions", "not_actions")
        exact = [p for p in role.get(yes, []) if "*" not in p]
        patterns = role.get(yes, []) if self.on("role: wildcards") else exact
        taken = role.get(no, []) if self.on("role: not-lists") else []
        return any(covers(p, operation) for p in patterns) and not any(covers(p, operation) for p in taken)

    def reaches(self, row: Assignment, operation: str) -> bool:
        """An operation on the account, or on its resource group, is no part of what lies below it."""
        at = {"container": "keys: of the account, not of a container"}
        at["service"] = "keys: of the account, not of the blob service"
        if operation == REMOVE["resourceGroups/delete"]:
            return row["at"] == "group" or not self.on("destroy: a resource group is not the account's to delete")
        return operation not in OF_ACCOUNT or row["at"] not in at or not self.on(at[row["at"]])

    def denied(self, person: str, operation: str, rule: str) -> bool:
        """Whether a deny that certainly holds takes the operation.

        An account that nobody may delete does not go with its resource group either: it is deleted by itself.
        """
        if not self.on(rule):
            return False
        if operation == REMOVE["resourceGroups/delete"] and self.denied(person, REMOVE["storageAccounts/delete"], rule):
            return True
        control = rule.startswith("control")
        for row in self.rows:
            if row["effect"] != "deny" or not row["reaches"](person) or not self.reaches(row, operation):
                continue
            if row["definition"] is not None and self.carries(row["definition"], operation):
                truth = True if row["tree"] is None else kleene(row["tree"], operation, self.container)
                if truth is True or (control and not self.on("control: a deny that may not hold takes nothing")):
                    return True
        return False

    def allowed(self, person: str, operation: str, rule: str) -> list[Assignment]:
        """The assignments that give a person an operation; none where a deny takes it."""
        if self.denied(person, operation, rule):
            return []
        return [
            row
            for row in self.rows
            if row["effect"] != "deny"
            and row["reaches"](person)
            and row["definition"] is not None
            and self.reaches(row, operation)
            and self.carries(row["definition"], operation)
        ]

    # -------------------------------------------------------------------------------------- control

    def control(self, person: str, selves: dict[str, str | None]) -> int:
        """Level that a person can give itself; `selves` are its ids, its groups' too, with their types."""
        rule = "control: denied operation by operation"
        level = 0
        listed = [row for key in KEYS for row in self.allowed(person, key, rule)]
        if not self.on("control: a deny of some keys leaves the others") and any(
            self.denied(person, key, rule) for key in KEYS
        ):
            listed = []
        if listed and self.on("keys: everything"):
            switched = self.allowed(person, WRITE_ACCOUNT, rule) if self.on("keys: switched on again") else []
            if not self.on("keys: switched on by one role, listed by another"):
                switched = [row for row in switched if row in listed]
            if not self.refused or switched:
                level |= 7
        for name, operation in ASSIGN.items():
            if self.on(f"assign: {name}"):
                for row in self.allowed(person, operation, rule):
                    level |= self.assignable(row, operation, selves)
        return level

    def assignable(self, row: Assignment, operation: str, selves: dict[str, str | None]) -> int:
        """Level of all the roles that an assignment lets its holder give to one of `selves`."""
        tree = row["tree"]
        if tree is None or not self.on("delegate: a condition limits actions"):
            return 7
        level = 0
        for role in {ANY_ROLE, *(g.lower() for g in values_of(tree, "role"))}:
            for who, kind in selves.items():
                request = {"role": role, "principal": who, "type": kind}
                known = {
                    key: value
                    for key, value in request.items()
                    if value is not None and self.on(f"delegate: a condition limits {PLURAL[key]}")
                }
                # A request of privileged identity management writes a role assignment, and has to pass as one.
                passes = [kleene(tree, one, self.container, known) for one in (operation, ASSIGN_NOW)]
                if False not in passes:
                    level |= self.gives(role, row)
        return level

    def gives(self, role: str, row: Assignment) -> int:
        """Level of a role on the container, when assigned where `row` is."""
        definition = self.roles.get(role)
        if definition is None:
            return 7
        level = 0
        for operation, bits in DATA.items():
            level |= bits if self.carries(definition, operation) else 0
        listed = any(self.carries(definition, key) for key in KEYS)
        if (
            listed
            and row["at"] in ("account", "group")
            and (not self.refused or self.carries(definition, WRITE_ACCOUNT))
        ):
            level |= 7
        if any(self.carries(definition, operation) for operation in ASSIGN.values()):
            level |= 7
        if any(self.carries(definition, operation) for operation in [*ERASE.values(), *REMOVE.values()]):
            level |= DESTROY
        return level

    # -------------------------------------------------------------------------------------- destroy

    def destroys(self, person: str) -> bool:
        """Whether a person may delete or move blobs, or delete the container or its account."""
        rule = "destroy: denied operation by operation"
        for name, operation in {**ERASE, **REMOVE}.items():
            if not self.on(f"destroy: {name}"):
                continue
            for row in self.allowed(person, operation, rule):
                if row["tree"] is None or kleene(row["tree"], operation, self.container) is not False:
                    return True
        return False


PLURAL: Final = {"role": "roles", "principal": "principals", "type": "kinds of principals"}


def reaches_person(person: str, grantee: str, holders: set[str], also: str | None, spared: set[str]) -> bool:
    """Whether a row reaches a person: by name, by a group, or as everybody; not where it excludes it.

    `also` is the owner in whose place a person joins a group. Tables hold a deny that excludes somebody as one deny for
    each member that it reaches now, so it does not reach one who joins.
    """
    ids = ({also} if spared and also else {person, also}) - {None}
    if ids & spared:
        return False
    return grantee == EVERYONE or bool(ids & holders)
