"""Settings of the review: who must agree, who is asked, by when, and what may be approved together.

In: ``configs/review.toml``. Out: `ReviewSettings`. Defaults here and in the file are the same; a test compares them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

RiskWord = Literal["low", "medium", "high"]
SeverityWord = Literal["critical", "high", "medium", "low", "info"]
KindWord = Literal["role", "suggestion", "drop", "residual", "unused", "finding", "zone", "merge", "pilot"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TwoPerson(_Section):
    """Where two reviewers must agree, and who of them."""

    restricted: bool = True
    """Roles and suggestions that open restricted data."""

    write: bool = True
    """What lets people write or manage."""

    new_access: bool = True
    """What gives access that nobody holds today."""

    agree: tuple[str, ...] = ()
    """People by id, name or mail address of whom at least one must be among those who agree; empty: any two."""

    evidence: bool = True
    """Whether each approval needs a signature or a ticket of its own. Without it, it is recorded as asserted."""

    sources_apart: bool = True
    """Whether the two must come from two workspaces or workbooks."""


class Estimate(_Section):
    """Minutes that one item takes a reviewer: `fixed`, more by size, at most `most`."""

    fixed: float = Field(default=0.5, ge=0)
    """Minutes whatever its size."""

    per_person: float = Field(default=0.0, ge=0)
    """Minutes more for each person concerned."""

    per_container: float = Field(default=0.0, ge=0)
    """Minutes more for each container concerned."""

    most: float = Field(default=5.0, gt=0)
    """Most minutes, before the factor of its risk."""

    def minutes(self, people: int, containers: int) -> float:
        """Minutes for an item of this size.

        Examples
        --------
        >>> Estimate(fixed=1, per_person=0.5, most=3).minutes(2, 100), Estimate(per_person=1, most=3).minutes(90, 0)
        (2.0, 3.0)
        """
        return float(min(self.fixed + self.per_person * people + self.per_container * containers, self.most))


def _default_minutes() -> dict[KindWord, Estimate]:
    return {
        "role": Estimate(fixed=0.6, per_person=0.01, per_container=0.0002, most=4),
        "suggestion": Estimate(fixed=0.3, per_container=0.0002, most=1),
        "drop": Estimate(fixed=0.4, per_person=0.02, most=3),
        "residual": Estimate(fixed=0.4, per_container=0.0005, most=2),
        "unused": Estimate(fixed=0.5, per_container=0.0005, most=2),
        "finding": Estimate(fixed=0.5, per_person=0.01, most=4),
        "zone": Estimate(fixed=0.5, per_container=0.0005, most=2),
        "merge": Estimate(fixed=1, per_container=0.0005, most=3),
        "pilot": Estimate(fixed=1, most=10),
    }


class Bulk(_Section):
    """What may be approved together, unopened. New access and restricted data never are, whatever is written here."""

    risks: tuple[RiskWord, ...] = ("low",)
    """Risk classes."""

    kinds: tuple[KindWord, ...] = ("role", "unused", "zone", "merge")
    """Kinds of items."""

    most: int = Field(default=50, ge=1)
    """Items at once."""


class Campaign(_Section):
    """One round of review."""

    name: str = ""
    """What it is called in records and sign-offs; empty: no campaign, and nothing is due."""

    instruction: str = ""
    """What reviewers are asked to do, shown above their worklist."""

    starts: date | None = None
    """First day; none: the day of the scan."""

    due_days: int = Field(default=14, ge=1)
    """Days from its first day until decisions are due."""

    origin: str = Field(default="lakezones/review", pattern=r"^[!-*,-~]{1,255}$")
    """Name of the audit log in its checkpoints: one per lake, so that two logs are not taken for each other."""


class Signing(_Section):
    """Who signs the checkpoints of the audit log."""

    key: str = ""
    """A private key in PEM (Ed25519 or ECDSA P-256), by its path, or the address of a key in Azure Key Vault
    (https://VAULT.vault.azure.net/keys/NAME); empty: checkpoints are not signed."""


class Quality(_Section):
    """How well a campaign is reviewed."""

    by_person: bool = False
    """Whether it is shown for each reviewer. Ask the works council or the staff's representatives first."""

    canaries: float = Field(default=0.0, ge=0.0, le=0.1)
    """Planted wrong roles as a share of the roles: whether reviewers look. They are never planned."""

    seed: int = 0
    """Seed by which they are chosen."""


class Routing(_Section):
    """Who is asked where the data says nothing better."""

    security_team: str = Field(default="security team", min_length=1)
    """Name of the team that decides on what has neither owner nor area."""

    teams: dict[str, str] = {}
    """Name of the team that decides for a domain or an area, by the name of the domain or area."""


class ReviewSettings(_Section):
    """Settings of ``review.toml``.

    Examples
    --------
    >>> ReviewSettings().two_person.write
    True
    """

    worklist_minutes: float = Field(default=30.0, gt=0)
    """Worklists stay under this many minutes each."""

    accept_days: int = Field(default=365, ge=1)
    """Days for which the risk of a finding may be accepted at most."""

    exception_days: int = Field(default=365, ge=1)
    """Days after which access outside of roles that somebody kept is reviewed again at the latest."""

    asked_findings: tuple[SeverityWord, ...] = ("critical", "high")
    """Severities of findings that reviewers are asked about; on others they may decide, and need not."""

    two_person: TwoPerson = TwoPerson()
    """Where two reviewers must agree."""

    bulk: Bulk = Bulk()
    """What may be approved together."""

    routing: Routing = Routing()
    """Who is asked."""

    campaign: Campaign = Campaign()
    """The round of review."""

    signing: Signing = Signing()
    """Who signs the checkpoints."""

    quality: Quality = Quality()
    """How well it is reviewed."""

    risk_factor: dict[RiskWord, float] = {"low": 1.0, "medium": 1.3, "high": 2.0}
    """How many times as long an item of this risk takes."""

    minutes: dict[KindWord, Estimate] = Field(default_factory=_default_minutes)
    """Minutes that an item takes, by its kind."""

    def estimate(self, kind: str, risk: str, *, people: int, containers: int) -> float:
        """Minutes that an item of a kind, a risk and a size takes, to a tenth.

        Examples
        --------
        >>> ReviewSettings().estimate("role", "high", people=24, containers=412)
        1.8
        """
        estimates: Mapping[str, Estimate] = {str(one): self.minutes[one] for one in self.minutes}
        factors: Mapping[str, float] = {str(one): self.risk_factor[one] for one in self.risk_factor}
        return round(estimates[kind].minutes(people, containers) * factors[risk], 1)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        kinds = sorted(set(_default_minutes()) - set(self.minutes))
        if kinds:
            raise ValueError(f"minutes: no estimate for {', '.join(kinds)}")
        risks = sorted({"low", "medium", "high"} - set(self.risk_factor))
        if risks or min(self.risk_factor.values()) <= 0:
            raise ValueError("risk_factor: low, medium and high need a number above 0 each")
        return self
