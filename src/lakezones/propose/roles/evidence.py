"""Evidence for a role, in words, and what a reviewer should look at first.

In: a role, the directory's entries, use, the groups it replaces. Out: a sentence or two and a risk.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl

from lakezones.model.attributes import MOST, Attributes
from lakezones.model.usage import Use
from lakezones.model.words import counted
from lakezones.propose.roles.units import MinableAccess

Risk = Literal["low", "medium", "high"]


LOW_DENSITY: Final = 0.25
"""Share of a role's containers below which it says something that none of its people used the others."""

NEAR: Final = 0.8
"""Overlap of containers (Jaccard) above which two roles are near copies."""


MOST_COMPARED: Final = 2_000
"""Roles that are compared pair by pair; of more, nobody reads which are alike."""


def describe(
    people: Sequence[str],
    content: Mapping[str, int],
    *,
    requests: int,
    attributes: Attributes,
    minable: MinableAccess,
    use: "UseOfRole | None",
    replaced: int,
    groups: int,
    suggested: int,
    nearest: tuple[float, str] | None = None,
) -> tuple[str, Risk]:
    """Evidence of a role in words, and its risk.

    Parameters
    ----------
    requests
        Requests that it gives in full.
    use
        What its people used of it; None where use was not assessed.
    replaced, groups
        Personal memberships that it replaces, and in how many existing groups.
    suggested
        Grants suggested to complete it.
    nearest
        Overlap with the role whose containers are most like it, and that role's name.
    """
    containers = sum(minable.class_sizes[class_id] for class_id in content)
    who = f"{counted(len(people), 'person')} {'holds' if len(people) == 1 else 'hold'}"
    parts = [f"{who} all {counted(containers, 'container')} today; gives {counted(requests, 'request')} in full"]
    if replaced:
        parts.append(f"replaces {counted(replaced, 'personal membership')} in {counted(groups, 'group')}")
    parts += _predicted("department", people, attributes.department, attributes.sizes["department"])
    parts += _predicted("title", people, attributes.title, attributes.sizes["title"])
    strangers = _strangers(people, attributes)
    if strangers:
        have = "has" if strangers == 1 else "have"
        parts.append(
            f"{strangers} of the members {have} another department and another title: moved on, or a second job"
        )
    parts += use.in_words(len(people)) if use else []
    restricted = sum(class_id in minable.restricted for class_id in content)
    if restricted:
        hold = "holds" if restricted == 1 else "hold"
        parts.append(f"{restricted} of {counted(len(content), 'class')} {hold} restricted data")
    if nearest and nearest[0] > NEAR:
        parts.append(f"{nearest[0]:.0%} the same containers as {nearest[1]}: perhaps a base role and an extra one")
    if suggested:
        parts.append(f"{counted(suggested, 'suggested grant')} would complete it")
    writes = any(level != 1 for level in content.values())
    seldom = use is not None and use.seldom
    idle_write = use is not None and bool(use.unwritten)
    alarms = sum((bool(restricted), writes, strangers > 0.2 * len(people), seldom, idle_write))
    risk: Risk = "high" if alarms >= 2 else "medium" if alarms else "low"
    return "; ".join(parts), risk


@dataclass(frozen=True, kw_only=True)
class UseOfRole:
    """What the people of a role used of it in the window, in containers.

    Attributes
    ----------
    window
        The window, to be put after "in".
    containers, unseen
        What it opens, and where reading would not have been seen.
    used, pairs, unused
        Containers that a member used, pairs that members used, containers that nobody in the lake used.
    active
        Members who used any of it.
    unwritten
        Classes that it lets write and nobody of it wrote, though it would have been seen.
    """

    window: str
    containers: int
    unseen: int
    used: int
    pairs: int
    unused: int
    active: int
    unwritten: int

    @property
    def seldom(self) -> bool:
        """Whether its people used little of what they could be seen to use."""
        seen = self.containers - self.unseen
        return seen > 0 and self.used < LOW_DENSITY * seen

    def in_words(self, people: int) -> list[str]:
        """Parts of the evidence."""
        said = f"in {self.window} its people used {self.used:,} of the {counted(self.containers)}"
        if pairs := self.containers * people:
            said += f" ({self.pairs / pairs:.1%} of person-and-container pairs)"
        parts = [said]
        if self.unused:
            parts.append(f"nobody in the lake used {self.unused:,}")
        if self.unseen:
            parts.append(f"on {self.unseen:,} reading would not have been seen")
        if idle := people - self.active:
            parts.append(f"{counted(idle, 'member')} used none of it")
        if self.unwritten:
            parts.append(f"lets write {counted(self.unwritten, 'class')} that none of them wrote to")
        return parts


def read_use_of_roles(use: pl.DataFrame, window: str) -> dict[str, UseOfRole]:
    """Use by role, from rows by role and class (`lakezones.propose.roles.fitted.role_use`)."""
    unwritten = (pl.col("level") > 1) & (pl.col("wrote") == 0) & (pl.col("blind") == 0)
    summed = use.group_by("role_id").agg(
        pl.col("containers", "unseen", "used", "pairs", "unused").sum(),
        active=pl.col("active").max(),
        unwritten=unwritten.sum(),
    )
    return {row.pop("role_id"): UseOfRole(window=window, **row) for row in summed.iter_rows(named=True)}


def nearest_roles(
    contents: Sequence[Mapping[str, int]], names: Sequence[str], sizes: Mapping[str, int]
) -> list[tuple[float, str] | None]:
    """Per role the other one that overlaps most in containers by level (Jaccard), and how much.

    None for a role alone, and for all where they are more than `MOST_COMPARED`.

    Examples
    --------
    >>> nearest_roles([{"a": 1}, {"a": 1, "b": 1}], ["one", "two"], {"a": 3, "b": 1})
    [(0.75, 'two'), (0.75, 'one')]
    >>> nearest_roles([{"a": 1}, {"a": 3}], ["reads", "writes"], {"a": 3})
    [(0.5, 'writes'), (0.5, 'reads')]
    """
    if len(contents) < 2 or len(contents) > MOST_COMPARED:
        return [None] * len(contents)
    bits = [{(c, bit) for c, level in content.items() for bit in (1, 2, 4) if level & bit} for content in contents]
    cells = {cell: k for k, cell in enumerate(sorted(set().union(*bits)))}
    opens = np.zeros((len(contents), len(cells)))
    for at, own in enumerate(bits):
        opens[at, [cells[cell] for cell in own]] = 1.0
    weights = np.array([sizes[class_id] for class_id, _ in cells], dtype=np.float64)
    both = (opens * weights) @ opens.T
    whole = both.diagonal()
    shares = both / np.maximum(1.0, whole[:, None] + whole[None, :] - both)
    np.fill_diagonal(shares, -1.0)
    best = shares.argmax(axis=1)
    return [(round(float(shares[at, other]), 6), names[int(other)]) for at, other in enumerate(best)]


def _predicted(name: str, people: Sequence[str], values: Mapping[str, str], sizes: Counter[str]) -> list[str]:
    """How well an attribute predicts membership, and the other way round."""
    known = [values[p] for p in people if p in values]
    if not known:
        return []
    value, having = _first(Counter(known))
    if having < 0.5 * len(people) or having < 2:
        return []
    share = having / sizes[value]
    return [
        f"{having / len(people):.0%} of the members have {name} {value}, and {share:.0%} of all who have it are members"
    ]


def _first(counts: Counter[str]) -> tuple[str, int]:
    return min(counts.items(), key=lambda item: (-item[1], item[0]))


def _strangers(people: Sequence[str], attributes: Attributes) -> int:
    usual = []
    for values in (attributes.department, attributes.title):
        known = Counter(values[p] for p in people if p in values)
        if not known or _first(known)[1] < 0.5 * len(people):
            return 0
        usual.append(_first(known)[0])
    return sum(
        attributes.department.get(p, usual[0]) != usual[0] and attributes.title.get(p, usual[1]) != usual[1]
        for p in people
    )


@dataclass(frozen=True, kw_only=True)
class Holders:
    """People per class, and how many of them are of each department."""

    total: Mapping[str, int]
    departments: Mapping[str, Counter[str]]


def read_holders(cells: Iterable[tuple[str, str]], attributes: Attributes) -> Holders:
    """Count the holders of each class, from (class, person) pairs."""
    total: Counter[str] = Counter()
    departments: dict[str, Counter[str]] = {}
    for class_id, person in cells:
        total[class_id] += 1
        if person in attributes.department:
            departments.setdefault(class_id, Counter())[attributes.department[person]] += 1
    return Holders(total=total, departments=departments)


@dataclass(frozen=True, kw_only=True)
class Idle:
    """What people did not use, as far as it would have been seen.

    Attributes
    ----------
    use
        Use by person and class; None where it was not assessed.
    classes
        Classes on all of whose containers reading would have been seen.
    days
        Length of the window.
    """

    use: Use | None = None
    classes: frozenset[str] = frozenset()
    days: int = 0

    def in_words(self, person: str, class_id: str) -> str:
        """Whether a person used a class; empty where nothing can be said."""
        if self.use is None:
            return ""
        if self.use.get(person, {}).get(class_id):
            return "used"
        return f"not used in {self.days} days" if class_id in self.classes else ""


def why_outside(person: str, class_id: str, holders: Holders, attributes: Attributes, idle: Idle) -> str:
    """Why a cell of a person fits no role, as far as the directory and use show."""
    department = attributes.department.get(person)
    counts = holders.departments.get(class_id, Counter())
    said = idle.in_words(person, class_id)
    if holders.total.get(class_id, 0) <= 1:
        parts = ["nobody else holds it", said]
    elif department and counts[department] <= 1:
        first, having = _first(counts)
        parts = [f"nobody else in {department} holds it"]
        # Of the others who hold it, most are of one department.
        if first != department and having >= MOST * (holders.total[class_id] - 1):
            parts = [f"probably left over from {first}: {parts[0]}"]
        parts.append("still used" if said == "used" else said)
    else:
        parts = ["shared with too few people in this combination", "" if said == "used" else said]
    return "; ".join(part for part in parts if part)
