"""Which roles: by preset, under the constraints, with what would complete them.

In: the rules with their matrix, the people's entries, what nobody may be given, settings. Out: roles in people and
classes, in order of what each adds: recognised ones first, then transitional ones for what these leave.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.matrix import mine_matrix
from lakezones.mining.practical.candidates import Candidate
from lakezones.mining.practical.grow import Search, gain_of, grow, left_by, regrow
from lakezones.propose.roles.basis import Basis, find_basis
from lakezones.propose.roles.complete import Completer, Completion
from lakezones.propose.roles.constraints import Rules
from lakezones.propose.roles.layers import find_layers
from lakezones.propose.roles.membership import Reach
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.staff import StaffEntries
from lakezones.propose.roles.units import MinableAccess, RequestMatrix

_WORK = 400_000_000
"""Work units of a search for transitional roles; enough for half a million people."""

_SHARES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.04)
"""Shares of the recognised roles that are tried where they have to fit into a number of roles."""

_ROUNDS = 140
_HOPE = 0.011
"""How much more of all requests choosing again may give at best; a choice that is farther off is not tried."""


@dataclass(frozen=True, kw_only=True)
class ProposedRole:
    """A role of the proposal.

    Attributes
    ----------
    people
        Ids, ascending.
    content
        Class to level.
    completion
        What would complete it; None without suggestions.
    role_id
        Empty until the choice is made.
    layer
        One of `lakezones.model.tables.fields.ROLE_LAYERS`.
    basis
        What it was recognised by.
    """

    people: list[str]
    content: Reach
    completion: Completion | None = None
    role_id: str = ""
    layer: str = "job"
    basis: Basis = field(default_factory=Basis)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A role of the matrix, before it is put in people and classes."""

    layer: str
    basis: Basis
    completion: Completion

    @property
    def role(self) -> Candidate:
        """What stands today."""
        return self.completion.role


def choose(
    rules: Rules, minable: MinableAccess, staff: StaffEntries, completer: Completer, settings: RolesSettings
) -> list[ProposedRole]:
    """Choose roles, in order of what each adds; recognised ones first.

    Parameters
    ----------
    rules
        Constraints and the matrix they leave.
    staff
        Entries of the people of the matrix.
    completer
        Says what of a role stands, and what would complete it.
    settings
        Preset and limits.
    """
    if settings.preset == "exact":
        return _exact(rules, minable)
    matrix = rules.matrix
    found = _recognised(rules, staff, completer, settings)
    if settings.preset == "birthright":
        found = [one for one in found if one.layer in ("birthright", "area") or (one.layer == "job" and one.basis.rule)]
    found = _by_gain(found, matrix.wanted)
    if settings.max_roles is None:
        return [_proposed(one, matrix) for one in found]
    if settings.preset == "birthright":
        return [_proposed(one, matrix) for one in found[: settings.max_roles]]
    return [_proposed(one, matrix) for one in _within(found, settings.max_roles, rules)]


def _recognised(rules: Rules, staff: StaffEntries, completer: Completer, settings: RolesSettings) -> list[_Found]:
    """Roles of all layers, completed."""
    matrix = rules.matrix
    shape = len(matrix.people), len(matrix.units)
    if 0 in shape:
        return []
    held = np.array([bits.to_mask(row, shape[1]) for row in matrix.rows])
    asked = np.array([bits.to_mask(asking, shape[0]) for asking in matrix.wanted]).T
    fits = np.array([key is not None for key in rules.keys], dtype=np.bool_)
    restricted = bits.to_mask(rules.restricted, len(matrix.units))
    write = np.array([any(level != 1 for _, level in content) for content in matrix.contents], dtype=np.bool_)
    found = []
    for one in find_layers(
        held,
        asked,
        plain=fits & ~write & ~restricted,
        write=fits & write,
        restricted=fits & restricted & ~write,
        staff=staff,
        min_members=settings.min_members,
    ):
        basis = find_basis(one.people.tolist(), staff)
        for units in rules.split(bits.from_indices(one.units.tolist())):
            done = completer.complete(
                bits.from_indices(one.people.tolist()), units, whole=one.layer in ("restricted", "project")
            )
            if done is not None and gain_of(Candidate(done.people, done.units), matrix.wanted) >= settings.min_gain:
                found.append(_Found(layer=one.layer, basis=basis, completion=done))
    return found


def _by_gain(found: list[_Found], wanted: Sequence[int]) -> list[_Found]:
    """Roles in order of the requests that each adds to those before it."""
    left, order, waiting = list(wanted), [], list(found)
    while waiting:
        best = max(range(len(waiting)), key=lambda k: (gain_of(waiting[k].role, left), -k))
        order.append(waiting.pop(best))
        left = left_by([order[-1].role], left)
    return order


def _within(found: list[_Found], most: int, rules: Rules) -> list[_Found]:
    """As many recognised roles as can stand among `most` that give no less than a flat cover of as many would.

    The rest of the number are transitional: what of the leftovers a greedy cover gives.
    """
    matrix = rules.matrix
    total = sum(asking.bit_count() for asking in matrix.wanted)
    plain = Search(min_members=rules.min_members, constrain=rules.allowed if rules.selective else None)

    def filled(count: int, least: int) -> tuple[int, list[_Found]]:
        left = left_by([one.role for one in found[:count]], matrix.wanted)
        given = total - sum(asking.bit_count() for asking in left)
        search, budget = replace(plain, max_roles=most - count), Budget(_WORK)
        grown = grow(matrix.rows, matrix.columns, left, search, budget=budget)
        if given + sum(grown.gains) >= least - _HOPE * total:
            grown = regrow(grown, matrix.rows, matrix.columns, left, search, rounds=_ROUNDS, budget=budget)
        extra = [
            _Found(
                layer="transitional",
                basis=Basis(),
                completion=Completion(role=role, people=role.people, units=role.units),
            )
            for role in grown.roles
        ]
        return given + sum(grown.gains), found[:count] + _by_gain(extra, left)

    flat = grow(matrix.rows, matrix.columns, matrix.wanted, replace(plain, max_roles=most), budget=Budget(_WORK))
    for share in _SHARES:
        covered, roles = filled(min(most, int(share * len(found))), sum(flat.gains))
        if covered >= sum(flat.gains):
            return roles
    return filled(0, 0)[1]


def _exact(rules: Rules, minable: MinableAccess) -> list[ProposedRole]:
    """The fewest roles that give everything, whatever their size: the basic role mining problem on (class, level)."""
    matrix = rules.matrix
    apart_classes = {(person, class_id) for person, unit in rules.apart for class_id, _ in matrix.contents[unit]}
    cells = [
        (person, class_id, level)
        for class_id, person, level, takes_part in minable.cells.select(
            "class_id", "principal_id", "named", "person"
        ).iter_rows()
        if takes_part and level and class_id not in minable.left_out and (person, class_id) not in apart_classes
    ]
    people = sorted({person for person, _, _ in cells})
    atoms = sorted({(class_id, level) for _, class_id, level in cells})
    atom_at = {atom: j for j, atom in enumerate(atoms)}
    person_at = {person: i for i, person in enumerate(people)}
    # Holding a level is holding the lesser ones of the class that anybody holds as such.
    pairs = [
        (person_at[person], atom_at[class_id, lesser])
        for person, class_id, level in cells
        for lesser in (1, 3, 7)
        if lesser <= level and (class_id, lesser) in atom_at
    ]
    if not pairs:
        return []
    rows, columns = (np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
    held = sparse.csr_matrix((np.ones(rows.size, dtype=np.bool_), (rows, columns)), shape=(len(people), len(atoms)))
    held.sort_indices()
    found = []
    for who, what in mine_matrix(held, mode="exact").roles:
        content: Reach = {}
        for j in what:
            class_id, level = atoms[int(j)]
            content[class_id] = content.get(class_id, 0) | level
        found.append(ProposedRole(people=[people[int(i)] for i in who], content=dict(sorted(content.items()))))
    return found


def _proposed(found: _Found, matrix: RequestMatrix) -> ProposedRole:
    content: Reach = {}
    for unit in bits.elements(found.role.units):
        for class_id, level in matrix.contents[unit]:
            content[class_id] = content.get(class_id, 0) | level
    return ProposedRole(
        people=[matrix.people[i] for i in bits.elements(found.role.people)],
        content=dict(sorted(content.items())),
        completion=found.completion if found.completion.lacking else None,
        layer=found.layer,
        basis=found.basis,
    )
