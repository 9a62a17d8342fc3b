"""The results of stages as bundles of frames, refused where their inputs are no longer those they were made from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Plan, Proof, Proposal
from lakezones.store.workspace import Store

MAX_GRANTS: Final = 4_000_000
"""Rows of the table ``grants`` that are in memory as they were read; more of them are numbered in batches."""


class Results(Store):
    """A workspace whose stages can be read."""

    def read_access(self) -> Access:
        """The access stage's tables, refused if they were made from another snapshot."""
        self.check_fresh("access")
        return Access(**self.read_frames("access", t.ACCESS_TABLES), summary=self.read_document("access"))

    def read_proposal(self) -> Proposal:
        """The proposal's tables, refused if the access they were made from has changed."""
        self.check_fresh("proposal")
        return Proposal(**self.read_frames("proposal", t.PROPOSAL_TABLES), summary=self.read_document("proposal"))

    def read_zones(self) -> dy.DataFrame[t.Zones]:
        """Zones of the proposal, refused if the access they were made from has changed."""
        self.check_fresh("proposal")
        return self.read_frames("proposal", {"zones": t.Zones})["zones"]

    def read_plan(self, *, edited: bool = False) -> Plan:
        """The plan's tables, refused if the proposal they were made from has changed, or a file of the plan has.

        Parameters
        ----------
        edited
            Whether another ``plan.csv`` is looked at instead, so that the one in the workspace may have been edited.
        """
        manifest = self.check_fresh("plan")
        for name in manifest["outputs"] if not edited else ():
            # People and scripts read plan.csv: it has to be what the proof is of.
            self._checked("plan", name, manifest)
        return Plan(**self.read_frames("plan", t.PLAN_TABLES), summary=self.read_document("plan"))

    def read_decisions(self) -> dy.DataFrame[t.Decisions] | None:
        """Reviewers' decisions; None where nobody has decided anything."""
        return self.read_frames("review", {"decisions": t.Decisions})["decisions"] if self.has("review") else None

    def read_findings(self) -> dy.DataFrame[t.Findings]:
        """Findings of the latest stage that made some."""
        stage = "proposal" if self.has("proposal") else "access"
        return self.read_frames(stage, {"findings": t.Findings})["findings"]

    def read_in_batches(self, columns: Sequence[str]) -> tuple[Facts, Iterator[pl.DataFrame] | None]:
        """The facts of the current snapshot; where grants are too many for memory, these apart and in batches.

        Parameters
        ----------
        columns
            Columns of the grants that batches have.
        """
        many = self.rows("grants") > MAX_GRANTS
        facts = self.read_facts(apart=["grants"] if many else [])
        return facts, self.batches("grants", columns, rows=MAX_GRANTS) if many else None

    def facts_used(self, only: Mapping[str, pl.Expr | None] | None = None) -> Facts:
        """The facts of the snapshot that access was made from; `only` as in `read_facts`.

        A table of grants that is too long for memory is left empty: all that later stages need of it is in access.
        """
        used = next(name for name in self.manifest("access")["inputs"] if name.startswith("snapshots/"))
        snapshot = used.removeprefix("snapshots/")
        many = only is None and self.rows("grants", snapshot) > MAX_GRANTS
        return self.read_facts(snapshot, apart=["grants"] if many else [], only=only)

    def read_proof(self) -> Proof:
        """The proof without its counterexamples, refused if the plan it is of has changed."""
        self.check_fresh("verify")
        document = self.read_document("verify", "proof")
        return Proof(holds=document["holds"], claims=document["claims"], counterexample=t.Counterexample.create_empty())

    def read_reviewed_roles(self) -> dict[str, dy.DataFrame[Any]] | None:
        """Roles, their members and classes, and the people of their rules, of the last proposal that was decided on.

        That is the proposal in the workspace where the decisions were made on it, else the one it kept a copy of; None
        where there is neither.
        """
        if not self.has("proposal"):
            return None
        prefix = "reviewed_"
        if self.has("review") and self.manifest("review").get("reviewed") == self.digest("proposal"):
            prefix = ""
        elif f"{prefix}role_members.parquet" not in self.manifest("proposal")["outputs"]:
            return None
        there = self.manifest("proposal")["outputs"]
        schemas: dict[str, type[dy.Schema]] = {"role_members": t.RoleMembers, "role_classes": t.RoleClasses}
        schemas |= {"roles": t.Roles, "role_rule_people": t.RoleRulePeople}
        schemas = {prefix + name: schema for name, schema in schemas.items() if f"{prefix}{name}.parquet" in there}
        return {name.removeprefix(prefix): frame for name, frame in self.read_frames("proposal", schemas).items()}
