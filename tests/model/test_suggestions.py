"""What an approval of a suggestion is bound to: role, person, level and every container, and nothing else."""

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.frames import conform
from lakezones.model.suggestions import described


def suggestion(**changes: str) -> pl.DataFrame:
    row = {
        "suggestion_id": "s-1",
        "role_id": "role-1",
        "principal_id": "ann",
        "class_id": "c-1",
        "access": "read",
        "peers": 0.9,
        "kind": "join",
        "used_by_peers": 0.5,
        "reason": "9 of 10 hold it",
    }
    return conform(pl.DataFrame([row | changes]), t.Suggestions)


def classes(*containers: str, class_id: str = "c-1") -> pl.DataFrame:
    return pl.DataFrame({"class_id": [class_id] * len(containers), "container": list(containers)})


def seen(rows: pl.DataFrame, containers: pl.DataFrame) -> str:
    return str(described(rows, containers)["content_hash"][0])


@pytest.mark.parametrize(
    ("rows", "containers"),
    [
        (suggestion(role_id="role-2"), classes("t1", "t2")),
        (suggestion(principal_id="bob"), classes("t1", "t2")),
        (suggestion(access="write"), classes("t1", "t2")),
        (suggestion(), classes("t1", "t2", "t3")),
        (suggestion(), classes("t1")),
        (suggestion(), classes("t1", "t3")),
        (suggestion(), classes('t1", "t2')),
    ],
    ids=["role", "person", "level", "more", "fewer", "others", "names that look like two"],
)
def test_another_content_is_another_hash(rows: pl.DataFrame, containers: pl.DataFrame) -> None:
    assert seen(rows, containers) != seen(suggestion(), classes("t1", "t2"))


def test_evidence_and_order_are_no_content() -> None:
    plain = seen(suggestion(), classes("t1", "t2"))
    assert seen(suggestion(reason="8 of 10 hold it"), classes("t2", "t1")) == plain
    assert seen(suggestion(class_id="c-2"), classes("t1", "t2", class_id="c-2")) == plain


def test_level_and_size() -> None:
    rows = pl.concat([suggestion(), suggestion(suggestion_id="s-2", access="manage", class_id="c-2")])
    found = described(
        rows, pl.concat([classes("t1", "t2"), classes("u", class_id="c-2"), classes("v", class_id="c-3")])
    )
    assert found.select("suggestion_id", "level", "containers").rows() == [("s-1", 1, 2), ("s-2", 7, 1)]
    assert described(rows.clear(), classes("t1")).height == 0
