"""What is held that nobody needs or uses: today, as proposed, with suggestions, with usage-fitted variants approved.

In: a `Lake`. Out: a row per world. A pair of person and container at a level weighs 3 where the container is
restricted, else 1. Need is the planted truth, use the log; without a log nothing is said of use.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

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
        ``idle_*`` what is held that nobody needs, ``nobody_*`` what is held of containers that nobody used at all, both
        as shares of what is held today; ``unused_*`` share of what is held that the holder did not use in the log:
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
    pairs = later.select("principal_id", "container", "class_id").iter_rows()
    lost = left_out(lake)
    cut = set(lost.select("principal_id", "container").iter_rows())
    gone = [
        not _holds(states["fitted"], held, p, c) or (p, box) in cut for p, box, c in pairs if _holds(today, held, p, c)
    ]
    less = {"fitted": _weight_lost(lake, lost)}
    total = sum(_weight(cells, held, weights) for cells in today.values())
    return [
        {
            **{
                f"idle_{name}": idle(state, needs, held, weights, less.get(name, {}), of=total)
                for name, state in states.items()
            },
            **{
                f"unused_{name}": "" if used is None else unused(state, used, held, weights, less.get(name, {}))
                for name, state in states.items()
            },
            **nobody(lake, held, states, lost),
            "days": _days(lake),
            "roles": lake.roles.roles.height,
            "offered": len(variants(lake, held)),
            "_one": 1,
            "later": len(gone),
            "cut": sum(gone) / len(gone) if gone else 0.0,
        }
    ]


def variants(lake: Lake, held: Held) -> dict[str, int]:
    """Cells of the usage-fitted variant of each role that has one which may be approved.

    Classes of which it leaves out every container are among them; these containers are in `left_out`.
    """
    table = lake.roles.role_variants.filter("offered").select("role_id")
    level = {
        (r, c): int(n) for r, c, n in lake.roles.variant_classes.select("role_id", "class_id", "level").iter_rows()
    }
    cells: dict[str, int] = defaultdict(int)
    for role, class_id, whole in lake.roles.role_classes.join(table, on="role_id").iter_rows():
        cells[role] |= level.get((role, class_id), int(whole)) << held.position[class_id]
    return dict(cells)


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


def left_out(lake: Lake) -> pl.DataFrame:
    """Pairs that people lose by the variants of their roles: containers of a class that these leave out.

    Returns
    -------
    DataFrame
        principal_id, class_id, container; without what people hold beside their roles.
    """
    roles, lane = lake.roles, pl.col("lane").cast(pl.String)
    offered = roles.role_variants.filter("offered").select("role_id")
    residual = roles.residual_classes.filter(lane == "data", pl.col("kind").cast(pl.String) == "keep")
    return (
        roles.role_members.join(offered, on="role_id")
        .join(roles.role_classes, on="role_id")
        .join(roles.excess.select("container", "class_id"), on="class_id")
        .join(residual, on=["principal_id", "class_id"], how="anti")
        .select("principal_id", "class_id", "container")
        .unique()
    )


def nobody(lake: Lake, held: Held, states: Mapping[str, Cells], lost: pl.DataFrame) -> Row:
    """What is held of containers that nobody used at all, as a share of what is held today."""
    if lake.world.facts.usage is None:
        return dict.fromkeys((f"nobody_{name}" for name in states), "")
    classes = lake.access.container_classes.join(
        lake.world.facts.usage.select("container").unique(), on="container", how="anti"
    )
    dead: Counter[str] = Counter()
    for box, class_id in classes.select("container", "class_id").iter_rows():
        dead[class_id] += RESTRICTED if box in lake.restricted else 1
    every = weigh(lake)

    def held_of(state: Cells, sizes: Mapping[str, int]) -> int:
        offsets = [(held.position[c], weight) for c, weight in sizes.items()]
        return sum(weight for cells in state.values() for offset, weight in offsets if cells >> offset & 7)

    total = max(1, held_of(states["today"], every))
    less = {
        "fitted": sum(
            _weight_lost(lake, lost.filter(pl.col("container").is_in(classes["container"].implode()))).values()
        )
    }
    return {f"nobody_{name}": (held_of(state, dead) - less.get(name, 0)) / total for name, state in states.items()}


def _weight_lost(lake: Lake, lost: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Weight of the containers lost, by person and class."""
    found: Counter[tuple[str, str]] = Counter()
    for person, class_id, box in lost.select("principal_id", "class_id", "container").iter_rows():
        found[person, class_id] += RESTRICTED if box in lake.restricted else 1
    return dict(found)


def idle(
    state: Cells,
    needs: Cells,
    held: Held,
    weights: Mapping[str, int],
    less: Mapping[tuple[str, str], int] = MappingProxyType({}),
    *,
    of: int | None = None,
) -> float:
    """What is held that nobody needs, as a share of it all, or of `of`; `less` is what is held less, by person."""
    total = beyond = 0
    for person, cells in state.items():
        total += _weight(cells, held, weights)
        beyond += _weight(cells & ~needs.get(person, 0), held, weights)
    for (person, class_id), weight in less.items():
        bits = state.get(person, 0) >> held.position[class_id] & 7
        total -= weight * bits.bit_count()
        beyond -= weight * (bits & ~(needs.get(person, 0) >> held.position[class_id])).bit_count()
    whole = total if of is None else of
    return beyond / whole if whole else 0.0


def unused(
    state: Cells,
    used: Mapping[tuple[str, str], int],
    held: Held,
    weights: Mapping[str, int],
    less: Mapping[tuple[str, str], int] = MappingProxyType({}),
) -> float:
    """Share of what is held, at any level, that its holder did not use; `less` as for `idle`."""
    total = idle_weight = 0
    for person, cells in state.items():
        for class_id, offset in held.position.items():
            if cells >> offset & 7:
                size = weights[class_id] - less.get((person, class_id), 0)
                total += size
                idle_weight += size - used.get((person, class_id), 0)
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
