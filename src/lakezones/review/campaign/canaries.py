"""Planted wrong roles: whether reviewers look. They are shown like others, and never planned.

In: a proposal, access, the directory, a share and a seed. Out: the proposal with wrong roles among its own, and which
they are. A canary is cut out of a role that is proposed, with one thing wrong: somebody whose account is disabled,
somebody of another department, or restricted data. Everybody in it holds today what it opens, so that an approval by
mistake would have given nothing new; and as its id is in no proposal, nothing can be planned for it.
"""

import hashlib
import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Proposal
from lakezones.model.words import counted
from lakezones.review.dossier import Known

FEWEST: Final = 3
"""People of a role that a canary is cut out of."""
_WORDS: Final = {1: "read", 3: "read and write", 7: "manage"}
_ACCESS: Final = {1: "read", 3: "write", 7: "manage"}


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A wrong role.

    Attributes
    ----------
    role_id
        Its id, in no proposal.
    defect
        What is wrong with it: one of `lakezones.model.tables.review.REASONS`.
    subject
        Id of the person or class that is wrong in it.
    base
        The role that it was cut out of.
    """

    role_id: str
    defect: str
    subject: str
    base: str


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A proposal with canaries in it, for reviewers' eyes alone."""

    proposal: Proposal
    canaries: tuple[Canary, ...] = ()


def plant(known: Known, *, share: float, seed: int) -> Planted:
    """Plant wrong roles among those of a proposal.

    Parameters
    ----------
    known
        Facts, access and proposal.
    share
        Canaries as a share of the roles; 0 plants none.
    seed
        By which they are chosen.

    Returns
    -------
    Planted
        Fewer than asked for where the lake has nothing wrong to plant.
    """
    proposal = known.proposal
    wanted = ceil(share * proposal.roles.height)
    if not wanted:
        return Planted(proposal=proposal)
    draw = random.Random(f"{seed}:{proposal.roles.height}")
    bases = sorted(role_id for role_id, people in known.members.items() if len(people) >= FEWEST)
    draw.shuffle(bases)
    made: list[tuple[Canary, list[str], dict[str, int]]] = []
    defects = [_disabled, _foreign, _restricted]
    for base in bases:
        # By turns, so that canaries are not all wrong in one way.
        for find in defects[len(made) % 3 :] + defects[: len(made) % 3]:
            if found := find(known, base, draw):
                made.append(_canary(known, base, *found, seed=seed))
                break
        if len(made) == wanted:
            break
    if not made:
        return Planted(proposal=proposal)
    return Planted(proposal=_with(known, made), canaries=tuple(one for one, _, _ in made))


Found = tuple[str, str, list[str], dict[str, int]]
"""What is wrong, the person or class, people, classes with levels."""


def _disabled(known: Known, base: str, draw: random.Random) -> Found | None:
    """A disabled account that holds some of what the role opens."""
    gone = [one for one in known.held if known.people.card(one).status == "disabled"]
    return _with_person(known, base, sorted(gone), "leaver", draw)


def _foreign(known: Known, base: str, draw: random.Random) -> Found | None:
    """Somebody of another department who holds some of what the role opens."""
    areas = [unit[0] for one in known.members[base] if (unit := known.people.unit(one))]
    if not areas:
        return None
    usual = max(sorted(set(areas)), key=areas.count)
    others = [
        one
        for one in known.held
        if known.people.card(one).status != "disabled"
        and (unit := known.people.unit(one))
        and unit[0] not in areas
        and not known.people.near(unit, usual)
    ]
    return _with_person(known, base, sorted(others), "foreign", draw)


def _with_person(known: Known, base: str, strangers: list[str], defect: str, draw: random.Random) -> Found | None:
    people, content = known.members[base], known.contents[base]
    draw.shuffle(strangers)
    for one in strangers:
        shared = {c: level for c, level in content.items() if level & ~known.held[one].get(c, 0) == 0}
        if one not in people and shared and _all_hold(known, people, shared):
            return defect, one, sorted([*people, one]), shared
    return None


def _restricted(known: Known, base: str, draw: random.Random) -> Found | None:
    """Restricted data that everybody in the role holds and the role does not open."""
    people, content = known.members[base], known.contents[base]
    if any(known.places.of(one).restricted for one in content):
        return None
    first = known.held.get(people[0], {})
    more = [one for one in sorted(first) if one not in content and one in known.places]
    draw.shuffle(more)
    for one in more:
        added = {one: 1}
        if first[one] & 1 and known.places.of(one).restricted and _all_hold(known, people, {**content, **added}):
            return "restricted", one, list(people), {**content, **added}
    return None


def _all_hold(known: Known, people: list[str], content: Mapping[str, int]) -> bool:
    return all(level & ~known.held.get(one, {}).get(c, 0) == 0 for one in people for c, level in content.items())


def _canary(
    known: Known, base: str, defect: str, subject: str, people: list[str], content: dict[str, int], *, seed: int
) -> tuple[Canary, list[str], dict[str, int]]:
    text = "\x00".join([str(seed), base, defect, subject, *people, *sorted(content)])
    digest = hashlib.sha256(text.encode()).hexdigest()
    role_id = next(one for at in range(50) if (one := f"role-{digest[at : at + 10]}") not in known.roles)
    return Canary(role_id=role_id, defect=defect, subject=subject, base=base), people, content


def _with(known: Known, made: list[tuple[Canary, list[str], dict[str, int]]]) -> Proposal:
    """The proposal with canaries among its roles, members, classes and rules, in the order of their ids."""
    proposal = known.proposal
    names = set(proposal.roles["name"])
    roles, rules = [], []
    for one, people, content in made:
        roles.append(_row(known, one, people, content, names))
        rules.append(known.rules.get(one.base, {}) | {"role_id": one.role_id} if one.base in known.rules else None)
    members = [(one.role_id, person) for one, people, _ in made for person in people]
    classes = [(one.role_id, class_id, level) for one, _, content in made for class_id, level in content.items()]
    return replace(
        proposal,
        roles=_added(proposal.roles, pl.DataFrame(roles, schema=proposal.roles.schema), t.Roles),
        role_members=_added(
            proposal.role_members,
            pl.DataFrame(members, schema=proposal.role_members.schema, orient="row"),
            t.RoleMembers,
        ),
        role_classes=_added(
            proposal.role_classes,
            pl.DataFrame(classes, schema=proposal.role_classes.schema, orient="row"),
            t.RoleClasses,
        ),
        role_rules=_added(
            proposal.role_rules,
            pl.DataFrame([row for row in rules if row], schema=proposal.role_rules.schema),
            t.RoleRules,
        ),
    )


def _added(frame: pl.DataFrame, rows: pl.DataFrame, schema: type[dy.Schema]) -> Any:
    return schema.validate(pl.concat([frame, rows]).sort(schema.primary_key()), cast=True)


def _row(known: Known, one: Canary, people: list[str], content: Mapping[str, int], names: set[str]) -> dict[str, Any]:
    """The row of a canary among the roles: as its base, with counts of its own."""
    base = known.roles[one.base]
    containers = sum(known.places.size(class_id) for class_id in content)
    level = max(content.values())
    system = next((name for c in content if (name := known.places.of(c).lead[0])), None)
    name = next(name for name in _names(base["name"], system) if name not in names)
    names.add(name)
    sizes = f"{counted(len(people), 'person')} hold all {counted(containers)} today"
    owner = known.rules.get(one.base, {}).get("owner")
    return base | {
        "role_id": one.role_id,
        "name": name,
        "access": _ACCESS.get(level, base["access"]),
        "members": len(people),
        "containers": containers,
        "requests_covered": min(base["requests_covered"], len(people)),
        "pairs_covered": containers * len(people),
        "new_access": 0,
        "evidence": "; ".join([sizes, *_kept_evidence(base["evidence"])]),
        "content_hash": hashlib.sha256(one.role_id.encode()).hexdigest(),
        "purpose": f"Lets {counted(len(people), 'person')} {_WORDS.get(level, 'use')} {counted(containers)}"
        f"{f' of {system}' if system else ''}; {f'owner {owner}' if owner else 'owner not known'}; {one.role_id}",
    }


def _kept_evidence(evidence: str) -> list[str]:
    """What is said of the base that may be said of the canary too, so that it is not known by how little is said.

    Examples
    --------
    >>> _kept_evidence("3 people hold all 5 containers today; gives 2 requests in full; 1 suggested grant would ...")
    ['gives 2 requests in full']
    """
    parts = evidence.split("; ")[1:]
    return [part for part in parts if part.startswith(("gives ", "replaces ")) or " of the members have " in part]


def _names(base: str, system: str | None) -> Iterator[str]:
    """Names as those of other roles, the plainest first."""
    head, dash, level = base.rpartition("-")
    word = (system or "data").lower()
    for more in (word, f"{word}-staff", f"{word}-data"):
        yield f"{head}-{more}{dash}{level}"
    for number in range(2, 1_000):
        yield f"{head}-{word}-{number}{dash}{level}"


def without(decisions: pl.DataFrame, canaries: Collection[str]) -> pl.DataFrame:
    """Decisions, or anything by object_kind and object_id, without those on canaries: what may be planned from."""
    of_role = pl.col("object_kind").cast(pl.String).is_in(["role", "unused"])
    of_canary = of_role & pl.col("object_id").is_in(sorted(canaries))
    return decisions.filter(~of_canary)


def noticed(decisions: pl.DataFrame, canaries: Collection[str]) -> dict[str, int]:
    """How many canaries were decided on, and noticed: denied, put off or changed, by everybody who decided on them.

    Parameters
    ----------
    decisions
        Decisions in force (`lakezones.model.tables.Decisions`), canaries included.
    """
    own = decisions.filter(
        (pl.col("object_kind").cast(pl.String) == "role") & pl.col("object_id").is_in(sorted(canaries))
    )
    verdict, whole = pl.col("decision").cast(pl.String), pl.col("part_kind").cast(pl.String) == ""
    by_role = own.group_by("object_id").agg(
        approved=((verdict == "approve") & whole).any(), objected=((verdict != "approve") | ~whole).any()
    )
    seen = by_role.filter("objected").height
    return {"planted": len(set(canaries)), "decided": by_role.height, "noticed": seen, "missed": by_role.height - seen}
