"""Phase B: what each step of a move does, in which order, and where grants go."""

import json
from itertools import pairwise

import polars as pl
import pytest

from lakezones.model.frames import Plan
from tests.plan.journeys import golden_journey, journey
from tests.plan.small import facts

CHANGES: dict[str, list[tuple[object, object]]] = {
    "create_group": [({"exists": False}, {"exists": True})],
    "create_container": [({"exists": False}, {"exists": True})],
    "create_folder": [({"exists": False}, {"exists": True})],
    "grant": [({"granted": False}, {"granted": True})],
    "revoke": [({"granted": True}, {"granted": False})],
    "add_member": [({"member": False}, {"member": True})],
    "remove_member": [({"member": True}, {"member": False})],
    "close_entitlement": [({"requestable": True}, {"requestable": False})],
    "copy": [({"stage": "source"}, {"stage": "copied"})],
    "verify_copy": [({"stage": "copied"}, {"stage": "verified"})],
    "copy_delta": [({"stage": "verified"}, {"stage": "copied"})],
    "freeze_source": [({"stage": "writable"}, {"stage": "frozen"})],
    "cutover": [({"stage": "source"}, {"stage": "target"})],
    "unfreeze": [({"stage": "frozen"}, {"stage": "writable"})],
    "delete_source": [({"stage": "frozen"}, {"stage": "deleted"})],
    "verify_access": [(None, None)],
    "gate": [(None, {"approval": True}), (None, {"wait_hours": 24}), (None, {"wait_hours": 720})],
}
"""Before and after, by action."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return golden_journey().plan()


def test_before_and_after_say_what_a_step_changes(plan: Plan) -> None:
    said: dict[str, list[tuple[object, object]]] = {}
    for action, *both in plan.steps.select("action", "before", "after").unique().iter_rows():
        before, after = (None if text is None else json.loads(text) for text in both)
        said.setdefault(action, []).append((before, after))
    assert {action: sorted(some, key=str) for action, some in said.items()} == CHANGES
    assert plan.steps["rollback"].null_count() == plan.steps["check"].null_count() == 0


def test_a_move_goes_through_its_steps_one_after_another(plan: Plan) -> None:
    steps = plan.steps.filter(wave=4).sort("sequence")
    names = [name for name in steps["step_id"] if name.startswith("w04-b-") and "-grant-" not in name]
    assert [name.removeprefix("w04-b-") for name in names] == [
        "create-zone-containers",
        "create-folders",
        "copy",
        "verify-copy",
        "gate-before-cutover",
        "freeze-sources",
        "copy-delta",
        "verify-delta",
        "cutover",
        "unfreeze-targets",
        "verify-access-at-target",
        "gate-moved",
        "gate-soak",
        "delete-sources",
        "gate-end-of-wave",
    ]
    depends = {name: json.loads(text) for name, text in steps.select("step_id", "depends_on").iter_rows()}
    for before, name in pairwise(names[2:]):
        assert depends[name] == [before]
    grants = [name for name in depends if name.startswith("w04-b-grant-")]
    assert depends["w04-b-copy"] == grants != []
    assert all(depends[name] == ["w04-b-create-folders"] for name in grants)


def test_people_count_where_their_route_changes_and_the_soak_where_nothing_does(plan: Plan) -> None:
    counted = plan.steps.filter(pl.col("people_affected") > 0)["action"].unique().cast(pl.String).sort().to_list()
    assert counted == ["add_member", "cutover", "remove_member", "revoke"]
    nesting = plan.steps.filter(pl.col("step_id").str.contains("-nest-"))
    assert nesting.height > 0
    assert nesting["people_affected"].sum() == 0


def test_a_cutover_concerns_the_people_with_data_access_and_no_services(plan: Plan) -> None:
    lake = golden_journey()
    counted = 0
    for step, people in plan.steps.filter(action="cutover").select("step_id", "people_affected").iter_rows():
        moved = plan.items.filter(step_id=step).select("container").join(lake.access.container_classes, on="container")
        holders = set(
            lake.access.class_access.filter(lane="data").join(moved, on="class_id", how="semi")["principal_id"]
        )
        assert people == len(holders - {"sp-adf"})
        counted += "sp-adf" in holders
    assert counted > 0


def test_only_what_a_resource_group_lacks_is_granted_at_the_source(plan: Plan) -> None:
    created = plan.items.join(plan.steps.filter(action="create_group"), on="step_id", how="semi")["group"]
    granted = plan.items.join(plan.steps.filter(pl.col("step_id").str.contains("-a-grant-")), on="step_id", how="semi")[
        "group"
    ]
    assert granted.len() > 0
    assert set(granted) <= set(created)


def test_assignments_name_their_role_and_acl_entries_none(plan: Plan) -> None:
    roles = plan.steps.filter(action="grant").select("object_kind", "access", "role").unique()
    assert sorted(roles.rows(), key=str) == [
        ("acl_entry", "read", None),
        ("acl_entry", "write", None),
        ("assignment", "read", "Storage Blob Data Reader"),
        ("assignment", "write", "Storage Blob Data Contributor"),
    ]


def test_copies_of_what_nobody_holds_wait_for_their_folders_and_the_gates_before_them() -> None:
    nothing = facts(principals=[{"principal_id": "ana", "kind": "user"}])
    zones = [{"container": name, "zone": "raw", "domain": "sales", "state": None} for name in ("box", "bin")]
    made = journey(nothing, pl.DataFrame(zones, schema_overrides={"state": pl.String}))
    plan = made.plan()
    waits = {step: json.loads(after) for step, after in plan.steps.select("step_id", "depends_on").iter_rows()}
    assert waits["w01-b-copy"] == ["w01-b-create-folders"]
    assert waits["w01-b-create-folders"] == ["w01-b-create-zone-containers"]
    assert waits["w01-b-create-zone-containers"] != []
    assert made.prove(plan).holds
