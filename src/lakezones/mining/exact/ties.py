"""Among covers of as many roles, one of the fewest memberships and permissions.

In: the classes of a block, closed roles that cover it. Out: as many roles with less in them, and whether none of as
many roles can have less.

Roles of a cover overlap, and where they do, a person need not be in all of them. For given closed roles, which people
and permissions stay is an integer program: x for a person in a role, y for a permission in it, z for an assignment
given by it, which is at most its x and its y; each assignment is given once or more, and the sum of the x and y, each
weighed by the people or permissions its class stands for, is to be least. A cover of fewest roles always extends to
one of closed roles, so with *all* closed roles on offer, and as many chosen as are needed, the program's optimum is
proven for the matrix. That is done for each connected block where it is small.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.classes import Classes, Role
from lakezones.mining.exact.reduce import common

_CLOSED = 16  # closed roles of a part up to which all are on offer: programs of many alike are hard
_GIVEN = 2_000  # assignments times roles in a program
_NODES = 50
_TRYING = 5e-6  # seconds to make a try out of a membership or a permission
_AT_ONCE = 500  # tries between looks at the clock
_MAX_TRIES = 3_000_000  # pairs of roles looked at, up to which roles are trimmed past a limit


@dataclass(frozen=True, slots=True)
class Tidied:
    """Roles with least in them, and whether no cover of as many roles has less."""

    roles: list[Role]
    proven: bool


def tidy(classes: Classes, roles: list[Role], *, fewest: bool, budget: Budget) -> Tidied:
    """Take out of closed roles what others give.

    Parameters
    ----------
    classes : Classes
        A connected block.
    roles : list of Role
        Closed roles that cover it.
    fewest : bool
        Whether no cover has fewer; nothing is proven otherwise.
    budget : Budget
    """
    if len(roles) == 1:
        return Tidied(roles, fewest)
    lines = sum(who.bit_count() + what.bit_count() for who, what in roles)
    if budget.seconds_left() < _TRYING * lines or (budget.exhausted() and trim_cost(classes, roles) > _MAX_TRIES):
        return Tidied(roles, proven=False)
    trimmed = trim(classes, roles, budget)
    every = _closed_roles(classes) if fewest else None
    for offered, all_of_them in ((every, True), (roles, False)):
        if offered is None or _size(offered) > _GIVEN or budget.exhausted():
            continue
        found = _program(classes, offered, trimmed, budget, free=all_of_them)
        if found is None:
            continue
        better, optimal = found
        if _weight(classes, better) < _weight(classes, trimmed):
            trimmed = better
        if optimal:
            return Tidied(trimmed, all_of_them)
    return Tidied(trimmed, proven=False)


def _size(roles: list[Role]) -> int:
    return sum(who.bit_count() * what.bit_count() for who, what in roles)


def _weight(classes: Classes, roles: list[Role]) -> int:
    return sum(
        sum(int(classes.people[v].size) for v in bits.elements(who))
        + sum(int(classes.permissions[q].size) for q in bits.elements(what))
        for who, what in roles
    )


def _closed_roles(classes: Classes) -> list[Role] | None:
    """All closed roles of a block: the intersections of its rows; None when they are many."""
    contents: dict[int, None] = {}
    for row in classes.rows:
        contents.update(dict.fromkeys([shared for seen in contents if (shared := seen & row)]))
        contents[row] = None
        if len(contents) > _CLOSED:
            return None
    return [Role(common(classes.columns, what), what) for what in sorted(contents)]


def _program(
    classes: Classes, offered: list[Role], known: list[Role], budget: Budget, *, free: bool
) -> tuple[list[Role], bool] | None:
    """Least sum over as many of the offered roles as are known; roles and whether that is optimal."""
    # The solver takes long to load.
    from lakezones.mining.exact.master import least

    x: dict[tuple[int, int], int] = {}
    y: dict[tuple[int, int], int] = {}
    cost: list[int] = []
    givers: dict[tuple[int, int], list[int]] = {}
    for k, (who, what) in enumerate(offered):
        for v in bits.elements(who):
            x[k, v] = len(cost)
            cost.append(int(classes.people[v].size))
        for q in bits.elements(what):
            y[k, q] = len(cost)
            cost.append(int(classes.permissions[q].size))
            for v in bits.elements(who):
                givers.setdefault((v, q), []).append(k)
    chosen = [len(cost) + k for k in range(len(offered))] if free else []
    cost.extend([0] * len(chosen))
    # Each line says: the sum of these, with these signs, is so much or more.
    lines: list[tuple[list[int], list[float], float]] = []
    if free:
        lines.append((chosen, [-1.0] * len(chosen), -float(len(known))))
        for (k, _), at in (*x.items(), *y.items()):
            lines.append(([chosen[k], at], [1.0, -1.0], 0.0))
    for (v, q), roles in sorted(givers.items()):
        if len(roles) == 1:
            lines.append(([x[roles[0], v]], [1.0], 1.0))
            lines.append(([y[roles[0], q]], [1.0], 1.0))
            continue
        given = list(range(len(cost), len(cost) + len(roles)))
        cost.extend([0] * len(roles))
        lines.append((given, [1.0] * len(roles), 1.0))
        for k, at in zip(roles, given, strict=True):
            lines.append(([x[k, v], at], [1.0, -1.0], 0.0))
            lines.append(([y[k, q], at], [1.0, -1.0], 0.0))
    found = least(
        np.asarray(cost, dtype=np.float64),
        _matrix(lines, len(cost)),
        [line[2] for line in lines],
        budget=budget,
        nodes=_NODES,
    )
    if found is None:
        return None
    values, optimal = found
    roles_left = [
        Role(
            bits.from_indices(v for v in bits.elements(who) if values[x[k, v]]),
            bits.from_indices(q for q in bits.elements(what) if values[y[k, q]]),
        )
        for k, (who, what) in enumerate(offered)
    ]
    kept = [role for role in roles_left if all(role)]
    if len(kept) > len(known) or not _gives_all(classes, kept):
        return None
    return kept, optimal


def _matrix(lines: list[tuple[list[int], list[float], float]], width: int) -> sparse.csr_matrix:
    indptr = np.concatenate([[0], np.cumsum([len(line[0]) for line in lines])])
    indices = np.concatenate([line[0] for line in lines])
    data = np.concatenate([line[1] for line in lines])
    return sparse.csr_matrix((data, indices, indptr), shape=(len(lines), width))


def _gives_all(classes: Classes, roles: list[Role]) -> bool:
    """Whether the roles give the people all they hold: numbers from a solver are checked, not believed."""
    given = [0] * len(classes.rows)
    for who, what in roles:
        for v in bits.elements(who):
            given[v] |= what
    return given == classes.rows


def trim_cost(classes: Classes, roles: list[Role]) -> int:
    """Pairs of roles that `trim` may have to look at."""
    per_person = [0] * len(classes.rows)
    per_permission = [0] * len(classes.columns)
    for who, what in roles:
        for v in bits.elements(who):
            per_person[v] += 1
        for q in bits.elements(what):
            per_permission[q] += 1
    return sum(count * count for count in per_person) + sum(count * count for count in per_permission)


def trim(classes: Classes, roles: list[Role], budget: Budget) -> list[Role]:
    """Drop memberships and permissions that other roles give anyway, one by one.

    The ones that stand for most people or permissions are tried first, so that the sum of memberships
    and role permissions falls fastest. Where time is up, the rest stays.
    """
    people = [who for who, _ in roles]
    permissions = [what for _, what in roles]
    roles_of_person: dict[int, set[int]] = {}
    roles_of_permission: dict[int, set[int]] = {}
    tries: list[tuple[int, int, int, int]] = []
    for i, (who, what) in enumerate(roles):
        for v in bits.elements(who):
            roles_of_person.setdefault(v, set()).add(i)
            tries.append((-int(classes.people[v].size), 0, i, v))
        for q in bits.elements(what):
            roles_of_permission.setdefault(q, set()).add(i)
            tries.append((-int(classes.permissions[q].size), 1, i, q))
    for done, (_, kind, i, line) in enumerate(sorted(tries)):
        if done % _AT_ONCE == 0 and budget.late():
            break
        mine, theirs, others = (
            (people, permissions, roles_of_person[line])
            if kind == 0
            else (permissions, people, roles_of_permission[line])
        )
        left = theirs[i]
        for j in others:
            if j != i:
                left &= ~theirs[j]
                if not left:
                    break
        if not left:
            mine[i] ^= 1 << line
            others.discard(i)
    return [Role(who, what) for who, what in zip(people, permissions, strict=True) if who and what]
