"""What the roles stage makes of a generated Firm, held to what was planted in it.

In: sizes, a seed, noise of the directory. Out: figures: coverage and its bound, planted roles found again, how many of
the suggested grants were needed, and the same for a plain group-by of department and title.

A planted role is a job that at least three people do, as cells of person and entitlement; it is found again by a role
(with the grants suggested for it) whose cells overlap it by a Jaccard index of 0.8 or more. On both sides a set of
entitlements is taken with all that it opens anyway: who may write a system may read its parts.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from lakezones.access import resolve
from lakezones.access.settings import AccessSettings
from lakezones.demo.firm.generate import GeneratedFirm, generate
from lakezones.demo.firm.settings import FirmSettings, load
from lakezones.model.frames import Access, Facts
from lakezones.model.naming import NamingSettings
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import RolesResult, propose_roles

CLEAN = {"department_blank": 0.0, "department_stale": 0.0, "department_merged": 0.0}
NOISY = {"department_blank": 0.15, "department_stale": 0.12, "department_merged": 0.15}
SAME = 0.8
LEAST = 3

Role = tuple[frozenset[str], frozenset[str]]
"""People and entitlements."""


@dataclass(frozen=True, kw_only=True)
class Lake:
    """A generated Firm and its access."""

    firm: GeneratedFirm
    facts: Facts
    access: Access


def lake(seed: int, *, size: str = "firm", **options: object) -> Lake:
    """Generate a Firm and work out who can do what."""
    settings = FirmSettings.model_validate(load(size).model_dump() | options)
    firm = generate(settings, seed)
    facts = firm.snapshot()
    return Lake(firm=firm, facts=facts, access=resolve(facts, settings=AccessSettings()))


def propose(made: Lake, **options: object) -> RolesResult:
    """Roles as `propose` makes them, with zones as planted, which only names look at."""
    zones = made.firm.truth["zones"].select("container", "zone", "domain")
    return propose_roles(
        made.facts,
        made.access,
        zones,
        settings=RolesSettings.model_validate(options),
        naming=NamingSettings(),
    )


def opened(made: Lake) -> dict[str, dict[str, int]]:
    """What each entitlement opens: class to level."""
    opens: dict[str, dict[str, int]] = defaultdict(dict)
    for entitlement, class_id, level in made.access.entitlement_classes.select(
        "entitlement", "class_id", "level"
    ).iter_rows():
        opens[entitlement][class_id] = opens[entitlement].get(class_id, 0) | level
    return opens


def given_by(content: dict[str, int], opens: dict[str, dict[str, int]]) -> frozenset[str]:
    """Entitlements all of which the content gives."""
    return frozenset(
        e
        for e, classes in opens.items()
        if classes and all(content.get(c, 0) & level == level for c, level in classes.items())
    )


def whole(entitlements: Iterable[str], opens: dict[str, dict[str, int]]) -> frozenset[str]:
    """The entitlements with all that they open anyway."""
    content: dict[str, int] = {}
    for entitlement in entitlements:
        for class_id, level in opens.get(entitlement, {}).items():
            content[class_id] = content.get(class_id, 0) | level
    return given_by(content, opens)


def planted(made: Lake) -> dict[str, Role]:
    """Jobs that enough people do."""
    truth, opens = made.firm.truth, opened(made)
    people, content = defaultdict(set), defaultdict(set)
    for role, person in truth["role_people"].select("role", "principal_id").iter_rows():
        people[role].add(person)
    for role, entitlement in truth["role_entitlements"].select("role", "entitlement").iter_rows():
        content[role].add(entitlement)
    return {r: (frozenset(people[r]), whole(content[r], opens)) for r in sorted(people) if len(people[r]) >= LEAST}


def proposed(made: Lake, result: RolesResult) -> list[Role]:
    """Roles as people and the entitlements they give in full, suggestions included."""
    opens = opened(made)
    content: dict[str, dict[str, int]] = defaultdict(dict)
    people: dict[str, set[str]] = defaultdict(set)
    for role, class_id, level in result.role_classes.iter_rows():
        content[role][class_id] = level
    for role, person in result.role_members.iter_rows():
        people[role].add(person)
    words = {"read": 1, "write": 3, "manage": 7}
    for role, person, class_id, access in result.suggestions.select(
        "role_id", "principal_id", "class_id", "access"
    ).iter_rows():
        people[role].add(person)
        content[role][class_id] = content[role].get(class_id, 0) | words[access]
    return [(frozenset(people[role]), given_by(classes, opens)) for role, classes in content.items()]


def overlap(one: Role, other: Role) -> float:
    """Jaccard index of two roles' cells."""
    both = len(one[0] & other[0]) * len(one[1] & other[1])
    return both / (len(one[0]) * len(one[1]) + len(other[0]) * len(other[1]) - both)


def found(truth: Iterable[Role], roles: list[Role]) -> float:
    """Share of planted roles found again."""
    hits = [any(overlap(role, one) >= SAME for one in roles) for role in truth]
    return sum(hits) / len(hits) if hits else 1.0


def needed(made: Lake, result: RolesResult) -> tuple[int, int]:
    """Suggested grants by person and class, and how many of them the truth needed at that level."""
    truth = made.firm.truth["needed"].join(made.access.entitlement_classes, on="entitlement")
    wanted = {
        (person, class_id): level
        for person, class_id, level in truth.group_by("principal_id", "class_id")
        .agg(pl.col("level").bitwise_or())
        .iter_rows()
    }
    words = {"read": 1, "write": 3, "manage": 7}
    rows = set(result.suggestions.select("principal_id", "class_id", "access").iter_rows())
    return len(rows), sum(words[access] & ~wanted.get((p, c), 0) == 0 for p, c, access in rows)


def by_attributes(made: Lake) -> list[Role]:
    """People of one department and title, and what at least half of them hold."""
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)
    rows = made.facts.table("principals").filter(pl.col("kind") == "user")
    for person, department, title in rows.select("principal_id", "department", "title").iter_rows():
        if department and title:
            groups[department, title].add(person)
    held: dict[str, set[str]] = defaultdict(set)
    for person, entitlement in made.firm.truth["held"].select("principal_id", "entitlement").iter_rows():
        held[person].add(entitlement)
    result, opens = [], opened(made)
    for members in groups.values():
        counts: dict[str, int] = defaultdict(int)
        for person in members:
            for entitlement in held[person]:
                counts[entitlement] += 1
        content = frozenset(e for e, count in counts.items() if 2 * count >= len(members))
        if content:
            result.append((frozenset(members), whole(content, opens)))
    return result


def measure(seed: int, *, max_roles: int = 100, size: str = "firm", **options: object) -> dict[str, object]:
    """All figures of one Firm."""
    made = lake(seed, size=size, **options)
    truth = planted(made)
    started = time.process_time()
    plain = propose(made, max_roles=max_roles, suggest=False)
    seconds = time.process_time() - started
    started = time.process_time()
    full = propose(made, max_roles=max_roles, suggest=True)
    more = time.process_time() - started
    count, right = needed(made, full)
    return {
        "seed": seed,
        "jobs": len(truth),
        "requests": made.access.requests.height,
        "coverage": plain.summary["coverage"],
        "with suggestions": full.summary["coverage"],
        "once approved": full.summary["coverage_if_approved"],
        "found": found(truth.values(), proposed(made, full)),
        "group-by found": found(truth.values(), by_attributes(made)),
        "suggested": count,
        "needed": right / count if count else 1.0,
        "cpu seconds": seconds,
        "cpu seconds, suggest": more,
    }
