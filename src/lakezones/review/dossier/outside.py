"""Access outside of roles: what stays with one person and how, and what a policy would end.

In: what is known, rows of the residual. Out: `ResidualDossier`, `DropDossier`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lakezones.model.levels import LABELS
from lakezones.model.words import counted
from lakezones.review.dossier.cards import NOT_ASSESSED, AgedFact, DefectCard, PersonCard
from lakezones.review.dossier.content import OpenedContent
from lakezones.review.dossier.defects import content_defects
from lakezones.review.dossier.item_cards import DropDossier, DropPerson, HoldingCard, ResidualDossier
from lakezones.review.dossier.known import Known, Levels
from lakezones.review.dossier.members import last_use
from lakezones.review.dossier.use import RoleUse

MEANINGS: Final = {
    "keep_membership": "stays a member of the group that carries it today",
    "keep_exception": "becomes a member of the group of these containers, with a day for the next review",
    "keep_outside_role": "keeps it outside of the role that no longer opens it",
    "keep_service": "keeps its own grants: it is no person, or takes part in no role",
    "keep_wide_scope": "keeps it by a role assignment that is wider than a container, such as one on the whole account",
    "keep_writeonly": "keeps writing without reading, for which groups have no level",
    "keep_conditional": "keeps access that depends on a condition, or on children that were not assessed",
    "keep_eligible": "can activate it, and does not hold it now",
    "keep_bearer": "is open to whoever holds the token or knows the address",
    "keep_control": "can obtain it through the control plane, for example by account keys",
    "keep_destroy": "can delete or move the data, though not change it",
}
"""How access outside of roles is kept, in words."""

Row = Mapping[str, Any]


def residual_dossier(known: Known, content: OpenedContent, rows: Sequence[Row]) -> ResidualDossier:
    """What one person holds outside of roles under one disposition.

    Parameters
    ----------
    rows
        Rows of `lakezones.review.binding.kinds.outside_roles` of one item: principal_id, disposition, class_id, lane,
        level, group_id, reason; at least one.
    """
    person, disposition = rows[0]["principal_id"], rows[0]["disposition"]
    card, reach = known.people.card(person), _reach(rows)
    use = _used(known, card, reach)
    boxes = sum(known.places.size(class_id) for class_id in reach)
    dropped = disposition.startswith("drop_")
    meaning = (
        f"the policy {disposition.removeprefix('drop_')} would end it" if dropped else MEANINGS.get(disposition, "")
    )
    roles = known.roles_of.get(person, [])
    sizes = [size for c in reach if (size := known.places.of(c).size_bytes) is not None]
    what = f"{_does(reach)} {counted(boxes)}"
    return ResidualDossier(
        sentence=f"{card.name} can {what} outside of roles: {meaning}."
        if dropped or not meaning
        else f"Outside of roles {card.name} can {what}, and {meaning}.",
        person=card,
        kind="drop" if dropped else "keep",
        disposition=disposition,
        meaning=meaning,
        containers=boxes,
        size_bytes=sum(sizes) if sizes else None,
        holdings=_holdings(known, content, card, rows),
        places=content.place_cards(reach),
        last_used=AgedFact(text=NOT_ASSESSED) if use is None else last_use(known, use, 0),
        used=int(use.used.sum()) if use is not None else None,
        role_ids=tuple(roles),
        roles=tuple(known.roles[role_id]["name"] for role_id in roles),
        sensitive=content.sensitivity_cards(reach),
        public=content.public_names(reach),
        defects=outside_defects(known, card, reach, use),
    )


def drop_dossier(known: Known, content: OpenedContent, rows: Sequence[Row]) -> DropDossier:
    """What a policy would end; rows as for `residual_dossier`, of one person or of several."""
    policy = rows[0]["disposition"].removeprefix("drop_")
    rule = next((rule for rule in known.policies.drop if rule.name == policy), None)
    by_person: dict[str, Levels] = defaultdict(dict)
    for row in rows:
        by_person[row["principal_id"]][row["class_id"]] = row["level"]
    people, used = [], 0
    for person, reach in sorted(by_person.items()):
        card = known.people.card(person)
        use = _used(known, card, reach)
        used += use.pairs if use is not None else 0
        last = AgedFact(text=NOT_ASSESSED) if use is None else last_use(known, use, 0)
        boxes = sum(known.places.size(class_id) for class_id in reach)
        people.append(DropPerson(person=card, containers=boxes, last_used=last))
    reach = _reach(rows)
    boxes, pairs = sum(known.places.size(c) for c in reach), sum(one.containers for one in people)
    reason = rule.reason if rule is not None else rows[0]["reason"]
    who = people[0].person.name if len(people) == 1 else counted(len(people), "person")
    return DropDossier(
        sentence=f"The policy {policy} would end that {who} can {_does(reach)} {counted(boxes)}: {reason.rstrip('.')}."
        " Undecided, it stays.",
        policy=policy,
        reason=reason,
        people=tuple(people[:SHOWN]),
        more_people=max(0, len(people) - SHOWN),
        containers=boxes,
        pairs=pairs,
        used_pairs=used if known.use.assessed else None,
        classes=content.class_cards(reach, [one.person.principal_id for one in people], None),
        sensitive=content.sensitivity_cards(reach),
    )


SHOWN: Final = 100
"""People that a dossier names."""


def outside_defects(known: Known, card: PersonCard, reach: Levels, use: RoleUse | None) -> tuple[DefectCard, ...]:
    """What to look at in access outside of roles, the gravest first."""
    return content_defects(known, [card.principal_id], reach, use)


def _holdings(known: Known, content: OpenedContent, card: PersonCard, rows: Sequence[Row]) -> tuple[HoldingCard, ...]:
    found = []
    for row in rows:
        one = {row["class_id"]: row["level"]}
        use = _used(known, card, one)
        found.append(
            HoldingCard(
                content=content.class_cards(one, [card.principal_id], None)[0],
                lane=str(row["lane"]),
                group=known.people.name(row["group_id"]) if row["group_id"] else None,
                last_used=AgedFact(text=NOT_ASSESSED) if use is None else last_use(known, use, 0),
                used=int(use.used.sum()) if use is not None else None,
                reason=row["reason"],
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.content.containers, one.content.class_id, one.lane)))


def _used(known: Known, card: PersonCard, reach: Levels) -> RoleUse | None:
    """What somebody used; None where nothing can be said."""
    if not known.use.assessed or card.status == "no person":
        return None
    return known.use.of([card.principal_id], known.places.mask(reach))


def _reach(rows: Sequence[Row]) -> Levels:
    found: Levels = {}
    for row in rows:
        found[row["class_id"]] = found.get(row["class_id"], 0) | row["level"]
    return found


def _does(reach: Levels) -> str:
    """What somebody may do, in words."""
    levels = {LABELS[level] for level in reach.values()}
    return levels.pop() if len(levels) == 1 else "read or write"
