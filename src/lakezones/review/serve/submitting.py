"""What is pending becomes records: the summary before, the checkpoint after, and taking a record back.

In: visits. Out: replies.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lakezones.errors import LakezonesError
from lakezones.review import pages
from lakezones.review.pages.views import AccessTotals, SubmittedView, SubmitView
from lakezones.review.serve.drafting import draft_of
from lakezones.review.serve.forms import LONGEST, FormError
from lakezones.review.serve.replies import Reply, Visit, failed
from lakezones.review.serve.viewing import Viewer

GIVING = ("approve", "change")
"""Verdicts on which two must agree where the rule of two asks for it."""


def summary(visit: Visit) -> Reply:
    """Everything pending, with what it does to access."""
    return _summary(visit.viewer)


def _summary(viewer: Viewer, *, error: str | None = None, ticket: str = "", comment: str = "") -> Reply:
    drafts = tuple(viewer.draft(one) for each in viewer.drafts.values() for one in each)
    current = [one for one in drafts if not one.stale]
    two = [one for one in current if one.verdict in GIVING and viewer.state.by_key[one.kind, one.id]["needs_two"]]
    view = SubmitView(
        shell=viewer.shell(),
        pending=drafts,
        totals=AccessTotals(
            sum(one.kept for one in current), sum(one.ended for one in current), sum(one.added for one in current)
        ),
        ticket=ticket,
        comment=comment,
        signs=viewer.desk.signs(),
        needs_evidence=len(two),
        error=error,
        source=viewer.desk.pending.source,
    )
    return Reply(pages.submit(view), 422 if error else 200)


def submit(visit: Visit) -> Reply:
    """Make what is pending records of the log."""
    viewer, fields = visit.viewer, visit.fields
    try:
        ticket, comment = fields.one("ticket"), fields.one("comment", LONGEST)
    except FormError as error:
        return _summary(viewer, error=f"{error.field}: {error.message}")
    if fields.one("confirm") != "yes":
        why = "confirm that these decisions are yours: nothing was submitted"
        return _summary(viewer, error=why, ticket=ticket, comment=comment)
    drafts = [draft_of(viewer.reviewer, one, ticket=ticket or None) for each in viewer.drafts.values() for one in each]
    if not drafts:
        return _summary(viewer, error="nothing is pending: decide on something first", ticket=ticket, comment=comment)
    try:
        batch = viewer.desk.submit(viewer.reviewer, drafts, ticket=ticket or None, comment=comment or None)
    except LakezonesError as error:
        why = f"{error.message}. Nothing was submitted, all of it is still pending"
        return _summary(viewer, error=why + (f"; {error.hint}" if error.hint else ""), ticket=ticket, comment=comment)
    after = viewer.again()
    made = [one for one in batch.records if one["kind"] == "decision"]
    standings = [after.state.standing((one["object_kind"], one["object_id"])) for one in made]
    now = [standing["standing"] for standing in standings if standing is not None]
    view = SubmittedView(
        shell=after.shell(),
        batch_id=batch.batch_id,
        at=batch.at,
        accepted=len(made),
        totals=AccessTotals(_sum(made, "access_kept"), _sum(made, "access_ended"), _sum(made, "access_added")),
        checkpoint=batch.checkpoint,
        signed_by=batch.signed_by,
        refused=tuple((after.item_name(key), why) for key, why in batch.refused),
        asserted=now.count("asserted"),
        waiting=now.count("waiting"),
    )
    return Reply(pages.submitted(view))


def withdraw(visit: Visit) -> Reply:
    """Take a record back by a new one."""
    try:
        why = visit.fields.one("justification", LONGEST)
        visit.viewer.desk.withdraw(visit.viewer.reviewer, visit.path["id"], why)
    except FormError as error:
        return failed(visit.viewer, 422, error.message, fragment=visit.fragment, back="/history")
    except LakezonesError as error:
        return failed(visit.viewer, 422, error.message, hint=error.hint or "", fragment=visit.fragment, back="/history")
    return Reply(status=303, location="/history")


def _sum(records: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(one.get(name) or 0 for one in records)
