"""Ids of roles are carried over from a reviewed proposal at half the overlap or more, and never below."""

import polars as pl
import pytest

from lakezones.propose.roles.carry import Earlier, identities, overlap
from lakezones.propose.roles.names import role_id

Found = tuple[set[str], dict[str, int]]


def earlier(roles: dict[str, Found]) -> Earlier:
    members = [(name, person) for name, (people, _) in roles.items() for person in sorted(people)]
    classes = [(name, class_id, level) for name, (_, content) in roles.items() for class_id, level in content.items()]
    return Earlier(
        role_members=pl.DataFrame(members, schema=["role_id", "principal_id"], orient="row"),
        role_classes=pl.DataFrame(
            classes, schema={"role_id": pl.String, "class_id": pl.String, "level": pl.UInt8}, orient="row"
        ),
    )


def people(count: int, start: int = 0) -> set[str]:
    return {f"p{i:02}" for i in range(start, start + count)}


@pytest.mark.parametrize(
    ("kept", "joined", "share", "carried"),
    [
        (20, 0, 1.0, True),
        (10, 0, 0.5, True),
        (15, 10, 0.5, True),
        (9, 0, 0.45, False),
        (15, 11, 15 / 31, False),
        (1, 0, 0.05, False),
        (0, 20, 0.0, False),
    ],
)
def test_an_id_needs_half_of_the_cells(kept: int, joined: int, share: float, carried: bool) -> None:
    before: Found = (people(20), {"c-1": 1})
    now: Found = (people(kept) | people(joined, start=50), {"c-1": 1})
    assert overlap(now, before) == pytest.approx(share)
    assert identities([now], earlier({"reviewed": before})) == ["reviewed" if carried else role_id({"c-1": 1})]


@pytest.mark.parametrize(("classes", "carried"), [(10, True), (9, False), (1, False)])
def test_content_counts_as_members_do(classes: int, carried: bool) -> None:
    content = {f"c-{i}": 1 for i in range(20)}
    part = dict.fromkeys(list(content)[:classes], 1)
    found = identities([(people(3), part)], earlier({"reviewed": (people(3), content)}))
    assert (found == ["reviewed"]) is carried


def test_the_best_overlap_takes_the_id_and_no_id_is_given_twice() -> None:
    before: Found = (people(10), {"c-1": 1})
    near, nearer = (people(7), {"c-1": 1}), (people(9), {"c-1": 1})
    found = identities([near, nearer], earlier({"reviewed": before}))
    assert found[1] == "reviewed"
    assert found[0] == role_id({"c-1": 1})
    assert len(set(identities([near, nearer], None))) == 2


def test_a_new_role_does_not_take_the_id_of_a_reviewed_one() -> None:
    content = {"c-1": 1}
    found = identities([(people(1), content)], earlier({role_id(content): (people(20), content)}))
    assert found != [role_id(content)]
