"""Which roles: by preset, under the constraints, with or without suggestions.

In: the rules with their matrix, evidence, settings. Out: `Choice`: roles in people and classes, in order of what each
adds, and the bound where there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.matrix import mine_matrix
from lakezones.mining.practical import cover
from lakezones.mining.practical.blocks import find_blocks
from lakezones.mining.practical.candidates import Candidate
from lakezones.mining.practical.peers import Block, Evidence
from lakezones.mining.practical.search import Constrain, Search
from lakezones.mining.practical.select import cell_matrix, select
from lakezones.mining.practical.suggest import Completion, complete, core
from lakezones.propose.roles.completable import choose_completable
from lakezones.propose.roles.constraints import Rules
from lakezones.propose.roles.membership import Reach
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.units import MinableAccess, RequestMatrix

ATTRIBUTE_SHARE = 0.85
"""Share of those with an attribute from which a unit goes with it."""

_ROUNDS_PER_PROGRAM = 500


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a role was recognised by; all None where it was found in the access alone.

    Attributes
    ----------
    area, department, title
        Values of these attributes that nearly all of its people share and few others have.
    """

    area: str | None = None
    department: str | None = None
    title: str | None = None


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
class Choice:
    """Roles chosen.

    Attributes
    ----------
    roles
        In order of what each adds.
    bound
        Requests that no choice of as many roles gives more of; None where that is not proven.
    """

    roles: list[ProposedRole] = field(default_factory=list)
    bound: int | None = None


def choose(rules: Rules, minable: MinableAccess, evidence: Evidence, settings: RolesSettings) -> Choice:
    """Choose roles.

    Parameters
    ----------
    rules
        Constraints and the matrix they leave.
    evidence
        What the directory and use say.
    settings
        Preset, limits and whether to suggest.
    """
    match settings.preset:
        case "exact":
            return _exact(rules, minable)
        case "birthright":
            return _birthright(rules, evidence, settings)
        case _:
            return _balanced(rules, evidence, settings)


def _balanced(rules: Rules, evidence: Evidence, settings: RolesSettings) -> Choice:
    matrix = rules.matrix
    search = read_search(settings, rules.allowed)
    # With suggestions the choice is made again; integer programs are kept for the second one.
    first = replace(search, programs=0) if settings.suggest else search
    selection = select(matrix.rows, matrix.columns, matrix.wanted, first)
    roles = list(selection.roles)
    completed: dict[Candidate, Completion] = {}
    if settings.suggest and roles:
        chosen = choose_completable(
            selection,
            _completions(rules, evidence, settings),
            matrix,
            search,
            cost=settings.suggest_cost,
            allowed=lambda role: _same_people(role, rules),
        )
        roles, completed = chosen.roles, chosen.completions
    return Choice(
        roles=[_role(role, matrix, completed.get(role)) for role in _by_gain(roles, matrix)],
        bound=selection.bound,
    )


def _completions(rules: Rules, evidence: Evidence, settings: RolesSettings) -> list[Completion]:
    matrix = rules.matrix
    blocks = find_blocks(matrix.rows, matrix.columns, evidence, min_members=settings.min_members)

    def conflicts(_: int, units: int) -> bool:
        return rules.conflicts(units)

    # A block of units that may not be together, or that lies apart from the rest, is looked at in its allowed parts.
    parts = [Block(block.people, part.units, block.birthright) for block in blocks for part in _split(block, rules)]
    done = complete(
        parts,
        matrix.rows,
        matrix.columns,
        evidence,
        min_members=settings.min_members,
        never=rules.restricted,
        conflicts=conflicts,
    )
    return [one for one in done if rules.allowed(one.role) == [one.role] or _same_people(one.role, rules)]


def _split(block: Block, rules: Rules) -> list[Candidate]:
    keys: dict[tuple[str, ...], int] = {}
    for unit in bits.elements(block.units):
        key = rules.keys[unit]
        if key is not None:
            keys[key] = keys.get(key, 0) | 1 << unit
    return [Candidate(block.people, units) for units in keys.values()]


def _same_people(role: Candidate, rules: Rules) -> bool:
    """Whether the constraints allow the role as it is; its people may be fewer than all who hold its units."""
    return any(part.units == role.units for part in rules.allowed(role))


def _by_gain(candidates: Sequence[Candidate], matrix: RequestMatrix) -> list[Candidate]:
    if not candidates:
        return []
    cells, kept = cell_matrix(candidates, matrix.wanted, len(matrix.people))
    order = cover.greedy(cells, max_roles=kept, min_gain=1).candidates
    return [candidates[k] for k in order] + [c for k, c in enumerate(candidates) if k not in set(order)]


def _birthright(rules: Rules, evidence: Evidence, settings: RolesSettings) -> Choice:
    """Roles that an attribute predicts: what nearly all with a department, a title or both hold, as far as they do."""
    matrix = rules.matrix
    groups: dict[tuple[str, ...], int] = {}
    for i, person in enumerate(evidence.people):
        if not matrix.rows[i]:
            continue
        keys: list[tuple[str, ...]] = [("everybody",)]
        keys += [("department", person.department)] if person.department else []
        keys += [("title", person.title)] if person.title else []
        keys += [("both", person.department, person.title)] if person.department and person.title else []
        for key in keys:
            groups[key] = groups.get(key, 0) | 1 << i
    candidates: set[Candidate] = set()
    for members in groups.values():
        count = members.bit_count()
        if count < settings.min_members:
            continue
        units = bits.from_indices(
            u for u, people in enumerate(matrix.columns) if (people & members).bit_count() >= ATTRIBUTE_SHARE * count
        )
        for part in _split(Block(members, units), rules) if units else []:
            role = core(Block(members, part.units), matrix.rows, settings.min_members)
            if role is not None and _same_people(role, rules):
                candidates.add(role)
    ranked = sorted(candidates)
    cells, kept = cell_matrix(ranked, matrix.wanted, len(matrix.people))
    chosen = cover.greedy(
        cells, max_roles=kept if settings.max_roles is None else settings.max_roles, min_gain=settings.min_gain
    )
    return Choice(roles=[_role(ranked[k], matrix, None) for k in chosen.candidates])


def _exact(rules: Rules, minable: MinableAccess) -> Choice:
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
        return Choice()
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
    return Choice(roles=found)


def _role(role: Candidate, matrix: RequestMatrix, completion: Completion | None) -> ProposedRole:
    content: Reach = {}
    for unit in bits.elements(role.units):
        for class_id, level in matrix.contents[unit]:
            content[class_id] = content.get(class_id, 0) | level
    return ProposedRole(
        people=[matrix.people[i] for i in bits.elements(role.people)],
        content=dict(sorted(content.items())),
        completion=completion,
    )


def read_search(settings: RolesSettings, constrain: Constrain | None = None) -> Search:
    """The search that settings ask for."""
    return Search(
        min_members=settings.min_members,
        max_roles=settings.max_roles,
        # With a number of roles given, even those that add little are asked for.
        min_gain=settings.min_gain if settings.max_roles is None else 1,
        limit=settings.max_candidates,
        rounds=settings.effort,
        programs=settings.effort // _ROUNDS_PER_PROGRAM,
        constrain=constrain,
    )
