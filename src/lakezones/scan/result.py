"""What a scan hands on: raw tables, what was rejected, what could not be read, and how complete each read was.

In: nothing. Out: `Reading` (one table from one source), `Outcome` (one source) and `ScanResult` (all sources).
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model.frames import Facts
from lakezones.model.tables import Gaps, Rejected
from lakezones.scan.spelling import Spellings


@dataclass(kw_only=True)
class Reading:
    """How one table was read from one source.

    Attributes
    ----------
    table
        The fact table it fills.
    pages, items
        Answers or files read, and rows they held.
    expected
        How many there were to read (the denominator), where the source states it.
    failures
        Failed reads by status or error code.
    excluded
        Objects left out on request.
    seconds
        Time it took; goes into the manifest alone.
    """

    table: str
    pages: int = 0
    items: int = 0
    expected: int | None = None
    failures: Counter[str] = field(default_factory=Counter)
    excluded: int = 0
    seconds: float = 0.0

    def document(self) -> dict[str, object]:
        """The reading as the manifest holds it."""
        return {
            "table": self.table,
            "pages": self.pages,
            "items": self.items,
            "expected": self.expected,
            "failures": dict(sorted(self.failures.items())),
            "excluded": self.excluded,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One failed read; see `lakezones.model.tables.Gaps`."""

    source: str
    object_id: str = ""
    code: str
    reason: str


@dataclass(kw_only=True)
class Outcome:
    """What one source gave.

    Attributes
    ----------
    source
        Where it was read: a folder or an address, never with a secret in it.
    kind
        ``capture``, ``storage``, ``arm``, ``directory`` or ``usage``.
    tables
        Frames with the schemas of `lakezones.model.facts`.
    account
        The storage account, where the source is one.
    containers
        Names of the containers that a live source listed and that were not excluded.
    as_of
        Newest time that the source itself names; None where it names none.
    written
        When the newest file of a folder was written: the clock where nothing else is.
    denies
        Deny assignments that exclude principals; who is left is worked out once the directory is known.
    spellings
        How the keys of its tables were written.
    """

    source: str
    kind: str
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    rejected: dy.DataFrame[Rejected] = field(default_factory=Rejected.create_empty)
    gaps: list[Gap] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    account: str = ""
    containers: list[str] = field(default_factory=list)
    as_of: datetime | None = None
    written: datetime | None = None
    denies: list[dict[str, Any]] = field(default_factory=list)
    spellings: list[Spellings] = field(default_factory=list)

    @contextmanager
    def reading(self, table: str, *, expected: int | None = None) -> Iterator[Reading]:
        """Count and time the reading of a table."""
        reading = Reading(table=table, expected=expected)
        self.readings.append(reading)
        started = time.perf_counter()
        try:
            yield reading
        finally:
            reading.seconds = time.perf_counter() - started

    def failed(
        self, reading: Reading, object_id: str, code: str, reason: str, *, tables: Sequence[str] | None = None
    ) -> None:
        """Count a failed read, and note the gap in the tables it was to fill: the one of the reading, if not others."""
        reading.failures[code] += 1
        for table in tables or (reading.table,):
            self.gaps.append(Gap(source=table, object_id=object_id, code=code, reason=reason))

    def document(self) -> dict[str, object]:
        """The source as the manifest holds it."""
        return {
            "source": self.source,
            "kind": self.kind,
            "reads": [reading.document() for reading in self.readings],
            "excluded": self.excluded,
            "warnings": self.warnings,
        }


@dataclass(frozen=True, kw_only=True)
class ScanResult:
    """A finished scan.

    Attributes
    ----------
    tables
        Fact tables by name; one that is absent was not assessed.
    as_of
        The clock of everything made from the scan.
    rejected
        Rows of input that could not be taken (`lakezones.model.tables.Rejected`).
    gaps
        Failed reads (`lakezones.model.tables.Gaps`).
    sources
        Per source: pages, items, failures, denominators, exclusions; for the manifest.
    warnings
        Worth a look, but nothing was lost.
    """

    tables: dict[str, pl.DataFrame]
    as_of: datetime
    rejected: dy.DataFrame[Rejected]
    gaps: dy.DataFrame[Gaps]
    sources: list[dict[str, object]]
    warnings: list[str] = field(default_factory=list)

    @property
    def facts(self) -> Facts:
        """What was read as the facts that every later stage takes."""
        return Facts.of(self.tables, as_of=self.as_of, gaps=self.gaps)

    @property
    def complete(self) -> bool:
        """Whether everything that was to be read was read; if not, the command ends with code 3."""
        return self.gaps.is_empty()

    def failed_reads(self) -> list[dict[str, Any]]:
        """Reads that failed, as source, code, reason and how often; gaps that rejected rows left are no reads."""
        failed = self.gaps.filter(pl.col("code") != "rejected")
        return failed.group_by("source", "code", "reason").len().sort("source", "code", "reason").to_dicts()

    def summary(self) -> dict[str, Any]:
        """Counts for the summary line and ``--json``; no times, so that equal input gives equal output."""
        return {
            "as_of": self.as_of,
            "complete": self.complete,
            "rows": {name: frame.height for name, frame in self.tables.items()},
            "rejected": self.rejected.height,
            "gaps": self.gaps.height,
            "gaps_by_source": {
                row["source"]: row["len"] for row in self.gaps.group_by("source").len().sort("source").to_dicts()
            },
            "warnings": self.warnings,
        }


def gaps_frame(gaps: list[Gap]) -> dy.DataFrame[Gaps]:
    """Gaps as a table, sorted, each named once.

    Examples
    --------
    >>> gaps_frame([Gap(source="acls", object_id="b", code="403", reason="denied")]).height
    1
    """
    rows = sorted({(gap.source, gap.object_id, gap.code, gap.reason) for gap in gaps})
    columns = dict.fromkeys(["source", "object_id", "code", "reason"], pl.String)
    return Gaps.validate(pl.DataFrame(rows, schema=columns, orient="row"), cast=True)


EXACT_REPEAT: Final = "repeats"
"""How the reason of a rejected row begins that repeats another in full: nothing is lost, so it makes no gap."""
