"""One connected component of the reduced problem, as dense arrays.

In: the rows and columns a component touches, its needed assignments. Out: roles (bicliques) grown to
gain as much weight as possible, covers by lines, sets of pairwise incompatible assignments.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.lines import fewest_lines

Float = npt.NDArray[np.float32]

_AT_ONCE = 1000  # assignments


@dataclass(slots=True)
class Roles:
    """A batch of bicliques.

    Attributes
    ----------
    people : ndarray of bool, shape (n_roles, n_rows)
    permissions : ndarray of bool, shape (n_roles, n_columns)
    """

    people: bits.BoolArray
    permissions: bits.BoolArray

    def __len__(self) -> int:
        return int(self.people.shape[0])

    def take(self, which: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> "Roles":
        """The chosen ones."""
        return Roles(self.people[which], self.permissions[which])

    def join(self, other: "Roles") -> "Roles":
        """Both batches."""
        return Roles(
            np.concatenate([self.people, other.people]),
            np.concatenate([self.permissions, other.permissions]),
        )

    def distinct(self) -> "Roles":
        """Without repetitions, in order of first appearance."""
        seen: dict[bytes, int] = {}
        for i, key in enumerate(np.packbits(self.permissions, axis=1)):
            seen.setdefault(key.tobytes() + np.packbits(self.people[i]).tobytes(), i)
        return self.take(np.fromiter(seen.values(), dtype=np.intp, count=len(seen)))

    def covered(self) -> bits.BoolArray:
        """Union, shape (n_rows, n_columns)."""
        union = self.people.astype(np.float32).T @ self.permissions.astype(np.float32)
        return np.asarray(union > 0.5)


class Core:
    """Component to cover.

    Parameters
    ----------
    present : ndarray of bool, shape (n_rows, n_columns)
        Assignments a role may cover.
    need : ndarray of bool, shape (n_rows, n_columns)
        Assignments some role must cover.
    """

    def __init__(self, present: bits.BoolArray, need: bits.BoolArray) -> None:
        self.present = present
        self.need = need
        self.allow = present.astype(np.float32)
        self.absent = 1.0 - self.allow
        needed = need.astype(np.float32)
        # Neighbours of (v, q) in the compatibility graph: few of them means hard to cover.
        if present.shape[0] <= present.shape[1]:
            self.degree = ((needed @ self.allow.T).T @ self.allow) * needed
        else:
            self.degree = (self.allow @ (self.allow.T @ needed).T) * needed
        self.edges = np.argwhere(need)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.present.shape[0], self.present.shape[1]

    def units(self, batch: int) -> float:
        """Work units of one step of :meth:`grow`."""
        return 6.0 * batch * self.present.size / 20_000

    def close(self, people: bits.BoolArray) -> Roles:
        """Closed roles of a batch of non-empty sets of people."""
        permissions = (people.astype(np.float32) @ self.absent) < 0.5
        closed = (permissions.astype(np.float32) @ self.absent.T) < 0.5
        return Roles(closed, permissions)

    def close_permissions(self, permissions: bits.BoolArray) -> Roles:
        """Closed roles of a batch of non-empty sets of permissions."""
        people = (permissions.astype(np.float32) @ self.absent.T) < 0.5
        closed = (people.astype(np.float32) @ self.absent) < 0.5
        return Roles(people, closed)

    def grow(self, weight: Float, people: bits.BoolArray, *, among: bits.BoolArray | None = None) -> Roles:
        """Grow roles by the permission that gains most weight, and keep the best of each walk.

        Parameters
        ----------
        weight : ndarray of float32, shape (n_rows, n_columns)
            Zero where nothing is gained.
        people : ndarray of bool, shape (n_seeds, n_rows)
            People to start from; walks lose people as they gain permissions.
        among : ndarray of bool, shape (n_seeds, n_columns), optional
            Permissions each walk may add.
        """
        best = self.close(people)
        best_weight = np.full(len(best), -1.0, dtype=np.float32)
        active = np.arange(len(best))
        now = people
        for _ in range(24):
            role = self.close(now)
            who, what = role.people.astype(np.float32), role.permissions.astype(np.float32)
            row_gain = (what @ weight.T) * who
            total = row_gain.sum(axis=1)
            better = total > best_weight[active]
            winners = active[better]
            best_weight[winners] = total[better]
            best.people[winners], best.permissions[winners] = role.people[better], role.permissions[better]
            gain = row_gain @ self.allow + who @ weight
            gain[role.permissions] = -1.0
            if among is not None:
                gain[~among[active]] = -1.0
            pick = gain.argmax(axis=1)
            promise = gain[np.arange(active.size), pick]
            go = promise > np.maximum(0.6 * best_weight[active], 1e-6)
            if not go.any():
                break
            active = active[go]
            now = role.people[go] & self.present.T[pick[go]]
        return best

    def grow_from(self, weight: Float, edges: npt.NDArray[np.intp]) -> Roles:
        """Grow one role through each of the given assignments, shape (n_edges, 2)."""
        return self.grow(weight, self.present.T[edges[:, 1]], among=self.present[edges[:, 0]])

    def hardest(self, left: bits.BoolArray, budget: Budget) -> npt.NDArray[np.intp]:
        """Pairwise incompatible assignments of `left`, hardest first, shape (n, 2).

        No two of them fit into one role, so their number is a lower bound.
        """
        edges = np.argwhere(left)
        edges = edges[np.argsort(self.degree[edges[:, 0], edges[:, 1]], kind="stable")]
        blocked = np.zeros(self.shape, dtype=np.bool_)
        chosen: list[tuple[int, int]] = []
        # Many at a time are looked at, since most are blocked soon.
        while len(edges):
            for v, q in edges[:_AT_ONCE].tolist():
                if not blocked[v, q]:
                    chosen.append((v, q))
                    who, what = np.flatnonzero(self.present[:, q]), np.flatnonzero(self.present[v])
                    blocked[who[:, None], what] = True
                    if not budget.spend(20 + who.size * what.size / 2_000):
                        return np.asarray(chosen, dtype=np.intp)
            edges = edges[_AT_ONCE:]
            edges = edges[~blocked[edges[:, 0], edges[:, 1]]]
        return np.asarray(chosen, dtype=np.intp).reshape(-1, 2)

    def lines(self, left: bits.BoolArray) -> Roles:
        """Closed roles of the fewest rows and columns that hold all of `left`: a cover at once."""
        rows, columns = fewest_lines(sparse.csr_matrix(left))
        people = np.zeros((rows.size, self.shape[0]), dtype=np.bool_)
        people[np.arange(rows.size), rows] = True
        permissions = np.zeros((columns.size, self.shape[1]), dtype=np.bool_)
        permissions[np.arange(columns.size), columns] = True
        return self.close(people).join(self.close_permissions(permissions))

    def prune(self, roles: Roles) -> Roles:
        """Leave out roles whose needed assignments the others cover, smallest gain first."""
        count = roles.people.astype(np.float32).T @ roles.permissions.astype(np.float32)
        order = sorted(range(len(roles)), key=lambda i: int(roles.people[i].sum() * roles.permissions[i].sum()))
        keep = np.ones(len(roles), dtype=np.bool_)
        for i in order:
            block = np.ix_(roles.people[i], roles.permissions[i])
            if not (self.need[block] & (count[block] < 1.5)).any():
                keep[i] = False
                count[block] -= 1.0
        return roles.take(keep)
