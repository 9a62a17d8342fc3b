"""Reads every live source of a scan, several at once.

In: storage sources, what captures gave, and a `Context`. Out: an `Outcome` per thing that was read: each account, its
inventory reports, then the management plane, the directory and the logs behind them.
"""

import asyncio
from collections.abc import Sequence

import polars as pl

from lakezones.errors import LakezonesError, ServiceUnavailable
from lakezones.scan.azure.storage import read_storage
from lakezones.scan.context import Context
from lakezones.scan.result import Outcome
from lakezones.scan.sources import Source

DIRECTORY = ("principals", "memberships", "group_owners")
GRANTS = ("role_assignments", "role_definitions")
REPORTED = ("containers", "acls")


async def read_live(sources: Sequence[Source], captures: Sequence[Outcome], context: Context) -> list[Outcome]:
    """Read storage accounts side by side, and then what is known of them elsewhere.

    An account that refuses to be listed is a gap as long as another source can be read; when none can, its error is
    the scan's.
    """
    results, reports = await asyncio.gather(
        asyncio.gather(*(_read(source, context) for source in sources)), _read_reports(context)
    )
    errors = [result for result in results if isinstance(result, LakezonesError)]
    if errors and len(errors) == len(results) and not captures:
        raise errors[0]
    accounts = [
        _failed(source, result) if isinstance(result, LakezonesError) else result
        for source, result in zip(sources, results, strict=True)
    ]
    elsewhere: list[Outcome] = []
    if wanted := [
        (source, outcome) for source, outcome in zip(sources, accounts, strict=True) if in_cloud(source, context)
    ]:
        elsewhere = await _read_cloud(wanted, [*accounts, *reports, *captures], context)
    # The management plane knows more of an account than its own listing does, so it comes first.
    return (
        [outcome for outcome in elsewhere if outcome.kind == "arm"]
        + accounts
        + reports
        + [outcome for outcome in elsewhere if outcome.kind != "arm"]
    )


def in_cloud(source: Source, context: Context) -> bool:
    """Whether management plane, directory, ACLs and usage of a source are read."""
    choice = context.settings.cloud
    return choice == "always" or (choice == "auto" and not source.emulator)


async def _read(source: Source, context: Context) -> Outcome | LakezonesError:
    try:
        return await read_storage(source, context=context)
    except ServiceUnavailable:
        raise
    except LakezonesError as error:
        return error


async def _read_reports(context: Context) -> list[Outcome]:
    """Inventory reports that lie in containers."""
    addresses = context.settings.inventory
    if not addresses or not any(map(context.selection.wants, REPORTED)):
        return []
    from lakezones.scan.azure import cloud
    from lakezones.scan.azure.reports import read_remote

    async with cloud.credential_of(context) as credential:
        found = await asyncio.gather(*(read_remote(address, context, credential) for address in addresses))
    return [outcome for outcomes in found for outcome in outcomes]


async def _read_cloud(
    wanted: Sequence[tuple[Source, Outcome]], known: Sequence[Outcome], context: Context
) -> list[Outcome]:
    from lakezones.scan.azure import cloud
    from lakezones.scan.azure.acls import read_acls
    from lakezones.scan.azure.arm import read_arm
    from lakezones.scan.azure.directory import principals_named, read_directory
    from lakezones.scan.azure.usage import read_usage

    wants = context.selection.wants
    names = sorted({outcome.account for _, outcome in wanted if outcome.account})
    found: list[Outcome] = []
    async with cloud.credential_of(context) as credential:
        flat: set[str] = set()
        if any(map(wants, ("accounts", "acls", *GRANTS))):
            arm = await read_arm(names, context, credential)
            found.append(arm)
            if "accounts" in arm.tables:
                flat = set(arm.tables["accounts"].filter(~pl.col("hns")).get_column("account"))
        if wants("acls"):
            await asyncio.gather(
                *(
                    read_acls(outcome.account, outcome, context, source.credential or credential)
                    for source, outcome in wanted
                    if outcome.account and outcome.account not in flat
                )
            )
        if any(map(wants, DIRECTORY)):
            ids = principals_named(outcome.tables for outcome in [*known, *found])
            found.append(await read_directory(ids, context, credential))
        if wants("usage") and context.settings.workspaces:
            found.append(await read_usage(names, context, credential))
    return found


def _failed(source: Source, error: LakezonesError) -> Outcome:
    outcome = Outcome(source=source.name, kind="storage")
    with outcome.reading("containers") as reading:
        outcome.failed(reading, source.location, "denied", error.message)
    return outcome
