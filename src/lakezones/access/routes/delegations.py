"""Constrained delegation: what a condition leaves to assign, to whom, and how much of the data that is.

In: the condition of an assignment that may write role assignments. Out: `Delegation`, which tells what somebody can
give themselves. The condition is evaluated for the assignments that could be made: every role and principal it names,
and one that stands for all others.
https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
https://learn.microsoft.com/azure/role-based-access-control/conditions-authorization-actions-attributes
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from lakezones.access.routes.conditions import parse_condition
from lakezones.access.routes.roles import ASSIGN_OPERATION

ANY: Final = "any other"
"""Stands for the roles, and for the principals, that a condition does not name."""
TYPES: Final = {
    "user": "User",
    "group": "Group",
    "service_principal": "ServicePrincipal",
    "managed_identity": "ServicePrincipal",
}
"""Kinds of principals as conditions call them."""
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SCHEMA: Final = {
    **dict.fromkeys(("role_id", "principal_ref", "principal_type", "name", "account", "metadata"), pl.String),
    "hns": pl.Boolean,
}


def named_in(condition: str) -> list[str]:
    """Ids that a condition names, of roles and of principals alike, in lower case; sorted."""
    return sorted({found.lower() for found in _GUID.findall(condition)})


@dataclass(frozen=True)
class Delegation:
    """One way of writing role assignments, under a condition.

    Attributes
    ----------
    condition
        Its text.
    operation
        The operation: writing at once, or a request of privileged identity management, which writes the same.
    roles
        Id of each role the condition may name, and `ANY`, with its name and the level bits of all that it opens.
    """

    condition: str
    operation: str
    roles: tuple[tuple[str, str, int], ...]

    @cached_property
    def digest(self) -> str:
        """Name of the delegation by its content."""
        return hashlib.sha256(repr((self.condition, self.operation, self.roles)).encode()).hexdigest()[:16]

    def level(self, selves: Mapping[str, str | None]) -> int:
        """Level bits that can be assigned to any of `selves`: ids with the type conditions see, None if unknown."""
        levels = {role: level for role, _, level in self.roles}
        bits = 0
        for role, _, passes in self._outcomes(selves.items()):
            bits |= 0 if passes is False else levels[role]
        return bits

    @cached_property
    def widest(self) -> int:
        """Level bits of everything that can be assigned to anybody."""
        return self.level(dict.fromkeys([*named_in(self.condition), ANY]))

    @cached_property
    def free(self) -> bool:
        """Whether the condition leaves nothing out."""
        return all(passes for _, _, passes in self._outcomes(self._everybody))

    @property
    def words(self) -> str:
        """What can be assigned, and to whom, in words."""
        outcomes = self._outcomes(self._everybody)
        if all(passes is None for _, _, passes in outcomes):
            return "can assign roles, as far as a condition allows that was not evaluated"
        able = [(role, who) for role, who, passes in outcomes if passes is not False]
        left = {role for role, _ in able}
        known = [(role, name) for role, name, _ in self.roles if role != ANY]
        if ANY in left:
            others = sorted(name for role, name in known if role not in left)
            what = f"all roles but {', '.join(others)}" if others else "all roles"
        else:
            what = "only " + ", ".join(sorted(name for role, name in known if role in left))
        people = sorted({who for _, who in able})
        generic = [who for who in people if who.startswith(ANY)]
        if not generic:
            return f"can assign {what} to {', '.join(people)}"
        kinds = sorted(who.removeprefix(f"{ANY} ") for who in generic)
        if len(kinds) < len(set(TYPES.values())):
            return f"can assign {what} to principals of type {', '.join(kinds)}"
        return f"can assign {what}"

    @property
    def _everybody(self) -> list[tuple[str, str | None]]:
        others: list[tuple[str, str | None]] = [(f"{ANY} {kind}", kind) for kind in sorted(set(TYPES.values()))]
        return [*((who, None) for who in named_in(self.condition)), *others]

    def _outcomes(self, principals: Collection[tuple[str, str | None]]) -> list[tuple[str, str, bool | None]]:
        """Role, principal and whether that may be assigned."""
        rows = [(role, who, kind) for role, _, _ in self.roles for who, kind in principals]
        frame = pl.DataFrame(rows, schema=["role_id", "principal_ref", "principal_type"], orient="row")
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in _SCHEMA.items() if name not in frame.columns]
        condition = parse_condition(self.condition)
        # A request of privileged identity management ends in a role assignment, and has to pass as one.
        passes = pl.all_horizontal(condition.value(self.operation), condition.value(ASSIGN_OPERATION))
        outcome = frame.cast(pl.String).with_columns(missing).with_columns(passes=passes)
        return list(outcome.select("role_id", "principal_ref", "passes").iter_rows())
