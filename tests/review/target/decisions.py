"""Decisions on a lake of `tests.plan.journeys`, each bound to what there is to see, or to what there was."""

import json
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.review.binding import content, hashes
from tests import decided, golden
from tests.plan.journeys import Journey

_TEXTS = ("object_kind", "object_id", "decision", "part_kind", "part_id", "option", "detail", "reviewer")
_TEXTS += ("source", "ticket")


def say(kind: str, one: str, verdict: str, part: tuple[str, str] = ("", ""), **more: Any) -> dict[str, Any]:
    """One decision of the security team, for `made`."""
    detail = more.pop("detail", None)
    row = {"object_kind": kind, "object_id": one, "decision": verdict, "part_kind": part[0], "part_id": part[1]}
    return row | {"reviewer": "sec", "detail": None if detail is None else json.dumps(detail)} | more


def made(lake: Journey, *rows: dict[str, Any]) -> dy.DataFrame[t.Decisions]:
    """Decisions as a table, under the hashes of the lake."""
    schema = dict.fromkeys(_TEXTS, pl.String) | {"effective": pl.Date}
    frame = pl.DataFrame(list(rows), schema=schema).join(present(lake), on=["object_kind", "object_id"])
    assert frame.height == len(rows), "something there is none of"
    return decided.decisions(frame.with_columns(justification=pl.lit("so"), decided_at=pl.lit(golden.AS_OF)))


def present(lake: Journey) -> pl.DataFrame:
    """What can be decided on, with its hash."""
    return hashes(content(lake.facts, lake.access, lake.proposal))
