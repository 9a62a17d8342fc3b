"""Zones: raw, curated or consumption for every container, with evidence and honest confidence."""

from lakezones.propose.zones.classify import classify
from lakezones.propose.zones.settings import ZonesSettings

__all__ = ["ZonesSettings", "classify"]
