"""Findings: what a security team should look at, most severe first.

In: facts, access and, after propose, the proposal. Out: table ``findings``, and the figures of `assess`. Each finding
declares the tables it needs and runs when they exist.

The frame: ``registry`` (what a finding is, how all are run), ``context`` (what they share), ``settings``, ``outputs``.
Findings by subject: ``duties``, ``escalation``, ``exposure``, ``hygiene``, ``limits``, ``peers``, ``people``,
``requests``, ``usage``; ``governance`` has its rules by domain.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from lakezones.access.settings import AccessSettings
from lakezones.findings import duties, escalation, exposure, hygiene, limits, peers, people, requests, usage
from lakezones.findings.context import FindingContext
from lakezones.findings.registry import REGISTRY, not_run, run, run_in
from lakezones.findings.settings import FindingsSettings
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.limits import LimitsSettings
from lakezones.model.policies import SodPair

__all__ = [
    "REGISTRY",
    "FindingsSettings",
    "assess",
    "duties",
    "escalation",
    "exposure",
    "hygiene",
    "limits",
    "peers",
    "people",
    "requests",
    "run",
    "usage",
]


def assess(
    facts: Facts,
    access: Access,
    proposal: Proposal | None,
    *,
    settings: FindingsSettings,
    access_settings: AccessSettings,
    limits: LimitsSettings | None = None,
    sod: Sequence[SodPair] = (),
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Findings, and the figures beside them; parameters as in `run`.

    Returns
    -------
    polars.DataFrame
        Schema `lakezones.model.tables.Findings`.
    dict
        ``more_than_used`` (see `lakezones.findings.usage.headline`), ``burden`` (see
        `lakezones.findings.requests.burden`), ``not_assessed`` (findings that did not run, with the tables they lack).
    """
    context = FindingContext(facts, access, proposal, settings, limits or LimitsSettings(), access_settings, tuple(sod))
    return run_in(context), {
        "more_than_used": usage.headline(context),
        "burden": requests.burden(context),
        "not_assessed": not_run(context),
    }
