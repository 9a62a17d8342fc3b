"""Roles as decided: those that reviewers approved, with the changes they asked for.

In: the proposal and what was said. Out: `DecidedRole` records, and what was left out of them. A change takes people or
classes out of a role, names it, divides it or joins it with others; none gives anybody what they do not hold.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import polars as pl

from lakezones.model.frames import Proposal
from lakezones.review.target.apart import Apart
from lakezones.review.target.said import Said, Standing

Reach = dict[str, int]
"""Class to level bits."""

Cell = tuple[str, str]
"""Person and class."""


@dataclass(frozen=True, kw_only=True)
class DecidedRole:
    """A role to carry out.

    Attributes
    ----------
    role_id, name, purpose, domain, layer
        As in `lakezones.model.tables.TargetRoles`.
    proposed_as
        Roles of the proposal that it comes from.
    members
        People in it, sorted.
    content
        What it opens.
    outside
        Members and classes (kind, id) that reviewers took out of it or have yet to agree to: no approval of something
        else brings them back.
    reshaped
        Whether it opens something else than the role it comes from, so that it is nested in other groups.
    approved_by, approved_at, unproven
        Who approved it and when; whether the approval counts only because the caller accepts it.
    """

    role_id: str
    name: str
    purpose: str
    domain: str | None
    layer: str
    proposed_as: tuple[str, ...]
    members: tuple[str, ...]
    content: Reach
    outside: frozenset[tuple[str, str]] = frozenset()
    reshaped: bool = False
    approved_by: tuple[str, ...] = ()
    approved_at: datetime | None = None
    unproven: bool = False

    def cells(self) -> Iterable[tuple[str, str, int]]:
        """Person, class and level of everything it gives."""
        return ((person, class_id, level) for person in self.members for class_id, level in self.content.items())


@dataclass(frozen=True, kw_only=True)
class DecidedRoles:
    """All roles to carry out, and what becomes of the others.

    Attributes
    ----------
    roles
        By id.
    refused
        Roles that were approved and cannot be carried out as they were, with the reason.
    ended
        Person, class, level bits and the standing by which access ends, of members and classes revoked.
    """

    roles: Mapping[str, DecidedRole]
    refused: Mapping[str, str] = field(default_factory=dict)
    ended: Sequence[tuple[str, str, int, Standing]] = ()

    def carrying(self, role_id: str, class_id: str, level: int) -> DecidedRole | None:
        """The role that a proposed one became; of several the first that opens the class, none where none does."""
        found = [role for role in self.roles.values() if role_id in role.proposed_as]
        if len(found) == 1:
            return found[0]
        return next((role for role in found if level & ~role.content.get(class_id, 0) == 0), None)


def decided_roles(apart: Apart, said: Said, held: Mapping[Cell, int]) -> DecidedRoles:
    """Carry out what was said on roles.

    Parameters
    ----------
    apart
        The proposal, with classes divided where something was decided on a part of one.
    held
        What people hold, by person and class: no change may give more.
    """
    proposed = _proposed(apart.proposal)
    if said.draft:
        return DecidedRoles(roles=proposed)
    found: dict[str, DecidedRole] = {}
    refused: dict[str, str] = {}
    ended: list[tuple[str, str, int, Standing]] = []
    taken = Counter(role.name for role in proposed.values())
    for role_id, role in proposed.items():
        ended += _ended(role, said, apart)
        one = said.of("role", role_id)
        if one.approved and not (one.verdict == "change" and one.option == "merge"):
            shaped = _shaped(_less(role, said, apart, one), apart, one)
            why = next((why for made in shaped if (why := _misfit(made, taken, role))), "")
            if why:
                refused[role_id] = why
                continue
            found |= {made.role_id: made for made in shaped}
            taken.update(made.name for made in shaped if made.name != role.name)
    refused |= _merge(found, proposed, said, apart, held)
    return DecidedRoles(roles=dict(sorted(found.items())), refused=refused, ended=ended)


def _proposed(proposal: Proposal) -> dict[str, DecidedRole]:
    """Every role as it is proposed."""
    people: dict[str, list[str]] = {}
    for role_id, person in proposal.role_members.select("role_id", "principal_id").sort(pl.all()).iter_rows():
        people.setdefault(role_id, []).append(person)
    content: dict[str, Reach] = {}
    opened = proposal.role_classes.select("role_id", "class_id", "level").sort(pl.all())
    for role_id, class_id, level in opened.iter_rows():
        content.setdefault(role_id, {})[class_id] = level
    columns = ("role_id", "name", "purpose", "domain", pl.col("layer").cast(pl.String))
    return {
        role_id: DecidedRole(
            role_id=role_id,
            name=name,
            purpose=purpose,
            domain=domain,
            layer=layer,
            proposed_as=(role_id,),
            members=tuple(people.get(role_id, ())),
            content=content.get(role_id, {}),
        )
        for role_id, name, purpose, domain, layer in proposal.roles.select(columns).sort("role_id").iter_rows()
    }


def _ended(role: DecidedRole, said: Said, apart: Apart) -> Iterable[tuple[str, str, int, Standing]]:
    """Cells of a role that end because a member or a class was revoked, or nobody used them.

    A container or person that came later was not decided on. Who was left out keeps their access.
    """
    parts = said.parts("role", role.role_id)
    there = {c: level for c, level in role.content.items() if not apart.lapsed("role", role.role_id, c)}
    out = {part for part, one in parts.items() if one.left_out}
    inside = [person for person in role.members if ("member", person) not in out]
    for (kind, part), one in parts.items():
        if one.revoked and kind == "member" and part in role.members:
            yield from ((part, class_id, level, one) for class_id, level in there.items())
        elif one.revoked and kind == "class":
            for class_id in (c for c in there if apart.original(c) == part):
                yield from ((person, class_id, there[class_id], one) for person in inside)
    for role_id, class_id, level, one in apart.revoked_unused():
        if role_id == role.role_id and class_id in there:
            yield from (
                (person, class_id, level & there[class_id], one) for person in inside if level & there[class_id]
            )


def _less(role: DecidedRole, said: Said, apart: Apart, one: Standing) -> DecidedRole:
    """A role without the members and classes that are not in it, with who approved it."""
    out = {part for part, what in said.parts("role", role.role_id).items() if what.left_out}
    content = {}
    for class_id, proposed in role.content.items():
        gone = apart.unused(role.role_id, class_id)
        level = proposed & ~gone
        if ("class", apart.original(class_id)) in out or apart.lapsed("role", role.role_id, class_id):
            level = 0
        if level:
            content[class_id] = level
        if level != proposed:
            out.add(("class", class_id))
    return replace(
        role,
        members=tuple(person for person in role.members if ("member", person) not in out),
        content=content,
        outside=frozenset(out),
        reshaped=content != role.content,
        approved_by=one.reviewers,
        approved_at=one.decided_at,
        unproven=one.unproven,
    )


def _shaped(role: DecidedRole, apart: Apart, one: Standing) -> list[DecidedRole]:
    """The role under the name it was given, or the roles it is divided into."""
    domain = one.detail.get("domain") if one.option == "move_domain" else None
    named = replace(role, name=_text(one.detail.get("name")) or role.name, domain=_text(domain) or role.domain)
    if one.verdict != "change" or one.option != "split":
        return [named]
    parts = one.detail.get("roles")
    made = []
    for number, part in enumerate(parts if isinstance(parts, list) else [], 1):
        wanted: Mapping[str, Any] = part if isinstance(part, dict) else {}
        members, classes = wanted.get("members"), wanted.get("classes")
        content = {c: level for c, level in role.content.items() if not classes or apart.original(c) in classes}
        made.append(
            replace(
                role,
                role_id=f"{role.role_id}-{number}",
                name=_text(wanted.get("name")) or f"{role.name} {number}",
                members=tuple(p for p in role.members if not members or p in members),
                content=content,
                reshaped=True,
            )
        )
    return [part for part in made if part.members and part.content] or [replace(named, members=())]


def _merge(
    found: dict[str, DecidedRole],
    proposed: Mapping[str, DecidedRole],
    said: Said,
    apart: Apart,
    held: Mapping[Cell, int],
) -> dict[str, str]:
    """Join roles with those they were to become part of; the roles that cannot be, with the reason.

    Nobody gains by it: a role becomes part of another only where everybody in either holds all that both open.
    """
    refused: dict[str, str] = {}
    for role_id, role in proposed.items():
        one = said.of("role", role_id)
        if not (one.approved and one.verdict == "change" and one.option == "merge"):
            continue
        into = str(one.detail.get("into", ""))
        other = found.get(into)
        if other is None:
            name = proposed[into].name if into in proposed else into
            refused[role_id] = f"it was to become part of {name}, which is not carried out"
            continue
        made = _joined(other, _less(role, said, apart, one))
        more = sum(level & ~held.get((person, class_id), 0) != 0 for person, class_id, level in made.cells())
        if more:
            refused[role_id] = f"as part of {other.name} it would give access that nobody approved, {more:,} times"
        else:
            found[into] = made
    return refused


def _joined(one: DecidedRole, other: DecidedRole) -> DecidedRole:
    """A role with another in it."""
    content = dict(one.content)
    for class_id, level in other.content.items():
        content[class_id] = content.get(class_id, 0) | level
    times = [when for when in (one.approved_at, other.approved_at) if when is not None]
    return replace(
        one,
        proposed_as=(*one.proposed_as, *other.proposed_as),
        members=tuple(sorted({*one.members, *other.members})),
        content=dict(sorted(content.items())),
        outside=one.outside | other.outside,
        reshaped=one.reshaped or content != one.content,
        domain=one.domain if one.domain == other.domain else None,
        approved_by=tuple(sorted({*one.approved_by, *other.approved_by})),
        approved_at=max(times, default=None),
        unproven=one.unproven or other.unproven,
    )


def _misfit(made: DecidedRole, taken: Counter[str], role: DecidedRole) -> str:
    """Why a role cannot be carried out as it was decided; empty where it can."""
    if not made.members:
        return "nobody is left in it"
    if not made.content:
        return "nothing is left that it opens"
    if made.name != role.name and taken[made.name]:
        return f"another role is called {made.name}"
    return ""


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
