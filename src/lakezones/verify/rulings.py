"""What reviewers said, read from the decisions themselves: `lakezones.review` has its own reading, and they must agree.

In: `lakezones.model.frames.Reviewed`. Out: `Rulings`, asked item by item and part by part. A decision counts for what
its reviewer saw; one denial denies; verdicts that differ count for nothing; where two must agree, each brings evidence
of their own, or the plan was told to do without.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any, Final

import polars as pl

from lakezones.model.frames import Reviewed
from lakezones.model.identity import plain

Part = tuple[str, str]
Row = Mapping[str, Any]

WHOLE: Final[Part] = ("", "")
GIVING: Final = ("approve", "change")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is in force on an item or a part.

    Attributes
    ----------
    verdict, option, detail, effective
        Of the decision; the verdict is empty where none is in force.
    why
        In words, why none is in force, or which: denied, deferred, undecided, ...
    """

    verdict: str = ""
    option: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    effective: date | None = None
    why: str = "undecided"

    @property
    def gives(self) -> bool:
        """Whether something was approved, as proposed or with a change."""
        return self.verdict in GIVING

    @property
    def keeps_out(self) -> bool:
        """Whether a part is not in its role."""
        return not self.gives or self.option == "leave_out"


NOTHING: Final = Ruling()
LAPSED: Final = Ruling(why="changed since it was decided on")


class Rulings:
    """Decisions in force.

    Parameters
    ----------
    reviewed
        The decisions, and what they are held against.
    accept_asserted
        Whether approvals count that lack a second reviewer or evidence.
    """

    def __init__(self, reviewed: Reviewed, *, accept_asserted: bool = False) -> None:
        self._rule = reviewed
        self._accept = accept_asserted
        self._now = {(str(kind), one): seen for kind, one, seen in _rows(reviewed.hashes, "content_hash")}
        self._two = {(str(kind), one) for kind, one in _rows(reviewed.two)}
        self._grown: dict[tuple[str, str, str], set[Part]] = {}
        self._gone: dict[tuple[str, str, str], set[Part]] = {}
        columns = ("content_hash", "part_kind", "part_id", "change", "lapses")
        for kind, one, seen, part, part_id, change, lapses in _rows(reviewed.changed, *columns):
            if lapses:
                self._grown.setdefault((kind, one, seen), set()).add((part, part_id))
            elif change == "gone":
                self._gone.setdefault((kind, one, seen), set()).add((part, part_id))
        self._made: dict[tuple[str, str], list[Row]] = {}
        for row in reviewed.decisions.with_columns(_texts(reviewed.decisions)).iter_rows(named=True):
            self._made.setdefault((row["object_kind"], row["object_id"]), []).append(row)
        self.approvers = frozenset(
            row["reviewer"]
            for (kind, _), rows in self._made.items()
            for row in rows
            if kind == "suggestion" and row["decision"] == "approve"
        )
        self.unproven = 0
        self._found: dict[tuple[str, str], dict[Part, Ruling]] = {}

    def ids(self, kind: str) -> list[str]:
        """Everything of a kind that somebody decided on, whether or not it is there now."""
        return sorted(one for known, one in self._made if known == kind)

    def known(self, kind: str, one: str) -> bool:
        """Whether an item is there now."""
        return (kind, one) in self._now

    def of(self, kind: str, one: str) -> Ruling:
        """What is in force on an item as a whole."""
        return self._all(kind, one).get(WHOLE, NOTHING)

    def parts(self, kind: str, one: str) -> Mapping[Part, Ruling]:
        """What is in force on the parts that do not stand as the whole does."""
        return {part: ruling for part, ruling in self._all(kind, one).items() if part != WHOLE}

    def _all(self, kind: str, one: str) -> dict[Part, Ruling]:
        if (kind, one) not in self._found:
            self._found[kind, one] = self._read(kind, one)
        return self._found[kind, one]

    def _read(self, kind: str, one: str) -> dict[Part, Ruling]:
        made = self._made.get((kind, one), [])
        if not self.known(kind, one):
            return {}
        standing = [row for row in made if self._stands(kind, one, row)]
        whole = [row for row in standing if not row["part_kind"]]
        two = (kind, one) in self._two
        found: dict[Part, Ruling] = {WHOLE: self._verdict(whole, two=two)}
        if not whole and any(not row["part_kind"] for row in made):
            found[WHOLE] = LAPSED
        named = {(row["part_kind"], row["part_id"]) for row in standing} - {WHOLE}
        grown = {
            part
            for row in standing
            for part in self._lapsed(row)
            if part[0] != "evidence" and (not row["part_kind"] or part[0] == "container")
        }
        for part in sorted(named | grown):
            ruling = self._part(part, standing, two=two)
            if ruling is not None:
                found[part] = ruling
        return found

    def _stands(self, kind: str, one: str, row: Row) -> bool:
        """Whether a decision counts at all: what is known about the item is as it was."""
        if row["option"] == "fitted" and _detail(row).get("variant") != self._now.get(("unused", one)):
            return False
        if row["content_hash"] == self._now[kind, one] or row["option"] == "leave_out":
            return True
        return not any(part == "evidence" for part, _ in self._lapsed(row))

    def _lapsed(self, row: Row) -> set[Part]:
        """Parts that grew since a decision was made."""
        return self._grown.get(_version(row), set())

    def _part(self, part: Part, rows: Sequence[Row], *, two: bool) -> Ruling | None:
        """What is in force on a part; None where it is what is in force on the whole."""
        saw = [row for row in rows if part not in self._lapsed(row)]
        own = [row for row in saw if (row["part_kind"], row["part_id"]) == part]
        left = [row for row in own if part in self._gone.get(_version(row), ())]
        if any(row["decision"] == "revoke" for row in left):
            return LAPSED
        own = [row for row in own if row not in left]
        covering = [row for row in saw if not row["part_kind"]]
        giving = [row for row in covering if row["decision"] in GIVING]
        if any(row["decision"] == "revoke" for row in own):
            return self._verdict(own, two=two)
        if shaping := [row for row in own if row["decision"] != "approve"]:
            return self._verdict(shaping, two=two)
        if own:
            return self._verdict(own, two=two, beside=giving)
        if len(saw) == len(rows):
            return None
        if not covering:
            return LAPSED
        return self._verdict(giving, two=two) if two and giving and self._lacking(giving) else None

    def _verdict(self, rows: Sequence[Row], *, two: bool, beside: Sequence[Row] = ()) -> Ruling:
        if not rows:
            return NOTHING
        verdicts = {row["decision"] for row in rows}
        for verdict, why in (("deny", "denied"), ("defer", "deferred")):
            if verdict in verdicts:
                return Ruling(verdict, why=why)
        if len({(row["decision"], row["option"], json.dumps(_detail(row), sort_keys=True)) for row in rows}) > 1:
            return Ruling(why="decided differently")
        first = rows[0]
        if two and first["decision"] in GIVING and first["option"] != "leave_out":
            lacking = self._lacking([*rows, *beside])
            if lacking and not self._accept:
                return Ruling(why=lacking)
            self.unproven += bool(lacking)
        days = [row["effective"] for row in rows if row["effective"] is not None]
        day = None if not days else max(days) if first["decision"] == "revoke" else min(days)
        return Ruling(first["decision"], first["option"], _detail(first), day, why="decided")

    def _lacking(self, rows: Sequence[Row]) -> str:
        """What two reviewers who must agree lack; empty where nothing."""
        people = {row["reviewer"] for row in rows}
        named = {plain(one) for one in self._rule.agree}
        if len(people) < 2 or (named and not named & {plain(one) for one in people}):
            return "without a second reviewer"
        pairs = (pair for pair in combinations(rows, 2) if pair[0]["reviewer"] != pair[1]["reviewer"])
        return "" if any(self._apart(*pair) for pair in pairs) else "without evidence of two"

    def _apart(self, one: Row, other: Row) -> bool:
        """Whether two approvals are shown to be of two people."""
        if self._rule.sources_apart and not (one["source"] and other["source"] and one["source"] != other["source"]):
            return False
        marks = [
            {(name, plain(row[name])) for name in ("ticket", "key_id") if plain(row[name])} for row in (one, other)
        ]
        return not self._rule.evidence or bool(marks[0] - marks[1] and marks[1] - marks[0])


def _version(row: Row) -> tuple[str, str, str]:
    return row["object_kind"], row["object_id"], row["content_hash"]


def _detail(row: Row) -> Mapping[str, Any]:
    try:
        found = json.loads(row["detail"] or "{}")
    except ValueError:
        return {"": row["detail"]}
    return found if isinstance(found, dict) else {"": found}


def _texts(frame: pl.DataFrame) -> list[pl.Expr]:
    return [pl.col(name).cast(pl.String) for name, dtype in frame.schema.items() if isinstance(dtype, pl.Enum)]


def _rows(frame: pl.DataFrame, *more: str) -> Iterable[tuple[Any, ...]]:
    return frame.with_columns(_texts(frame)).select("object_kind", "object_id", *more).iter_rows()
