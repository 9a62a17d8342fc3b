"""Containers by the shape of their ACLs: which distinct sets of chains of ACLs there are, and who has which.

In: the ``acls`` table with container codes. Out: `AclProfile` per distinct shape, and which container has which.
"""

import polars as pl

from lakezones.access.numbers import number
from lakezones.access.routes.acl import Acl, AclPath, AclProfile, parse_acl


def profiles(acls: pl.DataFrame) -> tuple[pl.DataFrame, list[AclProfile]]:
    """Shapes of containers by their ACLs.

    Parameters
    ----------
    acls
        container (any key), acl, path, owner, owning_group; only accounts with a hierarchical namespace.

    Returns
    -------
    polars.DataFrame
        container, profile (index into the list).
    list of AclProfile
        Distinct profiles, in a stable order.
    """
    if acls.is_empty():
        return acls.select("container", profile=pl.lit(0, pl.UInt32)).clear(), []
    texts, numbered = number(acls, ["acl", "owner", "owning_group"], "text")
    parsed = [parse_acl(*row) for row in texts.select("acl", "owner", "owning_group").iter_rows()]
    names, chains = number(_chains(numbered), ["chain"], "chain_number")
    nodes = [_acl_path(chain, parsed) for chain in names["chain"]]
    shaped = (
        chains.select("container", shape="chain_number")
        .unique()
        .sort("container", "shape")
        .group_by("container", maintain_order=True)
        .agg("shape")
    )
    shapes = shaped.select("shape").unique().sort("shape").with_row_index("profile")
    built = [AclProfile(tuple(nodes[number] for number in shape)) for shape in shapes["shape"].to_list()]
    return shaped.join(shapes, on="shape").select("container", "profile"), built


def _parent(path: pl.Expr) -> pl.Expr:
    return pl.when(path.str.contains("/", literal=True)).then(path.str.replace(r"/[^/]*$", "")).otherwise(pl.lit(""))


def _chains(acls: pl.DataFrame) -> pl.DataFrame:
    """For every row the ACLs from the top down: container, chain such as ``R0/D3/f5``.

    The letter says what the path is: R root, D or d folder, F or f file; a capital when the folder above was read.
    """
    raw = pl.col("path").fill_null("")
    rows = (
        acls.select(
            "container",
            "text",
            path=raw.str.strip_chars("/"),
            marked=raw.str.ends_with("/") | pl.col("acl").str.contains("default:", literal=True),
        )
        .unique(["container", "path"], keep="first", maintain_order=True)
        .with_row_index("row")
    )
    known = rows.select("container", candidate="path", parent="row")
    open_rows = rows.filter(pl.col("path") != "").select(
        "row", "container", candidate=_parent(pl.col("path")), direct=pl.lit(value=True)
    )
    linked = []
    while open_rows.height:
        tried = open_rows.join(known, on=["container", "candidate"], how="left")
        linked.append(tried.filter(pl.col("parent").is_not_null()).select("row", "parent", "direct"))
        open_rows = tried.filter(pl.col("parent").is_null() & (pl.col("candidate") != "")).select(
            "row", "container", candidate=_parent(pl.col("candidate")), direct=pl.lit(value=False)
        )
    links = (
        pl.concat(linked)
        if linked
        else pl.DataFrame(schema={"row": pl.UInt32, "parent": pl.UInt32, "direct": pl.Boolean})
    )
    folder = pl.col("marked") | pl.col("row").is_in(links["parent"].unique().implode())
    letter = (
        pl.when(pl.col("path") == "")
        .then(pl.lit("R"))
        .when(folder)
        .then(pl.when(pl.col("direct").fill_null(value=False)).then(pl.lit("D")).otherwise(pl.lit("d")))
        .otherwise(pl.when(pl.col("direct").fill_null(value=False)).then(pl.lit("F")).otherwise(pl.lit("f")))
    )
    waiting = rows.join(links, on="row", how="left").select(
        "row", "container", "parent", own=letter + pl.col("text").cast(pl.String)
    )
    done = waiting.filter(pl.col("parent").is_null()).select("row", "container", chain="own")
    finished = [done]
    waiting = waiting.filter(pl.col("parent").is_not_null())
    while waiting.height:
        done = waiting.join(done.select(parent="row", above="chain"), on="parent").select(
            "row", "container", chain=pl.col("above") + "/" + pl.col("own")
        )
        finished.append(done)
        waiting = waiting.join(done.select("row"), on="row", how="anti")
    return pl.concat(finished).select("container", "chain")


def _acl_path(chain: str, parsed: list[Acl]) -> AclPath:
    steps = chain.split("/")
    return AclPath(
        chain=tuple(parsed[int(step[1:])] for step in steps),
        file=steps[-1][0] in "Ff",
        rooted=steps[0][0] == "R",
        parent_known=steps[-1][0] in "DF",
    )
