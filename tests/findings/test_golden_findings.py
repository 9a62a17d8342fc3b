"""Findings on the golden tiny lake: each one that its README describes is there, with the right count."""

import pytest

from lakezones import findings
from lakezones.access import AccessSettings, resolve
from tests import golden


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], tuple[str, int]]:
    facts = golden.facts()
    access = resolve(facts, settings=AccessSettings())
    frame = findings.run(facts, access, None, settings=findings.FindingsSettings(), access_settings=AccessSettings())
    return {
        (row["finding_id"], row["object_id"]): (row["severity"], row["affected"]) for row in frame.iter_rows(named=True)
    }


@pytest.mark.parametrize(
    ("finding_id", "object_id", "severity", "affected"),
    [
        ("public-container", "ref-mart-calendar", "critical", 1),
        ("disabled-principal", "lou", "high", 4),
        ("orphan-principal", "orphan-1", "high", 11),
        ("lists-account-keys", "kim", "high", 40),
        ("direct-person-grant", "gus", "medium", 1),
        ("long-lived-policy", "ref-mart-country", "medium", 1),
        ("shared-key-allowed", "goldenlake", "medium", 40),
        ("empty-container", "goldenlake", "low", 1),
        ("stale-container", "goldenlake", "low", 1),
    ],
)
def test_golden(
    found: dict[tuple[str, str], tuple[str, int]], finding_id: str, object_id: str, severity: str, affected: int
) -> None:
    assert found[finding_id, object_id] == (severity, affected)


def test_usage_of_three_days_calls_nothing_unused(found: dict[tuple[str, str], tuple[str, int]]) -> None:
    assert not [key for key in found if key[0].startswith("unused")]
