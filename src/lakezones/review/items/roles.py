"""Roles, the grants that would complete them, and what nobody used of them, as items.

In: the context. Out: a `ReviewItem` for each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from lakezones.model.attributes import leading, tally
from lakezones.model.suggestions import described
from lakezones.model.words import counted
from lakezones.review.items.context import ItemContext
from lakezones.review.items.item import Reason, ReviewItem
from lakezones.review.items.reasons import of_access, of_data, of_people
from lakezones.review.items.words import LEVEL_WORDS, data_of, does, gains, joined_zones, who

Reach = Mapping[str, int]


@dataclass(frozen=True)
class RoleIndex:
    """Roles of the proposal, with their people and classes."""

    context: ItemContext

    @cached_property
    def rows(self) -> dict[str, dict[str, object]]:
        """Rows of the roles by id, with owner and rule."""
        rules = self.context.proposal.role_rules.select("role_id", "owner", "entry")
        roles = self.context.proposal.roles.join(rules, on="role_id", how="left")
        return {row["role_id"]: row for row in roles.iter_rows(named=True)}

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """People by role, in the order of their ids."""
        found: dict[str, list[str]] = {}
        for role, person in self.context.proposal.role_members.sort("role_id", "principal_id").iter_rows():
            found.setdefault(role, []).append(person)
        return {role: tuple(people) for role, people in found.items()}

    @cached_property
    def reach(self) -> dict[str, dict[str, int]]:
        """Classes by role, with their levels."""
        found: dict[str, dict[str, int]] = {}
        rows = self.context.proposal.role_classes.select("role_id", "class_id", "level").sort("role_id", "class_id")
        for role, class_id, level in rows.iter_rows():
            found.setdefault(role, {})[class_id] = level
        return found


def role_items(context: ItemContext, index: RoleIndex) -> list[ReviewItem]:
    """An item per role."""
    return [_role(context, index, role_id) for role_id in sorted(index.rows)]


def _role(context: ItemContext, index: RoleIndex, role_id: str) -> ReviewItem:
    row, people, reach = index.rows[role_id], index.members.get(role_id, ()), index.reach.get(role_id, {})
    facts = AccessFacts.of(context, people, reach)
    new = int(str(row["new_access"]))
    layer = str(row["layer"])
    subject = who(people, context.attributes, layer)
    verb, data = does(reach.values()), data_of(reach, context.attributes, restricted=layer == "restricted")
    if len(people) == 1 and verb.startswith("read"):
        verb = verb.replace("read", "reads", 1)
    sizes = f"{counted(len(people), 'person')}, {counted(facts.containers)}"
    reasons = of_access(context, people, reach)
    if new:
        said = f"Gives {counted(new, 'pair')} of person and container that nobody holds today"
        reasons += (Reason(reason="new_access", severity="high", sentence=said),)
    return ReviewItem(
        kind="role",
        object_id=role_id,
        name=str(row["name"]),
        sentence=f"{subject} {verb} {data}: {sizes}, {gains(len(people), new)}.",
        role_id=role_id,
        domain=_text(row["domain"]) or facts.domain,
        area=facts.area,
        zones=_text(row["zones"]),
        layer=layer,
        access=_text(row["access"]),
        people=people,
        beneficiaries=frozenset(people),
        containers=facts.containers,
        pairs=facts.containers * len(people),
        new_access=new,
        used_share=facts.used_share,
        least=row["risk"],  # type: ignore[arg-type]
        reasons=reasons,
        restricted=facts.restricted,
        writes=facts.writes,
        evidence=f"{row['purpose']}. {row['evidence']}",
        owners=owners_of_classes(context, reach, first=_text(row["owner"])),
    )


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """What holds of some people and the classes that they hold, whatever the kind of the item."""

    containers: int
    domain: str | None
    area: str | None
    zones: str | None
    used_share: float | None
    restricted: bool
    writes: bool

    @classmethod
    def of(cls, context: ItemContext, people: Iterable[str], reach: Reach) -> "AccessFacts":
        """Work it out."""
        listed = list(people)
        classes = {one: context.of_class(one) for one in reach}
        containers = sum(one.containers for one in classes.values())
        used = None
        if context.use is not None and containers and listed and reach.keys() & context.seen:
            pairs = sum(context.use.get(one, {}).get(class_id, 0) for one in listed for class_id in reach)
            used = min(1.0, pairs / (containers * len(listed)))
        return cls(
            containers,
            leading(tally(reach, context.attributes.domains)),
            leading(Counter(context.person(one).area or "" for one in listed)) or None,
            joined_zones(reach, context.attributes.zones),
            used,
            any(one.restricted for one in classes.values()),
            any(level & 6 for level in reach.values()),
        )


def suggestion_items(context: ItemContext, index: RoleIndex) -> list[ReviewItem]:
    """An item per grant that would complete a role."""
    rows = described(context.proposal.suggestions, context.access.container_classes)
    return [_suggestion(context, index, row) for row in rows.sort("suggestion_id").iter_rows(named=True)]


def _suggestion(context: ItemContext, index: RoleIndex, row: Mapping[str, object]) -> ReviewItem:
    person, class_id, role_id = str(row["principal_id"]), str(row["class_id"]), str(row["role_id"])
    level, containers = int(str(row["level"])), int(str(row["containers"]))
    reach, role = {class_id: level}, index.rows.get(role_id, {})
    facts = AccessFacts.of(context, (person,), reach)
    name, role_name = context.person(person).name, str(role.get("name", role_id))
    kind = "joins" if row["kind"] == "join" else "completes"
    said = f"New access: {name} would {LEVEL_WORDS[level]} {counted(containers)} ({row['opens']})"
    return ReviewItem(
        kind="suggestion",
        object_id=str(row["suggestion_id"]),
        name=f"{name} {kind} {role_name}: {row['opens']}",
        sentence=(
            f"{name} would {LEVEL_WORDS[level]} {data_of(reach, context.attributes)}, as others in {role_name} do:"
            f" 1 person, {counted(containers)}, 1 person gains access."
        ),
        role_id=role_id,
        domain=facts.domain,
        area=context.person(person).area,
        zones=facts.zones,
        access=str(row["access"]),
        people=(person,),
        beneficiaries=frozenset([person]),
        containers=containers,
        pairs=containers,
        new_access=containers,
        least="medium",
        reasons=(
            Reason(reason="new_access", severity="medium", sentence=said, subject_kind="person", subjects=(person,)),
            *of_people(context, (person,)),
            *of_data(context, reach),
        ),
        restricted=facts.restricted,
        writes=facts.writes,
        evidence=str(row["reason"]),
        owners=owners_of_classes(context, reach, first=_text(role.get("owner"))),
    )


def unused_items(context: ItemContext, index: RoleIndex, left: pl.DataFrame) -> list[ReviewItem]:
    """An item per role of which an offered variant leaves out what nobody used.

    Parameters
    ----------
    left
        role_id, class_id, container, level (`lakezones.review.binding.kinds.left_unused`).
    """
    items = []
    for (role_id,), rows in left.sort("role_id", "container").group_by("role_id", maintain_order=True):
        role = index.rows.get(str(role_id), {})
        people, boxes = index.members.get(str(role_id), ()), rows["container"].unique(maintain_order=True).to_list()
        reach = dict(rows.select("class_id", "level").unique().sort("class_id").iter_rows())
        facts = AccessFacts.of(context, people, reach)
        days = f" in {counted(context.window.days, 'day')}" if context.window else ""
        whole = sum(context.of_class(one).containers for one in index.reach.get(str(role_id), {}))
        items.append(
            ReviewItem(
                kind="unused",
                object_id=str(role_id),
                name=f"Unused part of {role.get('name', role_id)}",
                sentence=(
                    f"Nobody used {len(boxes):,} of the {counted(whole)} of {role.get('name', role_id)}{days}:"
                    f" {counted(len(people), 'person')} would lose them, nobody gains access."
                ),
                role_id=str(role_id),
                domain=facts.domain,
                area=facts.area,
                zones=facts.zones,
                layer=None,
                access=_text(role.get("access")),
                people=people,
                beneficiaries=frozenset(people),
                containers=len(boxes),
                pairs=len(boxes) * len(people),
                used_share=0.0,
                reasons=(
                    Reason(
                        reason="unused",
                        severity="low",
                        sentence=f"Nobody used {counted(len(boxes))}{days}, for instance {boxes[0]}",
                        subject_kind="container",
                        subjects=(boxes[0],),
                    ),
                ),
                restricted=facts.restricted,
                writes=facts.writes,
                evidence="left out by the variant of the role that is fitted to use",
                owners=owners_of_classes(context, reach, first=_text(role.get("owner"))),
            )
        )
    return items


def owners_of_classes(context: ItemContext, classes: Iterable[str], *, first: str | None = None) -> tuple[str, ...]:
    """Owners of some classes, of most containers first; before them the one who is known to answer for it."""
    owners = tally(classes, context.attributes.owners)
    order = sorted(owners, key=lambda name: (-owners[name], name))
    return tuple(dict.fromkeys([*([first] if first else []), *order]))


def _text(value: object) -> str | None:
    return str(value) if value else None
