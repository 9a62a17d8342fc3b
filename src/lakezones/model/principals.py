"""Names of principals that no directory holds.

A class of containers holds a stored policy as ``sas:*/POLICY``, since its containers each have a policy of that name;
a container holds it as ``sas:CONTAINER/POLICY``. Class tables have the former, whatever is about one container the
latter.
"""

from typing import Final

import polars as pl

from lakezones.model.frames import Access, Facts

OF_ANY_CONTAINER: Final = "sas:*/"
"""Start of a stored policy's name in tables by class."""

EVERYBODY: Final = "authenticated"
"""Pseudo-principal for what the entry ``other`` opens to every identity of the directory."""
NO_OWNER: Final = "$superuser"
"""Owner that Azure writes where a shared key made the path: nobody in the directory."""
ALL_PRINCIPALS: Final = "00000000-0000-0000-0000-000000000000"
"""Principal of a deny assignment that holds for all principals."""
MACHINES: Final = ("service_principal", "managed_identity")
"""Kinds of principals that are no people."""


def of_kind(facts: Facts, *kinds: str) -> pl.DataFrame:
    """Principals of some kinds: principal_id; unique."""
    return facts.table("principals").filter(pl.col("kind").cast(pl.String).is_in(kinds)).select("principal_id").unique()


def is_person() -> pl.Expr:
    """Expression over ``kind``: an id that the directory does not know counts as a person."""
    return ~pl.col("kind").cast(pl.String).is_in(MACHINES).fill_null(value=False)


def held_by_principals(facts: Facts, access: Access) -> pl.DataFrame:
    """Access by real principals, with what the directory knows of them.

    Returns
    -------
    polars.DataFrame
        class_id, principal_id, lane (text), level, name, kind (text), department, enabled; neither tokens nor what
        everybody may do.
    """
    known = facts.table("principals").select(
        "principal_id", "name", pl.col("kind").cast(pl.String), "department", "enabled"
    )
    return (
        access.class_access.with_columns(pl.col("lane").cast(pl.String))
        .filter((pl.col("lane") != "bearer") & (pl.col("principal_id") != EVERYBODY))
        .join(known, on="principal_id", how="left")
    )


def policy_of_class(policy: str) -> pl.Expr:
    """Expression for the name of a column's stored policies in tables by class."""
    return pl.lit(OF_ANY_CONTAINER) + pl.col(policy)


def on_container(principal: str = "principal_id", container: str = "container") -> pl.Expr:
    """Expression for principals as they are called on one container: policies with its name, others as they are.

    Examples
    --------
    >>> rows = pl.DataFrame({"principal_id": ["sas:*/export", "ana"], "container": ["sales", "sales"]})
    >>> rows.select(on_container()).to_series().to_list()
    ['sas:sales/export', 'ana']
    """
    of_policy = pl.col(principal).str.starts_with(OF_ANY_CONTAINER)
    named = pl.concat_str(
        pl.lit("sas:"), container, pl.lit("/"), pl.col(principal).str.slice(len(OF_ANY_CONTAINER)), ignore_nulls=False
    )
    return pl.when(of_policy).then(named).otherwise(pl.col(principal)).alias(principal)


def count_named(principal: str = "principal_id", containers: str = "containers") -> pl.Expr:
    """Expression for how many principals rows by class name: a policy is another one on each of the containers.

    Examples
    --------
    >>> rows = pl.DataFrame({"principal_id": ["sas:*/export", "ana", "ana"], "containers": [3, 3, 4]})
    >>> rows.select(count_named()).item()
    4
    """
    of_policy = pl.col(principal).str.starts_with(OF_ANY_CONTAINER)
    return pl.col(principal).filter(~of_policy).n_unique() + pl.col(containers).filter(of_policy).sum()


def named_on(principal: str, container: str) -> str:
    """Name of one principal on one container.

    Examples
    --------
    >>> named_on("sas:*/export", "sales"), named_on("ana", "sales")
    ('sas:sales/export', 'ana')
    """
    if not principal.startswith(OF_ANY_CONTAINER):
        return principal
    return f"sas:{container}/{principal.removeprefix(OF_ANY_CONTAINER)}"
