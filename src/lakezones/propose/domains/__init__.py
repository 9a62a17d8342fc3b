"""Domains: who should own each container, and which domains should go first."""

from lakezones.propose.domains.pilots import score_pilots
from lakezones.propose.domains.propose import Domaining, assign_domains, propose_domains
from lakezones.propose.domains.settings import DomainsSettings

__all__ = ["Domaining", "DomainsSettings", "assign_domains", "propose_domains", "score_pilots"]
