"""A small lake to decide on, and decisions made in one line."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Proposal, conform
from lakezones.review.binding import Contents, content, hashes, seen
from lakezones.review.binding.kinds import made_id
from lakezones.review.decisions import Accepted, Draft, Stand, accept, fold, stand, submit
from lakezones.review.settings import ReviewSettings, TwoPerson
from tests.review.lake import POLICIES, lake

AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
SETTINGS = ReviewSettings()


@dataclass(frozen=True, kw_only=True)
class Case:
    """What there is to decide on."""

    facts: Facts
    access: Access
    proposal: Proposal
    contents: Contents
    hashes: pl.DataFrame

    @classmethod
    def of(cls, facts: Facts, access: Access, proposal: Proposal) -> "Case":
        """The case of a lake."""
        contents = content(facts, access, proposal, sod=POLICIES.sod)
        return cls(facts=facts, access=access, proposal=proposal, contents=contents, hashes=hashes(contents))

    def hash(self, kind: str, object_id: str) -> str:
        """Hash of an object; empty where there is none."""
        return "".join(self.hashes.filter(object_kind=kind, object_id=object_id)["content_hash"])

    def items(self, *two: str) -> pl.DataFrame:
        """Everything that can be decided on; two must agree on the roles that are named."""
        return self.hashes.with_columns(needs_two=pl.col("object_id").is_in(list(two)))

    def draft(self, object_id: str, decision: str = "approve", *, kind: str = "role", **more: Any) -> Draft:
        """A draft of olga, who owns the data, with a reason."""
        given = {"reviewer": "olga", "justification": "as agreed", "content_hash": self.hash(kind, object_id)} | more
        return Draft(object_kind=kind, object_id=object_id, decision=decision, **given)

    def accept(self, drafts: Iterable[Draft], items: pl.DataFrame | None = None, **more: Any) -> Accepted:
        """What becomes of drafts."""
        given: dict[str, Any] = {"settings": SETTINGS, "earlier": None, "at": AT, "source": "w-1"} | more
        principals = given.pop("principals", self.facts.table("principals"))
        items = self.items() if items is None else items
        return accept(list(drafts), items, principals=principals, contents=self.contents, **given)

    def records(self, drafts: Iterable[Draft], *, source: str = "w-1", **more: Any) -> list[dict[str, Any]]:
        """Records of drafts, all of which must be taken."""
        at = more.pop("at", AT)
        accepted = self.accept(drafts, source=source, at=at, **more)
        assert accepted.rejected.is_empty(), accepted.rejected["reason"].to_list()
        return submit(accepted.decisions, at=at, source=source).records

    def seen(self, decisions: pl.DataFrame, earlier: dy.DataFrame[t.Seen] | None = None) -> dy.DataFrame[t.Seen]:
        """What was seen of what was decided on."""
        wanted = decisions.select(pl.col("object_kind").cast(pl.String), "object_id", "content_hash")
        now = wanted.join(self.hashes, on=["object_kind", "object_id", "content_hash"], how="semi")
        return seen(self.contents, now, earlier=earlier)

    def stand(
        self,
        records: Iterable[dict[str, Any]],
        shown: dy.DataFrame[t.Seen] | None = None,
        *two: str,
        rule: TwoPerson | None = None,
    ) -> Stand:
        """Where everything stands by some records; `shown` is what their reviewers saw, by default what there is."""
        decisions = fold(list(records))
        settings = SETTINGS if rule is None else SETTINGS.model_copy(update={"two_person": rule})
        shown = self.seen(decisions) if shown is None else shown
        return stand(
            self.contents,
            self.hashes,
            decisions,
            shown,
            settings=settings,
            items=self.items(*two),
            principals=self.facts.table("principals"),
        )


@cache
def case() -> Case:
    """The case of the small lake, with a suggestion, an exception and what a policy drops."""
    small = lake()
    classes = dict(small.access.container_classes.select("container", "class_id").iter_rows())
    suggested = {"suggestion_id": "s-tom", "role_id": "role-fine", "principal_id": "tom", "class_id": classes["m1"]}
    suggested |= {"access": "read", "kind": "join", "reason": "others hold it"}
    outside = [
        {"class_id": classes["lost"], "principal_id": "tom", "kind": "keep", "disposition": "keep_exception"},
        {"class_id": classes["pii"], "principal_id": "tom", "kind": "keep", "disposition": "keep_exception"},
        {"class_id": classes["idle"], "principal_id": "dan", "kind": "drop", "disposition": "drop_leavers"},
    ]
    rest = pl.DataFrame([{**row, "lane": "data", "level": 1, "reason": "by hand"} for row in outside])
    proposal = replace(
        small.proposal,
        suggestions=conform(pl.DataFrame([suggested | {"peers": 1.0}]), t.Suggestions),
        residual_classes=conform(rest, t.ResidualClasses),
    )
    return Case.of(small.facts, small.access, proposal)


EXCEPTION = made_id("residual", "tom", "keep_exception")
DROP = made_id("drop", "dan", "drop_leavers")


def standing(found: Stand, object_id: str, part_kind: str = "", part_id: str = "", *, kind: str = "role") -> str | None:
    """Where a part stands; None where it has no row."""
    rows = found.standings.filter(object_kind=kind, object_id=object_id, part_kind=part_kind, part_id=part_id)
    return str(rows["standing"].item()) if rows.height else None


def joined(base: Case, role: str, *people: str) -> Case:
    """The lake with more people in a role."""
    more = pl.DataFrame({"role_id": [role] * len(people), "principal_id": list(people)})
    members = conform(pl.concat([base.proposal.role_members, more]).sort(pl.all()), t.RoleMembers)
    return Case.of(base.facts, base.access, replace(base.proposal, role_members=members))


def without(base: Case, role: str, person: str) -> Case:
    """The lake without a person in a role."""
    mine = (pl.col("role_id") == role) & (pl.col("principal_id") == person)
    members = conform(base.proposal.role_members.filter(~mine), t.RoleMembers)
    return Case.of(base.facts, base.access, replace(base.proposal, role_members=members))


def opening(base: Case, role: str, class_of: str, level: int = 1) -> Case:
    """The lake with the class of a container opened by a role, or opened wider."""
    found = base.access.container_classes.filter(container=class_of)["class_id"].item()
    mine = (pl.col("role_id") == role) & (pl.col("class_id") == found)
    more = pl.DataFrame({"role_id": [role], "class_id": [found], "level": [level]})
    rest = base.proposal.role_classes.filter(~mine)
    classes = conform(pl.concat([rest, more.cast({"level": pl.UInt8})]).sort("role_id", "class_id"), t.RoleClasses)
    return Case.of(base.facts, base.access, replace(base.proposal, role_classes=classes))


def grown(base: Case, container: str, *, beside: str) -> Case:
    """The lake with another container in the class of one."""
    class_id = base.access.container_classes.filter(container=beside)["class_id"].item()
    more = pl.DataFrame({"class_id": [class_id], "container": [container]})
    classes = conform(pl.concat([base.access.container_classes, more]).sort(pl.all()), t.ContainerClasses)
    return Case.of(base.facts, replace(base.access, container_classes=classes), base.proposal)


def renamed(base: Case, old: str, new: dict[str, str]) -> Case:
    """The lake with a class split: containers by the class that they are in now, the rest stay."""
    classes = base.access.container_classes.with_columns(
        class_id=pl.coalesce(pl.col("container").replace_strict(new, default=None), "class_id")
    )
    names = [*dict.fromkeys(new.values()), *classes.filter(class_id=old)["class_id"].unique()]
    opened = base.proposal.role_classes.join(
        pl.DataFrame({"class_id": [old] * len(names), "to": names}), on="class_id", how="left"
    ).select("role_id", class_id=pl.coalesce("to", "class_id"), level="level")
    opened = opened.unique(["role_id", "class_id"], maintain_order=True)
    access = replace(base.access, container_classes=conform(classes.sort(pl.all()), t.ContainerClasses))
    proposal = replace(base.proposal, role_classes=conform(opened.sort("role_id", "class_id"), t.RoleClasses))
    return Case.of(base.facts, access, proposal)


def labelled(base: Case, container: str, sensitivity: str) -> Case:
    """The lake with a container of another sensitivity."""
    table = base.facts.table("containers")
    text = pl.lit(f'{{"sensitivity": "{sensitivity}"}}')
    new = table.with_columns(metadata=pl.when(container=container).then(text).otherwise("metadata"))
    facts = Facts.of({"containers": new, "principals": base.facts.table("principals")}, as_of=base.facts.as_of)
    return Case.of(facts, base.access, base.proposal)
