"""ACLs as inventory and a scan of the roots would show them.

In: the lake, the people and who made which sandbox. Out: the fact table ``acls``: the root of every container
and one file in each that is not empty, so that reading can be assessed.
"""

import numpy as np
import polars as pl

from lakezones.demo.firm.draw import Ints, Rng, some, stream
from lakezones.demo.firm.words import WORDS
from lakezones.demo.firm.world import World


def build_acls(world: World) -> pl.DataFrame:
    """Write the ACL of each container's root and of one file in it."""
    rng = stream(world.seed, "acls")
    containers = world.lake.containers
    variant, persons = _variants(rng, world)
    frame = (
        containers.select("index", "container", "area", "domain", "empty", "format")
        .with_columns(pl.Series("variant", variant), pl.Series("extra", persons, dtype=pl.Int64))
        .join(world.sandboxes.select("index", pl.col("person").alias("owner_person")), on="index", how="left")
        .sort("index")
    )
    key = ["area", "variant", "extra", "owner_person", "domain"]
    texts = [(*row, *_texts(world, *row)) for row in frame.select(key).unique().sort(key).iter_rows()]
    schema = {name: frame.schema[name] for name in key} | dict.fromkeys(("root", "file", "owner"), pl.String)
    lookup = pl.DataFrame(texts, schema=schema, orient="row")
    full = frame.join(lookup, on=key, how="left", nulls_equal=True, maintain_order="left")
    roots = full.select("index", "container", pl.col("root").alias("acl"), pl.lit("/").alias("path"), "owner")
    inside = full.filter(~pl.col("empty") & (pl.col("variant") != "root-only")).select(
        "index",
        "container",
        pl.col("file").alias("acl"),
        pl.col("format").replace_strict(WORDS.files).alias("path"),
        "owner",
    )
    return pl.concat([roots, inside]).sort("index", "path").drop("index")


def _variants(rng: Rng, world: World) -> tuple[pl.Series, list[int | None]]:
    """Say which containers differ from their area: unread files, no inventory, a person named in the ACL."""
    containers = world.lake.containers
    grouped = world.lake.entitlements.filter((pl.col("enforcement") == "group") & (pl.col("access") == "read"))[
        "ent"
    ].to_numpy()
    total = containers.height
    variant = np.full(total, "plain", dtype=object)
    persons: list[int | None] = [None] * total
    area = containers["area"].to_numpy()
    full = ~containers["empty"].to_numpy()
    odd = max(3, round(0.045 * len(grouped)))
    chosen = rng.choice(grouped, min(odd, len(grouped)), replace=False)
    for number, one in enumerate(chosen):
        rows: Ints = np.flatnonzero((area == one) & full)
        part = rows[some(rng, len(rows), 0.15)]
        if number % 3 == 2:
            person = int(rng.integers(world.settings.people))
            for row in part[:10]:
                persons[int(row)] = person
        else:
            variant[part] = ("unread", "root-only")[number % 3]
    return pl.Series(variant.tolist(), dtype=pl.String), persons


def _texts(
    world: World, area: int, variant: str, extra: int | None, owner_person: int | None, domain: int
) -> tuple[str, str, str]:
    """ACL of the root, ACL of a file, and the owner, for all containers that are alike."""
    root: list[tuple[str, str]] = []
    inside: list[tuple[str, str]] = []
    if area < 0:
        assert owner_person is not None
        owner = str(world.ids[owner_person])
    else:
        owner = world.services.loaders[domain]
        row = world.lake.areas.row(area, named=True)
        if row["profile"] != "raw":
            root.append((f"user:{world.services.transformers[domain]}", "rwx"))
            inside.append((f"user:{world.services.transformers[domain]}", "rw-"))
        ents = world.lake.entitlements
        read = ents.row(area, named=True)
        if read["enforcement"] == "group":
            root.append((f"group:{read['group_id']}", "r-x"))
            inside.append((f"group:{read['group_id']}", "---" if variant == "unread" else "r--"))
        for group in ents.filter((pl.col("access") == "write") & (pl.col("system") == row["system"]))["group_id"]:
            root.append((f"group:{group}", "rwx"))
            inside.append((f"group:{group}", "rw-"))
    if extra is not None:
        root.append((f"user:{world.ids[extra]}", "r-x"))
        inside.append((f"user:{world.ids[extra]}", "r--"))
    other = "--x" if area % 3 == 0 else "---"
    access = _acl("rwx", root, other)
    return f"{access},{_defaults(access)}", _acl("rw-", inside, "---"), owner


def _acl(owner: str, named: list[tuple[str, str]], other: str) -> str:
    """POSIX text; the mask is the union of what it caps, as setfacl computes it."""
    mask = "".join(letter if any(letter in bits for _, bits in named) else "-" for letter in "rwx")
    users = [f"{who}:{bits}" for who, bits in named if who.startswith("user:")]
    groups = [f"{who}:{bits}" for who, bits in named if who.startswith("group:")]
    return ",".join([f"user::{owner}", *users, "group::---", *groups, f"mask::{mask}", f"other::{other}"])


def _defaults(text: str) -> str:
    return ",".join(f"default:{entry}" for entry in text.split(","))
