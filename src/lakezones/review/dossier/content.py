"""What a role opens, by the names that people know it by: entitlements, systems and zones, classes, sensitivities.

In: what is known, classes with level bits. Out: cards.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

import polars as pl

from lakezones.model.levels import LABELS
from lakezones.model.rules import active_memberships
from lakezones.model.words import counted
from lakezones.review.dossier.cards import (
    ClassCard,
    EntitlementCard,
    LevelCount,
    PlaceCard,
    ReplacedCard,
    SensitivityCard,
)
from lakezones.review.dossier.known import Known, Levels
from lakezones.review.dossier.places import NAMED, Numbers
from lakezones.review.dossier.use import RoleUse

PERSONAL: Final = {
    "assignment": "role assignments of their own",
    "acl": "ACL entries of their own",
    "grant": "grants of their own",
    "entitlement": "approvals of their own",
}
"""Routes by which a person, not a group, has access, in words."""

MILDER: Final = {"internal": 1, "public": 2}
"""Declared sensitivities that come after all others."""

UNDECLARED: Final = "undeclared"
"""Sensitivity of containers that declare none."""

PUBLIC_DATA: Final = "public"
"""Sensitivity of data that anybody may have, which is not the same as a container that anybody can read."""

WIDE: Final = "role assignments wider than a container"
"""What cannot be taken away for some containers alone."""


class OpenedContent:
    """Entitlements, groups and grants by class.

    Parameters
    ----------
    known
        Facts, access and proposal by id.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        access, facts = known.access, known.facts
        self.entitlements: dict[str, Levels] = defaultdict(dict)
        self._enforcing: dict[str, str] = {}
        rows = access.entitlement_classes.sort("entitlement", "class_id")
        for entitlement, class_id, level, group in rows.iter_rows():
            self.entitlements[entitlement][class_id] = level
            if group:
                self._enforcing.setdefault(entitlement, group)
        self._opening: dict[str, set[str]] = defaultdict(set)
        for entitlement, opened in self.entitlements.items():
            for class_id in opened:
                self._opening[class_id].add(entitlement)
        self._holders: dict[str, set[str]] = defaultdict(set)
        for person, entitlement in access.requests.select("principal_id", "entitlement").iter_rows():
            self._holders[entitlement].add(person)
        self._direct: dict[str, set[str]] = defaultdict(set)
        for group, member in active_memberships(facts.table("memberships"), facts.as_of).iter_rows():
            self._direct[group].add(member)
        self._grants(access.class_grants)

    def _grants(self, grants: pl.DataFrame) -> None:
        """Groups and personal grants by class."""
        lane, effect = pl.col("lane").cast(pl.String), pl.col("effect").cast(pl.String)
        rows = grants.filter(lane == "data", effect == "allow").select(
            "class_id",
            pl.when(pl.col("scope_kind").cast(pl.String) == "container")
            .then(pl.col("route").cast(pl.String).replace(PERSONAL))
            .otherwise(pl.lit(WIDE)),
            "grantee_id",
            "level",
            "entitlement",
        )
        self._groups: dict[str, Levels] = defaultdict(dict)
        self._named: dict[str, str] = {}
        self._own: dict[str, dict[tuple[str, str], dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        for class_id, how, grantee, level, entitlement in rows.sort(pl.all()).iter_rows():
            if grantee in self._direct:
                reach = self._groups[grantee]
                reach[class_id] = reach.get(class_id, 0) | level
                if entitlement:
                    self._named.setdefault(grantee, entitlement)
            else:
                own = self._own[class_id][entitlement, how]
                own[grantee] = own.get(grantee, 0) | level

    @cached_property
    def _carried(self) -> dict[str, set[str]]:
        """Class to groups that carry it."""
        found: dict[str, set[str]] = defaultdict(set)
        for group, reach in self._groups.items():
            for class_id in reach:
                found[class_id].add(group)
        return found

    def entitlement_cards(self, content: Levels, members: Sequence[str]) -> tuple[tuple[EntitlementCard, ...], int]:
        """Entitlements that open any of the content, those given in full first; and containers that none opens."""
        known, people = self._known, set(members)
        found, covered = [], set()
        for name in {one for class_id in content for one in self._opening.get(class_id, ())}:
            opened = self.entitlements[name]
            given = [class_id for class_id, level in opened.items() if level & content.get(class_id, 0)]
            full = all(level & ~content.get(class_id, 0) == 0 for class_id, level in opened.items())
            holders = len(self._holders.get(name, set()) & people)
            if not full and not holders:
                continue
            covered.update(given)
            containers, inside = self._size(opened), self._size(given)
            widest = _access(opened[class_id] & content.get(class_id, 0) for class_id in given) if given else ""
            what = f"all of it, {counted(containers)}" if full else f"{inside:,} of its {counted(containers)}"
            if given and any(opened[class_id] & ~content.get(class_id, 0) for class_id in given):
                whole = "its" if inside == containers else f"{inside:,} of its"
                what = f"{whole} {counted(containers)} to {widest} alone"
            have = "holds" if holders == 1 else "hold"
            who = f"{holders:,} of {counted(len(people), 'member')} {have} it"
            if not holders:
                who = "no member holds it by this name, all have the same by others"
            group = self._enforcing.get(name)
            found.append(
                EntitlementCard(
                    name=name,
                    access=_access(opened.values()),
                    containers=containers,
                    opened=inside,
                    in_full=full,
                    holders=holders,
                    members=len(people),
                    group=known.people.name(group) if group else None,
                    sentence=f"the role gives {what}; {who}",
                )
            )
        cards = tuple(sorted(found, key=lambda one: (not one.in_full, -one.opened, one.name)))
        return cards, self._size(class_id for class_id in content if class_id not in covered)

    def place_cards(self, content: Mapping[str, int]) -> tuple[PlaceCard, ...]:
        """Containers by system, zone and level, most containers first."""
        totals: dict[tuple[str | None, str | None, int], list[tuple[int, int | None, tuple[str, ...]]]] = {}
        for class_id, level in content.items():
            for (system, zone), one in self._known.places.of(class_id).places.items():
                totals.setdefault((system, zone, level), []).append(one)
        cards = [
            PlaceCard(
                system=system,
                zone=zone,
                access=LABELS[level],
                containers=sum(count for count, _, _ in found),
                size_bytes=_sum(size for _, size, _ in found),
                names=tuple(name for _, _, names in sorted(found, key=lambda one: -(one[1] or 0)) for name in names)[
                    :NAMED
                ],
            )
            for (system, zone, level), found in totals.items()
        ]
        return tuple(sorted(cards, key=lambda one: (-one.containers, one.system or "~", one.zone or "~", one.access)))

    def place_cards_of(self, numbers: Numbers, levels: Mapping[str, int]) -> tuple[PlaceCard, ...]:
        """Some containers, a part of their classes, by system and zone."""
        rows = self._known.places.frame[numbers].sort(
            ["size_bytes", "container"], descending=[True, False], nulls_last=True
        )
        cards = [
            PlaceCard(
                system=system,
                zone=zone,
                access=_access(levels[class_id] for class_id in classes if class_id in levels),
                containers=count,
                size_bytes=size if known else None,
                names=tuple(names),
            )
            for system, zone, count, size, known, names, classes in rows.group_by("system", "zone", maintain_order=True)
            .agg(
                pl.len().cast(pl.Int64),
                size=pl.col("size_bytes").sum(),
                known=pl.col("size_bytes").is_not_null().any(),
                names=pl.col("container").head(NAMED),
                classes=pl.col("class_id").unique(),
            )
            .iter_rows()
        ]
        return tuple(sorted(cards, key=lambda one: (-one.containers, one.system or "~", one.zone or "~")))

    def sensitivity_cards_of(self, numbers: Numbers) -> tuple[SensitivityCard, ...]:
        """Some containers, a part of their classes, by declared sensitivity; restricted ones first."""
        rows = self._known.places.frame[numbers].sort("sensitivity", "container")
        first = pl.col("container").head(NAMED)
        found = rows.group_by("sensitivity", maintain_order=True).agg(pl.len().cast(pl.Int64), names=first).rows()
        undeclared = next((names for word, _, names in found if not word), ())
        return self._by_sensitivity([one for one in found if one[0]], len(numbers), undeclared)

    def class_cards(
        self, content: Mapping[str, int], members: Sequence[str], use: RoleUse | None
    ) -> tuple[ClassCard, ...]:
        """Classes of a role, the largest first."""
        users = self._users(members) if use is not None else {}
        cards = [self._class_card(c, level, members, use, users.get(c, 0)) for c, level in content.items()]
        return tuple(sorted(cards, key=lambda one: (-one.containers, one.name, one.class_id)))

    def _class_card(
        self, class_id: str, level: int, members: Sequence[str], use: RoleUse | None, users: int | None
    ) -> ClassCard:
        known = self._known
        one = known.places.of(class_id)
        seen = use is not None and bool(known.use.reads[one.start : one.end].any())
        system, zone = one.lead
        return ClassCard(
            class_id=class_id,
            name=one.name,
            system=system,
            zone=zone,
            domain=one.domain,
            access=LABELS[level],
            containers=one.containers,
            size_bytes=one.size_bytes,
            names=one.names,
            entitlements=tuple(sorted(self._opening.get(class_id, ()))),
            holders=sum(level & ~known.held.get(person, {}).get(class_id, 0) == 0 for person in members),
            users=users if seen else None,
            used=int(use.used[one.start : one.end].sum()) if use is not None and seen else None,
            idle=int(known.use.idle[one.start : one.end].sum()) if seen and known.use.idle_assessed else None,
            sensitivity=", ".join(one.sensitivities),
            restricted=len(one.restricted),
            public=len(one.public),
        )

    def _users(self, members: Sequence[str]) -> dict[str, int]:
        found = self._known.use.users_by_class(members)
        return {self._known.places.classes[number]: count for number, count in found.items()}

    def sensitivity_cards(self, classes: Iterable[str]) -> tuple[SensitivityCard, ...]:
        """Containers by declared sensitivity, restricted ones first, those without one last."""
        names: dict[str, list[str]] = defaultdict(list)
        counts: dict[str, int] = defaultdict(int)
        total = 0
        undeclared: list[str] = []
        for class_id in classes:
            one = self._known.places.of(class_id)
            total += one.containers
            undeclared += one.undeclared
            for word, some in one.sensitivities.items():
                names[word] += some[:NAMED]
                counts[word] += len(some)
        rows = [(word, counts[word], names[word][:NAMED]) for word in names]
        return self._by_sensitivity(rows, total, undeclared[:NAMED])

    def _by_sensitivity(
        self, found: Iterable[tuple[str, int, Sequence[str]]], total: int, undeclared: Sequence[str]
    ) -> tuple[SensitivityCard, ...]:
        secret = self._known.policies.is_restricted
        rows = sorted(found, key=lambda one: (not secret(one[0]), MILDER.get(one[0], 0), -one[1], one[0]))
        cards = [
            SensitivityCard(
                word="declared public" if word == PUBLIC_DATA else word,
                containers=count,
                names=tuple(names),
                restricted=secret(word),
            )
            for word, count, names in rows
        ]
        rest = total - sum(card.containers for card in cards)
        if rest and self._known.places.public_assessed:
            cards.append(SensitivityCard(word=UNDECLARED, containers=rest, names=tuple(undeclared)))
        return tuple(cards)

    def public_names(self, classes: Iterable[str]) -> tuple[str, ...]:
        """Containers that anybody may read."""
        return tuple(sorted(name for class_id in classes for name in self._known.places.of(class_id).public))

    def replaced_cards(self, content: Levels, members: Sequence[str]) -> tuple[ReplacedCard, ...]:
        """Personal memberships and grants that the role stands in for, most people first."""
        people = set(members)
        found = []
        for group in sorted({one for class_id in content for one in self._carried.get(class_id, ())}):
            who = self._direct[group] & people
            if who:
                reach = self._groups[group]
                found.append(self._replaced("group", group, who, reach, content))
        own: dict[tuple[str, str], tuple[set[str], Levels]] = {}
        for class_id in content:
            for key, grantees in self._own.get(class_id, {}).items():
                if who := grantees.keys() & people:
                    having, reach = own.setdefault(key, (set(), {}))
                    having.update(who)
                    for one in who:
                        reach[class_id] = reach.get(class_id, 0) | grantees[one]
        for (entitlement, how), (who, reach) in sorted(own.items()):
            found.append(self._personal(entitlement, how, who, reach, content))
        return tuple(sorted(found, key=lambda one: (-one.people, -one.containers, one.name)))

    def _replaced(self, kind: str, group: str, who: set[str], reach: Levels, content: Levels) -> ReplacedCard:
        whole = all(level & ~content.get(class_id, 0) == 0 for class_id, level in reach.items())
        boxes = self._size(class_id for class_id, level in reach.items() if level & content.get(class_id, 0))
        lower = any(c in content and level & ~content[c] for c, level in reach.items())
        outside = self._size(class_id for class_id in reach if class_id not in content)
        more = [f"opens {counted(outside)} that the role does not"] if outside else []
        more += ["lets more than the role"] if lower else []
        after = "; no longer needed" if whole else f"; stays, since it also {' and '.join(more)}"
        members, name = counted(len(who), "personal membership"), self._known.people.name(group)
        return ReplacedCard(
            kind=kind,
            name=name,
            object_id=group,
            people=len(who),
            containers=boxes,
            whole=whole,
            sentence=f"{members} in {name}, which opens {counted(boxes)} of the role{after}",
        )

    def _personal(self, entitlement: str, how: str, who: set[str], reach: Levels, content: Levels) -> ReplacedCard:
        opened = {**reach, **self.entitlements.get(entitlement, {})}
        lets = all(level & ~content.get(class_id, 0) == 0 for class_id, level in opened.items())
        boxes, have = self._size(reach), "has" if len(who) == 1 else "have"
        under = f" under {entitlement}" if entitlement else ""
        if how == WIDE:
            after = "; they stay, since they reach more than this"
        else:
            after = "; no longer needed" if lets else "; they stay, since they let more than the role"
        return ReplacedCard(
            kind="entitlement" if entitlement else "direct",
            name=entitlement or how,
            object_id=None,
            people=len(who),
            containers=boxes,
            whole=lets and how != WIDE,
            sentence=f"{counted(len(who), 'member')} {have} {how}{under} on {counted(boxes)}{after}",
        )

    def level_counts(self, content: Mapping[str, int]) -> tuple[LevelCount, ...]:
        """Containers by level, the widest first."""
        totals: dict[int, int] = defaultdict(int)
        for class_id, level in content.items():
            totals[level] += self._known.places.size(class_id)
        return tuple(LevelCount(access=LABELS[level], containers=totals[level]) for level in sorted(totals)[::-1])

    def _size(self, classes: Iterable[str]) -> int:
        return sum(self._known.places.size(class_id) for class_id in classes)


def _access(levels: Iterable[int]) -> str:
    widest = 0
    for level in levels:
        widest |= level
    return LABELS[widest]


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if known else None
