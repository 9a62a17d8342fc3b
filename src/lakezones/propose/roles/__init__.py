"""Role mining: a matrix of people and permissions in, the roles behind it out."""

from lakezones.propose.roles.miner import RoleMiner

__all__ = ["RoleMiner"]
