"""The registry of findings: what each one is, what it needs, and how all that apply are run.

In: facts, access and, after propose, the proposal. Out: table ``findings``, most severe first. A finding whose tables
were not assessed does not run: nothing is reported about what was not looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from lakezones.access.settings import AccessSettings
from lakezones.findings.context import FindingContext
from lakezones.findings.settings import FindingsSettings
from lakezones.model.frames import Access, Facts, Proposal, conform
from lakezones.model.limits import LimitsSettings
from lakezones.model.policies import SodPair
from lakezones.model.tables import SEVERITIES, Findings

Rows = pl.DataFrame
"""What a finding returns: object_kind, object_id, evidence, affected and, where it varies, severity."""


@dataclass(frozen=True)
class Finding:
    """One kind of finding.

    Attributes
    ----------
    finding_id
        Stable id.
    severity
        How soon to act, unless the rows say otherwise.
    title, action
        What it is and what to do about it.
    needs
        Tables of the snapshot that must have been assessed.
    needs_proposal
        Whether it is about what was proposed.
    check
        Finds the rows.
    """

    finding_id: str
    severity: str
    title: str
    action: str
    needs: tuple[str, ...]
    needs_proposal: bool
    check: Callable[[FindingContext], Rows]

    def applies(self, context: FindingContext) -> bool:
        """Whether everything it needs is there."""
        return all(context.facts.assessed(table) for table in self.needs) and (
            context.proposal is not None or not self.needs_proposal
        )


REGISTRY: Final[dict[str, Finding]] = {}


def finding(
    finding_id: str,
    severity: str,
    *,
    title: str,
    action: str,
    needs: tuple[str, ...] = (),
    needs_proposal: bool = False,
) -> Callable[[Callable[[FindingContext], Rows]], Callable[[FindingContext], Rows]]:
    """Register a function as a finding."""

    def register(check: Callable[[FindingContext], Rows]) -> Callable[[FindingContext], Rows]:
        if finding_id in REGISTRY:
            raise ValueError(f"two findings named {finding_id}")
        REGISTRY[finding_id] = Finding(finding_id, severity, title, action, needs, needs_proposal, check)
        return check

    return register


def run(
    facts: Facts,
    access: Access,
    proposal: Proposal | None,
    *,
    settings: FindingsSettings,
    access_settings: AccessSettings,
    limits: LimitsSettings | None = None,
    sod: Sequence[SodPair] = (),
) -> pl.DataFrame:
    """Run every finding whose tables were assessed.

    Parameters
    ----------
    facts, access
        The snapshot and the access worked out from it.
    proposal
        The proposal, or None before there is one.
    settings
        Thresholds.
    access_settings
        What access was worked out with: which statuses are approvals.
    limits
        Azure's limits; the defaults where None.
    sod
        Duties that are to stay apart.

    Returns
    -------
    polars.DataFrame
        Schema `lakezones.model.tables.Findings`; most severe first, then by affected, then by id.
    """
    return run_in(
        FindingContext(facts, access, proposal, settings, limits or LimitsSettings(), access_settings, tuple(sod))
    )


def run_in(context: FindingContext) -> pl.DataFrame:
    """Run every finding that applies in a context; see `run`."""
    found = [_complete(entry, entry.check(context)) for entry in REGISTRY.values() if entry.applies(context)]
    every = conform(_with_names(pl.concat(found), context), Findings)
    order = pl.col("severity").cast(pl.String).replace_strict({name: i for i, name in enumerate(SEVERITIES)})
    return every.sort(
        order, "finding_id", "affected", "object_kind", "object_id", descending=[False, False, True, False, False]
    )


def not_run(context: FindingContext) -> dict[str, list[str]]:
    """Findings that did not run, and the tables that were missing: shown as not assessed, never as fine."""
    return {
        entry.finding_id: [table for table in entry.needs if not context.facts.assessed(table)]
        + (["proposal"] if entry.needs_proposal and context.proposal is None else [])
        for entry in REGISTRY.values()
        if not entry.applies(context)
    }


def _complete(entry: Finding, rows: Rows) -> pl.DataFrame:
    severity = pl.col("severity") if "severity" in rows.columns else pl.lit(entry.severity)
    return rows.select(
        "object_kind",
        "object_id",
        "evidence",
        pl.col("affected").cast(pl.Int64),
        severity=severity.cast(pl.String),
        finding_id=pl.lit(entry.finding_id),
        title=pl.lit(entry.title),
        action=pl.lit(entry.action),
    )


def _with_names(found: pl.DataFrame, context: FindingContext) -> pl.DataFrame:
    """Evidence that begins with the principal's name, where the directory knows one beside the id."""
    names = context.principals.select(object_id="principal_id", name="name").with_columns(
        object_kind=pl.lit("principal")
    )
    unlike = pl.col("name").is_not_null() & (pl.col("name") != pl.col("object_id"))
    return found.join(names, on=["object_kind", "object_id"], how="left", maintain_order="left").with_columns(
        evidence=pl.when(unlike).then(pl.format("{}: {}", "name", "evidence")).otherwise("evidence")
    )
