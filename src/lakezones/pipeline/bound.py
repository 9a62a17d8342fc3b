"""What decisions in a workspace are bound to: what there is to see and was seen, and where everything stands by them.

In: a proposal, the audit log, what reviewers saw. Out: `ReviewBasis`, decisions in force, standings.
"""

from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import dataframely as dy
import polars as pl

from lakezones.errors import MissingColumnError
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.pipeline.planting import Planting

if TYPE_CHECKING:
    from lakezones.review.binding import Contents
    from lakezones.review.decisions import Stand
    from lakezones.review.dossier import Dossiers
    from lakezones.review.items import BuiltItems, Reviewers
    from lakezones.review.signoff import Naming

WANTED: Final = ["object_kind", "object_id", "content_hash"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ReviewBasis:
    """What there is to decide on, as it was when it was read.

    Attributes
    ----------
    proposed
        Digest of the proposal.
    proposal, plannable
        What reviewers are shown, with planted wrong roles where the settings ask for them; what was proposed.
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
    plannable: Proposal
    findings: dy.DataFrame[t.Findings]
    contents: "Contents"
    hashes: pl.DataFrame
    built: "BuiltItems"
    dossiers: "Dossiers"
    misrouted: dy.DataFrame[t.Rejected]
    principals: pl.DataFrame | None

    @cached_property
    def about(self) -> "Naming":
        """Names of what can be decided on, and of who decides."""
        from lakezones.review.signoff import Naming

        return Naming(self.built.items, self.principals, self.access.container_classes)

    @cached_property
    def former(self) -> pl.DataFrame:
        """Hashes as decisions carried them before there were parts."""
        from lakezones.review.binding import former_hashes

        return former_hashes(self.access, self.proposal)


class Bound(Planting):
    """A workspace with decisions, each bound to what its reviewer saw."""

    _known_log: "tuple[str, list[dict[str, Any]], dy.DataFrame[t.Decisions]] | None" = None

    _known_seen: "tuple[str, dy.DataFrame[t.Seen]] | None" = None

    def read_records(self) -> list[dict[str, Any]]:
        """Records of the audit log, oldest first; those of an older format are carried over."""
        return self._log_read()[0]

    def in_force(self) -> dy.DataFrame[t.Decisions]:
        """Decisions in force, as the log says."""
        return self._log_read()[1]

    def _log_read(self) -> "tuple[list[dict[str, Any]], dy.DataFrame[t.Decisions]]":
        """Records and what follows from them, worked out again where the log is another one."""
        from lakezones.review import log
        from lakezones.review.decisions import fold

        text, known = self.read_log(), self._known_log
        if known is None or known[0] != text:
            records = log.read(log.carry(text))
            self._known_log = known = text, records, fold(records)
        return known[1], known[2]

    def read_seen(self) -> dy.DataFrame[t.Seen]:
        """What reviewers saw when they decided; empty where nobody has, or where an older version took it down."""
        digest = self.manifest("review")["outputs"].get("seen.parquet") if self.has("review") else None
        if digest is None:
            return t.Seen.create_empty()
        if self._known_seen is None or self._known_seen[0] != digest:
            self._known_seen = digest, self.read_frames("review", {"seen": t.Seen})["seen"]
        return self._known_seen[1]

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
        plannable, access, facts = self.read_proposal(), self.read_access(), self.facts_used()
        # Several read it: parsed once, it is quicker for each.
        _ = facts.metadata
        findings, principals = self.read_findings(), facts.table("principals") if facts.assessed("principals") else None
        reviewers, misrouted = self.read_reviewers(principals)
        proposal = self.planted(facts, access, plannable, settings)
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
            plannable=plannable,
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
        from lakezones.store.sheets import read_cells

        file = self.root / FILE
        if not file.exists():
            return Reviewers(), t.Rejected.create_empty()
        sheet = read_cells(file)[0]
        spelled = [name.strip().lower() for name in sheet.frame.columns]
        if spelled.count("reviewer") != 1 or len(set(spelled)) < len(spelled):
            raise MissingColumnError(
                f"{file} needs one column 'reviewer', and no column twice",
                hint="columns: domain, area or kind (at least one of them), and reviewer",
            )
        return read_reviewers(
            sheet.frame.rename(dict(zip(sheet.frame.columns, spelled, strict=True))),
            directory=principals,
            teams=team_names(self.settings().review.routing),
            lines=sheet.lines,
        )

    def source(self) -> str:
        """Id of this workspace: where decisions that are submitted here come from."""
        from lakezones.store.pending import Pending

        # One at a time: the file that has it may have to be made.
        with self.exclusive(), closing(Pending(self.root)) as pending:
            return pending.source

    def review_seen(self, basis: ReviewBasis) -> dy.DataFrame[t.Seen]:
        """What reviewers saw; of decisions made before that was kept, what they fit to now."""
        from lakezones.review.binding import carried

        return carried(basis.contents, self.in_force(), basis.former, earlier=self.read_seen())

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
            principals=basis.principals,
        )

    def read_decisions(self) -> dy.DataFrame[t.Decisions] | None:
        """Decisions in force that may be planned from: none on canaries. None where nobody has decided anything."""
        from lakezones.review.campaign import without

        return t.Decisions.cast(without(self.in_force(), self.canaries())) if self.read_log() else None
