"""A small picture of a role: its block in the matrix of people and classes, with those around it greyed.

In: what is known, a role. Out: `PictureCard`, which a page draws.
"""

from collections import Counter
from typing import Final

from lakezones.model.words import counted
from lakezones.review.dossier.known import Known
from lakezones.review.dossier.role_cards import PictureCard, PictureColumn, PictureRow

MEMBERS: Final = 40
"""Members that are drawn."""

CLASSES: Final = 40
"""Classes of the role that are drawn."""

PEERS: Final = 8
"""People outside of the role who hold most of it, drawn grey."""

OUTSIDE: Final = 8
"""Classes outside of the role that most of its members hold, drawn grey."""


def picture(known: Known, role_id: str) -> PictureCard:
    """The block of a role: members by name, classes by system, then the peers and classes around it."""
    content, members = known.contents[role_id], known.members[role_id]
    inside = set(members)
    by_size = sorted(content, key=lambda c: (-known.places.size(c), c))[:CLASSES]
    around: Counter[str] = Counter(c for person in members for c in known.held.get(person, {}) if c not in content)
    few = max(1, len(members) // 2)
    outside = [c for c, n in sorted(around.items(), key=lambda item: (-item[1], item[0])) if n >= few][:OUTSIDE]
    near: Counter[str] = Counter()
    for class_id in content:
        for person in known.holders.get(class_id, ()):
            if person not in inside:
                near[person] += known.places.size(class_id)
    peers = [person for person, _ in sorted(near.items(), key=lambda item: (-item[1], item[0]))[:PEERS]]
    columns = [*_columns(known, by_size, in_role=True), *_columns(known, outside, in_role=False)]

    def row(person: str, *, member: bool) -> PictureRow:
        held = known.held.get(person, {})
        cells = tuple(held.get(column.class_id, 0) for column in columns)
        return PictureRow(principal_id=person, name=known.people.name(person), member=member, cells=cells)

    shown = sorted(members, key=lambda person: (known.people.name(person).casefold(), person))[:MEMBERS]
    rows = [row(person, member=True) for person in shown] + [row(person, member=False) for person in peers]
    hold = "hold" if len(members) != 1 else "holds"
    nobody = "nobody outside of it holds any of that"
    beside = f"{counted(len(near), 'other')} outside of it {'holds' if len(near) == 1 else 'hold'} part of that"
    same = "one class" if len(content) == 1 else f"the same {counted(len(content), 'class')}"
    return PictureCard(
        title=f"{counted(len(members), 'member')} {hold} {same}; " + (beside if near else nobody),
        text=f"A row per person, a column per class of containers; {counted(len(shown), 'member')} and"
        f" {counted(len(peers), 'other')} outside of the role, {counted(len(by_size), 'class')} of the role and"
        f" {len(outside):,} that most members hold beside it.",
        rows=tuple(rows),
        columns=tuple(columns),
        more_members=len(members) - len(shown),
        more_classes=len(content) - len(by_size),
    )


def _columns(known: Known, classes: list[str], *, in_role: bool) -> list[PictureColumn]:
    """Columns by system, the largest class of each first."""
    found = [known.places.of(class_id) for class_id in classes]
    found.sort(key=lambda one: (one.lead[0] or "~", -one.containers, one.class_id))
    return [
        PictureColumn(
            class_id=one.class_id,
            system=one.lead[0] or "no system",
            name=one.name,
            containers=one.containers,
            in_role=in_role,
        )
        for one in found
    ]
