"""Runs a scan: every source read, merged into one set of tables.

In: sources as given on the command line. Out: a `ScanResult`.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from lakezones.errors import UsageError
from lakezones.model.tables import Rejected
from lakezones.scan.capture import read_capture
from lakezones.scan.merge import merge_tables
from lakezones.scan.progress import Progress, Silent
from lakezones.scan.result import Outcome, ScanResult, gaps_frame
from lakezones.scan.settings import ScanSettings
from lakezones.scan.sources import Source, parse_source


def scan(
    sources: Sequence[str],
    *,
    settings: ScanSettings | None = None,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> ScanResult:
    """Read every source and merge what they give.

    Parameters
    ----------
    sources
        Capture folders, ``azurite``, addresses of storage accounts; at least one.
    settings
        Endpoints, concurrency, retries.
    progress
        Who is told how far it is.
    now
        Time of the scan, for tests; captures alone do not use it.

    Returns
    -------
    ScanResult
        Live sources win over captures by key; captures fill what a listing does not know.

    Raises
    ------
    UsageError
        If no source is given.
    lakezones.errors.InputError
        If a capture cannot be used as a whole.
    lakezones.errors.ServiceUnavailable
        If an endpoint does not answer.
    """
    settings = settings or ScanSettings()
    progress = progress or Silent()
    now = now or datetime.now(UTC)
    if not sources:
        raise UsageError("no source given", hint="for example: lakezones scan ./capture")
    parsed = [parse_source(text, settings=settings) for text in dict.fromkeys(sources)]
    outcomes = [read_capture(Path(source.location)) for source in parsed if source.kind == "capture"]
    live = [source for source in parsed if source.kind == "storage"]
    if live:
        outcomes = asyncio.run(_read_live(live, settings=settings, progress=progress)) + outcomes
    as_of = now if live else max(outcome.as_of for outcome in outcomes if outcome.as_of is not None)
    return combine(outcomes, as_of=as_of, settings=settings)


def combine(outcomes: Sequence[Outcome], *, as_of: datetime, settings: ScanSettings) -> ScanResult:
    """Merge outcomes, earlier ones winning, into one result."""
    rejected = pl.concat([Rejected.create_empty(), *(outcome.rejected for outcome in outcomes)])
    return ScanResult(
        tables=merge_tables([outcome.tables for outcome in outcomes]),
        as_of=as_of,
        rejected=rejected.head(settings.max_rejected_rows),
        gaps=gaps_frame([gap for outcome in outcomes for gap in outcome.gaps]),
        sources=[outcome.document() for outcome in outcomes],
        warnings=[warning for outcome in outcomes for warning in outcome.warnings],
    )


async def _read_live(sources: Sequence[Source], *, settings: ScanSettings, progress: Progress) -> list[Outcome]:
    from lakezones.scan.storage import read_storage  # the SDK takes a second to import; captures do without it

    return [await read_storage(source, settings=settings, progress=progress) for source in sources]
