"""Data products: what the containers of one system in one domain become, with an owner and a contract to fill in.

In: the layout with labels, facts. Out: one row per product, and its contract stub as YAML. Owners are looked for in
`SOURCES`, and the one that names them is kept: metadata, who answers for the job that writes it, who writes it most.
"""

import json

import polars as pl

from lakezones.model.frames import Access, Facts

SOURCES = ("metadata", "writing job", "most active writer")


def owners(layout: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Owner of every product: columns product, owner, owner_from (null where nobody was found)."""
    moving = layout.select("container", "product", "owner").drop_nulls("product")
    jobs = facts.table("references").filter(pl.col("direction") == "write").select("container", "owner").drop_nulls()
    people = facts.table("principals").filter(pl.col("kind") == "user").select("principal_id")
    writers = (
        facts.table("usage")
        .filter(pl.col("access") != "read")
        .join(people, on="principal_id", how="semi")
        .select("container", owner="principal_id")
    )
    sources = [moving.drop_nulls("owner").select("container", "owner"), jobs, writers]
    found = [
        named.join(moving.select("container", "product"), on="container")
        .group_by("product", "owner")
        .len()
        .sort("product", "len", "owner", descending=[False, True, False])
        .unique("product", keep="first", maintain_order=True)
        .select("product", "owner", owner_from=pl.lit(word), step=pl.lit(i))
        for i, (named, word) in enumerate(zip(sources, SOURCES, strict=True))
    ]
    return pl.concat(found).sort("product", "step").unique("product", keep="first", maintain_order=True).drop("step")


def products(layout: pl.DataFrame, facts: Facts, access: Access) -> pl.DataFrame:
    """One row per product.

    Parameters
    ----------
    layout : DataFrame
        Containers that move, with product, domain, zone, owner, restricted, class_id.

    Returns
    -------
    DataFrame
        product, domain, owner, owner_from, zones, containers, restricted, consumers (people of its most open class).
    """
    people = access.data_lane.group_by("class_id").agg(people=pl.len().cast(pl.Int64))
    held = layout.join(people, on="class_id", how="left", maintain_order="left")
    return (
        held.group_by("product")
        .agg(
            domain=pl.col("domain").drop_nulls().mode().sort().first(),
            zones=pl.col("zone").unique().sort().str.join(", "),
            containers=pl.len().cast(pl.Int64),
            restricted=pl.col("restricted").sum().cast(pl.Int64),
            consumers=pl.col("people").fill_null(0).max().cast(pl.Int64),
        )
        .join(owners(layout, facts), on="product", how="left")
        .select("product", "domain", "owner", "owner_from", "zones", "containers", "restricted", "consumers")
        .sort("product")
    )


def contract(row: dict[str, object], targets: list[tuple[str, str, str]]) -> str:
    """Contract stub of one product, as YAML.

    Parameters
    ----------
    row
        A row of `products`.
    targets
        (zone, zone container, folder) of each of its containers, sorted.

    Examples
    --------
    >>> row = {"product": "retail-crm", "domain": "retail", "owner": None, "restricted": 0, "consumers": 7}
    >>> print(contract(row, [("raw", "retail-raw", "crm-a")]).splitlines()[3])
    owner: null  # to be named: every product has an owner
    """

    def text(value: object) -> str:
        # JSON strings are YAML strings, whatever is in them.
        return json.dumps(value, ensure_ascii=False)

    owner = f"owner: {text(row['owner'])}"
    lines = [
        "# Contract stub: proposed from what was scanned; everything marked `to be` is for the owner to fill in.",
        f"product: {text(row['product'])}",
        f"domain: {text(row['domain'])}",
        owner if row["owner"] else f"{owner}  # to be named: every product has an owner",
        "version: 0.1.0",
        "status: draft",
        f"sensitivity: {'restricted' if row['restricted'] else 'to be classified'}",
        f"consumers_today: {row['consumers']}",
        "purpose: to be described",
        "freshness: to be agreed",
        "quality: to be agreed",
        "retention: to be agreed",
        "outputs:",
    ]
    for zone, box, folder in targets:
        lines.append(f"  - zone: {zone}")
        lines.append(f"    location: {text(f'{box}/{folder}')}")
        lines.append("    schema: to be described")
    return "\n".join(lines) + "\n"


def contracts(found: pl.DataFrame, layout: pl.DataFrame) -> pl.DataFrame:
    """Contract stub of every product: columns product, yaml."""
    targets: dict[str, list[tuple[str, str, str]]] = {}
    for product, zone, box, path in (
        layout.select("product", "zone", "target_container", "target_path").sort(pl.all()).iter_rows()
    ):
        targets.setdefault(product, []).append((zone, box, path))
    rows = [(row["product"], contract(row, targets.get(row["product"], []))) for row in found.iter_rows(named=True)]
    return pl.DataFrame(rows, schema={"product": pl.String, "yaml": pl.String}, orient="row")
