"""What a review must end in, worked out container by container from what reviewers said.

In: access, the proposal, `Rulings`. Out: `ReviewOutcome`: the roles that must come to be with their people and content,
the access that must end and not before which day, the exceptions that may be made. Of what `lakezones.review` made of
the same decisions nothing is read.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import polars as pl

from lakezones.model.frames import Access, Proposal
from lakezones.verify.rulings import Ruling, Rulings

ALL: Final = 7
_PREFIXES: Final = {"residual": "res", "drop": "drop"}


@dataclass(frozen=True, kw_only=True)
class RoleEnd:
    """A role as it must come to be.

    Attributes
    ----------
    role_id, name
        Its id and its name.
    of
        Roles of the proposal that it comes from.
    members
        Its people, those aside who join by an approved suggestion.
    content
        Class to level bits.
    less
        Container to the bits of `content` that it is without there.
    """

    role_id: str
    name: str
    of: tuple[str, ...]
    members: frozenset[str]
    content: Mapping[str, int]
    less: Mapping[str, int] = field(default_factory=dict)

    def level(self, class_id: str, container: str) -> int:
        """Bits that it opens on a container of a class."""
        return self.content.get(class_id, 0) & ~self.less.get(container, 0)


@dataclass(frozen=True, slots=True)
class Ending:
    """Access of a person on a class that ends.

    Attributes
    ----------
    level
        Bits that end.
    effective
        Day before which none may end; None for any.
    only
        Containers of the class that it is about; None for all.
    """

    principal_id: str
    class_id: str
    level: int
    effective: date | None = None
    only: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ReviewOutcome:
    """What a plan must end in.

    Attributes
    ----------
    roles
        Roles by id.
    endings
        Access that ends.
    exceptions
        People and groups: approved exceptions to roles.
    apart
        Ids of layout merges that reviewers denied.
    marks
        Containers of which something else holds than of their class, with what: they are looked at apart.
    """

    roles: Mapping[str, RoleEnd]
    endings: tuple[Ending, ...] = ()
    exceptions: frozenset[tuple[str, str]] = frozenset()
    apart: frozenset[str] = frozenset()
    marks: Mapping[str, str] = field(default_factory=dict)

    def carrying(self, role_id: str) -> list[RoleEnd]:
        """Roles that a proposed one became."""
        return [role for role in self.roles.values() if role_id in role.of]


def outcome(access: Access, proposal: Proposal, rulings: Rulings | None) -> ReviewOutcome:
    """Work out what a plan must end in; without rulings, of a draft."""
    boxes: dict[str, list[str]] = {}
    for class_id, container in access.container_classes.select("class_id", "container").iter_rows():
        boxes.setdefault(class_id, []).append(container)
    proposed = _proposed(proposal)
    if rulings is None:
        return ReviewOutcome(roles=proposed, endings=tuple(_policy_endings(proposal)))
    marks: dict[str, list[str]] = {}
    idle = {one: _idle(one, access, proposal, rulings) for one in proposed}
    endings: list[Ending] = []
    roles: dict[str, RoleEnd] = {}
    merging: dict[str, RoleEnd] = {}
    names = {role.name for role in proposed.values()}
    for role_id, role in proposed.items():
        parts = rulings.parts("role", role_id)
        _mark(marks, "role", role_id, parts)
        for container, bits in idle[role_id].items():
            marks.setdefault(container, []).append(f"{role_id} idle {bits}")
        endings += _role_endings(role, parts, boxes, idle[role_id], rulings)
        ruling = rulings.of("role", role_id)
        if ruling.gives:
            left = _less(role, parts, idle[role_id])
            if ruling.option == "merge":
                merging[role_id] = left
                continue
            made = _shaped(left, ruling, boxes)
            if made and all(_fits(one, role, names, boxes) for one in made):
                roles |= {one.role_id: one for one in made}
                names |= {one.name for one in made}
    held = {
        (person, class_id): level
        for person, class_id, level in access.data_lane.select("principal_id", "class_id", "level").iter_rows()
    }
    for role_id, left in merging.items():
        into = roles.get(str(rulings.of("role", role_id).detail.get("into", "")))
        if into is not None:
            both = _joined(into, left, boxes)
            if not any(level & ~held.get((p, c), 0) for p in both.members for c, level in _reach(both, boxes).items()):
                roles[into.role_id] = both
    exceptions: set[tuple[str, str]] = set()
    for kind in _PREFIXES:
        endings += _outside(kind, proposal, rulings, boxes, marks, exceptions)
    return ReviewOutcome(
        roles=roles,
        endings=tuple(endings),
        exceptions=frozenset(exceptions),
        apart=frozenset(one for one in rulings.ids("merge") if rulings.of("merge", one).verdict == "deny"),
        marks={container: "; ".join(sorted(said)) for container, said in marks.items()},
    )


def _proposed(proposal: Proposal) -> dict[str, RoleEnd]:
    people: dict[str, set[str]] = {}
    for role_id, person in proposal.role_members.select("role_id", "principal_id").iter_rows():
        people.setdefault(role_id, set()).add(person)
    content: dict[str, dict[str, int]] = {}
    for role_id, class_id, level in proposal.role_classes.select("role_id", "class_id", "level").iter_rows():
        content.setdefault(role_id, {})[class_id] = level
    return {
        role_id: RoleEnd(
            role_id=role_id,
            name=name,
            of=(role_id,),
            members=frozenset(people.get(role_id, ())),
            content=content.get(role_id, {}),
        )
        for role_id, name in proposal.roles.select("role_id", "name").sort("role_id").iter_rows()
    }


def _policy_endings(proposal: Proposal) -> Iterator[Ending]:
    rows = proposal.residual_classes.filter(pl.col("kind") == "drop", pl.col("lane") == "data")
    for class_id, person, level in rows.select("class_id", "principal_id", "level").iter_rows():
        yield Ending(person, class_id, level)


def _idle(role_id: str, access: Access, proposal: Proposal, rulings: Rulings) -> dict[str, int]:
    """Bits that a role goes without by container, since nobody used them and somebody decided so."""
    role, unused = rulings.of("role", role_id), rulings.of("unused", role_id)
    offered = proposal.role_variants.filter("offered", role_id=role_id)
    if offered.is_empty() or not ((role.gives and role.option == "fitted") or unused.verdict == "revoke"):
        return {}
    fitted = dict(proposal.variant_classes.filter(role_id=role_id).select("class_id", "level").iter_rows())
    levels = dict(proposal.role_classes.filter(role_id=role_id).select("class_id", "level").iter_rows())
    nobodys = set(proposal.excess["container"])
    new = {
        container
        for (kind, container), one in rulings.parts("unused", role_id).items()
        if kind == "container" and one.keeps_out and one.verdict != "revoke"
    }
    found = {}
    for class_id, container in access.container_classes.select("class_id", "container").iter_rows():
        kept = 0 if container in nobodys else fitted.get(class_id, 0)
        bits = levels.get(class_id, 0) & ~kept
        if bits and container not in new:
            found[container] = bits
    return found


def _mark(marks: dict[str, list[str]], kind: str, one: str, parts: Mapping[tuple[str, str], Ruling]) -> None:
    for (part, container), ruling in parts.items():
        if part == "container":
            marks.setdefault(container, []).append(f"{kind} {one} {ruling}")


def _role_endings(
    role: RoleEnd,
    parts: Mapping[tuple[str, str], Ruling],
    boxes: Mapping[str, list[str]],
    idle: Mapping[str, int],
    rulings: Rulings,
) -> Iterator[Ending]:
    """Access that ends because a member, a class or what nobody used was revoked; who was left out keeps theirs."""
    inside = sorted(p for p in role.members if not _is_out(parts, "member", p))
    new = {part for (kind, part), one in parts.items() if kind == "container" and one.keeps_out}

    def of_class(person: str, class_id: str, ruling: Ruling) -> Iterator[Ending]:
        there = frozenset(boxes.get(class_id, ())) - new
        if there:
            yield Ending(person, class_id, role.content[class_id], ruling.effective, there)

    for (kind, part), ruling in parts.items():
        if ruling.verdict != "revoke":
            continue
        if kind == "member" and part in role.members:
            for class_id in role.content:
                yield from of_class(part, class_id, ruling)
        elif kind == "class" and part in role.content:
            for person in inside:
                yield from of_class(person, part, ruling)
    unused = rulings.of("unused", role.role_id)
    if unused.verdict == "revoke":
        for class_id in role.content:
            for container in sorted(set(boxes.get(class_id, ())) & idle.keys() - new):
                for person in inside:
                    yield Ending(person, class_id, idle[container], unused.effective, frozenset({container}))


def _is_out(parts: Mapping[tuple[str, str], Ruling], kind: str, part: str) -> bool:
    return (kind, part) in parts and parts[kind, part].keeps_out


def _less(role: RoleEnd, parts: Mapping[tuple[str, str], Ruling], idle: Mapping[str, int]) -> RoleEnd:
    """A role without whom and what reviewers took out of it, or have not agreed to."""
    less = dict(idle)
    for (kind, part), one in parts.items():
        if kind == "container" and one.keeps_out:
            less[part] = ALL
    return replace(
        role,
        members=frozenset(p for p in role.members if not _is_out(parts, "member", p)),
        content={c: level for c, level in role.content.items() if not _is_out(parts, "class", c)},
        less=less,
    )


def _shaped(role: RoleEnd, ruling: Ruling, boxes: Mapping[str, list[str]]) -> list[RoleEnd]:
    name = _text(ruling.detail.get("name")) or role.name
    if ruling.verdict != "change" or ruling.option != "split":
        return [replace(role, name=name)]
    parts = ruling.detail.get("roles")
    made = []
    for number, part in enumerate(parts if isinstance(parts, list) else [], 1):
        wanted: Mapping[str, Any] = part if isinstance(part, dict) else {}
        members, classes = wanted.get("members") or role.members, wanted.get("classes") or role.content
        one = replace(
            role,
            role_id=f"{role.role_id}-{number}",
            name=_text(wanted.get("name")) or f"{role.name} {number}",
            members=role.members & frozenset(members),
            content={c: level for c, level in role.content.items() if c in classes},
        )
        if one.members and _reach(one, boxes):
            made.append(one)
    return made


def _reach(role: RoleEnd, boxes: Mapping[str, list[str]]) -> dict[str, int]:
    """Classes with all bits that a role opens on any of their containers."""
    found = {}
    for class_id in role.content:
        bits = 0
        for container in boxes.get(class_id, ()):
            bits |= role.level(class_id, container)
        if bits:
            found[class_id] = bits
    return found


def _fits(made: RoleEnd, role: RoleEnd, names: set[str], boxes: Mapping[str, list[str]]) -> bool:
    """Whether a role can come to be: somebody is in it, it opens something, and its name is free."""
    return bool(made.members and _reach(made, boxes)) and (made.name == role.name or made.name not in names)


def _joined(one: RoleEnd, other: RoleEnd, boxes: Mapping[str, list[str]]) -> RoleEnd:
    content = {c: one.content.get(c, 0) | other.content.get(c, 0) for c in {**one.content, **other.content}}
    less = {}
    for class_id, level in content.items():
        for container in boxes.get(class_id, ()):
            missing = level & ~(one.level(class_id, container) | other.level(class_id, container))
            if missing:
                less[container] = missing
    return replace(one, of=(*one.of, *other.of), members=one.members | other.members, content=content, less=less)


def _outside(
    kind: str,
    proposal: Proposal,
    rulings: Rulings,
    boxes: Mapping[str, list[str]],
    marks: dict[str, list[str]],
    exceptions: set[tuple[str, str]],
) -> Iterator[Ending]:
    """Access outside of roles that ends; adds to the exceptions those that were approved."""
    word = "keep" if kind == "residual" else "drop"
    rows = proposal.residual_classes.filter(pl.col("kind") == word, pl.col("lane") == "data")
    columns = ("class_id", "principal_id", "level", "disposition", "group_id")
    wanted = set(rulings.ids(kind))
    for class_id, person, level, disposition, group in rows.select(columns).iter_rows():
        one = _id(kind, person, disposition)
        if one not in wanted:
            continue
        parts = rulings.parts(kind, one)
        _mark(marks, kind, one, {part: r for part, r in parts.items() if part[1] in boxes.get(class_id, ())})
        by_class = parts.get(("class", class_id)) or rulings.of(kind, one)

        days: dict[date | None, set[str]] = {}
        for container in boxes.get(class_id, ()):
            said = parts.get(("container", container), by_class)
            if said.verdict == "approve" and group is not None:
                exceptions.add((person, group))
            if said.verdict == "revoke":
                days.setdefault(said.effective, set()).add(container)
        for day, containers in days.items():
            yield Ending(person, class_id, level, day, frozenset(containers))


def _id(kind: str, person: str, disposition: str) -> str:
    """Id of access outside of roles: made of whose it is and what becomes of it."""
    text = json.dumps([person, disposition], ensure_ascii=False)
    return f"{_PREFIXES[kind]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
