"""Builds the plan: waves of phase A (in place) and phase B (move), from what was decided.

In: facts, access, the decided target. Out: `lakezones.model.frames.Plan`. The same input gives the same plan, byte for
byte.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.access.dividing import divided
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Plan, Target, conform
from lakezones.model.limits import LimitsSettings
from lakezones.plan.counts import limits_table
from lakezones.plan.endstate import EndState, end_state
from lakezones.plan.groups import machines
from lakezones.plan.inplace import InPlace, in_place, write_in_place
from lakezones.plan.move import Moves, accounts, moves, write_moves
from lakezones.plan.settings import PlanSettings
from lakezones.plan.taking import write_later
from lakezones.plan.unseen import unseen
from lakezones.plan.waves import Schedule, schedule
from lakezones.plan.writer import NOTHING, PlanWriter


def build(
    facts: Facts,
    access: Access,
    target: Target,
    *,
    settings: PlanSettings,
    limits: LimitsSettings,
) -> Plan:
    """Stage a decided target as a plan that keeps everybody's access at every step.

    Parameters
    ----------
    facts, access
        Outputs of the stages before.
    target
        What was decided, complete (`lakezones.model.frames.Target`): the plan carries out that and nothing else. The
        target of a draft makes a plan whose status is ``draft``.
    settings, limits
        How the plan is staged, and what it has to stay within.

    Returns
    -------
    Plan
        Steps in one valid order, items, waves, limits, what becomes of approvals, and a summary with ``status``,
        counts, ``stays`` (containers that the layout moves and the plan does not, by reason), ``left_out`` (what nobody
        approved), ``approvals`` (by outcome), ``drops_blocked``, ``accounts`` (ARM ``ids``, and the account of ``bare``
        names) and ``not_scanned`` (``tables`` of access without which nothing is deleted).
    """
    access = divided(access, target.parts)
    start = facts.as_of.date() + timedelta(days=settings.lead_days)
    state = end_state(facts, access, target, start=start)
    waves = schedule(access, target, settings=settings)
    changes = in_place(facts, access, state, waves, target)
    todo = moves(facts, target, state, waves)

    plan = PlanWriter(settings, start)
    left = _drops_left(access, state, todo)
    blocked = _write_blocked(plan, left) + _write_withheld(plan, state, unseen(facts))
    _write(plan, facts, access, waves, changes, todo, blocked=blocked)
    steps, items = plan.frames()
    outcomes = _approvals(facts, target, steps, items)
    return Plan(
        steps=steps,
        items=items,
        waves=_waves(facts, plan, steps, items, todo, waves),
        limits=limits_table(facts, access, steps, items, limits=limits),
        approvals=outcomes,
        summary={
            **_summary(target, steps, items, todo, state, waves, outcomes, left),
            **{name: target.summary[name] for name in ("accepted_asserted",) if name in target.summary},
            "accounts": accounts(facts),
            "not_scanned": {"tables": unseen(facts), "memberships_kept": state.withheld.height},
        },
    )


def _drops_left(access: Access, state: EndState, todo: Moves) -> pl.DataFrame:
    """What a policy drops and the plan leaves: class_id, principal_id, container, reason.

    A container that moves leaves behind what its target does not give.
    """
    return (
        state.drops_blocked.join(access.container_classes, on="class_id")
        .filter(pl.col("follows") | ~pl.col("container").is_in(todo.containers["container"].implode()))
        .select("class_id", "principal_id", "container", "reason")
    )


def _write_blocked(plan: PlanWriter, left: pl.DataFrame) -> list[str]:
    """A step per reason that names what a policy drops and the plan leaves; the ids of these steps."""
    written = []
    for number, ((reason,), rows) in enumerate(sorted(left.partition_by("reason", as_dict=True).items())):
        cells = rows.select("principal_id", "container")
        written += plan.add(
            "no_op",
            f"drops-blocked-{number + 1}",
            wave=0,
            items=cells.sort("container", "principal_id"),
            check=f"this access is to end, and it stays: {reason}",
            rollback=NOTHING,
        )
    return written


def _write_withheld(plan: PlanWriter, state: EndState, tables: Sequence[str]) -> list[str]:
    """A step that names the memberships which stay because it is not known what else their groups open."""
    return plan.add(
        "no_op",
        "memberships-kept",
        wave=0,
        items=state.withheld.select(group="group_id", principal_id="member_id"),
        object_kind="membership",
        check=f"roles replace these memberships, and they stay: {', '.join(tables)} not scanned; scan and plan again",
        rollback=NOTHING,
    )


def _write(
    plan: PlanWriter,
    facts: Facts,
    access: Access,
    waves: Schedule,
    changes: InPlace,
    todo: Moves,
    *,
    blocked: Sequence[str],
) -> None:
    """All steps: phase A of each wave after that of the wave before, phase B after phase A and the move before."""
    opening = plan.gate(
        "gate-plan",
        wave=0,
        depends_on=blocked,
        check="the plan is approved; the copying identity, firewalls and private endpoints are ready; a fresh scan "
        "shows what the plan was made from",
    )
    in_place_gate = moved_gate = opening
    tables = unseen(facts)
    pilots_moved: list[str] | None = None
    for wave, domain, pilot in waves.domains.select("wave", "domain", "pilot").iter_rows():
        if not pilot and pilots_moved is None:
            pilots_moved = moved_gate  # the rest of the lake waits until the pilots run on their targets
        after = list(dict.fromkeys(in_place_gate + ([] if pilot else pilots_moved or [])))
        in_place_gate = write_in_place(plan, changes, wave=wave, domain=domain, after=after)
        people = _people_moved(facts, access, todo, wave)
        both = list(dict.fromkeys(in_place_gate + moved_gate))
        moved_gate = (
            write_moves(plan, todo, wave=wave, domain=domain, after=both, people=people, unseen=tables) or moved_gate
        )
    write_later(plan, *changes.later, wave=max(waves.waves, default=0) + 1, after=in_place_gate)


def _approvals(facts: Facts, target: Target, steps: pl.DataFrame, items: pl.DataFrame) -> dy.DataFrame[t.Approvals]:
    """The table of approvals: each with the step that carries it out, and with names for people to read."""
    joining = steps.filter(action="add_member").select("step_id")
    made = items.join(joining, on="step_id").select(
        "step_id", pl.col("group").alias("group_id"), pl.col("principal_id").alias("member_id")
    )
    people = facts.table("principals").select("principal_id", pl.col("name").alias("person")).unique("principal_id")
    table = (
        target.approvals.with_columns(pl.col("approved_by").list.join(", "))
        .join(made, on=["group_id", "member_id"], how="left")
        .join(people, on="principal_id", how="left")
        .sort("suggestion_id")
    )
    return conform(table.select(t.Approvals.column_names()), t.Approvals)


def _people_moved(facts: Facts, access: Access, todo: Moves, wave: int) -> int:
    """People with access to data that moves in a wave."""
    classes = todo.containers.filter(wave=wave).select("class_id").unique()
    holders = access.class_access.filter(lane="data").join(classes, on="class_id", how="semi")
    return holders.filter(~pl.col("principal_id").is_in(machines(facts).implode()))["principal_id"].n_unique()


def _waves(
    facts: Facts, plan: PlanWriter, steps: pl.DataFrame, items: pl.DataFrame, todo: Moves, waves: Schedule
) -> dy.DataFrame[t.Waves]:
    """The table of waves."""
    sizes = todo.containers.join(
        facts.table("containers").select("container", "size_bytes"), on="container", how="left"
    )
    moved = sizes.group_by("wave").agg(
        pl.len().alias("containers"),
        # One unknown size makes the sum unknown.
        pl.when(pl.col("size_bytes").is_null().any())
        .then(None)
        .otherwise(pl.col("size_bytes").sum())
        .alias("size_bytes"),
    )
    ends = pl.DataFrame(
        [(step.wave, plan.end_of(step.step_id)) for step in plan.steps],
        schema={"wave": pl.Int64, "end": pl.Date},
        orient="row",
    )
    numbered = steps.group_by("wave").agg(
        pl.len().alias("steps"),
        pl.col("people_affected").max().alias("most_people"),
        pl.col("effort_minutes").sum(),
        pl.col("earliest_start").min(),
    )
    people = (
        items.join(steps.select("step_id", "wave", pl.col("action").cast(pl.String)), on="step_id")
        .filter(pl.col("action").is_in(["add_member", "remove_member", "revoke"]), pl.col("principal_id").is_not_null())
        .join(steps.filter(pl.col("people_affected") > 0).select("step_id"), on="step_id", how="semi")
        .group_by("wave")
        .agg(pl.col("principal_id").n_unique().alias("changed"))
    )
    table = (
        numbered.join(ends.group_by("wave").agg(pl.col("end").max().alias("earliest_end")), on="wave")
        .join(waves.domains, on="wave", how="left")
        .join(moved, on="wave", how="left")
        .join(people, on="wave", how="left")
        .with_columns(
            pl.max_horizontal(pl.col("changed").fill_null(0), "most_people").alias("people"),
            pl.col("containers").fill_null(0),
            pl.when(pl.col("containers").is_null()).then(0).otherwise("size_bytes").alias("size_bytes"),
            pl.col("pilot").fill_null(False),
        )
        .sort("wave")
    )
    return conform(table.select(t.Waves.column_names()), t.Waves)


def _summary(
    target: Target,
    steps: pl.DataFrame,
    items: pl.DataFrame,
    todo: Moves,
    state: EndState,
    waves: Schedule,
    approvals: pl.DataFrame,
    left: pl.DataFrame,
) -> dict[str, Any]:
    """Counts for people, and what the plan could not do."""
    actions = steps.group_by(pl.col("action").cast(pl.String)).len().sort("action")
    batch = items.join(steps.select("step_id", pl.col("action").cast(pl.String)), on="step_id")
    counts = batch.group_by("action").len().sort("action")
    cells = left.select("class_id", "principal_id", "reason").unique()
    return {
        "status": target.status,
        "waves": waves.domains.height,
        "pilots": waves.domains.filter("pilot")["domain"].to_list(),
        "steps": dict(actions.iter_rows()),
        "items": dict(counts.iter_rows()),
        "groups_created": state.new_groups.height + state.new_roles.height,
        "memberships_removed": state.removals.height + state.later[0].height,
        "containers_moved": todo.containers.height,
        "stays": dict(todo.stay.group_by("reason").len().sort("reason").iter_rows()),
        "left_out": target.summary["left_out"],
        "approvals": dict(approvals.group_by(pl.col("outcome").cast(pl.String)).len().sort("outcome").iter_rows()),
        "drops_blocked": cells.height,
        "drops_blocked_by_reason": dict(cells.group_by("reason").len().sort("reason").iter_rows()),
        "effort_hours": round(int(steps["effort_minutes"].sum()) / 60, 1),
        "earliest_end": None if steps.is_empty() else str(steps["earliest_start"].max()),
    }
