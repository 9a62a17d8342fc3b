"""The sign-off of a domain as a page: printable, complete in itself, and the same for the same document.

In: a document of `Gathering`. Out: HTML. Every word on it comes from the document, which is in the page too, so that a
page on which somebody changed a word is no longer the page of its document.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from lakezones import __version__
from lakezones.pages.assets import asset
from lakezones.pages.environment import environment
from lakezones.review.decisions import effect_words, fold, options
from lakezones.review.decisions.records import withdrawn
from lakezones.review.log import Checkpoint
from lakezones.review.signoff.gather import DECISIONS, Document, as_json

KINDS: Final = {
    "role": "Roles",
    "suggestion": "New access",
    "drop": "Access that a policy drops",
    "residual": "Access outside of roles",
    "unused": "Access that nobody used",
    "finding": "Findings",
    "zone": "Zones and domains of containers",
    "merge": "Containers that move together",
    "pilot": "Pilot",
}
"""Kinds of items as headings, in the order of the page."""
EFFECTIVE: Final = ("approved", "denied", "revoked", "accepted", "deferred")
"""Standings in which a decision is carried out as it says."""

TEMPLATE: Final = "signoff.html"

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A decision on the page."""

    record_id: str
    number: int
    name: str
    object_id: str
    part: str
    effect: str
    reviewer: str
    reviewer_id: str
    at: datetime
    ticket: str
    justification: str
    comment: str
    kept: int | None
    ended: int | None
    added: int | None
    state: str
    standing: str
    reason: str


@dataclass(frozen=True)
class Section:
    """Decisions on items of one kind."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Totals:
    """What decisions do to access, by person and container; what nobody counted is not in it."""

    kept: int
    ended: int
    added: int
    uncounted: int
    waiting: int


@dataclass(frozen=True)
class SignoffView:
    """All that the page shows."""

    domain: str
    sections: Sequence[Section]
    past: Sequence[Line]
    totals: Totals
    reviewers: Sequence[tuple[str, str]]
    """Name and id."""
    shared: Sequence[str]
    """Names that two reviewers share: their ids tell them apart."""
    tickets: Sequence[str]
    campaigns: Sequence[str]
    items: int
    decisions: int
    undecided: int
    first: datetime
    last: datetime
    checkpoint: str
    size: int
    key_id: str | None


def page(document: Document, *, linked: bool = False) -> str:
    """The page of a document.

    Parameters
    ----------
    linked
        Whether it asks the server of the review page for its style, rather than holding it.
    """
    template = environment("lakezones.review.signoff").get_template(TEMPLATE)
    style = "" if linked else _style()
    return template.render(view=view(document), style=style, document=as_json(document), maker=maker())


@cache
def maker() -> str:
    """What wrote a page: the version, and a hash of how its pages look, since both change what is written."""
    parts = (("lakezones.review.signoff", TEMPLATE), ("lakezones.pages", "components.html"))
    look = hashlib.sha256(_style().encode())
    for package, name in parts:
        look.update(resources.files(package).joinpath("templates", name).read_bytes())
    return f"lakezones {__version__}, pages {look.hexdigest()[:12]}"


def _style() -> str:
    return (asset("lakezones.css") or b"").decode()


def view(document: Document) -> SignoffView:
    """What a document says, for people.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is no document of `Gathering`.
    """
    records = [json.loads(one["line"]) for one in document["records"]]
    names = {(kind, object_id): name for kind, object_id, name in document["names"]}
    where = {tuple(row[:4]): (row[4], row[5]) for row in document["standings"]}
    decisions = [one for one in records if one["kind"] in DECISIONS]
    standing = set(fold(records)["record_id"])
    gone = withdrawn(records)
    made = {one["record_id"]: _line(one, names, where, _state(one, standing, gone, records)) for one in decisions}
    current = [one for one in decisions if one["record_id"] in standing]
    point = Checkpoint.parse(document["checkpoint"])
    times = [line.at for line in made.values()]
    return SignoffView(
        domain=document["domain"],
        sections=[
            Section(title, rows)
            for kind, title in KINDS.items()
            if (rows := _sorted(made[one["record_id"]] for one in current if one["object_kind"] == kind))
        ],
        past=_sorted(line for record_id, line in made.items() if record_id not in standing),
        totals=totals(current, where),
        reviewers=sorted({(made[one["record_id"]].reviewer, one["reviewer"]) for one in current}),
        shared=[name for name, count in names_of(made.values()).items() if count > 1],
        tickets=sorted({str(one["ticket"]) for one in current if one.get("ticket")}),
        campaigns=sorted({str(one["campaign"]) for one in current if one.get("campaign")}),
        items=len({(one["object_kind"], one["object_id"]) for one in current}),
        decisions=len(current),
        undecided=document["undecided"],
        first=min(times),
        last=max(times),
        checkpoint=document["checkpoint"],
        size=point.size,
        key_id=document["key_id"],
    )


def totals(current: Sequence[Record], where: Mapping[tuple[Any, ...], tuple[str, str]]) -> Totals:
    """What decisions in force do to access, each pair of person and container counted once.

    Where two reviewers decided on the same, the decision that stands counts, else the newest. What ends of a part
    does not stay with the whole. What waits for a second reviewer, or stands otherwise than it says, is counted as
    waiting and nowhere else.
    """
    chosen: dict[tuple[str, ...], Record] = {}
    waiting = 0
    for one in current:
        key = (one["object_kind"], one["object_id"], one["part_kind"], one["part_id"])
        standing = where.get(key, ("", ""))[0]
        if standing and standing not in EFFECTIVE:
            waiting += 1
            continue
        earlier = chosen.get(key)
        if earlier is None or _fits(one, standing) >= _fits(earlier, standing):
            chosen[key] = one
    kept = ended = added = uncounted = 0
    for item in sorted({key[:2] for key in chosen}):
        parts = [one for key, one in chosen.items() if key[:2] == item and key[2]]
        whole = chosen.get((*item, "", ""))
        counted = [*parts, whole] if whole is not None else parts
        uncounted += sum(one.get("access_kept") is None for one in counted)
        going = sum(one.get("access_ended") or 0 for one in counted)
        stays = (
            whole.get("access_kept") or 0 if whole is not None else sum(one.get("access_kept") or 0 for one in parts)
        )
        kept += max(stays - sum(one.get("access_ended") or 0 for one in parts), 0) if whole is not None else stays
        ended += going
        added += sum(one.get("access_added") or 0 for one in counted)
    return Totals(kept=kept, ended=ended, added=added, uncounted=uncounted, waiting=waiting)


_STANDS: Final = {"approved": ("approve", "change"), "denied": ("deny",), "revoked": ("revoke",)}


def _fits(record: Record, standing: str) -> bool:
    return record["decision"] in _STANDS.get(standing, (record["decision"],))


def _state(record: Record, standing: set[str], gone: set[str], records: Sequence[Record]) -> str:
    """Whether a decision is in force, in words."""
    if record["record_id"] in standing:
        return ""
    if record["record_id"] not in gone:
        return "replaced by a later decision of the same reviewer"
    back = next(one for one in reversed(records) if one.get("withdraws") == record["record_id"])
    why = f": {back['justification']}" if back.get("justification") else ""
    return f"taken back by record {back['number']:,}{why}"


def _line(
    record: Record,
    names: Mapping[tuple[str, str], str],
    where: Mapping[tuple[Any, ...], tuple[str, str]],
    state: str,
) -> Line:
    item = (record["object_kind"], record["object_id"])
    standing, reason = where.get((*item, record["part_kind"], record["part_id"]), ("", ""))
    return Line(
        record_id=record["record_id"],
        number=record["number"],
        name=record.get("name") or names.get(item) or record["object_id"],
        object_id=record["object_id"],
        part=record.get("part_name") or record["part_id"],
        effect=record.get("effect") or _effect(record),
        reviewer=record.get("reviewer_name") or record["reviewer"],
        reviewer_id=record["reviewer"],
        at=datetime.fromisoformat(record["decided_at"]),
        ticket=record.get("ticket") or "",
        justification=record.get("justification") or "",
        comment=record.get("comment") or "",
        kept=record.get("access_kept"),
        ended=record.get("access_ended"),
        added=record.get("access_added"),
        state=state,
        standing=standing,
        reason=reason,
    )


def _effect(record: Record) -> str:
    """What a decision of before there were effects does to access, in the words that it would have now."""
    kind, part, verdict = record["object_kind"], record["part_kind"], record["decision"]
    option = record.get("option") or next(iter(options(kind, part, verdict)), None)
    try:
        return effect_words(kind, part, verdict, option).record
    except KeyError:
        return str(verdict)


def names_of(found: Iterable[Line]) -> Counter[str]:
    """How many reviewers have each name."""
    return Counter(name for name, _ in {(line.reviewer, line.reviewer_id) for line in found})


def _sorted(found: Iterable[Line]) -> list[Line]:
    return sorted(found, key=lambda line: (line.name.casefold(), line.object_id, line.part, line.number))
