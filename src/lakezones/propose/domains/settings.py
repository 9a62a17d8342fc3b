"""Settings of domains.

In: ``configs/domains.toml``. Out: `DomainsSettings`.
"""

from pydantic import BaseModel, ConfigDict, Field


class DomainsSettings(BaseModel):
    """Settings of ``domains.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metadata_keys: tuple[str, ...] = ("domain", "data_domain", "business_domain", "subject_area")
    """Keys of a container's metadata whose value names its domain outright."""

    system_keys: tuple[str, ...] = ("system", "system_of_record", "source_system", "application", "app")
    """Keys whose value names the system of record; a system mostly belongs to one domain."""

    owner_keys: tuple[str, ...] = ("owner", "data_owner", "steward")
    """Keys whose value names the owner of a container: a short name, an address or an object id."""

    systems: dict[str, str] = {}
    """Domains of systems, by name of the system: the user's word, above everything but a container's own tag."""

    departments: dict[str, str] = {}
    """Business areas of departments, by code or department as the directory writes it: `{ "0412" = "Risk" }`."""

    aliases: dict[str, str] = {}
    """Other names of a domain, to its name: `{ "pymts" = "payments" }`."""

    min_people: int = Field(default=2, ge=1)
    """Fewest people whose departments decide a domain."""

    min_tagged: int = Field(default=5, ge=1)
    """With fewer tagged containers than this, domains are found as communities of departments and systems."""

    min_confidence: float = Field(default=0.35, ge=0.0, le=1.0)
    """A domain less likely than this is not proposed."""

    shared_domains: int = Field(default=4, ge=2)
    """A container used by the people of so many domains is marked as shared."""

    pilots: int = Field(default=2, ge=0)
    """How many pilot domains to choose."""

    pilot_domains: tuple[str, ...] = ()
    """Pilots chosen by the user; then none is chosen by score."""

    random_state: int = 0
    """Seed of the search for communities."""
