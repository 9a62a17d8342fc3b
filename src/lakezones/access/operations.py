"""Grants that are operations and no level of data: denies take them one by one, and some open a way only together.

In: grants by person with their operations in ``detail``. Out: those that are left. An operation is left to a person
when some assignment allows it and no deny takes it, whichever assignment either comes from:
https://learn.microsoft.com/azure/role-based-access-control/overview#how-azure-rbac-determines-if-a-user-has-access-to-a-resource
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import polars as pl

from lakezones.access.routes.delegations import Delegation
from lakezones.access.routes.roles import SWITCH_OPERATION
from lakezones.model.principals import ALL_PRINCIPALS

REFUSED: Final = "refused|"
"""Marks an operation on keys of an account that takes them only once `SWITCH_OPERATION` was used."""
DELEGATED: Final = "delegated "
"""Starts the mark of an operation under a condition on what is assigned; the digest of the delegation follows."""
_SEPARATOR: Final = ","
_MARK: Final = "|"


def delegated(digest: str, operation: str) -> str:
    """An operation with the mark of a delegation."""
    return f"{DELEGATED}{digest}{_MARK}{operation}"


def delegation_of(detail: str) -> str | None:
    """Digest of the delegation that a detail stands for, if any."""
    return detail.removeprefix(DELEGATED).split(_MARK)[0] if detail.startswith(DELEGATED) else None


def listed(operations: Iterable[str]) -> str:
    """Operations as a ``detail``."""
    return _SEPARATOR.join(sorted(operations))


def left_of(details: Collection[str], denied: Iterable[str]) -> set[str]:
    """Which of one person's details leave anything, denies and halves considered; see `without_denied`.

    Examples
    --------
    >>> sorted(left_of(["a,b", "refused|k"], ["a"]))
    ['a,b']
    >>> sorted(left_of([SWITCH_OPERATION, "refused|k"], []))
    ['Microsoft.Storage/storageAccounts/write', 'refused|k']
    """
    gone = {operation for detail in denied for operation in detail.split(_SEPARATOR)}
    left = {detail: [o for o in detail.split(_SEPARATOR) if o.split(_MARK)[-1] not in gone] for detail in details}
    every = {operation for operations in left.values() for operation in operations}
    switched = SWITCH_OPERATION in every
    listing = any(operation.startswith(REFUSED) for operation in every)

    def opens(operation: str) -> bool:
        if operation.startswith(REFUSED):
            return switched
        return listing if operation == SWITCH_OPERATION else True

    return {detail for detail, operations in left.items() if any(map(opens, operations))}


def at_their_level(
    grants: pl.DataFrame, delegations: Mapping[str, Delegation], selves: Callable[[str], Mapping[str, str | None]]
) -> pl.DataFrame:
    """Grants by person, delegations at the level that each holder can give themselves; those at none are left out.

    Parameters
    ----------
    selves
        From a person to what an assignment could name to reach them, as of `Delegation.level`.
    """
    under = pl.col("detail").str.starts_with(DELEGATED)
    some = grants.filter(under).select("principal_id", "detail").unique().sort("principal_id", "detail")
    if some.is_empty():
        return grants
    found = [delegations[delegation_of(detail) or ""].level(selves(who)) for who, detail in some.iter_rows()]
    levels = some.with_columns(own=pl.Series(found, dtype=pl.UInt8))
    return (
        grants.join(levels, on=["principal_id", "detail"], how="left", maintain_order="left")
        .with_columns(level=pl.coalesce("own", "level"))
        .filter(pl.col("level") > 0)
        .select(grants.columns)
    )


def without_denied(allowed: pl.DataFrame, denied: pl.DataFrame) -> pl.DataFrame:
    """Grants of operations that leave anything.

    Parameters
    ----------
    allowed
        class, principal_id, detail, and any others; every row with operations in its detail.
    denied
        class, principal_id, detail of the denies that certainly hold, for `ALL_PRINCIPALS` too.

    Returns
    -------
    polars.DataFrame
        Rows of `allowed`, at most once each.
    """
    if allowed.is_empty():
        return allowed
    one_by_one = (
        allowed.with_row_index("grant")
        .select("grant", "class", "principal_id", operation=pl.col("detail").str.split(_SEPARATOR))
        .explode("operation")
        .with_columns(base=pl.col("operation").str.split(_MARK).list.last())
    )
    gone = denied.select("class", "principal_id", base=pl.col("detail").str.split(_SEPARATOR)).explode("base").unique()
    for_all = gone.filter(pl.col("principal_id") == ALL_PRINCIPALS).drop("principal_id")
    left = one_by_one.join(gone, on=["class", "principal_id", "base"], how="anti").join(
        for_all, on=["class", "base"], how="anti"
    )
    refused, switch = pl.col("operation").str.starts_with(REFUSED), pl.col("operation") == SWITCH_OPERATION
    who = ["class", "principal_id"]
    opened = pl.concat(
        [
            left.filter(~refused & ~switch),
            left.filter(refused).join(left.filter(switch).select(who), on=who, how="semi"),
            left.filter(switch).join(left.filter(refused).select(who), on=who, how="semi"),
        ]
    )
    return allowed[opened["grant"].unique().sort()]
