"""What comes back of the review sheet.

In: a sheet that reviewers filled in, and what would be in it now. Out: decisions (`lakezones.model.tables.Decisions`)
and the rows that could not be taken, with the reason. A decision names the content hash of what was reviewed: when a
role's members, its containers or their sensitivity change, or the containers that a suggestion opens, the hash
changes and the decision lapses.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Self

import dataframely as dy
import polars as pl

from lakezones.model.identity import plain, spellings
from lakezones.model.tables import Decisions, Rejected, Sheet
from lakezones.review.people import People

VERDICTS: Final = ("approve", "deny", "defer")
NEEDED: Final = ("object_kind", "object_id", "content_hash", "decision", "reviewer")
"""Columns that a filled sheet must have."""
DECIDED: Final = ("role", "suggestion")
"""Kinds of objects that the sheet has rows of."""

KEY: Final = ("object_kind", "object_id", "content_hash", "reviewer")
"""One decision: a reviewer, on an object with this content."""

Key = tuple[str, str, str, str]


def accept(
    filled: pl.DataFrame,
    current: dy.DataFrame[Sheet],
    *,
    file: str,
    decided_at: datetime,
    lines: Sequence[int] | None = None,
    directory: pl.DataFrame | None = None,
) -> tuple[dy.DataFrame[Decisions], dy.DataFrame[Rejected]]:
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
    directory
        The table ``principals``; None where it was not assessed, and anybody may review.

    Returns
    -------
    decisions, rejected
        Schemas `Decisions` and `Rejected`. Undecided rows are neither.
    """
    sheet = _CurrentSheet(current, directory)
    numbers = lines if lines is not None else range(2, filled.height + 2)
    rows = [
        (line, sheet.named(_Row.read(row)), row)
        for line, row in zip(numbers, filled.iter_rows(named=True), strict=True)
        if (row["decision"] or "").strip()
    ]
    verdicts: dict[Key, set[str]] = {}
    for _, one, _ in rows:
        verdicts.setdefault(one.key, set()).add(one.decision)
    taken: dict[Key, dict[str, Any]] = {}
    rejected: list[dict[str, Any]] = []
    for line, one, row in rows:
        what = f"{one.object_kind} {one.object_id}"
        reason = sheet.misfit(one)
        if not reason and len(verdicts[one.key]) > 1:
            reason = f"{one.reviewer} says both {' and '.join(sorted(verdicts[one.key]))} on {what}"
        elif not reason and one.key in taken:
            reason = f"{one.reviewer} decided on {what} twice"
        if reason:
            plain = json.dumps({key: value for key, value in row.items() if value is not None}, ensure_ascii=False)
            rejected.append({"table": "decisions", "file": file, "line": line, "reason": reason, "row": plain})
        else:
            taken[one.key] = asdict(one) | {"decided_at": decided_at, "part_kind": "", "part_id": ""}
    decisions = pl.DataFrame(list(taken.values()), schema=Decisions.create_empty().schema)
    return (
        Decisions.validate(decisions.sort("object_kind", "object_id", "reviewer")),
        Rejected.validate(pl.DataFrame(rejected, schema=Rejected.create_empty().schema)),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A decided row, without the blanks around words; columns as in `Decisions`."""

    object_kind: str
    object_id: str
    content_hash: str
    decision: str
    reviewer: str
    justification: str | None

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """A row of a sheet; cells that are missing are empty."""
        cells = {field.name: (row.get(field.name) or "").strip() for field in fields(cls)}
        decision, why = cells["decision"].lower(), cells["justification"] or None
        return cls(**(cells | {"decision": decision, "justification": why}))

    @property
    def key(self) -> Key:
        """What may be decided once, see `KEY`."""
        return self.object_kind, self.object_id, self.content_hash, self.reviewer


class _CurrentSheet:
    """What may be decided on now.

    Parameters
    ----------
    current
        The sheet as it would be given out now.
    """

    def __init__(self, current: dy.DataFrame[Sheet], directory: pl.DataFrame | None) -> None:
        self._hashes = {
            (kind, object_id): seen
            for kind, object_id, seen in current.select("object_kind", "object_id", "content_hash").iter_rows()
        }
        self._people = None if directory is None else People(directory)
        gains = current.drop_nulls("principal_id").select("object_id", "principal_id", "person").iter_rows()
        self._gains = {
            object_id: (principal, spellings(principal, person, person.removesuffix(f" ({principal})")))
            for object_id, principal, person in gains
        }

    def named(self, row: "_Row") -> "_Row":
        """The row with its reviewer as the directory has them, so that one person is one reviewer."""
        reviewer = " ".join(row.reviewer.split()) if plain(row.reviewer) else ""
        found = self._people.find(reviewer) if self._people is not None else []
        return replace(row, reviewer=self._people.label(found[0]) if self._people and len(found) == 1 else reviewer)

    def _is_gainer(self, reviewer: str, object_id: str) -> bool:
        """Whether the reviewer is, or may be, the one who would gain."""
        if object_id not in self._gains:
            return False
        principal, names = self._gains[object_id]
        if self._people is not None:
            return principal in self._people.find(reviewer)
        # Nothing tells people apart but their names: a part of the name is taken for the person.
        words = set(plain(reviewer).replace(",", " ").replace("@", " ").replace(".", " ").split())
        return bool(spellings(reviewer) & names) or any(
            words <= set(name.replace(",", " ").replace("@", " ").replace(".", " ").split()) for name in names
        )

    def misfit(self, row: _Row) -> str:
        """Why a row cannot be taken by itself; empty where it can."""
        kind, object_id = row.object_kind, row.object_id
        if row.decision not in VERDICTS:
            return f"decision {row.decision!r} is none of {', '.join(VERDICTS)}"
        if kind not in DECIDED:
            return f"object_kind {kind!r} cannot be decided on"
        if (kind, object_id) not in self._hashes:
            return f"{kind} {object_id!r} is not in the proposal"
        if self._hashes[kind, object_id] != row.content_hash:
            what = "its members, containers or their sensitivity" if kind == "role" else "what it opens"
            return f"{kind} {object_id} has changed since it was reviewed ({what}): export the sheet again"
        if not row.reviewer:
            return "no reviewer"
        if self._people is not None and (why := self._people.misfit(row.reviewer)):
            return why
        if row.decision == "deny" and not row.justification:
            return "a denial needs a justification"
        if row.decision == "approve" and self._is_gainer(row.reviewer, object_id):
            return f"{row.reviewer} cannot approve access for themselves"
        return ""


def changed(earlier: dy.DataFrame[Decisions] | None, new: dy.DataFrame[Decisions]) -> dy.DataFrame[Decisions]:
    """New decisions that say something else than the earlier ones, so that a sheet may be handed in twice."""
    what = [*KEY, "decision", "justification"]
    return new if earlier is None else Decisions.cast(new.join(earlier, on=what, how="anti", nulls_equal=True))


def merge(earlier: dy.DataFrame[Decisions] | None, new: dy.DataFrame[Decisions]) -> dy.DataFrame[Decisions]:
    """All decisions in force: a reviewer's newer decision on the same content replaces the older one."""
    if earlier is None:
        return new
    both = pl.concat([earlier, new]).unique(KEY, keep="last", maintain_order=True)
    return Decisions.validate(both.sort(*KEY))


def status(current: dy.DataFrame[Sheet], decisions: dy.DataFrame[Decisions] | None) -> dict[str, int]:
    """How far the review is: counts of roles, then of suggestions, by what was decided on their present content.

    One denial denies, and a role or suggestion counts as approved when nobody denied or deferred it.

    Parameters
    ----------
    current
        The sheet as it would be given out now.
    """
    made = Decisions.create_empty() if decisions is None else decisions
    counts: dict[str, int] = {}
    for kind, prefix in zip(DECIDED, ("", "suggestions_"), strict=True):
        hashes = dict(current.filter(object_kind=kind).select("object_id", "content_hash").iter_rows())
        verdicts: dict[str, set[str]] = {}
        lapsed = 0
        for row in made.filter(object_kind=kind).iter_rows(named=True):
            if hashes.get(row["object_id"]) == row["content_hash"]:
                verdicts.setdefault(row["object_id"], set()).add(row["decision"])
            else:
                lapsed += 1
        outcomes = ["denied" if "deny" in v else "deferred" if "defer" in v else "approved" for v in verdicts.values()]
        counts[f"{kind}s"] = len(hashes)
        counts |= {prefix + outcome: outcomes.count(outcome) for outcome in ("approved", "denied", "deferred")}
        counts |= {f"{prefix}lapsed": lapsed, f"{prefix}undecided": len(hashes) - len(verdicts)}
    return counts
