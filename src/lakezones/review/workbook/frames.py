"""Rows of the sheets: items and the parts of roles, by name, with what each row is about in a hidden key.

In: review items, where each stands, dossiers of roles. Out: a frame per sheet, with the columns of
`lakezones.review.workbook.columns`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from lakezones.model.words import counted
from lakezones.review.dossier import MemberCard, PersonCard, RoleDossier
from lakezones.review.workbook.columns import FILLED
from lakezones.review.workbook.outcome import done

Key = tuple[str, str, str, str]
"""object_kind, object_id, part_kind, part_id."""

WHAT: Final = {
    "drop": "policy drop",
    "unused": "unused part",
    "residual": "outside of roles",
    "zone": "zone",
    "merge": "layout merge",
    "pilot": "pilot domain",
}
"""What kinds are called that share a sheet."""
GLANCE: Final = 110
"""Characters of reasons that are read at a glance."""
MARKS: Final = {
    "leaver": "has left or is not known",
    "sod": "duties that must stay apart",
    "new_access": "gains access",
    "unused": "used none of it",
    "foreign": "of another department",
}
"""What stands out about a person, in words."""
_FIRST: Final = {"high": 0, "medium": 1, "low": 2}


def key(kind: str, object_id: str, part_kind: str, part_id: str, content_hash: str, workbook: str) -> str:
    """What a row is about, in one cell."""
    return json.dumps([kind, object_id, part_kind, part_id, content_hash, workbook], ensure_ascii=False)


def person(card: PersonCard) -> str:
    """A person by name, department and title: ``Ann Berg, Risk (Analyst)``."""
    named = f"{card.name}, {card.department}" if card.department else card.name
    return f"{named} ({card.title})" if card.title else named


def items_frame(
    items: pl.DataFrame,
    kinds: Sequence[str],
    *,
    standing: Mapping[Key, str],
    workbook: str,
    labels: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Items of some kinds as rows, what to look at first on top; `labels` are better names by id than their own."""
    kind = pl.col("object_kind").cast(pl.String)
    risk = pl.col("risk").cast(pl.String)
    rows = items.with_columns(object_kind=kind, risk=risk).filter(kind.is_in(kinds))
    rows = rows.sort(
        pl.col("object_kind").replace_strict({k: n for n, k in enumerate(kinds)}, return_dtype=pl.Int8, default=99),
        pl.col("risk").replace_strict(_FIRST, return_dtype=pl.Int8),
        pl.col("worklist"),
        "name",
        "object_id",
        maintain_order=True,
    )
    ids = list(rows.select("object_kind", "object_id", "content_hash").iter_rows())
    return rows.with_columns(
        *_blank(),
        label=pl.col("object_id").replace_strict(labels or {}, default=pl.col("name"), return_dtype=pl.String),
        sentence=pl.when(pl.col("object_kind") == "finding")
        .then(pl.col("sentence").str.strip_prefix(pl.format("{}; ", "name")))
        .otherwise("sentence"),
        why=pl.col("risk_reason").map_elements(gravest, return_dtype=pl.String),
        what=pl.col("object_kind").replace(WHAT),
        asked=pl.col("reviewer"),
        two=pl.when("needs_two").then(2).otherwise(1),
        standing=pl.Series([standing.get((k, i, "", "")) for k, i, _ in ids], dtype=pl.String),
        key=pl.Series([key(k, i, "", "", seen, workbook) for k, i, seen in ids], dtype=pl.String),
    )


def _blank() -> list[pl.Expr]:
    """Columns that people fill in, empty."""
    types = {"effective": pl.Date()}
    return [pl.lit(None, types.get(name, pl.String())).alias(name) for name in dict.fromkeys(FILLED.values())]


def gravest(reasons: str) -> str:
    """The first of several reasons, as many as are read at a glance, and how many more there are.

    Examples
    --------
    >>> gravest("Nothing stands out.")
    'Nothing stands out.'
    >>> gravest(f"Dan Gone has a disabled account. {'1 of 4 people used none of it in the last 89 days. ' * 4}".strip())
    'Dan Gone has a disabled account. 1 of 4 people used none of it in the last 89 days. And 3 more reasons.'
    """
    sentences = re.split(r"(?<=\.) (?=\S)", reasons)
    first = [sentences[0]]
    for sentence in sentences[1:]:
        if len(" ".join([*first, sentence])) > GLANCE:
            break
        first.append(sentence)
    more = len(sentences) - len(first)
    return " ".join([*first, f"And {counted(more, 'more reason')}."] if more else first)


def with_fitted(roles: pl.DataFrame, dossiers: Mapping[str, RoleDossier]) -> pl.DataFrame:
    """Role rows with what the fitted variant of each would leave out."""
    said = [dossiers[one].variant.sentence if one in dossiers else None for one in roles["object_id"]]
    return roles.with_columns(fitted=pl.Series(said, dtype=pl.String))


def members_frame(
    roles: pl.DataFrame, dossiers: Mapping[str, RoleDossier], *, standing: Mapping[Key, str], workbook: str
) -> pl.DataFrame:
    """People in roles, role by role in the order of the roles; those to look at first on top."""

    def row(member: MemberCard) -> dict[str, Any]:
        card = member.person
        return {
            "part_id": card.principal_id,
            "label": person(card),
            "compared": member.compared,
            "kept": member.change.keeps,
            "gained": member.change.gains,
            "used": member.used,
            "last_used": member.last_used.text,
            "marks": ", ".join(MARKS.get(mark, mark) for mark in member.marks),
            "manager": card.manager,
            "status": card.status,
        }

    def rows(dossier: RoleDossier) -> list[dict[str, Any]]:
        ordered = sorted(dossier.members, key=lambda one: (not one.marks, one.person.name, one.person.principal_id))
        return [row(one) for one in ordered]

    types = dict.fromkeys(("kept", "gained", "used"), pl.Int64())
    texts = ("part_id", "label", "compared", "last_used", "marks", "manager", "status")
    schema = dict.fromkeys(texts, pl.String()) | types
    return _parts(roles, dossiers, "member", rows, schema, standing=standing, workbook=workbook)


def classes_frame(
    roles: pl.DataFrame, dossiers: Mapping[str, RoleDossier], *, standing: Mapping[Key, str], workbook: str
) -> pl.DataFrame:
    """What roles open, by the names that people request it by, role by role in the order of the roles."""

    def rows(dossier: RoleDossier) -> list[dict[str, Any]]:
        return [
            {
                "part_id": one.class_id,
                "label": one.name,
                "entitlements": ", ".join(one.entitlements) or None,
                "names": ", ".join(one.names),
                "containers": one.containers,
                "holders": one.holders,
                "users": one.users,
                "idle": one.idle,
                "sensitivity": one.sensitivity + (f", {counted(one.public)} public" if one.public else ""),
                "access": one.access,
                "system": one.system,
                "zone": one.zone,
                "domain": one.domain,
            }
            for one in dossier.classes
        ]

    numbers = dict.fromkeys(("containers", "holders", "users", "idle"), pl.Int64())
    texts = ("part_id", "label", "entitlements", "names", "sensitivity", "access", "system", "zone", "domain")
    schema = dict.fromkeys(texts, pl.String()) | numbers
    return _parts(roles, dossiers, "class", rows, schema, standing=standing, workbook=workbook)


def _parts(
    roles: pl.DataFrame,
    dossiers: Mapping[str, RoleDossier],
    part_kind: str,
    rows: Any,
    schema: Mapping[str, Any],
    *,
    standing: Mapping[Key, str],
    workbook: str,
) -> pl.DataFrame:
    made: list[dict[str, Any]] = []
    for item in roles.iter_rows(named=True):
        dossier = dossiers.get(item["object_id"])
        for row in rows(dossier) if dossier is not None else ():
            of = ("role", item["object_id"], part_kind, row["part_id"])
            shared = {
                "role": item["name"],
                "object_id": item["object_id"],
                "asked": item["asked"],
                "due": item["due"],
                "standing": standing.get(of),
                "key": key(*of, item["content_hash"], workbook),
            }
            made.append(row | shared)
    common = dict.fromkeys(("role", "object_id", "asked", "standing", "key"), pl.String()) | {
        "due": pl.Date(),
        "two": pl.Int64(),
    }
    return pl.DataFrame(made, schema={**schema, **common}).with_columns(*_blank())


def standings_in_words(standings: pl.DataFrame | None, names: Mapping[str, str]) -> dict[Key, str]:
    """Where each item and part stands, in words: ``approved by Ann Berg on 2026-10-01``."""
    if standings is None:
        return {}
    said: dict[Key, str] = {}
    for row in standings.iter_rows(named=True):
        if row["standing"] == "undecided":
            continue
        who = _and([names.get(one, one) for one in row["reviewers"]])
        when = f" on {row['decided_at']:%Y-%m-%d}" if row["decided_at"] else ""
        word = done(row["verdict"], row["option"]) if row["standing"] == "approved" else str(row["standing"])
        text = f"{word} by {who}{when}" if who else word
        said[row["object_kind"], row["object_id"], row["part_kind"], row["part_id"]] = text + (
            f": {row['reason']}" if row["reason"] else ""
        )
    return said


def _and(names: Iterable[str]) -> str:
    listed = list(names)
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
