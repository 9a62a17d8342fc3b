"""lakezones: storage entitlement consolidation, from scan to proven plan."""

from importlib.metadata import version

__version__ = version("lakezones")
__all__ = ["__version__"]
