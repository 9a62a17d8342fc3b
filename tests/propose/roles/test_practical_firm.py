"""A generated Firm of some size, held to what was planted in it; its jobs are flat and overlap."""

import pytest

from lakezones.propose.roles.stage import RolesResult
from tests.benchmarks.firm_roles import Lake, lake, needed, propose

SIZES = {"people": 150, "jobs": 22, "teams": 12, "entitlements": 140, "per_job": 8}
ROLES = 50


@pytest.fixture(scope="module")
def firm() -> Lake:
    return lake(7101, size="medium", **SIZES)


@pytest.fixture(scope="module")
def layered(firm: Lake) -> RolesResult:
    return propose(firm)


def test_most_suggestions_are_needed(firm: Lake, layered: RolesResult) -> None:
    count, right = needed(firm, layered)
    assert count >= 20
    assert right >= 0.9 * count
    assert layered.summary["coverage"] < layered.summary["coverage_if_approved"]
    # A role with suggestions lies inside the job that they make of it: nobody has to leave it.
    held = set(firm.access.class_access.select("principal_id", "class_id").iter_rows())
    suggested = layered.suggestions.select("role_id", "principal_id", "class_id").rows()
    for role in {role for role, _, _ in suggested}:
        people = {p for r, p in layered.role_members.iter_rows() if r == role} | {
            p for r, p, _ in suggested if r == role
        }
        classes = {c for r, c, _ in layered.role_classes.iter_rows() if r == role} | {
            c for r, _, c in suggested if r == role
        }
        lacking = {(p, c) for p in people for c in classes} - held
        assert lacking <= {(p, c) for r, p, c in suggested if r == role}


def test_without_a_number_of_roles_none_is_transitional(layered: RolesResult) -> None:
    assert not layered.roles["layer"].cast(str).eq("transitional").any()
    assert layered.summary["new_access"] == 0


def test_transitional_roles_fill_up_what_a_number_of_roles_allows(firm: Lake, layered: RolesResult) -> None:
    result = propose(firm, max_roles=ROLES)
    assert result.roles.height == ROLES
    assert (result.roles["members"] >= 3).all()
    assert result.summary["coverage"] > layered.summary["coverage"]
    assert result.summary["roles_recognised"] + result.summary["roles_transitional"] == ROLES
    assert result.summary["coverage_recognised"] <= result.summary["coverage"]
    assert result.summary["new_access"] == 0
