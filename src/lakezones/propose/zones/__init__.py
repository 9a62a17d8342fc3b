"""Zones: raw, curated or consumption for every container, with evidence and a calibrated confidence.

``classify`` is the way in. What is known: ``features`` with ``tokens`` (words of names) and ``views``. What is made of
it: ``model`` with ``learning``, ``state`` (sandboxes and dead containers). What people get: ``evidence`` (in words),
``questions`` (what to ask, what words mean), ``labels`` (what they answered).
"""

from lakezones.propose.zones.classify import Zoning, classify, zone_lake
from lakezones.propose.zones.settings import ZonesSettings

__all__ = ["ZonesSettings", "Zoning", "classify", "zone_lake"]
