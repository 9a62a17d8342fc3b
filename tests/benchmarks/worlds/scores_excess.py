"""What is held that nobody needs or uses: today, as proposed, with suggestions, with usage-fitted variants approved.

In: a `Lake`. Out: a row per world, in shares of what is held today. A person, a container and a level weigh 3 where the
container is restricted, else 1. Need is the planted truth, use the log; without a log nothing is said of use.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from tests.benchmarks.worlds.lake import Lake
from tests.benchmarks.worlds.rolesets import Held, given, proposed

RESTRICTED = 3
LEFT_OVER = pl.col("reason").str.contains("(?i)left[ -]?over")
"""Residual access that a reviewer is told to be from a former job."""
Row = dict[str, object]
Cells = dict[str, int]
Weights = Mapping[str, int]
Place = tuple[str, str]
"""Person and class."""


@dataclass(frozen=True)
class State:
    """What people hold: cells, and the people and classes of which only the containers that somebody used are left."""

    cells: Cells
    fitted: frozenset[Place] = field(default_factory=frozenset)


def score(lake: Lake) -> list[Row]:
    """Figures of one world.

    Returns
    -------
    dict
        Of what is held today, the share that its holder does not need (``idle_*``), that its holder did not use
        (``unused_*``) and whose container nobody used (``nobody_*``): ``today``, ``proposed``, ``suggested``,
        ``fitted``, and ``decided``, when what is said to be left over is taken away as well; ``days`` of the log,
        ``offered`` roles with a variant that may be approved, ``cut`` share of pairs used in the 150 days after that
        these variants take away.
    """
    held = Held.of(lake)
    directory = lake.world.facts.table("principals")
    people = set(directory.filter(pl.col("kind").cast(pl.String).fill_null("user") == "user")["principal_id"])
    today = {p: cells for p, cells in held.held.items() if p in people}
    states = {"today": State(today), **after(lake, held, today)}
    dropped = set(lake.roles.excess["container"])
    sizes, spared = weigh(lake), weigh(lake, dropped)
    needs, used, touched = _cells_needed(lake, held), _used(lake), _touched(lake)
    total = weight(State(today), held, sizes, spared)
    reading = weight(State(today), held, sizes, spared, levels=False)
    figures: Row = {
        f"idle_{name}": weight(_without(state, needs), held, sizes, spared) / max(1, total)
        for name, state in states.items()
    }
    for name, state in states.items():
        read = weight(state, held, sizes, spared, levels=False)
        figures[f"unused_{name}"] = "" if used is None else (read - _sum_used(state, used, held)) / max(1, reading)
    for name, state in states.items():
        idle = weight(state, held, touched, spared, levels=False) if used is not None else 0
        figures[f"nobody_{name}"] = "" if used is None else idle / max(1, reading)
    later = lake.world.truth.used_later.join(lake.access.container_classes, on="container")
    rows = later.select("principal_id", "class_id", "container").iter_rows()
    cut = [
        not _reads(states["fitted"].cells, held, p, k) or ((p, k) in states["fitted"].fitted and c in dropped)
        for p, k, c in rows
        if _reads(today, held, p, k)
    ]
    return [
        {
            **figures,
            "days": _days(lake),
            "roles": lake.roles.roles.height,
            "offered": int(lake.roles.role_variants["offered"].sum()),
            "_one": 1,
            "later": len(cut),
            "cut": sum(cut) / len(cut) if cut else 0.0,
        }
    ]


def after(lake: Lake, held: Held, today: Cells) -> dict[str, State]:
    """What people hold as proposed, with suggestions, and with fitted variants instead of their roles."""
    drop: Cells = defaultdict(int)
    rows = lake.roles.residual_classes.filter((pl.col("kind").cast(pl.String) == "drop") & (pl.col("lane") == "data"))
    for class_id, person, level in rows.select("class_id", "principal_id", "level").iter_rows():
        drop[person] |= int(level) << held.position[class_id]
    kept = {p: cells & ~drop[p] for p, cells in today.items()}
    new = given(proposed(lake, held), after=True)
    whole: Cells = defaultdict(int)
    slim: Cells = defaultdict(int)
    content: Cells = defaultdict(int)
    classes: dict[str, set[str]] = defaultdict(set)
    for role, class_id, level in lake.roles.role_classes.iter_rows():
        content[role] |= int(level) << held.position[class_id]
        classes[role].add(class_id)
    fitted, less = variants(lake, held)
    beside = lake.roles.residual_classes.filter((pl.col("kind").cast(pl.String) == "keep") & (pl.col("lane") == "data"))
    loose = set(beside.select("principal_id", "class_id").iter_rows())
    tight: set[Place] = set()
    for role, person in lake.roles.role_members.iter_rows():
        whole[person] |= content[role]
        slim[person] |= fitted.get(role, content[role])
        tight |= {(person, class_id) for class_id in less.get(role, ())}
        loose |= {(person, class_id) for class_id in classes[role] - less.get(role, set())}
    old: Cells = defaultdict(int)
    for class_id, person, level in beside.filter(LEFT_OVER).select("class_id", "principal_id", "level").iter_rows():
        old[person] |= int(level) << held.position[class_id]
    fit = State({p: cells & ~(whole[p] & ~slim[p]) for p, cells in kept.items()}, frozenset(tight - loose))
    return {
        "proposed": State(kept),
        "suggested": State({p: cells | new.get(p, 0) for p, cells in kept.items()}),
        "fitted": fit,
        "decided": State({p: cells & ~old[p] for p, cells in fit.cells.items()}, fit.fitted),
    }


def variants(lake: Lake, held: Held) -> tuple[dict[str, int], dict[str, set[str]]]:
    """Cells of each variant that may be approved, and the classes of which it leaves out containers nobody used."""
    offered = lake.roles.role_variants.filter("offered")["role_id"].to_list()
    cells: dict[str, int] = dict.fromkeys(offered, 0)
    less: dict[str, set[str]] = {role: set() for role in offered}
    rows = lake.roles.variant_classes.select("role_id", "class_id", "level", "containers_dropped")
    for role, class_id, level, dropped in rows.iter_rows():
        if role in cells:
            cells[role] |= int(level) << held.position[class_id]
            if dropped:
                less[role].add(class_id)
    return cells, less


def weigh(lake: Lake, only: set[str] | None = None) -> Weights:
    """Weight of the containers of each class, or of some of them: restricted ones thrice."""
    weights: Counter[str] = Counter()
    for container, class_id in lake.access.container_classes.select("container", "class_id").iter_rows():
        if only is None or container in only:
            weights[class_id] += RESTRICTED if container in lake.restricted else 1
    return weights


def weight(state: State, held: Held, sizes: Weights, spared: Weights, *, levels: bool = True) -> int:
    """Weight of what is held, level by level or once per person and container.

    What a variant leaves out of a class, `spared`, is not held by those it is fitted to; it is a part of `sizes`.
    """
    total = 0
    for person, cells in state.cells.items():
        for class_id, offset in held.position.items() if cells else ():
            if bits := cells >> offset & 7:
                size = sizes.get(class_id, 0) - (spared.get(class_id, 0) if (person, class_id) in state.fitted else 0)
                total += size * (bits.bit_count() if levels else 1)
    return total


def _without(state: State, needs: Cells) -> State:
    return State({p: cells & ~needs.get(p, 0) for p, cells in state.cells.items()}, state.fitted)


def _sum_used(state: State, used: Mapping[Place, int], held: Held) -> int:
    """Weight of what is held and was used by its holder; no variant leaves out what anybody used."""
    return sum(size for (p, k), size in used.items() if state.cells.get(p, 0) >> held.position[k] & 7)


def _reads(cells: Cells, held: Held, person: str, class_id: str) -> bool:
    return bool(cells.get(person, 0) >> held.position[class_id] & 1)


def _cells_needed(lake: Lake, held: Held) -> Cells:
    wanted: dict[str, list[str]] = defaultdict(list)
    for person, entitlement in lake.world.truth.needed.select("principal_id", "entitlement").iter_rows():
        wanted[person].append(entitlement)
    return {person: held.cells(found) for person, found in wanted.items()}


def _used(lake: Lake) -> dict[Place, int] | None:
    """Weight of the containers of each class that each person used; None without a log."""
    if lake.world.facts.usage is None:
        return None
    rows = lake.world.facts.usage.select("principal_id", "container").unique()
    used: Counter[Place] = Counter()
    for person, container, class_id in rows.join(lake.access.container_classes, on="container").iter_rows():
        used[person, class_id] += RESTRICTED if container in lake.restricted else 1
    return dict(used)


def _touched(lake: Lake) -> Weights:
    """Weight of the containers of each class that nobody used."""
    used = set(lake.world.facts.table("usage")["container"])
    return weigh(lake, set(lake.access.container_classes["container"]) - used)


def _days(lake: Lake) -> int:
    """Days from the first use in the log to the day of the snapshot."""
    times = None if lake.world.facts.usage is None else lake.world.facts.usage["last_used"].drop_nulls()
    first = None if times is None else times.min()
    return (lake.world.facts.as_of - first).days if isinstance(first, datetime) else 0
