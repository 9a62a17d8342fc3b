"""Settings of the generated Firm.

In: a size by name (``small``, ``medium``, ``firm``: files of ``configs/demo``) or the path of a TOML file.
Out: a frozen :class:`FirmSettings`. The code's defaults are those of ``small.toml``.
"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lakezones.config import configs
from lakezones.errors import ConfigError

SIZES: Final = ("small", "medium", "firm")
"""Sizes that have a file in ``configs/demo``."""

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class FirmSettings(BaseModel):
    """How large the Firm is, and how untidy.

    Shares are fractions of one. What a seed changes beside the draws themselves: names, tokens, naming
    conventions, spellings of departments, sizes of teams and of systems.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = Field(default=20260930, ge=0, description="seed used when the caller gives none")
    account: str = Field(default="bankdatalake", pattern=r"^[a-z0-9]{3,24}$", description="storage account")
    today: datetime = Field(
        default=datetime(2026, 9, 30, tzinfo=UTC), description="newest moment anything was observed"
    )

    people: int = Field(default=40, ge=12, le=100_000, description="people in the directory")
    containers: int = Field(default=600, ge=100, le=1_000_000, description="containers, one per table")
    domains: int = Field(default=5, ge=2, le=12, description="business domains")
    teams: Count = Field(default=7, description="teams, shared out over the domains, a department each")
    jobs: Count = Field(default=10, description="jobs, a title of a department each; at least one in every team")
    systems: Count = Field(default=14, description="systems of record")
    entitlements: Count = Field(default=26, description="entitlements, reading and writing together")
    size_spread: float = Field(default=0.85, ge=0, le=3, description="sigma of the lognormal sizes of entitlements")

    birthright_all: Count = Field(default=1, description="entitlements everybody has")
    birthright_domain: Count = Field(default=1, description="entitlements everybody in a domain has")
    per_team: Count = Field(default=1, description="entitlements all jobs of a team share")
    per_job: Count = Field(default=3, description="entitlements of one job alone, on average")
    second_role: Share = Field(default=0.08, description="people who hold a second job")

    missing: Share = Field(default=0.05, description="needed access that a person does not have")
    odd: Share = Field(default=0.03, description="access nobody needs, as a share of what is needed")
    movers: Share = Field(default=0.15, description="people who kept the access of an earlier team")
    disabled: Share = Field(default=0.03, description="disabled people who still hold access")
    orphans: int = Field(default=2, ge=0, description="deleted principals that still hold access")
    unapproved: Share = Field(default=0.02, description="held access without a valid approval")
    unenforced: Share = Field(default=0.015, description="approvals that no group or grant enforces")

    department_blank: Share = Field(default=0.08, description="people without a department")
    department_stale: Share = Field(default=0.06, description="people with the department of an earlier team")
    department_merged: Share = Field(default=0.10, description="people under a name that joins two departments")

    uninformative: Share = Field(default=0.50, description="names that say nothing about the zone")
    misleading: Share = Field(default=0.04, description="names that carry the token of another zone")
    no_domain: Share = Field(default=0.40, description="containers whose metadata names no domain")
    dead: Share = Field(default=0.06, description="containers nobody fills or reads any more")
    sandbox: Share = Field(default=0.015, description="containers people made for themselves")
    restricted: Share = Field(default=0.06, description="entitlements whose data is restricted")
    restricted_mixed: Share = Field(default=0.05, description="entitlements of which a tenth is restricted")
    policies: Share = Field(default=0.02, description="containers with stored access policies")

    without_group: Share = Field(default=0.10, description="entitlements that come as exported grants")
    by_assignment: Share = Field(default=0.02, description="entitlements enforced by role assignments")
    by_approval: Share = Field(default=0.01, description="entitlements where the approval is all there is")
    by_glob: Share = Field(default=0.05, description="entitlements that name their containers by a glob")
    nested: Share = Field(default=0.06, description="entitlements that hold whole teams by a nested group")

    used: Share = Field(default=0.35, description="pairs of person and container that were used")
    lineage: Share = Field(default=0.70, description="containers that the tools around the lake mention")
    lineage_noise: Share = Field(default=0.02, description="references that point at a wrong container")


def load(size: str | Path) -> FirmSettings:
    """Read the settings of one size.

    Parameters
    ----------
    size
        ``small``, ``medium`` or ``firm``, or the path of a TOML file.

    Raises
    ------
    ConfigError
        If there is no such size, the file is not TOML, or a key is unknown or out of range.
    """
    path = configs() / "demo" / f"{size}.toml" if size in SIZES else Path(size)
    try:
        return FirmSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no size {str(size)!r} of the Firm", hint=f"use one of: {', '.join(SIZES)}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}", hint="correct the file") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key}: {first['msg']}", hint="correct or remove this key") from error
