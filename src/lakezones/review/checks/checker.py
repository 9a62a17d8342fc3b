"""Checks of changes against one proposal.

In: drafts. Out: `Problem`s of each.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from lakezones.model.limits import LimitsSettings
from lakezones.model.naming import NamingSettings
from lakezones.model.words import counted
from lakezones.review.checks.access import BROAD, domain_problems, ending_problems, limit_problems
from lakezones.review.checks.problem import Problem, Shape, detail_of, refused, warning
from lakezones.review.checks.roles import role_problems
from lakezones.review.decisions.drafts import Draft
from lakezones.review.dossier.known import Known, Levels
from lakezones.review.dossier.people import some


class Checker:
    """Checks of changes against one proposal.

    Parameters
    ----------
    known
        What dossiers know (`lakezones.review.dossier.Dossiers.known`).
    naming
        How groups are called; the packaged defaults by default.
    limits
        Azure's limits; the packaged defaults by default.
    """

    def __init__(
        self, known: Known, *, naming: NamingSettings | None = None, limits: LimitsSettings | None = None
    ) -> None:
        self._known = known
        self._naming = naming or NamingSettings()
        self._limits = limits or LimitsSettings()

    def refusal(self, draft: Draft, others: Iterable[Draft] = ()) -> str:
        """Why a draft cannot be taken, in one sentence; empty where it can."""
        return next((one.sentence for one in self.check(draft, others) if one.severity == "refused"), "")

    def refusals(self, drafts: Sequence[Draft], *, earlier: pl.DataFrame | None = None) -> list[str]:
        """Why each of some drafts cannot be taken, beside the others, in one sentence; empty where it can.

        The same as `check` of each with all others, without looking at every pair of them.

        Parameters
        ----------
        earlier
            Decisions in force (`lakezones.model.tables.Decisions`): drafts stand beside these as well.
        """
        every = [*drafts, *(() if earlier is None else map(Draft.of_cells, earlier.iter_rows(named=True)))]
        of: dict[tuple[str, str], list[Draft]] = {}
        for one in every:
            of.setdefault((one.object_kind, one.object_id), []).append(one)
        named = [one for one in every if one.option in ("rename", "split")]
        suggested = [one for one in every if one.object_kind == "suggestion" and one.decision == "approve"]
        found = []
        for one in drafts:
            kind = "role" if one.object_kind == "unused" else one.object_kind
            beside = list(of.get((kind, one.object_id), ()))
            if one.option == "merge":
                beside += of.get(("role", str(detail_of(one).get("into"))), [])
            beside += named if one.option in ("rename", "split") else []
            beside += suggested if one.object_kind == "suggestion" else []
            found.append(self.refusal(one, beside))
        return found

    def check(self, draft: Draft, others: Iterable[Draft] = ()) -> list[Problem]:
        """What is wrong with a draft, the gravest first.

        Parameters
        ----------
        others
            Drafts and decisions beside it: names that they take, parts that they leave out, new access that they
            approve for the same person. The draft itself may be among them.

        Returns
        -------
        list of Problem
            None for a draft of something that is not there: `lakezones.review.decisions.accept` says so.
        """
        beside = [one for one in others if one.key != draft.key]
        return sorted(self._problems(draft, beside), key=lambda one: one.severity != "refused")

    def _problems(self, draft: Draft, beside: Sequence[Draft]) -> Iterable[Problem]:
        match draft.object_kind:
            case "role":
                return role_problems(self._known, self._naming, self._limits, draft, beside)
            case "suggestion":
                return self._suggestion(draft, beside)
            case "residual" | "drop":
                return self._residual(draft)
            case "unused":
                return self._unused(draft, beside)
            case "zone":
                return self._zone(draft)
            case _:
                return ()

    def _suggestion(self, draft: Draft, beside: Sequence[Draft]) -> Iterable[Problem]:
        if draft.decision != "approve":
            return
        known, rows = self._known, self._suggested([draft, *beside])
        row = rows.pop(draft.object_id, None)
        if row is None:
            return
        person, class_id = row["principal_id"], row["class_id"]
        card, layer = known.people.card(person), str(known.roles.get(row["role_id"], {}).get("layer", ""))
        if card.leaver:
            yield refused(f"{card.name} is {card.status}: nobody else can use this access.", person)
        if class_id not in known.places:
            return
        one = known.places.of(class_id)
        if one.restricted:
            yield refused(
                f"Restricted data is never given by a suggestion: {some(one.restricted)}. {card.name} has to request"
                " it.",
                class_id,
            )
        if layer in BROAD and row["level"] > 1:
            yield refused(f"A role of the layer {layer} never lets anybody write.", class_id)
        added: Levels = {class_id: row["level"]}
        for other in rows.values():
            if other["principal_id"] == person:
                added[other["class_id"]] = added.get(other["class_id"], 0) | other["level"]
        held = known.held.get(person, {})
        for clash, pair in sorted(known.duties.conflicts(held, added).items()):
            if clash == class_id:
                reason = known.pairs[pair].reason.strip().rstrip(".")
                yield refused(
                    f"With this, {card.name} would hold two duties that are to stay apart, '{pair}'"
                    f"{f' ({reason})' if reason else ''}.",
                    person,
                )
        yield from limit_problems(
            known, self._limits, row["role_id"], Shape(name="", layer=layer, members=(person,), content={})
        )

    def _suggested(self, drafts: Sequence[Draft]) -> dict[str, dict[str, Any]]:
        """Suggestions that drafts approve, by id."""
        wanted = {one.object_id for one in drafts if one.object_kind == "suggestion" and one.decision == "approve"}
        return {one: self._known.suggestions[one] for one in wanted if one in self._known.suggestions}

    def _residual(self, draft: Draft) -> Iterable[Problem]:
        rows = self._known.outside.get((draft.object_kind, draft.object_id), [])
        if draft.part_kind == "class":
            rows = [row for row in rows if row["class_id"] == draft.part_id]
        if draft.decision != "revoke" or not rows:
            return
        card = self._known.people.card(rows[0]["principal_id"])
        apart = sorted({str(row["lane"]) for row in rows} - {"data"})
        if apart and all(row["lane"] != "data" for row in rows):
            yield refused(
                f"A plan cannot end what {card.name} has in the lane {apart[0]}: it is no grant on the data. Take it"
                " away at its source, which the findings name.",
                card.principal_id,
            )
            return
        if rows[0]["disposition"] == "keep_wide_scope":
            yield warning(
                f"{card.name} has this by a role assignment wider than a container, which gives more than this: it"
                " ends only with all of that.",
                card.principal_id,
            )
        reach = {row["class_id"]: row["level"] for row in rows if row["lane"] == "data"}
        yield from ending_problems(self._known, [card.principal_id], reach)

    def _unused(self, draft: Draft, beside: Sequence[Draft]) -> Iterable[Problem]:
        if draft.decision != "revoke" or draft.object_id not in self._known.roles:
            return
        others = [one for one in beside if (one.object_kind, one.object_id) == ("role", draft.object_id)]
        if any(not one.part_kind and one.decision == "deny" for one in others):
            yield warning(
                "The role is denied: what nobody used of it would still end, for its people alone.", draft.object_id
            )

    def _zone(self, draft: Draft) -> Iterable[Problem]:
        detail = detail_of(draft)
        if draft.option == "move_domain":
            yield from domain_problems(self._known, str(detail.get("domain") or ""))
        zone = detail.get("zone")
        closed = self._known.policies.governance.service_only_zones
        if draft.option == "move_zone" and zone in closed:
            classes = self._known.question_classes(draft.object_id)
            people = {p for c in classes for p in self._known.holders.get(c, ()) if self._known.people.is_person(p)}
            if people:
                yield warning(
                    f"{zone} is for machines: {counted(len(people), 'person')} who read these containers would each"
                    " need a dated exception.",
                    draft.object_id,
                )
