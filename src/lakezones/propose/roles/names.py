"""Names, ids and hashes of roles.

In: members, content, the directory's attributes, zones. Out: names, ids, hashes.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import dataframely as dy
import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.model.levels import LABELS
from lakezones.model.metadata import SYSTEM_KEYS
from lakezones.model.naming import NamingSettings, unique
from lakezones.model.tables import Zones

MOST = 0.6
"""Share from which a value stands for the whole."""


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """What is known of people and classes.

    Attributes
    ----------
    department, title
        Per person, as in the directory, blanks left out.
    sizes
        People per department and per title, by the attribute's name.
    domains, zones, systems
        Per class, containers by domain, zone and system of record.
    """

    department: dict[str, str]
    title: dict[str, str]
    sizes: dict[str, Counter[str]]
    domains: dict[str, Counter[str]]
    zones: dict[str, Counter[str]]
    systems: dict[str, Counter[str]]


def read_attributes(facts: Facts, access: Access, zones: dy.DataFrame[Zones]) -> Attributes:
    """Attributes of people from the directory, of classes from zones and metadata."""
    department, title = {}, {}
    for person, dep, job in facts.table("principals").select("principal_id", "department", "title").iter_rows():
        if dep and dep.strip():
            department[person] = dep.strip()
        if job and job.strip():
            title[person] = job.strip()
    placed = access.container_classes.join(
        zones.select("container", pl.col("zone").cast(pl.String), "domain"), on="container", how="left"
    ).join(systems_of(facts), on="container", how="left")
    found: dict[str, dict[str, Counter[str]]] = {}
    for column in ("domain", "zone", "system"):
        counts: dict[str, Counter[str]] = {}
        for class_id, value, count in (
            placed.filter(pl.col(column).is_not_null()).group_by("class_id", column).len().sort(pl.all()).iter_rows()
        ):
            counts.setdefault(class_id, Counter())[value] = count
        found[column] = counts
    return Attributes(
        department=department,
        title=title,
        sizes={"department": Counter(department.values()), "title": Counter(title.values())},
        domains=found["domain"],
        zones=found["zone"],
        systems=found["system"],
    )


def systems_of(facts: Facts) -> pl.DataFrame:
    """Container to system of record, by its metadata; columns container, system."""
    return facts.said(SYSTEM_KEYS, "system")


def most(values: Iterable[str], *, of: int) -> str | None:
    """The value that at least `MOST` of `of` things have; ties go to the first in the alphabet."""
    counts = Counter(values)
    if not counts or not of:
        return None
    value, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return value if count / of >= MOST else None


def tally(classes: Iterable[str], counts: Mapping[str, Counter[str]]) -> Counter[str]:
    """Containers by value over several classes."""
    total: Counter[str] = Counter()
    for class_id in classes:
        total.update(counts.get(class_id, Counter()))
    return total


def leading(total: Counter[str]) -> str | None:
    """The value of most containers, where one has at least `MOST` of them."""
    if not total:
        return None
    value, count = min(total.items(), key=lambda item: (-item[1], item[0]))
    return value if count / total.total() >= MOST else None


def leaders(counts: Mapping[str, Counter[str]]) -> dict[str, str]:
    """Per class, the value of most of its containers, where one leads."""
    found = {class_id: leading(total) for class_id, total in counts.items()}
    return {class_id: value for class_id, value in found.items() if value is not None}


def role_names(
    roles: Sequence[tuple[Sequence[str], Mapping[str, int]]], attributes: Attributes, naming: NamingSettings
) -> list[str]:
    """Unique names. Where several roles would have one name, what distinguishes their content is added.

    Parameters
    ----------
    roles
        People and content, in an order that does not depend on anything but their ids.
    """
    parts = [role_parts(people, content, attributes, naming) for people, content in roles]
    plain = [naming.render(naming.role, part) for part in parts]
    repeated = {name for name, count in Counter(name.casefold() for name in plain).items() if count > 1}
    labels = []
    for (_, content), part, name in zip(roles, parts, plain, strict=True):
        if name.casefold() in repeated:
            system = distinguishing(content, attributes.systems)
            further = " ".join(word for word in (part["content"], system) if word and word != naming.mixed)
            labels.append(naming.render(naming.role, {**part, "content": further or part["content"]}))
        else:
            labels.append(name)
    return unique(labels, max_length=naming.max_length)


def distinguishing(content: Mapping[str, int], counts: Mapping[str, Counter[str]]) -> str | None:
    """The value that most sets this content apart: the largest share of all containers with that value."""
    everywhere: Counter[str] = Counter()
    for total in counts.values():
        everywhere.update(total)
    inside = tally(content, counts)
    if not inside:
        return None
    return min(inside, key=lambda value: (-(inside[value] ** 2) / everywhere[value], value))


def role_parts(
    people: Sequence[str], content: Mapping[str, int], attributes: Attributes, naming: NamingSettings
) -> dict[str, str]:
    """Parts of a role's name: team, department, title, content, domain, zone, access."""
    department = most((attributes.department[p] for p in people if p in attributes.department), of=len(people))
    title = most((attributes.title[p] for p in people if p in attributes.title), of=len(people))
    domain = leading(tally(content, attributes.domains))
    system = leading(tally(content, attributes.systems))
    zone = leading(tally(content, attributes.zones))
    team = " ".join(part for part in (department, title) if part)
    return {
        "team": team or naming.mixed,
        "department": department or naming.mixed,
        "title": title or "",
        "content": domain or system or naming.mixed,
        "domain": domain or "",
        "zone": zone or "",
        "access": naming.access.word(LABELS[max(content.values())]),
    }


def group_name(reach: Mapping[str, int], attributes: Attributes, naming: NamingSettings) -> str:
    """Name of a resource group for what it carries; another group may have the same."""
    (class_id, level), *_ = sorted(reach.items())
    domain = leading(tally(reach, attributes.domains))
    system = leading(tally(reach, attributes.systems))
    parts = {
        "domain": domain or "",
        "content": system or ("" if domain else naming.mixed),
        "zone": leading(tally(reach, attributes.zones)) or "",
        "digest": class_id.removeprefix("c-"),
        "access": naming.access.word(LABELS[level]),
    }
    return naming.render(naming.resource_group, parts)


def digest(*parts: object) -> str:
    """Ten hex digits of the parts, whatever their order was made to be by the caller."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:10]


def role_id(content: Mapping[str, int]) -> str:
    """Id of a role seen for the first time: of its content, so that a change of members keeps it."""
    return f"role-{digest(sorted(content.items()))}"


def content_hash(people: Sequence[str], content: Mapping[str, int], digests: Mapping[str, str]) -> str:
    """Hash of members and content; an approval is bound to it.

    Content is every container by name with its sensitivity, not the class alone: a table that gets the same grants
    later, or that turns out to be restricted, was not approved with the rest.

    Parameters
    ----------
    digests
        Hash of the containers of each class (`lakezones.propose.roles.units.MinableAccess.digests`).
    """
    opened = [(class_id, level, digests[class_id]) for class_id, level in sorted(content.items())]
    canonical = json.dumps([sorted(people), opened])
    return hashlib.sha256(canonical.encode()).hexdigest()
