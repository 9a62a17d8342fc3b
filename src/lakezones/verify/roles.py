"""Whether roles come to be as they were decided: under their name, with their people, opening what was approved.

In: the state a plan ends in, what the review must end in, what is due as new. Out: violations. Who has access is
replayed elsewhere; a role of other people or with other content would show only when the next person joins it.
"""

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from lakezones.model.levels import LABELS
from lakezones.verify.approvals import Cell
from lakezones.verify.grants import DATA, Grants
from lakezones.verify.outcome import ReviewOutcome, RoleEnd
from lakezones.verify.state import LakeState
from lakezones.verify.violations import Violation


def misshapen(
    state: LakeState, rows: pl.DataFrame, ends: ReviewOutcome, cells: Collection[Cell]
) -> Iterator[Violation]:
    """Roles that end otherwise than they were decided.

    Parameters
    ----------
    state
        After the last step.
    rows
        As `lakezones.verify.acts` gives them.
    cells
        Approved suggestions.
    """
    made = rows.filter(pl.col("action") == "create_group").select("group", "object_id", "step_id")
    named = {group: (name, step_id) for group, name, step_id in made.iter_rows()}
    above = _above(state.children)
    levels = _GroupLevels(state)
    for role_id, role in ends.roles.items():
        name, step_id = named.get(role_id, (role.name, None))
        if name != role.name:
            yield Violation(f"role {role_id} is called {role.name}", str(name), step_id)
        own = [cell for cell in cells if cell.role_id in role.of]
        yield from _people(state, role, own)
        yield from _content(state, role, own, above.get(role_id, frozenset({role_id})), levels)


def _people(state: LakeState, role: RoleEnd, cells: Collection[Cell]) -> Iterator[Violation]:
    held = set(state.model.names(state.members.get(role.role_id, 0)))
    joining = {cell.principal_id for cell in cells}
    for person in sorted(role.members - held):
        yield Violation(f"in role {role.name}", "not in it", principal_id=person)
    for person in sorted(held - role.members - joining):
        yield Violation(f"not in role {role.name}", "in it", principal_id=person)


def _content(
    state: LakeState, role: RoleEnd, cells: Collection[Cell], groups: frozenset[str], levels: "_GroupLevels"
) -> Iterator[Violation]:
    """What a role opens besides what was decided, or not."""
    more: dict[str, int] = {}
    for cell in cells:
        more[cell.class_id] = more.get(cell.class_id, 0) | cell.level
    for index, cohort in enumerate(state.model.cohorts):
        wanted = role.level(cohort.class_id, cohort.container)
        found = levels.of(index, groups)
        beyond = found & ~wanted & ~more.get(cohort.class_id, 0)
        if wanted & ~found or beyond:
            yield Violation(
                f"role {role.name} opens {LABELS.get(wanted, 'nothing')}",
                LABELS.get(found, "nothing"),
                container=cohort.container,
            )


class _GroupLevels:
    """Bits that grants to groups give on each cohort, where its data is read."""

    def __init__(self, state: LakeState) -> None:
        self._state = state
        self._known: dict[Grants, dict[str, int]] = {}

    def of(self, index: int, groups: frozenset[str]) -> int:
        state = self._state
        grants = state.target[index] if state.moved[index] else state.source[index]
        if grants not in self._known:
            found: dict[str, int] = {}
            for grant in grants:
                if grant.lane == DATA and grant.grantee in state.model.groups:
                    found[grant.grantee] = found.get(grant.grantee, 0) | grant.level
            self._known[grants] = found
        bits = 0
        for group, level in self._known[grants].items():
            if group in groups:
                bits |= level
        return bits


def _above(children: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Every nested group with itself and all groups it is in."""
    parents: dict[str, set[str]] = {}
    for group, nested in children.items():
        for child in nested:
            parents.setdefault(child, set()).add(group)
    found = {}
    for group in parents:
        up, queue = {group}, [group]
        while queue:
            more = parents.get(queue.pop(), set()) - up
            up |= more
            queue += more
        found[group] = frozenset(up)
    return found
