"""What is held that nobody needs or uses: today, as proposed, with suggestions, with usage-fitted variants approved.

In: a `Lake`. Out: a row per world. A pair of person and container at a level weighs 3 where the container is
restricted, else 1. Need is the planted truth, use the log; without a log nothing is said of use.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

import polars as pl

from tests.benchmarks.worlds.lake import Lake
from tests.benchmarks.worlds.rolesets import Held, given, proposed

RESTRICTED = 3
Row = dict[str, object]
Cells = dict[str, int]


def score(lake: Lake) -> list[Row]:
    """Figures of one world.

    Returns
    -------
    dict
        ``idle_*`` share of what is held that nobody needs, ``unused_*`` share that the holder did not use in the log:
        ``today``, ``proposed``, ``suggested``, ``fitted``; ``days`` of the log, ``offered`` roles with a variant that
        may be approved; ``cut`` share of pairs used in the 150 days after that these variants take away.
    """
    held = Held.of(lake)
    weights = weigh(lake)
    directory = lake.world.facts.table("principals")
    people = set(directory.filter(pl.col("kind").cast(pl.String).fill_null("user") == "user")["principal_id"])
    today = {p: cells for p, cells in held.held.items() if p in people}
    states = {"today": today, **after(lake, held, today)}
    needs = _cells_needed(lake, held)
    used = _used(lake)
    later = lake.world.truth.used_later.join(lake.access.container_classes, on="container")
    pairs = later.select("principal_id", "class_id").iter_rows()
    gone = [not _holds(states["fitted"], held, p, c) for p, c in pairs if _holds(today, held, p, c)]
    return [
        {
            **{f"idle_{name}": idle(state, needs, held, weights) for name, state in states.items()},
            **{
                f"unused_{name}": "" if used is None else unused(state, used, held, weights)
                for name, state in states.items()
            },
            "days": _days(lake),
            "roles": lake.roles.roles.height,
            "offered": len(variants(lake, held)),
            "_one": 1,
            "later": len(gone),
            "cut": sum(gone) / len(gone) if gone else 0.0,
        }
    ]


def variants(lake: Lake, held: Held) -> dict[str, int]:
    """Cells of the usage-fitted variant of each role that has one which may be approved."""
    table, content = getattr(lake.roles, "role_variants", None), getattr(lake.roles, "variant_classes", None)
    if table is None or content is None:
        return {}
    offered = table.filter("offered")["role_id"].to_list()
    cells: dict[str, int] = dict.fromkeys(offered, 0)
    for role, class_id, level in content.select("role_id", "class_id", "level").iter_rows():
        if role in cells:
            cells[role] |= int(level) << held.position[class_id]
    return cells


def after(lake: Lake, held: Held, today: Cells) -> dict[str, Cells]:
    """What people hold as proposed, with suggestions, and with fitted variants instead of their roles."""
    drop: Cells = defaultdict(int)
    rows = lake.roles.residual_classes.filter((pl.col("kind").cast(pl.String) == "drop") & (pl.col("lane") == "data"))
    for class_id, person, level in rows.select("class_id", "principal_id", "level").iter_rows():
        drop[person] |= int(level) << held.position[class_id]
    kept = {p: cells & ~drop[p] for p, cells in today.items()}
    new = given(proposed(lake, held), after=True)
    fitted = variants(lake, held)
    whole: Cells = defaultdict(int)
    slim: Cells = defaultdict(int)
    content: Cells = defaultdict(int)
    for role, class_id, level in lake.roles.role_classes.iter_rows():
        content[role] |= int(level) << held.position[class_id]
    for role, person in lake.roles.role_members.iter_rows():
        whole[person] |= content[role]
        slim[person] |= fitted.get(role, content[role])
    return {
        "proposed": kept,
        "suggested": {p: cells | new.get(p, 0) for p, cells in kept.items()},
        "fitted": {p: cells & ~(whole[p] & ~slim[p]) for p, cells in kept.items()},
    }


def weigh(lake: Lake) -> dict[str, int]:
    """Weight of each class: its containers, restricted ones thrice."""
    weights: Counter[str] = Counter()
    for container, class_id in lake.access.container_classes.select("container", "class_id").iter_rows():
        weights[class_id] += RESTRICTED if container in lake.restricted else 1
    return dict(weights)


def idle(state: Cells, needs: Cells, held: Held, weights: Mapping[str, int]) -> float:
    """Share of what is held that nobody needs."""
    total = beyond = 0
    for person, cells in state.items():
        total += _weight(cells, held, weights)
        beyond += _weight(cells & ~needs.get(person, 0), held, weights)
    return beyond / total if total else 0.0


def unused(state: Cells, used: Mapping[tuple[str, str], int], held: Held, weights: Mapping[str, int]) -> float:
    """Share of what is held, at any level, that its holder did not use."""
    total = idle_weight = 0
    for person, cells in state.items():
        for class_id, offset in held.position.items():
            if cells >> offset & 7:
                total += weights[class_id]
                idle_weight += weights[class_id] - used.get((person, class_id), 0)
    return idle_weight / total if total else 0.0


def _weight(cells: int, held: Held, weights: Mapping[str, int]) -> int:
    return sum((cells >> offset & 7).bit_count() * weights[c] for c, offset in held.position.items()) if cells else 0


def _holds(state: Cells, held: Held, person: str, class_id: str) -> bool:
    return bool(state.get(person, 0) >> held.position[class_id] & 1)


def _cells_needed(lake: Lake, held: Held) -> Cells:
    wanted: dict[str, list[str]] = defaultdict(list)
    for person, entitlement in lake.world.truth.needed.select("principal_id", "entitlement").iter_rows():
        wanted[person].append(entitlement)
    return {person: held.cells(found) for person, found in wanted.items()}


def _used(lake: Lake) -> dict[tuple[str, str], int] | None:
    """Weight of the containers of each class that each person used; None without a log."""
    if lake.world.facts.usage is None:
        return None
    rows = lake.world.facts.usage.select("principal_id", "container").unique()
    used: Counter[tuple[str, str]] = Counter()
    for person, container, class_id in rows.join(lake.access.container_classes, on="container").iter_rows():
        used[person, class_id] += RESTRICTED if container in lake.restricted else 1
    return dict(used)


def _days(lake: Lake) -> int:
    """Days from the first use in the log to the day of the snapshot."""
    times = None if lake.world.facts.usage is None else lake.world.facts.usage["last_used"].drop_nulls()
    first = None if times is None else times.min()
    return (lake.world.facts.as_of - first).days if isinstance(first, datetime) else 0
