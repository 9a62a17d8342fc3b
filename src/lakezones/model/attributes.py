"""What is known of people and of classes, which roles are named, explained and reviewed by.

In: facts, access, zones, business areas. Out: `Attributes`, and the values that stand for some people or containers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import OWNER_KEYS, SENSITIVITY_KEYS, SYSTEM_KEYS
from lakezones.model.tables import Zones

MOST: Final = 0.6
"""Share from which a value stands for the whole."""


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """What is known of people and classes.

    Attributes
    ----------
    department, title
        Per person, as in the directory, blanks left out.
    area
        Per person, the business area that the department belongs to.
    domains, zones, systems, entitlements, sensitivities, words, owners
        Per class, containers by domain, zone, system of record, entitlement that opens them, declared sensitivity,
        first word of their name, and declared owner.
    """

    department: Mapping[str, str] = field(default_factory=dict)
    title: Mapping[str, str] = field(default_factory=dict)
    area: Mapping[str, str] = field(default_factory=dict)
    domains: Mapping[str, Counter[str]] = field(default_factory=dict)
    zones: Mapping[str, Counter[str]] = field(default_factory=dict)
    systems: Mapping[str, Counter[str]] = field(default_factory=dict)
    entitlements: Mapping[str, Counter[str]] = field(default_factory=dict)
    sensitivities: Mapping[str, Counter[str]] = field(default_factory=dict)
    words: Mapping[str, Counter[str]] = field(default_factory=dict)
    owners: Mapping[str, Counter[str]] = field(default_factory=dict)

    @cached_property
    def sizes(self) -> dict[str, Counter[str]]:
        """People per department and per title, by the attribute's name."""
        return {"department": Counter(self.department.values()), "title": Counter(self.title.values())}

    @cached_property
    def everybodys(self) -> frozenset[str]:
        """The department that everybody has who has any, and its area, in lower case: they say nothing of anybody."""
        departments = {department.casefold() for department in self.department.values()}
        areas = {area.casefold() for area in self.area.values()}
        return frozenset(departments | areas) if len(departments) == 1 else frozenset()

    @cached_property
    def area_of(self) -> dict[str, str]:
        """Business area of a department."""
        return {self.department[person]: area for person, area in self.area.items() if person in self.department}


def read_attributes(
    facts: Facts, access: Access, zones: dy.DataFrame[Zones], areas: pl.DataFrame | None = None
) -> Attributes:
    """Attributes of people from the directory, of classes from zones, metadata and entitlements.

    Parameters
    ----------
    areas
        Business areas of people (`lakezones.model.areas.read_areas`); none by default.
    """
    department: dict[str, str] = {}
    title: dict[str, str] = {}
    for person, dep, job in facts.table("principals").select("principal_id", "department", "title").iter_rows():
        if dep and dep.strip():
            department[person] = dep.strip()
        if job and job.strip():
            title[person] = job.strip()
    known = {} if areas is None else dict(areas.drop_nulls("area").select("principal_id", "area").iter_rows())
    placed = (
        access.container_classes.join(
            zones.select("container", pl.col("zone").cast(pl.String), "domain"), on="container", how="left"
        )
        .join(systems_of(facts), on="container", how="left")
        .join(owners_of(facts), on="container", how="left")
        .join(facts.said(SENSITIVITY_KEYS, "sensitivity"), on="container", how="left")
        .with_columns(word=pl.col("container").str.split("/").list.last().str.extract(r"([A-Za-z][A-Za-z0-9]*)"))
    )
    sizes = access.container_classes.group_by("class_id").len("count")
    opened = access.entitlement_classes.select("class_id", "entitlement").unique().join(sizes, on="class_id")
    return Attributes(
        department=department,
        title=title,
        area=known,
        domains=_counted(placed, "domain"),
        zones=_counted(placed, "zone"),
        systems=_counted(placed, "system"),
        entitlements=_counts(opened.select("class_id", "entitlement", "count")),
        sensitivities=_counted(placed, "sensitivity"),
        words=_counted(placed, "word"),
        owners=_counted(placed, "owner"),
    )


def handles(facts: Facts) -> pl.DataFrame:
    """Short names people go by: columns principal_id and handle.

    The local part of an address, and of a full name: first initial and last name, first name dot last name without
    the dot. Shorter than three letters says nothing.
    """
    people = facts.table("principals").filter(pl.col("kind").cast(pl.String) == "user").drop_nulls("name")
    local = pl.col("name").str.split("@").list.first().str.to_lowercase()
    parts = local.str.replace_all(r"[^a-z ._-]", "").str.split_exact(" ", 1)
    first, last = parts.struct.field("field_0"), parts.struct.field("field_1").str.replace_all(r"[^a-z]", "")
    spelled = people.select(
        "principal_id",
        handle=pl.concat_list(
            local.str.replace_all(r"[^a-z0-9]", ""),
            pl.when(last.is_not_null()).then(pl.concat_str(first.str.slice(0, 1), last)),
            pl.when(last.is_not_null()).then(last),
        ),
    )
    return (
        spelled.explode("handle", empty_as_null=True)
        .drop_nulls()
        .with_columns(pl.col("handle").str.replace(r"\d+$", ""))
        .filter(pl.col("handle").str.len_chars() >= 3)
        .unique()
        .sort("principal_id", "handle")
    )


def owners_of(facts: Facts) -> pl.DataFrame:
    """Owners of containers, as declared or else of their system in the register, by name: columns container, owner."""
    names = facts.table("principals").group_by(owner="principal_id").agg(called=pl.col("name").min())
    key = pl.col("system").str.strip_chars().str.to_lowercase()
    register = facts.table("systems").select(key.alias("key"), registered="owner").drop_nulls()
    register = register.group_by("key").agg(pl.col("registered").min())
    said = (
        systems_of(facts)
        .select("container", key.alias("key"))
        .join(register, on="key")
        .join(facts.said(OWNER_KEYS, "declared"), on="container", how="full", coalesce=True)
        .select("container", owner=pl.coalesce("declared", "registered"))
        .drop_nulls()
    )
    return said.join(names, on="owner", how="left").select("container", owner=pl.coalesce("called", "owner"))


def _counted(placed: pl.DataFrame, column: str) -> dict[str, Counter[str]]:
    """Containers by value, per class."""
    return _counts(placed.filter(pl.col(column).is_not_null()).group_by("class_id", column).len())


def _counts(rows: pl.DataFrame) -> dict[str, Counter[str]]:
    """Rows of class, value and count as counters per class."""
    counts: dict[str, Counter[str]] = {}
    for class_id, value, count in rows.sort(pl.all()).iter_rows():
        counts.setdefault(class_id, Counter())[value] = count
    return counts


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
        for value, count in counts.get(class_id, {}).items():
            total[value] += count
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


def leaders_of(total: Counter[str]) -> list[str]:
    """The one value, or the two, that most have; none where it takes more, or is not known."""
    if one := leading(total):
        return [one]
    two = sorted(filter(None, total), key=lambda value: (-total[value], value))[:2]
    return two if two and sum(total[value] for value in two) / total.total() >= MOST else []


def distinguishing(inside: Counter[str], everywhere: Mapping[str, int]) -> str:
    """The value that most sets some containers apart: the largest share of all containers with that value."""
    if not inside:
        return ""
    return min(inside, key=lambda value: (-(inside[value] ** 2) / everywhere[value], value))
