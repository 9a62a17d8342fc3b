"""Schemas of every table that crosses from one stage to the next, with the purpose of each column.

``access`` makes classes; ``propose`` makes zones, roles, resource groups, residual and layout; ``plan`` makes steps.
Canonical tables are in classes; what is written per person and container is a rendering for people.
"""

from lakezones.model.tables.access import (
    ACCESS_TABLES,
    ClassAccess,
    ClassGrants,
    ContainerClasses,
    EntitlementClasses,
    Findings,
    Requests,
)
from lakezones.model.tables.fields import (
    ACCESS,
    ACTIONS,
    DISPOSITIONS,
    ENFORCEMENTS,
    LANES,
    OBJECT_KINDS,
    OUTCOMES,
    ROUTES,
    SCOPES,
    SEVERITIES,
    ZONES,
)
from lakezones.model.tables.plan import PLAN_TABLES, Approvals, Counterexample, Items, Limits, Steps, Waves
from lakezones.model.tables.proposal import (
    PROPOSAL_TABLES,
    Coverage,
    Layout,
    Residual,
    ResidualClasses,
    ResourceGroups,
    RoleClasses,
    RoleContainers,
    RoleGroups,
    RoleMembers,
    Roles,
    Suggestions,
    Zones,
)
from lakezones.model.tables.review import Decisions, Gaps, Rejected

__all__ = [
    "ACCESS",
    "ACCESS_TABLES",
    "ACTIONS",
    "DISPOSITIONS",
    "ENFORCEMENTS",
    "LANES",
    "OBJECT_KINDS",
    "OUTCOMES",
    "PLAN_TABLES",
    "PROPOSAL_TABLES",
    "ROUTES",
    "SCOPES",
    "SEVERITIES",
    "ZONES",
    "Approvals",
    "ClassAccess",
    "ClassGrants",
    "ContainerClasses",
    "Counterexample",
    "Coverage",
    "Decisions",
    "EntitlementClasses",
    "Findings",
    "Gaps",
    "Items",
    "Layout",
    "Limits",
    "Rejected",
    "Requests",
    "Residual",
    "ResidualClasses",
    "ResourceGroups",
    "RoleClasses",
    "RoleContainers",
    "RoleGroups",
    "RoleMembers",
    "Roles",
    "Steps",
    "Suggestions",
    "Waves",
    "Zones",
]
