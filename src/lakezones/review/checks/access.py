"""What any change may come up against: constraints, limits, use of what would end, unknown domains."""

from collections.abc import Iterable, Sequence
from typing import Final

from lakezones.model.limits import LimitsSettings
from lakezones.review.checks.problem import Problem, Shape, refused, warning
from lakezones.review.dossier.known import Known, Levels
from lakezones.review.dossier.people import some

BROAD: Final = ("birthright", "area")
"""Layers that never hold restricted data or writing."""


def constraint_problems(known: Known, shape: Shape) -> Iterable[Problem]:
    """Restricted data and writing stay out of broad roles; duties stay apart within one."""
    if shape.layer in BROAD:
        secret = [name for c in shape.content for name in known.places.of(c).restricted]
        if secret:
            yield refused(f"A role of the layer {shape.layer} never opens restricted data: {some(sorted(secret))}.", "")
        wide = [c for c, level in shape.content.items() if level > 1]
        if wide:
            names = some(known.places.largest(known.places.mask(wide)))
            yield refused(f"A role of the layer {shape.layer} never lets anybody write: {names}.", "")
    if known.dutied.intersection(shape.content):
        for pair in known.duties.together({c: v for c, v in shape.content.items() if c in known.dutied}):
            yield refused(f"The role would bring two duties together that are to stay apart: {pair}.", "")


def limit_problems(known: Known, limits: LimitsSettings, role_id: str, shape: Shape) -> Iterable[Problem]:
    """Groups of a person and entries of an ACL, with what the role adds."""
    most = limits.groups_per_principal
    full = known.groups_with(role_id, shape.members, most=most.value)
    if full:
        count = max(full.values())
        yield Problem(
            severity="refused" if most.hard else "warning",
            sentence=f"{some(known.people.names(full))} would be in up to {count:,} groups, and Azure leaves groups"
            f" out of tokens above {most.value:,}.",
            subject=min(full),
        )
    entries = limits.named_acl_entries_per_path
    over = [c for c in shape.content if not entries.allows(known.acl_entries.get(c, 0))]
    if over:
        count = max(known.acl_entries[c] for c in over)
        names = some(known.places.largest(known.places.mask(over)))
        yield Problem(
            severity="refused" if entries.hard else "warning",
            sentence=f"The ACL of {names} would have {count:,} named entries, and {entries.value:,} fit.",
            subject=over[0],
        )


def ending_problems(known: Known, people: Sequence[str], reach: Levels) -> Iterable[Problem]:
    """Whether access that would end is used, and by whom; and what runs by it."""
    use = known.use.of(people, known.places.mask(reach))
    using = [person for person, n in zip(people, use.by_member, strict=True) if n]
    if using and known.use.assessed:
        count = int(use.used.sum())
        yield warning(
            f"{some(known.people.names(using))} used {count:,} of these containers in {known.use.in_words}: they"
            " lose that.",
            using[0],
        )
    names = {name for c in reach for name in known.places.names_of(c)}
    tools = known.running_as(people, names)
    if tools:
        yield warning(f"{some(tools)} would stop: it runs with this access.", people[0])


def domain_problems(known: Known, domain: str) -> Iterable[Problem]:
    domains = set(known.places.frame["domain"].drop_nulls().unique())
    if domains and domain not in domains:
        yield warning(f"No container is of a domain {domain!r}: it would be a new one.", "")
