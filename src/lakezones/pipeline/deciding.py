"""Decisions in a workspace: what there is to decide on, drafts that become records, records that are taken back.

In: a proposal, and drafts of a page or a workbook. Out: the files of the stage review. The log is the truth; decisions
in force and what their reviewers saw are written beside it each time.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import dataframely as dy
import polars as pl

from lakezones.errors import MissingColumnError, StaleInputError
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.outputs import Outputs
from lakezones.pipeline.recording import Recorded, Recording

if TYPE_CHECKING:
    from lakezones.review.binding import Contents
    from lakezones.review.decisions import Draft, Stand
    from lakezones.review.dossier import Dossiers
    from lakezones.review.items import BuiltItems, Reviewers

WANTED: Final = ["object_kind", "object_id", "content_hash"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReviewBasis:
    """What there is to decide on, as it was when it was read.

    Attributes
    ----------
    proposed
        Digest of the proposal.
    contents, hashes
        What there is to see, and the hash of each object.
    built
        Items, and why each is risky.
    dossiers
        All that a reviewer wants to see of each.
    misrouted
        Rows of ``reviewers.csv`` that could not be taken.
    principals
        The directory; None where it was not assessed.
    """

    proposed: str
    facts: Facts
    access: Access
    proposal: Proposal
    findings: dy.DataFrame[t.Findings]
    contents: "Contents"
    hashes: pl.DataFrame
    built: "BuiltItems"
    dossiers: "Dossiers"
    misrouted: dy.DataFrame[t.Rejected]
    principals: pl.DataFrame | None


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """What became of drafts.

    Attributes
    ----------
    recorded
        New records, the checkpoint after them, and the key that signed it.
    unchanged
        Drafts that say what their reviewer has said before.
    rejected
        Drafts that could not be taken, each with its line and the reason.
    at
        When they were taken.
    """

    recorded: Recorded
    unchanged: int
    rejected: dy.DataFrame[t.Rejected]
    at: datetime


class Deciding(Recording):
    """A workspace in which decisions are made."""

    def read_records(self) -> list[dict[str, Any]]:
        """Records of the audit log, oldest first; those of an older format are carried over."""
        from lakezones.review import log

        return log.read(log.carry(self.read_log()))

    def in_force(self) -> dy.DataFrame[t.Decisions]:
        """Decisions in force, as the log says."""
        from lakezones.review.decisions import fold

        return fold(self.read_records())

    def read_seen(self) -> dy.DataFrame[t.Seen]:
        """What reviewers saw when they decided; empty where nobody has, or where an older version took it down."""
        there = self.has("review") and "seen.parquet" in self.manifest("review")["outputs"]
        return self.read_frames("review", {"seen": t.Seen})["seen"] if there else t.Seen.create_empty()

    def review_basis(self) -> ReviewBasis:
        """What there is to decide on now; takes seconds on a large lake.

        Raises
        ------
        MissingStageError, StaleInputError
            If there is no proposal, or not one of the current access.
        """
        from lakezones.review.binding import content, hashes
        from lakezones.review.dossier import Dossiers
        from lakezones.review.items import build_all

        settings = self.settings()
        proposal, access, facts = self.read_proposal(), self.read_access(), self.facts_used()
        findings, principals = self.read_findings(), facts.table("principals") if facts.assessed("principals") else None
        reviewers, misrouted = self.read_reviewers(principals)
        contents = content(facts, access, proposal, findings, sod=settings.policies.sod)
        seen = hashes(contents)
        dossiers = Dossiers(
            facts,
            access,
            proposal,
            policies=settings.policies,
            sod=settings.policies.sod,
            departments=settings.domains.departments,
            findings=findings,
        )
        built = build_all(
            facts,
            access,
            proposal,
            contents,
            seen,
            settings=settings.review,
            policies=settings.policies,
            reviewers=reviewers,
            findings=findings,
            known=dossiers.known,
        )
        return ReviewBasis(
            proposed=self.digest("proposal"),
            facts=facts,
            access=access,
            proposal=proposal,
            findings=findings,
            contents=contents,
            hashes=seen,
            built=built,
            dossiers=dossiers,
            misrouted=misrouted,
            principals=principals,
        )

    def read_reviewers(self, principals: pl.DataFrame | None) -> "tuple[Reviewers, dy.DataFrame[t.Rejected]]":
        """Who decides, as ``reviewers.csv`` in the workspace says, and its rows that could not be taken.

        Parameters
        ----------
        principals
            The directory; None where it was not assessed.

        Raises
        ------
        InputError
            If the file cannot be read.
        MissingColumnError
            If it has no column ``reviewer``, or one twice.
        """
        from lakezones.review.items import Reviewers, read_reviewers, team_names
        from lakezones.review.items.reviewers import FILE
        from lakezones.store.sheets import read_sheet

        file = self.root / FILE
        if not file.exists():
            return Reviewers(), t.Rejected.create_empty()
        filled, lines = read_sheet(file, [])
        spelled = [name.strip().lower() for name in filled.columns]
        if spelled.count("reviewer") != 1 or len(set(spelled)) < len(spelled):
            raise MissingColumnError(
                f"{file} needs one column 'reviewer', and no column twice",
                hint="columns: domain, area or kind (at least one of them), and reviewer",
            )
        filled.columns = spelled
        return read_reviewers(
            filled, directory=principals, teams=team_names(self.settings().review.routing), lines=lines
        )

    def source(self) -> str:
        """Id of this workspace: where decisions that are submitted here come from."""
        from lakezones.store.pending import Pending

        # One at a time: the file that has it may have to be made.
        with self.exclusive(), closing(Pending(self.root)) as pending:
            return pending.source

    def review_seen(self, basis: ReviewBasis) -> dy.DataFrame[t.Seen]:
        """What reviewers saw; of decisions made before that was kept, what they fit to now."""
        from lakezones.review.binding import carried, former_hashes

        former = former_hashes(basis.access, basis.proposal)
        return carried(basis.contents, self.in_force(), former, earlier=self.read_seen())

    def review_stand(self, basis: ReviewBasis | None = None) -> "Stand":
        """What changed since it was decided on, and where everything stands.

        Parameters
        ----------
        basis
            What there is to decide on, where the caller has read it.
        """
        from lakezones.review.decisions import stand

        basis = basis or self.review_basis()
        return stand(
            basis.contents,
            basis.hashes,
            self.in_force(),
            self.review_seen(basis),
            settings=self.settings().review,
            items=basis.built.items,
        )

    def read_decisions(self) -> dy.DataFrame[t.Decisions] | None:
        """Decisions in force; None where nobody has decided anything."""
        return self.in_force() if self.has("review") else None

    def decisions_by_proposal(self) -> dy.DataFrame[t.Decisions] | None:
        """Decisions in force, those that stand as a whole under the hash that the proposal itself has of its content.

        None where nobody has decided anything.
        """
        from lakezones.review.binding import former_hashes

        if not self.has("review"):
            return None
        basis, kind = self.review_basis(), pl.col("object_kind").cast(pl.String)
        lapsed = self.review_stand(basis).changed.filter("lapses").select(kind, "object_id", "content_hash")
        former = former_hashes(basis.access, basis.proposal).rename({"content_hash": "former"})
        made = self.in_force().with_columns(kind)
        stands = made.join(lapsed, on=WANTED, how="anti").join(former, on=WANTED[:2], how="left")
        rows = stands.with_columns(content_hash=pl.coalesce("former", "content_hash")).drop("former")
        gone = made.join(lapsed, on=WANTED, how="semi")
        return t.Decisions.cast(pl.concat([rows, gone]).unique(t.Decisions.primary_key(), maintain_order=True))

    def submit(
        self,
        drafts: Iterable["Draft"],
        *,
        source: str,
        basis: ReviewBasis | None = None,
        ticket: str | None = None,
        comment: str | None = None,
        file: str | None = None,
        opened: Collection[tuple[str, str]] | None = None,
    ) -> Submitted:
        """Take drafts: what fits becomes records of the log, on the disk when this returns.

        Parameters
        ----------
        drafts
            What reviewers want to decide.
        source
            Where it was submitted: the id of the workspace, or of the workbook.
        basis
            What there is to decide on, where the caller has read it.
        ticket, comment
            Evidence and a remark for the whole submission.
        file
            What rejected rows name; `source` by default.
        opened
            Kind and id of what reviewers opened; None where that is not known.

        Raises
        ------
        StaleInputError
            If the proposal has been made again since `basis` was read.
        CheckFailed, ConfigError
            As `record` does.
        """
        from lakezones.review.checks import Checker
        from lakezones.review.decisions import accept, submit
        from lakezones.review.signoff import Naming

        every = self.settings()
        settings = every.review
        campaign = settings.campaign.name or None
        with self.exclusive():
            at = datetime.now(UTC)
            basis = basis or self.review_basis()
            if self.digest("proposal") != basis.proposed:
                raise StaleInputError(
                    "the proposal was made again since it was looked at", hint="look at it again, then submit"
                )
            checker = Checker(basis.dossiers.known, naming=every.naming, limits=every.limits)
            earlier = self.in_force()
            accepted = accept(
                [replace(draft, ticket=draft.ticket or ticket) for draft in drafts],
                basis.built.items,
                principals=basis.principals,
                settings=settings,
                earlier=earlier,
                at=at,
                source=source,
                contents=basis.contents,
                file=file,
                campaign=campaign,
                opened=opened,
                refusals=partial(checker.refusals, earlier=earlier),
            )

            naming = Naming(basis.built.items, basis.principals, basis.access.container_classes)

            def entries(key_id: str | None) -> list[dict[str, Any]]:
                records = submit(
                    accepted.decisions,
                    at=at,
                    source=source,
                    ticket=ticket,
                    key_id=key_id,
                    campaign=campaign,
                    instruction=settings.campaign.instruction or None,
                    comment=comment,
                ).records
                # What it was about must be read in the log years later, when the proposal is another one.
                return [one | naming.about(one) if one["kind"] == "decision" else one for one in records]

            recorded = self.record(entries, render=self._rendering(accepted.rejected, basis), started=at)
        return Submitted(recorded=recorded, unchanged=accepted.unchanged, rejected=accepted.rejected, at=at)

    def withdraw(
        self,
        record_id: str,
        *,
        reviewer: str,
        source: str,
        justification: str | None = None,
        ticket: str | None = None,
    ) -> Recorded:
        """Take a decision, or an earlier withdrawal, back by a new record that names it.

        Raises
        ------
        InputError
            If there is no such record, it is no decision, it is withdrawn already, or somebody else made it.
        """
        from lakezones.review.decisions import withdraw

        with self.exclusive():
            at = datetime.now(UTC)
            back = withdraw(
                self.read_records(),
                record_id,
                reviewer=reviewer,
                at=at,
                source=source,
                justification=justification,
                ticket=ticket,
            )
            return self.record([back], render=self._rendering(None, None), started=at)

    def _rendering(
        self, rejected: dy.DataFrame[t.Rejected] | None, basis: ReviewBasis | None
    ) -> Callable[[list[dict[str, Any]]], Outputs]:
        """The files beside the log: decisions in force, what their reviewers saw, rows that were rejected."""
        from lakezones.review.binding import seen
        from lakezones.review.decisions import fold

        def render(records: list[dict[str, Any]]) -> Outputs:
            decisions = fold(records)
            frames: dict[str, pl.DataFrame] = {"decisions": decisions, "seen": self.read_seen()}
            if basis is not None:
                # What was decided on in an earlier proposal was seen then, and is kept.
                wanted = decisions.select(pl.col("object_kind").cast(pl.String), "object_id", "content_hash")
                now = wanted.join(basis.hashes, on=WANTED, how="semi")
                frames["seen"] = seen(basis.contents, now, earlier=self.review_seen(basis))
            tables: Mapping[str, pl.DataFrame] = {} if rejected is None else {"rejected": rejected}
            return Outputs(frames=frames, csv={"decisions": decisions, **tables})

        return render
