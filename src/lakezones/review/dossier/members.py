"""The people of a role: what each gains and keeps, how each compares with the others, what may not meet in them.

In: what is known, a role. Out: cards.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from lakezones.model.levels import LABELS
from lakezones.model.words import counted
from lakezones.review.dossier.cards import (
    NOT_ASSESSED,
    AgedFact,
    ChangeCard,
    ConflictCard,
    DefectCard,
    LevelCount,
    UseCard,
)
from lakezones.review.dossier.known import Known, Levels
from lakezones.review.dossier.people import aged, some
from lakezones.review.dossier.places import NAMED
from lakezones.review.dossier.role_cards import MemberCard
from lakezones.review.dossier.use import RoleUse


def member_cards(
    known: Known, role_id: str, use: RoleUse | None, defects: Sequence[DefectCard]
) -> tuple[MemberCard, ...]:
    """Members, those whom a defect names first, then by name."""
    people, content = known.members[role_id], known.contents[role_id]
    marks: dict[str, list[str]] = defaultdict(list)
    for defect in defects:
        for subject in defect.subjects:
            marks[subject].append(defect.kind)
    departments = Counter(unit[1] for person in people if (unit := known.people.unit(person)) is not None)
    median = float(np.median(use.by_member)) if use is not None and people else None
    total = sum(known.places.size(class_id) for class_id in content)
    cards = []
    for at, person in enumerate(people):
        unit = known.people.unit(person)
        shared = departments[unit[1]] - 1 if unit is not None else None
        change = change_of(known, person, content)
        held = (total - change.gains) / total if total else 1.0
        used = int(use.by_member[at]) if use is not None else None
        share = int(use.by_member_seen[at]) / use.seen if use is not None and use.seen else None
        cards.append(
            MemberCard(
                person=known.people.card(person),
                last_used=last_use(known, use, at),
                used=used,
                used_share=share,
                median=median,
                held_share=held,
                department_shared=shared,
                compared=_compared(held, used, median, shared, people=len(people), total=total),
                change=change,
                marks=tuple(dict.fromkeys(marks[person])),
            )
        )
    return tuple(sorted(cards, key=lambda one: (not one.marks, one.person.name.casefold(), one.person.principal_id)))


def last_use(known: Known, use: RoleUse | None, at: int) -> AgedFact:
    """When somebody last used what `use` is about; `at` is their place in it."""
    if use is None:
        return AgedFact(text=NOT_ASSESSED)
    otherwise = f"not in {known.use.days} days" if use.seen == use.containers else "none seen"
    if use.last[at] is None and use.by_member[at]:
        return AgedFact(text=f"in {known.use.days} days, day not known")
    return aged(use.last[at], known.facts.as_of, otherwise)


def change_of(known: Known, person: str, content: Levels) -> ChangeCard:
    """What somebody gains and keeps by a role with this content."""
    held = known.held.get(person, {})
    gained: Counter[int] = Counter()
    kept: Counter[int] = Counter()
    names: list[str] = []
    for class_id, level in content.items():
        size = known.places.size(class_id)
        new = level & ~held.get(class_id, 0)
        if new:
            # Who reads and would now write gains a level: the pair counts as gained, at what it becomes.
            gained[level] += size
            names += known.places.of(class_id).names if len(names) < NAMED else ()
        else:
            kept[level] += size
    return _change(gained, kept, names[:NAMED])


def change_of_all(cards: Sequence[MemberCard]) -> ChangeCard:
    """What all members gain and keep together, in pairs."""
    gained: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for card in cards:
        for one in card.change.gained:
            gained[one.access] += one.containers
        for one in card.change.kept:
            kept[one.access] += one.containers
    names = tuple(dict.fromkeys(name for card in cards for name in card.change.names))[:NAMED]
    people = sum(card.change.gains > 0 for card in cards)
    sentence = (
        f"{counted(people, 'person')} would gain {counted(gained.total(), 'pair')} of person and container that nobody"
        f" approved; {kept.total():,} stay."
        if gained
        else f"Nobody gains access and nobody loses any: {counted(kept.total(), 'pair')} of person and container"
        f" {'stays' if kept.total() == 1 else 'stay'}."
    )
    return ChangeCard(gained=_counts(gained), kept=_counts(kept), names=names, sentence=sentence)


def use_card(known: Known, role_id: str, use: RoleUse | None) -> UseCard:
    """How much of a role is used."""
    people, content = known.members[role_id], known.contents[role_id]
    total = sum(known.places.size(class_id) for class_id in content)
    if use is None:
        return UseCard(assessed=False, containers=total, members=len(people))
    if not use.seen:
        text = "Use was not assessed: on none of its containers would reading have been seen."
        return UseCard(assessed=False, containers=total, seen=0, members=len(people), sentence=text)
    mask = known.places.mask(content)
    writable = known.places.mask(class_id for class_id, level in content.items() if level > 1)
    watched = bool(writable.any()) and not bool((writable & ~known.use.writes).any())
    newest = max((one for one in use.last if one is not None), default=None)
    idle = int((known.use.idle & mask).sum()) if known.use.idle_assessed else None
    used = int(use.used.sum())
    pairs = total * len(people)
    who = _of(use.active, len(people), "member", "")
    what = _of(used, total, "container", "its ") if used else f"any of its {counted(total)}"
    # What each used is in the table of members; here it is all of them together.
    joint = f"{who} used it: together {what}" if used and len(people) > 1 else f"{who} used {what}"
    parts = [f"{joint} in {known.use.in_words}"]
    if pairs:
        parts.append(f"{use.pairs / pairs:.0%} of {pairs:,} pairs of person and container")
    if idle:
        parts.append(f"{idle:,} {'was' if idle == 1 else 'were'} used by nobody in the lake")
    if use.seen < total:
        parts.append(f"on {total - use.seen:,} reading would not have been seen")
    said = "; ".join(parts)
    return UseCard(
        assessed=True,
        since=known.use.since,
        until=known.use.until,
        days=known.use.days,
        containers=total,
        seen=use.seen,
        used=used,
        pairs=use.pairs,
        active=use.active,
        members=len(people),
        idle=idle,
        wrote=known.use.of(people, writable).wrote if watched else None,
        last_used=aged(newest, known.facts.as_of, f"not in {known.use.days} days"),
        sentence=f"{said[0].upper()}{said[1:]}.",
    )


def conflict_cards(known: Known, people: Sequence[str], content: Levels) -> tuple[ConflictCard, ...]:
    """People who hold two duties that are to stay apart, one of them by this content."""
    if not known.dutied.intersection(content):
        return ()
    found = []
    for person in people:
        for pair, sides in known.clashes(person, content).items():
            if not (sides[0] | sides[1]) & content.keys():
                continue
            left, right = (_named(known, side) for side in sides)
            inside = (sides[0] | sides[1]) & content.keys()
            beside = (sides[0] | sides[1]) - content.keys()
            card = known.people.card(person)
            reason = known.pairs[pair].reason.strip()
            found.append(
                ConflictCard(
                    person=card,
                    pair=pair,
                    reason=reason,
                    by_role=_named(known, inside),
                    beside=_named(known, beside),
                    sentence=f"{card.name} holds {some(left, 2)} and {some(right, 2)}: {pair}"
                    + (f" ({reason.rstrip('.')})" if reason else ""),
                )
            )
    return tuple(sorted(found, key=lambda one: (one.pair, one.person.name.casefold(), one.person.principal_id)))


def _named(known: Known, classes: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for class_id in sorted(classes) for name in known.places.of(class_id).names)[:NAMED]


def _change(gained: Mapping[int, int], kept: Mapping[int, int], names: Sequence[str]) -> ChangeCard:
    new, old = sum(gained.values()), sum(kept.values())
    return ChangeCard(
        gained=_counts({LABELS[level]: n for level, n in gained.items()}),
        kept=_counts({LABELS[level]: n for level, n in kept.items()}),
        names=tuple(names),
        sentence=f"gains {new:,}, keeps {old:,}" if new else f"gains nothing, keeps {old:,}",
    )


def _counts(totals: Mapping[str, int]) -> tuple[LevelCount, ...]:
    return tuple(LevelCount(access=access, containers=totals[access]) for access in sorted(totals))


def _compared(
    held: float, used: int | None, median: float | None, shared: int | None, *, people: int, total: int
) -> str:
    """How somebody compares with the other members, in one sentence."""
    parts = []
    if held < 1:
        parts.append(f"holds {held:.0%} of it today")
    if used is not None and median is not None and people > 1:
        parts.append(f"used {used:,} of {total:,} (median {median:,.0f})")
    elif used is not None:
        parts.append(f"used {used:,} of {total:,}")
    if shared is None:
        parts.append("department not known")
    elif people > 1:
        parts.append("nobody else is of their department" if not shared else f"shares the department with {shared:,}")
    return "; ".join(parts)


def _of(part: int, whole: int, noun: str, of: str) -> str:
    """So many of so many, in words.

    Examples
    --------
    >>> _of(3, 3, "member", ""), _of(0, 3, "member", ""), _of(2, 3, "container", "its ")
    ('all 3 members', 'none of 3 members', '2 of its 3 containers')
    """
    if part == whole == 1:
        return f"{of or 'the '}one {noun}"
    if part == whole:
        return f"all {of}{counted(whole, noun)}"
    return f"{f'{part:,}' if part else 'none'} of {of}{counted(whole, noun)}"
