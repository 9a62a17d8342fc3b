"""The containers of a lake and the accounts they live in, from whatever tables were read.

In: raw facts. Out: `ContainerIndex`. A container that any grant names is part of the lake even when the inventory
lacks it, so that no grant is lost silently; ``findings`` reports such containers.
"""

from dataclasses import dataclass

import polars as pl

from lakezones.access.routes.globs import is_glob
from lakezones.model.frames import Facts
from lakezones.model.scopes import parse_scope, parse_scopes


@dataclass(frozen=True)
class Account:
    """What is known of a storage account; None where it was not assessed."""

    account: str
    subscription: str | None = None
    resource_group: str | None = None
    hns: bool | None = None
    allow_shared_key: bool | None = None
    allow_public: bool | None = None


@dataclass(frozen=True)
class ContainerIndex:
    """Containers by code, and their accounts.

    Attributes
    ----------
    containers
        code (0, 1, ...), container, account (lower case; empty where unknown), name (bare); sorted by container.
    accounts
        By name in lower case; always holds every account that `containers` names.
    """

    containers: pl.DataFrame
    accounts: dict[str, Account]

    def code(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Replace column ``container`` by its code; rows of unknown containers are left out."""
        codes = self.containers.select("container", code="code")
        return frame.join(codes, on="container").drop("container").rename({"code": "container"})


def index_containers(facts: Facts, *, also: pl.Series | None = None) -> ContainerIndex:
    """Collect every container and account that any table names, and the containers `also` names."""
    scopes = container_scopes(facts)
    listed = facts.table("containers").select("container", pl.col("account").str.to_lowercase())
    named = [
        *(facts.table(name).select("container") for name in ("acls", "stored_policies")),
        pl.DataFrame({"container": facts.table("grants")["container"] if also is None else also}),
        facts.table("entitlement_containers").filter(~is_glob()).select("container"),
    ]
    unlisted = pl.concat(named).join(listed, on="container", how="anti").unique().sort("container")
    accounts = _accounts(facts, scopes)
    every = pl.concat([listed, unlisted.with_columns(account=pl.lit(None, pl.String))])
    every = _locate(every.unique("container", keep="first", maintain_order=True), accounts)
    missing = scopes.join(every, on=["account", "name"], how="anti").select("account", "name").unique()
    if missing.height:
        several = len(accounts) > 1
        full = pl.concat_str("account", pl.lit("/"), "name") if several else pl.col("name")
        every = pl.concat([every, missing.select(container=full, account="account", name="name")])
        every = every.unique("container", keep="first", maintain_order=True)
    every = every.sort("container")
    for account in every["account"].unique():
        accounts.setdefault(account, Account(account))
    return ContainerIndex(every.with_row_index("code").select("code", "container", "account", "name"), accounts)


def _locate(containers: pl.DataFrame, accounts: dict[str, Account]) -> pl.DataFrame:
    """Add account and bare name: from the column, else from ``account/container``, else the only account there is."""
    only = next(iter(accounts)) if len(accounts) == 1 else ""
    slash = pl.col("container").str.contains("/", literal=True)
    prefix = pl.col("container").str.split_exact("/", 1).struct.field("field_0").str.to_lowercase()
    return containers.with_columns(
        account=pl.coalesce(pl.col("account"), pl.when(slash).then(prefix), pl.lit(only)),
        name=pl.when(slash).then(pl.col("container").str.replace(r"^[^/]*/", "")).otherwise(pl.col("container")),
    )


def container_scopes(facts: Facts) -> pl.DataFrame:
    """Scopes of assignments that name one container: scope, account, name."""
    scopes = parse_scopes(facts.table("role_assignments")["scope"]).filter(pl.col("scope_kind") == "container")
    return scopes.select("scope", "account", name="container")


def _accounts(facts: Facts, scopes: pl.DataFrame) -> dict[str, Account]:
    accounts = {
        row["account"].lower(): Account(
            row["account"].lower(),
            _lower(row["subscription_id"]),
            _lower(row["resource_group"]),
            row["hns"],
            row["allow_shared_key"],
            row["allow_public"],
        )
        for row in facts.table("accounts").iter_rows(named=True)
    }
    # A container's own ARM id says where its account is, even when no account was read.
    for text in scopes["scope"]:
        scope = parse_scope(text)
        accounts.setdefault(scope.account, Account(scope.account, scope.subscription, scope.resource_group))
    for name in facts.table("containers")["account"].drop_nulls().unique().sort():
        accounts.setdefault(name.lower(), Account(name.lower()))
    return accounts


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None
