"""Azure's limits, as settings: what layout, roles and plan stay within, before, during and after.

In: ``configs/limits.toml``, one table per limit with value, hardness and source. Out: `LimitsSettings`, one
`Limit` per field. The defaults here and in the file are the same; a test compares them.
"""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

_AZURE: Final = "https://learn.microsoft.com/azure/"
_RESOURCE_GRAPH: Final = _AZURE + "governance/resource-graph/concepts/"
_THROTTLING: Final = _AZURE + "azure-resource-manager/management/request-limits-and-throttling"
_ACCOUNT: Final = _AZURE + "storage/common/scalability-targets-standard-account"
_ACLS: Final = _AZURE + "storage/blobs/data-lake-storage-access-control"
_DIRECTORY: Final = "https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions"
_GRAPH: Final = "https://learn.microsoft.com/graph/"
_NAMING: Final = (
    "https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata"
)


class Limit(BaseModel):
    """One limit.

    Attributes
    ----------
    value
        The limit, in the unit its name says.
    hard
        False for a recommendation: exceeding it is a warning, not a failure.
    source
        Where it is documented.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: int = Field(ge=0)
    hard: bool
    source: str = Field(min_length=1)

    def allows(self, count: int) -> bool:
        """Whether `count` stays within the limit.

        Examples
        --------
        >>> LimitsSettings().named_acl_entries_per_path.allows(29)
        False
        """
        return count <= self.value


def _limit(value: int, source: str, *, hard: bool = True) -> Limit:
    return Limit(value=value, hard=hard, source=source)


class LimitsSettings(BaseModel):
    """Every limit the tool knows of; field names are the names of the tables in ``limits.toml``.

    Examples
    --------
    >>> LimitsSettings().role_assignments_per_subscription.value
    4000
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    role_assignments_per_subscription: Limit = _limit(4000, _AZURE + "role-based-access-control/troubleshoot-limits")
    """Active assignments at and below the subscription; eligible ones and those of management groups are
    not counted. Most pages say 4,000, the newest 5,000; Azure does not raise it on request."""

    role_assignments_per_management_group: Limit = _limit(500, _AZURE + "role-based-access-control/troubleshoot-limits")
    """Assignments made at one management group."""

    custom_roles_per_tenant: Limit = _limit(5000, _AZURE + "role-based-access-control/custom-roles")
    """Custom role definitions in one directory."""

    condition_bytes: Limit = _limit(8192, _AZURE + "role-based-access-control/conditions-format")
    """Length of the condition of one role assignment."""

    acl_entries_per_path: Limit = _limit(32, _ACLS)
    """Entries of the access ACL of one file or folder, the four unnamed ones included."""

    named_acl_entries_per_path: Limit = _limit(28, _ACLS)
    """What remains of them for named users and groups: owner, owning group, other and mask take four."""

    default_acl_entries_per_path: Limit = _limit(32, _ACLS)
    """Entries of the default ACL of one folder, counted apart from the access ACL."""

    groups_per_principal: Limit = _limit(
        200, _AZURE + "storage/blobs/data-lake-storage-access-control-model", hard=False
    )
    """Groups a person or service principal is in, transitively, so nesting multiplies. Tokens leave
    groups out above it."""

    dynamic_groups_per_tenant: Limit = _limit(15_000, _DIRECTORY)
    """Groups with a membership rule in one directory."""

    role_assignable_groups_per_tenant: Limit = _limit(500, _DIRECTORY)
    """Groups that directory roles may be assigned to."""

    storage_accounts_per_region: Limit = _limit(250, _ACCOUNT)
    """Storage accounts per region and subscription."""

    stored_policies_per_container: Limit = _limit(5, _ACCOUNT)
    """Stored access policies on one container."""

    account_requests_per_second: Limit = _limit(20_000, _ACCOUNT)
    """Requests one account answers per second; some regions 40,000. Above it clients see 503."""

    container_name_characters: Limit = _limit(63, _NAMING)
    """Longest container name; the shortest has three."""

    path_characters: Limit = _limit(1024, _NAMING)
    """Longest path of a blob inside its container."""

    path_segments: Limit = _limit(63, _NAMING)
    """Folders on one path where the hierarchical namespace is on, container and host included."""

    storage_provider_reads_per_5_minutes: Limit = _limit(800, _THROTTLING)
    """Reads of the storage resource provider, per subscription and region."""

    storage_provider_lists_per_5_minutes: Limit = _limit(100, _THROTTLING)
    """List calls of the storage resource provider."""

    storage_provider_writes_per_second: Limit = _limit(10, _THROTTLING)
    """Writes of the storage resource provider: creating a container through ARM is one."""

    storage_provider_writes_per_hour: Limit = _limit(1200, _THROTTLING)
    """The same, by the hour."""

    arm_read_bucket: Limit = _limit(250, _THROTTLING)
    """Reads a principal may burst in a region before it is throttled."""

    arm_reads_per_second: Limit = _limit(25, _THROTTLING)
    """How fast that bucket fills again."""

    arm_write_bucket: Limit = _limit(200, _THROTTLING)
    """Writes a principal may burst in a region; deletes have a bucket of the same size."""

    arm_writes_per_second: Limit = _limit(10, _THROTTLING)
    """How fast that bucket fills again."""

    resource_graph_queries_per_5_seconds: Limit = _limit(
        15, _AZURE + "governance/resource-graph/concepts/guidance-for-throttled-requests"
    )
    """Queries per principal; about."""

    resource_graph_rows_per_page: Limit = _limit(1000, _RESOURCE_GRAPH + "work-with-data")
    """Rows of one page."""

    graph_transitive_members_units: Limit = _limit(5, _GRAPH + "throttling-limits")
    """Cost of one transitiveMembers call in Graph resource units; 4 with $select."""

    graph_requests_per_batch: Limit = _limit(20, _GRAPH + "json-batching")
    """Requests in one Graph batch."""

    def named(self, name: str) -> Limit:
        """The limit of that name.

        Raises
        ------
        KeyError
            If there is none; a mistake in the calling code, not in a user's input.
        """
        if name not in type(self).model_fields:
            raise KeyError(name)
        limit: Limit = getattr(self, name)
        return limit
