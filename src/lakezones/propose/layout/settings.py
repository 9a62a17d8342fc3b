"""Settings of the layout: patterns of names, and how access is enforced.

In: ``configs/layout.toml``. Out: `LayoutSettings`.
"""

from string import Formatter
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lakezones.model.places import is_account_name

PARTS: Final = frozenset({"domain", "zone", "account", "container", "system", "table", "product", "sensitivity"})


class LayoutSettings(BaseModel):
    """Settings of ``layout.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    container: str = "{domain}-{zone}"
    """Name of a zone container. Parts: domain, zone, account, system, product, sensitivity."""

    path: str = "{container}"
    """Folder of a source container in its zone container; the same parts, and container and table."""

    product: str = "{domain}-{system}"
    """Name of the data product a container becomes part of."""

    restricted_suffix: str = "restricted"
    """Restricted data gets zone containers of its own, with this after their name."""

    no_domain: str = "unowned"
    """Written for the domain where none is known."""

    no_system: str = "general"
    """Written for the system where none is known."""

    account: str = ""
    """Account of every target; empty: each stays in the account it is in. It has to be among the accounts scanned, with
    the roles on it: what nobody looked at is no place to copy to."""

    subscription: str = ""
    """Subscription of the targets, where the scan does not say it."""

    enforcement: Literal["auto", "acl", "condition", "unity_catalog"] = "auto"
    """`auto`: a role assignment where a whole zone container has one audience, ACLs on folders otherwise; `condition`
    and `unity_catalog` also write what they would grant, see `lakezones.propose.layout.options`."""

    over_grant: int = Field(default=0, ge=0)
    """Person-and-container pairs that merges may newly expose, all together. Zero: none. Priced and listed, not
    planned: access that nobody approved is in no plan."""

    @field_validator("account")
    @classmethod
    def _is_account(cls, name: str) -> str:
        if name and not is_account_name(name):
            raise ValueError(f"bad account {name!r}: a storage account has 3 to 24 lower-case letters and digits")
        return name

    @field_validator("container", "path", "product")
    @classmethod
    def _pattern(cls, pattern: str) -> str:
        try:
            parts = {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}
        except ValueError as error:
            raise ValueError(f"bad pattern {pattern!r}: {error}") from None
        unknown = sorted(parts - PARTS)
        if unknown:
            raise ValueError(f"bad pattern {pattern!r}: no part {unknown[0]!r}; there are {', '.join(sorted(PARTS))}")
        if not parts:
            raise ValueError(f"bad pattern {pattern!r}: it would give everything one name")
        return pattern

    @field_validator("container")
    @classmethod
    def _keeps_zones_apart(cls, pattern: str) -> str:
        if "{zone}" not in pattern:
            raise ValueError(f"bad pattern {pattern!r}: a zone container needs {{zone}} in its name")
        return pattern
