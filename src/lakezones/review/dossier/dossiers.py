"""Dossiers by id: prepared once for a workspace, then a few milliseconds each.

In: facts, access, a proposal, policies. Out: the frozen records of this folder.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from lakezones.errors import InputError
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.policies import PoliciesSettings, SodPair
from lakezones.model.words import counted
from lakezones.review.binding import kinds
from lakezones.review.dossier.asked import (
    finding_dossier,
    merge_dossier,
    pilot_dossier,
    suggestion_dossier,
    unused_dossier,
    zone_dossier,
)
from lakezones.review.dossier.beside import BesideRoles, Overlaps
from lakezones.review.dossier.content import OpenedContent
from lakezones.review.dossier.defects import defects, role_defects
from lakezones.review.dossier.item_cards import (
    DropDossier,
    FindingDossier,
    MergeDossier,
    PilotDossier,
    ResidualDossier,
    SuggestionDossier,
    UnusedDossier,
    ZoneDossier,
)
from lakezones.review.dossier.known import Known
from lakezones.review.dossier.members import change_of_all, conflict_cards, member_cards, use_card
from lakezones.review.dossier.outside import drop_dossier, residual_dossier
from lakezones.review.dossier.picture import picture
from lakezones.review.dossier.role_cards import RoleDossier

Dossier = (
    RoleDossier
    | SuggestionDossier
    | ResidualDossier
    | DropDossier
    | UnusedDossier
    | FindingDossier
    | ZoneDossier
    | MergeDossier
    | PilotDossier
)


class Dossiers:
    """Everything that a reviewer wants to see, item by item.

    Parameters
    ----------
    facts, access, proposal
        What was scanned, resolved and proposed.
    policies
        What is restricted.
    sod
        Pairs of duties that are to stay apart; those of `policies` where none are given.
    departments
        Business areas of departments (``domains.departments``).
    findings
        Schema `lakezones.model.tables.Findings`; without it, findings have no dossier.

    Attributes
    ----------
    known
        The tables, prepared; `lakezones.review.dossier.defects` takes them as well.
    """

    def __init__(
        self,
        facts: Facts,
        access: Access,
        proposal: Proposal,
        *,
        policies: PoliciesSettings | None = None,
        sod: Sequence[SodPair] = (),
        departments: Mapping[str, str] | None = None,
        findings: pl.DataFrame | None = None,
    ) -> None:
        self._findings = findings
        self.known = Known(facts, access, proposal, policies=policies, sod=sod, departments=departments)
        self._content = OpenedContent(self.known)
        self._beside = BesideRoles(self.known)
        self._overlaps = Overlaps(self.known)

    @cached_property
    def defects(self) -> pl.DataFrame:
        """Defects of all roles and suggestions, as `lakezones.review.dossier.defects` gives them."""
        known = self.known
        return defects(known.facts, known.access, known.proposal, known=known)

    def role(self, role_id: str) -> RoleDossier:
        """Everything about one role.

        Raises
        ------
        lakezones.errors.InputError
            If no role of that id is proposed.
        """
        known, content = self.known, self._content
        row = known.roles.get(role_id)
        if row is None:
            raise _absent("role", role_id)
        members, classes = known.members[role_id], known.contents[role_id]
        use = known.role_use(role_id) if known.use.assessed else None
        found = role_defects(known, role_id)
        cards = member_cards(known, role_id, use, found)
        entitlements, without = content.entitlement_cards(classes, members)
        change = change_of_all(cards)
        boxes = sum(known.places.size(class_id) for class_id in classes)
        sizes = [size for c in classes if (size := known.places.of(c).size_bytes) is not None]
        return RoleDossier(
            role_id=role_id,
            name=row["name"],
            sentence=role_sentence(row["purpose"], role_id, gains=change.gains),
            purpose=row["purpose"],
            as_of=known.facts.as_of,
            domain=row["domain"],
            zones=tuple(zone.strip() for zone in row["zones"].split(",") if zone.strip()),
            layer=str(row["layer"]),
            access=str(row["access"]),
            levels=content.level_counts(classes),
            risk=str(row["risk"]),
            owner=known.rules.get(role_id, {}).get("owner"),
            people=len(members),
            containers=boxes,
            size_bytes=sum(sizes) if sizes else None,
            pairs=boxes * len(members),
            defects=found,
            members=cards,
            entitlements=entitlements,
            without_entitlement=without,
            places=content.place_cards(classes),
            classes=content.class_cards(classes, members, use),
            use=use_card(known, role_id, use),
            change=change,
            conflicts=conflict_cards(known, members, classes),
            sensitive=content.sensitivity_cards(classes),
            public=content.public_names(classes),
            replaces=content.replaced_cards(classes, members),
            near=self._overlaps.cards(role_id),
            why=self._beside.why(role_id),
            picture=picture(known, role_id),
            variant=self._beside.variant(role_id),
            suggestions=self._beside.offers(role_id),
        )

    def of(self, kind: str, object_id: str) -> Dossier:
        """Everything about one item of any kind (`lakezones.model.tables.review.REVIEW_KINDS`).

        Raises
        ------
        lakezones.errors.InputError
            If there is no such item.
        """
        makers: dict[str, Callable[[str], Dossier]] = {
            "role": self.role,
            "suggestion": self.suggestion,
            "residual": self.residual,
            "drop": self.drop,
            "unused": self.unused,
            "finding": self.finding,
            "zone": self.zone,
            "merge": self.merge,
            "pilot": self.pilot,
        }
        if kind not in makers:
            raise InputError(f"nothing of kind {kind!r} is reviewed", hint=f"one of {', '.join(makers)}")
        return makers[kind](object_id)

    def suggestion(self, suggestion_id: str) -> SuggestionDossier:
        """Everything about a grant that would complete a role."""
        row = self.known.suggestions.get(suggestion_id)
        if row is None:
            raise _absent("suggestion", suggestion_id)
        others = sum(
            one["role_id"] == row["role_id"] and one["principal_id"] == row["principal_id"]
            for one in self.known.suggestions.values()
        )
        return suggestion_dossier(self.known, self._content, row, others=others - 1)

    def residual(self, object_id: str) -> ResidualDossier:
        """Everything about what one person keeps outside of roles under one disposition."""
        return residual_dossier(self.known, self._content, self._outside("residual", object_id))

    def drop(self, object_id: str) -> DropDossier:
        """Everything about what a policy would end for one person."""
        return drop_dossier(self.known, self._content, self._outside("drop", object_id))

    def unused(self, role_id: str) -> UnusedDossier:
        """Everything about what nobody used of a role."""
        rows = self._left.get(role_id)
        if rows is None:
            raise _absent("unused", role_id)
        return unused_dossier(self.known, self._content, role_id, rows)

    def finding(self, object_id: str) -> FindingDossier:
        """Everything about a finding."""
        row = self._found.get(object_id)
        if row is None:
            raise _absent("finding", object_id)
        return finding_dossier(self.known, self._content, row)

    def zone(self, object_id: str) -> ZoneDossier:
        """Everything about containers that one question about zone and domain would settle."""
        rows = self._zones.get(object_id)
        if rows is None:
            raise _absent("zone", object_id)
        return zone_dossier(self.known, self._content, rows["container"])

    def merge(self, object_id: str) -> MergeDossier:
        """Everything about containers that would move together."""
        rows = self._merges.get(object_id)
        if rows is None:
            raise _absent("merge", object_id)
        return merge_dossier(self.known, self._content, rows["container"])

    def pilot(self, domain: str) -> PilotDossier:
        """Everything about a domain that would go first."""
        return pilot_dossier(self.known, self._content, domain)

    def _outside(self, kind: str, object_id: str) -> list[dict[str, Any]]:
        rows = self.known.outside.get((kind, object_id))
        if rows is None:
            raise _absent(kind, object_id)
        return rows

    @cached_property
    def _left(self) -> dict[str, pl.DataFrame]:
        return _by_object(kinds.left_unused(self.known.access, self.known.proposal), "role_id")

    @cached_property
    def _found(self) -> dict[str, dict[str, Any]]:
        if self._findings is None:
            return {}
        return {row["object_id"]: row for row in kinds.finding_items(self._findings).iter_rows(named=True)}

    @cached_property
    def _zones(self) -> dict[str, pl.DataFrame]:
        return _by_object(kinds.zone_questions(self.known.facts, self.known.access, self.known.proposal))

    @cached_property
    def _merges(self) -> dict[str, pl.DataFrame]:
        return _by_object(kinds.merges(self.known.proposal))


def _by_object(rows: pl.DataFrame, column: str = "object_id") -> dict[str, pl.DataFrame]:
    return {str(key): some for (key,), some in rows.partition_by(column, as_dict=True, maintain_order=True).items()}


def _absent(kind: str, object_id: str) -> InputError:
    return InputError(f"there is no {kind} {object_id!r} in the proposal", hint="it may be of an earlier proposal")


def role_sentence(purpose: str, role_id: str, *, gains: int = 0) -> str:
    """The purpose of a role as one would read it aloud: without the id, and with what it does to access.

    Examples
    --------
    >>> role_sentence("Lets 24 people (Analyst, Risk) read 412 containers of CRM; owner Ana; role-1", "role-1")
    'Lets 24 people (Analyst, Risk) read 412 containers of CRM; owner Ana. Nobody gains access.'
    """
    said = purpose.removesuffix(role_id).rstrip().rstrip(";").rstrip(". ")
    return (
        f"{said}. {counted(gains, 'pair')} of person and container would be new."
        if gains
        else (f"{said}. Nobody gains access.")
    )
