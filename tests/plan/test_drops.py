"""What a policy drops goes where it can; where it cannot the plan says so, and its proof holds all the same."""

from dataclasses import replace

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.frames import Facts, Plan
from lakezones.model.policies import DropRule, PoliciesSettings
from lakezones.review.binding import content, hashes
from tests import decided, golden
from tests.plan.journeys import Journey, golden_journey, journey
from tests.plan.test_approve import verdicts
from tests.verify.test_mutations import failed, step_of, without

SCOPE = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/lake"
READER = "Storage Blob Data Reader"
LEAVERS = PoliciesSettings(drop=[DropRule(name="leavers", when="disabled", reason="they left")])
SYNCED = "a group gives it whose members a rule or Active Directory decides: take the person out there"
MIXED = "a membership gives it that also gives what is not dropped"
WIDE = "an assignment above the container gives it"
TOGETHER = "entries of several ACLs give it only together: take the entries away by hand"


def lake() -> Journey:
    """Lou has left: in a plain group, a synced one, and one that also gives conditional access; and under a wide one.

    Ann and bob hold the same and have not left.
    """
    people = ["ann", "bob", "lou"]
    groups = {"g-plain": "one", "g-synced": "two", "g-mixed": "three"}
    directory = [(person, "user", person != "lou", None) for person in people]
    directory += [(group, "group", True, "ad_sync" if group == "g-synced" else "entra") for group in [*groups, "g-all"]]
    on = {group: f"{SCOPE}/blobServices/default/containers/{place}" for group, place in groups.items()}
    assigned = [(group, READER, where, None) for group, where in on.items()]
    assigned.append(
        ("g-mixed", READER, f"{SCOPE}/blobServices/default/containers/five", "@Request[x] StringEquals 'y'")
    )
    assigned.append(("g-all", READER, SCOPE, None))
    assigned.append(("lou", READER, f"{SCOPE}/blobServices/default/containers/four", None))
    members = [(group, person) for group in groups for person in people] + [("g-all", "lou")]
    tables = {
        "principals": (["principal_id", "kind", "enabled", "managed_by"], directory),
        "memberships": (["group_id", "member_id"], members),
        "accounts": (["account", "subscription_id", "hns"], [("lake", "s", True)]),
        "containers": (["container", "account"], [(name, "lake") for name in ("one", "two", "three", "four", "five")]),
        "role_assignments": (["principal_id", "role", "scope", "condition"], assigned),
        "acls": (["container", "acl"], []),
    }
    facts = Facts.of(
        {name: pl.DataFrame(rows, schema=columns, orient="row") for name, (columns, rows) in tables.items()},
        as_of=golden.AS_OF,
    )
    zones = facts.table("containers").select("container", zone=pl.lit("raw"), domain=pl.lit("d"))
    return journey(facts, zones, policies=LEAVERS, min_members=2)


def blocked(plan: Plan) -> set[tuple[str, str, str]]:
    """Person, container and reason of what the plan says it leaves."""
    rows = plan.items.join(plan.steps.filter(action="no_op").select("step_id", "check"), on="step_id")
    return {
        (who, where, why.partition("stays: ")[2])
        for who, where, why in rows.select("principal_id", "container", "check").rows()
    }


def test_a_drop_that_cannot_be_carried_out_is_a_row_with_its_reason() -> None:
    found = lake()
    plan = found.plan()
    assert blocked(plan) >= {("lou", "two", WIDE), ("lou", "three", WIDE)}
    gone = plan.items.join(plan.steps.filter(action="remove_member"), on="step_id", how="semi")
    assert "g-plain" in set(gone.filter(principal_id="lou")["group"])
    assert found.prove(plan).holds


def without_the_wide(found: Journey) -> Journey:
    facts = replace(
        found.facts,
        role_assignments=found.facts.table("role_assignments").filter(pl.col("principal_id") != "g-all"),
    )
    zones = facts.table("containers").select("container", zone=pl.lit("raw"), domain=pl.lit("d"))
    return journey(facts, zones, policies=LEAVERS, min_members=2)


def staying(found: Journey) -> Journey:
    """The same with a layout that moves nothing."""
    where = [pl.lit(None, pl.String).alias(name) for name in ("target_account", "target_container")]
    layout = found.proposal.layout.with_columns(where)
    return replace(found, proposal=replace(found.proposal, layout=t.Layout.cast(layout)))


@pytest.mark.parametrize("moving", [True, False])
def test_exactly_what_is_left_is_said(moving: bool) -> None:
    found = without_the_wide(lake()) if moving else staying(without_the_wide(lake()))
    plan = found.plan()
    # What moves leaves behind what its target does not give.
    expected = set() if moving else {("lou", "two", SYNCED), ("lou", "three", MIXED)}
    assert blocked(plan) == expected
    assert plan.summary["drops_blocked"] == len(expected)
    assert plan.summary["drops_blocked_by_reason"] == {why: 1 for _, _, why in expected}
    proof = found.prove(plan)
    assert proof.holds
    [end] = [claim for claim in proof.claims if claim["id"] == "end-state"]
    assert end["checked"].endswith("2 drops not carried out, as the plan says") == (not moving)


def test_a_drop_that_nobody_decided_on_is_not_carried_out() -> None:
    found = without_the_wide(lake())
    decisions = verdicts(found, dict.fromkeys(found.proposal.roles["role_id"], "deny"))
    plan = found.plan(decisions)
    assert plan.items.is_empty()
    assert plan.summary["drops_blocked"] == 0
    assert found.prove(plan, decisions).holds
    assert "end-state" in failed(found.prove(found.plan(), decisions))


def test_a_drop_that_is_neither_carried_out_nor_said_to_be_left_fails() -> None:
    found = staying(without_the_wide(lake()))
    plan = found.plan()
    unsaid = without(plan, (pl.col("step_id") == step_of(plan, "no_op")) & (pl.col("principal_id") == "lou"))
    assert "end-state" in failed(found.prove(unsaid))
    undone = without(plan, (pl.col("group") == "g-plain") & (pl.col("principal_id") == "lou"))
    assert "end-state" in failed(found.prove(undone))


@pytest.mark.parametrize("when", ["disabled", "unknown_principal", "unused"])
def test_each_rule_alone_is_proven_on_the_golden_lake(when: str) -> None:
    rule = DropRule(name="x", when=when, reason="said so", days=30 if when == "unused" else None)
    tiny = golden_journey(PoliciesSettings(drop=[rule]))
    assert tiny.proposal.residual_classes.filter(kind="drop").height > 0
    plan = tiny.plan()
    assert tiny.prove(plan).holds
    assert plan.summary["drops_blocked"] == sum(plan.summary["drops_blocked_by_reason"].values())


def test_what_entries_give_only_together_stays_and_is_said() -> None:
    """One group lets lou into the folder and another read the file in it, and reviewers revoke that."""
    opening, reading = "user::rwx,group::---,group:g:--x,mask::rwx,other::---", "user::rw-,group::---,group:h:r--"
    tables = {
        "principals": (
            ["principal_id", "kind", "enabled"],
            [("lou", "user", False), ("g", "group", True), ("h", "group", True)],
        ),
        "memberships": (["group_id", "member_id"], [("g", "lou"), ("h", "lou")]),
        "accounts": (["account", "subscription_id", "hns"], [("lake", "s", True)]),
        "containers": (["container", "account"], [("one", "lake")]),
        "role_assignments": (["principal_id", "role", "scope"], []),
        "acls": (
            ["container", "path", "acl"],
            [("one", "/", opening), ("one", "f", f"{reading},mask::rwx,other::---")],
        ),
    }
    facts = Facts.of(
        {name: pl.DataFrame(rows, schema=columns, orient="row") for name, (columns, rows) in tables.items()},
        as_of=golden.AS_OF,
    )
    zones = facts.table("containers").select("container", zone=pl.lit("raw"), domain=pl.lit("d"))
    found = journey(facts, zones, min_members=2)
    now = hashes(content(found.facts, found.access, found.proposal)).filter(object_kind="residual")
    revoked = decided.decisions(
        now.select("object_kind", "object_id", "content_hash").with_columns(
            decision=pl.lit("revoke"), reviewer=pl.lit("sec"), decided_at=golden.AS_OF, effective=golden.AS_OF.date()
        )
    )
    assert revoked.height == 1
    plan = found.plan(revoked)
    assert blocked(plan) == {("lou", "one", TOGETHER)}
    assert found.prove(plan, revoked).holds
