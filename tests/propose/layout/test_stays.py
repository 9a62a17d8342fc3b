"""What does not move: classes held in other lanes than data, and limits that are met exactly."""

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.frames import Access, conform
from lakezones.model.limits import Limit, LimitsSettings
from lakezones.propose.layout.place import within_assignments
from lakezones.propose.layout.stays import bound_lanes


def access_in(lane: str) -> Access:
    grant = {"class_id": "k", "grantee_id": "g", "lane": lane, "level": 1, "route": "acl", "scope_kind": "container"}
    texts = dict.fromkeys(("scope", "role", "entitlement", "reason"), "") | {"effect": "allow"}
    return Access(
        container_classes=pl.DataFrame({"class_id": ["k"], "container": ["c"]}),
        class_access=pl.DataFrame({"class_id": ["k"], "principal_id": ["ann"], "lane": [lane], "level": [1]}),
        class_grants=conform(pl.DataFrame([grant | texts]), t.ClassGrants),
        entitlement_classes=t.EntitlementClasses.create_empty(),
        requests=t.Requests.create_empty(),
    )


@pytest.mark.parametrize(
    ("lane", "stays"), [("data", False), ("conditional", True), ("eligible", True), ("bearer", True)]
)
def test_a_class_held_in_another_lane_stays(lane: str, stays: bool) -> None:
    assert bound_lanes(access_in(lane)).rows() == ([("c", lane)] if stays else [])


@pytest.mark.parametrize(("there", "enforcement"), [(7, "role_assignment"), (8, "acl")])
def test_a_subscription_is_full_above_its_limit_and_not_at_it(there: int, enforcement: str) -> None:
    layout = pl.DataFrame(
        {
            "subscription_id": ["S1"],
            "target_account": ["lake"],
            "target_container": ["raw"],
            "enforcement": ["role_assignment"],
            "names": [3],
            "apart": [""],
            "hns": [True],
        }
    )
    limits = LimitsSettings(role_assignments_per_subscription=Limit(value=10, hard=True, source="x"))
    assert within_assignments(layout, {"s1": there}, limits=limits)["enforcement"].to_list() == [enforcement]
