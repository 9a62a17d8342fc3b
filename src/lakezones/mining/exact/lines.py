"""Fewest whole lines: the cover there always is.

In: assignments, as a sparse or dense matrix. Out: rows and columns that together hold every one of them.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import maximum_bipartite_matching

from lakezones.mining import bits


def fewest_lines(left: sparse.csr_matrix) -> tuple[bits.IntArray, bits.IntArray]:
    """Rows and columns, ascending, that touch every assignment; no fewer lines do.

    Notes
    -----
    Such lines are a vertex cover of a bipartite graph; a smallest one follows from a largest matching (König 1931).
    """
    partner = maximum_bipartite_matching(left, perm_type="column")  # of each row, -1 for none
    row_of = np.full(left.shape[1], -1)
    row_of[partner[partner >= 0]] = np.flatnonzero(partner >= 0)
    # Rows reached from those without a partner, by any assignment to a column and by its pair back.
    reached = partner < 0
    frontier = np.flatnonzero(reached)
    reached_columns = np.zeros(left.shape[1], dtype=np.bool_)
    while frontier.size:
        seen = np.unique(left[frontier].indices)
        seen = seen[~reached_columns[seen]]
        reached_columns[seen] = True
        frontier = row_of[seen]
        reached[frontier] = True
    return np.flatnonzero(~reached), np.flatnonzero(reached_columns)
