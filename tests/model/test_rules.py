"""When a membership, an assignment, an approval or a grant counts: the one definition."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from lakezones.model.rules import active_memberships, in_force, is_active, unexpired

NOW = datetime(2026, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "counts"),
    [
        (None, True),
        (NOW + timedelta(microseconds=1), True),
        (NOW, False),
        (NOW - timedelta(microseconds=1), False),
    ],
)
def test_what_ends_at_this_moment_has_ended(end: datetime | None, counts: bool) -> None:
    frame = pl.DataFrame(
        {"state": ["active"], "expires_at": [end]}, schema_overrides={"expires_at": pl.Datetime("us", "UTC")}
    )
    assert frame.select(unexpired(NOW)).item() is counts
    assert frame.select(in_force(NOW)).item() is counts


@pytest.mark.parametrize(
    ("state", "active"),
    [
        (None, True),
        ("", True),
        ("active", True),
        (" Active ", True),
        ("ACTIVE", True),
        ("eligible", False),
        ("x", False),
    ],
)
def test_a_state_is_read_without_regard_to_case(state: str | None, active: bool) -> None:
    assert pl.DataFrame({"state": [state]}, schema={"state": pl.String}).select(is_active()).item() is active


def test_memberships_are_unique_and_in_order() -> None:
    rows = pl.DataFrame(
        {
            "group_id": ["g2", "g1", "g1", "g1", "g1"],
            "member_id": ["a", "b", "b", "c", "d"],
            "state": [None, "Active", None, "eligible", None],
            "expires_at": [None, None, None, None, NOW],
        }
    )
    assert active_memberships(rows, NOW).rows() == [("g1", "b"), ("g2", "a")]
