"""The worklist and its items, and what is decided on them: drafts, bulk approval, undo.

In: visits. Out: replies. Every draft is on the disk before the reply that shows it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from lakezones.model.words import counted
from lakezones.review import pages
from lakezones.review.decisions import Draft
from lakezones.review.decisions.rules import bulk_refusal
from lakezones.review.pages.views import DraftedView, LapseView
from lakezones.review.serve import lapses
from lakezones.review.serve.drafting import KEY, part_of, values_of
from lakezones.review.serve.forms import LONGEST, Fields, FormError, drafts_of, item_of
from lakezones.review.serve.replies import Reply, Visit, address, missing
from lakezones.review.serve.worklist import Key, Query
from lakezones.review.settings import ReviewSettings

DONE_WORDS: Final = {
    "approve": "Approved",
    "deny": "Denied",
    "change": "Changed",
    "revoke": "Revoked",
    "accept": "Risk accepted",
    "defer": "Deferred",
}
FIELD_OF: Final = {"rename": "name", "merge": "other", "move_zone": "zone", "move_domain": "domain", "split": "name"}
"""Which field a refusal of a change is about."""


def worklist(visit: Visit) -> Reply:
    """The list of a query."""
    query = Query.of(visit.given)
    view = visit.viewer.list_view(query, alone=visit.fragment and query.page > 1)
    return Reply(pages.worklist(view, fragment=visit.fragment))


def item(visit: Visit) -> Reply:
    """One item, which counts as opened."""
    viewer, one = visit.viewer, (visit.path["kind"], visit.path["id"])
    if one not in viewer.state.by_key:
        return missing(visit, one)
    viewer.open(one)
    view = viewer.item(one, Query.of(visit.given), listed=not visit.fragment)
    return Reply(pages.item(view, fragment=visit.fragment))


def draft(visit: Visit) -> Reply:
    """Keep what was decided on an item or on parts of it; an empty verdict takes it back."""
    viewer, fields = visit.viewer, visit.fields
    one, query = (fields.one("kind"), fields.one("id", LONGEST)), query_of(fields)
    row = viewer.state.by_key.get(one)
    if row is None:
        return missing(visit, one)
    if (shown := fields.one("content_hash")) != row["content_hash"]:
        changes = lapses.since(viewer.desk.earlier(), viewer.state, one, shown)
        error = "it has changed since this page was made: look at it again, nothing was recorded"
        return _refused(visit, one, query, {}, 409, error=error, lapsed=changes)
    try:
        drafts = drafts_of(fields, viewer.state, viewer.reviewer)
    except FormError as error:
        return _refused(visit, one, query, {error.field: error.message}, 422)
    at = datetime.now(UTC)
    checked = [viewer.checked(each, at, drafts) for each in drafts] if drafts[0].decision else []
    for each in checked:
        if each.refusal:
            return _refused(visit, one, query, {_field(each.refusal, each.draft): each.refusal}, 422)
    drafts = [each.draft for each in checked] or drafts
    goes_on = bool(fields.one("next", LONGEST))
    following = viewer.worklist.next_open(query, one) if goes_on else one
    label = ". ".join([_label(drafts, row["name"]), *dict.fromkeys(why for each in checked for why in each.warnings)])
    viewer.desk.pending.put(viewer.reviewer, [values_of(each) for each in drafts], label=label)
    if goes_on and following is None:
        label += "; that was the last one to decide, submit what is pending"
    return _show(visit, query, [one], label, following or one)


def undo(visit: Visit) -> Reply:
    """Take the last action back, or the draft that is named."""
    viewer, fields = visit.viewer, visit.fields
    pending, name = viewer.desk.pending, fields.one("draft_id", LONGEST)
    named = part_of(name) if name else None
    last = pending.last(viewer.reviewer)
    keys: Sequence[Sequence[str]] = ()
    if named is not None and (last is None or named not in last.keys):
        pending.put(viewer.reviewer, [dict(zip(KEY, named, strict=True))], label="taken back")
        keys, message = [named], "Taken back: it is as it was before your draft"
    else:
        action = pending.undo(viewer.reviewer)
        keys = action.keys if action else ()
        message = f"Undone: {action.label}" if action else "There is nothing to undo"
    changed = list(dict.fromkeys((key[0], key[1]) for key in keys if (key[0], key[1]) in viewer.state.by_key))
    shown = item_of(fields.one("shown", LONGEST))
    return _show(visit, query_of(fields), changed, message, changed[0] if len(changed) == 1 else shown)


def bulk(visit: Visit) -> Reply:
    """Approve items together: only those that may be, and none of high risk."""
    viewer, fields, settings = visit.viewer, visit.fields, visit.viewer.state.settings
    query, at = query_of(fields), datetime.now(UTC)
    refused: list[tuple[str, str]] = []
    drafts: list[Draft] = []
    if fields.one("verdict") not in ("", "approve"):
        refused.append(("", "together, items can only be approved"))
    for one in [] if refused else dict.fromkeys(filter(None, map(item_of, fields.many("item")))):
        row = viewer.state.by_key.get(one)
        if row is None:
            refused.append((one[1], "it is no longer proposed"))
            continue
        each = Draft(
            object_kind=one[0],
            object_id=one[1],
            content_hash=row["content_hash"],
            decision="approve",
            reviewer=viewer.reviewer,
            bulk=True,
        )
        checked = viewer.checked(each, at, drafts)
        if why := _not_together(row, settings) or checked.refusal:
            refused.append((row["name"], why))
        elif len(drafts) >= settings.bulk.most:
            refused.append((row["name"], f"more than {settings.bulk.most} at once (bulk.most in review.toml)"))
        else:
            drafts.append(checked.draft)
    message = f"{counted(len(drafts), 'item')} approved together, pending"
    if drafts:
        viewer.desk.pending.put(viewer.reviewer, [values_of(each) for each in drafts], label=message)
    if refused:
        message += f"; {len(refused)} not taken: {refused[0][1]}"
    changed = [(each.object_kind, each.object_id) for each in drafts]
    return _show(visit, query, changed, message, None, refused=refused)


def query_of(fields: Fields) -> Query:
    """The query of the worklist that a form was posted from."""
    return Query.of(dict(parse_qsl(fields.one("query", LONGEST).lstrip("?"))))


# ------------------------------------------------------------------------------------------ private


def _show(
    visit: Visit,
    query: Query,
    changed: Sequence[Key],
    message: str,
    show: Key | None,
    *,
    refused: Sequence[tuple[str, str]] = (),
) -> Reply:
    """What has happened: the rows that changed, and the item to show; without htmx, the page of it."""
    if show not in visit.viewer.state.by_key:
        show = None
    if not visit.fragment and visit.came == "/submit":
        return Reply(status=303, location="/submit")
    if not visit.fragment:
        text = query.text()
        return Reply(status=303, location=address(show, query) if show else f"/?{text}" if text else "/")
    if show is not None:
        visit.viewer.open(show)
    after = visit.viewer.again()
    view = DraftedView(
        shell=after.shell(),
        rows=tuple(after.row(after.state.by_key[one]) for one in changed if one in after.state.by_key),
        message=message,
        item=after.item(show, query, listed=False) if show else None,
        refused=tuple(refused),
        query=query.text(),
    )
    return Reply(pages.drafted(view))


def _refused(
    visit: Visit,
    one: Key,
    query: Query,
    errors: Mapping[str, str],
    status: int,
    *,
    error: str | None = None,
    lapsed: Sequence[LapseView] = (),
) -> Reply:
    """The item again, with what was posted and why it was not taken."""
    view = visit.viewer.item(
        one,
        query,
        listed=not visit.fragment,
        posted=visit.fields.posted(),
        errors=errors,
        lapsed=lapsed,
        error=error or next(iter(errors.values()), None),
    )
    return Reply(pages.item(view, fragment=visit.fragment), status)


def _not_together(row: Mapping[str, Any], settings: ReviewSettings) -> str:
    """Why an item may not be approved together with others; empty where it may."""
    if why := bulk_refusal(row["object_kind"], dict(row), settings):
        return why
    return "" if row["bulk"] and row["risk"] != "high" else "it is to be looked at by itself"


def _field(why: str, each: Draft) -> str:
    """The field that a refusal is about; empty where it is about none."""
    if "justification" in why:
        return "justification"
    about_day = "needs the day" in why or "day of the next review" in why or "last day allowed" in why
    if about_day or (each.effective is not None and str(each.effective) in why):
        return "effective"
    return FIELD_OF.get(each.option or "", "")


def _label(drafts: Sequence[Draft], name: str) -> str:
    """What an action was, in words."""
    first = drafts[0]
    parts = f", {counted(len(drafts), 'part')} of it" if first.part_kind else ""
    if not first.decision:
        return f"Taken back: {name}{parts}"
    return f"{DONE_WORDS.get(first.decision, first.decision)}, pending: {name}{parts}"
