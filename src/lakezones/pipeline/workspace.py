"""A workspace that runs the stages: each method reads what a stage needs, calls it, and writes what it made.

In: a folder and settings. Out: the stage's files in the folder, and its result as frames. Nothing is decided here:
the stages are pure, and each says itself which files it writes.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dataframely as dy
import polars as pl

from lakezones import api
from lakezones.config import Settings
from lakezones.errors import CheckFailed, GapsError, StaleInputError
from lakezones.model import tables as t
from lakezones.model.frames import Access, Plan, Proof, Proposal
from lakezones.model.words import counted
from lakezones.pipeline.reviewing import Reviewing

if TYPE_CHECKING:
    from lakezones.access.explanations.tree import Explanation
    from lakezones.scan import ScanResult, Selection
    from lakezones.scan.progress import Progress

JOURNAL: Final = ".scan"
"""Folder in a workspace that remembers what an unfinished scan has read."""


class Workspace(Reviewing):
    """A folder that takes a lake from scan to a proven plan, stage by stage.

    Every stage checks that what it reads is what its input was made from, writes its files at once, and returns its
    result; the ``read_...`` methods give the result of a stage that has run. Settings are, from the weakest to the
    strongest, the defaults, the workspace's ``lakezones.toml``, the environment, and what `settings` is given.

    Parameters
    ----------
    root
        The folder; made on the first write.
    patience
        Seconds to wait for another process that is writing, before giving up.

    Examples
    --------
    >>> import tempfile
    >>> ws = Workspace(tempfile.mkdtemp())
    >>> ws.scan("fixtures/golden/capture").complete
    True
    >>> access = ws.access()
    >>> access.summary["containers"], access.summary["classes"]
    (40, 17)
    >>> proposal = ws.propose(ws.settings(roles={"preset": "exact"}))
    >>> proposal.roles.height > 0
    True
    >>> ws.plan().summary["status"]
    'draft'
    >>> ws.verify().holds
    True
    >>> ws.report().name
    'index.html'
    """

    # --------------------------------------------------------------------------------------- stages

    def scan(
        self,
        *sources: str,
        settings: Settings | None = None,
        selection: "Selection | None" = None,
        resume: bool = False,
        progress: "Progress | None" = None,
    ) -> "ScanResult":
        """Read sources into a new snapshot; parameters and errors as in `lakezones.api.scan`.

        Parameters
        ----------
        selection
            Where it names tables, these are read again and the rest of the last snapshot is kept.
        resume
            Continue an unfinished scan of the same sources, or try the failed reads of the last one again.
        """
        from lakezones.scan import merge_onto, scan
        from lakezones.scan.journal import discard

        started = datetime.now(UTC)
        settings = settings or self.settings()
        journal = self.root / JOURNAL
        result = scan(
            sources, settings=settings.scan, selection=selection, journal=journal, resume=resume, progress=progress
        )
        if selection is not None and selection.only and self.snapshots():
            result = merge_onto(self.read_facts(), result, selection.only)
        self.store_scan(result, settings, started=started)
        if result.complete:
            discard(journal)
        return result

    def unfinished_scan(self) -> bool:
        """Whether a scan ended before it had read everything, so that `scan` can continue it."""
        from lakezones.scan.journal import unfinished

        return unfinished(self.root / JOURNAL)

    def store_scan(self, result: "ScanResult", settings: Settings, *, started: datetime | None = None) -> str:
        """Store what a scan read as the current snapshot; return its name."""
        return self.write_snapshot(
            result.tables,
            as_of=result.as_of,
            rejected=result.rejected,
            gaps=result.gaps,
            sources=result.sources,
            settings=settings.used("scan"),
            started=started,
        )

    def access(self, settings: Settings | None = None) -> Access:
        """Resolve effective access in classes, the access matrix, and findings."""
        from lakezones.access.outputs import outputs
        from lakezones.access.routes.grants import COLUMNS
        from lakezones.findings.outputs import outputs as findings_outputs
        from lakezones.report.outputs import matrix_outputs

        self.keep_seen()
        started = datetime.now(UTC)
        settings = settings or self.settings()
        inputs = [f"snapshots/{self.current_snapshot()}"]
        facts, grants = self.read_in_batches(COLUMNS)
        result = api.access(facts, grants=grants, settings=settings)
        # Both only read, and neither keeps two cores busy by itself.
        with ThreadPoolExecutor(1) as pool:
            matrices = pool.submit(matrix_outputs, facts, result)
            found, figures = api.findings(facts, result, settings=settings)
            files = outputs(result) | matrices.result() | findings_outputs(found, figures)
        used = settings.used("access", "findings", "limits", "policies")
        self._write("access", files, inputs, used, started, facts)
        return replace(result, summary=dict(files.documents["summary"]))

    def propose(self, settings: Settings | None = None, *, labels: pl.DataFrame | None = None) -> Proposal:
        """Propose domains, zones, roles and layout; parameters and errors as in `lakezones.api.propose`."""
        from lakezones.propose.outputs import outputs
        from lakezones.propose.stage import SECTIONS

        self.keep_seen()
        started = datetime.now(UTC)
        settings = settings or self.settings()
        access, facts = self.read_access(), self.facts_used()
        made = api.propose(facts, access, labels=labels, earlier=self.reviewed_roles(), settings=settings)
        files = outputs(made, access.container_classes)
        self._write("proposal", files, ["access"], settings.used(*SECTIONS), started, facts)
        return replace(made.proposal, summary=dict(files.documents["summary"]))

    def plan(
        self, settings: Settings | None = None, *, accept_gaps: bool = False, accept_asserted: bool = False
    ) -> Plan:
        """Make the migration plan from the proposal and the decisions on it; what was decided is written beside it.

        Parameters
        ----------
        accept_gaps
            Plan although some reads of the scan failed.
        accept_asserted
            Act on what waits for a second reviewer, and on what is asserted without evidence.

        Raises
        ------
        GapsError
            If the snapshot has failed reads and they were not accepted.
        """
        from lakezones.plan.outputs import outputs
        from lakezones.review.target.outputs import outputs as target_outputs

        started = datetime.now(UTC)
        settings = settings or self.settings()
        self.check_fresh("proposal")
        access, facts = self.read_access(), self.facts_used()
        if facts.gaps.height and not accept_gaps:
            first = facts.gaps.row(0, named=True)
            raise GapsError(
                f"{counted(facts.gaps.height, 'read')} failed in the snapshot,"
                f" first {first['source']} {first['object_id']}: {first['reason']}",
                hint="scan again (lakezones scan --resume), or accept what is not known with --accept-gaps",
            )
        target, reviewed = self.decided_target(facts, access, settings, accept_asserted=accept_asserted)
        plan = api.plan(facts, access, target, settings=settings)
        inputs = ["proposal"] if reviewed is None else ["proposal", "review"]
        said = {"accepted_gaps": facts.gaps.height, "accepted_asserted": accept_asserted}
        decided = settings.used("naming", "policies", "review")
        self._write("target", target_outputs(target), inputs, decided, started, facts, **said)
        used = settings.used("plan", "limits", "naming", "policies", "review")
        self._write("plan", outputs(plan), [*inputs, "target"], used, started, facts, **said)
        return plan

    def verify(self, settings: Settings | None = None, *, steps: "dy.DataFrame[t.Steps] | None" = None) -> Proof:
        """Replay the plan and write the proof; `steps` replaces the plan's own (an edited plan.csv)."""
        from lakezones.verify.outputs import outputs

        started = datetime.now(UTC)
        settings = settings or self.settings()
        plan = self.read_plan(edited=steps is not None)
        if steps is not None:
            plan = replace(plan, steps=steps)
        # A draft was made before anybody decided anything, and may therefore give nothing new.
        reviewed = self.reviewed(settings) if "review" in self.manifest("plan")["inputs"] else None
        facts, access, proposal = self.facts_used(), self.read_access(), self.read_proposal()
        proof = api.verify(facts, access, proposal, plan, reviewed=reviewed, settings=settings)
        self._write("verify", outputs(proof), ["plan"], settings.used("limits", "policies"), started)
        return proof

    def report(self, *, redact: bool = False) -> Path:
        """Write one HTML page over everything that has been made so far; returns its path.

        Parameters
        ----------
        redact
            Whether the names and ids of people are replaced by numbers.
        """
        from lakezones import report
        from lakezones.report.heatmap import heatmap_frame
        from lakezones.report.outputs import page_outputs

        started = datetime.now(UTC)
        access = self.read_access()
        stages = [name for name in ("proposal", "plan", "verify") if self.has(name)]
        facts = self.facts_used()
        page = report.render(
            facts,
            access,
            self.read_findings(),
            proposal=self.read_proposal() if "proposal" in stages else None,
            plan=self.read_plan() if "plan" in stages else None,
            proof=self.read_proof() if "verify" in stages else None,
            cells=heatmap_frame(facts, access),
            redact=redact,
        )
        self._write("report", page_outputs(page), ["access", *stages], None, started, redacted=redact)
        return self.root / "report" / "index.html"

    # ------------------------------------------------------------------------------- beside the way

    def explain(
        self,
        who: str,
        container: str | None = None,
        *,
        settings: Settings | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> "Explanation":
        """Explain why somebody has access, from the rows that can concern it: lakes are large, answers are not.

        Parameters
        ----------
        who
            A principal or, without `container`, a container, by id or by name.
        say
            Called with a line where zones are left out because the proposal is older than access.

        Raises
        ------
        NotFoundError
            If there is no such principal or container; the hint suggests which may be meant.
        """
        from lakezones.access.explanations import about, lookup
        from lakezones.access.explanations.explanation import explain

        access = self.read_access()
        known = self.facts_used(about.NAMES)
        principal: str | None
        if container is None:
            principal, container = lookup.find_either(known, access, who)
        else:
            principal, container = lookup.find_principal(known, access, who), lookup.find_container(access, container)
        zones = None
        if container is None and self.has("proposal"):
            try:
                zones = self.read_zones()
            except StaleInputError as error:
                say(f"zones are left out: {error.message}")
        facts = self.facts_used(about.principal(principal) if container is None else about.container(container))
        section = (settings or self.settings()).access
        return explain(facts, access, principal=principal, container=container, zones=zones, settings=section)

    def impact(self, container: str) -> dict[str, Any]:
        """What moving a container touches; see `lakezones.report.impact.impact`."""
        from lakezones.access.explanations.lookup import find_container
        from lakezones.report.impact import impact

        access, proposal = self.read_access(), self.read_proposal() if self.has("proposal") else None
        return impact(self.facts_used(), access, proposal, find_container(access, container))

    def export(self, kind: str, *, wave: int | None = None, draft: bool = False) -> list[Path]:
        """Write the plan in the format of another tool; returns the paths of the files.

        Parameters
        ----------
        kind
            One of `lakezones.export.FORMATS`.
        wave
            Only this wave; all by default.
        draft
            Whether a script may be written of a plan that nobody has decided on.

        Raises
        ------
        CheckFailed
            If the plan is a draft, the format is a script, and `draft` is false.
        """
        from lakezones.export import outputs

        plan = self.read_plan()
        if kind != "csv" and plan.summary.get("status") == "draft" and not draft:
            raise CheckFailed(
                "the plan is a draft: nobody has decided on its roles",
                hint=f"decide (lakezones review), then run: lakezones plan -w {self.root}; or export it with --draft",
            )
        files = outputs(plan, kind, wave=wave)
        self._write(f"export/{kind}", files, ["plan"], None, None, wave=wave)
        return [self.root / "export" / kind / name for name in [*(f"{name}.csv" for name in files.csv), *files.texts]]
