"""Which rows of a snapshot can concern a question, so that a question need not read the whole of it.

In: a container's name or a principal's id. Out: for each table the rows that `lakezones.access.explain` looks at; None
stands for all of them, and tables that are not named are not looked at.
"""

from typing import Final

import polars as pl

from lakezones.access.routes.globs import is_glob

NAMES: Final[dict[str, pl.Expr | None]] = {"principals": None, "memberships": None, "stored_policies": None}
"""Rows that tell which principals there are."""


def container(name: str) -> dict[str, pl.Expr | None]:
    """Rows that can decide who reaches one container, and who used it."""
    this = pl.col("container") == name
    bare = name.rsplit("/", 1)[-1].lower()
    scope = pl.col("scope").str.to_lowercase()
    elsewhere = scope.str.contains("/containers/", literal=True) & ~scope.str.strip_chars_end("/").str.ends_with(
        f"/containers/{bare}"
    )
    # Whether metadata were read at all must not depend on this one container: one that has some is kept.
    read = pl.col("metadata").is_not_null()
    return {
        "accounts": None,
        "containers": this | (read & (read.cum_sum() == 1)),
        "principals": None,
        "memberships": None,
        "group_owners": None,
        "role_definitions": None,
        "role_assignments": ~elsewhere,
        "acls": this,
        "stored_policies": this,
        "entitlements": None,
        "entitlement_containers": this | is_glob(),
        "grants": this,
        "usage": this,
    }


def principal(name: str | None) -> dict[str, pl.Expr | None]:
    """Rows that say where a principal's access is, and what of it was used."""
    return {
        "containers": None,
        "principals": None,
        "memberships": None,
        "usage": pl.col("principal_id") == name,
    }
