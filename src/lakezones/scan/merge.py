"""Makes one set of tables out of what several sources gave.

In: outcomes, the live ones first. Out: tables with the schemas of `lakezones.model.facts`, each row once. Where two
sources know the same row, the earlier source's values stand and the later one fills what it left null, so that a
capture adds sizes and formats to a listing but never overrules it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from lakezones.model.facts import FACTS, KEYS
from lakezones.model.frames import Facts
from lakezones.model.tables import Gaps
from lakezones.scan.result import Outcome, ScanResult

_BETTER_LATER: Final = frozenset({"last_modified"})
"""Where a later source knows better: a listing has the time when a container's own properties changed, an inventory or
a capture the time when its newest blob did."""

_EITHER: Final = frozenset({"immutability", "legal_hold"})
"""Flags that one source is enough for: a container that any source calls held is not planned to be deleted."""

_GRANTS: Final = {"grants": "grant", "role_assignments": "assignment"}


def merge_tables(parts: Sequence[dict[str, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """Merge tables by key; earlier parts win, later ones fill nulls; every table comes out sorted by its key.

    Examples
    --------
    >>> a = pl.DataFrame({"account": ["x"], "hns": [None]}, schema_overrides={"hns": pl.Boolean})
    >>> b = pl.DataFrame({"account": ["x", "y"], "hns": [True, False]})
    >>> merge_tables([{"accounts": a}, {"accounts": b}])["accounts"].rows()
    [('x', True), ('y', False)]
    """
    merged: dict[str, pl.DataFrame] = {}
    for table in FACTS:
        frames = [part[table] for part in parts if table in part]
        if frames:
            merged[table] = with_grant_ids(_merge(frames, KEYS[table]), table)
    return merged


def with_grant_ids(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """The frame with an id for every grant that came without one: what makes the grant that grant, spelt out.

    Examples
    --------
    >>> frame = pl.DataFrame({"principal_id": ["ana"], "container": ["c1"], "grant_id": [None]})
    >>> with_grant_ids(frame.cast({"grant_id": pl.String}), "grants")["grant_id"].item()
    'grant:ana|c1'
    """
    prefix = _GRANTS.get(table)
    if prefix is None or "grant_id" not in frame.columns:
        return frame
    key = [pl.col(name).cast(pl.String) for name in KEYS[table] if name != "grant_id" and name in frame.columns]
    derived = pl.lit(f"{prefix}:") + pl.concat_str(key, separator="|", ignore_nulls=True)
    return frame.with_columns(pl.col("grant_id").fill_null(derived))


def _merge(frames: list[pl.DataFrame], key: tuple[str, ...]) -> pl.DataFrame:
    result = frames[0]
    for frame in frames[1:]:
        result = _fill(result, frame, list(key))
    return result.sort(key, nulls_last=False, maintain_order=True)


def _fill(known: pl.DataFrame, other: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    rest = [name for name in known.columns if name not in key and name in other.columns]
    joined = known.join(other.select(*key, *rest), on=key, how="left", nulls_equal=True, suffix="__other")
    filled = joined.with_columns(_either(name) for name in rest)
    added = other.join(known, on=key, how="anti", nulls_equal=True)
    return pl.concat([filled.select(known.columns), added.select(known.columns)])


def once(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Rows of one source, each key once: as of several sources, earlier values stand and later ones fill the nulls.

    Examples
    --------
    >>> frame = pl.DataFrame({"container": ["a", "a"], "tier": [None, "hot"], "legal_hold": [False, True]})
    >>> once(frame, ["container"]).rows()
    [('a', 'hot', True)]
    """
    rest = [name for name in frame.columns if name not in key]
    merged = [pl.col(name).max() if name in _EITHER else pl.col(name).drop_nulls().first() for name in rest]
    return frame.group_by(key, maintain_order=True).agg(merged).select(frame.columns)


def _either(name: str) -> pl.Expr:
    """One column of two sources, merged."""
    known, other = pl.col(name), pl.col(f"{name}__other")
    if name in _EITHER:
        return pl.when(other).then(other).otherwise(pl.coalesce(known, other)).alias(name)
    return pl.coalesce([other, known] if name in _BETTER_LATER else [known, other]).alias(name)


def qualify(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Name containers ``account/container`` where there is more than one account; leave them bare where there is one.

    A bare name of a capture is given its account where exactly one account has such a container; one that several
    have, or none, stays as it is and is warned of.
    """
    accounts = sorted({outcome.account for outcome in outcomes if outcome.account})
    if len(accounts) < 2:
        return list(outcomes)
    owners: dict[str, list[str]] = {}
    for outcome in outcomes:
        for name in _own(outcome):
            if outcome.account not in owners.setdefault(name, []):
                owners[name].append(outcome.account)
    known = {name: f"{found[0]}/{name}" for name, found in owners.items() if len(found) == 1}
    result = []
    for outcome in outcomes:
        if outcome.account:
            result.append(_under(outcome))
        else:
            shared = sorted(name for name in _bare(outcome) if len(owners.get(name, [])) > 1)
            moved = _renamed(_everywhere(outcome, accounts), lambda name: known.get(name, name))
            if shared:
                text = f"{shared[0]!r} is a container of several accounts; write account/container ({len(shared)} such)"
                moved = replace(moved, warnings=[*moved.warnings, text])
            result.append(moved)
    return result


def _own(outcome: Outcome) -> list[str]:
    """Names of the containers that a source of one account has."""
    if not outcome.account:
        return []
    if outcome.kind == "inventory" and "containers" in outcome.tables:
        return outcome.tables["containers"].get_column("container").to_list()
    return outcome.containers


def _under(outcome: Outcome) -> Outcome:
    """A source of one account with the account before every name, in gaps and among what was left out too."""
    prefix = f"{outcome.account}/"
    names = set(outcome.containers)
    gaps = [replace(gap, object_id=prefix + gap.object_id) if gap.object_id in names else gap for gap in outcome.gaps]
    moved = _renamed(outcome, lambda name: prefix + name)
    return replace(moved, gaps=gaps, excluded=[prefix + name for name in outcome.excluded])


def _everywhere(outcome: Outcome, accounts: Sequence[str]) -> Outcome:
    """A source without an account whose globs, if they name none, stand for containers of every account."""
    table = "entitlement_containers"
    if table not in outcome.tables:
        return outcome
    frame = outcome.tables[table]
    bare = pl.col("container").str.contains(r"[*?\[]") & ~pl.col("container").str.contains("/", literal=True)
    spread = [
        frame.filter(bare).with_columns(pl.format("{}/{}", pl.lit(account), pl.col("container")).alias("container"))
        for account in accounts
    ]
    return replace(outcome, tables=outcome.tables | {table: pl.concat([frame.filter(~bare), *spread])})


def merge_onto(previous: Facts, result: ScanResult, tables: Sequence[str]) -> ScanResult:
    """Take the named tables from a new reading and everything else, gaps included, from the snapshot before it."""
    kept = {name: getattr(previous, name) for name in FACTS if previous.assessed(name) and name not in tables}
    gaps = previous.gaps.filter(~pl.col("source").is_in(list(tables)))
    return replace(
        result,
        tables={name: (result.tables | kept)[name] for name in FACTS if name in result.tables or name in kept},
        gaps=Gaps.cast(pl.concat([gaps, result.gaps]).sort("source", "object_id", "code")),
        warnings=[*result.warnings, f"kept from the snapshot of {previous.as_of:%Y-%m-%d %H:%M}: {', '.join(kept)}"],
    )


def _bare(outcome: Outcome) -> set[str]:
    frames = [frame for frame in outcome.tables.values() if "container" in frame.columns]
    return {name for frame in frames for name in frame.get_column("container").drop_nulls().unique() if "/" not in name}


def _renamed(outcome: Outcome, rename: Callable[[str], str]) -> Outcome:
    tables = {}
    for table, frame in outcome.tables.items():
        if "container" in frame.columns:
            names = frame.get_column("container").drop_nulls().unique()
            mapping = {name: name if "/" in name else rename(name) for name in names}
            frame = frame.with_columns(pl.col("container").replace(mapping))
        tables[table] = frame
    return replace(outcome, tables=tables)
