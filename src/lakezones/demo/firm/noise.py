"""Who holds which entitlement: what the planted roles need, and what years of requests made of it.

In: settings, a seed, the people and the lake. Out: :class:`Holdings`, every row of it labelled with the reason.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from lakezones.demo.firm.draw import Rng, object_ids, some, stream
from lakezones.demo.firm.lake import Lake
from lakezones.demo.firm.settings import FirmSettings
from lakezones.demo.firm.staff import Staff


@dataclass(frozen=True)
class Holdings:
    """What is held, what is needed, and what the two say of each other.

    Attributes
    ----------
    needed
        person, ent: the union of a person's planted roles.
    held
        person, ent, why (needed, odd, mover, orphan), approval (approved, none, expired, revoked), nested.
        Persons beyond the directory are deleted principals.
    missing
        person, ent, trace (pending, eligible, lapsed, unenforced, none): needed and not held, and what is left.
    nested
        ent, team: the team's group is a member of the entitlement's group.
    orphans
        person, principal_id.
    """

    needed: pl.DataFrame
    held: pl.DataFrame
    missing: pl.DataFrame
    nested: pl.DataFrame
    orphans: pl.DataFrame


def build_holdings(settings: FirmSettings, seed: int, lake: Lake, staff: Staff) -> Holdings:
    """Draw what everybody holds."""
    rng = stream(seed, "noise")
    needed = (
        staff.role_people.join(staff.role_entitlements, on="role")
        .select("person", "ent")
        .unique()
        .sort("person", "ent")
    )
    nested = _nested(rng, settings, lake, staff)
    by_team = (
        nested.join(staff.people.select("person", "team"), on="team")
        .select("person", "ent")
        .unique()
        .with_columns(pl.lit(value=True).alias("nested"))
    )
    wanted = needed.join(by_team, on=["person", "ent"], how="left", maintain_order="left").with_columns(
        pl.col("nested").fill_null(value=False)
    )
    # What a whole team gets through a nested group, nobody of it can lack.
    single = np.flatnonzero(~wanted["nested"].to_numpy())
    lost = single[some(rng, len(single), min(1.0, settings.missing * wanted.height / max(1, len(single))))]
    lacking = np.zeros(wanted.height, dtype=bool)
    lacking[lost] = True
    kept = wanted.filter(~lacking).with_columns(pl.lit("needed").alias("why"))
    moved = _kept_by_movers(rng, staff)
    odd = _odd(rng, settings, lake, needed)
    orphans = pl.DataFrame(
        {
            "person": np.arange(settings.people, settings.people + settings.orphans),
            "principal_id": pl.Series(object_ids(rng, settings.orphans), dtype=pl.String),
        }
    )
    gone = _left_by_orphans(rng, staff, orphans)
    extra = (
        pl.concat([moved, odd, gone])
        .unique(["person", "ent"], keep="first", maintain_order=True)
        .join(needed, on=["person", "ent"], how="anti", maintain_order="left")
        .with_columns(pl.lit(value=False).alias("nested"))
    )
    columns = ["person", "ent", "why", "nested"]
    held = pl.concat([kept.select(columns), extra.select(columns)]).sort("person", "ent")
    return Holdings(
        needed,
        _approved(rng, settings, lake, held),
        _traced(rng, settings, lake, wanted.filter(lacking).select("person", "ent")),
        nested,
        orphans,
    )


def _nested(rng: Rng, settings: FirmSettings, lake: Lake, staff: Staff) -> pl.DataFrame:
    """Choose entitlements that all jobs of a team share, and give them to the team's group."""
    jobs = staff.roles
    shared = (
        staff.role_entitlements.join(jobs.select("role", "team"), on="role")
        .group_by("team", "ent")
        .agg(pl.len().alias("with"))
        .join(jobs.group_by("team").agg(pl.len().alias("jobs")), on="team")
        .filter(pl.col("with") == pl.col("jobs"))
        .join(lake.entitlements.filter(pl.col("enforcement") == "group").select("ent"), on="ent")
        .select("ent", "team")
        .sort("ent", "team")
    )
    wanted = max(1, round(settings.nested * lake.entitlements.height))
    rows = np.sort(rng.choice(shared.height, min(wanted, shared.height), replace=False))
    return shared[rows]


def _kept_by_movers(rng: Rng, staff: Staff) -> pl.DataFrame:
    found = staff.former.join(staff.role_entitlements, on="role", maintain_order="left").select("person", "ent")
    # Some of the old access was taken away, or has lapsed since.
    return found.filter(pl.Series(rng.random(found.height) < 0.85)).with_columns(pl.lit("mover").alias("why"))


def _odd(rng: Rng, settings: FirmSettings, lake: Lake, needed: pl.DataFrame) -> pl.DataFrame:
    count = round(settings.odd * needed.height)
    drawn = pl.DataFrame(
        {
            # More than enough, as some repeat what is held already.
            "person": rng.integers(0, settings.people, count * 3),
            "ent": rng.integers(0, lake.entitlements.height, count * 3),
        }
    )
    return (
        drawn.unique(maintain_order=True)
        .join(needed, on=["person", "ent"], how="anti", maintain_order="left")
        .head(count)
        .with_columns(pl.lit("odd").alias("why"))
    )


def _left_by_orphans(rng: Rng, staff: Staff, orphans: pl.DataFrame) -> pl.DataFrame:
    had = pl.DataFrame(
        {"person": orphans["person"], "role": rng.choice(staff.roles["role"].to_numpy(), orphans.height)}
    )
    return (
        had.join(staff.role_entitlements, on="role", maintain_order="left")
        .select("person", "ent")
        .with_columns(pl.lit("orphan").alias("why"))
    )


def _approved(rng: Rng, settings: FirmSettings, lake: Lake, held: pl.DataFrame) -> pl.DataFrame:
    """Take the approval away from some; where the approval is all there is, holding means being approved."""
    free = (
        held.join(lake.entitlements.select("ent", "enforcement"), on="ent", maintain_order="left")["enforcement"]
        != "approval"
    ).to_numpy()
    unapproved = (rng.random(held.height) < settings.unapproved) & free
    how = rng.choice(np.array(["none", "expired", "revoked"]), held.height, p=[0.5, 0.3, 0.2])
    return held.with_columns(pl.Series("approval", np.where(unapproved, how, "approved").astype(str)))


def _traced(rng: Rng, settings: FirmSettings, lake: Lake, missing: pl.DataFrame) -> pl.DataFrame:
    """Say what is left of what is missing: a request under way, a lapsed or eligible membership, or nothing."""
    rows = missing.join(lake.entitlements.select("ent", "enforcement"), on="ent", maintain_order="left")
    count = rows.height
    unenforced = min(0.6, settings.unenforced / max(settings.missing, 1e-9))
    left = 1 - unenforced
    how = rng.choice(
        np.array(["unenforced", "pending", "lapsed", "eligible", "none"]),
        count,
        p=[unenforced, left * 0.4, left * 0.15, left * 0.1, left * 0.35],
    )
    grouped = rows["enforcement"].is_in(["group", "assignment"]).to_numpy()
    # Without a group there is no membership to lapse, and an approval may be the access itself.
    how = np.where(grouped | (how == "pending") | (how == "none"), how, "pending")
    return missing.with_columns(pl.Series("trace", how.astype(str)))
