"""Governance: every rule finds what breaks it and nothing else; domains may tighten and never loosen."""

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from lakezones.access import AccessSettings, resolve
from lakezones.findings.governance import Governance, govern
from lakezones.model.policies import DropRule, Duty, PoliciesSettings
from lakezones.propose.domains import DomainsSettings, propose_domains
from lakezones.propose.zones import ZonesSettings, classify
from tests import golden

CONFIG = Path(__file__).parents[2] / "configs" / "policies.toml"


def governed(rules: dict[str, Any] | None = None, *, mixed: bool = False) -> Governance:
    """The golden lake under rules, with a layout by domain and zone."""
    facts = golden.facts()
    access = resolve(facts, settings=AccessSettings())
    zones = classify(
        facts, access, propose_domains(facts, access, settings=DomainsSettings()), settings=ZonesSettings()
    )
    box = pl.lit("everything") if mixed else pl.format("{}-{}", "domain", pl.col("zone").cast(pl.String))
    layout = zones.select(
        "container", target_account=pl.lit("goldenlake"), target_container=box, product=pl.format("{}-data", "domain")
    )
    products = pl.DataFrame(
        {
            "product": ["finance-data", "people-data", "Retail Data"],
            "domain": ["finance", "people", "retail"],
            "owner": ["gus", None, "ana"],
            "containers": [11, 4, 10],
        }
    )
    policies = PoliciesSettings.model_validate({"governance": rules or {}})
    return govern(facts, access, zones, layout, products, policies=policies)


def broken(result: Governance, rule: str) -> list[str]:
    return result.findings.filter(pl.col("finding_id") == f"governance-{rule}")["object_id"].to_list()


def test_defaults() -> None:
    result = governed()
    assert broken(result, "product-owner") == ["people-data"]
    assert broken(result, "product-name") == ["Retail Data"]
    assert broken(result, "restricted-apart") == []
    assert broken(result, "regions") == []
    assert broken(result, "retention-days") == []
    assert "risk/raw" in broken(result, "service-only-zones")


def test_exceptions_are_people_on_raw_and_curated_until_a_date() -> None:
    result = governed()
    assert set(result.exceptions["zone"]) == {"raw", "curated"}
    assert "sp-adf" not in result.exceptions["principal_id"].to_list()
    assert {d.date().isoformat() for d in result.exceptions["expires_at"].unique()} == {"2026-12-29"}


def test_a_domain_tightens_its_own_rules_alone() -> None:
    result = governed(
        {
            "regions": ["westeurope", "northeurope"],
            "domains": {"risk": {"regions": ["northeurope"], "exception_days": 10}},
        }
    )
    assert broken(result, "regions") == ["goldenlake:risk"]
    until = dict(
        result.exceptions.group_by("domain").agg(pl.col("expires_at").max().dt.date().cast(pl.String)).iter_rows()
    )
    assert until["risk"] == "2026-10-10"
    assert until["finance"] == "2026-12-29"
    own = result.rules.filter(pl.col("tightened"))
    assert own.select("rule", "domain").rows() == [("regions", "risk")]


def test_restricted_data_beside_other_data() -> None:
    assert broken(governed(mixed=True), "restricted-apart") == ["everything"]
    assert broken(governed({"restricted_apart": False}, mixed=True), "restricted-apart") == []


def test_retention() -> None:
    result = governed({"retention_days": 1000})
    assert broken(result, "retention-days") == ["no domain"]
    assert "old-archive-2019" in result.findings.filter(finding_id="governance-retention-days")["evidence"][0]


def test_every_rule_is_listed_for_every_domain() -> None:
    rules = governed().rules
    assert rules.group_by("rule").len()["len"].unique().to_list() == [rules["domain"].n_unique()]
    assert rules["assessed"].all()


@pytest.mark.parametrize(
    ("everywhere", "own", "message"),
    [
        ({}, {"exception_days": 91}, "exception_days 91 is longer than 90"),
        ({}, {"retention_days": 2556}, "retention_days 2556"),
        ({}, {"product_owner": False}, "product_owner = false"),
        ({}, {"service_only_zones": ["raw"]}, "leaves out curated"),
        ({"regions": ["westeurope"]}, {"regions": ["eastus"]}, "regions adds eastus"),
        ({"regions": ["westeurope"]}, {"regions": []}, "would allow any region"),
    ],
)
def test_a_domain_may_not_loosen(everywhere: dict[str, Any], own: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PoliciesSettings.model_validate({"governance": {**everywhere, "domains": {"risk": own}}})


def test_tightening_is_taken() -> None:
    policies = PoliciesSettings.model_validate(
        {"governance": {"domains": {"risk": {"product_name": "^risk-", "retention_days": 30}}}}
    )
    assert policies.governance.rules_for("risk").retention_days == 30
    assert len(policies.governance.name_patterns("risk")) == 2
    assert len(policies.governance.name_patterns("retail")) == 1


def test_the_file_equals_the_defaults() -> None:
    assert PoliciesSettings.model_validate(tomllib.loads(CONFIG.read_text())) == PoliciesSettings()


def test_bad_policies_are_refused() -> None:
    with pytest.raises(ValidationError, match="bad pattern"):
        PoliciesSettings.model_validate({"governance": {"product_name": "("}})
    with pytest.raises(ValidationError, match="`unused` needs it"):
        DropRule(name="old", when="unused", reason="x")
    with pytest.raises(ValidationError, match="needs containers or entitlements"):
        Duty()
