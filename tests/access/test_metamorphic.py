"""What must hold however facts change: allows only add, denies only take, names and row order do not matter."""

import random
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lakezones.access import AccessSettings, resolve
from lakezones.model.frames import Access, frames_of
from tests.access.estates import estate, merge, to_facts
from tests.access.reference_model import Estate

SEEDS = range(4)
Held = dict[tuple[str, str], int]


def draw(seed: int) -> tuple[random.Random, Estate]:
    rnd = random.Random(1000 + seed)
    return rnd, merge([estate(rnd, f"x{i}-", bare=False) for i in range(60)])


def resolved(drawn: Estate) -> Access:
    return resolve(to_facts(drawn), settings=AccessSettings())


def held(access: Access, *, lanes: tuple[str, ...] = ("data", "conditional", "eligible", "control")) -> Held:
    """(container, principal) to the union of levels over lanes."""
    pairs = access.class_access.filter(pl.col("lane").cast(pl.String).is_in(lanes)).join(
        access.container_classes, on="class_id"
    )
    united = pairs.group_by("container", "principal_id").agg(pl.col("level").bitwise_or())
    return {(c, p): level for c, p, level in united.iter_rows()}


def within(small: Held, large: Held) -> bool:
    return all(level & ~large.get(key, 0) == 0 for key, level in small.items())


def more(rnd: random.Random, drawn: Estate, table: str, rows: list[dict[str, Any]]) -> Estate:
    tables = {**drawn.tables, table: [*drawn.rows(table), *rows]}
    return Estate(tables, drawn.conditions, drawn.roles, drawn.as_of)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_allow_never_removes(seed: int) -> None:
    rnd, drawn = draw(seed)
    before = resolved(drawn)
    rows = rnd.sample([r for r in drawn.rows("role_assignments") if r["effect"] != "deny"], 15)
    allowed = [{**r, "principal_id": r["principal_id"][:-1] + "3", "condition": None, "expires_at": None} for r in rows]
    after = resolved(more(rnd, drawn, "role_assignments", allowed))
    assert within(held(before), held(after))
    # Firm access stays firm, whatever the new grant is.
    assert within(held(before, lanes=("data",)), held(after, lanes=("data",)))
    assert held(before) != held(after)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_membership_never_removes(seed: int) -> None:
    """Without denies: a new group can bring one along."""
    rnd, drawn = draw(seed)
    without = Estate(
        {**drawn.tables, "role_assignments": [r for r in drawn.rows("role_assignments") if r["effect"] != "deny"]},
        drawn.conditions,
        drawn.roles,
        drawn.as_of,
    )
    before = held(resolved(without))
    joins = [
        {"group_id": f"x{i}-g{rnd.randint(0, 3)}", "member_id": f"x{i}-p{rnd.randint(0, 3)}", "state": "active"}
        for i in range(60)
    ]
    after = held(resolved(more(rnd, without, "memberships", joins)))
    # A group that nobody called one until now had access of its own, which now passes to its members.
    assert within({key: level for key, level in before.items() if "-p" in key[1]}, after)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deny_never_adds(seed: int) -> None:
    rnd, drawn = draw(seed)
    before = resolved(drawn)
    rows = rnd.sample(drawn.rows("role_assignments"), 40)
    denied = [
        {**r, "effect": "deny", "state": "active", "expires_at": None, "role": "Storage Blob Data Reader"} for r in rows
    ]
    after = resolved(more(rnd, drawn, "role_assignments", denied))
    assert within(held(after), held(before))
    assert within(held(after, lanes=("data",)), held(before, lanes=("data",)))
    assert held(before) != held(after)


@pytest.mark.parametrize("seed", SEEDS)
def test_row_order_changes_nothing(seed: int) -> None:
    rnd, drawn = draw(seed)
    shuffled = {}
    for name, rows in drawn.tables.items():
        shuffled[name] = rnd.sample(rows, len(rows)) if rows is not None else None
    one = resolved(drawn)
    other = resolved(Estate(shuffled, drawn.conditions, drawn.roles, drawn.as_of))
    for name, frame in frames_of(one).items():
        assert_frame_equal(frame, frames_of(other)[name])
    assert one.summary == other.summary


@pytest.mark.parametrize("seed", SEEDS)
def test_renaming_people_renames_people(seed: int) -> None:
    _, drawn = draw(seed)

    def renamed(value: Any) -> Any:
        if isinstance(value, str):
            for i in range(4):
                value = value.replace(f"-p{i}", f"-q{3 - i}")
        return value

    tables = {
        name: [{key: renamed(value) for key, value in row.items()} for row in rows] if rows is not None else None
        for name, rows in drawn.tables.items()
    }
    other = held(resolved(Estate(tables, drawn.conditions, drawn.roles, drawn.as_of)))
    assert {(c, renamed(p)): level for (c, p), level in held(resolved(drawn)).items()} == other


def test_class_ids_come_from_content() -> None:
    """The same grants make the same class id in another estate, whatever else is in it."""
    _, drawn = draw(0)
    one = resolved(drawn).container_classes
    few = {
        name: [r for r in rows if not any(str(v).startswith(("x3-", "/subscriptions/x3-")) for v in r.values())]
        for name, rows in drawn.tables.items()
        if rows is not None
    }
    other = resolved(Estate({**drawn.tables, **few}, drawn.conditions, drawn.roles, drawn.as_of)).container_classes
    kept = one.filter(~pl.col("container").str.starts_with("x3-"))
    assert_frame_equal(kept, other)
