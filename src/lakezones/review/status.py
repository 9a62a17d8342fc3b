"""How far a review is, by reviewer, domain and kind, and what the plan would leave alone for it.

In: items, where each stands, the decided target. Out: one document of plain values; its sentence first.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model.frames import Target
from lakezones.model.tables import ReviewItems, Standings
from lakezones.model.words import counted
from lakezones.review.binding import Contents

OPEN: Final = ("undecided", "waiting", "conflicting", "lapsed", "asserted")
"""Standings for which somebody has something left to do: of what is asserted, to bring the evidence."""
STATES: Final = (*OPEN, "approved", "denied", "revoked", "accepted", "deferred", "not_needed", "not_asked")
SECOND: Final = "a second reviewer"

WORDS: Final = {
    "undecided": "undecided",
    "waiting": "waiting for a second reviewer",
    "conflicting": "with verdicts that conflict",
    "lapsed": "changed since they were decided on",
    "denied": "denied",
    "deferred": "deferred",
    "asserted": "asserted without evidence",
    "approved": "approved and not to be carried out",
}
"""How items that a plan leaves alone are called, after their number."""

NOUNS: Final = {
    "role": "role",
    "suggestion": "suggestion",
    "drop": "drop of a policy",
    "residual": "exception",
    "unused": "unused part of a role",
    "finding": "finding",
    "zone": "zone question",
    "merge": "merge",
    "pilot": "pilot domain",
}
_MANY: Final = {"drop": "drops of a policy", "unused": "unused parts of roles"}


def standing_of_items(items: pl.DataFrame, standings: pl.DataFrame, *, second: str = SECOND) -> pl.DataFrame:
    """Items with where they stand as a whole, and whether anything is left to do.

    Parameters
    ----------
    items, standings
        Schemas `lakezones.model.tables.ReviewItems` and `Standings`.
    second
        Who is asked next where the reviewer has decided and another one must agree.

    Returns
    -------
    polars.DataFrame
        `items`, in their order, with state (one of `STATES`; ``lapsed`` also where parts of an approved item lapsed,
        ``not_needed`` where its role was denied, ``not_asked`` where no decision is asked for) and left.
    """
    keys = ["object_kind", "object_id"]
    texts = standings.with_columns(pl.col("object_kind", "part_kind", "standing").cast(pl.String))
    whole = texts.filter(pl.col("part_kind") == "").select(*keys, "standing", "reviewers")
    lapsed = texts.filter((pl.col("part_kind") != "") & (pl.col("standing") == "lapsed")).select(keys).unique()
    denied = whole.filter((pl.col("object_kind") == "role") & (pl.col("standing") == "denied"))
    rows = (
        items.with_columns(pl.col("object_kind").cast(pl.String))
        .join(whole, on=keys, how="left", maintain_order="left")
        .join(lapsed.with_columns(_lapsed=True), on=keys, how="left", maintain_order="left")
        .with_columns(pl.col("standing").fill_null("undecided"), pl.col("_lapsed").fill_null(value=False))
    )
    open_ = pl.col("standing").is_in(OPEN)
    moot = (
        open_
        & pl.col("object_kind").is_in(["suggestion", "unused"])
        & pl.col("role_id").is_in(denied["object_id"].implode())
    )
    state = (
        pl.when(moot)
        .then(pl.lit("not_needed"))
        .when((pl.col("worklist") == "") & (pl.col("standing") == "undecided"))
        .then(pl.lit("not_asked"))
        .when(pl.col("_lapsed") & (pl.col("standing") == "approved"))
        .then(pl.lit("lapsed"))
        .otherwise("standing")
    )
    passed_on = (state == "waiting") & pl.col("reviewers").list.contains(pl.col("reviewer_id")).fill_null(value=False)
    return rows.with_columns(
        state=state,
        left=state.is_in(OPEN),
        reviewer=pl.when(passed_on).then(pl.lit(second)).otherwise("reviewer"),
        reviewer_id=pl.when(~passed_on).then("reviewer_id"),
    ).drop("standing", "reviewers", "_lapsed")


def status(
    items: dy.DataFrame[ReviewItems],
    standings: dy.DataFrame[Standings],
    target: Target | None = None,
    *,
    contents: Contents | None = None,
    today: date | None = None,
    campaign: str = "",
    instruction: str = "",
    second: str = SECOND,
) -> dict[str, Any]:
    """How far the review is.

    Parameters
    ----------
    items, standings
        What there is to decide on, and where each item stands.
    target
        What was decided, for what the plan will leave alone; left out without.
    contents
        What there is to see of each item, so that a container which several of them hold back counts once.
    today
        The day from which items are overdue; without, none is.
    campaign, instruction
        The round of review.
    second
        Who is asked next where the reviewer has decided and another one must agree.

    Returns
    -------
    dict
        sentence; items, decided, left, minutes_left, overdue, and a count for each state; due; by_kind, by_reviewer,
        by_domain (lists of the same counts with a name); untouched (name, kind, standing, people, containers, reason),
        held_back (kind, standing, items, containers, sentence).
    """
    rows = standing_of_items(items, standings, second=second)
    late = _late(today)
    total = _Counts.of(rows, late)
    untouched, held = _untouched(target, contents)
    due = rows["due"].min()
    return {
        "sentence": _sentence(rows, total, held, target),
        "campaign": campaign,
        "instruction": instruction,
        "due": due.isoformat() if isinstance(due, date) else None,
        **total.document(),
        "states": {state: count for state in STATES if (count := rows.filter(pl.col("state") == state).height)},
        "by_kind": _by(rows, late, "object_kind", lambda key: str(key[0])),
        "by_reviewer": _by(rows, late, ("reviewer", "reviewer_id"), lambda key: str(key[0])),
        "by_domain": _by(rows, late, "domain", lambda key: str(key[0] or "no domain")),
        "held_back": held,
        "untouched": untouched,
    }


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """Counts of some items."""

    items: int
    decided: int
    left: int
    waiting: int
    lapsed: int
    deferred: int
    minutes_left: float
    overdue: int
    worklists_left: int

    @classmethod
    def of(cls, rows: pl.DataFrame, late: pl.Expr) -> "_Counts":
        """Count rows of `standing_of_items` that somebody is asked about, or has decided on."""
        asked = rows.filter(~pl.col("state").is_in(["not_asked", "not_needed"]))
        left = asked.filter("left")

        def count(state: str) -> int:
            return asked.filter(pl.col("state") == state).height

        return cls(
            items=asked.height,
            decided=asked.height - left.height,
            left=left.height,
            waiting=count("waiting"),
            lapsed=count("lapsed"),
            deferred=count("deferred"),
            minutes_left=round(float(left["minutes"].sum()), 1),
            overdue=left.filter(late).height,
            worklists_left=left.filter(pl.col("worklist") != "")["worklist"].n_unique(),
        )

    def document(self) -> dict[str, Any]:
        """The counts by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def _late(today: date | None) -> pl.Expr:
    return pl.lit(value=False) if today is None else (pl.col("due") < today).fill_null(value=False)


def _by(
    rows: pl.DataFrame, late: pl.Expr, columns: str | Sequence[str], name: Callable[[tuple[Any, ...]], str]
) -> list[dict[str, Any]]:
    """Counts by some columns, most minutes left first; without those that nobody is asked about."""
    keys = [columns] if isinstance(columns, str) else list(columns)
    found = [
        {"name": name(key), **({"reviewer_id": key[1]} if len(key) > 1 else {}), **_Counts.of(part, late).document()}
        for key, part in rows.group_by(keys, maintain_order=True)
    ]
    asked = [row for row in found if row["items"]]
    return sorted(asked, key=lambda row: (-row["minutes_left"], row["name"], row.get("reviewer_id") or ""))


def _untouched(target: Target | None, contents: Contents | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Everything that a plan would leave alone, and the same counted by kind and standing, most containers first."""
    if target is None:
        return [], []
    frame = target.untouched.with_columns(pl.col("object_kind", "standing").cast(pl.String))
    rows = [
        {
            "kind": row["object_kind"],
            "object_id": row["object_id"],
            "name": row["name"],
            "standing": row["standing"],
            "people": row["people"],
            "containers": row["containers"],
            "reason": row["reason"],
        }
        for row in frame.sort("containers", "object_kind", "object_id", descending=[True, False, False]).iter_rows(
            named=True
        )
    ]
    held = []
    for (kind, standing), part in frame.group_by("object_kind", "standing", maintain_order=True):
        boxes = _distinct(part, contents)
        line = {"kind": kind, "standing": standing, "items": part.height, "containers": boxes}
        held.append({**line, "sentence": _held(str(kind), str(standing), part.height, boxes)})
    return rows, sorted(held, key=lambda row: (-row["containers"], row["kind"], row["standing"]))


def _distinct(part: pl.DataFrame, contents: Contents | None) -> int:
    """Containers of some items, each counted once where it is known which they are."""
    if contents is None:
        return int(part["containers"].sum())
    keys = part.select("object_kind", "object_id")
    own = contents.parts.with_columns(pl.col("object_kind", "part_kind").cast(pl.String)).join(
        keys, on=["object_kind", "object_id"], how="semi"
    )
    classes = own.filter(pl.col("part_kind") == "class").select(class_id="part_id").unique()
    boxes = own.filter(pl.col("part_kind") == "container").select(container="part_id")
    opened = contents.containers.join(classes, on="class_id", how="semi").select("container")
    return pl.concat([opened, boxes])["container"].n_unique()


def _held(kind: str, standing: str, items: int, containers: int) -> str:
    """What is left alone, in a sentence.

    Examples
    --------
    >>> _held("role", "undecided", 3, 274)
    '3 undecided roles hold back 274 containers'
    >>> _held("residual", "waiting", 1, 1)
    '1 exception waiting for a second reviewer leaves 1 container as it is'
    """
    noun = NOUNS.get(kind, kind) if items == 1 else _MANY.get(kind, f"{NOUNS.get(kind, kind)}s")
    word = WORDS.get(standing, standing)
    who = f"{items:,} {word} {noun}" if " " not in word else f"{items:,} {noun} {word}"
    if kind == "role":
        return f"{who} {'holds' if items == 1 else 'hold'} back {counted(containers)}"
    as_is = "as it is" if containers == 1 else "as they are"
    return f"{who} {'leaves' if items == 1 else 'leave'} {counted(containers)} {as_is}"


def spent(minutes: float) -> str:
    """A time as people say it.

    Examples
    --------
    >>> spent(0.4), spent(12), spent(200), spent(120)
    ('under a minute', '12 min', '3 h 20 min', '2 h')
    """
    if minutes < 1:
        return "under a minute"
    hours, rest = divmod(round(minutes), 60)
    return " ".join(filter(None, [f"{hours:,} h" if hours else "", f"{rest} min" if rest or not hours else ""]))


def _sentence(rows: pl.DataFrame, total: _Counts, held: Iterable[Mapping[str, Any]], target: Target | None) -> str:
    """What somebody would say who is asked how far the review is."""
    said = f"{total.decided:,} of {counted(total.items, 'item')} {'is' if total.items == 1 else 'are'} decided"
    if total.left:
        people = rows.filter("left").select("reviewer", "reviewer_id").unique().height
        said += f"; {spent(total.minutes_left)} of work left for {counted(people, 'reviewer')}"
    if total.overdue:
        said += f"; {counted(total.overdue, 'item')} overdue"
    if target is not None and target.status == "draft":
        return f"{said}. Nobody has decided on anything yet: a plan made now is a draft of all that is proposed."
    first = next((row["sentence"] for row in held if row["kind"] == "role" and row["standing"] in OPEN), None)
    return f"{said}. {first}." if first else f"{said}."
