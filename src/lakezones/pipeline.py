"""Between the workspace and the pure stages: reads frames, calls a stage, writes what it made.

In: a workspace and settings. Out: the stage's files in the workspace and its summary. Nothing is decided here.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from lakezones.config import Settings
from lakezones.errors import GapsError
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Plan, Proof, Proposal
from lakezones.model.words import counted
from lakezones.store.workspace import Workspace

if TYPE_CHECKING:
    from lakezones.access import AccessSettings, Explanation
    from lakezones.propose.roles.carry import Earlier
    from lakezones.scan.result import ScanResult

MAX_GRANTS: Final = 4_000_000
"""Rows of the table ``grants`` that are in memory as they were read; more of them are numbered in batches."""

# ---------------------------------------------------------------------------------------------- reading


def read_access(ws: Workspace) -> Access:
    """The access stage's tables, refused if they were made from another snapshot."""
    ws.check_fresh("access")
    return Access(**ws.read_frames("access", t.ACCESS_TABLES), summary=ws.read_document("access"))


def read_proposal(ws: Workspace) -> Proposal:
    """The proposal's tables, refused if the access they were made from has changed."""
    ws.check_fresh("proposal")
    return Proposal(**ws.read_frames("proposal", t.PROPOSAL_TABLES), summary=ws.read_document("proposal"))


def read_zones(ws: Workspace) -> pl.DataFrame:
    """Zones of the proposal, refused if the access they were made from has changed."""
    ws.check_fresh("proposal")
    return ws.read_frames("proposal", {"zones": t.Zones})["zones"]


def read_plan(ws: Workspace) -> Plan:
    """The plan's tables, refused if the proposal they were made from has changed."""
    ws.check_fresh("plan")
    frames = ws.read_frames("plan", t.PLAN_TABLES)
    return Plan(**frames, summary=ws.read_document("plan"))


def read_decisions(ws: Workspace) -> pl.DataFrame | None:
    """Reviewers' decisions; None where nobody has decided anything."""
    return ws.read_frames("review", {"decisions": t.Decisions})["decisions"] if ws.has("review") else None


def review_sheet(ws: Workspace, *, approve_all: str | None = None) -> pl.DataFrame:
    """The sheet that reviewers get of the proposal in the workspace; see `lakezones.review.sheet`."""
    from lakezones import review

    proposal = read_proposal(ws)
    classes = ws.read_frames("access", {"container_classes": t.ContainerClasses})["container_classes"]
    gaining = pl.col("principal_id").is_in(proposal.suggestions["principal_id"].unique().implode())
    people = facts_used(ws, {"principals": gaining}).table("principals")
    return review.sheet(proposal, classes, people=people, approve_all=approve_all)


def snapshot_stage(ws: Workspace) -> str:
    """Stage name of the snapshot in use."""
    return f"snapshots/{ws.current_snapshot()}"


def facts_used(ws: Workspace, only: Mapping[str, pl.Expr | None] | None = None) -> Facts:
    """The facts of the snapshot that access was made from; `only` as in `Workspace.read_facts`.

    A table of grants that is too long for memory is left empty: all that later stages ask of it is in access.
    """
    used = next(name for name in ws.manifest("access")["inputs"] if name.startswith("snapshots/"))
    snapshot = used.removeprefix("snapshots/")
    many = only is None and ws.rows("grants", snapshot) > MAX_GRANTS
    return ws.read_facts(snapshot, apart=["grants"] if many else [], only=only)


class Question:
    """Why somebody has access, answered from the rows that can concern it: lakes are large, answers are not."""

    def __init__(self, ws: Workspace) -> None:
        from lakezones.access.explanations import about

        self._ws = ws
        self._access = read_access(ws)
        self._known = facts_used(ws, about.NAMES)

    def principal(self, text: str) -> str:
        """Id of the principal that `text` names; see `lakezones.access.explanations.lookup.find_principal`."""
        from lakezones.access.explanations.lookup import find_principal

        return find_principal(self._known, self._access, text)

    def container(self, text: str) -> str:
        """Name of the container that `text` names; see `lakezones.access.explanations.lookup.find_container`."""
        from lakezones.access.explanations.lookup import find_container

        return find_container(self._access, text)

    def answer(
        self,
        settings: "AccessSettings",
        *,
        principal: str | None = None,
        container: str | None = None,
        zones: pl.DataFrame | None = None,
    ) -> "Explanation":
        """The explanation; `principal` and `container` as `principal()` and `container()` give them."""
        from lakezones.access import explain
        from lakezones.access.explanations import about

        rows = about.container(container) if container is not None else about.principal(principal)
        facts = facts_used(self._ws, rows)
        return explain(facts, self._access, principal=principal, container=container, zones=zones, settings=settings)


def reviewed_roles(ws: Workspace) -> "Earlier | None":
    """Roles of the last proposal that reviewers decided on; None where there is none.

    That is the proposal in the workspace where the decisions were made on it, else the one that it has kept a copy of.
    """
    from lakezones.propose.roles.carry import Earlier

    if not ws.has("proposal"):
        return None
    if ws.has("review") and ws.manifest("review").get("reviewed") == ws.digest("proposal"):
        prefix = ""
    elif "reviewed_role_members.parquet" in ws.manifest("proposal")["outputs"]:
        prefix = "reviewed_"
    else:
        return None
    schemas = {f"{prefix}role_members": t.RoleMembers, f"{prefix}role_classes": t.RoleClasses}
    members, classes = ws.read_frames("proposal", schemas).values()
    return Earlier(role_members=members, role_classes=classes)


# ------------------------------------------------------------------------------------------------ stages


def store_scan(ws: Workspace, result: "ScanResult", settings: Settings, *, started: datetime | None = None) -> str:
    """Store what a scan read as the current snapshot; return its name."""
    return ws.write_snapshot(
        result.tables,
        as_of=result.as_of,
        rejected=result.rejected,
        gaps=result.gaps,
        sources=result.sources,
        settings=settings.used("scan"),
        started=started,
    )


def run_access(ws: Workspace, settings: Settings) -> dict[str, Any]:
    """Effective access in classes, the access matrix, and findings."""
    from lakezones import access, findings
    from lakezones.access.outputs import outputs
    from lakezones.access.routes.grants import COLUMNS
    from lakezones.findings.outputs import outputs as findings_outputs
    from lakezones.report.outputs import matrix_outputs

    started = datetime.now(UTC)
    stage = snapshot_stage(ws)
    many = ws.rows("grants") > MAX_GRANTS
    facts = ws.read_facts(apart=["grants"] if many else [])
    batches = ws.batches("grants", COLUMNS, rows=MAX_GRANTS) if many else None
    result = access.resolve(facts, settings=settings.access, grants=batches)
    # Both only read, and neither keeps two cores busy by itself.
    with ThreadPoolExecutor(1) as pool:
        drawn = pool.submit(matrix_outputs, facts, result)
        found, figures = findings.assess(
            facts, result, None, settings=settings.findings, access_settings=settings.access, limits=settings.limits
        )
        files = outputs(result) | drawn.result() | findings_outputs(found, figures)
    ws.write_stage(
        "access",
        files,
        inputs=[stage],
        settings=settings.used("access", "findings", "limits"),
        started=started,
        extra=_completeness(facts),
    )
    return dict(files.documents["summary"])


def run_propose(ws: Workspace, settings: Settings, *, labels: pl.DataFrame | None = None) -> dict[str, Any]:
    """Domains, zones, roles and layout; `labels` as in `lakezones.propose.stage.propose`."""
    from lakezones.propose.outputs import outputs
    from lakezones.propose.stage import SECTIONS, propose

    started = datetime.now(UTC)
    access = read_access(ws)
    facts = facts_used(ws)
    proposed = propose(facts, access, settings=settings, labels=labels, earlier=reviewed_roles(ws))
    files = outputs(proposed, access.container_classes)
    ws.write_stage(
        "proposal",
        files,
        inputs=["access"],
        settings=settings.used(*SECTIONS),
        started=started,
        extra=_completeness(facts),
    )
    return dict(files.documents["summary"])


def run_plan(ws: Workspace, settings: Settings, *, accept_gaps: bool = False) -> dict[str, Any]:
    """Steps, items, waves and limits.

    Raises
    ------
    GapsError
        If the snapshot has failed reads and they were not accepted.
    """
    from lakezones import plan as plan_stage
    from lakezones.plan.outputs import outputs

    started = datetime.now(UTC)
    proposal = read_proposal(ws)
    access = read_access(ws)
    facts = facts_used(ws)
    if facts.gaps.height and not accept_gaps:
        first = facts.gaps.row(0, named=True)
        raise GapsError(
            f"{counted(facts.gaps.height, 'read')} failed in the snapshot,"
            f" first {first['source']} {first['object_id']}: {first['reason']}",
            hint="scan again (lakezones scan --resume), or accept what is not known with --accept-gaps",
        )
    decisions = read_decisions(ws)
    plan = plan_stage.build(
        facts,
        access,
        proposal,
        decisions=decisions,
        sod=settings.policies.sod,
        naming=settings.naming,
        settings=settings.plan,
        limits=settings.limits,
    )
    ws.write_stage(
        "plan",
        outputs(plan),
        inputs=["proposal", "review"] if decisions is not None else ["proposal"],
        settings=settings.used("plan", "limits", "naming", "policies"),
        started=started,
        extra={**_completeness(facts), "accepted_gaps": facts.gaps.height},
    )
    return plan.summary


def run_verify(ws: Workspace, settings: Settings, *, steps: pl.DataFrame | None = None) -> Proof:
    """Replay the plan and write the proof; `steps` replaces the plan's own (an edited plan.csv)."""
    from lakezones import verify
    from lakezones.verify.outputs import outputs

    started = datetime.now(UTC)
    plan = read_plan(ws)
    if steps is not None:
        plan = replace(plan, steps=steps)
    # A draft was made before anybody decided anything, and may therefore give nothing new.
    decisions = read_decisions(ws) if "review" in ws.manifest("plan")["inputs"] else None
    proof = verify.prove(
        facts_used(ws),
        read_access(ws),
        read_proposal(ws),
        plan,
        limits=settings.limits,
        decisions=decisions,
        sod=settings.policies.sod,
    )
    ws.write_stage(
        "verify",
        outputs(proof),
        inputs=["plan"],
        settings=settings.used("limits", "policies"),
        started=started,
    )
    return proof


def run_report(ws: Workspace, *, redact: bool = False) -> dict[str, Any]:
    """One HTML page over everything that has been made so far."""
    from lakezones import report
    from lakezones.report.heatmap import heatmap_frame
    from lakezones.report.outputs import page_outputs

    started = datetime.now(UTC)
    access = read_access(ws)
    stages = [name for name in ("proposal", "plan", "verify") if ws.has(name)]
    proof = None
    if "verify" in stages:
        ws.check_fresh("verify")
        document = ws.read_document("verify", "proof")
        proof = Proof(
            holds=document["holds"], claims=document["claims"], counterexample=t.Counterexample.create_empty()
        )
    found = ws.read_frames("proposal" if "proposal" in stages else "access", {"findings": t.Findings})["findings"]
    facts = facts_used(ws)
    page = report.render(
        facts,
        access,
        found,
        proposal=read_proposal(ws) if "proposal" in stages else None,
        plan=read_plan(ws) if "plan" in stages else None,
        proof=proof,
        cells=heatmap_frame(facts, access),
        redact=redact,
    )
    ws.write_stage(
        "report",
        page_outputs(page),
        inputs=["access", *stages],
        started=started,
        extra={"redacted": redact},
    )
    return {"file": str(ws.root / "report" / "index.html"), "bytes": len(page.encode())}


def _completeness(facts: Facts) -> Mapping[str, Any]:
    from lakezones.model.facts import FACTS

    return {
        "as_of": facts.as_of,
        "not_assessed": [name for name in FACTS if not facts.assessed(name)],
        "gaps": facts.gaps.height,
    }
