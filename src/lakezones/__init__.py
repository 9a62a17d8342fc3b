"""lakezones: storage entitlement consolidation, from scan to proven plan."""

from typing import Any

__all__ = ["__version__"]


def __getattr__(name: str) -> Any:
    """Read the version when it is asked for: looking it up takes a tenth of a second that most commands do not need."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("lakezones")
