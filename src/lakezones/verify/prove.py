"""The proof: each claim with what was checked, and the first counterexample of each that fails.

In: `Facts`, `Access`, `Proposal`, `Plan`, decisions. Out: `Proof`. Order in a plan is ``depends_on`` alone, so besides
the given sequence the replay takes the orders that are hardest on people (steps that narrow access as early as
possible, each with nothing but its dependencies) and on the bank (steps that widen access as early as possible). These
are representative orders, not all of them; what is claimed for every order (form, gates, waits, limits) is checked on
the partial order itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Plan, Proof, Proposal, Reviewed, conform
from lakezones.model.limits import LimitsSettings
from lakezones.model.policies import SodPair
from lakezones.model.words import counted
from lakezones.plan.steps import ACCESS_ADDS, Step, from_frame
from lakezones.verify import checks, form
from lakezones.verify.acts import acts
from lakezones.verify.approvals import Due, due, misnamed
from lakezones.verify.decided import undecided
from lakezones.verify.joint import with_joint_grants
from lakezones.verify.limits import broken_limits
from lakezones.verify.model import Model, make_model
from lakezones.verify.order import Order, elements
from lakezones.verify.outcome import outcome
from lakezones.verify.places import misplaced
from lakezones.verify.roles import misshapen
from lakezones.verify.rulings import Rulings
from lakezones.verify.said import Waits, missaid, too_early, unsoaked
from lakezones.verify.state import LakeState, Script
from lakezones.verify.violations import Violation

CLAIMS = {
    "well-formed": "The plan is a list of known actions with unique ids, without cycles, on objects that exist",
    "facts-explain-access": "The raw grants give at least the access found, so a replay starts from the truth",
    "no-loss": "Nobody loses access they need, at any step",
    "no-excess": "Nobody gains access that was not approved, at source or target, at any step",
    "end-state": "The plan ends with exactly today's access and what was approved as new, less what a policy drops",
    "approvals": "All that reviewers approved as new is granted in the end, and no step does what nobody approved",
    "roles": "Every role that is carried out has the name, the people and the content that were decided",
    "grants-before-revokes": "Each removal comes after everything it relies on, memberships by at least 24 hours",
    "one-writer": "Every dataset has one writable place at a time, and its last copy is verified before cutover",
    "gates": "Every wave ends with a gate",
    "reversible": "Every step before a point of no return can be rolled back; gates precede these, a soak deletions",
    "limits": "No hard limit of Azure breaks while old and new coexist",
}
"""Claims by id, in the order of the proof."""


class _Claims:
    """Claims as they are settled."""

    def __init__(self) -> None:
        self.results: dict[str, dict[str, Any]] = {}
        self.violations: list[dict[str, str | None]] = []

    def settle(self, claim: str, checked: str, violation: Violation | None) -> None:
        """Record the outcome of a claim; it holds where there is no violation."""
        if violation is not None:
            self.violations.append(violation.row(claim))
        self.results[claim] = {
            "id": claim,
            "claim": CLAIMS[claim],
            "holds": violation is None,
            "checked": checked,
            "detail": "" if violation is None else str(violation),
        }


def prove(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    plan: Plan,
    *,
    limits: LimitsSettings,
    reviewed: Reviewed | None = None,
    sod: Sequence[SodPair] = (),
    waits: Waits | None = None,
) -> Proof:
    """Replay a plan and check every claim.

    Parameters
    ----------
    facts, access, proposal
        What the plan was made from.
    plan
        The plan, as read back from its files.
    limits
        Azure's limits.
    reviewed
        What reviewers decided, and what it is held against; without it nothing may be new, and nothing may end but
        what a policy drops.
    sod
        Duties that what is new may not bring together.
    waits
        Days that the settings of the plan put between steps.

    Returns
    -------
    Proof
        ``claims``: id, claim, holds, checked, detail. ``counterexample``: one row per claim that fails.
    """
    steps = from_frame(plan.steps)
    order = Order(steps)
    waits = waits or Waits()
    accepted = plan.summary.get("accepted_asserted") is not None
    rulings = None if reviewed is None else Rulings(reviewed, accept_asserted=accepted)
    ends = outcome(access, proposal, rulings)
    new = due(facts, access, proposal, rulings, ends, sod=sod)
    rows = acts(plan)
    model = make_model(facts, access, plan, rows, list(new.cells.values()), ends)
    claims = _Claims()
    bad = form.malformed(steps, order, model.strays, plan.items, rows, facts, access)
    bad += misplaced(rows, facts, proposal)
    bad += [] if order.cycle else missaid(steps, order, plan.items, rows)
    claims.settle("well-formed", f"{len(steps)} steps, {plan.items.height} items", _first(bad))
    if order.cycle or len(order.position) != len(steps):
        for claim in list(CLAIMS)[1:]:
            claims.settle(claim, "nothing: the plan has no order", Violation("a plan with an order", "none"))
        return _proof(claims, model, steps)
    script = Script(rows)
    model = with_joint_grants(model, facts, script)
    start = LakeState(model, script)
    pairs = sum(levels[0].bit_count() * cohort.size for levels, cohort in zip(model.needed, model.cohorts, strict=True))
    claims.settle("facts-explain-access", f"{pairs} people-and-container pairs", checks.unexplained(start))
    end = _replays(claims, model, script, steps, order, new, waits)
    shapes = counted(len(ends.roles), "role")
    claims.settle("roles", f"{shapes}, at the end", next(misshapen(end, rows, ends, list(new.cells.values())), None))
    if claims.results["approvals"]["holds"]:
        unapproved = [] if rulings is None else undecided(access, proposal, rows, ends)
        words = new.in_words()
        if rulings is not None and accepted:
            words += f"; {counted(rulings.unproven, 'approval')} taken without evidence of two, as the plan says"
        claims.settle("approvals", words, _first([*misnamed(plan, new), *unapproved]))
    moves = form.two_writers(steps, order, rows)
    claims.settle("one-writer", "the moves of every container, in every order", _first(moves))
    claims.settle("gates", "every wave, in every order", _first(form.ungated(steps, order)))
    claims.settle("reversible", "every step", _first([*form.irrevocable(steps, order), *unsoaked(steps, order, waits)]))
    claims.settle(
        "limits",
        "named ACL entries of every path and role assignments of every subscription, all additions before any removal",
        _first(broken_limits(facts, plan, rows, limits=limits)),
    )
    return _proof(claims, model, steps)


def _replays(
    claims: _Claims, model: Model, script: Script, steps: Sequence[Step], order: Order, new: Due, waits: Waits
) -> LakeState:
    """Settle the claims that need a replay; the state that the last of them ends in."""
    narrowing = form.removals(steps)
    early = set(narrowing)
    orders = {
        "in the given sequence": order.sequence,
        "with removals as early as depends_on lets them": order.eager(
            lambda step: order.position[step.step_id] in early
        ),
        "with grants as early as depends_on lets them": order.eager(lambda step: step.action in ACCESS_ADDS),
    }
    loss = excess = end = lacking = None
    state = LakeState(model, script)
    for number, sequence in enumerate(orders.values()):
        state = LakeState(model, script) if number else state
        first_loss, first_excess = _replay(state, steps, sequence)
        loss = loss or first_loss
        excess = excess or first_excess
        end = end or checks.end_differs(state)
        lacking = lacking or checks.ungranted(state, new.cells.values())
    checked = f"{len(steps)} steps on {len(model.cohorts)} cohorts of containers, {', '.join(orders)}"
    claims.settle("no-loss", checked, loss)
    claims.settle("no-excess", checked, excess)
    left = sum(levels[0].bit_count() for levels in model.left)
    aside = f"; {counted(left, 'drop')} not carried out, as the plan says" if left else ""
    claims.settle("end-state", f"every cohort, {', '.join(orders)}{aside}", end)
    claims.settle("approvals", new.in_words(), lacking)
    claims.settle(
        "grants-before-revokes",
        f"{len(narrowing)} removals and cutovers, each after nothing but what it depends on; waits in every order",
        _prefixes(LakeState(model, script), steps, order, narrowing)
        or _first([*form.hasty(steps, order, waits), *too_early(steps, order)]),
    )
    return state


def _replay(
    state: LakeState, steps: Sequence[Step], sequence: Iterable[int]
) -> tuple[Violation | None, Violation | None]:
    """The first loss and the first excess on the way."""
    loss = excess = None
    lasting = {index: dict(found) for index, found in enumerate(state.model.lasting) if found}
    for at in sequence:
        step = steps[at]
        state.apply(step)
        cohorts = state.settle()
        loss = loss or _at(step, checks.lost(state, cohorts))
        loss = loss or _at(step, checks.ended_early(state, cohorts, step.earliest_start, lasting))
        excess = excess or _at(step, checks.beyond(state, cohorts))
    return loss, excess


def _prefixes(fresh: LakeState, steps: Sequence[Step], order: Order, narrowing: Sequence[int]) -> Violation | None:
    """The first loss when a removal is carried out with nothing but its dependencies.

    Removals are taken by what they have behind them, each from the furthest state met so far that is on its way.
    """
    fresh.settle()
    reached: list[tuple[int, LakeState]] = [(0, fresh)]
    for at in sorted(narrowing, key=lambda one: (order.above[one].bit_count(), one)):
        needed = order.above[at]
        done, state = max((pair for pair in reached if not pair[0] & ~needed), key=lambda pair: pair[0].bit_count())
        if done != needed:
            state = state.copy()
            for one in elements(needed & ~done):
                state.apply(steps[one])
            found = _at(steps[at], checks.lost(state, state.settle()))
            if found is not None:
                return found
            # The first stays, for what has nothing behind it; of the others only the last few are worth keeping.
            reached = [reached[0], *reached[1:][-3:], (needed, state)]
        trial = state.copy()
        trial.apply(steps[at])
        found = _at(steps[at], checks.lost(trial, trial.settle()))
        if found is not None:
            return found
    return None


def _at(step: Step, violation: Violation | None) -> Violation | None:
    """The violation with the step after which it was found."""
    return None if violation is None else replace(violation, step_id=step.step_id)


def _first(violations: Sequence[Violation]) -> Violation | None:
    return violations[0] if violations else None


def _proof(claims: _Claims, model: Model, steps: Sequence[Step]) -> Proof:
    ordered = [claims.results[claim] for claim in CLAIMS]
    counters = pl.DataFrame(claims.violations, schema=dict.fromkeys(t.Counterexample.column_names(), pl.String))
    held = sum(1 for claim in ordered if claim["holds"])
    return Proof(
        holds=held == len(ordered),
        claims=ordered,
        counterexample=conform(counters, t.Counterexample),
        summary={
            "claims": len(ordered),
            "claims_held": held,
            "steps": len(steps),
            "cohorts": len(model.cohorts),
            "containers": sum(cohort.size for cohort in model.cohorts),
            "people": len(model.people),
        },
    )
