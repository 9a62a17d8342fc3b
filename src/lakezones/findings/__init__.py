"""Findings: what a security team should look at, most severe first.

In: facts, access and, after propose, the proposal. Out: table ``findings``. Each finding declares the tables it needs
and runs when they exist.
"""

from lakezones.findings import exposure, hygiene, people
from lakezones.findings.registry import REGISTRY, run
from lakezones.findings.settings import FindingsSettings

__all__ = ["REGISTRY", "FindingsSettings", "exposure", "hygiene", "people", "run"]
