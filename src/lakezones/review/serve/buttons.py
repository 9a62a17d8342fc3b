"""What can be decided on an item, as buttons: their words, what each asks for, and why one cannot be pressed.

In: an item, the vocabulary of decisions, a dossier. Out: actions of `lakezones.review.pages.views`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from lakezones.model.tables.fields import ZONES
from lakezones.review.decisions.vocabulary import effect_words, needs_day, needs_reason, sayable
from lakezones.review.pages.views import ActionView, Ask, Choice
from lakezones.review.serve.state import ReviewState
from lakezones.review.serve.worklist import Row

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "role": ("member", "class"),
    "drop": ("class",),
    "residual": ("class",),
}
"""Parts of an item that have buttons of their own."""
_KEYS: Final = {"approve": "a", "accept": "a", "deny": "d", "change": "e"}
MERGES: Final = 50
"""Roles offered to merge with."""


@dataclass(frozen=True)
class ButtonContext:
    """What buttons of one item are made from.

    Attributes
    ----------
    posted
        What was posted and refused; fills the fields again.
    errors
        What is wrong with it, by field; the empty field is the action itself.
    refusals
        Why the reviewer cannot say something, by verdict and option.
    """

    state: ReviewState
    row: Row
    dossier: Any
    posted: Mapping[str, Any]
    errors: Mapping[str, str]
    refusals: Mapping[tuple[str, str | None], str]


def buttons(context: ButtonContext) -> tuple[ActionView, ...]:
    """Every action on an item and its parts, in the order of the vocabulary."""
    kind = context.row["object_kind"]
    found, keys = [], set()
    for part in ("", *PARTS.get(kind, ())):
        for verdict, option in sayable(kind, part):
            if (option == "fitted" and ("unused", context.row["object_id"]) not in context.state.by_key) or (
                part and verdict == "approve" and not _lapsed(context, part)
            ):
                continue
            action = _button(context, part, verdict, option)
            if action.key in keys:
                action = replace(action, key=None)
            keys.add(action.key)
            found.append(action)
    return tuple(found)


def _lapsed(context: ButtonContext, part: str) -> bool:
    """Whether a part of this kind waits to be approved again."""
    key = context.row["object_kind"], context.row["object_id"]
    wanted = (part, "container") if part == "class" else (part,)
    return any(row["lapses"] and row["part_kind"] in wanted for row in context.state.changes.get(key, ()))


def _button(context: ButtonContext, part: str, verdict: str, option: str | None) -> ActionView:
    kind = context.row["object_kind"]
    effect = effect_words(kind, part, verdict, option)
    posted = context.posted
    same = posted.get("verdict") == verdict and (posted.get("option") or None) == option
    same = same and posted.get("part_kind", "") == part
    asks = tuple(_asks(context, verdict, option, posted if same else {}, context.errors if same else {}))
    key = "f" if option == "fitted" else _KEYS.get(verdict)
    pairs = context.row["pairs"] if not part else None
    return ActionView(
        verdict=verdict,
        button=effect.button,
        access=effect.access,
        option=option,
        key=key if not part else None,
        asks=asks,
        blocked=context.refusals.get((verdict, option)) if not part else None,
        part_kind=part,
        error=context.errors.get("") if same else None,
        kept=_of(pairs, effect.access, "kept"),
        ended=_of(pairs, effect.access, "ended"),
        added=_of(pairs, effect.access, "added"),
    )


def _of(pairs: int | None, access: str, change: str) -> int | None:
    return None if pairs is None else pairs if access == change else 0


def _asks(
    context: ButtonContext,
    verdict: str,
    option: str | None,
    posted: Mapping[str, Any],
    errors: Mapping[str, str],
) -> list[Ask]:
    """Fields that an action needs."""
    kind = context.row["object_kind"]
    fields = _details(context, option, posted)
    if needs_day(kind, verdict):
        fields.append(_day(context, kind, verdict, posted))
    if needs_reason(kind, verdict, option):
        fields.append(Ask("justification", "Why", "area", required=True, value=_said(posted, "justification")))
    if fields:
        fields.append(Ask("comment", "Comment for others", "area", value=_said(posted, "comment")))
    return [replace(field, error=errors.get(field.name)) for field in fields]


def _day(context: ButtonContext, kind: str, verdict: str, posted: Mapping[str, Any]) -> Ask:
    today, settings = date.today(), context.state.settings  # noqa: DTZ011 the reviewer's own day
    if verdict == "revoke":
        return Ask("effective", "Access ends on", "date", True, value=_said(posted, "effective"), earliest=today)
    days, label = (
        (settings.exception_days, "Reviewed again on") if kind == "residual" else (settings.accept_days, "Until")
    )
    last = (today + timedelta(days=days)).isoformat()
    hint = f"at most {days} days from today"
    value = _said(posted, "effective") or last
    return Ask("effective", label, "date", True, hint, value, earliest=today + timedelta(days=1))


def _details(context: ButtonContext, option: str | None, posted: Mapping[str, Any]) -> list[Ask]:
    """Fields for what a change needs."""
    row, state = context.row, context.state
    match option:
        case "rename":
            value = _said(posted, "name") or row["name"]
            return [Ask("name", "New name", "text", True, value=value)]
        case "split":
            return [
                Ask("name", "Name of the new role", "text", True, value=_said(posted, "name")),
                Ask("split_members", "People who move to the new role", "people", choices=_people(context, posted)),
                Ask(
                    "split_classes", "Containers that the new role opens", "classes", choices=_classes(context, posted)
                ),
            ]
        case "merge":
            return [Ask("other", "Role that it becomes part of", "select", True, choices=_others(context, posted))]
        case "move_zone":
            chosen = _said(posted, "zone")
            zones = tuple(Choice(zone, zone, 0, zone == chosen) for zone in ZONES)
            return [Ask("zone", "Zone", "select", True, choices=zones)]
        case "move_domain":
            chosen = _said(posted, "domain")
            names = sorted({one["domain"] for one in state.rows if one["domain"]} - {row["domain"]})
            return [Ask("domain", "Domain", "select", True, choices=tuple(Choice(n, n, 0, n == chosen) for n in names))]
    return []


def _people(context: ButtonContext, posted: Mapping[str, Any]) -> tuple[Choice, ...]:
    chosen = posted.get("split_members", ())
    people = (card.person for card in getattr(context.dossier, "members", ()))
    return tuple(Choice(one.principal_id, one.label, 0, one.principal_id in chosen) for one in people)


def _classes(context: ButtonContext, posted: Mapping[str, Any]) -> tuple[Choice, ...]:
    chosen = posted.get("split_classes", ())
    classes = getattr(context.dossier, "classes", ())
    return tuple(Choice(one.class_id, one.name, one.containers, one.class_id in chosen) for one in classes)


def _others(context: ButtonContext, posted: Mapping[str, Any]) -> tuple[Choice, ...]:
    """Roles to merge with: near-copies first, then those of the same domain and layer."""
    row, chosen = context.row, _said(posted, "other")
    near = {card.role_id: card.name for card in getattr(context.dossier, "near", ())}
    alike = sorted(
        (one["name"], one["object_id"])
        for one in context.state.rows
        if one["object_kind"] == "role"
        and (one["domain"], one["layer"]) == (row["domain"], row["layer"])
        and one["object_id"] not in (row["object_id"], *near)
    )
    pairs = [*near.items(), *((object_id, name) for name, object_id in alike)][:MERGES]
    return tuple(Choice(object_id, name, 0, object_id == chosen) for object_id, name in pairs)


def _said(posted: Mapping[str, Any], name: str) -> str:
    return str(posted.get(name) or "")
