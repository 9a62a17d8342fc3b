"""Compares the product with the reference on random estates, and cuts an estate that differs down to what matters."""

import random
from collections.abc import Iterator, Sequence

import polars as pl

from lakezones.access import AccessSettings, resolve
from lakezones.model.frames import Access
from tests.access.edges import rich
from tests.access.estates import drop, for_reference, merge, to_facts
from tests.access.reference import Reference
from tests.access.reference_model import Estate

OPTIONAL = ["memberships", "acls", "role_assignments", "principals", "grants", "entitlements", "group_owners"]
PENDING: frozenset[str] = frozenset()
"""Rules that the product does not have yet; the comparison leaves them out of the reference."""

Key = tuple[str, str, str]
"""Container, principal and lane."""
Requests = tuple[set[tuple[str, str]], set[tuple[str, str]]]


def by_container(access: Access) -> dict[Key, int]:
    """Level of each container, principal and lane."""
    pairs = access.class_access.join(access.container_classes, on="class_id")
    return {
        (c, p.replace("sas:*/", f"sas:{c}/"), lane): level
        for c, p, lane, level in pairs.select("container", "principal_id", "lane", "level").iter_rows()
    }


def requests_by_container(access: Access) -> Requests:
    """Requests as (person, entitlement), and as (person, container) where there is no entitlement."""
    named = access.requests.filter(pl.col("entitlement") != "")
    rest = access.requests.filter(pl.col("entitlement") == "").join(access.container_classes, on="class_id")
    return (
        set(named.select("principal_id", "entitlement").iter_rows()),
        set(rest.select("principal_id", "container").iter_rows()),
    )


def lack(estate: Estate, missing: Sequence[str]) -> Estate:
    """The estate with tables that were not assessed; without a directory no deny's exclusions can be spelled out."""
    if {"memberships", "principals"} & set(missing):
        rows = [row for row in estate.rows("role_assignments") if not row.get("excluded")]
        estate = Estate({**estate.tables, "role_assignments": rows}, estate.conditions, estate.roles, estate.as_of)
    return drop(estate, list(missing))


def batches(seed: int, *, together: int, alone: int) -> Iterator[list[Estate]]:
    """`together` estates to resolve in one go, then `alone` estates one by one, drawn from `seed`."""
    rnd = random.Random(seed)
    missing = rnd.sample(OPTIONAL, rnd.choice([0, 0, 1, 2]))
    yield [lack(rich(rnd, f"x{i}-", alone=False), missing) for i in range(together)]
    for _ in range(alone):
        yield [lack(rich(rnd), rnd.sample(OPTIONAL, rnd.choice([0, 0, 0, 1])))]


def decisions(estate: Estate) -> int:
    """Pairs of a person and a container that are decided."""
    people = {row["principal_id"] for row in estate.rows("principals") if row["kind"] != "group"} or range(4)
    return len(people) * len(estate.rows("containers"))


def differences(estates: Sequence[Estate]) -> dict[Key, tuple[int | None, int | None]]:
    """Where the product, given all estates at once, and the reference, given each by itself, disagree.

    Returns
    -------
    dict
        Container, principal and lane to the level of the product and of the reference.
    """
    access = resolve(to_facts(merge(list(estates))), settings=AccessSettings())
    references = [Reference(for_reference(drawn), without=PENDING) for drawn in estates]
    fast = by_container(access)
    slow = {key: level for reference in references for key, level in reference.access.items()}
    found = {key: (fast.get(key), slow.get(key)) for key in fast.keys() | slow.keys() if fast.get(key) != slow.get(key)}
    asked, rest = requests_by_container(access)
    asked_slowly, rest_slowly = zip(*(reference.requests() for reference in references), strict=True)
    for person, entitlement in asked.symmetric_difference(set().union(*asked_slowly)):
        found[entitlement, person, "request"] = (int((person, entitlement) in asked), None)
    for person, container in rest.symmetric_difference(set().union(*rest_slowly)):
        found[container, person, "request"] = (int((person, container) in rest), None)
    return found


def without_row(estate: Estate, table: str, index: int) -> Estate:
    rows = [row for number, row in enumerate(estate.rows(table)) if number != index]
    return Estate({**estate.tables, table: rows}, estate.conditions, estate.roles, estate.as_of)


def minimal(estate: Estate) -> Estate:
    """The estate without every row that one of its differences does not need."""
    wrong = min(differences([estate]))
    for table in estate.tables.keys() - {"accounts", "containers", "role_definitions"}:
        for index in reversed(range(len(estate.rows(table)))):
            fewer = without_row(estate, table, index)
            if wrong in differences([fewer]):
                estate = fewer
    return estate


def describe(estate: Estate) -> str:
    """The rows of an estate that is left, and the roles they name."""
    lines = [
        f"{table}: { {key: value for key, value in row.items() if value is not None} }"
        for table in estate.tables
        for row in estate.rows(table)
    ]
    used = {row["role"] for row in estate.rows("role_assignments")}
    return "\n".join([*lines, *(f"role {name}: {estate.roles.get(name)}" for name in sorted(used))])


def assert_agree(seed: int, *, together: int, alone: int) -> int:
    """Fail, with the seed and the smallest estate, where product and reference differ.

    Returns
    -------
    int
        Pairs of a person and a container that were decided.
    """
    decided = 0
    for estates in batches(seed, together=together, alone=alone):
        if differences(estates):
            names = {key[0].split("/")[0] for key in differences(estates)}
            near = [one for one in estates if names & {str(row["account"]) for row in one.rows("accounts")}]
            wrong = next((one for one in near or estates if differences([one])), None)
            if wrong is None:
                raise AssertionError(f"seed {seed}: estates differ only together: {differences(estates)}")
            least = minimal(wrong)
            found = "\n".join(f"{key}: product {a}, reference {b}" for key, (a, b) in differences([least]).items())
            raise AssertionError(f"seed {seed}, {together} together and {alone} alone:\n{found}\n{describe(least)}")
        decided += sum(decisions(one) for one in estates)
    return decided
