"""Settings of the access stage; the commented defaults are in ``configs/access.toml``."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class AccessSettings(BaseModel):
    """What the rules leave open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    approved_statuses: tuple[str, ...] = Field(
        default=("approved",),
        description="words, without regard to case, that make an entitlement row an approval; so does no status",
    )
    shared_key_when_unknown: bool = Field(
        default=True,
        description="whether account keys are taken to open data where an account does not say; Azure's default",
    )
    engine: Literal["polars", "spark"] = Field(
        default="polars", description="where containers are grouped; spark is the extra lakezones[spark]"
    )
    spark_master: str = Field(default="local[*]", min_length=1, description="master URL for the engine spark")
