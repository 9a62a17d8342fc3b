"""In which account every container lies and to which it would move, decided here and nowhere else.

In: facts, settings. Out: account and target account of every container, or the cause why it stays. A container whose
account is not known for certain is not copied anywhere; nor is anything copied into an account of which the scan does
not say who holds roles there.
"""

from typing import Final

import polars as pl

from lakezones.model.frames import Facts
from lakezones.model.places import account_name_column
from lakezones.propose.layout.settings import LayoutSettings

LOCATED: Final = ("container", "account", "target_account", "where")


def locate(facts: Facts, containers: pl.Series, *, settings: LayoutSettings) -> pl.DataFrame:
    """Account of every container, and of its target.

    Returns
    -------
    DataFrame
        container, account (in lower case; null where it is not known), target_account (null where it stays), where
        (``unknown_account`` or ``unknown_target``; null where it may move); in the order of `containers`.
    """
    known = _known(facts)
    target = pl.lit(settings.account) if settings.account else pl.col("account")
    unseen = target != pl.col("account") if not _scanned(facts, settings.account) else pl.lit(value=False)
    return (
        pl.DataFrame({"container": containers})
        .join(known, on="container", how="left", maintain_order="left")
        .with_columns(
            where=pl.when(pl.col("account").is_null())
            .then(pl.lit("unknown_account"))
            .when(unseen)
            .then(pl.lit("unknown_target"))
        )
        .with_columns(target_account=pl.when(pl.col("where").is_null()).then(target))
        .select(pl.col(LOCATED).cast(pl.String))
    )


def _scanned(facts: Facts, account: str) -> bool:
    """Whether the scan says who holds roles on an account."""
    accounts = facts.table("accounts")["account"].str.to_lowercase()
    return facts.assessed("role_assignments") and account in accounts


def _known(facts: Facts) -> pl.DataFrame:
    """Containers whose account is certain: container, account.

    The column says it, else the name before the slash, else there is one account alone; where two of these differ,
    where several accounts could be meant by a bare name, and where accounts were scanned and this was not, it is not.
    """
    listed = facts.table("containers").select("container", stated=pl.col("account").str.to_lowercase())
    scanned = facts.table("accounts")["account"].str.to_lowercase()
    slash = pl.col("container").str.contains("/", literal=True)
    prefix = pl.when(slash).then(pl.col("container").str.split("/").list.first().str.to_lowercase())
    only = scanned[0] if scanned.len() == 1 else None
    found = listed.with_columns(account=pl.coalesce("stated", prefix, pl.lit(only, pl.String))).filter(
        account_name_column(), prefix.is_null() | (prefix == pl.col("account"))
    )
    if facts.assessed("accounts"):
        found = found.filter(pl.col("account").is_in(scanned.implode()))
    bare = found.filter(~slash)["account"].unique()
    return found.filter(slash | pl.lit(bare.len() == 1)).select("container", "account")
