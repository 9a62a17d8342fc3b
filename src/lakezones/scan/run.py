"""Runs a scan: every source read, merged into one set of tables.

In: sources as given on the command line. Out: a `ScanResult`.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from lakezones.errors import LakezonesError, UsageError
from lakezones.model.facts import FACTS
from lakezones.model.tables import Rejected
from lakezones.scan.azure.denies import spell_out
from lakezones.scan.context import Context, Selection
from lakezones.scan.files.capture import read_capture
from lakezones.scan.files.exports import Rule, apply_rules, read_export
from lakezones.scan.files.inventory import is_inventory, read_inventory
from lakezones.scan.gate import check_outcome
from lakezones.scan.journal import Journal
from lakezones.scan.merge import merge_tables, qualify
from lakezones.scan.progress import Progress, Silent
from lakezones.scan.result import Outcome, ScanResult, gaps_frame
from lakezones.scan.settings import ScanSettings
from lakezones.scan.sources import Source, parse_inventory, parse_source, refuse_shared_signature
from lakezones.scan.spelling import warnings_of

if TYPE_CHECKING:
    from lakezones.scan.azure.check import Check

T = TypeVar("T")


def scan(
    sources: Sequence[str],
    *,
    settings: ScanSettings | None = None,
    selection: Selection | None = None,
    journal: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    credential: Any = None,
    now: datetime | None = None,
) -> ScanResult:
    """Read every source and merge what they give.

    Parameters
    ----------
    sources
        Capture folders, folders of inventory reports, TOML mappings of exports, ``azurite``, addresses of storage
        accounts; at least one.
    settings
        Endpoints, concurrency, retries.
    selection
        Which containers and tables to read; all by default.
    journal
        Folder in which finished reads are remembered until the caller removes it; None remembers nothing.
    resume
        Go on with an interrupted scan of the same sources and selection; failed reads are asked for again.
    progress
        Receives how far the scan is.
    credential
        An asynchronous token credential; `DefaultAzureCredential` where None.
    now
        Time of the scan, for tests; of captures alone it is no more than the latest time that counts.

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
    if not sources:
        raise UsageError("no source given", hint="for example: lakezones scan ./capture")
    parsed = [parse_source(text, settings=settings) for text in dict.fromkeys(sources)]
    # A wrong address is an error at once, not after an hour.
    reports = [parse_inventory(address, settings=settings)[0] for address in settings.inventory]
    refuse_shared_signature([*parsed, *reports])
    context = Context(
        settings=settings, progress=progress or Silent(), selection=selection or Selection(), credential=credential
    )
    return _scan(parsed, context, journal=journal, resume=resume, now=now or datetime.now(UTC))


def _scan(
    sources: Sequence[Source], context: Context, *, journal: Path | None, resume: bool, now: datetime
) -> ScanResult:
    rules: list[Rule] = []
    files = [source.location for source in sources if source.kind == "capture"]
    outcomes = [outcome for location in files for outcome in _read_files(Path(location), rules, now)]
    live = [source for source in sources if source.kind == "storage"]
    if not live and not context.settings.inventory:
        observed = [outcome.as_of for outcome in outcomes if outcome.as_of is not None]
        as_of = max(observed or [outcome.written for outcome in outcomes if outcome.written is not None] or [now])
        return combine(outcomes, as_of=as_of, context=context, rules=rules)
    identity = {"sources": [source.location for source in live], **context.selection.document()}
    with Journal(journal, scan=identity, resume=resume, now=now) as finished:
        found = _run(_read_live(live, outcomes, replace(context, journal=finished)))
        moment = max(now, datetime.now(UTC))  # an object may have changed while the scan ran
        outcomes = [one if one.kind == "inventory" else check_outcome(one, moment=moment) for one in found] + outcomes
    return combine(outcomes, as_of=finished.started, context=context, rules=rules)


def check(sources: Sequence[str], *, settings: ScanSettings, credential: Any = None) -> "list[Check]":
    """Try one small read of each kind that a scan of the sources would make.

    Raises
    ------
    UsageError
        If no source is live: files need no permission.
    """
    live = [source for text in sources if (source := parse_source(text, settings=settings)).kind == "storage"]
    if not live:
        raise UsageError("--check looks at permissions, and files need none", hint="name a storage account")
    refuse_shared_signature([*live, *(parse_inventory(text, settings=settings)[0] for text in settings.inventory)])
    from lakezones.scan.azure.check import check_sources

    return _run(check_sources(live, Context(settings=settings, progress=Silent(), credential=credential)))


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; of errors that tasks raised side by side, the first that is meant for users counts."""
    try:
        return asyncio.run(work)
    except BaseExceptionGroup as group:
        meant = group.subgroup(LakezonesError)
        while isinstance(meant, BaseExceptionGroup):
            meant = meant.exceptions[0]  # type: ignore[assignment]
        if meant is None:
            raise
        raise meant from None


def combine(
    outcomes: Sequence[Outcome], *, as_of: datetime, context: Context, rules: Sequence[Rule] = ()
) -> ScanResult:
    """Merge outcomes, earlier ones winning, into one result."""
    selection, shown = context.selection, context.settings.max_rejected_rows
    rejected = pl.concat([Rejected.create_empty(), *(outcome.rejected for outcome in outcomes)])
    outcomes = qualify(outcomes)
    gaps = [gap for outcome in outcomes for gap in outcome.gaps]
    merged = apply_rules(rules, merge_tables([outcome.tables for outcome in outcomes]))
    denies = [deny for outcome in outcomes for deny in outcome.denies]
    merged, unknown = spell_out(denies, merged, gaps=gaps, as_of=as_of)
    accounts = {outcome.account for outcome in outcomes if outcome.account}
    only = f"{accounts.pop()}/" if len(accounts) == 1 else ""
    tables = {
        name: _selected(merged[name], selection, only) for name in FACTS if name in merged and selection.wants(name)
    }
    warnings = [warning for outcome in outcomes for warning in outcome.warnings]
    warnings += warnings_of([one for outcome in outcomes for one in outcome.spellings], tables)
    if rejected.height > shown:
        warnings.append(
            f"{rejected.height:,} rows were rejected; rejected.csv has the first {shown:,} (scan.max_rejected_rows), "
            f"and the other {rejected.height - shown:,} are in no file"
        )
    return ScanResult(
        tables=tables,
        as_of=as_of,
        rejected=Rejected.cast(rejected.head(shown)),
        gaps=gaps_frame(gaps + unknown),
        sources=[outcome.document() for outcome in outcomes],
        warnings=warnings,
    )


def _selected(frame: pl.DataFrame, selection: Selection, account: str) -> pl.DataFrame:
    """Rows of the containers that were not excluded; globs of entitlements stay. Bare names are of `account`."""
    if "container" not in frame.columns or not (selection.include or selection.exclude):
        return frame
    names = frame.get_column("container").drop_nulls().unique().to_list()
    full = {name if "/" in name else account + name: name for name in names if not any(mark in name for mark in "*?[")}
    _, left = selection.split(list(full))
    return frame.filter(~pl.col("container").is_in([full[name] for name in left]).fill_null(value=False))


def _read_files(path: Path, rules: list[Rule], moment: datetime) -> list[Outcome]:
    """A capture, inventory reports, or mapped exports, whose rules are kept for the end."""
    if path.suffix == ".toml":
        outcome, found = read_export(path, moment=moment)
        rules += found
        return [outcome]
    if is_inventory(path):
        return read_inventory(path, moment=moment)
    return [read_capture(path, moment=moment)]


async def _read_live(sources: Sequence[Source], captures: Sequence[Outcome], context: Context) -> list[Outcome]:
    from lakezones.scan.azure.live import read_live  # the SDK takes a second to import; captures do without it

    return await read_live(sources, captures, context)
