"""Where each item, and each part that somebody decided on or that grew, stands.

In: hashes, what changed, decisions in force, settings. Out: `lakezones.model.tables.Standings`. Decisions on content
whose evidence changed count no more; one on content that grew counts for what its reviewer saw. One denial denies,
verdicts that cannot both be carried out conflict, and where two reviewers must agree each brings evidence of their own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model.tables import Changed, Decisions, Standings
from lakezones.review.decisions.pairs import backed
from lakezones.review.settings import ReviewSettings

Row = dict[str, Any]
Item = tuple[str, str]
Part = tuple[str, str]

WHOLE: Final[Part] = ("", "")
_REFITTED: Final = "what nobody used has changed"
_STANDS: Final = {"approve": "approved", "change": "approved", "revoke": "revoked", "accept": "accepted"}
_GIVING: Final = ("approve", "change")
"""Verdicts on which two reviewers must agree where the rules ask for it: what gives access, or goes on with it."""


def standings(
    hashes: pl.DataFrame,
    changed: dy.DataFrame[Changed],
    decisions: dy.DataFrame[Decisions],
    *,
    settings: ReviewSettings,
    items: pl.DataFrame | None = None,
) -> dy.DataFrame[Standings]:
    """Where everything stands.

    Parameters
    ----------
    hashes
        object_kind, object_id, content_hash of everything that can be decided on.
    changed
        What is no longer as it was seen; see `lakezones.review.binding.changed`.
    decisions
        Decisions in force.
    settings
        Section ``review``.
    items
        `lakezones.model.tables.ReviewItems`: on which two must agree. Without them, on none.

    Returns
    -------
    polars.DataFrame
        Schema `Standings`: a row for every item as a whole, and for every part that somebody decided on or whose
        approval lapsed.
    """
    needs_two = set() if items is None else set(_rows(items.filter("needs_two").select("object_kind", "object_id")))
    made: dict[Item, list[Row]] = {}
    for row in decisions.with_columns(
        pl.col("object_kind", "decision", "part_kind", "option").cast(pl.String)
    ).iter_rows(named=True):
        made.setdefault((row["object_kind"], row["object_id"]), []).append(row)
    grown, gone = lapsed_parts(changed), _gone(changed)
    variants = {object_id: seen for kind, object_id, seen in _rows(hashes) if kind == "unused"}
    rows: list[Row] = []
    for kind, object_id, current in _rows(hashes):
        one = kind, object_id
        if one in made:
            item = _Item(one, current, made[one], grown.get(one, {}), gone, variants.get(object_id))
            rows += item.standings(settings, two=one in needs_two)
        else:
            rows.append(_row(one, WHOLE, "undecided", [], "nobody has decided"))
    frame = pl.DataFrame(rows, schema=Standings.create_empty().schema)
    return Standings.validate(frame.sort("object_kind", "object_id", "part_kind", "part_id"))


class _Item:
    """One item with the decisions on it.

    Parameters
    ----------
    one
        Its kind and id.
    current
        Its hash.
    made
        Decisions on it.
    grown
        Of each hash that was decided on, the parts that lapsed since, and in words what happened to them.
    gone
        Kind, id and hash that was decided on, and the part, of parts that are not there any more.
    variant
        Hash of what its fitted variant leaves out; None where none is offered.
    """

    def __init__(
        self,
        one: Item,
        current: str,
        made: Sequence[Row],
        grown: Mapping[str, Mapping[Part, str]],
        gone: AbstractSet[tuple[Any, ...]],
        variant: str | None,
    ) -> None:
        self._one = one
        self._gone = gone
        self._grown = grown
        self._lapsed: list[Row] = []
        self._why = ""
        self._made: list[Row] = []
        for row in made:
            evidence = [why for (part, _), why in grown.get(row["content_hash"], {}).items() if part == "evidence"]
            if row["option"] == "fitted" and _variant(row["detail"]) != variant:
                evidence.append(_REFITTED)
            stays_out = row["option"] == "leave_out"  # it gives nothing, whatever is known by now
            if evidence and not stays_out and (row["content_hash"] != current or _REFITTED in evidence):
                self._lapsed.append(row)
                self._why = evidence[0]
            else:
                self._made.append(row)

    def standings(self, settings: ReviewSettings, *, two: bool) -> list[Row]:
        """Rows of the table: of the whole, then of its parts."""
        whole = [row for row in self._made if not row["part_kind"]]
        own: dict[Part, list[Row]] = {}
        for row in self._made:
            if row["part_kind"]:
                own.setdefault((row["part_kind"], row["part_id"]), []).append(row)
        # What was decided on a person or a class holds for the containers that were there to be seen.
        grown = {
            part for row in self._made for part in self._parts(row) if not row["part_kind"] or part[0] == "container"
        }
        parts = [
            self._part(part, own.get(part, []), whole, settings, two=two)
            for part in sorted({*own, *grown})
            if part[0] != "evidence"
        ]
        return [self._whole(whole, settings, two=two), *(row for row in parts if row is not None)]

    def _whole(self, rows: list[Row], settings: ReviewSettings, *, two: bool) -> Row:
        before = [row for row in self._lapsed if not row["part_kind"]]
        if not rows and before:
            return _row(self._one, WHOLE, "lapsed", before, f"decided before it changed: {self._why}")
        if not rows:
            return _row(self._one, WHOLE, "undecided", [], "nobody has decided on all of it")
        return _stand(self._one, WHOLE, rows, settings, two=two)

    def _part(self, part: Part, own: list[Row], whole: list[Row], settings: ReviewSettings, *, two: bool) -> Row | None:
        """Where a part stands: by decisions on it, else by those on the whole whose reviewers saw it as it is.

        None where it stands as the whole does.
        """
        left = [row for row in own if (*self._one, row["content_hash"], *part) in self._gone]
        if ending := [row for row in left if row["decision"] == "revoke"]:
            return _row(self._one, part, "lapsed", ending, f"{part[0]} {part[1]} is no longer part of it: access stays")
        saw = [row for row in own if part not in self._parts(row) and row not in left]
        covering = [row for row in whole if part not in self._parts(row)]
        giving = [row for row in covering if row["decision"] in _GIVING]
        shaping = [row for row in saw if row["decision"] != "approve"]
        if any(row["decision"] == "revoke" for row in shaping):
            return _stand(self._one, part, saw, settings, two=two)
        if shaping:
            # One who leaves a part out, and so changes nobody's access, is enough, as one denial is.
            return _stand(self._one, part, shaping, settings, two=two)
        if saw:
            return _stand(self._one, part, saw, settings, two=two, backing=giving)
        unsure = [row for row in (*own, *whole, *self._made) if part in self._parts(row)]
        if not unsure or (covering and (not two or not giving or not backed(giving, settings.two_person)[0])):
            return None
        if covering:
            return _stand(self._one, part, giving, settings, two=two)
        return _row(self._one, part, "lapsed", unsure, self._parts(unsure[0])[part])

    def _parts(self, row: Row) -> Mapping[Part, str]:
        """Parts that grew since a decision was made."""
        return self._grown.get(row["content_hash"], {})


def _stand(
    one: Item, part: Part, rows: list[Row], settings: ReviewSettings, *, two: bool, backing: Sequence[Row] = ()
) -> Row:
    """Where verdicts on the same part leave it.

    Parameters
    ----------
    backing
        Decisions that count towards two reviewers without being about the part.
    """
    if denied := [row for row in rows if row["decision"] == "deny"]:
        return _row(one, part, "denied", denied, _words(denied))
    if deferred := [row for row in rows if row["decision"] == "defer"]:
        return _row(one, part, "deferred", deferred, f"deferred by {_names(deferred)}")
    if len({(row["decision"], row["option"], _same(row["detail"])) for row in rows}) > 1:
        said = sorted({" ".join(filter(None, (row["decision"], row["option"]))) for row in rows})
        return _row(
            one, part, "conflicting", rows, f"{_names(rows)} decided differently: {' and '.join(said)}", verdict=False
        )
    verdict = rows[0]["decision"]
    standing = _STANDS[verdict]
    if two and verdict in _GIVING and rows[0]["option"] != "leave_out":
        lacking, why = backed([*rows, *backing], settings.two_person)
        if lacking:
            return _row(one, part, lacking, rows, why)
    return _row(one, part, standing, rows, _words(rows))


def _row(one: Item, part: Part, standing: str, rows: Sequence[Row], reason: str | None, *, verdict: bool = True) -> Row:
    first: Mapping[str, Any] = rows[0] if rows and verdict else {}
    days = [row["effective"] for row in rows if row["effective"] is not None]
    # Of two days on which access may end the later one, of two until which something may stand the earlier.
    day = None if not days or not verdict else max(days) if first.get("decision") == "revoke" else min(days)
    return {
        "object_kind": one[0],
        "object_id": one[1],
        "part_kind": part[0],
        "part_id": part[1],
        "standing": standing,
        "verdict": first.get("decision"),
        "option": first.get("option"),
        "detail": first.get("detail"),
        "effective": day,
        "reviewers": sorted({row["reviewer"] for row in rows}),
        "decided_at": max((row["decided_at"] for row in rows), default=None),
        "reason": reason or None,
    }


def lapsed_parts(changed: pl.DataFrame) -> dict[Item, dict[str, dict[Part, str]]]:
    """What lapsed: by item, by the hash that was decided on, the parts with what happened to them."""
    found: dict[Item, dict[str, dict[Part, str]]] = {}
    lapsing = changed.filter("lapses").with_columns(pl.col("object_kind", "part_kind", "change").cast(pl.String))
    for kind, object_id, seen, part_kind, part_id, change, _, was, now in lapsing.iter_rows():
        words = f"{part_kind} {part_id} {_CHANGES[change]}"
        if was is not None or now is not None:
            words += (
                f" ({was or 'none'} before, {now or 'none'} now)" if change != "added" else f" ({now})" if now else ""
            )
        found.setdefault((kind, object_id), {}).setdefault(seen, {})[part_kind, part_id] = words
    return found


def _gone(changed: pl.DataFrame) -> set[tuple[Any, ...]]:
    """Parts that are not there any more: kind and id of the item, hash that was decided on, the part."""
    rows = changed.filter(pl.col("change").cast(pl.String) == "gone")
    columns = ("object_kind", "object_id", "content_hash", "part_kind", "part_id")
    return set(rows.select(pl.col(name).cast(pl.String) for name in columns).iter_rows())


_CHANGES: Final = {
    "added": "is new",
    "raised": "has a higher level",
    "more_sensitive": "has another sensitivity",
    "evidence": "has changed",
}


def _variant(detail: str | None) -> str | None:
    try:
        value = json.loads(detail or "null")
    except (ValueError, RecursionError):
        return None
    return value.get("variant") if isinstance(value, dict) else None


def _same(detail: str | None) -> str:
    """A detail in one form, whatever order its keys were written in."""
    if not detail:
        return ""
    try:
        return json.dumps(json.loads(detail), sort_keys=True)
    except (ValueError, RecursionError):
        return detail


def _words(rows: Iterable[Row]) -> str:
    return "; ".join(dict.fromkeys(row["justification"] for row in rows if row["justification"]))


def _names(rows: Iterable[Row]) -> str:
    return " and ".join(sorted({row["reviewer"] for row in rows}))


def _rows(frame: pl.DataFrame) -> Iterable[tuple[Any, ...]]:
    return frame.with_columns(pl.col("object_kind").cast(pl.String)).iter_rows()
