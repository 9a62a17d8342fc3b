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
from lakezones.propose.roles.complete import Completer, Completion
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
    suggested: list[tuple[int, int]] = field(default_factory=list)
    left: list[ProposedRole] = field(default_factory=list)


def keep_approved(
    chosen: Sequence[ProposedRole],
    kept: Sequence[KeptRole],
    container_classes: pl.DataFrame,
    minable: MinableAccess,
    completer: Completer,
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
    minable, completer
        What people hold; the constraints, and what may be suggested.
    apart
        Cells (person, class) that stay outside roles.
    max_roles
        Most roles; approved ones come first.
    min_gain
        Fewest requests that another role must give beyond the approved ones, and beyond those before it.

    Returns
    -------
    list of ProposedRole
        Approved roles have their ``role_id``; the others have none yet. What would complete a role of today comes along
        as far as it completes the approved one, and so does what was suggested and approved and may still be given.
    """
    if not kept:
        return list(chosen)
    rules, held = completer.rules, _held(minable, apart)
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
        cells = _still_suggested(one, minable, completer)
        standing.append(_StillApproved(role=stands, counterpart=counterpart, suggested=cells))
    given = _given([one.role for one in standing])
    for approved in standing:
        mined = None if approved.counterpart is None else chosen[approved.counterpart]
        _settle(approved, mined, given, rules.matrix)
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


def _still_suggested(one: KeptRole, minable: MinableAccess, completer: Completer) -> list[tuple[int, int]]:
    """What was suggested to complete a role and may still be given, as cells (person, unit)."""
    if not one.suggested:
        return []
    matrix = completer.rules.matrix
    at = {person: i for i, person in enumerate(matrix.people)}
    wanted = minable.cells.filter(pl.col("principal_id").is_in(sorted(one.suggested)))
    held = {(p, c): level for c, p, level in wanted.select("class_id", "principal_id", "level").iter_rows()}
    cells: list[tuple[int, int]] = []
    for person, opened in sorted(one.suggested.items()):
        if person not in at:
            continue
        fitting = 0
        for unit, content in enumerate(matrix.contents):
            lacking = [(c, level) for c, level in content if level & ~held.get((person, c), 0)]
            if lacking and all(level & ~opened.get(c, 0) == 0 for c, level in lacking):
                fitting |= 1 << unit
        cells += [(at[person], unit) for unit in bits.elements(completer.allowed(at[person], fitting))]
    return cells


def _settle(one: _StillApproved, mined: ProposedRole | None, given: Mapping[str, Reach], matrix: RequestMatrix) -> None:
    """Give an approved role what would complete it, and see what of its counterpart is left to give."""
    if mined is None:
        one.role = replace(one.role, completion=_completion(one, None, matrix))
        return
    same = (mined.people, mined.content) == (one.role.people, one.role.content)
    if same and mined.completion is not None and set(one.suggested) <= set(mined.completion.lacking):
        one.role = replace(one.role, completion=mined.completion)
        return
    rest = _added(mined, given)
    aside = bool(rest) and not set(mined.people) <= set(one.role.people)
    one.role = replace(one.role, completion=_completion(one, None if aside else mined.completion, matrix))
    if rest:
        one.left = [mined if aside else replace(mined, content=rest, completion=None)]


def _completion(one: _StillApproved, mined: Completion | None, matrix: RequestMatrix) -> Completion | None:
    """What would complete an approved role, of what may be suggested for its counterpart or was suggested before."""
    core = _candidate(one.role, matrix, {person: i for i, person in enumerate(matrix.people)})
    people, units = core.people, core.units
    may: dict[int, int] = {}
    for person, unit in [*one.suggested, *(mined.lacking if mined is not None else ())]:
        may[person] = may.get(person, 0) | 1 << unit
    more = bits.from_indices({unit for _, unit in one.suggested}) | (mined.units if mined is not None else 0)
    others = bits.from_indices({person for person, _ in one.suggested}) | (mined.people if mined is not None else 0)
    wider = units | bits.from_indices(
        u
        for u in bits.elements(more & ~units)
        if all(may.get(p, 0) >> u & 1 for p in bits.elements(people & ~matrix.columns[u]))
    )
    whole = people | bits.from_indices(
        p for p in bits.elements(others & ~people) if wider & ~matrix.rows[p] & ~may.get(p, 0) == 0
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
