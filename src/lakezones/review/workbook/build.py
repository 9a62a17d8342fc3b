"""The workbook that a reviewer works in.

In: review items, dossiers of roles, where each item stands, names of people. Out: a `Book`, and the id that its
decisions carry as their source. The same items for the same reviewer give the same workbook.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import polars as pl

from lakezones.model.book import Book, BookColumn, BookLists, BookTable
from lakezones.review.dossier import RoleDossier
from lakezones.review.workbook import columns
from lakezones.review.workbook.frames import (
    classes_frame,
    items_frame,
    members_frame,
    standings_in_words,
    with_fitted,
)
from lakezones.review.workbook.pages import BookFacts, BookSection, how_to, summary
from lakezones.review.workbook.words import WORDS, list_name

TITLE: Final = "Review of access"


def workbook_id(items: pl.DataFrame, *, wanted: str, decider: str, as_of: datetime) -> str:
    """Id of a workbook: of what it shows and for whom, so that two reviewers with one each never share an id."""
    seen = items.select(pl.col("object_kind").cast(pl.String), "object_id", "content_hash").sort(pl.all())
    document = json.dumps([wanted, decider, as_of.isoformat(), seen.rows()])
    return "workbook-" + hashlib.sha256(document.encode()).hexdigest()[:12]


def build(
    items: pl.DataFrame,
    dossiers: Mapping[str, RoleDossier],
    *,
    as_of: datetime,
    standings: pl.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    wanted: str = "",
    decider: str = "",
    instruction: str = "",
    approve_all: str = "",
) -> Book:
    """The workbook of some items.

    Parameters
    ----------
    items
        `lakezones.model.tables.ReviewItems`, those of the workbook alone.
    dossiers
        By role_id, those of the items' roles: they give the sheets of members and containers.
    standings
        Where items and parts stand; None where nobody decided anything.
    names, labels
        Names of people by id; names of items by id, where there are better ones than their own.
    wanted
        Whose workbook it is, in words.
    decider
        Who will fill it in, if that is known.
    instruction
        What whoever runs the campaign asks for.
    approve_all
        Name of a reviewer who approves every role unseen, for trials. New access is never approved so.
    """
    mine = workbook_id(items, wanted=wanted, decider=approve_all or decider, as_of=as_of)
    said = standings_in_words(standings, names or {})

    def section(name: str, made: Sequence[BookColumn], *kinds: str) -> BookSection:
        frame = items_frame(items, kinds, standing=said, workbook=mine, labels=labels)
        return BookSection(table=_table(name, made, frame), kinds=kinds)

    roles = with_fitted(items_frame(items, ["role"], standing=said, workbook=mine), dossiers)
    if approve_all:
        roles = roles.with_columns(decision=pl.lit("approve"), reviewer=pl.lit(approve_all))
    members = members_frame(roles, dossiers, standing=said, workbook=mine)
    classes = classes_frame(roles, dossiers, standing=said, workbook=mine)
    sections = [
        BookSection(table=_table("Roles", columns.ROLES, roles), kinds=["role"]),
        BookSection(table=_table("Members", columns.MEMBERS, members)),
        BookSection(table=_table("Entitlements and containers", columns.CLASSES, classes)),
        section("Suggestions", columns.SUGGESTIONS, "suggestion"),
        section("Residual", columns.RESIDUAL, "drop", "unused", "residual"),
        section("Findings", columns.FINDINGS, "finding"),
        section("Zones", columns.ZONES, "zone", "merge", "pilot"),
    ]
    facts = BookFacts(
        title=TITLE,
        workbook=mine,
        wanted=wanted,
        decider=approve_all or decider,
        as_of=as_of.date(),
        due=min((day for day in items["due"] if isinstance(day, date)), default=None),
        instruction=instruction,
        items=items,
    )
    return Book(
        title=TITLE,
        created=as_of,
        sheets=[summary(facts, sections), *(one.table for one in sections), BookLists(), how_to()],
        lists={list_name(*of): [word.word for word in words] for of, words in WORDS.items()},
        colours={"revoke from date": "ended"},
    )


def _table(name: str, made: Sequence[BookColumn], frame: pl.DataFrame) -> BookTable:
    """A sheet that is printed up to the reviewer's own reason: what is needed on paper."""
    return BookTable(name=name, columns=made, frame=frame, printed=list(made).index(columns.REASON) + 1)
