"""How one comes to a role of each layer and leaves it: settings, in words and periods.

In: tables ``[entry.LAYER]`` of ``configs/roles.toml``. Out: `EntrySettings`.
"""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field


class Entry(BaseModel):
    """How people of one layer come and go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry: str
    """How one comes to the role."""

    leave: str
    """How one leaves it."""

    approvers: str
    """Who approves a person."""

    days: int = Field(default=0, ge=0)
    """Days after which a membership ends unless it is renewed; of project and transitional roles, days until the role
    itself ends. 0: no end."""


_ATTRIBUTE_RULE: Final = Entry(
    entry="by rule, from the day the directory says so",
    leave="by rule, on the day the directory says so no longer",
    approvers="nobody for a person: the role's owner approves the rule",
)
"""Of areas, and of jobs that an attribute of the directory tells apart."""


class EntrySettings(BaseModel):
    """Entries by layer.

    Examples
    --------
    >>> EntrySettings().restricted.days
    180
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    birthright: Entry = Entry(
        entry="by rule, on the first day at work",
        leave="by rule, on the last day at work",
        approvers=_ATTRIBUTE_RULE.approvers,
    )
    area: Entry = _ATTRIBUTE_RULE
    job: Entry = _ATTRIBUTE_RULE
    job_by_request: Entry = Entry(
        entry="by request of the manager",
        leave="on moving to another job, or when the membership ends",
        approvers="the manager",
        days=365,
    )
    """For jobs that no attribute of the directory tells apart well enough."""
    engineer: Entry = Entry(
        entry="by request of the manager: reading stands, writing is eligible and activated for a task",
        leave="on moving to another team, or when the membership ends",
        approvers="the manager and the owner of the data",
        days=365,
    )
    restricted: Entry = Entry(
        entry="by request, with a reason",
        leave="on moving to another job, or when the membership ends",
        approvers="two: the manager, and the owner of the data",
        days=180,
    )
    project: Entry = Entry(
        entry="by the sponsor, who names the people",
        leave="on the end date, or when the sponsor says so",
        approvers="the sponsor",
        days=180,
    )
    transitional: Entry = Entry(
        entry="closed: nobody joins, nobody can request it",
        leave="on the end date at the latest; reviewed before all other roles",
        approvers="nobody: it is closed",
        days=90,
    )

    fit: float = Field(default=0.8, gt=0, le=1)
    """Least overlap (Jaccard) of a job's people with those a rule finds, from which the rule decides who belongs."""

    least_fit: float = Field(default=0.6, gt=0, le=1)
    """Least overlap from which a rule is shown at all."""
