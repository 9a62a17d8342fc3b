"""Zones: raw, curated or consumption for every container, with evidence and honest confidence."""

from lakezones.propose.zones.classify import Zoning, classify, zone_lake
from lakezones.propose.zones.model import ZoneClassifier
from lakezones.propose.zones.settings import ZonesSettings

__all__ = ["ZoneClassifier", "ZonesSettings", "Zoning", "classify", "zone_lake"]
