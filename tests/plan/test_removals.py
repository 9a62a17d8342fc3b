"""What may go: grants that roles give in full, and that carry nothing else."""

from dataclasses import replace

import polars as pl
import pytest

from lakezones.model.frames import conform
from lakezones.model.tables import ClassGrants
from lakezones.plan.removals import removable_grants
from tests.plan.small import access, facts

READER = {"route": "assignment", "grantee_id": "ana", "lane": "data", "level": 1, "role": "Storage Blob Data Reader"}


def removable(*more: dict[str, object]) -> list[tuple[str, str]]:
    rows = [{"class_id": "c-1", "scope_kind": "container", "effect": "allow", **row} for row in (READER, *more)]
    text = dict.fromkeys(("scope", "role", "entitlement", "reason"), pl.String)
    grants = pl.DataFrame([dict.fromkeys(text, "") | row for row in rows])
    spare = pl.DataFrame({"class_id": ["c-1"], "principal_id": ["ana"], "level": pl.Series([3], dtype=pl.UInt8)})
    found = removable_grants(
        replace(access(), class_grants=conform(grants, ClassGrants)), spare, pl.Series([], dtype=pl.String), facts()
    )
    return found.select("principal_id", "kind").rows()


def test_an_assignment_that_a_role_gives_in_full_goes() -> None:
    assert removable() == [("ana", "assignment")]


@pytest.mark.parametrize("lane", ["control", "eligible", "conditional"])
def test_assignments_stay_where_one_gives_what_no_role_gives(lane: str) -> None:
    assert removable({"route": "assignment", "grantee_id": "ana", "lane": lane, "level": 1, "role": "Owner"}) == []


def test_what_others_hold_on_the_container_does_not_matter() -> None:
    other = {"route": "assignment", "grantee_id": "ben", "lane": "control", "level": 7, "role": "Owner"}
    assert removable(other) == [("ana", "assignment")]
