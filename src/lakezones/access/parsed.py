"""What the raw facts say once Azure's rules have read them: the tables that other stages use in their place.

In: raw facts. Out: role assignments with their scope taken apart, entries of access ACLs with the mask applied, and
approvals that count. Active memberships are `lakezones.access.membership.active_edges`. Only ``verify`` reads the raw
tables itself, on purpose: the proof must not rest on the rules it checks.
"""

import dataframely as dy
import polars as pl

from lakezones.access.routes.acl import parse_acl
from lakezones.access.settings import AccessSettings
from lakezones.model.frames import Facts
from lakezones.model.rules import is_active, unexpired
from lakezones.model.scopes import parse_scopes

READ, WRITE, EXECUTE = 4, 2, 1
"""Bits of an ACL entry."""


class Assignments(dy.Schema):
    """Role assignments and denies that have not expired."""

    principal_id = dy.String(description="assignee")
    role = dy.String(description="role definition, as the assignment writes it")
    grant_id = dy.String(nullable=True, description="id of the assignment")
    effect = dy.Enum(["allow", "deny"], description="deny assignments win over every allow")
    active = dy.Bool(description="false for an eligible assignment, which is not held until it is activated")
    conditional = dy.Bool(description="whether it has a condition")
    scope = dy.String(description="ARM id of the scope, as the assignment writes it")
    scope_kind = dy.String(description="management_group, subscription, resource_group, account, container or other")
    subscription = dy.String(description="in lower case; empty for a management group")
    account = dy.String(description="in lower case; empty above accounts")
    name = dy.String(description="bare name of the container; empty above containers")


class AclEntries(dy.Schema):
    """Named users and groups of access ACLs; default entries decide nothing and are left out."""

    container = dy.String(description="container")
    path = dy.String(description="path inside the container without slashes around it; empty for the root")
    kind = dy.Enum(["user", "group"], description="kind of entry")
    principal_id = dy.String(description="who is named")
    bits = dy.UInt8(description="permissions under the mask: read 4, write 2, execute 1")


def assignments(facts: Facts) -> dy.DataFrame[Assignments]:
    """Role assignments and denies that have not expired, with their scopes taken apart; one row each."""
    rows = facts.table("role_assignments").filter(unexpired(facts.as_of))
    return Assignments.cast(
        rows.join(parse_scopes(rows["scope"]), on="scope", maintain_order="left").select(
            "principal_id",
            "role",
            "grant_id",
            effect=pl.col("effect").cast(pl.String).fill_null("allow"),
            active=is_active(),
            conditional=pl.col("condition").fill_null("") != "",
            scope="scope",
            scope_kind="scope_kind",
            subscription="subscription",
            account="account",
            name="container",
        )
    )


def active_grants(facts: Facts) -> dy.DataFrame[Assignments]:
    """Role assignments that give access now: active, not expired and no denies. These count in Azure's limits."""
    return Assignments.cast(assignments(facts).filter("active", pl.col("effect") == "allow"))


def on_containers(rows: pl.DataFrame, containers: pl.Series) -> pl.DataFrame:
    """Those assignments that are made at a container, with ``container`` as the snapshot names it.

    Parameters
    ----------
    rows
        Of `Assignments`, all or some.
    containers
        Names of containers, with or without their account; a container that is none of them keeps its bare name.
    """
    full = pl.concat_str("account", "name", separator="/")
    return rows.filter(pl.col("scope_kind") == "container").with_columns(
        container=pl.when(full.is_in(containers.implode())).then(full).otherwise("name")
    )


def classes_bound_by_name(facts: Facts, class_grants: pl.DataFrame) -> pl.DataFrame:
    """Classes with data access by an assignment above containers whose condition may look at a container's name.

    What such a condition grants here it need not grant in a container of another name, and the other way round.

    Returns
    -------
    polars.DataFrame
        class_id; unique.
    """
    scope = pl.col("scope").str.to_lowercase().str.strip_suffix("/")
    conditional = assignments(facts).filter("conditional").select(scope, grantee_id="principal_id").unique()
    wide = class_grants.filter(
        pl.col("scope_kind").cast(pl.String) != "container",
        pl.col("lane").cast(pl.String) == "data",
        pl.col("effect").cast(pl.String) == "allow",
    )
    return (
        wide.select("class_id", "grantee_id", scope)
        .join(conditional, on=["grantee_id", "scope"], how="semi")
        .select("class_id")
        .unique()
    )


def acl_entries(facts: Facts) -> dy.DataFrame[AclEntries]:
    """Named users and groups of every access ACL that was read, with what the mask leaves them."""
    acls = facts.table("acls").select("container", "acl", path=pl.col("path").fill_null("").str.strip_chars("/"))
    entries = named_entries(acls["acl"])
    return AclEntries.cast(acls.join(entries, on="acl", maintain_order="left").select(AclEntries.column_names()))


def named_entries(acls: pl.Series) -> pl.DataFrame:
    """Named users and groups of each distinct access ACL: acl, kind, principal_id, bits (with the mask applied)."""
    rows = [
        (text, kind, name, bits & acl.mask)
        for text in acls.unique().sort()
        for acl in [parse_acl(text)]
        for kind, named in (("user", acl.users), ("group", acl.groups))
        for name, bits in named.items()
    ]
    schema = {"acl": pl.String, "kind": pl.String, "principal_id": pl.String, "bits": pl.UInt8}
    return pl.DataFrame(rows, schema=schema, orient="row")


def approvals(facts: Facts, *, settings: AccessSettings) -> pl.DataFrame:
    """Approvals that count: with a status that `settings` calls approved, or none, and not expired.

    Returns
    -------
    polars.DataFrame
        principal_id, entitlement; unique.
    """
    status = pl.col("status").fill_null("").str.strip_chars().str.to_lowercase()
    words = ["", *(word.strip().lower() for word in settings.approved_statuses)]
    return (
        facts.table("entitlements")
        .filter(status.is_in(words) & unexpired(facts.as_of))
        .select("principal_id", "entitlement")
        .unique()
    )
