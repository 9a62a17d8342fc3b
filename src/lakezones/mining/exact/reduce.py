"""What of an access matrix really has to be searched.

In: the classes of a block. Out: the assignments that still have to be covered once edge domination has reached its
fixed point, and what is needed to turn a cover of those into a cover of all.

Two assignments (u, p) and (v, q) are *compatible* when (u, q) and (v, p) are present too. A set of
assignments fits into one role exactly when it is pairwise compatible, so roles are cliques of the
compatibility graph and the fewest roles are its clique cover number. An assignment `e` is dominated
by `f` when every neighbour of `f` is `f`, `e` or a neighbour of `e`: whatever role covers `f`
can then take `e` in, so `e` needs no cover of its own. (Ene et al., SACMAT 2008, call this lossless
reduction; in graph colouring it is vertex domination in the complement.)
"""

from dataclasses import dataclass

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.classes import Classes

Edge = tuple[int, int]

_AT_ONCE = 200  # assignments between looks at the clock


@dataclass(slots=True)
class Reduction:
    """Assignments left to cover, and the dominated ones with the assignment that takes them in.

    Attributes
    ----------
    need : list of int
        Per person class, the bit set of permission classes whose assignment still needs a cover.
    taken_in : list of (edge, edge)
        Dominated assignment and its dominator, in the order of removal.
    """

    need: list[int]
    taken_in: list[tuple[Edge, Edge]]


def common(lines: list[int], members: int) -> int:
    """Intersection of the lines in a non-empty bit set `members`."""
    shared = -1
    for i in bits.elements(members):
        shared &= lines[i]
    return shared


def union(lines: list[int], members: int) -> int:
    """Union of the lines in a bit set `members`."""
    every = 0
    for i in bits.iterate(members):
        every |= lines[i]
    return every


def minimal_edges(classes: Classes, budget: Budget) -> list[int]:
    """Assignments that no other one dominates in the whole matrix.

    (u, p) is dominated by (v, q) when v's permissions are among u's and q's holders among p's. Then
    (v, p) or (u, q) dominates it too, so one line at a time is enough; distinct lines make it a strict
    order, and every dominated assignment has a minimal one below it. Any role that is closed (everyone
    who holds all of it, everything they all hold) and covers the minimal one covers the other.

    Returns
    -------
    list of int
        Per person class, the bit set of permission classes left.
    """
    rows, columns = classes.rows, classes.columns
    n, m = len(rows), len(columns)
    need = list(rows)
    step = 1 + (n + m) // 20_000
    # below[p]: permissions held only by holders of p, p itself left out.
    below = [0] * m
    for q in range(m):
        if not budget.spend(step * columns[q].bit_count()):
            return need
        bit = 1 << q
        for p in bits.elements(common(rows, columns[q]) ^ bit):
            below[p] |= bit
    for v in range(n):
        if not budget.spend(step * rows[v].bit_count()):
            return need
        held = rows[v]
        for u in bits.elements(common(columns, held) ^ (1 << v)):
            need[u] &= ~held
    for u in range(n):
        held = rows[u]
        if not budget.spend(step * need[u].bit_count()):
            return need
        for p in bits.elements(need[u]):
            if below[p] & held:
                need[u] ^= 1 << p
    return need


def transpose(lines: list[int], size: int) -> list[int]:
    """Bit sets of the other direction."""
    turned = [0] * size
    for i, line in enumerate(lines):
        bit = 1 << i
        for j in bits.elements(line):
            turned[j] |= bit
    return turned


def dominate(classes: Classes, need: list[int], budget: Budget) -> Reduction:
    """Take dominated assignments out, one at a time, until none is left.

    Every removal shrinks neighbourhoods, so that more assignments become dominated; as they leave one
    by one, two that dominate each other never both go. Sound wherever it is stopped.

    Parameters
    ----------
    need : list of int
        Per person class, the permission classes to cover; the result holds a smaller copy.
    """
    rows, columns = classes.rows, classes.columns
    need = list(need)
    needed_by = transpose(need, len(columns))
    taken_in: list[tuple[Edge, Edge]] = []
    changed_rows, changed_columns = -1, -1
    step = 1 + (len(rows) + len(columns)) // 20_000
    while changed_rows:
        last_rows, last_columns = changed_rows, changed_columns
        changed_rows = changed_columns = 0
        # Who still needs something of a row, and what somebody still needs of a column. Removals make these too large
        # for the rest of a pass, which hides dominated assignments and makes none; the next pass looks again.
        wanted: dict[int, int] = {}
        for v in range(len(rows)):
            if not (need[v] and rows[v] & last_columns):
                continue
            wanting = 0
            for q in bits.elements(need[v]):
                if not need[v] >> q & 1 or not columns[q] & last_rows:
                    continue
                cost = 4
                if not wanting:
                    wanting = union(needed_by, rows[v])
                    cost += rows[v].bit_count()
                if q not in wanted:
                    wanted[q] = union(need, columns[q])
                    cost += columns[q].bit_count()
                steps, hosts, guests = _hosts(v, q, classes, needed_by, columns[q] & wanting, rows[v] & wanted[q])
                if not budget.spend(step * (cost + steps)):
                    return Reduction(need, taken_in)
                for u in bits.elements(hosts):
                    gone = need[u] & guests
                    if u == v:
                        gone &= ~(1 << q)
                    if not gone:
                        continue
                    need[u] ^= gone
                    changed_rows |= 1 << u
                    changed_columns |= gone
                    for p in bits.elements(gone):
                        needed_by[p] ^= 1 << u
                        taken_in.append(((u, p), (v, q)))
    return Reduction(need, taken_in)


def _hosts(
    v: int, q: int, classes: Classes, needed_by: list[int], people: int, permissions: int
) -> tuple[int, int, int]:
    """Lines compatible with all neighbours of (v, q): work, people, permissions.

    (u, p) is dominated by (v, q) exactly when u is one of those people and p one of those permissions. Of the people
    who hold q only those count who need something v holds, and of what v holds only what a holder of q needs; only
    there are neighbours, and only there is anything to take out.
    """
    rows, columns = classes.rows, classes.columns
    only_q, only_v = 1 << q, 1 << v
    cost = 0
    guests = permissions
    for w in bits.iterate(people):
        cost += 1
        guests &= rows[w]
        if guests == only_q:
            break
    hosts = columns[q] & union(needed_by, guests)
    if hosts == only_v and guests == only_q:
        return cost, hosts, guests
    for p in bits.iterate(permissions):
        cost += 1
        hosts &= columns[p]
        if hosts == only_v:
            break
    return cost, hosts, guests


def components(classes: Classes, need: list[int], budget: Budget) -> list[list[Edge]]:
    """Connected components of the compatibility graph over the needed assignments, in order; fewer where time is up."""
    rows, columns = classes.rows, classes.columns
    left = list(need)
    alive = bits.from_indices(v for v, line in enumerate(left) if line)
    found: list[list[Edge]] = []
    for v in range(len(rows)):
        while left[v]:
            low = left[v] & -left[v]
            left[v] ^= low
            if not left[v]:
                alive ^= 1 << v
            part: list[Edge] = []
            stack = [(v, low.bit_length() - 1)]
            while stack:
                edge = stack.pop()
                part.append(edge)
                if len(part) % _AT_ONCE == 0 and budget.late():
                    return found
                row, column = rows[edge[0]], columns[edge[1]]
                near_people = column & alive
                for w in bits.elements(near_people):
                    near = left[w] & row
                    if near:
                        left[w] ^= near
                        if not left[w]:
                            alive ^= 1 << w
                        stack.extend((w, p) for p in bits.elements(near))
            found.append(sorted(part))
    return found
