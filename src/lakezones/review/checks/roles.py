"""Changes of roles: parts left out or ended, other names, splits, merges, the fitted variant."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lakezones.model.identity import plain
from lakezones.model.limits import LimitsSettings
from lakezones.model.naming import NamingSettings
from lakezones.model.words import counted
from lakezones.review.checks.access import constraint_problems, domain_problems, ending_problems, limit_problems
from lakezones.review.checks.names import name_problems
from lakezones.review.checks.problem import Problem, Shape, detail_of, refused, warning
from lakezones.review.decisions.drafts import Draft
from lakezones.review.dossier.known import Known
from lakezones.review.dossier.people import some


def role_problems(
    known: Known, naming: NamingSettings, limits: LimitsSettings, draft: Draft, beside: Sequence[Draft]
) -> Iterable[Problem]:
    role_id = draft.object_id
    if role_id not in known.roles:
        return
    if draft.part_kind:
        yield from _part(known, draft, beside)
        return
    detail = detail_of(draft)
    shape = _shape(known, role_id, beside)
    approves = draft.decision == "approve" or draft.decision == "change"
    if draft.option == "rename":
        yield from name_problems(known, naming, str(detail.get("name") or ""), shape, role_id, beside)
    elif draft.option == "split":
        yield from _split(known, naming, detail, shape, role_id, beside)
    elif draft.option == "merge":
        yield from _merge(known, str(detail.get("into") or ""), shape, beside)
    elif draft.option == "fitted":
        yield from _fitted(known, role_id)
    elif draft.option == "move_domain":
        yield from domain_problems(known, str(detail.get("domain") or ""))
    if approves:
        yield from constraint_problems(known, shape)
        yield from limit_problems(known, limits, role_id, shape)


def _part(known: Known, draft: Draft, beside: Sequence[Draft]) -> Iterable[Problem]:
    """A member or a class of a role: left out, or its access ended."""
    leaves = draft.option == "leave_out" or draft.decision == "revoke"
    if not leaves:
        return
    role_id = draft.object_id
    shape = _shape(known, role_id, [*beside, draft])
    if not shape.members:
        yield refused("Nobody would be left in the role: deny the role instead.", role_id)
    elif not shape.content:
        yield refused("The role would open nothing: deny the role instead.", role_id)
    elif draft.part_kind == "member" and len(shape.members) == 1:
        name = known.people.name(shape.members[0])
        yield warning(f"{name} would be alone in the role: an exception may say the same.", role_id)
    member, content = draft.part_kind == "member", known.contents[role_id]
    if member and draft.option == "leave_out" and known.rules.get(role_id, {}).get("by_rule"):
        missed = {one for one, kind in known.rule_people(role_id) if kind == "misses"}
        if draft.part_id not in missed:
            yield warning(
                f"The role's rule finds {known.people.name(draft.part_id)}, who would join again by it: the rule"
                " has to change as well.",
                draft.part_id,
            )
    if draft.decision == "revoke":
        people = [draft.part_id] if member else list(known.members[role_id])
        reach = content if member else {draft.part_id: content.get(draft.part_id, 1)}
        yield from ending_problems(known, people, reach)


def _shape(known: Known, role_id: str, beside: Sequence[Draft]) -> Shape:
    """The role without what drafts leave out of it or end."""
    row = known.roles[role_id]
    out = {
        (one.part_kind, one.part_id)
        for one in beside
        if (one.object_kind, one.object_id) == ("role", role_id)
        and one.part_kind
        and (one.option == "leave_out" or one.decision == "revoke")
    }
    content = known.contents[role_id]
    return Shape(
        name=row["name"],
        layer=str(row["layer"]),
        members=tuple(one for one in known.members[role_id] if ("member", one) not in out),
        content={c: level for c, level in content.items() if ("class", c) not in out},
    )


def _split(
    known: Known, naming: NamingSettings, detail: Mapping[str, Any], shape: Shape, role_id: str, beside: Sequence[Draft]
) -> Iterable[Problem]:
    """Parts with names of their own, and what would be in none of them."""
    parts = [part for part in detail.get("roles") or () if isinstance(part, dict)]
    if len(parts) < 2:
        yield refused("A split needs two roles or more.", role_id)
        return
    given: set[tuple[str, str]] = set()
    names: set[str] = set()
    for part in parts:
        members = [one for one in shape.members if not part.get("members") or one in part["members"]]
        classes = {c: v for c, v in shape.content.items() if not part.get("classes") or c in part["classes"]}
        name = str(part.get("name") or "")
        if not members or not classes:
            lacks = "nobody would be in it" if not members else "it would open nothing"
            yield refused(f"{name or 'One part'}: {lacks}.", role_id)
        if plain(name) in names:
            yield refused(f"Two parts are called {name}.", role_id)
        names.add(plain(name))
        yield from name_problems(
            known, naming, name, Shape(name=name, layer=shape.layer, members=(), content=classes), role_id, beside
        )
        given |= {(person, class_id) for person in members for class_id in classes}
    rest = [(p, c) for p in shape.members for c in shape.content if (p, c) not in given]
    if rest:
        people = sorted({person for person, _ in rest})
        boxes = sum(known.places.size(class_id) for _, class_id in rest)
        yield warning(
            f"{counted(boxes, 'pair')} of person and container would be in none of the roles, of"
            f" {some(known.people.names(people))}: that access stays as it is, outside of roles.",
            role_id,
        )


def _merge(known: Known, into: str, shape: Shape, beside: Sequence[Draft]) -> Iterable[Problem]:
    """Nobody may gain: only what everybody in either role holds may be in both."""
    if into not in known.roles:
        return
    other = _shape(known, into, beside)
    members = sorted({*shape.members, *other.members})
    content = {c: shape.content.get(c, 0) | other.content.get(c, 0) for c in sorted({*shape.content, *other.content})}
    lacking = {
        person: [c for c, level in content.items() if level & ~known.held.get(person, {}).get(c, 0)]
        for person in members
    }
    gaining = [person for person in members if lacking[person]]
    if gaining:
        classes = sorted({c for person in gaining for c in lacking[person]})
        pairs = sum(known.places.size(c) for person in gaining for c in lacking[person])
        boxes = known.places.mask(classes)
        common = [c for c in content if c not in classes]
        fits = sum(known.places.size(c) for c in common)
        yield refused(
            f"As part of {other.name}, {some(known.people.names(gaining))} would gain {counted(pairs, 'pair')} of"
            f" person and container, such as {some(known.places.largest(boxes, 2))}. Leave out"
            f" {counted(len(classes), 'class')} ({counted(int(boxes.sum()))}) of the two roles first: the"
            f" {counted(fits)} that {_all(len(members))} hold would be left."
            if common
            else f"As part of {other.name}, {some(known.people.names(gaining))} would gain {counted(pairs, 'pair')}"
            " of person and container, and nothing is held by everybody in both: these roles cannot be merged.",
            into,
        )
    yield from constraint_problems(
        known, Shape(name=other.name, layer=other.layer, members=tuple(members), content=content)
    )


def _fitted(known: Known, role_id: str) -> Iterable[Problem]:
    variant = known.variants.get(role_id)
    if variant is None or not variant["offered"]:
        why = (variant or {}).get("reason") or "use was not assessed"
        yield refused(f"There is no fitted variant to approve: {why}.", role_id)
    elif variant["closings"] and "0 year ends" in variant["closings"]:
        yield warning("The window holds no end of a year: what is used once a year may be left out.", role_id)


def _all(people: int) -> str:
    return "both people" if people == 2 else f"all {counted(people, 'person')}"
