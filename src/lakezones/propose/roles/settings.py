"""Settings of roles: presets, constraints, suggestions, and who counts as external.

In: ``configs/roles.toml``. Out: `RolesSettings`. Separation of duties and what counts as restricted are policies of
the whole estate and live in ``configs/policies.toml``.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lakezones.propose.roles.entry import EntrySettings

Preset = Literal["birthright", "balanced", "exact"]


class RolesSettings(BaseModel):
    """Settings of ``roles.toml``.

    Examples
    --------
    >>> RolesSettings().min_members
    3
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: Preset = "balanced"
    """`birthright`: only what attributes predict: birthright, areas, jobs of a department or title; `balanced`: all
    layers; `exact`: the fewest roles that give everything, whatever their size."""

    max_roles: int | None = Field(default=None, ge=0)
    """Most roles to propose; what recognised roles leave of the number may be transitional ones, for leftovers. Null:
    recognised roles alone."""

    suggest: bool = True
    """Suggest grants that would complete roles; each is a row to approve, in no role until approved."""

    min_members: int = Field(default=3, ge=1)
    """Fewest people in a role."""

    min_classes: int = Field(default=1, ge=1)
    """Fewest container classes in a role."""

    min_gain: int = Field(default=3, ge=1)
    """Fewest requests that a recognised role must give."""

    max_groups_per_person: int = Field(default=200, ge=1)
    """Most groups of a person, counted transitively through nesting; Microsoft recommends fewer than 200."""

    separate_restricted: bool = False
    """Classes with restricted containers and classes without do not meet in a role."""

    pure_domain: bool = False
    """A role's classes are all of one domain."""

    pure_zone: bool = False
    """A role's classes are all of one zone."""

    exclude_principals: tuple[str, ...] = ("*break-glass*", "*breakglass*")
    """Globs over ids and names of principals that take part in no role; they keep their grants."""

    exclude_containers: tuple[str, ...] = ()
    """Globs over containers that enter no role; their whole class stays out."""

    external_names: tuple[str, ...] = (
        "*(ext)*",
        "*(external)*",
        "*(contractor)*",
        "*#ext#*",
        "* ext",
        "*[-_.]ext",
        "*[-_.]ext@*",
        "ext[-_.]*",
        "x-*",
    )
    """Globs over ids and names of people who are not the bank's own staff; they are in no birthright or area role."""

    external_titles: tuple[str, ...] = ("*contractor*", "*external*", "*consultant*", "vendor*", "*contingent*")
    """The same over titles."""

    external_departments: tuple[str, ...] = ("*contractor*", "external", "externals", "external staff*", "vendors")
    """The same over departments."""

    fit_window_days: int = Field(default=400, ge=1, le=36_500)
    """Days of use without a gap from which a variant of a role that is fitted to use may be approved: a year and its
    closing, with what comes late."""

    shared_tools: tuple[str, ...] = (
        *("*databricks*", "*synapse*", "*power*bi*", "pbi*", "*tableau*", "*webfocus*", "*cognos*", "*microstrategy*"),
        *("*qlik*", "*looker*", "*alteryx*", "*denodo*", "*starburst*", "*dremio*", "*gateway*", "sas*"),
    )
    """Globs over tools of references that read for people by an identity of their own: what they read is never called
    unused, and neither is what an artifact reads that writes nothing."""

    restricted_weight: float = Field(default=3.0, ge=1)
    """What access to a restricted container counts in excess, where access to another one counts 1."""

    entry: EntrySettings = EntrySettings()
    """How people come to roles and leave them, by layer."""
