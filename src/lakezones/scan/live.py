"""Reads every live source of a scan, several at once.

In: storage sources and a `Context`. Out: an `Outcome` per source, in the order given.
"""

import asyncio
from collections.abc import Sequence

from lakezones.errors import LakezonesError, ServiceUnavailable
from lakezones.scan.context import Context
from lakezones.scan.result import Gap, Outcome, Reading
from lakezones.scan.sources import Source
from lakezones.scan.storage import read_storage


async def read_live(sources: Sequence[Source], context: Context) -> list[Outcome]:
    """Read storage accounts side by side.

    An account that refuses to be listed is a gap as long as another source can be read; when none can, its error is
    the scan's.
    """
    results = await asyncio.gather(*(_read(source, context) for source in sources))
    errors = [result for result in results if isinstance(result, LakezonesError)]
    if len(errors) == len(results):
        raise errors[0]
    return [
        _failed(source, result) if isinstance(result, LakezonesError) else result
        for source, result in zip(sources, results, strict=True)
    ]


async def _read(source: Source, context: Context) -> Outcome | LakezonesError:
    try:
        return await read_storage(source, context=context)
    except ServiceUnavailable:
        raise
    except LakezonesError as error:
        return error


def _failed(source: Source, error: LakezonesError) -> Outcome:
    outcome = Outcome(source=source.name, kind="storage", readings=[Reading(table="containers")])
    outcome.readings[0].failures["denied"] += 1
    outcome.gaps.append(Gap(source="containers", object_id=source.location, code="denied", reason=error.message))
    return outcome
