"""What the forms of the page post, as drafts.

In: fields of a form as text. Out: drafts, or what is wrong with which field. Whether a draft may be taken is for
`lakezones.review.decisions.accept` to say; here is only what a form can get wrong.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from lakezones.model.tables.review import PARTS, REVIEW_KINDS
from lakezones.review.decisions import Draft
from lakezones.review.serve.state import ReviewState

LONGEST: Final = 4000
"""Characters of a text that is recorded."""
SHORT: Final = 200
"""Characters of a name, a ticket, an id."""
MOST_PARTS: Final = 5000


@dataclass(frozen=True)
class Fields:
    """The fields of a form, each a list of texts, since some are repeated."""

    values: Mapping[str, Sequence[str]]

    def one(self, name: str, longest: int = SHORT) -> str:
        """A field that is given once, without blanks around it; empty where it is not there.

        Raises
        ------
        FormError
            If it is too long.
        """
        given = self.values.get(name, ())
        text = given[-1].strip() if given else ""
        if len(text) > longest:
            raise FormError(name, f"{len(text):,} characters, where {longest:,} are the most")
        return text

    def many(self, name: str) -> list[str]:
        """A field that may be repeated, without those that are empty."""
        return [text for text in self.values.get(name, ()) if text]

    def posted(self) -> dict[str, Any]:
        """Everything, to fill the form again: lists where a field is one by nature."""
        lists = ("part_id", "split_members", "split_classes", "item")
        return {
            name: list(given) if name in lists else (given[-1] if given else "") for name, given in self.values.items()
        }


class FormError(ValueError):
    """A field that cannot be taken as it is.

    Parameters
    ----------
    field
        Its name; empty for the form as a whole.
    message
        What is wrong with it.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def item_of(text: str) -> tuple[str, str] | None:
    """Kind and id out of ``kind/id``; None where it is neither.

    Examples
    --------
    >>> item_of("role/a/b"), item_of("nothing")
    (('role', 'a/b'), None)
    """
    kind, slash, object_id = text.partition("/")
    return (kind, object_id) if slash and kind in REVIEW_KINDS and object_id else None


def drafts_of(fields: Fields, state: ReviewState, reviewer: str) -> list[Draft]:
    """The drafts of a form: one for the item, or one for each part that is ticked.

    Raises
    ------
    FormError
        If a field is missing or cannot be read.
    """
    kind, object_id, part = fields.one("kind"), fields.one("id", LONGEST), fields.one("part_kind")
    if part not in PARTS:
        raise FormError("", f"{part!r} is no part of an item")
    parts = list(dict.fromkeys(fields.many("part_id"))) if part else [""]
    if not parts:
        raise FormError("", f"nothing is ticked: choose the {'people' if part == 'member' else 'containers'} first")
    if len(parts) > MOST_PARTS:
        raise FormError("", f"{len(parts):,} parts at once, where {MOST_PARTS:,} are the most")
    option = fields.one("option") or None
    return [
        Draft(
            object_kind=kind,
            object_id=object_id,
            part_kind=part,
            part_id=part_id,
            content_hash=fields.one("content_hash"),
            decision=fields.one("verdict"),
            option=option,
            detail=_detail(fields, option, state, (kind, object_id)),
            effective=_day(fields.one("effective")),
            justification=fields.one("justification", LONGEST) or None,
            comment=fields.one("comment", LONGEST) or None,
            reviewer=reviewer,
        )
        for part_id in parts
    ]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FormError("effective", f"{text[:40]!r} is not a day: write it as 2027-01-31") from None


def _detail(fields: Fields, option: str | None, state: ReviewState, key: tuple[str, str]) -> str | None:
    """What a change needs, as JSON."""
    match option:
        case "rename":
            detail: dict[str, Any] = {"name": _required(fields, "name", "the new name")}
        case "merge":
            detail = {"into": _required(fields, "other", "the other role")}
        case "move_zone":
            detail = {"zone": _required(fields, "zone", "the zone")}
        case "move_domain":
            detail = {"domain": _required(fields, "domain", "the domain")}
        case "split":
            detail = {"roles": _split(fields, state, key)}
        case _:
            return None
    return json.dumps(detail, ensure_ascii=False, sort_keys=True)


def _required(fields: Fields, name: str, what: str) -> str:
    if not (text := fields.one(name)):
        raise FormError(name, f"{what} is missing")
    return text


def _split(fields: Fields, state: ReviewState, key: tuple[str, str]) -> list[dict[str, Any]]:
    """The two roles of a split: what stays, under the name as it is, and what is split off.

    People who are split off leave the rest, and take only the containers that are ticked, or all where none is.
    Without people, everybody is in both, and the ticked containers leave the rest.
    """
    name = _required(fields, "name", "the name of the new role")
    members, classes = fields.many("split_members"), fields.many("split_classes")
    if not members and not classes:
        raise FormError("split_members", "nobody and nothing is ticked: choose what the new role takes")
    row = state.by_key.get(key)
    everybody, everything = (parts_of(state, key, part) for part in ("member", "class"))
    rest: dict[str, Any] = {"name": row["name"] if row else ""}
    off: dict[str, Any] = {"name": name}
    if members:
        rest["members"] = [one for one in everybody if one not in set(members)]
        off["members"] = sorted(members)
        if not rest["members"]:
            raise FormError("split_members", "nobody is left in the role: rename it instead")
        if classes:
            off["classes"] = sorted(classes)
    else:
        rest["classes"] = [one for one in everything if one not in set(classes)]
        off["classes"] = sorted(classes)
        if not rest["classes"]:
            raise FormError("split_classes", "no containers are left in the role: rename it instead")
    return [rest, off]


def parts_of(state: ReviewState, key: tuple[str, str], part: str) -> list[str]:
    """Ids of an item's parts of a kind, sorted."""
    parts = state.base.parts.get((*key, part), ())
    return sorted(parts)
