"""Workbooks of a workspace: what reviewers get to fill in, and what they give back.

In: a workspace, and for whom; sheets that came back. Out: a `Book` or a flat table; records in the log. The files
themselves are written and read by whoever calls this.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.errors import NotFoundError
from lakezones.model import tables as t
from lakezones.model.book import Book, SheetCells
from lakezones.model.identity import plain
from lakezones.pipeline.bound import ReviewBasis
from lakezones.pipeline.reviewing import Reviewing
from lakezones.review.decisions import Draft
from lakezones.review.people import Deciders, People
from lakezones.review.workbook.merging import SheetBatch


@dataclass(frozen=True, kw_only=True)
class BookWish:
    """What a workbook is for: all by default.

    Attributes
    ----------
    reviewer
        Whose items: by name, mail address or id; or the name of a team.
    person
        Who fills it in, where that is not the reviewer; a workbook of their own is a source of its own.
    domain
        Domain of the items.
    worklist
        A worklist by its name, or the beginning of it.
    approve_all
        Name of a reviewer who approves every role unseen, for trials.
    """

    reviewer: str = ""
    person: str = ""
    domain: str = ""
    worklist: str = ""
    approve_all: str = ""

    @property
    def in_words(self) -> str:
        """For whom, as the summary says."""
        parts = [self.reviewer, f"domain {self.domain}" if self.domain else "", self.worklist]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, kw_only=True)
class ImportedSheets:
    """What came of sheets that were given back.

    Attributes
    ----------
    summary
        Counts, and the review's status.
    sentence
        What changed, in words.
    conflicts
        What reviewers say against each other, a sentence each.
    rejected
        Rows that could not be taken.
    ignored, notes
        What was not read; what to know besides, a sentence each.
    """

    summary: dict[str, Any]
    sentence: str
    conflicts: Sequence[str]
    rejected: dy.DataFrame[t.Rejected]
    ignored: Sequence[str] = ()
    notes: Sequence[str] = ()


def review_book(ws: Reviewing, wish: BookWish) -> Book:
    """The workbook that somebody gets.

    Raises
    ------
    NotFoundError
        If nobody, no domain or no worklist of this name has anything to decide, or whoever fills it in is unknown.
    """
    from lakezones.review.workbook import build

    basis = ws.review_basis()
    items = wanted(basis, wish)
    roles = items.filter(pl.col("object_kind").cast(pl.String) == "role")["object_id"]
    proposed = set(basis.proposal.roles["role_id"])
    return build(
        items,
        {role_id: basis.dossiers.role(role_id) for role_id in roles if role_id in proposed},
        as_of=basis.facts.as_of,
        standings=ws.review_stand(basis).standings,
        names=_names(basis),
        labels=_gainers(basis),
        wanted=wish.in_words,
        decider=_decider(basis, wish),
        instruction=ws.settings().review.campaign.instruction,
        approve_all=wish.approve_all,
    )


def review_flat(ws: Reviewing, wish: BookWish) -> pl.DataFrame:
    """All items of a workbook as one flat table; errors as `review_book`."""
    from lakezones.review.workbook import flat

    basis = ws.review_basis()
    return flat(
        wanted(basis, wish),
        as_of=basis.facts.as_of,
        standings=ws.review_stand(basis).standings,
        names=_names(basis),
        wanted=wish.in_words,
        decider=_decider(basis, wish),
        approve_all=wish.approve_all,
    )


def wanted(basis: ReviewBasis, wish: BookWish) -> dy.DataFrame[t.ReviewItems]:
    """Items of a workbook.

    Raises
    ------
    NotFoundError
        If nobody, no domain or no worklist of this name has anything to decide.
    """
    items = basis.built.items
    if wish.reviewer:
        ids = People(basis.principals).find(wish.reviewer) if basis.principals is not None else []
        is_team = pl.col("reviewer").map_elements(plain, return_dtype=pl.String) == plain(wish.reviewer)
        mine = items.filter(pl.col("reviewer_id").is_in(ids) | is_team)
        items = _some(items, mine, "reviewer", wish.reviewer)
    if wish.domain:
        mine = items.filter(pl.col("domain").map_elements(plain, return_dtype=pl.String) == plain(wish.domain))
        items = _some(items, mine, "domain", wish.domain)
    if wish.worklist:
        name = pl.col("worklist").map_elements(plain, return_dtype=pl.String)
        mine = items.filter((name == plain(wish.worklist)) | name.str.starts_with(plain(wish.worklist) + ":"))
        items = _some(items, mine, "worklist", wish.worklist)
    return items


def _some(
    items: dy.DataFrame[t.ReviewItems], mine: pl.DataFrame, column: str, name: str
) -> dy.DataFrame[t.ReviewItems]:
    if mine.is_empty():
        known = items[column].drop_nulls().unique().sort().to_list()
        some = ", ".join(known[:8]) + (f" and {len(known) - 8:,} more" if len(known) > 8 else "")
        raise NotFoundError(f"nothing to decide for {column} {name!r}", hint=f"there is {some}" if some else None)
    return t.ReviewItems.cast(mine)


def _decider(basis: ReviewBasis, wish: BookWish) -> str:
    """Who fills a workbook in; empty where that is not known."""
    if wish.person and (why := Deciders(basis.principals).misfit(wish.person)):
        raise NotFoundError(why, hint="give who fills it in as the directory names them: --for 'Ana Doe'")
    return _person(basis, wish.person or wish.reviewer) or wish.person


def _person(basis: ReviewBasis, reviewer: str) -> str:
    """The reviewer by name, or by id where the name is another's as well; empty where nobody or several are meant."""
    if not reviewer or basis.principals is None:
        return ""
    people = People(basis.principals)
    found = people.find(reviewer)
    if len(found) != 1:
        return ""
    name = _names(basis).get(found[0], found[0])
    return name if people.find(name) == found else found[0]


def _names(basis: ReviewBasis) -> dict[str, str]:
    rows = basis.facts.table("principals").select("principal_id", "name").iter_rows()
    return {principal: name for principal, name in rows if name}


def _gainers(basis: ReviewBasis) -> dict[str, str]:
    """Who would gain by each suggestion, with department and title."""
    from lakezones.review.workbook.frames import person

    people = basis.dossiers.known.people
    rows = basis.proposal.suggestions.select("suggestion_id", "principal_id").iter_rows()
    return {suggestion: person(people.card(principal)) for suggestion, principal in rows}


def import_sheets(
    ws: Reviewing,
    sheets: Sequence[SheetCells],
    *,
    reviewer: str = "",
    ticket: str = "",
    unread: dy.DataFrame[t.Rejected] | None = None,
) -> ImportedSheets:
    """Take decisions from sheets that were filled in, of one file or several.

    Parameters
    ----------
    reviewer
        Who decides where a file names nobody.
    ticket
        Evidence where a file names none.
    unread
        What could not be taken of other files; listed with what cannot of these.

    Raises
    ------
    UsageError
        If `reviewer` is another person than a file names.
    InputError
        If no sheet can be read as one of ours.
    """
    from lakezones.review.workbook import counts, hand_in, in_a_sentence

    # Read, merge and write belong together: what another import wrote in between would be lost.
    with ws.exclusive():
        basis = ws.review_basis()
        handed = hand_in(
            sheets,
            basis.built.items,
            principals=basis.principals,
            in_force=ws.in_force(),
            names=_names(basis),
            reviewer=reviewer,
            ticket=ticket,
        )
        rejected, unchanged = handed.rejected, handed.unchanged
        if unread is not None:
            rejected = t.Rejected.cast(pl.concat([unread, rejected]))
        made: list[Mapping[str, Any]] = []
        # Without a decision there is still a list of what was rejected to write; without either there is nothing.
        nothing = [SheetBatch(drafts=[], source="", file="")] if rejected.height else []
        for batch in handed.batches or nothing:
            source = batch.source or ws.source()
            done = ws.submit(batch.drafts, source=source, basis=basis, file=batch.file, unread=rejected)
            rejected, unchanged = done.rejected, unchanged + done.unchanged
            made += [record for record in done.recorded.records if record["kind"] == "decision"]
        standings = ws.review_stand(basis).standings
    found = {"changed": len(made), "unchanged": unchanged, "rejected": rejected.height}
    return ImportedSheets(
        summary={**found, "conflicts": len(handed.conflicts), **counts(standings)},
        sentence=in_a_sentence(made, unchanged=unchanged, rejected=rejected.height),
        conflicts=[one.sentence for one in handed.conflicts],
        rejected=by_name(rejected, [draft for batch in handed.batches for draft in batch.drafts], basis),
        ignored=handed.ignored,
    )


def by_name(
    rejected: dy.DataFrame[t.Rejected], drafts: Iterable[Draft], basis: ReviewBasis
) -> dy.DataFrame[t.Rejected]:
    """Rejected rows whose reasons call reviewers by name, where the decisions have their ids."""
    deciders, names = Deciders(basis.principals), _names(basis)
    ids = {deciders.name(draft.reviewer) for draft in drafts}
    called = {one: names[one] for one in sorted(ids) if one in names}
    reasons = pl.col("reason").str.replace_many(list(called), list(called.values())) if called else pl.col("reason")
    return t.Rejected.cast(rejected.with_columns(reasons))
