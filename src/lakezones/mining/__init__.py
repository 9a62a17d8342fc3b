"""The role miner alone: a matrix in; roles, a lower bound and its certificate out. It knows nothing of lakes.

``exact`` finds the fewest roles that give exactly a matrix and proves it; ``practical`` chooses few that give most of
it; ``matrix`` runs either on a sparse matrix; ``estimator`` is the same with the interface of scikit-learn.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakezones.mining.estimator import RoleMiner
    from lakezones.mining.matrix import MatrixRoles, mine_matrix

__all__ = ["MatrixRoles", "RoleMiner", "mine_matrix"]

_MODULES = {"RoleMiner": "estimator", "MatrixRoles": "matrix", "mine_matrix": "matrix"}


def __getattr__(name: str) -> Any:
    # Each is imported when it is asked for: the estimator needs scikit-learn, which takes a second to load.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
