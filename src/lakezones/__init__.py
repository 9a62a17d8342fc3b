"""lakezones: storage entitlement consolidation, from scan to proven plan.

`Workspace` runs the stages on a folder, `lakezones.api` on frames; `Settings` are what both can be given.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lakezones import api
    from lakezones.config import Settings
    from lakezones.pipeline import Workspace

__all__ = ["Settings", "Workspace", "__version__", "api"]

_MODULES = {"Settings": "config", "Workspace": "pipeline"}


def __getattr__(name: str) -> Any:
    # Each is loaded when it is asked for: polars takes half a second, looking up the version a tenth.
    if name == "api":
        return import_module("lakezones.api")
    if name in _MODULES:
        return getattr(import_module(f"lakezones.{_MODULES[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("lakezones")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
