"""The basic role mining problem, solved exactly: fewest roles that give precisely the present access.

In: a boolean CSR matrix, a budget, a seed. Out: roles as bit sets over the matrix's classes, and a
proven lower bound.

Pipeline: collapse equal lines; split into blocks that share neither people nor permissions; leave out assignments that
others dominate; cover each block by deduction from a fooling set, which mostly is the end of it. For the rest: take
dominated assignments out to a fixed point; split what is left into connected components; solve each; give dominated
assignments back to the role of their dominator. At last take memberships and permissions out that other roles give
anyway (the tie-break).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.budget import Budget, StoppedBy
from lakezones.mining.exact.core import Core
from lakezones.mining.exact.forced import forced_cover
from lakezones.mining.exact.lines import fewest_lines
from lakezones.mining.exact.reduce import (
    Block,
    Classes,
    Edge,
    Reduction,
    Role,
    collapse,
    common,
    components,
    dominate,
    minimal_edges,
    split,
)
from lakezones.mining.exact.ties import tidy, trim_cost

# Dense arrays of a component beyond this many cells are not built; it is covered line by line.
_MAX_CELLS = 60_000_000

# Products of whole arrays that take longer than the search they are to spare.
_MAX_PRODUCT = 40_000_000_000

# Share of what is left of the budget for covering a block by deduction.
_DEDUCTION = 0.3

# Share of what is left of the budget for taking out of roles what others give.
_TIES = 0.2

# Past a limit, roles are trimmed only where that is a matter of a moment: pairs of roles looked at.
_MAX_TRIES = 3_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Closed roles that cover a block, and how few there can be."""

    roles: list[Role]
    bound: int
    stopped_by: StoppedBy | None = None


@dataclass(frozen=True, slots=True)
class Mined:
    """Roles that give exactly the access of `classes`, and a proven bound on how few can.

    `tie_break_proven` says that no cover of as many roles has fewer memberships and role permissions together;
    `stopped_by` what ended the search for fewer roles, None where it came to its end.
    """

    classes: Classes
    roles: list[Role]
    lower_bound: int
    tie_break_proven: bool = False
    stopped_by: StoppedBy | None = None


def mine(matrix: sparse.csr_matrix, budget: Budget, *, seed: int) -> Mined:
    """Cover `matrix` with as few roles as the budget allows.

    Parameters
    ----------
    matrix : csr_matrix of bool, shape (n_people, n_permissions)
        Canonical: sorted indices, no duplicates, no explicit zeros.
    budget : Budget
        Charged for the work; says afterwards whether a limit was met.
    seed : int
        Seed of the random starts of the search.
    """
    classes = collapse(matrix)
    part_of = _for_reductions(budget)
    blocks = [replace(block, need=minimal_edges(block.classes, part_of)) for block in split(classes)]
    budget.spend(part_of.work)
    # Every block has an answer before any is searched, so that none of them takes all there is to spend.
    answers = [_by_deduction(block, budget) for block in blocks]
    missing = [i for i, answer in enumerate(answers) if answer.bound < len(answer.roles)]
    missing.sort(key=lambda i: (blocks[i].size, i))
    for i, allowed in zip(missing, _shares(budget, [blocks[i].size for i in missing]), strict=True):
        answers[i] = _by_search(blocks[i], answers[i], allowed, seed=seed)
    roles = [block.whole(role) for block, answer in zip(blocks, answers, strict=True) for role in answer.roles]
    bound = sum(answer.bound for answer in answers)
    stopped = next((answer.stopped_by for answer in answers if answer.stopped_by), budget.stopped_by)
    if budget.exhausted() and trim_cost(classes, roles) > _MAX_TRIES:
        return Mined(classes, roles, bound, stopped_by=stopped)
    allowed = budget.part(_TIES)
    tidied = tidy(classes, roles, fewest=bound == len(roles), budget=allowed)
    budget.spend(allowed.work)
    return Mined(classes, [Role(who, what) for who, what in tidied.roles], bound, tidied.proven, stopped)


def _for_reductions(budget: Budget) -> Budget:
    """A part of what is left, so that a search follows whatever the limit."""
    seconds = None if budget.time_limit is None else max(0.001, 0.4 * budget.seconds_left())
    return Budget(max(1, budget.left() // 2), seconds)


def _shares(budget: Budget, weights: list[int]) -> Iterator[Budget]:
    """What each of several searches may spend: its share of what those before it left."""
    for i, weight in enumerate(weights):
        rest = sum(weights[i:])
        if weight == rest:
            yield budget
            continue
        allowed = budget.part(weight / rest)
        yield allowed
        budget.spend(allowed.work)


def _by_deduction(block: Block, budget: Budget) -> Answer:
    """Cover a block from a fooling set; whole lines where it is too large for that, or nothing is left to spend."""
    rows, columns = block.classes.rows, block.classes.columns
    if block.size == 1:
        return Answer([Role(bits.from_indices(range(len(rows))), bits.from_indices(range(len(columns))))], 1)
    n, m, bound = len(rows), len(columns), 1
    if n * m <= _MAX_CELLS and n * m * min(n, m) <= _MAX_PRODUCT and budget.spend(n * m * min(n, m) / 10_000):
        present = np.stack([bits.to_mask(row, m) for row in rows])
        core = Core(present, np.stack([bits.to_mask(line, m) for line in block.need]))
        allowed = budget.part(_DEDUCTION)
        forced = forced_cover(core, core.hardest(core.need, allowed), allowed)
        budget.spend(allowed.work)
        if forced.roles is not None:
            found = forced.roles if len(forced.roles) == forced.bound else core.prune(forced.roles)
            lines = zip(found.people, found.permissions, strict=True)
            return Answer([Role(bits.from_mask(who), bits.from_mask(what)) for who, what in lines], forced.bound)
        bound = forced.bound
    return Answer(_closed(block.classes, _by_lines(block.need)), bound)


def _by_search(block: Block, first: Answer, budget: Budget, *, seed: int) -> Answer:
    """Cover a block by reduction and search; never worse than the first answer."""
    part_of = _for_reductions(budget)
    reduction = dominate(block.classes, block.need, part_of)
    budget.spend(part_of.work)
    if budget.exhausted():
        return replace(first, stopped_by=budget.stopped_by)
    parts = sorted(components(block.classes, reduction.need), key=lambda part: (len(part), part))
    roles: list[Role] = []
    bound, stopped = 0, None
    for part, allowed in zip(parts, _shares(budget, [len(part) for part in parts]), strict=True):
        found, least = _cover_component(block.classes, part, allowed, seed=seed)
        roles += found
        bound += least
        stopped = stopped or (allowed.stopped_by if least < len(found) else None)
    roles = _give_back(block.classes, roles, reduction)
    return Answer(min(roles, first.roles, key=len), max(bound, first.bound), stopped)


def _cover_component(classes: Classes, part: list[Edge], budget: Budget, *, seed: int) -> tuple[list[Role], int]:
    if len(part) == 1:
        v, q = part[0]
        return [Role(1 << v, 1 << q)], 1
    rows = sorted({v for v, _ in part})
    columns = sorted({q for _, q in part})
    if len(rows) * len(columns) > _MAX_CELLS or budget.exhausted():
        lines: dict[int, int] = {}
        for v, q in part:
            lines[v] = lines.get(v, 0) | 1 << q
        return _by_lines([lines.get(v, 0) for v in range(len(classes.rows))]), 1
    width = len(classes.columns)
    present = np.stack([bits.to_mask(classes.rows[v], width)[columns] for v in rows])
    need = np.zeros(present.shape, dtype=np.bool_)
    row_at = {v: i for i, v in enumerate(rows)}
    column_at = {q: j for j, q in enumerate(columns)}
    for v, q in part:
        need[row_at[v], column_at[q]] = True
    # Most matrices need no search; the solver takes long to load.
    from lakezones.mining.exact.solve import solve

    cover = solve(Core(present, need), budget, seed=seed)
    found = [
        Role(
            bits.from_indices(rows[i] for i in np.flatnonzero(who)),
            bits.from_indices(columns[j] for j in np.flatnonzero(what)),
        )
        for who, what in zip(cover.roles.people, cover.roles.permissions, strict=True)
    ]
    return found, cover.bound


def _closed(classes: Classes, roles: list[Role]) -> list[Role]:
    """The closed roles around some: everyone who holds all of it, and everything they all hold."""
    people = [common(classes.columns, what) for _, what in roles]
    return [Role(who, common(classes.rows, who)) for who in people]


def _by_lines(need: list[int]) -> list[Role]:
    """Fewest whole rows and columns that hold all of `need`, a role each: a cover at once, and a poor one.

    Roles hold only what is needed of their line.
    """
    rows = [v for v, line in enumerate(need) if line]
    if not rows:
        return []
    indices = [bits.to_array(need[v]) for v in rows]
    indptr = np.concatenate([[0], np.cumsum([line.size for line in indices])])
    columns = np.concatenate(indices)
    graph = sparse.csr_matrix((np.ones(columns.size, dtype=np.int8), columns, indptr))
    whole_rows, whole_columns = fewest_lines(graph)
    found = [Role(1 << rows[i], need[rows[i]]) for i in whole_rows]
    by_column = graph.tocsc()
    for q in whole_columns:
        holders = by_column.indices[by_column.indptr[q] : by_column.indptr[q + 1]]
        found.append(Role(bits.from_indices(rows[i] for i in holders), 1 << int(q)))
    return found


def _give_back(classes: Classes, roles: list[Role], reduction: Reduction) -> list[Role]:
    """Roles over all assignments: each dominated one joins a role of its dominator.

    Each assignment left is given to one role, which is cut down to what those assignments span; only
    then is there room for what they dominate. Last removed, first back.
    """
    at: dict[Edge, int] = {}
    people = [0] * len(roles)
    permissions = [0] * len(roles)
    holding: dict[int, list[int]] = {}
    for i, (who, _) in enumerate(roles):
        for v in bits.elements(who):
            holding.setdefault(v, []).append(i)
    for v, row in enumerate(reduction.need):
        for q in bits.elements(row):
            i = next(i for i in holding[v] if roles[i][1] >> q & 1)
            at[v, q] = i
            people[i] |= 1 << v
            permissions[i] |= 1 << q
    for edge, dominator in reversed(reduction.taken_in):
        i = at[edge] = at[dominator]
        people[i] |= 1 << edge[0]
        permissions[i] |= 1 << edge[1]
    # What was dominated in the whole matrix is in every closed role of its dominator.
    return _closed(classes, [Role(who, what) for who, what in zip(people, permissions, strict=True) if what])
