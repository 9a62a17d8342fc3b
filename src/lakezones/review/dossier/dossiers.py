"""Dossiers by id: prepared once for a workspace, then a few milliseconds each.

In: facts, access, a proposal, policies. Out: the frozen records of this folder.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import polars as pl

from lakezones.errors import InputError
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.policies import PoliciesSettings, SodPair
from lakezones.model.words import counted
from lakezones.review.dossier.beside import BesideRoles, Overlaps
from lakezones.review.dossier.content import OpenedContent
from lakezones.review.dossier.defects import defects, role_defects
from lakezones.review.dossier.known import Known
from lakezones.review.dossier.members import change_of_all, conflict_cards, member_cards, use_card
from lakezones.review.dossier.picture import picture
from lakezones.review.dossier.role_cards import RoleDossier


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
    ) -> None:
        self.known = Known(facts, access, proposal, policies=policies, sod=sod, departments=departments)
        self._content = OpenedContent(self.known)
        self._beside = BesideRoles(self.known)

    @cached_property
    def _overlaps(self) -> Overlaps:
        return Overlaps(self.known)

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
            raise InputError(
                f"no role {role_id!r} is proposed", hint="see proposal/roles.csv for the roles that there are"
            )
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
            content_hash=row["content_hash"],
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
