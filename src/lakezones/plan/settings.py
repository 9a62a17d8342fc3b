"""Settings of the plan: waits, pilots, effort and who does what.

In: ``configs/plan.toml``. Out: `PlanSettings`. The defaults here and in the file are the same; a test compares them.
"""

from pydantic import BaseModel, ConfigDict, Field


class Effort(BaseModel):
    """Minutes of work of one action.

    Attributes
    ----------
    fixed
        Minutes per step, however many items it has.
    per_item
        Minutes per item; fractions are summed over the batch before they are rounded up.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fixed: float = Field(default=5.0, ge=0)
    per_item: float = Field(default=0.0, ge=0)


class Owners(BaseModel):
    """Who does which kind of step.

    Attributes
    ----------
    directory
        Groups and memberships.
    storage
        Containers, folders, ACLs and role assignments.
    requests
        The access-request system.
    approver
        Gates.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: str = "identity team"
    storage: str = "lake platform team"
    requests: str = "access-request team"
    approver: str = "security team and domain owner"


def _default_effort() -> dict[str, Effort]:
    return {
        "create_group": Effort(fixed=10, per_item=0.1),
        "add_member": Effort(fixed=10, per_item=0.02),
        "remove_member": Effort(fixed=15, per_item=0.02),
        "create_container": Effort(fixed=10, per_item=0.5),
        "create_folder": Effort(fixed=5, per_item=0.01),
        "grant": Effort(fixed=15, per_item=0.02),
        "revoke": Effort(fixed=15, per_item=0.02),
        "copy": Effort(fixed=60, per_item=0.1),
        "verify_copy": Effort(fixed=30, per_item=0.02),
        "copy_delta": Effort(fixed=30, per_item=0.05),
        "freeze_source": Effort(fixed=15, per_item=0.02),
        "unfreeze": Effort(fixed=15, per_item=0.02),
        "cutover": Effort(fixed=60, per_item=0.1),
        "close_entitlement": Effort(fixed=10, per_item=0.5),
        "verify_access": Effort(fixed=30, per_item=0),
        "delete_source": Effort(fixed=30, per_item=0.02),
        "gate": Effort(fixed=30, per_item=0),
    }


class PlanSettings(BaseModel):
    """How a plan is staged.

    Attributes
    ----------
    pilots
        How many domains go first where the proposal and the reviewers name none: those with fewest containers
        that move any.
    membership_wait_days
        Days between a membership and the removal that relies on it. At least one: tokens carry old
        memberships for up to 24 hours (Microsoft, managed identities and group membership).
    soak_days
        Days between the cutover of a wave and the deletion of its sources.
    lead_days
        Days from the scan to the first step.
    work_minutes_per_day
        Minutes of work that fit into a day; longer steps push what depends on them.
    effort
        Minutes by action; an action not named costs nothing.
    owners
        Who does which kind of step.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pilots: int = Field(default=2, ge=0)
    membership_wait_days: int = Field(default=1, ge=1)
    soak_days: int = Field(default=30, ge=1)
    lead_days: int = Field(default=1, ge=0)
    work_minutes_per_day: int = Field(default=480, ge=1)
    effort: dict[str, Effort] = Field(default_factory=_default_effort)
    owners: Owners = Owners()
