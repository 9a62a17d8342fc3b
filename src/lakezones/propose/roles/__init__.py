"""Roles of an estate: what people share by their jobs, as groups with names, evidence and a residual."""

from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import RolesResult, propose_roles

__all__ = ["RolesResult", "RolesSettings", "propose_roles"]
