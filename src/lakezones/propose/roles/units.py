"""What can be mined: people, the units they asked for, and who holds which.

In: facts, access, zones, settings, policies. Out: `MinableAccess`, the frames of minable access, and
`RequestMatrix`, people by units as bit sets.

A *unit* is an entitlement, or one class at one level where there is none: what a person asks for and what coverage
counts. A person *holds* a unit when they hold every (class, level) it opens through grants on containers in the data
lane; the cell is a *request* when they asked for it. Access through a wider scope is not mined.
"""

import hashlib
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

import numpy as np
import polars as pl

from lakezones.mining import bits
from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import SENSITIVITY_KEYS
from lakezones.model.policies import PoliciesSettings
from lakezones.model.principals import MACHINES
from lakezones.propose.roles.membership import Directory, on_containers
from lakezones.propose.roles.settings import RolesSettings

Content = tuple[tuple[str, int], ...]
"""Sorted (class, level) pairs."""

CELL = ["class_id", "principal_id"]

_MACHINES: Final = tuple(kind.replace("_", " ") for kind in MACHINES)
"""Kinds of machines, as `MinableAccess.kinds` writes them."""


@dataclass(frozen=True, kw_only=True)
class MinableAccess:
    """Data-lane access, split into what can be mined and what cannot.

    Attributes
    ----------
    cells
        class_id, principal_id, level (bits in the data lane), narrow (bits by grants on containers), named (the
        largest of read, write, manage within narrow), person (takes part in roles).
    kinds
        Per principal: why it takes part in no role, for those that do not.
    class_sizes
        Containers per class.
    restricted
        Classes with a restricted container.
    left_out
        Classes with an excluded container.
    digests
        Per class: hash of its containers by name, each with its sensitivity and whether that is restricted.
    """

    cells: pl.DataFrame
    kinds: dict[str, str]
    class_sizes: dict[str, int]
    restricted: frozenset[str]
    left_out: frozenset[str]
    digests: dict[str, str]

    @property
    def machines(self) -> list[str]:
        """Service principals and managed identities that hold anything."""
        return [one for one, kind in self.kinds.items() if kind in _MACHINES]


@dataclass(frozen=True, kw_only=True)
class RequestMatrix:
    """The matrix to mine, as bit sets.

    Attributes
    ----------
    people
        Ids, ascending; bit `i` of a column is `people[i]`.
    units
        (entitlement, class_id) as in `requests`, with level for a class; bit `j` of a row is `units[j]`.
    contents
        What each unit opens.
    rows, columns
        Who holds what: units per person, people per unit.
    wanted
        People per unit whose request it is; a subset of `columns`.
    """

    people: list[str]
    units: list[tuple[str, str, int]]
    contents: list[Content]
    rows: list[int]
    columns: list[int]
    wanted: list[int]


def named(expression: pl.Expr) -> pl.Expr:
    """The largest of read (1), write (3) and manage (7) whose bits are all there; 0 if none."""
    return (
        pl.when(expression == 7)
        .then(7)
        .when(expression & 3 == 3)
        .then(3)
        .when(expression & 1 == 1)
        .then(1)
        .otherwise(0)
        .cast(pl.UInt8)
    )


def read_minable(
    facts: Facts, access: Access, directory: Directory, *, settings: RolesSettings, policies: PoliciesSettings
) -> MinableAccess:
    """Split effective access into minable and other, and say who takes part."""
    data = access.class_access.filter(pl.col("lane").cast(pl.String) == "data").select(*CELL, "level")
    grants = access.class_grants.filter(on_containers()).select("class_id", "grantee_id", "level")
    through = grants.join(directory.closure, left_on="grantee_id", right_on="group_id")
    narrow = (
        pl.concat(
            [
                through.select(*CELL, "level"),
                grants.rename({"grantee_id": "principal_id"}).select(*CELL, "level"),
            ]
        )
        .group_by(CELL)
        .agg(narrow=pl.col("level").bitwise_or())
    )
    kinds = _kinds(facts, data["principal_id"].unique().to_list(), settings)
    outside = list(kinds)
    cells = (
        data.join(narrow, on=CELL, how="left")
        .with_columns(narrow=pl.col("narrow").fill_null(0) & pl.col("level"))
        .with_columns(named=named(pl.col("narrow")), person=~pl.col("principal_id").is_in(outside))
        .sort(CELL)
    )
    sizes = access.container_classes.group_by("class_id").len().sort("class_id")
    restricted, left_out, digests = _marked(facts, access, settings, policies)
    return MinableAccess(
        cells=cells,
        kinds=kinds,
        class_sizes=dict(sizes.iter_rows()),
        restricted=restricted,
        left_out=left_out,
        digests=digests,
    )


def _kinds(facts: Facts, ids: list[str], settings: RolesSettings) -> dict[str, str]:
    known = {row["principal_id"]: row for row in facts.table("principals").iter_rows(named=True)}
    kinds = {}
    for principal in sorted(ids):
        row = known.get(principal, {})
        labels = [principal, row.get("name") or ""]
        if row.get("kind") in MACHINES:
            kinds[principal] = str(row["kind"]).replace("_", " ")
        elif any(fnmatchcase(label.lower(), glob.lower()) for glob in settings.exclude_principals for label in labels):
            kinds[principal] = "left out"
        elif row.get("enabled") is False:
            kinds[principal] = "disabled"
        elif facts.assessed("principals") and principal not in known:
            kinds[principal] = "orphan"
    return kinds


def sensitivities(facts: Facts) -> dict[str, str]:
    """Container to the sensitivity that its metadata names, where it names one."""
    return dict(facts.said(SENSITIVITY_KEYS, "sensitivity").iter_rows())


def restricted_containers(facts: Facts, policies: PoliciesSettings) -> set[str]:
    """Containers whose sensitivity is restricted."""
    return {container for container, tag in sensitivities(facts).items() if policies.is_restricted(tag)}


def _marked(
    facts: Facts, access: Access, settings: RolesSettings, policies: PoliciesSettings
) -> tuple[frozenset[str], frozenset[str], dict[str, str]]:
    tags = sensitivities(facts)
    secret = restricted_containers(facts, policies)
    restricted, left_out = set(), set()
    digests: dict[str, Any] = {}
    rows = access.container_classes.select("class_id", "container").sort("class_id", "container")
    for class_id, container in rows.iter_rows():
        place = (container, tags.get(container, "").strip().lower(), container in secret)
        digests.setdefault(class_id, hashlib.sha256()).update(json.dumps(place).encode())
        if container in secret:
            restricted.add(class_id)
        if any(fnmatchcase(container, glob) for glob in settings.exclude_containers):
            left_out.add(class_id)
    return frozenset(restricted), frozenset(left_out), {one: found.hexdigest() for one, found in digests.items()}


def unit_contents(access: Access) -> pl.DataFrame:
    """What each entitlement opens as entitlement, class_id, level; levels as named ones."""
    return (
        access.entitlement_classes.group_by("entitlement", "class_id")
        .agg(level=pl.col("level").bitwise_or())
        .with_columns(level=named(pl.col("level")))
        .filter(pl.col("level") > 0)
        .sort("entitlement", "class_id")
    )


def read_matrix(access: Access, minable: MinableAccess) -> RequestMatrix:
    """The matrix of people and units."""
    held = minable.cells.filter(
        pl.col("person") & (pl.col("named") > 0) & ~pl.col("class_id").is_in(list(minable.left_out))
    ).select(*CELL, "level", "named")
    asked = access.requests.filter(pl.col("principal_id").is_in(held["principal_id"].unique().implode()))
    by_class = (
        asked.filter(pl.col("entitlement") == "")
        .join(held, on=CELL)
        # Bits that come from a wider scope cannot be given by a role, so the request could not be covered.
        .filter(named(pl.col("level")) == pl.col("named"))
        .select("principal_id", "entitlement", "class_id", level="named")
    )
    by_entitlement = (
        asked.filter(pl.col("entitlement") != "")
        .select("principal_id", "entitlement")
        .with_columns(class_id=pl.lit(""), level=pl.lit(0, pl.UInt8))
    )
    key = ["entitlement", "class_id", "level"]
    wanted = pl.concat([by_entitlement, by_class.select(by_entitlement.columns)])
    units = wanted.select(key).unique().sort(key).with_row_index("unit")
    opened = unit_contents(access)
    contents = pl.concat(
        [
            units.filter(pl.col("entitlement") != "")
            .select("unit", "entitlement")
            .join(opened, on="entitlement")
            .select("unit", "class_id", "level"),
            units.filter(pl.col("entitlement") == "").select("unit", "class_id", "level"),
        ]
    ).sort("unit", "class_id")
    sizes = contents.group_by("unit").agg(size=pl.len())
    holds = (
        contents.join(held.select(*CELL, "named"), on="class_id")
        .filter(pl.col("named") >= pl.col("level"))  # 1, 3 and 7 are nested, so order is inclusion
        .group_by("unit", "principal_id")
        .agg(got=pl.len())
        .join(sizes, on="unit")
        .filter(pl.col("got") == pl.col("size"))
        .select("unit", "principal_id")
    )
    wants = wanted.join(units, on=key).join(holds, on=["unit", "principal_id"]).select("unit", "principal_id")
    people = sorted(holds["principal_id"].unique().to_list())
    index = pl.DataFrame({"principal_id": people}, schema={"principal_id": pl.String}).with_row_index("person")
    grouped: list[list[tuple[str, int]]] = [[] for _ in range(len(units))]
    for unit, class_id, level in contents.iter_rows():
        grouped[unit].append((class_id, level))
    holds = holds.join(index, on="principal_id")
    return RequestMatrix(
        people=people,
        units=[tuple(row) for row in units.select(key).iter_rows()],
        contents=[tuple(content) for content in grouped],
        rows=_bitsets(holds, "person", "unit", len(people), len(units)),
        columns=_bitsets(holds, "unit", "person", len(units), len(people)),
        wanted=_bitsets(wants.join(index, on="principal_id"), "unit", "person", len(units), len(people)),
    )


def _bitsets(frame: pl.DataFrame, key: str, element: str, count: int, size: int) -> list[int]:
    """Per value of `key`, the bit set of its values of `element`."""
    ordered = frame.select(key, element).sort(key)
    keys = ordered[key].to_numpy()
    elements = ordered[element].to_numpy()
    edges = np.searchsorted(keys, np.arange(count + 1))
    return [bits.from_array(elements[edges[k] : edges[k + 1]], size) for k in range(count)]
