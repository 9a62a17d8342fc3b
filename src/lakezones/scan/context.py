"""What every reader of a live source needs: settings, progress, the journal, and what is wanted at all.

In: the options of a run. Out: `Context`, handed to each reader.
"""

import fnmatch
import re
from collections.abc import Iterable, Sequence
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
        Globs over container names, bare or with the account; exclude wins. No include takes all.
    only
        Fact tables to read; all where empty.

    Examples
    --------
    >>> Selection(include=("sap-*",), exclude=("*-tmp",)).split(["sap-a", "sap-tmp", "db2-a"])
    (['sap-a'], ['sap-tmp', 'db2-a'])
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
            bare = name.rpartition("/")[2]
            wanted = not self.include or include(name) or include(bare)
            unwanted = bool(self.exclude) and (exclude(name) or exclude(bare))
            (taken if wanted and not unwanted else left).append(name)
        return taken, left

    def document(self) -> dict[str, Any]:
        """The selection as plain values."""
        return {"include": list(self.include), "exclude": list(self.exclude), "only": list(self.only)}


def _pattern(globs: Iterable[str]) -> Any:
    return re.compile("|".join(f"(?:{fnmatch.translate(glob)})" for glob in globs) or r"(?!)").match


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a reader is given beside its source."""

    settings: ScanSettings
    progress: Progress
    journal: Journal
    selection: Selection = field(default_factory=Selection)
    credential: Any = field(default=None, repr=False)
