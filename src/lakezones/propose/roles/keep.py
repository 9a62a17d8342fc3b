"""Roles that reviewers approved stay as they were, as far as they can still be given without new access.

In: roles as mined today, approved roles by their containers, what people hold. Out: the roles, approved ones in the
place of those that would have replaced them. What an approved role opened is found again by its containers, whatever
classes they are in by now. It loses a person who no longer holds all of it, and a class that most of its people no
longer hold; it gains who holds all of it and would be mined into it; and it goes where too little of it is left.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import polars as pl

from lakezones.mining import bits
from lakezones.mining.practical.candidates import Candidate
from lakezones.mining.practical.grow import gain_of, left_by
from lakezones.model.levels import NAMED_LEVELS
from lakezones.propose.roles.carry import SAME, KeptRole, overlap
from lakezones.propose.roles.choose import ProposedRole
from lakezones.propose.roles.complete import Completion
from lakezones.propose.roles.constraints import Rules
from lakezones.propose.roles.membership import Reach
from lakezones.propose.roles.units import MinableAccess, RequestMatrix

_EVERYBODYS = ("birthright", "area")
"""Layers that restricted data and write never enter."""


@dataclass(frozen=True, kw_only=True)
class _Giveable:
    """What can be given by roles: person to class to level, without what stays apart; who takes part."""

    reach: Mapping[str, Reach]
    apart: AbstractSet[tuple[str, str]]

    def holds(self, person: str, content: Mapping[str, int]) -> bool:
        """Whether a person holds all of some content, so that a role may give it."""
        own = self.reach.get(person, {})
        return all(
            level & ~own.get(class_id, 0) == 0 and (person, class_id) not in self.apart
            for class_id, level in content.items()
        )


@dataclass(kw_only=True)
class _StillApproved:
    """An approved role as it can be given today, with the role of today that it stands for."""

    role: ProposedRole
    counterpart: int | None = None
    left: list[ProposedRole] = field(default_factory=list)


def keep_approved(
    chosen: Sequence[ProposedRole],
    kept: Sequence[KeptRole],
    container_classes: pl.DataFrame,
    minable: MinableAccess,
    rules: Rules,
    apart: AbstractSet[tuple[str, str]],
    *,
    max_roles: int | None = None,
    min_gain: int = 0,
) -> list[ProposedRole]:
    """Roles of today, the approved ones among them as they were.

    Parameters
    ----------
    chosen
        Roles as mined, in their order.
    kept
        Roles that were approved.
    container_classes
        Containers of each class today.
    minable, rules
        What people hold, and the constraints.
    apart
        Cells (person, class) that stay outside roles.
    max_roles
        Most roles; approved ones come first.
    min_gain
        Fewest requests that another role must give beyond the approved ones, and beyond those before it.

    Returns
    -------
    list of ProposedRole
        Approved roles have their ``role_id``; the others have none yet. Where a role is mined exactly as it was
        approved, what would complete it comes along.
    """
    if not kept:
        return list(chosen)
    held = _held(minable, apart)
    containers = _contents_now(kept, container_classes, minable)
    standing: list[_StillApproved] = []
    taken: set[int] = set()
    for one in sorted(kept, key=lambda role: role.role_id):
        stands = _standing(one, containers.get(one.role_id, {}), held, minable, rules)
        if stands is None:
            continue
        counterpart = _counterpart(stands, chosen, taken)
        if counterpart is not None:
            taken.add(counterpart)
            joiners = [p for p in chosen[counterpart].people if p not in one.people and held.holds(p, stands.content)]
            stands = replace(stands, people=sorted({*stands.people, *joiners}))
            stands = replace(stands, basis=chosen[counterpart].basis)
        standing.append(_StillApproved(role=stands, counterpart=counterpart))
    given = _given([one.role for one in standing])
    for approved in standing:
        if approved.counterpart is not None:
            _settle(approved, chosen[approved.counterpart], given, rules)
    return _in_order(chosen, standing, given, rules.matrix, most=max_roles, least=min_gain)


def _held(minable: MinableAccess, apart: AbstractSet[tuple[str, str]]) -> _Giveable:
    reach: dict[str, Reach] = {}
    rows = minable.cells.filter(pl.col("person") & (pl.col("named") > 0)).select("principal_id", "class_id", "named")
    for person, class_id, level in rows.iter_rows():
        if class_id not in minable.left_out:
            reach.setdefault(person, {})[class_id] = level
    return _Giveable(reach=reach, apart=apart)


def _contents_now(
    kept: Sequence[KeptRole], container_classes: pl.DataFrame, minable: MinableAccess
) -> dict[str, Reach]:
    """What approved roles opened, by today's classes: those of which at least half of the containers were in it."""
    rows = [(one.role_id, container, level) for one in kept for container, level in one.containers.items()]
    schema = {"role_id": pl.String, "container": pl.String, "level": pl.Int64}
    found = (
        pl.DataFrame(rows, schema=schema, orient="row")
        .join(container_classes.select("container", "class_id"), on="container")
        .group_by("role_id", "class_id")
        .agg(pl.len().alias("n"), pl.col("level").min())
        .sort("role_id", "class_id")
    )
    result: dict[str, Reach] = {}
    for role_id, class_id, n, level in found.iter_rows():
        if 2 * n >= minable.class_sizes[class_id] and level in NAMED_LEVELS and class_id not in minable.left_out:
            result.setdefault(role_id, {})[class_id] = level
    return result


def _standing(
    one: KeptRole, content: Reach, held: _Giveable, minable: MinableAccess, rules: Rules
) -> ProposedRole | None:
    """What of an approved role can be given today; None where too little is left."""
    if one.layer in _EVERYBODYS:
        content = {c: level for c, level in content.items() if level == 1 and c not in minable.restricted}
    people = sorted(person for person in one.people if person in held.reach)
    content = {
        class_id: level
        for class_id, level in content.items()
        if 2 * sum(held.holds(person, {class_id: level}) for person in people) >= len(people)
    }
    people = [person for person in people if held.holds(person, content)]
    least = min(rules.min_members, len(one.people))
    if not content or len(people) < least or 2 * len(people) < len(one.people):
        return None
    return ProposedRole(people=people, content=content, role_id=one.role_id, layer=one.layer)


def _counterpart(role: ProposedRole, chosen: Sequence[ProposedRole], taken: AbstractSet[int]) -> int | None:
    """The role of today that is most like an approved one."""
    shares = [
        (-overlap((set(other.people), other.content), (set(role.people), role.content)), k)
        for k, other in enumerate(chosen)
        if k not in taken and not other.content.keys().isdisjoint(role.content)
    ]
    best = min(shares, default=(0.0, -1))
    return best[1] if -best[0] >= SAME else None


def _given(roles: Sequence[ProposedRole]) -> dict[str, Reach]:
    """What some roles give: person to class to level."""
    given: dict[str, Reach] = {}
    for role in roles:
        for person in role.people:
            own = given.setdefault(person, {})
            for class_id, level in role.content.items():
                own[class_id] = own.get(class_id, 0) | level
    return given


def _added(role: ProposedRole, given: Mapping[str, Reach]) -> Reach:
    """What of a role somebody in it does not have by roles that are given already."""
    return {
        class_id: level
        for class_id, level in role.content.items()
        if any(level & ~given.get(person, {}).get(class_id, 0) for person in role.people)
    }


def _settle(one: _StillApproved, mined: ProposedRole, given: Mapping[str, Reach], rules: Rules) -> None:
    """Give an approved role what would complete it, and see what of its counterpart is left to give."""
    if (mined.people, mined.content) == (one.role.people, one.role.content):
        one.role = replace(one.role, completion=mined.completion)
        return
    rest = _added(mined, given)
    if rest and not set(mined.people) <= set(one.role.people):
        one.left = [mined]
        return
    one.role = replace(one.role, completion=_completion(one.role, mined.completion, rules))
    if rest:
        one.left = [replace(mined, content=rest, completion=None)]


def _completion(role: ProposedRole, mined: Completion | None, rules: Rules) -> Completion | None:
    """What would complete an approved role, of what may be suggested for its counterpart."""
    if mined is None:
        return None
    matrix = rules.matrix
    core = _candidate(role, matrix, {person: i for i, person in enumerate(matrix.people)})
    people, units = core.people, core.units
    may: dict[int, int] = {}
    for person, unit in mined.lacking:
        may[person] = may.get(person, 0) | 1 << unit
    wider = units | bits.from_indices(
        u
        for u in bits.elements(mined.units & ~units)
        if all(may.get(p, 0) >> u & 1 for p in bits.elements(people & ~matrix.columns[u]))
    )
    whole = people | bits.from_indices(
        p for p in bits.elements(mined.people & ~people) if wider & ~matrix.rows[p] & ~may.get(p, 0) == 0
    )
    lacking = [(p, u) for p in bits.elements(whole) for u in bits.elements(wider & ~matrix.rows[p])]
    lacking = [(p, u) for p, u in lacking if may.get(p, 0) >> u & 1]
    if not lacking:
        return None
    return Completion(role=core, lacking=lacking, people=whole, units=wider)


def _in_order(
    chosen: Sequence[ProposedRole],
    standing: Sequence[_StillApproved],
    given: Mapping[str, Reach],
    matrix: RequestMatrix,
    *,
    most: int | None,
    least: int,
) -> list[ProposedRole]:
    """Each approved role in the place of its counterpart; the others while there is room and they give enough."""
    at = {person: i for i, person in enumerate(matrix.people)}
    left = left_by([_candidate(one.role, matrix, at) for one in standing], matrix.wanted)
    by_place = {one.counterpart: one for one in standing if one.counterpart is not None}
    room = len(chosen) + len(standing) if most is None else max(0, most - len(standing))
    result: list[ProposedRole] = []
    for k, mined in enumerate(chosen):
        one = by_place.get(k)
        if one is not None:
            result.append(one.role)
        rest = one.left if one is not None else [mined] if _added(mined, given) else []
        gives = _candidate(mined, matrix, at)
        if rest and room > 0 and gain_of(gives, left) >= least:
            result += rest
            room -= 1
            left = left_by([gives], left)
    return [*result, *(one.role for one in standing if one.counterpart is None)]


def _candidate(role: ProposedRole, matrix: RequestMatrix, at: Mapping[str, int]) -> Candidate:
    """A role as people and units of the matrix."""
    people = bits.from_indices(at[person] for person in role.people if person in at)
    units = bits.from_indices(
        u
        for u, opened in enumerate(matrix.contents)
        if opened and all(level & ~role.content.get(class_id, 0) == 0 for class_id, level in opened)
    )
    return Candidate(people, units)
