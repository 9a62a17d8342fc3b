"""Libraries that only an extra installs are imported through this module, so that a missing one says what to do."""

import importlib
from types import ModuleType

from lakezones.errors import MissingPackageError


def needed(module: str, *, extra: str) -> ModuleType:
    """Import a library that comes with an extra.

    Parameters
    ----------
    module
        Name of the module, such as ``pyspark.sql``.
    extra
        The extra of lakezones that installs it.

    Raises
    ------
    MissingPackageError
        If it is not installed; the hint names the extra.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = (error.name or module).partition(".")[0]
        raise MissingPackageError(
            f"the package {package} is not installed; it comes with the extra lakezones[{extra}]",
            hint=f"pip install 'lakezones[{extra}]'",
        ) from error
