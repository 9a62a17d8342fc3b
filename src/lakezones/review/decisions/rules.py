"""What a draft must be like to be taken.

In: a draft, what is known, who may review, settings. Out: the draft complete, and why it cannot be taken. The rules
are in the order in which a reviewer would ask: does it exist, may one say this of it, has it changed, who says so, why,
by when, in whose favour.
"""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from lakezones.model.identity import plain
from lakezones.model.tables.fields import ZONES
from lakezones.model.tables.review import REVIEW_KINDS
from lakezones.review.decisions.decidable import Decidable
from lakezones.review.decisions.drafts import Draft
from lakezones.review.decisions.vocabulary import DETAILS, needs_reason, options, sayable
from lakezones.review.people import Deciders
from lakezones.review.settings import ReviewSettings

_CHANGED: Final = {
    "role": "its people, containers, their sensitivity or what is known about it",
    "suggestion": "what it opens",
}
_FAVOURS: Final = {
    "suggestion": ("approve",),
    "residual": ("approve", "deny"),
    "drop": ("deny", "approve"),
    "finding": ("accept",),
}
"""Verdicts by kind that let the people whom an item is about have, or go on having, access of their own."""


def completed(draft: Draft, known: Decidable, settings: ReviewSettings, at: datetime) -> Draft:
    """The draft with what it leaves open: the usual option, the last day until which an exception or a risk may stand.

    An approval of the fitted variant names what the variant leaves out, so that it holds for no other variant.
    """
    kind, verdict = draft.object_kind, draft.decision
    option, detail = draft.option, draft.detail
    effective = draft.effective.date() if isinstance(draft.effective, datetime) else draft.effective
    if option is None:
        choices = options(kind, draft.part_kind, verdict)
        if choices and (len(choices) == 1 or verdict == "approve"):
            option = choices[0]
    if option == "fitted" and (item := known.item("unused", draft.object_id)) is not None:
        detail = json.dumps({"variant": item["content_hash"]})
    if effective is None and kind == "residual" and verdict == "approve":
        effective = at.date() + timedelta(days=settings.exception_days)
    if effective is None and verdict == "accept":
        effective = at.date() + timedelta(days=settings.accept_days)
    return replace(draft, option=option, detail=detail, effective=effective)


def misfit(
    draft: Draft,
    known: Decidable,
    reviewers: Deciders,
    settings: ReviewSettings,
    at: datetime,
    opened: Collection[tuple[str, str]] | None = None,
) -> str:
    """Why a draft cannot be taken; empty where it can."""
    return (
        _unsayable(draft)
        or _unknown(draft, known)
        or reviewers.misfit(draft.reviewer)
        or _without_reason(draft)
        or _wrong_day(draft, settings, at)
        or _wrong_detail(draft, known)
        or _own(draft, known, reviewers)
        or _unseen(draft, known, settings, opened)
    )


def _unsayable(draft: Draft) -> str:
    """Whether this can be said of such an item or part."""
    kind, part, verdict = draft.object_kind, draft.part_kind, draft.decision
    if kind not in REVIEW_KINDS:
        return f"object_kind {kind!r} cannot be decided on"
    verdicts = list(dict.fromkeys(said for said, _ in sayable(kind, part)))
    if not verdicts:
        return f"a {part} of a {kind} cannot be decided on"
    if verdict not in verdicts:
        return f"decision {verdict!r} is none of {', '.join(verdicts)}"
    choices = options(kind, part, verdict)
    if draft.option is None and choices and (verdict, None) not in sayable(kind, part):
        return f"{verdict} needs an option: {', '.join(choices)}"
    if draft.option is not None and draft.option not in choices:
        return f"{verdict} of a {part or kind} takes no option {draft.option!r}" + (
            f", but {', '.join(choices)}" if choices else ""
        )
    return ""


def _unknown(draft: Draft, known: Decidable) -> str:
    """Whether it is there, as the reviewer saw it."""
    kind, object_id = draft.object_kind, draft.object_id
    item = known.item(kind, object_id)
    if item is None:
        return f"{kind} {object_id!r} is not in the proposal"
    if item["content_hash"] != draft.content_hash:
        what = _CHANGED.get(kind, "what there is to see of it")
        return f"{kind} {object_id} has changed since it was reviewed ({what}): look at it again"
    if not known.has_part(draft.key):
        return f"{kind} {object_id} has no {draft.part_kind} {draft.part_id!r}"
    return ""


def _without_reason(draft: Draft) -> str:
    if not needs_reason(draft.object_kind, draft.decision, draft.option):
        return ""
    if plain(draft.justification):
        return ""
    what = {"deny": "a denial", "revoke": "ending access", "accept": "an accepted risk", "approve": "an exception"}
    return f"{what.get(draft.decision, 'leaving something out')} needs a justification"


def _wrong_day(draft: Draft, settings: ReviewSettings, at: datetime) -> str:
    """Whether the day fits: access ends today or later; exceptions and risks are looked at again before long."""
    day, today = draft.effective, at.date()
    if draft.decision == "revoke":
        if day is None:
            return "ending access needs the day from which it ends"
        return f"access cannot end in the past: {day} is before {today}" if day < today else ""
    most = {"accept": settings.accept_days, "approve": settings.exception_days}.get(draft.decision)
    dated = draft.decision == "accept" or (draft.object_kind, draft.decision) == ("residual", "approve")
    if not dated or most is None or day is None:
        return f"{draft.decision} takes no day" if day is not None and not dated else ""
    last = today + timedelta(days=most)
    if day <= today:
        return f"the day of the next review is not in the future: {day}"
    return f"{day} is more than {most} days away: {last} is the last day allowed" if day > last else ""


def _wrong_detail(draft: Draft, known: Decidable) -> str:
    """Whether a change says what it needs."""
    if draft.option is None or draft.option not in DETAILS:
        return ""
    detail = _object(draft.detail)
    if detail is None:
        return f"{draft.option} needs a detail: a JSON object"
    missing = [name for name in DETAILS[draft.option] if not detail.get(name)]
    if missing:
        return f"{draft.option} needs {' and '.join(missing)} in its detail"
    for name in ("zone", "domain", "into"):
        if not isinstance(detail.get(name, ""), str):
            return f"{name} in the detail is no text"
    if "zone" in detail and detail["zone"] not in ZONES:
        return f"zone {detail['zone']!r} is none of {', '.join(ZONES)}"
    domains = known.ids("pilot")
    if "domain" in detail and domains and detail["domain"] not in domains:
        return f"domain {detail['domain']!r} is none of {', '.join(sorted(domains))}"
    if "into" in detail and (detail["into"] == draft.object_id or detail["into"] not in known.ids("role")):
        return f"role {detail['into']!r} is not another role of the proposal"
    if "name" in detail:
        return _wrong_name(detail["name"], draft, known)
    return _wrong_split(detail["roles"], draft, known) if "roles" in detail else ""


def _wrong_name(name: Any, draft: Draft, known: Decidable) -> str:
    if not isinstance(name, str) or not plain(name):
        return "the new name is empty"
    others = {plain(other) for one, other in known.names("role").items() if one != draft.object_id and other}
    return f"another role is called {name!r}" if plain(name) in others else ""


def _wrong_split(roles: Any, draft: Draft, known: Decidable) -> str:
    if not isinstance(roles, list) or len(roles) < 2 or not all(isinstance(one, dict) for one in roles):
        return "a split needs a list of two roles or more, each with a name and its members, classes or both"
    names = [one.get("name") for one in roles]
    if len({plain(name) if isinstance(name, str) else "" for name in names} - {""}) < len(roles):
        return "each role of a split needs a name of its own"
    for name in names:
        if why := _wrong_name(name, draft, known):
            return why
    for part, field in (("member", "members"), ("class", "classes")):
        for one in roles:
            parts = one.get(field, [])
            if not isinstance(parts, list):
                return f"{field} of a split is no list"
            for part_id in parts:
                if not known.has_part((draft.object_kind, draft.object_id, part, str(part_id))):
                    return f"role {draft.object_id} has no {part} {part_id!r}"
    return ""


def _own(draft: Draft, known: Decidable, reviewers: Deciders) -> str:
    """Whether the reviewer would decide in favour of themselves."""
    kind, object_id, verdict = draft.object_kind, draft.object_id, draft.decision
    item = known.item(kind, object_id) or {}
    if draft.part_kind == "member":
        gains = {draft.part_id} if verdict == "approve" else set()
    elif kind == "role":
        approving = verdict == "approve" or (verdict == "change" and draft.option != "leave_out")
        counts = item.get("needs_two") or item.get("new_access") or item.get("restricted") or item.get("writes")
        gains = known.people(kind, object_id) if approving and counts else set()
    else:
        gains = known.people(kind, object_id) if verdict in _FAVOURS.get(kind, ()) else set()
    if reviewers.among(draft.reviewer, gains):
        return f"{draft.reviewer} cannot {verdict if verdict != 'deny' else 'keep'} access for themselves"
    return ""


def _unseen(
    draft: Draft, known: Decidable, settings: ReviewSettings, opened: Collection[tuple[str, str]] | None
) -> str:
    """Whether something is approved unopened that has to be looked at."""
    item = known.item(draft.object_kind, draft.object_id) or {}
    if draft.decision not in ("approve", "change", "revoke", "accept"):
        return ""
    if draft.bulk and (why := bulk_refusal(draft.object_kind, item, settings)):
        return why
    if opened is not None and item.get("risk") == "high" and (draft.object_kind, draft.object_id) not in opened:
        return f"{draft.what} is of high risk: open it before you decide"
    return ""


def bulk_refusal(kind: str, item: dict[str, Any], settings: ReviewSettings) -> str:
    """Why an item may not be approved together with others; empty where it may.

    New access, restricted data and what lets people write are looked at one by one, whatever the settings say.
    """
    if kind == "suggestion" or item.get("new_access"):
        return "new access is approved one by one"
    if item.get("restricted"):
        return "what opens restricted data is approved one by one"
    if item.get("writes"):
        return "what lets people write is approved one by one"
    if item.get("needs_two"):
        return "what two reviewers must agree on is approved one by one"
    if kind not in settings.bulk.kinds:
        return f"a {kind} is not approved together with others (bulk.kinds in review.toml)"
    if item.get("risk") not in settings.bulk.risks:
        return f"what is of {item.get('risk')} risk is not approved together with others (bulk.risks in review.toml)"
    return ""


def _object(text: str | None) -> dict[str, Any] | None:
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
