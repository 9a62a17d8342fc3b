"""Which suggestions are approved, and which of those may be granted.

In: facts, suggestions, decisions, the roles that are approved, policies. Out: a frame of everything that somebody
approved, with the reason where it is not granted. `lakezones.verify` reads the same decisions by its own rules.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.duties import Duties
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.policies import SodPair
from lakezones.model.suggestions import described
from lakezones.plan.approve import Approved
from lakezones.plan.denied import CELL, denied_cells

_KEY: Final = "suggestion_id"


def read_approvals(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    approved: Approved,
    decisions: dy.DataFrame[t.Decisions] | None,
    *,
    sod: Sequence[SodPair] = (),
) -> pl.DataFrame:
    """Every suggestion that somebody approved.

    A suggestion is granted when somebody approved exactly its present content, nobody denied or deferred it, nobody
    denied the person the same access or less of it in another row, the role it completes is approved, and nothing at
    the source and no duties that stay apart are in the way.

    Returns
    -------
    polars.DataFrame
        suggestion_id, role_id, principal_id, class_id, access, level, containers, opens (null where it is no longer
        suggested), approved_by (list), approved_at, fresh (whether it is suggested as it was approved), refused (null
        where it is granted), by suggestion_id.
    """
    known = described(proposal.suggestions, access.container_classes).with_columns(pl.col("access").cast(pl.String))
    rows = _refuse_undecided(_verdicts(decisions, known), approved)
    rows = _refuse_conflicts(_refuse_denied(rows, facts, access), access, sod)
    return rows.select(
        _KEY,
        "role_id",
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


def _verdicts(decisions: dy.DataFrame[t.Decisions] | None, known: pl.DataFrame) -> pl.DataFrame:
    """Suggestions that somebody approved, with who approved, denied or deferred them.

    Decisions on the present content count; where there are none, those on an earlier content, and `fresh` is false.
    """
    made = t.Decisions.create_empty() if decisions is None else decisions
    decided = (
        made.filter(object_kind="suggestion")
        .select(
            "reviewer",
            "decided_at",
            pl.col("object_id").alias(_KEY),
            pl.col("content_hash").alias("seen"),
            pl.col("decision").cast(pl.String),
        )
        .join(known, on=_KEY, how="left")
    )
    current = decided.filter(pl.col("seen") == pl.col("content_hash"))
    stale = decided.join(current, on=_KEY, how="anti")
    return (
        pl.concat([current, stale])
        .group_by(_KEY)
        .agg(
            (pl.col("seen") == pl.col("content_hash")).fill_null(False).all().alias("fresh"),
            _reviewers("approve").alias("approved_by"),
            _reviewers("deny").alias("denied_by"),
            _reviewers("defer").alias("deferred_by"),
            pl.col("decided_at").filter(decision="approve").max().alias("approved_at"),
        )
        .filter(pl.col("approved_by").list.len() > 0)
        .join(known, on=_KEY, how="left")
        .join(_denied_elsewhere(current), on=_KEY, how="left")
        .sort(_KEY)
    )


def _refuse_undecided(rows: pl.DataFrame, approved: Approved) -> pl.DataFrame:
    """Refuse what is no longer as it was approved, what somebody else decided otherwise on, and roles not approved."""
    return rows.with_columns(
        pl.when(pl.col("role_id").is_null())
        .then(pl.lit("it is no longer suggested: the person has it by now, or the role has changed"))
        .when(~pl.col("fresh"))
        .then(pl.lit("what it grants has changed since it was approved: review it again"))
        .when(pl.col("denied_by").list.len() > 0)
        .then(pl.format("denied by {}", pl.col("denied_by").list.join(", ")))
        .when(pl.col("deferred_by").list.len() > 0)
        .then(pl.format("deferred by {}", pl.col("deferred_by").list.join(", ")))
        .when(pl.col("elsewhere").is_not_null())
        .then(pl.format("the same access is denied to the person in {}", pl.col("elsewhere")))
        .when(~pl.col("role_id").is_in(approved.roles["role_id"].implode()))
        .then(pl.lit("the role it completes is not approved"))
        .alias("refused")
    )


def _reviewers(verdict: str) -> pl.Expr:
    return pl.col("reviewer").filter(pl.col("decision") == verdict).unique().sort()


def _denied_elsewhere(current: pl.DataFrame) -> pl.DataFrame:
    """Suggestions whose person was denied the class at the same or a lesser level in another row, and which row."""
    denied = current.filter(decision="deny").select(
        "principal_id", "class_id", pl.col("level").alias("least"), pl.col(_KEY).alias("elsewhere")
    )
    return (
        current.join(denied, on=["principal_id", "class_id"])
        .filter(pl.col("elsewhere") != pl.col(_KEY), (pl.col("least") & ~pl.col("level")) == 0)
        .group_by(_KEY)
        .agg(pl.col("elsewhere").min())
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
