"""Schemas of the raw facts: what a snapshot holds and what a capture may bring.

One class per table of a snapshot. Required columns are not nullable; every optional column is nullable and, where a
source lacks it, present and null. A table that is absent from a snapshot was *not assessed*, which is not the same
as empty.
"""

from typing import Final

import dataframely as dy
import polars as pl

TIME: Final = pl.Datetime("us", "UTC")


def _text(description: str, *, required: bool = False) -> dy.String:
    return dy.String(nullable=not required, min_length=1 if required else None, description=description)


def _time(description: str) -> dy.Datetime:
    return dy.Datetime(nullable=True, time_zone="UTC", time_unit="us", description=description)


def _flag(description: str) -> dy.Bool:
    return dy.Bool(nullable=True, description=description)


def _count(description: str) -> dy.Int64:
    return dy.Int64(nullable=True, min=0, description=description)


def _list(description: str) -> dy.List:
    return dy.List(dy.String(), nullable=True, description=description)


class Accounts(dy.Schema):
    """Storage accounts and the settings that decide which routes to data are open."""

    account = _text("name of the storage account", required=True)
    subscription_id = _text("subscription the account lives in")
    resource_group = _text("resource group the account lives in")
    region = _text("Azure region; residency rules look at it")
    hns = _flag("hierarchical namespace: only then do ACLs decide anything")
    allow_shared_key = _flag("whether account keys open the data")
    allow_public = _flag("whether any container may be public at all")
    soft_delete_days = _count("days for which deleted blobs can be brought back; 0 where soft delete is off")
    versioning = _flag("whether earlier versions of blobs are kept")
    network_default = dy.Enum(
        ["allow", "deny"],
        nullable=True,
        description="what the firewall does with a request that none of its rules match",
    )
    private_endpoints = _count("number of approved private endpoint connections")


class Containers(dy.Schema):
    """Containers (one per source table) with what can be known of them without reading data."""

    container = _text("container; `account/container` where there is more than one account", required=True)
    account = _text("storage account")
    last_modified = _time("newest change seen")
    size_bytes = _count("bytes of all blobs")
    blob_count = _count("number of blobs")
    format = _text("file format by name and inventory: parquet, delta, iceberg, orc, avro, csv, json, ...")
    public_access = _text("blob or container when anonymous reading is on")
    immutability = _flag("under an immutability policy: cannot be deleted")
    legal_hold = _flag("under legal hold: cannot be deleted")
    lease = _text("state of its lease: available, leased, ...; leased cannot be deleted without the lease")
    tier = _text("access tier; archive must be rehydrated before a copy")
    metadata = _text("the container's metadata as a JSON object: system, table, domain, sensitivity, ...")


class Principals(dy.Schema):
    """People, groups, service principals and managed identities of the directory."""

    principal_id = _text("object id", required=True)
    kind = dy.Enum(
        ["user", "group", "service_principal", "managed_identity"], nullable=True, description="kind of principal"
    )
    name = _text("display name or user principal name")
    department = _text("department; may be blank, stale or merged")
    title = _text("job title")
    manager_id = _text("object id of the manager")
    enabled = _flag("false for a disabled account")
    last_sign_in = _time("last interactive sign-in")
    managed_by = dy.Enum(
        ["entra", "dynamic", "ad_sync", "access_package"],
        nullable=True,
        description="who may change the membership of a group: only entra and access_package groups can be written",
    )


class Memberships(dy.Schema):
    """Direct membership edges; nesting and cycles are as found."""

    group_id = _text("the group", required=True)
    member_id = _text("the direct member: a person, a service principal or a group", required=True)
    state = _text("active (or null) or eligible")
    expires_at = _time("end of a time-bound membership")


class GroupOwners(dy.Schema):
    """Owners of groups: they can add members, themselves included."""

    group_id = _text("the group", required=True)
    owner_id = _text("a person or service principal that owns it", required=True)


class RoleDefinitions(dy.Schema):
    """Azure role definitions, by the actions they carry."""

    role = _text("definition id (its last GUID) or name, as role assignments write it", required=True)
    actions = _list("control-plane actions, with wildcards")
    not_actions = _list("control-plane actions taken away")
    data_actions = _list("data-plane actions, with wildcards")
    not_data_actions = _list("data-plane actions taken away")


class RoleAssignments(dy.Schema):
    """Role assignments, eligible ones and denies, at whatever scope they were made."""

    principal_id = _text("assignee: a person, group or service principal", required=True)
    role = _text("role definition: built-in name, GUID or full ARM id", required=True)
    scope = _text("ARM id of the scope; everything below inherits", required=True)
    grant_id = _text("id of the assignment; usage and plans point at it")
    condition = _text("attribute-based condition, as written")
    condition_version = _text("version of the condition's language")
    state = dy.Enum(["active", "eligible"], nullable=True, description="eligible: PIM, not held until activated")
    effect = dy.Enum(["allow", "deny"], nullable=True, description="deny assignments win over every allow")
    created_at = _time("when it was made")
    expires_at = _time("end of a time-bound assignment")


class Acls(dy.Schema):
    """POSIX ACLs of hierarchical accounts, one row per path that was read."""

    container = _text("container", required=True)
    acl = _text("POSIX text, e.g. user::rwx,group::r-x,group:ID:r-x,mask::r-x,other::---,default:...", required=True)
    path = _text("path inside the container; null or / is the root")
    owner = _text("owning principal")
    owning_group = _text("owning group")


class StoredPolicies(dy.Schema):
    """Stored access policies: what SAS tokens issued under them may do."""

    container = _text("container", required=True)
    policy = _text("id of the policy", required=True)
    permissions = _text("permission letters, e.g. rl or racwdl")
    starts_at = _time("start of validity")
    expires_at = _time("end of validity; null is for ever")


class Entitlements(dy.Schema):
    """Requests of the access-request system: who was approved for what. An approval is not access."""

    principal_id = _text("who requested", required=True)
    entitlement = _text("name of the entitlement", required=True)
    status = _text("approved (or null), pending, expired, revoked, denied")
    requested_at = _time("when it was asked for")
    approved_at = _time("when it was approved")
    approver = _text("who approved")
    expires_at = _time("end of the approval")


class EntitlementContainers(dy.Schema):
    """What an entitlement opens, and the group that enforces it where there is one."""

    entitlement = _text("name of the entitlement", required=True)
    container = _text("container, or a glob over container names", required=True)
    access = dy.Enum(["read", "write", "manage"], nullable=True, description="read when null")
    group_id = _text("the group on the container that enforces the entitlement")


class Grants(dy.Schema):
    """Access already worked out elsewhere, person by person, or any access matrix."""

    principal_id = _text("who", required=True)
    container = _text("on what", required=True)
    access = dy.Enum(["read", "write", "manage"], nullable=True, description="read when null")
    source = _text("where the grant comes from; entitlement when null")
    entitlement = _text("entitlement it was granted under")
    grant_id = _text("id of the grant; derived if absent")
    granted_at = _time("when it was granted")
    expires_at = _time("end of a time-bound grant")


class Usage(dy.Schema):
    """Observed use, aggregated per person, container and access."""

    principal_id = _text("who; sas:... and key:... for requests that carry no person", required=True)
    container = _text("on what", required=True)
    access = dy.Enum(["read", "write", "manage"], nullable=True, description="what was done; read when null")
    last_used = _time("newest use")
    operations = _count("number of requests in the window")
    grant_id = _text("the grant that was used, where the log names it")
    app_id = _text("application that sent the requests")
    user_agent = _text("client that sent the requests, as it names itself")
    caller = _text("network address the requests came from")


class Systems(dy.Schema):
    """The bank's own register of systems of record."""

    system = _text("name of the system", required=True)
    application_id = _text("id of the application in the register")
    owner = _text("business owner")
    area = _text("business area the system belongs to")


class References(dy.Schema):
    """What the tools around the lake read and write: reports, flows, jobs, models.

    A reference names its container, or the place as the tool writes it, which may be no container at all.
    """

    tool = _text("free text: tableau, sas, adf, dbt, ...", required=True)
    artifact = _text("the report, pipeline, program or model", required=True)
    container = _text("container it touches; null where only the location is known")
    direction = dy.Enum(["read", "write"], nullable=False, description="whether the artifact reads or writes it")
    owner = _text("who answers for the artifact")
    criticality = _text("how much depends on the artifact, in the bank's own words")
    identity = _text("principal the artifact runs as")
    location = _text("place as the tool refers to it: account/container/path, mount:, file:, db:")
    where = _text("where in the artifact: line, activity, step")

    @dy.rule()
    def names_a_place(cls) -> pl.Expr:
        """A reference without container and location says nothing."""
        return pl.col("container").is_not_null() | pl.col("location").is_not_null()


FACTS: Final[dict[str, type[dy.Schema]]] = {
    "accounts": Accounts,
    "containers": Containers,
    "principals": Principals,
    "memberships": Memberships,
    "group_owners": GroupOwners,
    "role_definitions": RoleDefinitions,
    "role_assignments": RoleAssignments,
    "acls": Acls,
    "stored_policies": StoredPolicies,
    "entitlements": Entitlements,
    "entitlement_containers": EntitlementContainers,
    "grants": Grants,
    "usage": Usage,
    "systems": Systems,
    "references": References,
}
"""Table name to schema, in the order a snapshot lists them."""

GRANT_TABLES: Final = ("grants", "role_assignments", "acls", "entitlements")
"""A capture needs one of these; nothing else is required."""

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "accounts": ("account",),
    "containers": ("container",),
    "principals": ("principal_id",),
    "memberships": ("group_id", "member_id", "state"),
    "group_owners": ("group_id", "owner_id"),
    "role_definitions": ("role",),
    "role_assignments": ("principal_id", "role", "scope", "grant_id", "state", "effect", "condition"),
    "acls": ("container", "path"),
    "stored_policies": ("container", "policy"),
    "entitlements": ("principal_id", "entitlement", "status", "requested_at"),
    "entitlement_containers": ("entitlement", "container", "access", "group_id"),
    "grants": ("principal_id", "container", "access", "source", "entitlement", "grant_id"),
    "usage": ("principal_id", "container", "access", "grant_id", "app_id", "user_agent", "caller"),
    "systems": ("system",),
    "references": ("tool", "artifact", "container", "direction", "location", "where"),
}
"""What makes a row the same row: a second one with an equal key is rejected as a repeat."""

ONE_OF: Final[dict[str, tuple[str, ...]]] = {"references": ("container", "location")}
"""Optional columns of which every row needs at least one."""


def required_columns(table: str) -> tuple[str, ...]:
    """Names of the columns that `table` must have, in schema order.

    Examples
    --------
    >>> required_columns("memberships")
    ('group_id', 'member_id')
    """
    return tuple(name for name, column in FACTS[table].columns().items() if not column.nullable)
