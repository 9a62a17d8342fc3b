"""Roles, the grants that would complete them, and what nobody used of them, as items.

In: the context. Out: a `ReviewItem` for each.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from lakezones.model.suggestions import described
from lakezones.model.words import counted
from lakezones.review.dossier import DefectCard
from lakezones.review.dossier.defects import role_defects, suggestion_defects
from lakezones.review.items.context import AccessFacts, ItemContext
from lakezones.review.items.item import ReviewItem
from lakezones.review.items.words import LEVEL_WORDS, data_of, role_sentence


def role_items(context: ItemContext) -> list[ReviewItem]:
    """An item per role."""
    return [_role(context, role_id) for role_id in sorted(context.known.roles)]


def _role(context: ItemContext, role_id: str) -> ReviewItem:
    known, row = context.known, context.known.roles[role_id]
    people, reach = known.members[role_id], known.contents[role_id]
    facts = AccessFacts.of(context, people, reach)
    pairs = facts.containers * len(people)
    return ReviewItem(
        kind="role",
        object_id=role_id,
        name=row["name"],
        sentence=role_sentence(
            people, reach, context.attributes, containers=facts.containers, layer=row["layer"], new=row["new_access"]
        ),
        role_id=role_id,
        domain=row["domain"] or facts.domain,
        area=facts.area,
        zones=row["zones"] or None,
        layer=row["layer"],
        access=row["access"],
        people=len(people),
        beneficiaries=frozenset(people),
        containers=facts.containers,
        pairs=pairs,
        new_access=row["new_access"],
        used_share=known.role_use(role_id).pairs / pairs if pairs and known.use.assessed else None,
        least=row["risk"],
        reasons=role_defects(known, role_id),
        restricted=facts.restricted,
        writes=facts.writes,
        evidence=f"{row['purpose']}. {row['evidence']}",
        owners=_owner(context, role_id),
        others=context.owners(reach),
    )


def suggestion_items(context: ItemContext) -> list[ReviewItem]:
    """An item per grant that would complete a role."""
    rows = described(context.proposal.suggestions, context.known.access.container_classes)
    return [_suggestion(context, row) for row in rows.sort("suggestion_id").iter_rows(named=True)]


def _suggestion(context: ItemContext, row: Mapping[str, Any]) -> ReviewItem:
    person, class_id, role_id, containers = row["principal_id"], row["class_id"], row["role_id"], row["containers"]
    reach, role = {class_id: row["level"]}, context.known.roles.get(role_id, {})
    facts = AccessFacts.of(context, [person], reach)
    name, role_name = context.person(person), role.get("name", role_id)
    verb = LEVEL_WORDS[row["level"]]
    return ReviewItem(
        kind="suggestion",
        object_id=row["suggestion_id"],
        name=f"{name} {'joins' if row['kind'] == 'join' else 'completes'} {role_name}: {row['opens']}",
        sentence=(
            f"{name} would {verb} {data_of(reach, context.attributes)}, as others in {role_name} do:"
            f" 1 person, {counted(containers)}, 1 person gains access."
        ),
        role_id=role_id,
        domain=facts.domain,
        area=facts.area,
        zones=facts.zones,
        access=row["access"],
        people=1,
        beneficiaries=frozenset([person]),
        containers=containers,
        pairs=containers,
        new_access=containers,
        least="medium",
        reasons=suggestion_defects(context.known, row),
        restricted=facts.restricted,
        writes=facts.writes,
        evidence=f"{row['reason'][:1].upper()}{row['reason'][1:]}.",
        owners=_owner(context, role_id),
        others=context.owners(reach),
    )


def unused_items(context: ItemContext, left: pl.DataFrame) -> list[ReviewItem]:
    """An item per role of which an offered variant leaves out what nobody used.

    Parameters
    ----------
    left
        role_id, class_id, container, level (`lakezones.review.binding.kinds.left_unused`).
    """
    return [
        _unused(context, str(role_id), rows)
        for (role_id,), rows in left.sort("role_id", "container").group_by("role_id", maintain_order=True)
    ]


def _unused(context: ItemContext, role_id: str, rows: pl.DataFrame) -> ReviewItem:
    known, role = context.known, context.known.roles.get(role_id, {})
    people, boxes = known.members.get(role_id, []), rows["container"].to_list()
    reach = dict(rows.select("class_id", "level").unique().sort("class_id").iter_rows())
    facts = AccessFacts.of(context, people, reach)
    whole = sum(known.places.size(one) for one in known.contents.get(role_id, {}))
    window, name = known.use.in_words, role.get("name", role_id)
    return ReviewItem(
        kind="unused",
        object_id=role_id,
        name=f"Unused part of {name}",
        sentence=(
            f"Nobody used {len(boxes):,} of the {counted(whole)} of {name} in {window}:"
            f" {counted(len(people), 'person')}, nobody gains access."
        ),
        role_id=role_id,
        domain=facts.domain,
        area=facts.area,
        zones=facts.zones,
        access=role.get("access"),
        people=len(people),
        beneficiaries=frozenset(people),
        containers=len(boxes),
        pairs=len(boxes) * len(people),
        used_share=0.0,
        reasons=(
            DefectCard(
                kind="unused",
                severity="low",
                sentence=f"Nobody used {counted(len(boxes))} in {window}, such as {boxes[0]}.",
                subjects=tuple(reach),
            ),
        ),
        restricted=facts.restricted,
        writes=facts.writes,
        evidence="Left out by the variant of the role that is fitted to use.",
        owners=_owner(context, role_id),
        others=context.owners(reach),
    )


def _owner(context: ItemContext, role_id: str) -> tuple[str, ...]:
    """Who answers for most of the data of a role, as declared; nobody where that is not known."""
    owner = context.known.rules.get(role_id, {}).get("owner")
    return (str(owner),) if owner else ()
