"""A view of the evidence, ready for counting: what its values say under given probabilities.

In: a `View`, probabilities and weights of containers. Out: log-odds per container.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.propose.zones.tokens import ZONES
from lakezones.propose.zones.views import View

FloatArray = npt.NDArray[np.float64]

K: Final = len(ZONES)
EVENLY: Final = 10.0
"""Containers of each zone that are added to what was counted, so that no share of a zone is nothing."""


@dataclass
class CountedView:
    """A view ready for counting: incidence matrix and beliefs."""

    view: View
    incidence: sparse.csr_matrix

    @classmethod
    def of(cls, view: View, n: int) -> "CountedView":
        ones = np.ones(view.nodes.size)
        return cls(view, sparse.csr_matrix((ones, (view.nodes, view.values)), shape=(n, len(view.labels))))

    def scores(self, chances: FloatArray, weight: FloatArray) -> FloatArray:
        """Log-odds each container's values give it, itself left out of their counts; shape (n, K).

        They are relative to all containers under the same teachers' probabilities: where every value says the same
        zone, the view distinguishes nothing, however sure the teachers are.
        """
        own = chances * weight[:, None]
        counts = np.asarray(self.incidence.T @ own)
        whole = own.sum(axis=0) + EVENLY
        usual = whole / whole.sum()
        # Beliefs are about zones of equal size; of a frequent zone there is more of everything.
        prior = self.view.priors * usual
        prior /= prior.sum(axis=1, keepdims=True)
        counts += self.view.strengths[:, None] * prior
        rows, columns = self.view.nodes, self.view.values
        # One zone after the other, so that every pass runs over memory in order.
        parts = [np.maximum(counts[:, zone][columns] - own[:, zone][rows], 1e-9) for zone in range(K)]
        every = np.log(np.sum(parts, axis=0))
        n = self.incidence.shape[0]
        out = np.empty((n, K))
        for zone in range(K):
            odds = np.log(parts[zone]) - every
            odds -= np.log(usual[zone])
            out[:, zone] = np.bincount(rows, weights=odds, minlength=n)
        return out
