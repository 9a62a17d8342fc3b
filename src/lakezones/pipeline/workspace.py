"""A workspace that runs the stages: each method reads what a stage needs, calls it, and writes what it made.

In: a folder and settings. Out: the stage's files in the folder, and its result as frames. Nothing is decided here:
the stages are pure, and each says itself which files it writes.
"""

from collections.abc import Callable, Mapping, Sequence
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
from lakezones.model.facts import FACTS
from lakezones.model.frames import Access, Facts, Plan, Proof, Proposal
from lakezones.model.outputs import Outputs
from lakezones.model.words import counted
from lakezones.store.results import Results

if TYPE_CHECKING:
    from lakezones.access.explanations.tree import Explanation
    from lakezones.propose.roles.carry import Earlier
    from lakezones.scan import ScanResult, Selection
    from lakezones.scan.progress import Progress

JOURNAL: Final = ".scan"
"""Folder in a workspace that remembers what an unfinished scan has read."""


class Workspace(Results):
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

    def settings(self, **flags: Mapping[str, Any]) -> Settings:
        """The settings of this workspace.

        Parameters
        ----------
        flags
            Sections with keys that win over everything else, for instance ``roles={"max_roles": 100}``.
        """
        return Settings(self.overrides, flags=flags)

    def reviewed_roles(self) -> "Earlier | None":
        """Roles of the last proposal that reviewers decided on; None where there is none."""
        from lakezones.propose.roles.carry import Earlier

        tables = self.read_reviewed_roles()
        return None if tables is None else Earlier(**tables)

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

        started = datetime.now(UTC)
        settings = settings or self.settings()
        access, facts = self.read_access(), self.facts_used()
        made = api.propose(facts, access, labels=labels, earlier=self.reviewed_roles(), settings=settings)
        files = outputs(made, access.container_classes)
        self._write("proposal", files, ["access"], settings.used(*SECTIONS), started, facts)
        return replace(made.proposal, summary=dict(files.documents["summary"]))

    def plan(self, settings: Settings | None = None, *, accept_gaps: bool = False) -> Plan:
        """Make the migration plan from the proposal and the decisions on it.

        Raises
        ------
        GapsError
            If the snapshot has failed reads and they were not accepted.
        """
        from lakezones.plan.outputs import outputs

        started = datetime.now(UTC)
        settings = settings or self.settings()
        proposal, access, facts = self.read_proposal(), self.read_access(), self.facts_used()
        if facts.gaps.height and not accept_gaps:
            first = facts.gaps.row(0, named=True)
            raise GapsError(
                f"{counted(facts.gaps.height, 'read')} failed in the snapshot,"
                f" first {first['source']} {first['object_id']}: {first['reason']}",
                hint="scan again (lakezones scan --resume), or accept what is not known with --accept-gaps",
            )
        decisions = self.read_decisions()
        plan = api.plan(facts, access, proposal, decisions=decisions, settings=settings)
        inputs = ["proposal"] if decisions is None else ["proposal", "review"]
        used = settings.used("plan", "limits", "naming", "policies")
        self._write("plan", outputs(plan), inputs, used, started, facts, accepted_gaps=facts.gaps.height)
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
        decisions = self.read_decisions() if "review" in self.manifest("plan")["inputs"] else None
        facts, access, proposal = self.facts_used(), self.read_access(), self.read_proposal()
        proof = api.verify(facts, access, proposal, plan, decisions=decisions, settings=settings)
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

    # --------------------------------------------------------------------------------------- review

    def review_sheet(self, *, approve_all: str | None = None) -> dy.DataFrame[t.Sheet]:
        """The sheet that reviewers get of the proposal; see `lakezones.review.sheet`."""
        from lakezones import review

        proposal = self.read_proposal()
        classes = self.read_frames("access", {"container_classes": t.ContainerClasses})["container_classes"]
        gaining = pl.col("principal_id").is_in(proposal.suggestions["principal_id"].unique().implode())
        people = self.facts_used({"principals": gaining}).table("principals")
        return review.sheet(proposal, classes, people=people, approve_all=approve_all)

    def review_status(self) -> dict[str, int]:
        """How far the review is; see `lakezones.review.status`."""
        from lakezones import review

        return review.status(self.review_sheet(), self.read_decisions())

    def import_review(
        self, filled: pl.DataFrame, *, file: str, lines: Sequence[int] | None = None
    ) -> tuple[dict[str, int], pl.DataFrame]:
        """Take decisions from a filled sheet, and log those that are new.

        Parameters
        ----------
        filled
            The sheet as it came back; see `lakezones.review.accept`.
        file
            Name of the file it was in, for the log and for rejected rows.
        lines
            Line of each row in the file; by default one line per row, after a header.

        Returns
        -------
        summary, rejected
            Counts of rows taken, changed and rejected with the status of the review; rows that could not be taken
            (`lakezones.model.tables.Rejected`).
        """
        from lakezones.review.importing import take

        # Read, merge and write belong together: what another import wrote in between would be lost.
        with self.exclusive():
            started = datetime.now(UTC)
            current, earlier = self.review_sheet(), self.read_decisions()
            audit = self.read_text("review", "audit.jsonl") if self.has("review") else ""
            facts = self.facts_used({"principals": None})
            people = facts.table("principals") if facts.assessed("principals") else None
            taken = take(
                filled, current, earlier, audit=audit, file=file, decided_at=started, lines=lines, directory=people
            )
            # No inputs: decisions outlive the proposal, since each is bound to the content it was made on, not a run.
            self._write("review", taken.files, [], None, started, reviewed=self.digest("proposal"))
        return taken.summary, taken.rejected

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

    def _write(
        self,
        stage: str,
        files: Outputs,
        inputs: Sequence[str],
        used: Mapping[str, Any] | None,
        started: datetime | None,
        facts: Facts | None = None,
        **extra: Any,
    ) -> None:
        """Write a stage; its manifest says which settings were used, and of the facts what is not known."""
        if facts is not None:
            extra = {
                "as_of": facts.as_of,
                "not_assessed": [name for name in FACTS if not facts.assessed(name)],
                "gaps": facts.gaps.height,
                **extra,
            }
        self.write_stage(stage, files, inputs=inputs, settings=used, started=started, extra=extra)
