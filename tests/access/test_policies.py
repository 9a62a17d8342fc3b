"""Stored policies: containers with like policies are one class; whatever is said of a container names its own."""

from typing import Any

import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.access.explanations.explanation import explain
from lakezones.findings import FindingsSettings, run
from lakezones.model.frames import Access, Facts
from lakezones.model.principals import count_named
from lakezones.propose.outputs import render_residual
from tests.access.test_rules import facts


@pytest.fixture(scope="module")
def lake() -> tuple[Facts, Access]:
    """Containers a and b with a policy of the same name, and c, whose policy has another."""
    rows: dict[str, Any] = {
        "containers": [{"container": name, "account": "lake"} for name in "abc"],
        "stored_policies": [
            {"container": name, "policy": policy, "permissions": "rw"}
            for name, policy in (("a", "export"), ("b", "export"), ("c", "a/b"))
        ],
    }
    given = facts(**rows)
    return given, resolve(given, settings=AccessSettings())


def test_one_class_holds_both(lake: tuple[Facts, Access]) -> None:
    _, access = lake
    classes = dict(access.container_classes.select("container", "class_id").iter_rows())
    assert classes["a"] == classes["b"] != classes["c"]


def test_rows_by_container_name_its_own_policy(lake: tuple[Facts, Access]) -> None:
    _, access = lake
    residual = access.class_access.with_columns(
        kind=pl.lit("keep"), disposition=pl.lit("keep_bearer"), group_id=pl.lit(None, pl.String), reason=pl.lit("")
    )
    rows, by = render_residual(residual, access.container_classes)
    assert by == "container"
    assert rows.select("principal_id", "container").rows() == [
        ("sas:a/export", "a"),
        ("sas:b/export", "b"),
        ("sas:c/a/b", "c"),
    ]


def test_findings_name_each_container(lake: tuple[Facts, Access]) -> None:
    found = run(*lake, None, settings=FindingsSettings(), access_settings=AccessSettings())
    found = found.filter(pl.col("finding_id") == "broad-policy")
    assert found.sort("object_id").select("object_id", "affected", "evidence").rows() == [
        ("a", 1, "tokens under export may change data"),
        ("b", 1, "tokens under export may change data"),
        ("c", 1, "tokens under a/b may change data"),
    ]


def test_explanations_name_each_container(lake: tuple[Facts, Access]) -> None:
    answer = explain(*lake, container="b")
    assert [branch.label for branch in answer.tree.children[0].children] == ["sas:b/export: write by policy"]
    assert explain(*lake, principal="sas:b/export", container="b").summary["access"] == {"bearer": "write"}
    assert explain(*lake, principal="sas:b/export", container="a").summary["access"] == {}
    assert explain(*lake, principal="sas:b/export").summary["containers"] == {"bearer": 1}
    assert explain(*lake, principal="sas:*/export").summary["containers"] == {"bearer": 2}


def test_a_policy_counts_once_per_container(lake: tuple[Facts, Access]) -> None:
    _, access = lake
    sizes = access.container_classes.group_by("class_id").agg(containers=pl.len())
    assert access.class_access.join(sizes, on="class_id").select(count_named()).item() == 3
