"""An access matrix without repeated lines, in the parts that share neither people nor permissions.

In: a boolean CSR matrix. Out: its classes (people with equal rows, permissions with equal columns, in
an order that does not depend on the labels), by connected block.
"""

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from lakezones.mining import bits


class Role(NamedTuple):
    """A biclique over classes: bit sets of person and permission classes."""

    people: int
    permissions: int


@dataclass(frozen=True)
class Classes:
    """A matrix, or a block of one, without empty or repeated lines.

    Attributes
    ----------
    people, permissions : list of ndarray
        Members of each class, ascending, as indices into the input.
    owners, held : ndarray of int, shape (n_assignments,)
        Person class and permission class of each assignment, ascending.
    """

    people: list[bits.IntArray]
    permissions: list[bits.IntArray]
    owners: bits.IntArray
    held: bits.IntArray

    @property
    def shape(self) -> tuple[int, int]:
        """Person and permission classes."""
        return len(self.people), len(self.permissions)

    @cached_property
    def rows(self) -> list[int]:
        """Per person class, the bit set of its permission classes."""
        return _bit_lines(self.owners, self.held, *self.shape)

    @cached_property
    def columns(self) -> list[int]:
        """Per permission class, the bit set of its person classes."""
        order = np.argsort(self.held, kind="stable")
        return _bit_lines(self.held[order], self.owners[order], *self.shape[::-1])

    @cached_property
    def representatives(self) -> tuple[bits.IntArray, bits.IntArray]:
        """A person and a permission of each class."""
        return np.array([who[0] for who in self.people]), np.array([what[0] for what in self.permissions])

    def role(self, role: Role) -> tuple[bits.IntArray, bits.IntArray]:
        """People and permissions of a role, ascending."""
        who, what = bits.elements(role.people), bits.elements(role.permissions)
        return (
            np.sort(np.concatenate([self.people[v] for v in who])),
            np.sort(np.concatenate([self.permissions[q] for q in what])),
        )


def _bit_lines(lines: bits.IntArray, items: bits.IntArray, count: int, width: int) -> list[int]:
    ends = np.cumsum(np.bincount(lines, minlength=count)).tolist()
    return [bits.from_array(items[first:last], width) for first, last in itertools.pairwise([0, *ends])]


def collapse(matrix: sparse.csr_matrix) -> Classes:
    """Merge equal people and equal permissions, drop empty ones, order both independently of labels.

    Parameters
    ----------
    matrix : csr_matrix of bool, shape (n_people, n_permissions)
        Canonical (sorted indices, no duplicates, no explicit zeros).
    """
    people = equal_lines(matrix)
    kept = matrix[[int(g[0]) for g in people]] if people else matrix[:0]
    transposed = kept.T.tocsr()
    transposed.sort_indices()
    permissions = equal_lines(transposed)
    core = transposed[[int(g[0]) for g in permissions]].T.tocsr() if permissions else kept[:, :0]
    core.sort_indices()
    row_order, column_order = _canonical(
        core,
        np.asarray([g.size for g in people], dtype=np.intp),
        np.asarray([g.size for g in permissions], dtype=np.intp),
    )
    core = core[row_order][:, column_order].tocsr()
    core.sort_indices()
    return Classes(
        people=[people[i] for i in row_order],
        permissions=[permissions[i] for i in column_order],
        owners=np.repeat(np.arange(core.shape[0]), np.diff(core.indptr)),
        held=core.indices.astype(np.intp),
    )


def equal_lines(matrix: sparse.csr_matrix) -> list[bits.IntArray]:
    """Rows of equal content, empty rows left out, in order of first appearance."""
    found: dict[bytes, list[int]] = {}
    ends, indices = matrix.indptr.tolist(), matrix.indices
    for i, (first, last) in enumerate(itertools.pairwise(ends)):
        if first < last:
            found.setdefault(indices[first:last].tobytes(), []).append(i)
    return [np.asarray(group, dtype=np.intp) for group in found.values()]


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scramble 64-bit values (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _canonical(
    matrix: sparse.csr_matrix, row_weight: bits.IntArray, column_weight: bits.IntArray
) -> tuple[bits.IntArray, bits.IntArray]:
    """Orders of rows and columns that depend on structure before labels (colour refinement)."""
    rows, columns = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices
    row_degree = np.bincount(rows, minlength=matrix.shape[0])
    column_degree = np.bincount(columns, minlength=matrix.shape[1])
    row_hash = _mix(row_weight.astype(np.uint64) + np.uint64(1))
    column_hash = _mix(column_weight.astype(np.uint64) + np.uint64(2))
    for _ in range(4):
        gathered = np.zeros(matrix.shape[0], dtype=np.uint64)
        np.add.at(gathered, rows, _mix(column_hash)[columns])
        row_hash = _mix(gathered + row_hash * np.uint64(3))
        gathered = np.zeros(matrix.shape[1], dtype=np.uint64)
        np.add.at(gathered, columns, _mix(row_hash)[rows])
        column_hash = _mix(gathered + column_hash * np.uint64(5))
    # Ascending degree first: domination then meets the most selective lines first and stops early.
    return np.lexsort((row_hash, row_degree)), np.lexsort((column_hash, column_degree))


def split(classes: Classes) -> list[Classes]:
    """The connected blocks of a matrix, in order of their first person class."""
    n, _ = classes.shape
    owners, held = classes.owners, classes.held
    starts = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=n))])
    label = connected(sparse.csr_matrix((np.ones(held.size, dtype=np.int8), held, starts), shape=classes.shape))
    count = int(label.max(initial=-1)) + 1
    if count <= 1:
        return [classes] if n else []
    # Blocks are numbered by their first person class; nobody and nothing is without an assignment.
    first = np.full(count, n)
    np.minimum.at(first, label[:n], np.arange(n))
    label = np.argsort(np.argsort(first))[label]
    people, row_at, rows_end = _within(label[:n], count)
    permissions, column_at, columns_end = _within(label[n:], count)
    edges, _, edges_end = _within(label[owners], count)
    owners, held = row_at[owners[edges]], column_at[held[edges]]
    return [
        Classes(
            people=[classes.people[v] for v in people[rows_end[i] : rows_end[i + 1]]],
            permissions=[classes.permissions[q] for q in permissions[columns_end[i] : columns_end[i + 1]]],
            owners=owners[edges_end[i] : edges_end[i + 1]],
            held=held[edges_end[i] : edges_end[i + 1]],
        )
        for i in range(count)
    ]


def connected(matrix: sparse.csr_matrix) -> bits.IntArray:
    """The connected block of each row, then of each column."""
    n, m = matrix.shape
    starts = np.concatenate([matrix.indptr, np.full(m, matrix.nnz)])
    graph = sparse.csr_matrix((np.ones(matrix.nnz), matrix.indices + n, starts), shape=(n + m, n + m))
    return np.asarray(connected_components(graph, directed=False)[1])


def _within(label: bits.IntArray, count: int) -> tuple[bits.IntArray, bits.IntArray, list[int]]:
    """Items by label, the place of each among those of its label, and where labels start in that order."""
    order = np.argsort(label, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(label, minlength=count))])
    place = np.empty(label.size, dtype=np.intp)
    place[order] = np.arange(label.size) - np.repeat(starts[:-1], np.diff(starts))
    return order, place, starts.tolist()
