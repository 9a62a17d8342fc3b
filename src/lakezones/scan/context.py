"""What every reader of a live source needs: settings, progress, the journal, and what is wanted at all.

In: the options of a run. Out: `Context`, handed to each reader.
"""

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lakezones.errors import UsageError
from lakezones.model.facts import FACTS
from lakezones.scan.journal import Journal
from lakezones.scan.progress import Progress
from lakezones.scan.settings import ScanSettings


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which containers and which tables a run reads.

    Parameters
    ----------
    include, exclude
        Globs over container names; those with a slash over ``account/container``. Exclude wins. No include takes all.
    only
        Fact tables to read; all where empty.

    Examples
    --------
    >>> Selection(include=("sap-*",), exclude=("*-tmp",)).split(["sap-a", "sap-tmp", "db2-a"])
    (['sap-a'], ['sap-tmp', 'db2-a'])
    >>> Selection(exclude=("bank/*",)).split(["bank/a", "other/a"])
    (['other/a'], ['bank/a'])
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if unknown := [name for name in self.only if name not in FACTS]:
            raise UsageError(f"--only: no table {unknown[0]!r}", hint="tables: " + ", ".join(FACTS))

    def wants(self, table: str) -> bool:
        """Whether a table is to be read."""
        return not self.only or table in self.only

    def split(self, names: Sequence[str]) -> tuple[list[str], list[str]]:
        """Names that are taken and names that are left out, in order."""
        if not self.include and not self.exclude:
            return list(names), []
        include, exclude = _pattern(self.include), _pattern(self.exclude)
        taken: list[str] = []
        left: list[str] = []
        for name in names:
            wanted = not self.include or include(name)
            (taken if wanted and not exclude(name) else left).append(name)
        return taken, left

    def document(self) -> dict[str, list[str]]:
        """The selection as plain values."""
        return {"include": list(self.include), "exclude": list(self.exclude), "only": list(self.only)}


def _pattern(globs: Sequence[str]) -> Callable[[str], bool]:
    """Whether a name matches one of the globs: those with a slash look at all of it, the others at what follows one."""
    full = re.compile("|".join(f"(?:{fnmatch.translate(glob)})" for glob in globs if "/" in glob) or r"(?!)").match
    bare = re.compile("|".join(f"(?:{fnmatch.translate(glob)})" for glob in globs if "/" not in glob) or r"(?!)").match
    return lambda name: full(name) is not None or bare(name.rpartition("/")[2]) is not None


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a reader is given beside its source."""

    settings: ScanSettings
    progress: Progress
    journal: Journal = field(default_factory=Journal)
    selection: Selection = field(default_factory=Selection)
    credential: Any = field(default=None, repr=False)
