"""Findings: what a security team should look at, most severe first.

In: facts, access and, after propose, the proposal. Out: table ``findings``, and the figures of `overview`. Each finding
declares the tables it needs and runs when they exist.
"""

from typing import Any

from lakezones.findings import exposure, hygiene, limits, peers, people, requests, usage
from lakezones.findings.context import Context
from lakezones.findings.registry import REGISTRY, not_run, run
from lakezones.findings.settings import FindingsSettings
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.limits import LimitsSettings

__all__ = [
    "REGISTRY",
    "FindingsSettings",
    "exposure",
    "hygiene",
    "limits",
    "overview",
    "peers",
    "people",
    "requests",
    "run",
    "usage",
]


def overview(facts: Facts, access: Access, proposal: Proposal | None, *, settings: FindingsSettings) -> dict[str, Any]:
    """Figures beside the findings.

    Returns
    -------
    dict
        ``more_than_used`` (see `lakezones.findings.usage.headline`), ``burden`` (see
        `lakezones.findings.requests.burden`), ``not_assessed`` (findings that did not run, with the tables they lack).
    """
    context = Context(facts, access, proposal, settings, LimitsSettings())
    return {
        "more_than_used": usage.headline(context),
        "burden": requests.burden(context),
        "not_assessed": not_run(context),
    }
