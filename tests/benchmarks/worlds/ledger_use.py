"""What people use of what they hold: daily, monthly, quarterly and yearly habits, seen in a log of a window of days."""

import numpy as np
import polars as pl

from tests.benchmarks.worlds.ledger_access import Held, Pair
from tests.benchmarks.worlds.ledger_catalogue import Catalogue, opened
from tests.benchmarks.worlds.ledger_conventions import Conventions
from tests.benchmarks.worlds.ledger_lake import Lake

AHEAD = 150
"""Days after the scan of which the truth knows the use."""
SEEN = ("principal_id", "container", "access", "user_agent", "period", "since")
PERIODS = (2.0, 30.4, 91.3, 365.0)
"""Days between two uses: nearly daily, monthly, quarterly, yearly."""


def _pairs(pairs: list[Pair], opens: pl.DataFrame, *, needed: bool) -> pl.DataFrame:
    frame = pl.DataFrame(pairs, schema={"principal_id": pl.String, "entitlement": pl.String}, orient="row")
    return frame.join(opens, on="entitlement", maintain_order="left").with_columns(pl.lit(needed).alias("needed"))


def _habits(c: Conventions, lake: Lake, catalogue: Catalogue, held: Held) -> pl.DataFrame:
    """Pairs that somebody uses: principal_id, container, access, period, phase (days since the newest use)."""
    rng = np.random.default_rng([c.seed, 23])
    opens = opened(catalogue, lake)
    had, must = set(held.held), set(held.needed)
    pairs = pl.concat(
        [
            _pairs(sorted(must & had), opens, needed=True),
            _pairs(sorted(had - must), opens, needed=False),
        ]
    ).join(lake.frame.select("container", "zone"), on="container", maintain_order="left")
    pairs = pairs.unique(["principal_id", "container", "access"], keep="first", maintain_order=True)
    count = pairs.height
    # Somebody uses an entitlement a lot or hardly; within it some tables are everybody's favourites.
    line = pairs.select(pl.struct("principal_id", "entitlement").rank("dense"))["principal_id"].to_numpy() - 1
    fond = rng.beta(1.4, 1.4, int(line.max()) + 1)[line] if count else np.empty(0)
    table = pairs["container"].rank("dense").cast(pl.Int64).to_numpy() - 1
    liked = rng.beta(0.8, 1.2, int(table.max()) + 1)[table] if count else np.empty(0)
    zone = np.array([0.5, 0.8, 1.5])[pairs["zone"].fill_null(0).to_numpy()]
    chance = np.clip(c.use_share * 4 * fond * liked * zone, 0, 0.97)
    chance = np.where(pairs["needed"].to_numpy(), chance, 0.03)
    period = np.array(PERIODS)[rng.choice(4, size=count, p=(0.3, 0.4, 0.2, 0.1))]
    drawn = rng.random(count) < chance
    return (
        pairs.with_columns(
            period=period,
            phase=rng.random(count) * period,
            # Few habits end, and a few begin after the scan.
            ended=rng.random(count) < 0.05,
            begins=rng.random(count) < 0.01,
        )
        .filter(drawn)
        .sort("principal_id", "container", "access")
    )


def used(c: Conventions, lake: Lake, catalogue: Catalogue, held: Held) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """Table `usage`, where the bank keeps a log, and the pairs that are used in the days after the scan."""
    schema = {"principal_id": pl.String, "container": pl.String}
    if not c.use_days:
        return None, pl.DataFrame(schema=schema)
    rng = np.random.default_rng([c.seed, 29])
    habits = _habits(c, lake, catalogue, held)
    later = habits.filter(~pl.col("ended") & (pl.col("period") - pl.col("phase") <= AHEAD))
    later = later.select("principal_id", "container").unique().sort("principal_id", "container")
    # Habits that ended, ended somewhere within the window.
    gap = pl.Series(rng.random(habits.height) * c.use_days)
    since = habits["phase"] + pl.select(pl.when(habits["ended"]).then(gap).otherwise(0.0)).to_series()
    seen = habits.with_columns(since=since).filter((pl.col("since") < c.use_days) & ~pl.col("begins"))
    seen = pl.concat([_behind_gateway(c, lake, held, seen), _unattended(c, lake, catalogue, held)])
    runs = np.maximum(1, (c.use_days - seen["since"].to_numpy()) / seen["period"].to_numpy())
    return (
        seen.with_columns(
            last_used=pl.lit(c.as_of) - pl.duration(seconds=(pl.col("since") * 86_400).cast(pl.Int64)),
            operations=pl.Series((runs * np.exp(rng.normal(1.2, 0.9, seen.height))).astype(np.int64) + 1),
        )
        .select("principal_id", "container", "access", "last_used", "operations", "user_agent")
        .sort("principal_id", "container", "access"),
        later,
    )


def _behind_gateway(c: Conventions, lake: Lake, held: Held, seen: pl.DataFrame) -> pl.DataFrame:
    """Reading of some containers made for readers is seen as the shared identity's alone."""
    rng = np.random.default_rng([c.seed, 31])
    served = lake.frame.filter(pl.col("zone") == 2)["container"]
    hidden = served.filter(pl.Series(rng.random(len(served)) < c.gateway))
    through = pl.col("container").is_in(hidden.implode()) & (pl.col("access") == "read")
    seen = seen.with_columns(user_agent=pl.lit(None, dtype=pl.String))
    shared = (
        seen.filter(through)
        .sort("since")
        .unique("container", keep="first", maintain_order=True)
        .with_columns(principal_id=pl.lit(held.services["bi-gateway"]), user_agent=pl.lit("on-premises data gateway"))
    )
    return pl.concat([seen.filter(~through), shared]).select(SEEN)


def _unattended(c: Conventions, lake: Lake, catalogue: Catalogue, held: Held) -> pl.DataFrame:
    """What jobs write day by day, and in some banks reading by account key or SAS, which carries no person."""
    rng = np.random.default_rng([c.seed, 37])
    writes = [(who, name) for who, name in held.by_service if catalogue.lines[name].access == "write"]
    jobs = _pairs(writes, opened(catalogue, lake), needed=True).unique(
        ["principal_id", "container"], keep="first", maintain_order=True
    )
    jobs = jobs.filter(pl.Series(rng.random(jobs.height) < 0.7)).with_columns(user_agent=pl.lit("azsdk-java"))
    share = 0.08 if rng.random() < 0.35 else 0.0
    keyed = lake.frame.filter(pl.Series(rng.random(lake.frame.height) < share)).select("container")
    by_policy = pl.concat_str(pl.lit("sas:"), "container", pl.lit("/lesen"))
    keyed = keyed.with_columns(
        pl.when(pl.Series(rng.random(keyed.height) < 0.5))
        .then(by_policy)
        .otherwise(pl.lit("key:stledgerprd"))
        .alias("principal_id"),
        access=pl.lit("read"),
        user_agent=pl.lit("AzCopy/10.24"),
    )
    both = pl.concat(
        [
            jobs.select("principal_id", "container", "access", "user_agent"),
            keyed.select("principal_id", "container", "access", "user_agent"),
        ]
    )
    period = rng.choice((1.0, 7.0, 30.4), size=both.height)
    return both.with_columns(period=pl.Series(period), since=pl.Series(rng.random(both.height) * period)).select(SEEN)
