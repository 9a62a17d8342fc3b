"""What a reviewer should look at before deciding, for all roles and suggestions at once.

In: facts, access, a proposal, policies, pairs of duties. Out: a row per defect, the gravest of an item first. A role's
risk, its dossier and its row in the workbook say the same, since all of them read it here.

Precision before recall: of what was not assessed nothing is said, and what the lake does everywhere is no defect.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import polars as pl

from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.policies import PoliciesSettings, SodPair
from lakezones.model.tables.review import REASONS
from lakezones.model.words import counted
from lakezones.review.dossier.cards import DefectCard
from lakezones.review.dossier.known import Known, Levels
from lakezones.review.dossier.people import begin, some

DEFECT_KINDS: Final = tuple(REASONS)
"""Kinds of defects, the gravest first: what may be wrong with an item (`lakezones.model.tables.review.REASONS`)."""

DEFECT_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "object_kind": pl.String,
    "object_id": pl.String,
    "kind": pl.String,
    "severity": pl.String,
    "sentence": pl.String,
    "subjects": pl.List(pl.String),
}
"""Columns of `defects`."""

MAJORITY: Final = 2 / 3
"""Share of a role's members from which their area is the role's."""

FOREIGN: Final = 0.1
"""Share of a role's members up to which people of another area are foreign to it; one alone always is."""

SELDOM: Final = 0.25
"""Share of a role's containers below which so little used by its members says that most of it is not needed."""

LONG: Final = 180
"""Days from which any of it that no member used is named: they contain two ends of a quarter. In a shorter window half
of it has to be unused."""

LANE_SENTENCES: Final = {
    "control": ("medium", "{} can give themselves access to {} through the control plane."),
    "destroy": ("medium", "{} can delete or move {}."),
    "bearer": ("medium", "{} can reach {}: nobody has to sign in."),
    "eligible": ("low", "{} can activate access to {}."),
    "conditional": ("low", "{} has access to {} under a condition that was not evaluated."),
}
"""What is wrong with access of another lane than data, with its weight."""

_GRAVITY: Final = {"high": 0, "medium": 1, "low": 2}


def defects(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    *,
    sod: Sequence[SodPair] = (),
    policies: PoliciesSettings | None = None,
    departments: Mapping[str, str] | None = None,
    known: Known | None = None,
) -> pl.DataFrame:
    """Defects of every role and every suggestion.

    Parameters
    ----------
    sod
        Pairs of duties that are to stay apart; those of `policies` where none are given.
    policies
        What is restricted.
    departments
        Business areas of departments (``domains.departments``).
    known
        The same tables as prepared before (`Dossiers.known`); made here where it is not given.

    Returns
    -------
    polars.DataFrame
        Columns `DEFECT_SCHEMA`: object_kind (role or suggestion), object_id, kind (of `DEFECT_KINDS`), severity (high,
        medium, low), sentence, subjects (ids of the people, classes or containers it is about). Sorted by object, then
        severity, then kind.
    """
    known = known or Known(facts, access, proposal, policies=policies, sod=sod, departments=departments)
    rows = [
        (object_kind, object_id, one.kind, one.severity, one.sentence, list(one.subjects))
        for object_kind, object_id, found in _all(known)
        for one in found
    ]
    return pl.DataFrame(rows, schema=DEFECT_SCHEMA, orient="row")


def role_defects(known: Known, role_id: str) -> tuple[DefectCard, ...]:
    """Defects of one role, the gravest first."""
    people, content = known.members[role_id], known.contents[role_id]
    found = [
        *_leavers(known, people),
        *_duties(known, people, content),
        *_new_access(known, people, content),
        *_restricted(known, content),
        *_unused(known, role_id),
        *_foreign(known, people),
        *_no_owner(known, role_id),
        *_public(known, content),
        *_write(known, role_id),
    ]
    return sort_defects(found)


def suggestion_defects(known: Known, row: Mapping[str, Any]) -> tuple[DefectCard, ...]:
    """Defects of one suggestion (a row of `lakezones.model.suggestions.described`), the gravest first."""
    person, content = row["principal_id"], {row["class_id"]: row["level"]}
    members = known.members.get(row["role_id"], [])
    new = DefectCard(
        kind="new_access",
        severity="medium",
        sentence=f"{known.people.name(person)} would {row['access']} {counted(row['containers'])} that they do not hold"
        f" today: {row['opens']}.",
        subjects=(person,),
    )
    found = [
        new,
        *_leavers(known, [person]),
        *_duties(known, [person], content, gaining=True),
        *_restricted(known, content),
        *(one for one in _foreign(known, sorted({*members, person})) if person in one.subjects),
        *_public(known, content),
    ]
    return sort_defects(found)


def content_defects(known: Known, people: Sequence[str], content: Levels) -> tuple[DefectCard, ...]:
    """Defects of some people holding some classes outside of roles, the gravest first."""
    found = [
        *_leavers(known, people),
        *_duties(known, people, content),
        *_restricted(known, content),
        *_public(known, content),
    ]
    return sort_defects(found)


def outside_defects(known: Known, principal: str, content: Levels, lanes: AbstractSet[str]) -> tuple[DefectCard, ...]:
    """Defects of what one principal holds outside of roles under one disposition, the gravest first.

    Parameters
    ----------
    content
        Class to level bits.
    lanes
        Lanes that it is held in; of use something is said in the lane data alone, since logs do not say by which
        access somebody came.
    """
    card, opened = known.people.card(principal), tuple(sorted(content))
    containers = counted(sum(known.places.size(one) for one in opened))
    found = []
    for lane in sorted(lanes & LANE_SENTENCES.keys()):
        severity, said = LANE_SENTENCES[lane]
        sentence = said.format(begin(card.name), containers)
        found.append(DefectCard(kind="lane", severity=severity, sentence=sentence, subjects=opened))
    if wide := tuple(one for one in opened if content[one] & 6):
        boxes = counted(sum(known.places.size(one) for one in wide))
        does = "manage" if any(content[one] & 4 for one in wide) else "write"
        sentence = f"{begin(card.name)} can {does} {boxes}."
        found.append(DefectCard(kind="write", severity="low", sentence=sentence, subjects=wide))
    if lanes == {"data"} and known.use.assessed:
        use = known.use.of([principal], known.places.mask(content))
        if use.seen and not use.used_seen:
            sentence = f"{begin(card.name)} used none of it in {known.use.in_words}."
            found.append(DefectCard(kind="unused", severity="low", sentence=sentence, subjects=opened))
    people = [] if card.status == "no person" else [principal]
    return sort_defects([*found, *content_defects(known, people, content)])


def _all(known: Known) -> Iterator[tuple[str, str, tuple[DefectCard, ...]]]:
    for role_id in sorted(known.roles):
        yield "role", role_id, role_defects(known, role_id)
    for suggestion_id, row in sorted(known.suggestions.items()):
        yield "suggestion", suggestion_id, suggestion_defects(known, row)


def sort_defects(found: Sequence[DefectCard]) -> tuple[DefectCard, ...]:
    """Defects, the gravest first; kinds that are not of roles come after those that are."""
    place = {kind: at for at, kind in enumerate(DEFECT_KINDS)}
    return tuple(sorted(found, key=lambda one: (_GRAVITY[one.severity], place.get(one.kind, len(place)))))


def _leavers(known: Known, people: Sequence[str]) -> Iterator[DefectCard]:
    """Members whose account is disabled, or that the directory does not know."""
    cards = [known.people.card(person) for person in people]
    for status, words in (
        ("disabled", "has a disabled account"),
        ("not in the directory", "is not in the directory"),
    ):
        gone = [card for card in cards if card.status == status]
        if gone:
            many = words.replace("has a disabled account", "have disabled accounts").replace("is not", "are not")
            names = sorted(card.name for card in gone)
            yield DefectCard(
                kind="leaver",
                severity="high",
                sentence=f"{some(names)} {words if len(gone) == 1 else many}.",
                subjects=tuple(card.principal_id for card in gone),
            )


def _duties(known: Known, people: Sequence[str], content: Levels, *, gaining: bool = False) -> Iterator[DefectCard]:
    """People who hold two duties that are to stay apart, one of them by what the role opens."""
    if not known.dutied.intersection(content):
        return
    meeting: dict[str, list[str]] = {}
    for person in people:
        for pair, (left, right) in known.clashes(person, content).items():
            if (left | right) & content.keys():
                meeting.setdefault(pair, []).append(person)
    for pair, who in sorted(meeting.items()):
        reason = known.pairs[pair].reason
        holds = "would hold" if gaining else "holds" if len(who) == 1 else "hold"
        yield DefectCard(
            kind="sod",
            severity="high",
            sentence=f"{some(known.people.names(who))} {holds} two duties that are to stay apart, '{pair}'"
            + (f": {reason.strip().rstrip('.')}." if reason.strip() else "."),
            subjects=tuple(who),
        )


def _new_access(known: Known, people: Sequence[str], content: Levels) -> Iterator[DefectCard]:
    """Members who do not hold all that the role opens."""
    lacking = {
        person: sum(known.places.size(c) for c, level in content.items() if level & ~held.get(c, 0))
        for person in people
        for held in [known.held.get(person, {})]
    }
    gaining = [person for person in people if lacking[person]]
    if gaining:
        total = sum(lacking.values())
        yield DefectCard(
            kind="new_access",
            severity="high",
            sentence=f"{some(known.people.names(gaining))} would gain {counted(total, 'pair')} of person and container"
            " that nobody approved.",
            subjects=tuple(gaining),
        )


def _restricted(known: Known, content: Levels) -> Iterator[DefectCard]:
    """Restricted data."""
    names = [name for class_id in content for name in known.places.of(class_id).restricted]
    if names:
        verb = "holds" if len(names) == 1 else "hold"
        yield DefectCard(
            kind="restricted",
            severity="high",
            sentence=f"{counted(len(names))} {verb} restricted data: {some(names)}.",
            subjects=tuple(sorted(names)),
        )


def _unused(known: Known, role_id: str) -> Iterator[DefectCard]:
    """What its members did not use, as far as reading would have been seen, and members who used none of it."""
    if not known.use.assessed or not known.members[role_id]:
        return
    use, window = known.role_use(role_id), known.use.in_words
    if not use.seen:
        return
    rest = use.seen - use.used_seen
    mask = known.places.mask(known.contents[role_id]) & known.use.reads & ~use.used
    subjects = tuple(class_id for class_id in known.contents[role_id] if _touched(known, class_id, mask))
    if not use.used_seen:
        what = "its one container" if use.seen == 1 else f"any of its {counted(use.seen)}"
        yield DefectCard(
            kind="unused",
            severity="high",
            sentence=f"Nobody in the role used {what} in {window}.",
            subjects=subjects,
        )
        return
    severity = "medium" if use.used_seen < SELDOM * use.seen else "low"
    names = known.places.largest(mask)
    if 2 * rest >= use.seen or (rest and known.use.days >= LONG):
        yield DefectCard(
            kind="unused",
            severity=severity,
            sentence=f"Nobody in the role used {rest:,} of its {counted(use.seen)} in {window}, such as {some(names)}."
            if rest > len(names)
            else f"Nobody in the role used {some(names)} in {window}.",
            subjects=subjects,
        )
    idle = [one for one, n in zip(known.members[role_id], use.by_member, strict=True) if not n]
    if idle:
        yield DefectCard(
            kind="unused",
            severity="medium" if 2 * len(idle) > len(known.members[role_id]) else "low",
            sentence=f"{some(known.people.names(idle))} used none of it in {window}.",
            subjects=tuple(idle),
        )


def _touched(known: Known, class_id: str, mask: "pl.Series | object") -> bool:
    one = known.places.of(class_id)
    return bool(mask[one.start : one.end].any())  # type: ignore[index]


def _foreign(known: Known, people: Sequence[str]) -> Iterator[DefectCard]:
    """Members of an area that hardly anybody else in the role is of, where most are of one other."""
    units = {person: unit for person in people if (unit := known.people.unit(person)) is not None}
    counts = Counter(area for area, _ in units.values())
    if not counts:
        return
    area = min(counts, key=lambda name: (-counts[name], name))
    own = {person for person, unit in units.items() if known.people.near(unit, area)}
    # Four of six are two thirds, whatever the fraction is in binary.
    if len(own) < max(2, round(MAJORITY * len(people), 9)):
        return
    few = max(1, int(FOREIGN * len(people)))
    strange = [person for person, unit in units.items() if person not in own and counts[unit[0]] <= few]
    if not strange:
        return
    said = [f"{known.people.name(person)} ({units[person][1]})" for person in strange]
    verb, of = ("is", "another department") if len(strange) == 1 else ("are", "other departments")
    yield DefectCard(
        kind="foreign",
        severity="medium",
        sentence=f"{some(sorted(said))} {verb} of {of}: {len(own):,} of the {counted(len(people), 'member')} are of"
        f" {area}.",
        subjects=tuple(strange),
    )


def _no_owner(known: Known, role_id: str) -> Iterator[DefectCard]:
    """Nobody is declared to answer for the data, or whoever is has left."""
    rule = known.rules.get(role_id)
    if rule is None:
        return
    owner = rule["owner"]
    if owner is None and (known.facts.assessed("containers") or known.facts.assessed("systems")):
        said = "No owner is declared for its data"
    elif owner is not None and known.people.left(owner):
        said = f"The owner of its data, {owner}, has a disabled account"
    else:
        return
    yield DefectCard(
        kind="no_owner",
        severity="medium",
        sentence=f"{said}: nobody can say who should have it.",
        subjects=tuple(known.contents[role_id]),
    )


def _public(known: Known, content: Levels) -> Iterator[DefectCard]:
    """Containers that anybody may read."""
    names = [name for class_id in content for name in known.places.of(class_id).public]
    if names:
        yield DefectCard(
            kind="public",
            severity="medium",
            sentence=f"Anybody who knows the address can read {some(names)}: public access is on.",
            subjects=tuple(sorted(names)),
        )


def _write(known: Known, role_id: str) -> Iterator[DefectCard]:
    """Writing or managing, and whether anybody of the role wrote."""
    content = known.contents[role_id]
    wide = [class_id for class_id, level in content.items() if level > 1]
    if not wide:
        return
    manages = any(content[class_id] & 4 for class_id in wide)
    boxes = sum(known.places.size(class_id) for class_id in wide)
    text = f"It lets its members {'manage' if manages else 'write'} {counted(boxes)}"
    severity = "medium" if manages else "low"
    if known.use.assessed:
        mask = known.places.mask(wide)
        blind = int((mask & ~known.use.writes).sum())
        wrote = known.use.of(known.members[role_id], mask).wrote
        if wrote:
            text += f"; {wrote:,} of them wrote in {known.use.in_words}"
        elif blind:
            text += f"; on {blind:,} of them writing would not have been seen"
        else:
            severity, text = "medium", f"{text}; none wrote in {known.use.in_words}"
    yield DefectCard(kind="write", severity=severity, sentence=f"{text}.", subjects=tuple(wide))
