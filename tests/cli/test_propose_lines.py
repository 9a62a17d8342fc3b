"""What `propose` prints of layers, rules and excess."""

from typing import Any

from lakezones.cli.propose import of_people

SUMMARY: dict[str, Any] = {
    "roles_by_layer": {"birthright": 1, "job": 7, "transitional": 2},
    "roles_transitional": 2,
    "roles_notes": [],
    "coverage_recognised": 0.7,
    "by_rule": 1,
    "rule_people": {"adds": 1, "leaves": 2},
    "variants_offered": 0,
    "excess": {"assessed": False},
    "coverage_of_use": None,
}


def test_transitional_roles_are_counted_apart() -> None:
    lines = of_people(SUMMARY)
    assert lines["layers"] == (
        "1 birthright, 7 job, 2 transitional; without the transitional ones roles give 70.0% of requests"
    )
    assert lines["rules"] == "1 role by a rule over attributes; rules would add 1 person and miss 0; 2 to leave"
    assert of_people(SUMMARY | {"roles_transitional": 0})["layers"] == "1 birthright, 7 job, 2 transitional"


def test_excess_says_its_window_and_what_variants_would_leave() -> None:
    assert of_people(SUMMARY)["excess"] == "use was not assessed"
    found = {"assessed": True, "window_days": 430, "pairs": 200.0, "today": 50.0, "fitted": 10.0}
    said = of_people(SUMMARY | {"excess": found, "variants_offered": 3, "coverage_of_use": 0.9})["excess"]
    assert said == (
        "nobody used 25.0% of access in 430 days, 5.0% with 3 variants approved; roles give 90.0% of what people used"
    )
    empty = found | {"pairs": 0.0, "today": 0.0, "fitted": 0.0}
    assert of_people(SUMMARY | {"excess": empty})["excess"] == (
        "nobody used - of access in 430 days; roles give - of what people used"
    )
