"""Access outside of roles: what stays with one person and how, and what a policy would end.

In: what is known, rows of the residual. Out: `ResidualDossier`, `DropDossier`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lakezones.model.levels import LABELS
from lakezones.model.words import counted
from lakezones.review.dossier.cards import NOT_ASSESSED, AgedFact, PersonCard
from lakezones.review.dossier.content import OpenedContent
from lakezones.review.dossier.defects import outside_defects
from lakezones.review.dossier.item_cards import DropDossier, DropPerson, HoldingCard, ResidualDossier
from lakezones.review.dossier.known import Known, Levels
from lakezones.review.dossier.members import last_use
from lakezones.review.dossier.people import begin
from lakezones.review.dossier.use import RoleUse

MEANINGS: Final = {
    "keep_membership": "stays a member of the group that carries it today",
    "keep_exception": "becomes a member of the group of these containers, with a day for the next review",
    "keep_outside_role": "keeps it outside of the role that no longer opens it",
    "keep_service": "keeps its own grants, since it takes part in no role",
    "keep_wide_scope": "keeps it by a role assignment wider than a container, such as one on the whole account",
    "keep_writeonly": "keeps writing without reading, for which groups have no level",
}
"""How access outside of roles is kept, in words that follow the name of who has it."""

OTHERWISE: Final = {
    "keep_conditional": "{who} can {does} {boxes} under a condition, or by children that were not assessed",
    "keep_eligible": "{who} can activate access to {boxes} for a time ({does}), and does not hold it now",
    "keep_bearer": "{who} can {does} {boxes}",
    "keep_control": "{who} can obtain access to {boxes} ({does}) by the control plane, for example by account keys",
    "keep_destroy": "{who} can delete or move the data of {boxes}, though not change it",
}
"""Access that is no grant on data, which roles leave as it is: one sentence each."""

MIXED: Final = "not known apart from other access"
"""What is said of use of access in another lane than data: logs do not say by which access somebody came."""

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
    use = _used(known, card, reach, rows)
    boxes = sum(known.places.size(class_id) for class_id in reach)
    dropped = disposition.startswith("drop_")
    meaning = MEANINGS.get(disposition, "roles leave that as it is")
    if dropped:
        meaning = f"the policy {disposition.removeprefix('drop_')} would end it"
    roles = known.roles_of.get(person, [])
    sizes = [size for c in reach if (size := known.places.of(c).size_bytes) is not None]
    return ResidualDossier(
        sentence=_sentence(begin(card.name), disposition, meaning, _does(reach), counted(boxes)),
        person=card,
        kind="drop" if dropped else "keep",
        disposition=disposition,
        meaning=meaning,
        containers=boxes,
        size_bytes=sum(sizes) if sizes else None,
        holdings=_holdings(known, content, card, rows),
        places=content.place_cards(reach),
        last_used=_last(known, card, use),
        used=int(use.used.sum()) if use is not None else None,
        role_ids=tuple(roles),
        roles=tuple(known.roles[role_id]["name"] for role_id in roles),
        sensitive=content.sensitivity_cards(reach),
        public=content.public_names(reach),
        defects=outside_defects(known, person, reach, {str(row["lane"]) for row in rows}),
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
        use = _used(known, card, reach, rows)
        used += use.pairs if use is not None else 0
        last = _last(known, card, use)
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


def _holdings(known: Known, content: OpenedContent, card: PersonCard, rows: Sequence[Row]) -> tuple[HoldingCard, ...]:
    found = []
    for row in rows:
        one = {row["class_id"]: row["level"]}
        use = _used(known, card, one, [row])
        found.append(
            HoldingCard(
                content=content.class_cards(one, [card.principal_id], None)[0],
                lane=str(row["lane"]),
                group=known.people.name(row["group_id"]) if row["group_id"] else None,
                last_used=_last(known, card, use),
                used=int(use.used.sum()) if use is not None else None,
                reason=row["reason"],
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.content.containers, one.content.class_id, one.lane)))


def _sentence(who: str, disposition: str, meaning: str, does: str, boxes: str) -> str:
    """One sentence that could be read aloud."""
    if form := OTHERWISE.get(disposition):
        return f"{form.format(who=who, does=does, boxes=boxes)}; {meaning}."
    link = ": " if disposition.startswith("drop_") or disposition not in MEANINGS else ", and "
    return f"Outside of roles {who} can {does} {boxes}{link}{meaning}."


def _used(known: Known, card: PersonCard, reach: Levels, rows: Sequence[Row]) -> RoleUse | None:
    """What somebody used; None where nothing can be said of it."""
    if not known.use.assessed or card.status == "no person" or any(str(row["lane"]) != "data" for row in rows):
        return None
    return known.use.of([card.principal_id], known.places.mask(reach))


def _last(known: Known, card: PersonCard, use: RoleUse | None) -> AgedFact:
    if use is not None:
        return last_use(known, use, 0)
    return AgedFact(text=MIXED if known.use.assessed and card.status != "no person" else NOT_ASSESSED)


def _reach(rows: Sequence[Row]) -> Levels:
    found: Levels = {}
    for row in rows:
        found[row["class_id"]] = found.get(row["class_id"], 0) | row["level"]
    return found


def _does(reach: Levels) -> str:
    """What somebody may do, in words."""
    levels = {LABELS[level] for level in reach.values()}
    return levels.pop() if len(levels) == 1 else "read or write"
