"""Settings of the findings; the commented defaults are in ``configs/findings.toml``."""

from pydantic import BaseModel, ConfigDict, Field


class FindingsSettings(BaseModel):
    """Thresholds from which something is worth a person's time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unused_window_days: int = Field(
        default=85, ge=1, description="days that usage must cover before anything is called unused"
    )
    usage_window_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="days before the scan in which use counts; by default what usage covers",
    )
    max_unattributable: float = Field(
        default=0.1,
        ge=0.0,
        le=1.0,
        description="share of requests without a person above which a container's access is not called unused",
    )
    stale_days: int = Field(default=365, ge=1, description="days without a change after which a container is stale")
    policy_days: int = Field(default=90, ge=1, description="days to run beyond which a stored policy is long-lived")
    owner_keys: tuple[str, ...] = Field(
        default=("owner", "data_owner", "steward", "product_owner"),
        description="metadata keys that name who answers for a container",
    )
    near_limit: float = Field(default=0.8, gt=0.0, le=1.0, description="share of a limit from which it is near")
    min_peers: int = Field(default=5, ge=2, description="fewest people of a department that are compared")
    outlier_deviations: float = Field(
        default=3.5, gt=0.0, description="robust deviations above the department's median that make an outlier"
    )
    mover_typical: float = Field(
        default=0.5, ge=0.0, le=1.0, description="share of a department that makes an entitlement typical of it"
    )
    mover_rare: float = Field(
        default=0.1, ge=0.0, le=1.0, description="share of the own department up to which an entitlement is foreign"
    )
    mover_entitlements: int = Field(
        default=2, ge=1, description="foreign entitlements typical of one other department that suggest a move"
    )
    examples: int = Field(default=3, ge=1, description="names that evidence gives as examples")
