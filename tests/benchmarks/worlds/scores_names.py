"""Names of proposed roles and resource groups: whether people can say them, and whether directories take them.

Out: a row per world; ``_names`` are the role names, to read some aloud.
"""

import re
from collections.abc import Sequence

import polars as pl

from tests.benchmarks.worlds.lake import Lake

LONGEST = 64
ENDING = re.compile(r"[-_](r|rw|rwm|m|read|write)$")
ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
Row = dict[str, object]


def score(lake: Lake) -> list[Row]:
    """Figures of one world; columns of resource groups begin with ``g_``."""
    roles = lake.roles.roles["name"].to_list()
    known = lake.world.facts.table("principals")["principal_id"].to_list()
    groups = sorted(set(lake.roles.resource_groups.filter(~pl.col("group_id").is_in(known))["name"].to_list()))
    said = spoken(lake)
    mine, theirs = figures(roles, said), figures(groups, said)
    bad = sum(int(str(row[kind])) for row in (mine, theirs) for kind in ("twice", "long", "odd"))
    return [{**mine, **{f"g_{name}": value for name, value in theirs.items()}, "_bad": bad, "_names": roles}]


def figures(names: Sequence[str], said: set[str]) -> Row:
    """Figures of names.

    Returns
    -------
    dict
        ``names``; ``mixed`` share that says so; ``digit`` share ending in a digit, level left aside; ``numbered`` the
        part of these whose number is in nobody's department or title and in no container's name: a running number;
        ``twice``, ``long`` (over 64) and ``odd`` (signs beyond letters, digits and . _ -) how many.

    Examples
    --------
    >>> figures(["lake-prd-job-risk-team-07-r", "lake-prd-job-mixed-2-r"], {"07"})["numbered"]
    0.5
    """
    total = max(1, len(names))
    ends = [words[-1] for name in names if (words := re.findall(r"[a-z]+|\d+", ENDING.sub("", name.lower())))]
    numbers = [end for end in ends if end.isdigit()]
    return {
        "names": len(names),
        "mixed": sum("mixed" in name.lower() for name in names) / total,
        "digit": len(numbers) / total,
        "numbered": sum(number not in said for number in numbers) / total,
        "twice": len(names) - len({name.lower() for name in names}),
        "long": sum(len(name) > LONGEST for name in names),
        "odd": sum(not ALLOWED.fullmatch(name) for name in names),
    }


def spoken(lake: Lake) -> set[str]:
    """Numbers that the bank itself uses: in departments, titles and names of containers."""
    people = lake.world.facts.table("principals")
    texts = [*people["department"].drop_nulls(), *people["title"].drop_nulls(), *lake.world.truth.zones["container"]]
    return {number for text in texts for number in re.findall(r"\d+", text)}
