"""What stands beside a role: roles much like it, its rule and reasons, its variant fitted to use, its suggestions.

In: what is known, a role. Out: cards.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from lakezones.model.levels import LABELS
from lakezones.model.words import counted
from lakezones.review.dossier.known import Known, Levels
from lakezones.review.dossier.places import NAMED
from lakezones.review.dossier.role_cards import NearCard, OfferCard, RulePerson, VariantCard, WhyCard

Shares = npt.NDArray[np.float64]

NEAR: Final = 0.5
"""Overlap (Jaccard) of containers from which a role is shown beside another."""

SAME_PEOPLE: Final = 0.8
"""Overlap of members from which it is."""

SAID: Final = re.compile(
    r"^(in the \d+ days |nobody in the lake used |on [\d,]+ reading |lets write )|used none of it$|"
    r"restricted data$|another department and another title|suggested grants? would complete|^\d+% the same containers"
)
"""Parts of a role's evidence that its dossier says elsewhere, with names."""

MOST: Final = 3
"""Roles that are shown beside one."""


class Overlaps:
    """How much roles have in common, all pairs at once."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.ids = sorted(known.roles)
        self._at = {role_id: at for at, role_id in enumerate(self.ids)}
        contents = [_cells(known.contents[role_id]) for role_id in self.ids]
        cells = sorted(set().union(*contents))
        numbers = {cell: at for at, cell in enumerate(cells)}
        people = {person: at for at, person in enumerate(sorted(known.roles_of))}
        opens, has = np.zeros((len(self.ids), len(cells))), np.zeros((len(self.ids), len(people)))
        for at, role_id in enumerate(self.ids):
            opens[at, [numbers[cell] for cell in contents[at]]] = 1
            has[at, [people[person] for person in known.members[role_id]]] = 1
        weights = np.array([known.places.size(class_id) for class_id, _ in cells], dtype=np.float64)
        self._content, self._people = _jaccard(opens, weights), _jaccard(has, np.ones(len(people)))

    def cards(self, role_id: str) -> tuple[NearCard, ...]:
        """Roles much like one, the most alike first."""
        at = self._at[role_id]
        close = [
            other
            for other in range(len(self.ids))
            if other != at and (self._content[at, other] >= NEAR or self._people[at, other] >= SAME_PEOPLE)
        ]
        close.sort(key=lambda one: (-(self._content[at, one] + self._people[at, one]), self.ids[one]))
        return tuple(self._card(at, other) for other in close[:MOST])

    def _card(self, at: int, other: int) -> NearCard:
        known, here, there = self._known, self.ids[at], self.ids[other]
        mine, theirs = set(known.members[here]), set(known.members[there])
        own, its = known.contents[here], known.contents[there]
        only_here = sum(known.places.size(c) for c in own if c not in its)
        only_there = sum(known.places.size(c) for c in its if c not in own)
        higher, lower = (
            sum(known.places.size(c) for c, level in one.items() if c in other and level & ~other[c])
            for one, other in ((own, its), (its, own))
        )
        alike, people = float(self._content[at, other]), float(self._people[at, other])
        name = known.roles[there]["name"]
        differ = []
        if only_here:
            differ.append(f"{counted(only_here)} more here")
        if only_there:
            differ.append(f"{counted(only_there)} more there")
        if higher:
            differ.append(f"more access to {counted(higher)} here")
        if lower:
            differ.append(f"more access to {counted(lower)} there")
        if mine - theirs:
            differ.append(f"{counted(len(mine - theirs), 'person')} here alone")
        if theirs - mine:
            differ.append(f"{counted(len(theirs - mine), 'person')} there alone")
        return NearCard(
            role_id=there,
            name=name,
            members_alike=people,
            containers_alike=alike,
            only_here=tuple(known.people.names(mine - theirs)[:NAMED]),
            only_there=tuple(known.people.names(theirs - mine)[:NAMED]),
            containers_here=only_here,
            containers_there=only_there,
            sentence=_near(name, alike, people, differ),
        )


class BesideRoles:
    """Rules, variants and suggestions by role."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._rule_people: dict[str, list[RulePerson]] = {}
        rows = known.proposal.role_rule_people.sort("role_id", "kind", "principal_id")
        for role_id, person, kind, reason in rows.iter_rows():
            one = RulePerson(person=known.people.card(person), kind=str(kind), reason=reason)
            self._rule_people.setdefault(role_id, []).append(one)
        self._offers: dict[str, list[OfferCard]] = {}
        self._add_offers()
        self._fitted: dict[str, dict[str, tuple[int, int]]] = {}
        columns = known.proposal.variant_classes.select("role_id", "class_id", "level", "containers_dropped")
        for role_id, class_id, level, dropped in columns.iter_rows():
            self._fitted.setdefault(role_id, {})[class_id] = level, dropped

    def _add_offers(self) -> None:
        """Suggestions by role."""
        people = self._known.people
        rows = self._known.suggestions.values()
        for row in sorted(rows, key=lambda one: (one["role_id"], one["suggestion_id"])):
            card = people.card(row["principal_id"])
            what = f"{row['access']} {counted(row['containers'])} ({row['opens']})"
            self._offers.setdefault(row["role_id"], []).append(
                OfferCard(
                    suggestion_id=row["suggestion_id"],
                    person=card,
                    kind=str(row["kind"]),
                    access=str(row["access"]),
                    containers=row["containers"],
                    sentence=f"{card.name} would newly {what}: {row['reason']}",
                )
            )

    def offers(self, role_id: str) -> tuple[OfferCard, ...]:
        """Suggestions that would complete a role."""
        return tuple(self._offers.get(role_id, ()))

    def why(self, role_id: str) -> WhyCard:
        """Why a role is proposed."""
        role, rule = self._known.roles[role_id], self._known.rules.get(role_id, {})
        parts = map(str.strip, role["evidence"].split(";"))
        return WhyCard(
            layer=str(role["layer"]),
            evidence=tuple(part for part in parts if part and not SAID.search(part)),
            rule=rule.get("rule"),
            by_rule=bool(rule.get("by_rule")),
            fit=rule.get("fit"),
            would_add=rule.get("would_add"),
            would_miss=rule.get("would_miss"),
            people=tuple(self._rule_people.get(role_id, ())),
            entry=rule.get("entry"),
            leave=rule.get("leave"),
            approvers=rule.get("approvers"),
            expiry=rule.get("expiry"),
            owner=rule.get("owner"),
        )

    def variant(self, role_id: str) -> VariantCard:
        """The role fitted to use."""
        known, row = self._known, self._known.variants.get(role_id, {})
        content = known.contents[role_id]
        fitted = self._fitted.get(role_id, {})
        assessed = row.get("window_days") is not None
        dropped = known.places.mask(content) & known.use.idle if assessed else known.places.mask(())
        lowered = [c for c, level in content.items() if c in fitted and level & ~fitted[c][0]]
        count, lower = row.get("containers_dropped") or 0, row.get("classes_lowered") or 0
        what = " and ".join(
            part
            for part in (
                f"leave out {counted(count)} that nobody in the lake used" if count else "",
                f"let read and not write {counted(lower, 'class')} that nobody in the role wrote to" if lower else "",
            )
            if part
        )
        sentence = f"No variant fitted to use: {row.get('reason') or 'use was not assessed'}."
        if assessed:
            sentence = (
                f"Fitted to use, it would {what}; what it leaves out stays with people as it is."
                if what
                else "Fitted to use, it would be the same role."
            )
            if what and not row.get("offered") and row.get("reason"):
                sentence += f" Not offered: {row['reason']}."
        return VariantCard(
            offered=bool(row.get("offered")),
            reason=row.get("reason"),
            since=row["since"].date() if row.get("since") else None,
            until=row["until"].date() if row.get("until") else None,
            days=row.get("window_days"),
            closings=row.get("closings"),
            kept=row.get("containers_kept") or 0,
            dropped=count,
            dropped_names=tuple(known.places.largest(dropped)),
            lowered=lower,
            lowered_names=tuple(f"{known.places.of(c).name}: {LABELS[fitted[c][0]]}" for c in sorted(lowered)),
            people_affected=row.get("people_affected") or 0,
            way_back=row.get("way_back"),
            note=row.get("note"),
            sentence=sentence,
        )


def _near(name: str, alike: float, people: float, differ: Sequence[str]) -> str:
    """How a role is like another."""
    said = f": {', '.join(differ)}" if differ else ""
    if alike < NEAR:
        return f"{people:.0%} the same people as {name}, for other containers{said}"
    if not people:
        return f"{alike:.0%} the same containers as {name}, for other people{said}"
    return f"{alike:.0%} the same containers and {people:.0%} the same people as {name}{said}"


def _cells(content: Levels) -> set[tuple[str, int]]:
    """Classes by bit of level."""
    return {(class_id, bit) for class_id, level in content.items() for bit in (1, 2, 4) if level & bit}


def _jaccard(rows: Shares, weights: Shares) -> Shares:
    both = (rows * weights) @ rows.T
    whole = both.diagonal()
    shared: Shares = both / np.maximum(1.0, whole[:, None] + whole[None, :] - both)
    return shared
