"""Enforcement by condition and by Unity Catalog: what the options of ``layout.toml`` would really grant, to the letter.

In: containers that move with their targets, who has to be named on each class. Out: role assignments with conditions
on the path, and grants in Unity Catalog. Both open exactly the folders that ACLs would open; where a condition gets
longer than Azure takes, the zone container stays with ACLs and says so.

Formats: https://learn.microsoft.com/azure/role-based-access-control/conditions-format and
https://docs.databricks.com/data-governance/unity-catalog/manage-privileges/privileges.html
"""

from typing import Final

import polars as pl

from lakezones.model.limits import LimitsSettings
from lakezones.propose.layout.names import digest
from lakezones.propose.layout.place import words
from lakezones.propose.layout.price import TARGET

_BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_READ: Final = (f"!(ActionMatches{{'{_BLOBS}/read'}} AND NOT SubOperationMatches{{'Blob.List'}})",)
_WRITE: Final = tuple(
    f"!(ActionMatches{{'{_BLOBS}/{action}'}})" for action in ("write", "add/action", "delete", "move/action")
)
_OWN: Final = (f"!(ActionMatches{{'{_BLOBS}/modifyPermissions/action'}})",)
LEVELS: Final[dict[int, tuple[str, tuple[str, ...], tuple[str, ...]]]] = {
    1: ("Storage Blob Data Reader", _READ, ("SELECT",)),
    3: ("Storage Blob Data Contributor", (*_READ, *_WRITE), ("MODIFY", "SELECT")),
    7: ("Storage Blob Data Owner", (*_READ, *_WRITE, *_OWN), ("MANAGE", "MODIFY", "SELECT")),
}
"""Role, guarded actions and privileges of each level."""

CONDITIONS: Final = {
    **dict.fromkeys(["target_account", "target_container", "grantee_id", "role"], pl.String),
    "folders": pl.Int64,
    "bytes": pl.Int64,
    "fits": pl.Boolean,
    "condition_version": pl.String,
    "condition": pl.String,
}
CATALOG_GRANTS: Final = dict.fromkeys(
    ["product", "securable_type", "securable", "grantee_id", "grantee", "privilege", "statement"], pl.String
)


def condition_text(paths: list[str], level: int) -> str:
    """Condition under which a role of `level` opens the blobs below `paths` and no others.

    Listing stays open, as conditions on paths leave it in Azure's own examples: names of blobs are seen, not content.

    Examples
    --------
    >>> condition_text(["crm", "erp"], 1).rpartition(" ForAnyOfAnyValues:")[-1]
    "StringLike {'crm/*', 'erp/*'}))"
    """
    _, guarded, _ = LEVELS[level]
    below = ", ".join(f"'{path}/*'" for path in paths)
    return f"(({' AND '.join(guarded)}) OR (@Resource[{_BLOBS}:path] ForAnyOfAnyValues:StringLike {{{below}}}))"


def conditions(moved: pl.DataFrame, named: pl.DataFrame, *, limits: LimitsSettings) -> pl.DataFrame:
    """Role assignments with conditions, for zone containers enforced by condition.

    Parameters
    ----------
    moved : DataFrame
        class_id, target_account, target_container, target_path, enforcement.
    named : DataFrame
        class_id, grantee_id, level: who has to be named on the containers of each class.

    Returns
    -------
    DataFrame
        target_account, target_container, grantee_id, role, folders, bytes, fits (within the limit; always true where
        there is no condition), condition_version and condition (null where the grantee may reach the whole zone
        container); sorted.
    """
    chosen = moved.filter(pl.col("enforcement") == "condition")
    sizes = chosen.group_by(TARGET).agg(size=pl.len())
    grouped = (
        chosen.join(named.filter(pl.col("level").is_in(list(LEVELS))), on="class_id")
        .group_by(*TARGET, "grantee_id", "level")
        .agg(paths=pl.col("target_path").sort())
        .join(sizes, on=TARGET, nulls_equal=True)
        .sort(*TARGET, "grantee_id", "level")
    )
    rows = []
    for account, box, grantee, level, paths, size in grouped.iter_rows():
        text = None if len(paths) == size else condition_text(paths, level)
        length = len(text.encode()) if text else 0
        # No escape for a quote is documented: a path with one cannot be written.
        fits = length <= limits.condition_bytes.value and not (text and any("'" in path for path in paths))
        rows.append((account, box, grantee, LEVELS[level][0], len(paths), length, fits, "2.0" if text else None, text))
    return pl.DataFrame(rows, schema=CONDITIONS, orient="row")


def without_conditions(moved: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """`moved` with ACLs where one of the conditions `found` for a zone container does not fit."""
    broken = found.filter(~pl.col("fits")).select(TARGET).unique().with_columns(broken=pl.lit(value=True))
    return (
        moved.join(broken, on=TARGET, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(enforcement=pl.when(pl.col("broken")).then(pl.lit("acl")).otherwise("enforcement"))
        .drop("broken")
    )


def catalog_grants(moved: pl.DataFrame, named: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Grants in Unity Catalog, for zone containers enforced by it: a catalog per domain, a schema per product and zone.

    Parameters
    ----------
    moved : DataFrame
        container, class_id, label (domain), zone, product, target_path, enforcement.
    named : DataFrame
        class_id, grantee_id, level.
    groups : DataFrame
        group_id, name.

    Returns
    -------
    DataFrame
        product, securable_type, securable, grantee_id, grantee (name), privilege, statement; catalogs first, then
        schemas, then tables. Only direct members of a group have its grants there: provisioning from Entra does not
        unpack nested groups.
    """
    chosen = moved.filter(pl.col("enforcement") == "unity_catalog").sort("container")
    names = dict(groups.select("group_id", "name").unique("group_id").iter_rows())
    taken: dict[str, str] = {}
    rows: set[tuple[int, str, str, str, str, str]] = set()
    spelled = chosen.join(named.filter(pl.col("level").is_in(list(LEVELS))), on="class_id", maintain_order="left")
    for row in spelled.iter_rows(named=True):
        catalog = _word(row["label"])
        schema = f"{catalog}.{_word(row['product'])}_{_word(row['zone'])}"
        table = f"{schema}.{_word(row['target_path'])}"
        if taken.setdefault(table, row["container"]) != row["container"]:
            table = f"{table}_{digest(row['container'])}"
        grantee = row["grantee_id"]
        rows.add((0, row["product"], "CATALOG", catalog, grantee, "USE CATALOG"))
        rows.add((1, row["product"], "SCHEMA", schema, grantee, "USE SCHEMA"))
        rows |= {(2, row["product"], "TABLE", table, grantee, right) for right in LEVELS[row["level"]][2]}
    return pl.DataFrame(
        [
            (product, kind, securable, grantee, names.get(grantee, grantee), right, statement)
            for _, product, kind, securable, grantee, right in sorted(rows)
            for statement in [_grant(kind, securable, names.get(grantee, grantee), right)]
        ],
        schema=CATALOG_GRANTS,
        orient="row",
    )


def _word(name: str) -> str:
    return words(name).replace("-", "_") or f"t_{digest(name)}"


def _grant(kind: str, securable: str, grantee: str, privilege: str) -> str:
    quoted = ".".join(f"`{part}`" for part in securable.split("."))
    return f"GRANT {privilege} ON {kind} {quoted} TO `{grantee.replace('`', '``')}`;"
