"""Containers as reviewers see them: by class, with system, zone, size, sensitivity and whether they are public.

In: facts, access, zones, policies. Out: `KnownPlaces`: containers numbered so that each class is a range of numbers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.metadata import SENSITIVITY_KEYS, SYSTEM_KEYS
from lakezones.model.policies import PoliciesSettings
from lakezones.model.words import counted

NAMED: Final = 3
"""Containers that a card names."""

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class KnownClass:
    """What the containers of a class are.

    Attributes
    ----------
    start, end
        Its containers have these numbers, `end` left out.
    places
        System and zone to number of containers, size and the largest names.
    sensitivities
        Declared sensitivity to names.
    restricted, public
        Names of restricted containers, and of those that anybody may read.
    names, undeclared
        The largest, and the largest without a declared sensitivity.
    """

    class_id: str
    start: int
    end: int
    size_bytes: int | None
    domain: str | None
    places: Mapping[tuple[str | None, str | None], tuple[int, int | None, tuple[str, ...]]]
    sensitivities: Mapping[str, tuple[str, ...]]
    restricted: tuple[str, ...]
    public: tuple[str, ...]
    names: tuple[str, ...]
    undeclared: tuple[str, ...]

    @property
    def containers(self) -> int:
        """How many."""
        return self.end - self.start

    @cached_property
    def lead(self) -> tuple[str | None, str | None]:
        """System and zone of most of its containers."""
        return min(self.places, key=lambda key: (-self.places[key][0], str(key)))

    @cached_property
    def name(self) -> str:
        """What it is, in words: ``41 containers of DB2P113, curated``; one alone by its name."""
        if self.containers == 1:
            return self.names[0]
        systems: Counter[str | None] = Counter()
        for (system, _), (count, _, _) in self.places.items():
            systems[system] += count
        (system, zone), more = self.lead, len([one for one in systems if one]) - 1
        others = f" and {counted(more, 'more system')}" if more > 0 else ""
        of = f" of {system}{others}" if system else ""
        most = "" if self.places[self.lead][0] == self.containers else "mostly "
        return f"{counted(self.containers)}{of}{f', {most}{zone}' if zone else ''}"


class KnownPlaces:
    """Containers by number and by class.

    Attributes
    ----------
    names
        Names of containers; a container's number is its place in them.
    class_of
        Number of the class of each container.
    classes
        Class id to what is known of it, in the order of class numbers.
    """

    def __init__(self, facts: Facts, access: Access, proposal: Proposal, policies: PoliciesSettings | None) -> None:
        policies = policies or PoliciesSettings()
        self.frame = _placed(facts, access, proposal, policies)
        self.names: list[str] = self.frame["container"].to_list()
        self.public_assessed = facts.assessed("containers")
        ids = self.frame["class_id"]
        starts = self.frame.select(first=(pl.col("class_id") != pl.col("class_id").shift()).fill_null(value=True))
        self.class_of: Numbers = starts["first"].cum_sum().to_numpy().astype(np.int64) - 1
        firsts = np.flatnonzero(starts["first"].to_numpy())
        ends = [*firsts[1:].tolist(), ids.len()][: len(firsts)]
        self._ranges = {ids[int(a)]: (int(a), int(b)) for a, b in zip(firsts, ends, strict=True)}
        self.classes = list(self._ranges)
        self._known = _known(self.frame, self._ranges)
        self._order = _order(self.frame)

    def __contains__(self, class_id: object) -> bool:
        return class_id in self._ranges

    def of(self, class_id: str) -> KnownClass:
        """What is known of a class."""
        return self._known[class_id]

    def size(self, class_id: str) -> int:
        """How many containers a class has."""
        start, end = self._ranges.get(class_id, (0, 0))
        return end - start

    def mask(self, classes: Iterable[str]) -> Mask:
        """Which containers are of these classes."""
        found = np.zeros(len(self.names), dtype=np.bool_)
        for class_id in classes:
            start, end = self._ranges.get(class_id, (0, 0))
            found[start:end] = True
        return found

    def numbered(self, containers: pl.Series) -> Mask:
        """Which containers have these names."""
        return self.frame["container"].is_in(containers.unique().implode()).to_numpy()

    def names_of(self, class_id: str) -> list[str]:
        """Names of the containers of a class."""
        start, end = self._ranges.get(class_id, (0, 0))
        return self.names[start:end]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: at for at, name in enumerate(self.names)}

    def numbers(self, containers: Iterable[str]) -> Numbers:
        """Numbers of the containers of these names, those that are none left out."""
        found = [at for name in containers if (at := self._numbers.get(name)) is not None]
        return np.array(sorted(set(found)), dtype=np.int64)

    def class_named(self, container: str) -> str | None:
        """Class of a container; None where there is no such container."""
        at = self._numbers.get(container)
        return None if at is None else self.classes[int(self.class_of[at])]

    def largest(self, places: Mask | Numbers, most: int = NAMED) -> list[str]:
        """Names of the largest of some containers; of those of a size, the first in the alphabet."""
        numbers = np.flatnonzero(places) if places.dtype == np.bool_ else places
        order = self._order[numbers]
        return [self.names[int(at)] for at in numbers[np.argsort(order, kind="stable")[:most]]]


def _order(frame: pl.DataFrame) -> Numbers:
    """Rank of each container by size, the largest first."""
    rows = frame.with_row_index("at")
    ranked = rows.sort(["size_bytes", "container"], descending=[True, False], nulls_last=True)
    order = np.empty(ranked.height, dtype=np.int64)
    order[ranked["at"].to_numpy()] = np.arange(ranked.height)
    return order


def _placed(facts: Facts, access: Access, proposal: Proposal, policies: PoliciesSettings) -> pl.DataFrame:
    """container, class_id, system, zone, domain, size_bytes, sensitivity, restricted, public; sorted by class."""
    given = facts.table("containers").select("container", "size_bytes", "public_access").unique("container")
    zones = proposal.zones.select(
        "container",
        pl.coalesce(pl.col("zone").cast(pl.String), pl.col("state").cast(pl.String)).alias("zone"),
        "domain",
    )
    found = access.container_classes.select("class_id", "container")
    for beside in (given, zones, facts.said(SYSTEM_KEYS, "system"), facts.said(SENSITIVITY_KEYS, "sensitivity")):
        found = found.join(beside, on="container", how="left")
    words = found["sensitivity"].drop_nulls().unique()
    secret = [word for word in words if policies.is_restricted(word)]
    return found.with_columns(
        pl.col("sensitivity").str.strip_chars().str.to_lowercase().fill_null(""),
        restricted=pl.col("sensitivity").is_in(secret).fill_null(value=False),
        public=pl.col("public_access").fill_null("").str.to_lowercase().is_in(["blob", "container"]),
    ).sort("class_id", "container")


def _known(frame: pl.DataFrame, ranges: Mapping[str, tuple[int, int]]) -> dict[str, KnownClass]:
    """Every class; all at once, since some dossiers ask for hundreds."""
    rows = frame.sort(["class_id", "size_bytes", "container"], descending=[False, True, False], nulls_last=True)
    sizes = [
        pl.len().cast(pl.Int64),
        pl.col("size_bytes").sum().alias("size"),
        pl.col("size_bytes").count().alias("known"),
    ]
    first = pl.col("container").head(NAMED).alias("names")
    places: dict[str, dict[tuple[str | None, str | None], tuple[int, int | None, tuple[str, ...]]]] = {}
    for class_id, system, zone, count, total, known, names in (
        rows.group_by("class_id", "system", "zone", maintain_order=True).agg(*sizes, first).iter_rows()
    ):
        places.setdefault(class_id, {})[system, zone] = count, total if known else None, tuple(names)
    tagged = rows.filter(pl.col("sensitivity") != "").group_by("class_id", "sensitivity").agg("container")
    words: dict[str, dict[str, tuple[str, ...]]] = {}
    for class_id, word, names in tagged.sort("class_id", "sensitivity").iter_rows():
        words.setdefault(class_id, {})[word] = tuple(names)
    domains: dict[str, str] = {}
    counted_domains = rows.drop_nulls("domain").group_by("class_id", "domain").len()
    for class_id, domain in (
        counted_domains.sort("len", "domain", descending=[True, False]).select("class_id", "domain").iter_rows()
    ):
        domains.setdefault(class_id, domain)
    found = rows.group_by("class_id", maintain_order=True).agg(
        *sizes[1:],
        first,
        undeclared=pl.col("container").filter(pl.col("sensitivity") == "").head(NAMED),
        restricted=pl.col("container").filter("restricted"),
        public=pl.col("container").filter("public"),
    )
    return {
        class_id: KnownClass(
            class_id=class_id,
            start=ranges[class_id][0],
            end=ranges[class_id][1],
            size_bytes=total if known else None,
            domain=domains.get(class_id),
            places=places[class_id],
            sensitivities=words.get(class_id, {}),
            restricted=tuple(restricted),
            public=tuple(public),
            names=tuple(names),
            undeclared=tuple(undeclared),
        )
        for class_id, total, known, names, undeclared, restricted, public in found.iter_rows()
    }
