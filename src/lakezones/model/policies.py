"""Policies: what may never meet in one person, what is restricted, what may be dropped, how domains are governed.

In: ``configs/policies.toml``. Out: `PoliciesSettings`. Global governance rules hold everywhere; a domain's own
rules may tighten them and never loosen them, which is checked when the file is read.
"""

import re
from fnmatch import fnmatchcase
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

AccessWord = Literal["read", "write", "manage"]
ZoneWord = Literal["raw", "curated", "consumption"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Duty(_Model):
    """One side of a separation of duties: holding any of what is named here, at this level or above."""

    containers: tuple[str, ...] = ()
    """Globs over container names."""

    entitlements: tuple[str, ...] = ()
    """Globs over names of entitlements."""

    access: AccessWord = "read"
    """Least level that counts as holding the duty."""

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.containers and not self.entitlements:
            raise ValueError("a duty needs containers or entitlements")
        return self

    def covers(self, *, container: str | None = None, entitlement: str | None = None) -> bool:
        """Whether a container or an entitlement is part of this duty; level apart.

        Examples
        --------
        >>> Duty(containers=("payments-release-*",)).covers(container="payments-release-01")
        True
        """
        return (container is not None and any(fnmatchcase(container, p) for p in self.containers)) or (
            entitlement is not None and any(fnmatchcase(entitlement, p) for p in self.entitlements)
        )


class SodPair(_Model):
    """Two duties that never meet in one person."""

    name: str = Field(min_length=1)
    """Shown in findings."""

    left: Duty
    """One duty."""

    right: Duty
    """The other."""

    reason: str = ""
    """Why, for the reviewer."""


class DropRule(_Model):
    """Access that propose leaves out of the target state: residual disposition ``drop_<name>``."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the policy; becomes part of the disposition."""

    when: Literal["disabled", "unknown_principal", "unused"]
    """Which access: of disabled accounts, of ids the directory does not know, or not used for `days`."""

    days: int | None = Field(default=None, ge=1)
    """For `unused`: days without use before as_of."""

    containers: tuple[str, ...] = ("*",)
    """Globs over the containers the rule applies to."""

    reason: str = Field(min_length=1)
    """Why; written beside every grant that is dropped."""

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        if (self.when == "unused") != (self.days is not None):
            raise ValueError(f"drop rule {self.name!r}: `days` belongs to `unused`, and `unused` needs it")
        return self


class GovernanceRules(_Model):
    """Rules for products and the people around them. Each is evaluated; a violation is a finding."""

    product_owner: bool = True
    """Every product has an owner."""

    restricted_apart: bool = True
    """Restricted data is in folders and audiences of its own."""

    regions: tuple[str, ...] = ()
    """Regions data may be in; empty: anywhere."""

    service_only_zones: tuple[ZoneWord, ...] = ("raw", "curated")
    """Zones meant for service principals: a person's grant there is reported and given a dated exception."""

    exception_days: int = Field(default=90, ge=1)
    """How long such an exception lasts."""

    product_name: str = r"^[a-z0-9]+(-[a-z0-9]+)*$"
    """Regular expression that the name of a product matches."""

    retention_days: int | None = Field(default=2555, ge=1)
    """Data untouched for longer is reported; null: kept for ever."""

    @field_validator("product_name")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"bad pattern {pattern!r}: {error}") from None
        return pattern


class DomainRules(_Model):
    """What one domain adds. A field left out is as everywhere; a field given may only tighten."""

    product_owner: bool | None = None
    restricted_apart: bool | None = None
    regions: tuple[str, ...] | None = None
    service_only_zones: tuple[ZoneWord, ...] | None = None
    exception_days: int | None = Field(default=None, ge=1)
    retention_days: int | None = Field(default=None, ge=1)
    product_name: str | None = None
    """A further pattern: names match this one and the global one."""

    @field_validator("product_name")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"bad pattern {pattern!r}: {error}") from None
        return pattern

    def loosened(self, rules: GovernanceRules) -> list[str]:
        """Fields that would allow what the global rules forbid, each in words."""
        found = [
            f"{name} = false where it is true everywhere"
            for name in ("product_owner", "restricted_apart")
            if getattr(self, name) is False and getattr(rules, name)
        ]
        if self.regions is not None:
            if rules.regions and not self.regions:
                found.append("regions = [] would allow any region")
            extra = sorted(set(self.regions) - set(rules.regions)) if rules.regions else []
            if extra:
                found.append(f"regions adds {', '.join(extra)}")
        if self.service_only_zones is not None:
            opened = sorted(set(rules.service_only_zones) - set(self.service_only_zones))
            if opened:
                found.append(f"service_only_zones leaves out {', '.join(opened)}")
        if self.exception_days is not None and self.exception_days > rules.exception_days:
            found.append(f"exception_days {self.exception_days} is longer than {rules.exception_days}")
        if (
            self.retention_days is not None
            and rules.retention_days is not None
            and self.retention_days > rules.retention_days
        ):
            found.append(f"retention_days {self.retention_days} is longer than {rules.retention_days}")
        return found


class GovernanceSettings(GovernanceRules):
    """The global rules, and what domains add to them."""

    domains: dict[str, DomainRules] = {}
    """Rules by name of the domain."""

    @model_validator(mode="after")
    def _only_tighten(self) -> Self:
        for name, own in sorted(self.domains.items()):
            loosened = own.loosened(self)
            if loosened:
                raise ValueError(f"domain {name!r} may tighten the rules, not loosen them: {'; '.join(loosened)}")
        return self

    def rules_for(self, domain: str | None) -> GovernanceRules:
        """The rules in force in a domain, the further name pattern left aside (see `name_patterns`).

        Examples
        --------
        >>> settings = GovernanceSettings(domains={"payments": DomainRules(exception_days=30)})
        >>> settings.rules_for("payments").exception_days, settings.rules_for("risk").exception_days
        (30, 90)
        """
        own = self.domains.get(domain or "")
        values = {name: getattr(self, name) for name in GovernanceRules.model_fields}
        if own is not None:
            for name in values:
                given = getattr(own, name)
                if given is not None and name != "product_name":
                    values[name] = given
        return GovernanceRules(**values)

    def name_patterns(self, domain: str | None) -> tuple[str, ...]:
        """Every pattern a product's name must match in a domain."""
        own = self.domains.get(domain or "")
        further = own.product_name if own is not None else None
        return (self.product_name,) if further is None else (self.product_name, further)


class PoliciesSettings(_Model):
    """Settings of ``policies.toml``.

    Examples
    --------
    >>> PoliciesSettings().is_restricted("Restricted")
    True
    """

    restricted_sensitivities: tuple[str, ...] = (
        "restricted",
        "highly restricted",
        "highly confidential",
        "secret",
        "pii",
        "phi",
        "pci",
    )
    """Values of the metadata key `sensitivity` that make a container restricted; case is ignored."""

    sod: tuple[SodPair, ...] = ()
    """Duties that never meet in one person."""

    drop: tuple[DropRule, ...] = ()
    """Access to leave out of the target state. Nothing by default."""

    governance: GovernanceSettings = GovernanceSettings()
    """Rules for products, global and by domain."""

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for kind, names in (("sod", [p.name for p in self.sod]), ("drop", [d.name for d in self.drop])):
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise ValueError(f"{kind}: {', '.join(repeated)} is there twice")
        return self

    def is_restricted(self, sensitivity: str | None) -> bool:
        """Whether a value of the metadata key `sensitivity` makes a container restricted."""
        return sensitivity is not None and sensitivity.strip().lower() in {
            word.lower() for word in self.restricted_sensitivities
        }
