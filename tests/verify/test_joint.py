"""Access by ACL entries that give something only together: found, kept by the plan, and proven without its word."""

from dataclasses import replace

import polars as pl
import pytest

from lakezones.plan.steps import Step, from_frame, to_frame
from lakezones.verify.joint import certain_level
from lakezones.verify.rules.acls import paths_of
from tests.plan.journeys import Journey, journey
from tests.plan.small import facts

FOLDER = {"container": "box", "path": "/", "acl": "user::rwx,group::---,group:openers:--x,mask::rwx,other::---"}
FILE = {"container": "box", "path": "f", "acl": "user::rw-,group::---,group:readers:r--,mask::rwx,other::---"}


def lake(*acls: dict[str, str]) -> Journey:
    members = [{"group_id": group, "member_id": "ana"} for group in ("openers", "readers")]
    members += [{"group_id": "readers", "member_id": "ben"}]
    found = facts(
        principals=[{"principal_id": name, "kind": "user"} for name in ("ana", "ben")],
        memberships=members,
        acls=list(acls),
    )
    zones = [{"container": name, "zone": "raw", "domain": "sales", "state": None} for name in ("box", "bin")]
    return journey(found, pl.DataFrame(zones, schema_overrides={"state": pl.String}))


def test_what_two_groups_open_together_is_explained_and_kept() -> None:
    made = lake(FOLDER, FILE)
    assert made.effective() == {("ana", "box"): 1}
    plan = made.plan()
    assert "remove_member" not in plan.steps["action"].cast(pl.String)
    proof = made.prove(plan)
    assert proof.holds, [claim for claim in proof.claims if not claim["holds"]]


@pytest.mark.parametrize("group", ["openers", "readers"])
def test_either_membership_taken_away_is_a_loss(group: str) -> None:
    made = lake(FOLDER, FILE)
    plan = made.plan()
    first, *rest = [step for step in from_frame(plan.steps) if step.wave == 0 or step.wave == 1]
    taken = Step(
        step_id="taken",
        wave=0,
        sequence=1,
        action="remove_member",
        object_kind="membership",
        group=group,
        principal_id="ana",
        depends_on=(first.step_id,),
    )
    proof = made.prove(replace(plan, steps=to_frame([first, taken, *rest])))
    lost = proof.counterexample.filter(claim="no-loss").row(0, named=True)
    assert (lost["step_id"], lost["principal_id"], lost["container"]) == ("taken", "ana", "box")


def test_the_rules_are_those_of_the_vendor() -> None:
    def level(user: str, *groups: str, **more: str) -> int:
        acls = [FOLDER | more, FILE | more]
        paths = paths_of(facts(acls=acls), {"box"})["box"]
        return certain_level(paths, user, frozenset(groups))

    assert level("ana", "openers", "readers") == 1
    assert level("ana", "openers") == level("ana", "readers") == level("ana") == 0
    assert level("ana", owner="ana") == 3
    assert level("ana", "openers", "readers", owner="ana") == 3
    assert level("ana", "openers", "readers", path="elsewhere/f") == 0  # nothing is known of the root
    flat = facts(acls=[FOLDER, FILE], accounts=[{"account": "lake", "hns": False}])
    assert paths_of(flat, {"box"}) == {}
