"""To which account containers move, and that those stay whose account, or whose access there, is not certain."""

from typing import Any

import pytest
from pydantic import ValidationError

from lakezones.propose.layout import LayoutSettings
from tests.plan.mesh import Rows, arm, assigned, causes, mesh, tables

UNKNOWN = "unknown_account"


def grants(*containers: str) -> Rows:
    return [{"principal_id": who, "container": name} for name in containers for who in ("ann", "bob", "cyd")]


def listed(*rows: tuple[str, str | None]) -> dict[str, Rows]:
    """A capture of containers and grants alone."""
    containers = [{"container": name, "account": account} for name, account in rows]
    return {"containers": containers, "grants": grants(*(name for name, _ in rows))}


def test_a_container_that_no_scan_listed_stays_where_it_is() -> None:
    made = listed(("acct1/c1", "acct1"), ("acct2/c2", "acct2"))
    made["grants"] += grants("acct1/c9")
    lake = mesh(made)
    assert causes(lake) == {"acct1/c1": None, "acct1/c9": UNKNOWN, "acct2/c2": None}
    targets = lake.proposal.layout.drop_nulls("target_container").select("target_account", "target_container").rows()
    assert sorted(targets) == [("acct1", "sales-raw"), ("acct2", "sales-raw")]


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("evil.example#/c3", "evil.example#"),
        ("evil.example#/c3", None),
        ("acct1/c3", "acct2"),
        ("ACC T/c3", None),
        ("c3", None),
        ("c3", "a"),
        ("acct-1/c3", "acct-1"),
        ("/c3", None),
    ],
    ids=["no name", "no name before the slash", "two accounts", "a space", "bare", "short", "hyphen", "nothing"],
)
def test_an_account_that_is_no_name_or_not_certain_is_unknown(name: str, account: str | None) -> None:
    found = causes(mesh(listed(("acct1/c1", "acct1"), (name, account))))
    assert found == {"acct1/c1": None, name: UNKNOWN}


def test_bare_names_are_certain_in_one_account_alone() -> None:
    assert causes(mesh(listed(("c1", "acct1"), ("c2", "acct1")))) == {"c1": None, "c2": None}
    assert causes(mesh(listed(("c1", "acct1"), ("c2", "acct2")))) == {"c1": UNKNOWN, "c2": UNKNOWN}
    assert causes(mesh(listed(("c1", None)))) == {"c1": UNKNOWN}
    assert causes(mesh({**listed(("c1", None)), "accounts": [{"account": "lake"}]})) == {"c1": None}


def test_an_account_that_was_not_scanned_is_unknown_where_others_were() -> None:
    made = {**listed(("acct1/c1", "acct1"), ("acct2/c2", "acct2")), "accounts": [{"account": "acct1"}]}
    assert causes(mesh(made)) == {"acct1/c1": None, "acct2/c2": UNKNOWN}


def test_a_target_that_nobody_scanned_is_no_target() -> None:
    assert set(causes(mesh(tables(), "meshlake")).values()) == {"unknown_target"}
    without = tables()
    without["grants"] = grants("lakea/c0", "lakeb/c0")
    del without["role_assignments"]
    found = causes(mesh(without, "lakea"))
    assert {name: found[name] for name in ("lakea/c0", "lakeb/c0")} == {"lakea/c0": None, "lakeb/c0": "unknown_target"}


@pytest.mark.parametrize("account", ["evil.example#", "LAKEA", "a", "lake a", "lake\n"])
def test_an_account_that_cannot_be_one_is_refused_in_the_settings(account: str) -> None:
    with pytest.raises(ValidationError, match="3 to 24 lower-case letters and digits"):
        LayoutSettings(account=account)


def test_a_name_that_may_be_taken_is_not_given_again() -> None:
    made = tables()
    made["grants"] = grants("lakea/sales-raw")
    layout = mesh(made).proposal.layout.drop_nulls("target_container")
    targets = set(layout.select("target_account", "target_container").iter_rows())
    assert ("lakeb", "sales-raw") in targets
    assert ("lakea", "sales-raw") not in targets


TAG = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags:p<$key_case_sensitive$>]"
REQUEST = "@Request[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:snapshot] StringEquals 'x'"


@pytest.mark.parametrize(
    "condition",
    [
        REQUEST,
        "@Environment[isPrivateLink] BoolEquals true",
        f"{TAG} StringEquals 'x'",
        "this is (no condition",
    ],
    ids=["request", "environment", "tag", "unreadable"],
)
@pytest.mark.parametrize("scope", [arm("lakea"), "/subscriptions/s/resourceGroups/r", "/subscriptions/s"])
def test_what_a_condition_above_containers_gives_stays_where_it_was_found(condition: str, scope: str) -> None:
    more: dict[str, Any] = {"condition": condition, "condition_version": "2.0"}
    found = causes(mesh(tables(assigned("kim", scope, **more))))
    assert {found["lakea/c0"], found["lakea/c1"]} == {"bound_access"}
    assert {found["lakeb/c0"], found["lakeb/c1"]} == {None if scope == arm("lakea") else "bound_access"}
