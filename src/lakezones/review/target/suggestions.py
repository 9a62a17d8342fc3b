"""Which suggestions are approved, and which of those may be granted.

In: facts, suggestions, what was said, the roles as decided, policies. Out: a frame of everything that was approved,
with the reason where it is not granted. `lakezones.verify` reads the decisions themselves by its own rules.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl

from lakezones.model.duties import Duties
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.policies import SodPair
from lakezones.model.suggestions import described
from lakezones.review.target.apart import Apart
from lakezones.review.target.denied import CELL, denied_cells
from lakezones.review.target.roles import DecidedRoles
from lakezones.review.target.said import Said

_KEY: Final = "suggestion_id"
_APPROVED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    _KEY: pl.String,
    "fresh": pl.Boolean,
    "approved_by": pl.List(pl.String),
    "approved_at": pl.Datetime("us", "UTC"),
}
GONE: Final = "it is no longer suggested: the person has it by now, or the role has changed"
CHANGED: Final = "what it grants has changed since it was approved: review it again"


def read_suggestions(
    facts: Facts, access: Access, proposal: Proposal, roles: DecidedRoles, said: Said, *, sod: Sequence[SodPair] = ()
) -> pl.DataFrame:
    """Every suggestion that was approved, those included whose approval has lapsed.

    A suggestion is granted when its approval stands, nobody denied the person the same access or less of it in another
    row, the role it completes is approved, and nothing at the source and no duties that stay apart are in the way.

    Returns
    -------
    polars.DataFrame
        suggestion_id, role_id, role (its name), principal_id, class_id, access, level, containers, opens (null where it
        is no longer suggested), approved_by (list), approved_at, fresh (whether it is suggested as it was approved),
        refused (null where it is granted), by suggestion_id.
    """
    known = described(proposal.suggestions, access.container_classes).with_columns(pl.col("access").cast(pl.String))
    names = proposal.roles.select("role_id", role="name")
    rows = (
        _approved(said)
        .join(known, on=_KEY, how="left")
        .join(names, on="role_id", how="left")
        .join(_denied_elsewhere(known, said), on=_KEY, how="left")
        .sort(_KEY)
    )
    rows = _refuse_without_role(rows, roles)
    rows = _refuse_conflicts(_refuse_denied(rows, facts, access), access, sod)
    return rows.select(
        _KEY,
        "role_id",
        "role",
        "principal_id",
        "class_id",
        "access",
        "level",
        "containers",
        "opens",
        "approved_by",
        "approved_at",
        "fresh",
        "refused",
    )


def cells_of(suggestions: pl.DataFrame, roles: DecidedRoles, apart: Apart) -> list[dict[str, Any]]:
    """What is granted, cell by cell: each a suggestion with `class_id`, the class or the part of it that is granted.

    ``into`` is the decided role that it completes; None where its role was divided and no part opens the class.
    """
    found = []
    for row in suggestions.filter(pl.col("refused").is_null()).iter_rows(named=True):
        for class_id in apart.of(row["class_id"]):
            if not apart.lapsed("suggestion", row["suggestion_id"], class_id):
                role = roles.carrying(row["role_id"], class_id, row["level"])
                found.append(row | {"class_id": class_id, "into": None if role is None else role.role_id})
    return found


def holdings(
    access: Access, people: Iterable[str], *, dropped: pl.DataFrame | None = None
) -> dict[str, dict[str, int]]:
    """What people hold in the data lane, less what is dropped: person to class to level bits."""
    wanted = pl.Series(sorted(set(people)), dtype=pl.String)
    rows = access.class_access.filter(pl.col("principal_id").is_in(wanted.implode()), lane="data").select(
        *CELL, "level"
    )
    if dropped is not None:
        gone = dropped.select("principal_id", "class_id", pl.col("level").alias("gone"))
        rows = rows.join(gone, on=["principal_id", "class_id"], how="left").select(
            "principal_id", "class_id", pl.col("level") & ~pl.col("gone").fill_null(0)
        )
    held: dict[str, dict[str, int]] = {person: {} for person in wanted}
    for person, class_id, level in rows.iter_rows():
        held[person][class_id] = level
    return held


def _approved(said: Said) -> pl.DataFrame:
    """Suggestions whose approval stands or has lapsed: suggestion_id, fresh, approved_by, approved_at."""
    rows = [
        (one_id, one.approved, sorted(one.reviewers), one.decided_at)
        for one_id, one in said.all("suggestion")
        if one.verdict == "approve" and one.standing in ("approved", "lapsed")
    ]
    return pl.DataFrame(rows, schema=_APPROVED, orient="row")


def _denied_elsewhere(known: pl.DataFrame, said: Said) -> pl.DataFrame:
    """Suggestions whose person was denied the class at the same or a lesser level in another row, and which row."""
    denials = [one_id for one_id, one in said.all("suggestion") if one.standing == "denied"]
    denied = known.filter(pl.col(_KEY).is_in(pl.Series(denials, dtype=pl.String).implode())).select(
        "principal_id", "class_id", pl.col("level").alias("least"), pl.col(_KEY).alias("elsewhere")
    )
    return (
        known.join(denied, on=["principal_id", "class_id"])
        .filter(pl.col("elsewhere") != pl.col(_KEY), (pl.col("least") & ~pl.col("level")) == 0)
        .group_by(_KEY)
        .agg(pl.col("elsewhere").min())
    )


def _refuse_without_role(rows: pl.DataFrame, roles: DecidedRoles) -> pl.DataFrame:
    """Refuse what is no longer as it was approved, what is denied in another row, and roles not approved."""
    decided = sorted({one for role in roles.roles.values() for one in role.proposed_as})
    return rows.with_columns(
        pl.when(pl.col("role_id").is_null())
        .then(pl.lit(GONE))
        .when(~pl.col("fresh"))
        .then(pl.lit(CHANGED))
        .when(pl.col("elsewhere").is_not_null())
        .then(pl.format("the same access is denied to the person in {}", pl.col("elsewhere")))
        .when(~pl.col("role_id").is_in(pl.Series(decided, dtype=pl.String).implode()))
        .then(pl.lit("the role it completes is not approved"))
        .alias("refused")
    )


def _refuse_denied(rows: pl.DataFrame, facts: Facts, access: Access) -> pl.DataFrame:
    """Refuse what something at the source would take away again."""
    due = rows.filter(pl.col("refused").is_null())
    if due.is_empty():
        return rows
    why = pl.lit("a deny assignment, or an ACL entry of the person's own, stands against it")
    return _refuse(rows, denied_cells(facts, access, due.select(*CELL, "level")).with_columns(why.alias("why")))


def _refuse_conflicts(rows: pl.DataFrame, access: Access, sod: Sequence[SodPair]) -> pl.DataFrame:
    """Refuse what would together bring two duties into one person that stay apart."""
    due = rows.filter(pl.col("refused").is_null())
    if not sod or due.is_empty():
        return rows
    duties = Duties(sod, access)
    held = holdings(access, due["principal_id"])
    added: dict[str, dict[str, int]] = {}
    for person, class_id, level in due.select("principal_id", "class_id", "level").iter_rows():
        added.setdefault(person, {})[class_id] = added.get(person, {}).get(class_id, 0) | level
    conflicts = [
        (person, class_id, f"it would bring duties together that stay apart: {name}")
        for person in sorted(added)
        for class_id, name in duties.conflicts(held[person], added[person]).items()
    ]
    return _refuse(rows, pl.DataFrame(conflicts, schema=dict.fromkeys([*CELL, "why"], pl.String), orient="row"))


def _refuse(rows: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """Refuse the cells of `reasons` (principal_id, class_id, why) where nothing refuses them already."""
    joined = rows.join(reasons, on=CELL, how="left")
    return joined.with_columns(pl.coalesce("refused", "why").alias("refused")).drop("why").sort(_KEY)
