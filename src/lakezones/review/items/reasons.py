"""What may be wrong with people who hold data together: a role, or what completes one.

In: people, classes with their levels, the context. Out: `Reason`s, each naming whom or what it is about.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lakezones.model.attributes import leading
from lakezones.model.words import counted
from lakezones.review.items.context import ItemContext, some
from lakezones.review.items.item import Reason, Risk

HARDLY: Final = 0.1
"""Share of the others up to which a department counts as one that hardly anybody else has."""
SEVERAL: Final = 3
"""People of one department from which somebody of another one weighs more."""
MOSTLY_UNUSED: Final = 0.5
"""Share of what would have been seen from which unused access weighs more."""


def of_access(
    context: ItemContext, people: Sequence[str], reach: Mapping[str, int], *, new: Mapping[str, int] | None = None
) -> tuple[Reason, ...]:
    """Everything that is wrong where some people hold some classes.

    Parameters
    ----------
    people
        Ids.
    reach
        Class to level that they get by it.
    new
        What of it nobody of them holds today, by class; none by default.
    """
    return (
        *of_people(context, people),
        *of_duties(context, people, reach, new or {}),
        *of_data(context, reach),
        *of_departments(context, people),
        *of_use(context, people, reach),
    )


def of_people(context: ItemContext, people: Sequence[str]) -> Iterator[Reason]:
    """Accounts that are disabled, and ids that no directory knows."""
    found = [context.person(one) for one in people]
    for reason, several, one, gone in (
        ("disabled", "Disabled accounts", "Disabled account", [who for who in found if who.enabled is False]),
        ("unknown", "Not in the directory", "Not in the directory", [who for who in found if not who.known]),
    ):
        if gone:
            names = [who.name for who in gone]
            yield Reason(
                reason=reason,
                severity="high",
                sentence=f"{one if len(gone) == 1 else several}: {some(names)}",
                subject_kind="person",
                subjects=tuple(who.principal_id for who in gone),
                each=tuple(f"{one}: {name}" for name in names),
            )


def of_duties(
    context: ItemContext, people: Sequence[str], reach: Mapping[str, int], new: Mapping[str, int]
) -> Iterator[Reason]:
    """Duties that are to stay apart and meet in one of the people, with what is opened here among them."""
    touched = context.duties.classes
    own = {one: level for one, level in reach.items() if one in touched}
    if not own:
        return
    meeting: dict[str, list[str]] = {}
    for person in people:
        held = dict(context.held.get(person, {}))
        for one, level in (own | {one: new[one] for one in new if one in touched}).items():
            held[one] = held.get(one, 0) | level
        for name, (left, right) in sorted(context.duties.together(held).items()):
            if own.keys() & (left | right):
                meeting.setdefault(name, []).append(person)
    for name, held_by in meeting.items():
        names = [context.person(one).name for one in held_by]
        hold = "holds" if len(names) == 1 else "hold"
        yield Reason(
            reason="duties",
            severity="high",
            sentence=f"Duties to keep apart: {some(names)} {hold} both sides of “{name}”",
            subject_kind="person",
            subjects=tuple(held_by),
            each=tuple(f"Duties to keep apart: {one} holds both sides of “{name}”" for one in names),
        )


def of_data(context: ItemContext, reach: Mapping[str, int]) -> Iterator[Reason]:
    """Public, restricted, written and unowned data."""
    classes = {one: context.of_class(one) for one in sorted(reach)}
    total = sum(one.containers for one in classes.values())
    public = [box for one in classes.values() for box in one.public]
    if public:
        yield _boxes("public", "high", "Anybody can read without signing in", public)
    secret = [box for one in classes.values() for box in one.restricted]
    if secret:
        yield _boxes("restricted", "medium", f"Restricted data, {_of(secret, total)}", secret)
    written = sum(one.containers for class_id, one in classes.items() if reach[class_id] & 6)
    if written:
        manage = any(level & 4 for level in reach.values())
        verb = "manage" if manage else "write"
        yield Reason(reason="write", severity="medium", sentence=f"Lets people {verb} {counted(written)}")
    unowned = [box for one in classes.values() for box in one.unowned]
    if unowned and len(unowned) == total:
        yield _boxes("owner", "medium", "No owner is known for its data", unowned)
    elif unowned:
        yield _boxes("owner", "low", f"No owner is known for {_of(unowned, total)}", unowned)


def _of(boxes: Sequence[str], total: int) -> str:
    return f"{len(boxes):,} of {counted(total)}"


def _boxes(reason: str, severity: Risk, said: str, boxes: Sequence[str]) -> Reason:
    first = sorted(boxes)[:1]
    return Reason(
        reason=reason,
        severity=severity,
        sentence=f"{said}: {some(sorted(boxes))}",
        subject_kind="container",
        subjects=tuple(first),
    )


def of_departments(context: ItemContext, people: Sequence[str]) -> Iterator[Reason]:
    """People of a department that hardly anybody else has, where most of the others have one in common."""
    said = {one: context.person(one).area or context.person(one).department for one in people}
    counts = Counter(place for place in said.values() if place)
    usual = leading(counts)
    if usual is None or len(counts) < 2 or counts.total() < 3:
        return
    strange = [
        one
        for one in people
        if (place := said[one]) and place != usual and counts[place] <= max(1, HARDLY * counts.total())
    ]
    if not strange:
        return
    share = f"{counts[usual]:,} of the {counts.total():,} are of {usual}"
    each = [f"{context.person(one).name} ({context.person(one).department})" for one in strange]
    yield Reason(
        reason="department",
        severity="medium" if counts[usual] >= SEVERAL else "low",
        sentence=f"Of another department: {some(each)}; {share}",
        subject_kind="person",
        subjects=tuple(strange),
        each=tuple(f"Of another department: {one}; {share}" for one in each),
    )


def of_use(context: ItemContext, people: Sequence[str], reach: Mapping[str, int]) -> Iterator[Reason]:
    """Containers that nobody used, and people who used none of it."""
    if context.use is None or context.window is None or not reach:
        return
    days = f"in {counted(context.window.days, 'day')}"
    classes = [context.of_class(one) for one in reach]
    total, idle = sum(one.containers for one in classes), [box for one in classes for box in one.unused]
    if idle:
        weight: Risk = "medium" if len(idle) >= MOSTLY_UNUSED * total else "low"
        yield _boxes("unused", weight, f"Nobody used {_of(idle, total)} {days}", idle)
    if not reach.keys() & context.seen:
        return
    still = [one for one in people if not any(context.use.get(one, {}).get(class_id) for class_id in reach)]
    if still:
        names = [context.person(one).name for one in still]
        nobody = len(still) == len(people)
        said = f"None of its people used any of it {days}" if nobody else f"Used none of it {days}: {some(names)}"
        yield Reason(
            reason="unused",
            severity="medium" if nobody else "low",
            sentence=said,
            subject_kind="person",
            subjects=tuple(still),
            each=tuple(f"Used none of it {days}: {name}" for name in names),
        )
