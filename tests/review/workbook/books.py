"""A workbook of a small lake, with items of every kind, as text and as cells that somebody edits."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import dataframely as dy
import openpyxl
import polars as pl

from lakezones.model.book import Book
from lakezones.model.tables import ReviewItems
from lakezones.review.binding import content as seen_content
from lakezones.review.binding import hashes
from lakezones.review.dossier import Dossiers, RoleDossier
from lakezones.review.items import build_all
from lakezones.review.settings import ReviewSettings
from lakezones.review.workbook import build
from lakezones.store.books import to_book
from tests.review.lake import POLICIES, lake

SHEETS = ["Roles", "Members", "Entitlements and containers", "Suggestions", "Residual", "Findings", "Zones"]
OTHERS = ("suggestion", "drop", "unused", "residual", "finding", "zone", "merge", "pilot")


@cache
def items() -> dy.DataFrame[ReviewItems]:
    """Roles of the small lake, and two items of each other kind, made up."""
    small = lake()
    seen = seen_content(small.facts, small.access, small.proposal)
    roles = build_all(
        small.facts,
        small.access,
        small.proposal,
        seen,
        hashes(seen).filter(object_kind="role"),
        settings=ReviewSettings(),
        policies=POLICIES,
    ).items.filter(pl.col("object_kind") == "role")
    first = roles.row(0, named=True)
    others = [
        {**first, "object_kind": kind, "object_id": f"{kind}-{number}", "name": f"{kind} {number}", "role_id": None}
        for kind in OTHERS
        for number in (1, 2)
    ]
    made = pl.DataFrame(others, schema=roles.schema)
    gains = pl.when(pl.col("object_kind").cast(pl.String) == "suggestion").then(3).otherwise(0)
    return ReviewItems.validate(pl.concat([roles, made.with_columns(new_access=gains.cast(pl.Int64))]))


@cache
def dossiers() -> dict[str, RoleDossier]:
    """Dossiers of all roles."""
    small = lake()
    made = Dossiers(small.facts, small.access, small.proposal, policies=POLICIES)
    return {role_id: made.role(role_id) for role_id in small.proposal.roles["role_id"]}


def book(**options: Any) -> Book:
    """The workbook."""
    return build(items(), dossiers(), as_of=lake().facts.as_of, **options)


@cache
def content() -> bytes:
    """The workbook as it is given out."""
    return to_book(book())


def edited(path: Path, change: Callable[[Any], None]) -> Path:
    """Write the workbook after somebody has changed it."""
    opened = openpyxl.load_workbook(io.BytesIO(content()))
    change(opened)
    opened.save(path)
    return path


def column(sheet: Any, heading: str) -> int:
    """Number of a column by its heading, from 1."""
    return next(cell.column for cell in sheet[1] if cell.value == heading)


def put(sheet: Any, row: int, **cells: Any) -> None:
    """Fill in cells of a row: Decision=..., Your_reason=..."""
    for heading, value in cells.items():
        sheet.cell(row, column(sheet, heading.replace("_", " ")), value)
