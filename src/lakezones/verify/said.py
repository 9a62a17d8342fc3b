"""What the columns of a step may say: whoever carries a plan out reads them, whether or not the replay needs them.

In: steps, items, what steps act on. Out: violations. A step of a batch names nothing but its batch; ``before`` and
``after`` are what its action does; a role assignment is of the built-in role of its level; waits are no shorter than
the settings say, and what is taken away or deleted was looked at before.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import polars as pl

from lakezones.model.identity import plain
from lakezones.plan.steps import ITEMS_FILE, MOVES, Step
from lakezones.verify.order import Order
from lakezones.verify.violations import Violation

State = Mapping[str, Any] | None

DOES: Final[dict[str, tuple[State, State]]] = {
    **dict.fromkeys(("create_group", "create_container", "create_folder"), ({"exists": False}, {"exists": True})),
    "add_member": ({"member": False}, {"member": True}),
    "remove_member": ({"member": True}, {"member": False}),
    "grant": ({"granted": False}, {"granted": True}),
    "revoke": ({"granted": True}, {"granted": False}),
    "close_entitlement": ({"requestable": True}, {"requestable": False}),
    "copy": ({"stage": "source"}, {"stage": "copied"}),
    "verify_copy": ({"stage": "copied"}, {"stage": "verified"}),
    "copy_delta": ({"stage": "verified"}, {"stage": "copied"}),
    "freeze_source": ({"stage": "writable"}, {"stage": "frozen"}),
    "unfreeze": ({"stage": "frozen"}, {"stage": "writable"}),
    "cutover": ({"stage": "source"}, {"stage": "target"}),
    "delete_source": ({"stage": "frozen"}, {"stage": "deleted"}),
    "verify_access": (None, None),
}
"""State before and after each action; gates say what they wait for instead."""

KINDS: Final = {"add_member": "membership", "remove_member": "membership", "close_entitlement": "entitlement"}
"""Kind of object of the actions that have one and only one."""

NOTHING: Final = frozenset({"gate", "verify_access"})
"""Actions that act on nothing."""

ROLES: Final = {
    "read": "Storage Blob Data Reader",
    "write": "Storage Blob Data Contributor",
    "manage": "Storage Blob Data Owner",
}
"""Built-in role that gives a level and no more (Microsoft, "Azure built-in roles for Storage")."""


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Days that must lie between steps, from the settings of the plan."""

    membership_days: int = 1
    soak_days: int = 1


def missaid(steps: Sequence[Step], order: Order, items: pl.DataFrame, rows: pl.DataFrame) -> list[Violation]:
    """Columns that say what the plan may not say."""
    batched = set(items["step_id"])
    levels = {
        step_id: set(found)
        for step_id, found in items.select("step_id", pl.col("access").cast(pl.String))
        .drop_nulls()
        .group_by("step_id")
        .agg("access")
        .iter_rows()
    }
    accounts = _accounts(rows, steps)
    new = set(rows.drop_nulls("approval")["step_id"])
    gates = sum(1 << at for at, step in enumerate(steps) if step.action == "gate" and step.wave == 0)
    domains: dict[int, set[str | None]] = {}
    problems = []
    for step in steps:
        domains.setdefault(step.wave, set()).add(step.domain)
        problems += [Violation(expected, found, step.step_id) for expected, found in _texts(step)]
        if step.action != "gate":
            problems += [Violation(expected, found, step.step_id) for expected, found in _states(step)]
        if step.step_id in batched or step.action in NOTHING:
            problems += [
                Violation(f"no {name} but in items", str(said), step.step_id)
                for name in ("object_id", "principal_id", "group", "container", "path")
                if (said := getattr(step, name)) is not None
            ]
        if step.items_file != (ITEMS_FILE if step.step_id in batched else None):
            problems.append(Violation("items_file says where its items are", str(step.items_file), step.step_id))
        if step.access is not None and levels.get(step.step_id, {step.access}) != {step.access}:
            found = ", ".join(sorted(levels[step.step_id]))
            problems.append(Violation(f"items of access {step.access}", found, step.step_id))
        if step.target is not None and step.target != accounts.get(step.wave):
            problems.append(Violation(f"target is {accounts.get(step.wave)}", str(step.target), step.step_id))
        if step.action in MOVES and step.step_id in batched and step.target is None:
            problems.append(Violation(f"target is {accounts.get(step.wave)}", "none", step.step_id))
        problems += _later_waves(step, steps, order)
        if step.wave and not order.above[order.position[step.step_id]] & gates:
            problems.append(Violation("comes after the gate that opens the plan", "it need not", step.step_id))
        if "approved_by" in (step.after or "") and step.step_id not in new:
            problems.append(Violation("approved_by where items name approvals", str(step.after), step.step_id))
    problems += [
        Violation(f"wave {wave} is of one domain", ", ".join(sorted(map(str, found))))
        for wave, found in sorted(domains.items())
        if len(found) > 1
    ]
    return problems + _places(rows) + _unmade(rows, order)


def _texts(step: Step) -> Iterator[tuple[str, str]]:
    """Owner, check, role, scope, end: expected and found, where they differ."""
    if not plain(step.owner):
        yield "says who does it", "nobody"
    if not plain(step.check):
        yield "says how to see that it worked", "nothing"
    role = ROLES.get(step.access or "") if (step.action, step.object_kind) == ("grant", "assignment") else None
    if step.role != role:
        yield f"role is {role}", str(step.role)
    for name in ("scope", "until"):
        if getattr(step, name) is not None:
            yield f"no {name}, of which nothing is known", str(getattr(step, name))
    kind = step.object_kind if step.action in ("grant", "revoke") else KINDS.get(step.action)
    if step.action == "no_op" and step.object_kind == "membership":
        kind = "membership"  # one that stays
    if step.object_kind != kind:
        yield f"object_kind is {kind}", str(step.object_kind)
    if step.access is not None and step.action != "grant":
        yield "no access but in a grant", step.access


def _states(step: Step) -> Iterator[tuple[str, str]]:
    """Before and after: expected and found, where they differ."""
    if step.action == "no_op":  # in whatever state, it stays in it
        if step.before != step.after:
            yield f"after is {step.before}, as before", str(step.after)
        return
    for name in ("before", "after"):
        text = getattr(step, name)
        try:
            said = None if text is None else json.loads(text)
        except (ValueError, RecursionError):
            yield f"{name} is a JSON object", text
            continue
        if step.action == "gate":
            fits = said is None if name == "before" else _awaits(said)
            expected = "nothing" if name == "before" else '{"approval": true} or {"wait_hours": some}'
        else:
            wanted = DOES.get(step.action, (said, said))[name == "after"]
            plain = {key: one for key, one in said.items() if key != "approved_by"} if isinstance(said, dict) else said
            fits, expected = (plain if step.action == "add_member" else said) == wanted, json.dumps(wanted)
        if not fits:
            yield f"{name} is {expected}", str(text)


def _awaits(said: object) -> bool:
    """Whether the state after a gate is an approval or a wait; how long waits must be, `unsoaked` and others say."""
    return said == {"approval": True} or (isinstance(said, dict) and set(said) == {"wait_hours"})


def wait_hours(after: object) -> float:
    """Hours that a gate makes its dependants wait."""
    hours = after.get("wait_hours", 0) if isinstance(after, dict) else 0
    known = isinstance(hours, int | float) and not isinstance(hours, bool) and math.isfinite(hours)
    return float(hours) if known else 0.0


def _later_waves(step: Step, steps: Sequence[Step], order: Order) -> Iterator[Violation]:
    """Steps that a step of an earlier wave depends on."""
    for one in step.depends_on:
        at = order.position.get(one)
        if at is not None and steps[at].wave > step.wave:
            yield Violation(f"no earlier wave than {one}", f"wave {step.wave}", step.step_id)


def too_early(steps: Sequence[Step], order: Order) -> list[Violation]:
    """Gates that say no wait and no approval, and steps dated before what they depend on is over."""
    problems = []
    for step in steps:
        if step.action == "gate":
            problems += [Violation(expected, found, step.step_id) for expected, found in _states(step)]
        for one in step.depends_on:
            before = steps[order.position[one]] if one in order.position else step
            if step.earliest_start is None or before.earliest_start is None:
                continue
            if step.earliest_start < before.earliest_start + timedelta(days=max(0.0, gate_hours(before)) / 24):
                problems.append(Violation(f"starts when {one} is over", f"starts {step.earliest_start}", step.step_id))
    return problems


def gate_hours(step: Step) -> float:
    """Hours that a step makes its dependants wait; 0 for anything but a gate."""
    if step.action != "gate":
        return 0.0
    try:
        return wait_hours(json.loads(step.after or "{}"))
    except (ValueError, RecursionError):
        return 0.0


def _accounts(rows: pl.DataFrame, steps: Sequence[Step]) -> dict[int, str]:
    """Target accounts of each wave, as its steps name them."""
    waves = pl.DataFrame({"step_id": [step.step_id for step in steps], "wave": [step.wave for step in steps]})
    moved = rows.filter(pl.col("action").is_in(sorted(MOVES))).drop_nulls("target").join(waves, on="step_id")
    named = moved.group_by("wave").agg(pl.col("target").str.split("/").list.first().unique().sort().str.join(", "))
    return dict(named.select("wave", "target").iter_rows())


def _places(rows: pl.DataFrame) -> list[Violation]:
    """Datasets that different steps of their move take to different places."""
    moved = rows.filter(pl.col("action").is_in(sorted(MOVES)))
    split = (
        moved.group_by("container")
        .agg(pl.struct("path", "target").n_unique().alias("places"), pl.col("step_id").max())
        .filter(pl.col("places") > 1)
        .sort("container")
    )
    return [
        Violation("one target for all steps of a move", "several", step_id, container=container)
        for container, step_id in split.select("container", "step_id").iter_rows()
    ]


def _unmade(rows: pl.DataFrame, order: Order) -> list[Violation]:
    """Grants and copies that need not wait for the container or the folder that the plan makes for them."""
    place = pl.concat_str("container", pl.col("path").replace("", None), separator="/", ignore_nulls=True)
    made = rows.filter(pl.col("action").is_in(["create_container", "create_folder"])).select(
        place=place, maker="step_id"
    )
    at = pl.when(pl.col("action") == "copy").then("target").otherwise(place)
    used = rows.filter(pl.col("action").is_in(["grant", "copy", "create_folder"]))
    using = pl.concat(
        [
            used.select("step_id", place=at),
            # The container of a folder, too.
            used.filter(pl.col("action") != "copy").select("step_id", place="container"),
        ]
    )
    pairs = (
        using.join(made, on="place").filter(pl.col("step_id") != pl.col("maker")).select("maker", "step_id").unique()
    )
    return [
        Violation(f"comes after {maker}, which makes the place", "it need not", step_id)
        for maker, step_id in pairs.sort(pl.all()).iter_rows()
        if not order.precedes(maker, step_id)
    ]


def unsoaked(steps: Sequence[Step], order: Order, waits: Waits) -> list[Violation]:
    """Deletions without a soak after the cutover, and anything taken away that nobody looked at before."""
    problems = []
    at = {action: [n for n, step in enumerate(steps) if step.action == action] for action in {s.action for s in steps}}
    for deleting in at.get("delete_source", []):
        behind = order.above[deleting]
        cut = [n for n in at.get("cutover", []) if behind >> n & 1]
        soaks = [n for n in at.get("gate", []) if behind >> n & 1 and gate_hours(steps[n]) >= 24 * waits.soak_days]
        step_id = steps[deleting].step_id
        for one in cut:
            if steps[one].wave != steps[deleting].wave:
                continue
            if not any(order.above[n] >> one & 1 for n in soaks):
                found = "there is none"
                problems.append(Violation(f"a soak of {waits.soak_days} days lies after the cutover", found, step_id))
            if not any(order.above[n] >> one & 1 for n in at.get("verify_access", []) if behind >> n & 1):
                problems.append(Violation("access is verified after the cutover", "it is not", step_id))
    looking = sum(1 << n for n in at.get("verify_access", []))
    taking = [*at.get("remove_member", []), *at.get("revoke", [])]
    return problems + [
        Violation("access is verified before", "it is not", steps[n].step_id)
        for n in taking
        if not order.above[n] & looking
    ]
