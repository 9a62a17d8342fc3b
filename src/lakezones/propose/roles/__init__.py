"""Role mining: a matrix of people and permissions, or a whole estate, in; the roles behind it out."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakezones.propose.roles.miner import RoleMiner
    from lakezones.propose.roles.stage import RolesResult, propose_roles

__all__ = ["RoleMiner", "RolesResult", "propose_roles"]

_HOMES = {"RoleMiner": "miner", "RolesResult": "stage", "propose_roles": "stage"}


def __getattr__(name: str) -> Any:
    # Each is imported when asked for: a miner alone needs no frames, the stage alone no estimator.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
