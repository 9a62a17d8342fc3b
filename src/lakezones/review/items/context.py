"""What is known of people, classes and containers, looked up once for all items.

In: facts, access, proposal, policies. Out: `ItemContext`, which the texts, risks and routes of items are made from.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from lakezones.model.areas import read_areas
from lakezones.model.attributes import Attributes, owners_of, read_attributes
from lakezones.model.duties import Duties
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.metadata import SENSITIVITY_KEYS
from lakezones.model.policies import PoliciesSettings
from lakezones.model.principals import MACHINES
from lakezones.model.usage import ObservedUse, Use, observe, read_use
from lakezones.model.words import counted

NAMED: Final = 3
"""People or things that a sentence names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A principal as the directory has them."""

    principal_id: str
    name: str
    """Their name, with the id where others have the same; the id where there is none."""
    department: str | None = None
    title: str | None = None
    area: str | None = None
    manager_id: str | None = None
    enabled: bool | None = None
    known: bool = True
    """Whether the directory knows the id; true where no directory was read."""
    machine: bool = False
    pseudo: bool = False
    """A token or everybody: nobody that a directory could know."""


@dataclass(frozen=True, slots=True)
class ClassOfContainers:
    """What of a class matters to reviewers."""

    containers: int = 0
    restricted: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    unowned: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    """Those that nobody used in the window, though it would have been seen."""


NOTHING: Final = ClassOfContainers()


@dataclass(frozen=True, kw_only=True)
class ItemContext:
    """What items are made from.

    Attributes
    ----------
    people
        Principals by id.
    classes
        By class, what matters of its containers.
    attributes
        Departments of people; domains, zones, systems and owners of classes.
    use
        Person to class to containers used; None where use was not assessed.
    window, seen
        The window of `use`, and classes on all of whose containers reading would have been seen.
    held
        Person to class to level in the data lane, for people and classes that duties touch.
    """

    facts: Facts
    access: Access
    proposal: Proposal
    policies: PoliciesSettings
    people: Mapping[str, Somebody]
    classes: Mapping[str, ClassOfContainers]
    attributes: Attributes
    use: Use | None
    window: ObservedUse | None
    seen: frozenset[str]
    duties: Duties
    held: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, facts: Facts, access: Access, proposal: Proposal, policies: PoliciesSettings) -> "ItemContext":
        """Look everything up."""
        areas = read_areas(facts)
        window = observe(facts, access.container_classes) if facts.assessed("usage") else None
        duties = Duties(policies.sod, access)
        return cls(
            facts=facts,
            access=access,
            proposal=proposal,
            policies=policies,
            people=_people(facts, areas),
            classes=_classes(facts, access, policies, window),
            attributes=read_attributes(facts, access, proposal.zones, areas),
            use=None if window is None else read_use(window, access),
            window=window,
            seen=frozenset() if window is None else window.classes_seen(access.container_classes),
            duties=duties,
            held=_held(access, duties),
        )

    def person(self, principal_id: str) -> Somebody:
        """Who an id is; where a directory was read that does not know it, somebody unknown."""
        if found := self.people.get(principal_id):
            return found
        pseudo = principal_id.startswith(("sas:", "key:")) or principal_id in ("public", "authenticated")
        return Somebody(
            principal_id, principal_id, known=pseudo or not self.facts.assessed("principals"), pseudo=pseudo
        )

    def of_class(self, class_id: str) -> ClassOfContainers:
        """What is known of a class; nothing where it is not there any more."""
        return self.classes.get(class_id, NOTHING)

    def names(self, people: Iterable[str]) -> str:
        """Some people by name, and how many more."""
        return some([self.person(one).name for one in people])


def some(names: Sequence[str], noun: str = "other", *, shown: int = NAMED) -> str:
    """The first of some names, and how many more.

    Examples
    --------
    >>> some(["a", "b"]), some(["a", "b", "c", "d", "e"])
    ('a and b', 'a, b, c and 2 others')
    """
    first, more = list(names[:shown]), len(names) - shown
    if more > 0:
        return f"{', '.join(first)} and {counted(more, noun)}"
    return " and ".join([", ".join(first[:-1]), first[-1]]) if len(first) > 1 else "".join(first)


def _people(facts: Facts, areas: pl.DataFrame) -> dict[str, Somebody]:
    area = dict(areas.drop_nulls("area").select("principal_id", "area").iter_rows())
    rows = (
        facts.table("principals")
        .unique("principal_id", keep="first", maintain_order=True)
        .select(
            "principal_id", "name", "department", "title", "manager_id", "enabled", kind=pl.col("kind").cast(pl.String)
        )
    )
    times = Counter(rows["name"].drop_nulls().to_list())
    found = {}
    for one, name, department, title, manager, enabled, kind in rows.iter_rows():
        shown = name if name and times[name] == 1 else f"{name} ({one})" if name else one
        found[one] = Somebody(
            one, shown, _said(department), _said(title), area.get(one), manager, enabled, machine=kind in MACHINES
        )
    return found


def _said(text: str | None) -> str | None:
    return (text or "").strip() or None


def _classes(
    facts: Facts, access: Access, policies: PoliciesSettings, window: ObservedUse | None
) -> dict[str, ClassOfContainers]:
    """What matters of the containers of each class, each kind of containers in order of their names."""
    tags = facts.said(SENSITIVITY_KEYS, "sensitivity").unique("container")
    secret = [tag for tag in tags["sensitivity"].unique() if policies.is_restricted(tag)]
    marks = {
        "restricted": tags.filter(pl.col("sensitivity").is_in(secret)).select("container"),
        "public": _public(facts, access),
        "unowned": access.container_classes.select("container").join(owners_of(facts), on="container", how="anti"),
        "unused": pl.DataFrame(schema={"container": pl.String}) if window is None else window.used_by_nobody(),
    }
    marked = {
        name: dict(
            access.container_classes.join(boxes.unique(), on="container", how="semi")
            .sort("container")
            .group_by("class_id")
            .agg("container")
            .iter_rows()
        )
        for name, boxes in marks.items()
    }
    return {
        class_id: ClassOfContainers(size, **{name: tuple(boxes.get(class_id, ())) for name, boxes in marked.items()})
        for class_id, size in access.container_classes.group_by("class_id").len().iter_rows()
    }


def _public(facts: Facts, access: Access) -> pl.DataFrame:
    """Containers that anybody reads without signing in: container."""
    classes = access.class_grants.filter(pl.col("route").cast(pl.String) == "public").select("class_id").unique()
    declared = facts.table("containers").filter(pl.col("public_access").is_in(["blob", "container"]))
    return (
        declared.join(access.container_classes, on="container")
        .join(classes, on="class_id", how="semi")
        .select("container")
    )


def _held(access: Access, duties: Duties) -> dict[str, dict[str, int]]:
    touched = pl.Series("class_id", sorted(duties.classes), dtype=pl.String).implode()
    held: dict[str, dict[str, int]] = {}
    rows = access.data_lane.filter(pl.col("class_id").is_in(touched)).select("principal_id", "class_id", "level")
    for person, class_id, level in rows.sort("principal_id", "class_id").iter_rows():
        held.setdefault(person, {})[class_id] = level
    return held
