"""The basic role mining problem, solved exactly: fewest roles that give precisely the present access.

In: a boolean CSR matrix, a budget, a seed. Out: roles as bit sets over the matrix's classes, and a
proven lower bound.

Pipeline: collapse equal lines; take dominated assignments out to a fixed point; split what is left into
connected components; solve each; give dominated assignments back to the role of their dominator; take
memberships and permissions out that other roles give anyway (the tie-break).
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from lakezones.propose.roles import bits
from lakezones.propose.roles.budget import Budget
from lakezones.propose.roles.core import Core
from lakezones.propose.roles.lines import fewest_lines
from lakezones.propose.roles.reduce import (
    Classes,
    Edge,
    Reduction,
    collapse,
    common,
    components,
    dominate,
    minimal_edges,
)
from lakezones.propose.roles.ties import tidy, trim_cost

# Dense arrays of a component beyond this many cells are not built; it is covered line by line.
_MAX_CELLS = 60_000_000

# Share of what is left of the budget for taking out of roles what others give.
_TIES = 0.2

# Past a limit, roles are trimmed only where that is a matter of a moment: pairs of roles looked at.
_MAX_TRIES = 3_000_000


@dataclass(frozen=True, slots=True)
class Role:
    """A biclique over classes: bit sets of person and permission classes."""

    people: int
    permissions: int


@dataclass(frozen=True, slots=True)
class Mined:
    """Roles that give exactly the access of `classes`, and a proven bound on how few can.

    `tie_break_proven` says that no cover of as many roles has fewer memberships and role permissions together.
    """

    classes: Classes
    roles: list[Role]
    lower_bound: int
    tie_break_proven: bool = False


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
    # Reductions may take a part of what is left, so that a search follows whatever the limit.
    part_of = Budget(max(1, budget.left() // 2), _share(budget))
    need = minimal_edges(classes, part_of)
    reduction = dominate(classes, need, part_of)
    budget.spend(part_of.work)
    roles: list[Role] = []
    bound = 0
    if budget.exhausted():
        # With nothing left to search with, what is left is covered as one piece.
        roles = _by_lines(reduction.need)
        bound = min(1, len(roles))
    else:
        parts = components(classes, reduction.need)
        for part in sorted(parts, key=lambda part: (len(part), part)):
            found, least = _cover_component(classes, part, budget, seed=seed)
            roles.extend(found)
            bound += least
    roles = _give_back(classes, roles, reduction)
    closed = [(role.people, role.permissions) for role in roles]
    if budget.exhausted() and trim_cost(classes, closed) > _MAX_TRIES:
        return Mined(classes, roles, bound)
    allowed = budget.part(_TIES)
    tidied = tidy(classes, closed, fewest=bound == len(roles), budget=allowed)
    budget.spend(allowed.work)
    return Mined(classes, [Role(who, what) for who, what in tidied.roles], bound, tidied.proven)


def _share(budget: Budget) -> float | None:
    """Seconds for the reductions."""
    return None if budget.time_limit is None else max(0.001, 0.4 * budget.seconds_left())


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
    # Most matrices reduce to nothing; the solver takes long to load.
    from lakezones.propose.roles.solve import solve

    cover = solve(Core(present, need), budget, seed=seed)
    found = [
        Role(
            bits.from_indices(rows[i] for i in np.flatnonzero(who)),
            bits.from_indices(columns[j] for j in np.flatnonzero(what)),
        )
        for who, what in zip(cover.roles.people, cover.roles.permissions, strict=True)
    ]
    return found, cover.bound


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
    for i, role in enumerate(roles):
        for v in bits.elements(role.people):
            holding.setdefault(v, []).append(i)
    for v, row in enumerate(reduction.need):
        for q in bits.elements(row):
            i = next(i for i in holding[v] if roles[i].permissions >> q & 1)
            at[v, q] = i
            people[i] |= 1 << v
            permissions[i] |= 1 << q
    for edge, dominator in reversed(reduction.taken_in):
        i = at[edge] = at[dominator]
        people[i] |= 1 << edge[0]
        permissions[i] |= 1 << edge[1]
    # What was dominated in the whole matrix is in every closed role of its dominator.
    closed = []
    for what in permissions:
        if what:
            who = common(classes.columns, what)
            closed.append(Role(who, common(classes.rows, who)))
    return closed
