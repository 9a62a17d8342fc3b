"""The basic role mining problem, solved exactly: fewest roles that give precisely the present access.

In: a boolean CSR matrix, a budget, a seed. Out: per connected block its roles, and a proof of how few can do.

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
from lakezones.mining.exact.classes import Classes, Role, collapse, connected, equal_lines, split
from lakezones.mining.exact.core import Core
from lakezones.mining.exact.forced import forced_cover
from lakezones.mining.exact.lines import fewest_lines
from lakezones.mining.exact.reduce import Edge, Reduction, common, components, dominate, minimal_edges
from lakezones.mining.exact.ties import tidy
from lakezones.mining.proof import BlockRoles, Proof, fooling_set

# Dense arrays of a component beyond this many cells are not built; it is covered line by line.
_MAX_CELLS = 60_000_000

# Products of whole arrays that take longer than the search they are to spare.
_MAX_PRODUCT = 40_000_000_000

# Share of what is left of the budget for covering a block by deduction.
_DEDUCTION = 0.3

# Share of what is left of the budget for taking out of roles what others give.
_TIES = 0.2

# Seconds of steps that do not look at the time, generously: what is skipped is skipped before it begins.
_COLLAPSING = 1.5e-6  # per assignment
_MULTIPLYING = 4e-10  # per cell and line of a product of whole arrays
_GIVING_BACK = 1e-5  # per assignment
_MATCHING = 5e-6  # per assignment, for the fewest lines,
_CLOSING = 2e-5  # and for the closed roles around them


@dataclass(frozen=True, slots=True)
class Answer:
    """Closed roles that cover a block, and proofs of how few can, which hold together."""

    roles: list[Role]
    proofs: tuple[Proof, ...]
    stopped_by: StoppedBy | None = None

    @property
    def bound(self) -> int:
        """No fewer roles do."""
        return sum(proof.bound for proof in self.proofs)


@dataclass(frozen=True, slots=True)
class Mined:
    """Roles that give exactly the access of a matrix.

    `tie_break_proven` says that no cover of as many roles has fewer memberships and role permissions together;
    `stopped_by` what ended the search for fewer roles, None where it came to its end.
    """

    blocks: list[BlockRoles]
    tie_break_proven: bool = False
    stopped_by: StoppedBy | None = None

    @property
    def lower_bound(self) -> int:
        """No fewer roles do."""
        return sum(block.lower_bound for block in self.blocks)


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
    if budget.seconds_left() < _COLLAPSING * matrix.nnz:
        return _by_equal_rows(matrix)
    blocks = split(collapse(matrix))
    # Where everybody holds everything there is one role.
    whole = {
        i: _unsearched([(block.people[0], block.permissions[0])])
        for i, block in enumerate(blocks)
        if block.held.size == 1
    }
    left = [i for i in range(len(blocks)) if i not in whole]
    mined, proven, stopped = _cover([blocks[i] for i in left], budget, seed=seed)
    whole.update(zip(left, mined, strict=True))
    return Mined([whole[i] for i in range(len(blocks))], proven, stopped)


def _by_equal_rows(matrix: sparse.csr_matrix) -> Mined:
    """A role for all people of equal access: the answer where there is no time for another."""
    label = connected(matrix)
    blocks: dict[int, list[tuple[bits.IntArray, bits.IntArray]]] = {}
    for who in equal_lines(matrix):
        held = matrix.indices[matrix.indptr[who[0]] : matrix.indptr[who[0] + 1]]
        blocks.setdefault(int(label[who[0]]), []).append((who, held))
    return Mined([_unsearched(roles) for roles in blocks.values()], stopped_by="time_limit")


def _unsearched(roles: list[tuple[bits.IntArray, bits.IntArray]]) -> BlockRoles:
    """Roles of a block of which no more is known than that it needs one."""
    who, what = roles[0]
    return BlockRoles(roles, (fooling_set(np.array([[who[0], what[0]]])),))


def _cover(blocks: list[Classes], budget: Budget, *, seed: int) -> tuple[list[BlockRoles], bool, StoppedBy | None]:
    """Cover blocks: what was found, whether the tie-break is proven, and what stopped the search."""
    part_of = _for_reductions(budget)
    needs = [minimal_edges(block, part_of) for block in blocks]
    budget.spend(part_of.work)
    # Every block has an answer before any is searched, so that none of them takes all there is to spend.
    answers = [_by_deduction(block, need, budget) for block, need in zip(blocks, needs, strict=True)]
    sizes = [sum(map(int.bit_count, need)) for need in needs]
    missing = [i for i, answer in enumerate(answers) if answer.bound < len(answer.roles)]
    missing.sort(key=lambda i: (sizes[i], i))
    for i, allowed in zip(missing, _shares(budget, [sizes[i] for i in missing]), strict=True):
        search = allowed.without(_GIVING_BACK * sizes[i])
        answers[i] = _by_search(blocks[i], needs[i], answers[i], search, seed=seed)
        allowed.spend(search.work)
    stopped = next((answer.stopped_by for answer in answers if answer.stopped_by), budget.stopped_by)
    allowed, proven, found = budget.part(_TIES), True, []
    for block, answer in zip(blocks, answers, strict=True):
        tidied = tidy(block, answer.roles, fewest=answer.bound == len(answer.roles), budget=allowed)
        proven &= tidied.proven
        proofs = tuple(proof.on(*block.representatives) for proof in answer.proofs)
        found.append(BlockRoles([block.role(role) for role in tidied.roles], proofs))
    budget.spend(allowed.work)
    return found, proven, stopped


def _for_reductions(budget: Budget) -> Budget:
    """A part of what is left, so that a search follows whatever the limit."""
    return budget.part(0.5, of_time=0.4)


def _shares(budget: Budget, weights: list[int]) -> Iterator[Budget]:
    """What each of several searches may spend: its share of what those before it left."""
    rest = sum(weights)
    for weight in weights:
        if weight == rest:
            yield budget
            continue
        allowed = budget.part(weight / rest)
        rest -= weight
        yield allowed
        budget.spend(allowed.work)


def _by_deduction(block: Classes, need: list[int], budget: Budget) -> Answer:
    """Cover a block from a fooling set; by lines where it is too large for that, or nothing is left to spend."""
    n, m = block.shape
    product = n * m * min(n, m)
    proof = fooling_set(_first(need))
    if (
        n * m <= _MAX_CELLS
        and product <= _MAX_PRODUCT
        and _MULTIPLYING * product < budget.seconds_left()
        and budget.spend(product / 10_000)
    ):
        core = Core(_dense(block.rows, m), _dense(need, m))
        allowed = budget.part(_DEDUCTION)
        forced = forced_cover(core, core.hardest(core.need, allowed), allowed)
        budget.spend(allowed.work)
        if forced.roles is not None:
            found = forced.roles if len(forced.roles) == forced.proof.bound else core.prune(forced.roles)
            lines = zip(found.people, found.permissions, strict=True)
            return Answer([Role(bits.from_mask(who), bits.from_mask(what)) for who, what in lines], (forced.proof,))
        proof = forced.proof
    return Answer(_by_lines(block, need, budget), (proof,))


def _first(need: list[int]) -> bits.IntArray:
    """An assignment to cover, shape (1, 2)."""
    v = next(v for v, line in enumerate(need) if line)
    return np.array([[v, need[v].bit_length() - 1]])


def _dense(lines: list[int], width: int) -> bits.BoolArray:
    return np.stack([bits.to_mask(line, width) for line in lines])


def _by_lines(block: Classes, need: list[int], budget: Budget) -> list[Role]:
    """Roles around the fewest lines that hold all that is needed; as time runs short, the fewest lines or the rows."""
    left = budget.seconds_left() / block.held.size
    closed: list[Role] = []
    for role in fewest_line_roles(need) if left > _CLOSING else []:
        if budget.late():
            break
        closed.append(_closed(block, role))
    else:
        if closed:
            return closed
    if left > _MATCHING:
        return fewest_line_roles(block.rows)
    if len(block.columns) < len(block.rows):
        return [Role(line, 1 << q) for q, line in enumerate(block.columns)]
    return [Role(1 << v, row) for v, row in enumerate(block.rows)]


def _by_search(block: Classes, need: list[int], first: Answer, budget: Budget, *, seed: int) -> Answer:
    """Cover a block by reduction and search; never worse than the first answer."""
    part_of = _for_reductions(budget)
    reduction = dominate(block, need, part_of)
    budget.spend(part_of.work)
    parts = [] if budget.exhausted() else components(block, reduction.need, budget)
    if budget.exhausted():
        return replace(first, stopped_by=budget.stopped_by)
    parts.sort(key=lambda part: (len(part), part))
    roles: list[Role] = []
    proofs: list[Proof] = []
    stopped = None
    for part, allowed in zip(parts, _shares(budget, [len(part) for part in parts]), strict=True):
        found, proof = _cover_component(block, part, allowed, seed=seed)
        roles += found
        proofs.append(proof)
        stopped = stopped or (allowed.stopped_by if proof.bound < len(found) else None)
    roles = _give_back(block, roles, reduction)
    best = Answer(min(roles, first.roles, key=len), tuple(proofs), stopped)
    return best if best.bound > first.bound else replace(best, proofs=first.proofs)


def _cover_component(classes: Classes, part: list[Edge], budget: Budget, *, seed: int) -> tuple[list[Role], Proof]:
    edges = np.array(part)
    if len(part) == 1:
        v, q = part[0]
        return [Role(1 << v, 1 << q)], fooling_set(edges)
    rows, columns = np.unique(edges[:, 0]), np.unique(edges[:, 1])
    if rows.size * columns.size > _MAX_CELLS or budget.exhausted():
        lines = [0] * len(classes.rows)
        for v, q in part:
            lines[v] |= 1 << q
        return fewest_line_roles(lines), fooling_set(edges[:1])
    present = _dense([classes.rows[v] for v in rows], len(classes.columns))[:, columns]
    need = np.zeros(present.shape, dtype=np.bool_)
    need[np.searchsorted(rows, edges[:, 0]), np.searchsorted(columns, edges[:, 1])] = True
    # Most matrices need no search; the solver takes long to load.
    from lakezones.mining.exact.solve import solve

    cover = solve(Core(present, need), budget, seed=seed)
    found = [
        Role(bits.from_indices(rows[who].tolist()), bits.from_indices(columns[what].tolist()))
        for who, what in zip(cover.roles.people, cover.roles.permissions, strict=True)
    ]
    return found, cover.proof.on(rows, columns)


def _closed(classes: Classes, role: Role) -> Role:
    """The closed role around one: everyone who holds all of it, and everything they all hold."""
    people = common(classes.columns, role.permissions)
    return Role(people, common(classes.rows, people))


def fewest_line_roles(need: list[int]) -> list[Role]:
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
    kept = [Role(who, what) for who, what in zip(people, permissions, strict=True) if what]
    return [_closed(classes, role) for role in kept]
