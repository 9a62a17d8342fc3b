"""Settings of domains.

In: ``configs/domains.toml``. Out: `DomainsSettings`.
"""

from pydantic import BaseModel, ConfigDict, Field


class DomainsSettings(BaseModel):
    """Settings of ``domains.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # fmt: off
    metadata_keys: tuple[str, ...] = (
        "domain", "data_domain", "business_domain", "subject_area", "business_area", "fachbereich", "domaine", "domein"
    )
    """Keys of a container's metadata whose value names its domain outright."""

    system_keys: tuple[str, ...] = (
        "system", "system_of_record", "source_system", "application", "app", "quellsystem", "systeme", "bronsysteem"
    )
    """Keys whose value names the system of record; a system mostly belongs to one domain."""
    # fmt: on

    owner_keys: tuple[str, ...] = ("owner", "data_owner", "steward")
    """Keys whose value names the owner of a container: a short name, an address or an object id."""

    systems: dict[str, str] = {}
    """Domains of systems, by name of the system: the user's word, above everything but a container's own tag."""

    departments: dict[str, str] = {}
    """Business areas of departments, by code or department as the directory writes it: `{ "0412" = "Risk" }`."""

    aliases: dict[str, str] = {}
    """Other names of a domain, to its name: `{ "pymts" = "payments" }`."""

    min_confidence: float = Field(default=0.5, ge=0.0, le=1.0)
    """A domain less likely than this is not proposed: it is not assessed."""

    ask_below: float = Field(default=0.7, ge=0.0, le=1.0)
    """Containers whose domain is less likely than this are asked about."""

    ask_share: float = Field(default=0.2, ge=0.0, le=1.0)
    """A system is asked about where so large a share of its containers is."""

    shared_domains: int = Field(default=4, ge=2)
    """A container used by the people of so many domains is marked as shared."""

    pilots: int = Field(default=2, ge=0)
    """How many pilot domains to choose."""

    pilot_domains: tuple[str, ...] = ()
    """Pilots chosen by the user; then none is chosen by score."""
