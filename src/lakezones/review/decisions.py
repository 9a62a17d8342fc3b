"""What comes back of the review sheet.

In: a sheet that reviewers filled in, and what would be in it now. Out: decisions (`lakezones.model.tables.Decisions`)
and the rows that could not be taken, with the reason. A decision names the content hash of what was reviewed: when a
role's members or content change, or the containers that a suggestion opens, the hash changes and the decision lapses.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

import polars as pl

from lakezones.model.tables import Decisions, Rejected

VERDICTS: Final = ("approve", "deny", "defer")
NEEDED: Final = ("object_kind", "object_id", "content_hash", "decision", "reviewer")
"""Columns that a filled sheet must have."""

KEY: Final = ("object_kind", "object_id", "content_hash", "reviewer")
"""One decision: a reviewer, on an object with this content."""

Key = tuple[str, str, str, str]


def accept(
    filled: pl.DataFrame,
    current: pl.DataFrame,
    *,
    file: str,
    decided_at: datetime,
    lines: Sequence[int] | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decisions out of a filled sheet.

    Parameters
    ----------
    filled
        A sheet as it came back, at least object_kind, object_id, content_hash, decision and reviewer as strings.
    current
        The sheet as it would be given out now (`lakezones.review.sheet`).
    file
        Where it came from, for the rows that are rejected.
    decided_at
        When it was handed in.
    lines
        Line of each row in the file; by default one line per row, after a header.

    Returns
    -------
    decisions, rejected
        Schemas `Decisions` and `Rejected`. Undecided rows are neither.
    """
    hashes = {
        (kind, object_id): seen
        for kind, object_id, seen in current.select("object_kind", "object_id", "content_hash").iter_rows()
    }
    gaining = dict(current.filter(pl.col("person").is_not_null()).select("object_id", "person").iter_rows())
    numbers = lines if lines is not None else range(2, filled.height + 2)
    rows = [
        (line, _Row.read(row), row)
        for line, row in zip(numbers, filled.iter_rows(named=True), strict=True)
        if (row["decision"] or "").strip()
    ]
    said: dict[Key, set[str]] = {}
    for _, one, _ in rows:
        said.setdefault(one.key, set()).add(one.verdict)
    taken: dict[Key, dict[str, Any]] = {}
    rejected: list[dict[str, Any]] = []
    for line, one, row in rows:
        reason = one.misfit(hashes, gaining)
        if not reason and len(said[one.key]) > 1:
            reason = f"{one.reviewer} says both {' and '.join(sorted(said[one.key]))} on {one.kind} {one.object_id}"
        elif not reason and one.key in taken:
            reason = f"{one.reviewer} decided on {one.kind} {one.object_id} twice"
        if reason:
            plain = json.dumps({key: value for key, value in row.items() if value is not None}, ensure_ascii=False)
            rejected.append({"table": "decisions", "file": file, "line": line, "reason": reason, "row": plain})
            continue
        taken[one.key] = {
            "object_kind": one.kind,
            "object_id": one.object_id,
            "content_hash": one.seen,
            "decision": one.verdict,
            "reviewer": one.reviewer,
            "justification": one.justification,
            "decided_at": decided_at,
        }
    decisions = pl.DataFrame(list(taken.values()), schema=Decisions.create_empty().schema)
    return (
        Decisions.validate(decisions.sort("object_kind", "object_id", "reviewer")),
        Rejected.validate(pl.DataFrame(rejected, schema=Rejected.create_empty().schema)),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A decided row, without the blanks around words."""

    kind: str
    object_id: str
    seen: str
    verdict: str
    reviewer: str
    justification: str | None

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """A row of a sheet; cells that are missing are empty."""
        kind, object_id, seen, verdict, reviewer, why = (
            (row.get(name) or "").strip()
            for name in ("object_kind", "object_id", "content_hash", "decision", "reviewer", "justification")
        )
        return cls(kind, object_id, seen, verdict.lower(), reviewer, why or None)

    @property
    def key(self) -> Key:
        """What may be decided once, see `KEY`."""
        return self.kind, self.object_id, self.seen, self.reviewer

    def misfit(self, hashes: Mapping[tuple[str, str], str], gaining: Mapping[str, str]) -> str:
        """Why the row cannot be taken by itself; empty where it can."""
        if self.verdict not in VERDICTS:
            return f"decision {self.verdict!r} is none of {', '.join(VERDICTS)}"
        if self.kind not in ("role", "suggestion"):
            return f"object_kind {self.kind!r} cannot be decided on"
        if (self.kind, self.object_id) not in hashes:
            return f"{self.kind} {self.object_id!r} is not in the proposal"
        if hashes[self.kind, self.object_id] != self.seen:
            return (
                f"{self.kind} {self.object_id} has changed since it was reviewed: its content hash is another one now"
            )
        if not self.reviewer:
            return "no reviewer"
        if self.verdict == "deny" and not self.justification:
            return "a denial needs a justification"
        person, who = gaining.get(self.object_id, "").casefold(), self.reviewer.casefold()
        if self.verdict == "approve" and (
            person == who or person.startswith(f"{who} (") or person.endswith(f"({who})")
        ):
            return f"{self.reviewer} cannot approve access for themselves"
        return ""


def changed(earlier: pl.DataFrame | None, new: pl.DataFrame) -> pl.DataFrame:
    """New decisions that say something else than the earlier ones, so that a sheet may be handed in twice."""
    said = [*KEY, "decision", "justification"]
    return new if earlier is None else new.join(earlier, on=said, how="anti", nulls_equal=True)


def merge(earlier: pl.DataFrame | None, new: pl.DataFrame) -> pl.DataFrame:
    """All decisions in force: a reviewer's newer decision on the same content replaces the older one."""
    if earlier is None:
        return new
    both = pl.concat([earlier, new]).unique(KEY, keep="last", maintain_order=True)
    return Decisions.validate(both.sort(*KEY))


def status(current: pl.DataFrame, decisions: pl.DataFrame | None) -> dict[str, int]:
    """How far the review is: counts of roles, then of suggestions, by what was decided on their present content.

    One denial denies, and a role or suggestion counts as approved when nobody denied or deferred it.

    Parameters
    ----------
    current
        The sheet as it would be given out now.
    """
    counts: dict[str, int] = {}
    for kind, prefix in (("role", ""), ("suggestion", "suggestions_")):
        rows = current.filter(pl.col("object_kind") == kind)
        hashes = dict(rows.select("object_id", "content_hash").iter_rows())
        verdicts: dict[str, set[str]] = {}
        lapsed = 0
        made = [] if decisions is None else decisions.filter(pl.col("object_kind") == kind).iter_rows(named=True)
        for row in made:
            if hashes.get(row["object_id"]) == row["content_hash"]:
                verdicts.setdefault(row["object_id"], set()).add(row["decision"])
            else:
                lapsed += 1
        outcomes = ["denied" if "deny" in v else "deferred" if "defer" in v else "approved" for v in verdicts.values()]
        counts[f"{kind}s"] = len(hashes)
        counts |= {prefix + outcome: outcomes.count(outcome) for outcome in ("approved", "denied", "deferred")}
        counts |= {f"{prefix}lapsed": lapsed, f"{prefix}undecided": len(hashes) - len(verdicts)}
    return counts
