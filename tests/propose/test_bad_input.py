"""Lakes that lack what one would wish for: a proposal that holds, and says what it could not assess."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import polars as pl
import pytest

from lakezones import Settings, api
from lakezones.model.frames import Access
from lakezones.propose.stage import Proposed
from tests.propose.odd_lakes import CASES, lake

SAYS: Final = {
    "no departments": "no departments in the directory",
    "titles missing": "no titles in the directory",
    "grants only": "no entitlements were given: a request is a class of containers",
    "one person": "1 person with access that can be in roles: a role needs 3",
    "nobody": "nobody has access to data: there is nothing to make roles of",
    "everybody disabled": "24 people with access by a disabled account: in no role",
    "empty principals table": "24 people with access and not in the directory: in no role",
    "no principals table": "the directory was not assessed",
    "no containers table": "entitlements of 12 open no container; without the table containers, patterns match nothing",
    "no entitlement containers": "what 12 entitlements open was not given",
    "some open nothing": "open no container",
    "no usage table": "the table usage was not given",
    "empty usage table": "the table usage has no rows",
    "usage without times": "or is of one day, or has no dates",
    "usage of strangers": "usage shows no person reading this lake",
}
"""What the notes of a case have to say."""


OPTIONS: Final = (
    *({"max_roles": n} for n in (0, 1, 100_000)),
    *({"preset": preset, "max_roles": n} for preset in ("birthright", "exact") for n in (None, 0, 1)),
    {"suggest": False},
)


@cache
def made(case: str, **roles: Any) -> tuple[Access, Proposed]:
    """Access and proposal of a case."""
    facts = api.scan(str(lake(Path(mkdtemp()), case))).facts
    settings = Settings(flags={"roles": roles})
    access = api.access(facts, settings=settings)
    return access, api.propose(facts, access, settings=settings)


def levels(frame: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Bits by class and person."""
    grouped = frame.group_by("class_id", "principal_id").agg(pl.col("level").bitwise_or())
    return {(one, who): bits for one, who, bits in grouped.iter_rows()}


def holds(access: Access, proposed: Proposed) -> None:
    """Roles and residual are the effective access; names are unique and of a directory's characters."""
    proposal = proposed.proposal
    given = proposal.role_classes.join(proposal.role_members, on="role_id")
    rest = proposal.residual_classes.filter(pl.col("lane").cast(pl.String) == "data")
    columns = ["class_id", "principal_id", "level"]
    assert levels(pl.concat([given.select(columns), rest.select(columns)])) == levels(access.data_lane)
    names = [*proposal.roles["name"], *proposal.resource_groups["name"].unique()]
    assert len({name.lower() for name in names}) == len(names)
    assert all(0 < len(name) <= 64 and name.isascii() and name.isprintable() for name in names)
    assert proposal.roles["new_access"].sum() == 0
    assert all(
        purpose.endswith(role_id) for role_id, purpose in proposal.roles.select("role_id", "purpose").iter_rows()
    )


@pytest.mark.parametrize("case", SAYS)
def test_the_proposal_holds_and_says_what_was_not_assessed(case: str) -> None:
    access, proposed = made(case)
    holds(access, proposed)
    assert SAYS[case] in "; ".join(proposed.proposal.summary["roles_notes"])


@pytest.mark.torture
@pytest.mark.parametrize("case", sorted(set(CASES) - set(SAYS)))
def test_the_proposal_holds(case: str) -> None:
    holds(*made(case))


def test_nothing_is_said_of_a_plain_lake() -> None:
    assert made("plain")[1].proposal.summary["roles_notes"] == []


@pytest.mark.parametrize("case", ["usage without times", "usage of one row"])
def test_one_day_of_use_calls_nothing_unused(case: str) -> None:
    proposal = made(case)[1].proposal
    assert proposal.excess.is_empty()
    assert not proposal.roles["evidence"].str.contains(" 0 days").any()
    assert not proposal.residual_classes["reason"].str.contains("not used").any()


@pytest.mark.torture
@pytest.mark.parametrize("case", ["plain", "nobody", "one person", "only write", "everything restricted", "hoarders"])
@pytest.mark.parametrize("roles", OPTIONS, ids=str)
def test_any_number_of_roles_and_preset(case: str, roles: dict[str, Any]) -> None:
    access, proposed = made(case, **roles)
    holds(access, proposed)
    most = roles.get("max_roles")
    # The exact preset gives everything, whatever number of roles that takes.
    assert roles.get("preset") == "exact" or most is None or proposed.proposal.roles.height <= most


def test_hostile_words_stay_out_of_names_and_are_cut_in_purposes() -> None:
    for case in ("hostile departments", "hostile titles", "titles of 300 characters"):
        purposes = made(case)[1].proposal.roles["purpose"]
        assert purposes.str.len_chars().max() <= 400, case  # type: ignore[operator]


def test_two_runs_are_the_same() -> None:
    once, again = (made.__wrapped__("hostile departments")[1].proposal for _ in range(2))
    assert once.roles.equals(again.roles)
    assert once.residual_classes.equals(again.residual_classes)
