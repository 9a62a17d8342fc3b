"""Zones: raw, curated or consumption for every container, with evidence and a calibrated confidence.

``classify`` is the way in. What is known: ``features`` with ``tokens`` (words of names), ``views`` with ``priors`` and
``clusters``. What is made of it: ``model`` with ``counts``, ``rules`` (the weak labels alone), ``state`` (sandboxes and
dead containers), ``evidence`` (in words).
"""

from lakezones.propose.zones.classify import Zoning, classify, zone_lake
from lakezones.propose.zones.model import ZoneClassifier
from lakezones.propose.zones.settings import ZonesSettings

__all__ = ["ZoneClassifier", "ZonesSettings", "Zoning", "classify", "zone_lake"]
