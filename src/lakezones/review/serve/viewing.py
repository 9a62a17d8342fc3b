"""The page of one reviewer at one moment: views out of the state, their drafts, and what they have looked at.

In: a desk, a reviewer. Out: values of `lakezones.review.pages.views`. Whatever is counted here is counted for this
reviewer; made for each request and thrown away.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Final

from lakezones.review.decisions import Draft
from lakezones.review.decisions.rules import completed, misfit
from lakezones.review.decisions.vocabulary import Effect, effect_words, sayable
from lakezones.review.pages.views import (
    DraftView,
    ItemView,
    LapseView,
    Shell,
    WorklistRow,
    WorklistView,
)
from lakezones.review.serve import lapses
from lakezones.review.serve.buttons import ButtonContext, buttons
from lakezones.review.serve.desk import Desk
from lakezones.review.serve.drafting import draft_id, draft_of
from lakezones.review.serve.recorded import record_views
from lakezones.review.serve.state import ReviewState
from lakezones.review.serve.worklist import Key, Query, Row, Worklist, key, page_of

CHANGES: Final = {"rename", "split", "merge", "move_zone", "move_domain"}


@dataclass(frozen=True)
class CheckedDraft:
    """A draft that was checked: complete, with why it cannot be taken, and what to know of it."""

    draft: Draft
    refusal: str
    warnings: tuple[str, ...]


class Viewer:
    """What one reviewer sees.

    Parameters
    ----------
    desk
        The workspace.
    reviewer
        Id of the reviewer.
    name
        What they are called.
    notice
        What has just happened, as a sentence.
    """

    def __init__(self, desk: Desk, reviewer: str, name: str, *, notice: str | None = None) -> None:
        self.desk = desk
        self.state: ReviewState = desk.state()
        self.reviewer = reviewer
        self.name = name
        self.notice = notice
        self.shown: tuple[str, str, str] | None = None

    # ---------------------------------------------------------------------------------- what there is

    @cached_property
    def drafts(self) -> dict[Key, list[dict[str, Any]]]:
        """The reviewer's drafts by item, oldest first."""
        found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
        for draft in self.desk.pending.drafts(self.reviewer):
            found[draft["object_kind"], draft["object_id"]].append(draft)
        return dict(found)

    @cached_property
    def opened(self) -> set[Key]:
        """Items that the reviewer has opened as they are now."""
        seen = self.desk.pending.seen(self.reviewer)
        current = {(*one, row["content_hash"]) for one, row in self.state.by_key.items()}
        return {(kind, object_id) for kind, object_id, _ in seen & current}

    @cached_property
    def worklist(self) -> Worklist:
        """The items in this reviewer's order."""
        return Worklist(self.state.rows, reviewer=self.reviewer, drafted=self.drafts)

    @cached_property
    def beside(self) -> list[Draft]:
        """What a draft is checked beside: the reviewer's other drafts, and what is in force."""
        own = [draft_of(self.reviewer, one) for each in self.drafts.values() for one in each]
        return [*own, *self.state.decided]

    def checked(self, draft: Draft, at: datetime, others: Sequence[Draft] = ()) -> CheckedDraft:
        """A draft with what it leaves open, why it cannot be taken, and what to know of it.

        Parameters
        ----------
        others
            Drafts that are made together with it.
        """
        state, base = self.state, self.state.base
        full = completed(draft, base.known, state.settings, at)
        why = misfit(full, base.known, base.deciders, state.settings, at, self.opened)
        problems = [] if why else base.checker.check(full, [*others, *self.beside])
        refused = [one.sentence for one in problems if one.severity == "refused"]
        warnings = tuple(one.sentence for one in problems if one.severity == "warning")
        return CheckedDraft(full, self.to_them(why) or " ".join(refused), warnings)

    def to_them(self, why: str) -> str:
        """A refusal that names the reviewer, said to them."""
        return why.replace(f"{self.reviewer} cannot", "You cannot").replace("for themselves", "for yourself")

    def open(self, one: Key) -> None:
        """Note that the reviewer has opened an item as it is now, which this request shows."""
        self.shown = (*one, self.state.by_key[one]["content_hash"])
        self.desk.pending.opened(self.reviewer, *self.shown)
        self.opened.add(one)

    def again(self) -> "Viewer":
        """The same reviewer, after something was decided."""
        return Viewer(self.desk, self.reviewer, self.name)

    # ------------------------------------------------------------------------------------------ views

    def shell(self) -> Shell:
        """What every page shows."""
        own = self.worklist.own()
        settings = self.state.settings
        return Shell(
            reviewer=self.name,
            reviewer_id=self.reviewer,
            decided=sum(map(self.worklist.is_decided, own)),
            pending=sum(map(len, self.drafts.values())),
            total=len(own),
            minutes_left=sum(row["minutes"] for row in own if self.worklist.is_open(row)),
            campaign=settings.campaign.name or None,
            due=self.state.base.due,
            instruction=settings.campaign.instruction or None,
            lapsed=sum(row["standing"] == "lapsed" for row in own),
            notice=self.notice,
            as_of=self.state.base.as_of,
            measured=settings.quality.by_person,
        )

    def row(self, row: Row) -> WorklistRow:
        """One item in the list."""
        drafts = self.drafts.get(key(row), [])
        due = row["due"]
        return WorklistRow(
            kind=row["object_kind"],
            id=row["object_id"],
            name=row["name"],
            sentence=row["sentence"],
            risk=row["risk"],
            people=row["people"],
            containers=row["containers"],
            new_access=row["new_access"],
            used_share=row["used_share"],
            standing=row["standing"],
            pending=_in_short(drafts),
            content_hash=row["content_hash"],
            risk_reason=row["risk_reason"],
            domain=row["domain"],
            due=due,
            overdue=due is not None and due < date.today() and self.worklist.is_open(row),  # noqa: DTZ011
            bulk=row["bulk"],
            must_open=row["risk"] == "high",
            opened=key(row) in self.opened,
        )

    def list_view(self, query: Query, *, alone: bool = False) -> WorklistView:
        """The list of a query; `alone` gives the rows of its page without those of the pages before."""
        found = self.worklist.chosen(query)
        return WorklistView(
            shell=self.shell(),
            rows=tuple(map(self.row, page_of(found, query, alone=alone))),
            total=len(found),
            page=query.page,
            filters=self.worklist.filters(query),
            q=query.q,
            sort=query.sort,
            sorts=self.worklist.sorts(query),
            query=query.text(),
            everything=len(self.state.rows),
            undecided=sum(map(self.worklist.is_open, found)),
        )

    def item(
        self,
        item: Key,
        query: Query,
        *,
        listed: bool,
        posted: Mapping[str, Any] | None = None,
        errors: Mapping[str, str] | None = None,
        lapsed: Sequence[LapseView] = (),
        error: str | None = None,
    ) -> ItemView:
        """One item.

        Parameters
        ----------
        listed
            Whether the list goes beside it.
        posted, errors
            What was posted and refused, and why, by field.
        lapsed
            What has changed since the page was made; by default since it was decided on.
        """
        state, row = self.state, self.state.by_key[item]
        dossier = state.base.dossier(*item)
        before, after = self.worklist.neighbours(query, item)
        standing = state.standing(item)
        context = ButtonContext(
            state=state,
            row=row,
            dossier=dossier,
            posted=posted or {},
            errors=errors or {},
            refusals=self._refusals(row),
        )
        history = record_views(state, self.reviewer, [r for r in reversed(state.records) if _about(r) == item])
        in_force = {row["record_id"] for row in state.in_force.get(item, ())}
        return ItemView(
            shell=self.shell(),
            row=self.row(row),
            dossier=dossier,
            actions=buttons(context),
            reviewer=row["reviewer"],
            route=row["route"],
            due=row["due"],
            minutes=row["minutes"],
            pending=tuple(self.draft(draft) for draft in self.drafts.get(item, [])),
            standing=tuple(one for one in history if one.record_id in in_force),
            reason=standing["reason"] if standing else None,
            history=tuple(history),
            lapsed=tuple(lapsed) or lapses.of_item(state, item),
            needs_two=row["needs_two"],
            posted=posted or {},
            error=error,
            query=query.text(),
            previous=_address(before),
            following=_address(after),
            worklist=self.list_view(query) if listed else None,
        )

    def _refusals(self, row: Row) -> dict[tuple[str, str | None], str]:
        """What the reviewer cannot say of an item whatever they fill in: it favours themselves, or cannot be done."""
        found = {}
        at = datetime.now(UTC)
        kind = row["object_kind"]
        for verdict, option in sayable(kind):
            # A change favours whom an approval favours; with it nothing needs to be filled in.
            said: tuple[str, str | None] = (
                ("approve", "proposed") if verdict == "change" and kind == "role" else (verdict, option)
            )
            if verdict == "change" and kind != "role":
                continue
            draft = Draft(
                object_kind=kind,
                object_id=row["object_id"],
                content_hash=row["content_hash"],
                decision=said[0],
                option=said[1],
                justification="x",
                effective=at.date() if said[0] == "revoke" else None,
                reviewer=self.reviewer,
            )
            full = completed(draft, self.state.base.known, self.state.settings, at)
            base = self.state.base
            why = misfit(full, base.known, base.deciders, self.state.settings, at)
            if why := self.to_them(why) if why else base.checker.refusal(full, self.beside):
                found[verdict, option] = why
        return found

    def draft(self, draft: Mapping[str, Any]) -> DraftView:
        """A draft in words."""
        item = draft["object_kind"], draft["object_id"]
        row = self.state.by_key.get(item)
        option, part = (
            draft.get("option"),
            (draft["object_kind"], draft["object_id"], draft["part_kind"], draft["part_id"]),
        )
        effective = date.fromisoformat(draft["effective"]) if draft.get("effective") else None
        effect = _effect(draft, effective)
        pairs = self.state.base.known.pairs(part) or 0
        return DraftView(
            draft_id=draft_id(part),
            words=effect.record + _addition(self.state, option, draft.get("detail")),
            access=effect.access,
            kind=item[0],
            id=item[1],
            name=row["name"] if row else item[1],
            verdict=draft["decision"],
            option=option,
            part_kind=draft["part_kind"],
            part_id=draft["part_id"],
            part_name=part_name(self.state, part),
            justification=draft.get("justification"),
            comment=draft.get("comment"),
            effective=effective,
            stale=row is None or row["content_hash"] != draft["content_hash"],
            kept=pairs if effect.access == "kept" else 0,
            ended=pairs if effect.access == "ended" else 0,
            added=pairs if effect.access == "added" else 0,
        )

    def item_name(self, one: Sequence[str]) -> str:
        """What an item is called, by its key or that of one of its parts."""
        row = self.state.by_key.get((one[0], one[1]))
        return row["name"] if row else one[1]


def part_name(state: ReviewState, part: tuple[str, ...]) -> str:
    """What a part of an item is called: a person, containers of a class in words, a container."""
    kind, object_id, part_kind, part_id = part
    if part_kind == "member":
        return state.base.name(part_id)
    if part_kind == "class" and (kind, object_id) in state.by_key:
        classes = getattr(state.base.dossier(kind, object_id), "classes", ())
        return next((one.name for one in classes if one.class_id == part_id), part_id)
    return part_id


def _effect(draft: Mapping[str, Any], effective: date | None = None) -> Effect:
    """What a draft does to access; of one that another version made and this one does not know, its verdict."""
    try:
        return effect_words(
            draft["object_kind"], draft["part_kind"], draft["decision"], draft.get("option"), effective=effective
        )
    except KeyError:
        return Effect(button=draft["decision"], record=draft["decision"], access="none")


def _in_short(drafts: Sequence[Mapping[str, Any]]) -> str | None:
    """The drafts of an item in a few words; None where there is none."""
    if not drafts:
        return None
    whole = [one for one in drafts if not one["part_kind"]]
    parts = len(drafts) - len(whole)
    said = [_effect(one).button.split(":")[0] for one in whole]
    if parts:
        said.append(f"{parts} of its parts" if parts > 1 else "one of its parts")
    return ", ".join(said)


def _addition(state: ReviewState, option: str | None, detail: str | None) -> str:
    """What a change says in its detail, in words."""
    if not detail or option not in CHANGES:
        return ""
    given = json.loads(detail)
    match option:
        case "rename":
            return f" (new name: {given['name']})"
        case "merge":
            other = state.by_key.get(("role", given["into"]))
            return f" (with {other['name'] if other else given['into']})"
        case "move_zone":
            return f" ({given['zone']})"
        case "move_domain":
            return f" ({given['domain']})"
    return f" ({', '.join(str(one.get('name')) for one in given['roles'])})"


def _about(record: Mapping[str, Any]) -> Key | None:
    kind, object_id = record.get("object_kind"), record.get("object_id")
    return (kind, object_id) if isinstance(kind, str) and isinstance(object_id, str) else None


def _address(item: Key | None) -> str | None:
    return f"{item[0]}/{item[1]}" if item else None
