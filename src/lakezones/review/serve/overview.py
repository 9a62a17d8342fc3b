"""What is beside the worklist: the history, how the campaign goes, sign-offs.

In: a viewer. Out: pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from lakezones.errors import LakezonesError
from lakezones.model.identity import plain
from lakezones.review import pages
from lakezones.review.pages.views import (
    PAGE,
    CampaignView,
    Choice,
    Filter,
    HistoryView,
    ProgressLine,
    RecordView,
    SignoffList,
)
from lakezones.review.serve.recorded import record_views
from lakezones.review.serve.replies import Reply, Visit, failed
from lakezones.review.serve.viewing import Viewer
from lakezones.review.serve.worklist import ALL, DONE, KINDS, Query, Row
from lakezones.review.signoff import NOWHERE

UNTOUCHED: Final = 100
"""Items that the plan will leave alone that are listed; the file has all."""


def history(visit: Visit) -> Reply:
    """The records, the newest first."""
    viewer, given, fragment = visit.viewer, visit.given, visit.fragment
    query = Query.of(given)
    found = [one for one in _records(viewer) if _fits(one, given, plain(query.q).split())]
    start = (query.page - 1) * PAGE if fragment else 0
    view = HistoryView(
        shell=viewer.shell(),
        records=tuple(found[start : query.page * PAGE]),
        total=len(found),
        page=query.page,
        filters=_filters(_records(viewer), given),
        q=query.q,
        query=replace(query, page=1).text(),
    )
    return Reply(pages.history(view, fragment=fragment))


def _records(viewer: Viewer) -> list[RecordView]:
    return record_views(viewer.state, viewer.reviewer, reversed(viewer.state.records))


def _fits(record: RecordView, given: Mapping[str, str], words: Sequence[str]) -> bool:
    if given.get("kind") and record.kind != given["kind"]:
        return False
    if given.get("reviewer") and record.reviewer != given["reviewer"]:
        return False
    text = plain(
        " ".join([record.name, record.id, record.words, record.reviewer, record.ticket or "", record.record_id])
    )
    return all(word in text for word in words)


def _filters(records: Iterable[RecordView], given: Mapping[str, str]) -> tuple[Filter, ...]:
    listed = list(records)
    made = []
    for name, label, labels in (("reviewer", "Reviewer", {}), ("kind", "Kind", KINDS)):
        values = sorted({getattr(one, name) for one in listed} - {""})
        counts = {value: sum(getattr(one, name) == value for one in listed) for value in values}
        choices = [Choice(one, dict(labels).get(one, one), counts[one], one == given.get(name)) for one in values]
        made.append(Filter(name, label, tuple(choices)))
    return tuple(made)


def campaign(visit: Visit) -> Reply:
    """How the campaign goes, by reviewer and by domain."""
    viewer, state = visit.viewer, visit.viewer.state
    settings = state.settings.campaign
    said = viewer.desk.campaign()
    view = CampaignView(
        shell=viewer.shell(),
        name=settings.name or "Review",
        opened=settings.starts or (state.base.as_of.date() if settings.name else None),
        due=state.base.due,
        instruction=settings.instruction,
        by_reviewer=_lines(viewer, "reviewer"),
        by_domain=_lines(viewer, "domain"),
        quality=tuple(said.get("quality", ())),
        by_person=tuple(said.get("by_person", ())),
        by_person_columns=tuple(said.get("by_person_columns", ())),
        untouched=tuple((one["name"], one["reason"], one["containers"]) for one in said["untouched"][:UNTOUCHED]),
        domains=_domains(viewer),
    )
    return Reply(pages.campaign(view))


def signoffs(visit: Visit) -> Reply:
    """The domains that can be signed off."""
    viewer = visit.viewer
    lines = tuple(replace(one, name=one.name or NOWHERE) for one in _lines(viewer, "domain"))
    return Reply(pages.signoffs(SignoffList(shell=viewer.shell(), domains=lines)))


def signoff(visit: Visit) -> Reply:
    """The sign-off of a domain, to print."""
    viewer, domain = visit.viewer, visit.path["domain"]
    if domain not in _domains(viewer):
        why = f"Nothing to review is of {domain}."
        return failed(viewer, 404, "There is no such domain", why=why, back="/campaign")
    try:
        return Reply(viewer.desk.signoff(domain))
    except LakezonesError as error:
        return failed(viewer, 422, error.message, hint=error.hint or "", back="/campaign")


def _domains(viewer: Viewer) -> tuple[str, ...]:
    return tuple(sorted({row["domain"] or NOWHERE for row in viewer.state.rows}))


def _lines(viewer: Viewer, name: str) -> tuple[ProgressLine, ...]:
    """Progress by reviewer or domain, most work left first."""
    groups: dict[str, list[Row]] = {}
    for row in viewer.state.rows:
        groups.setdefault(row[name] or "", []).append(row)
    today = date.today()  # noqa: DTZ011 the day of whoever looks
    lines = [_line(one, rows, name, today) for one, rows in groups.items() if one]
    return tuple(sorted(lines, key=lambda line: (-line.minutes_left, line.name)))


def _line(value: str, rows: Sequence[Row], name: str, today: date) -> ProgressLine:
    left = [row for row in rows if row["standing"] not in DONE]
    overdue: Any = sum(row["due"] is not None and row["due"] < today for row in left)
    query = Query({"reviewer": value} if name == "reviewer" else {"reviewer": ALL, name: value})
    minutes = sum(row["minutes"] for row in left)
    return ProgressLine(value, len(rows) - len(left), len(rows), overdue, minutes, query.text())
