"""Domains: tags first, then what is shared with tagged containers; communities where nothing is tagged."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.demo.firm.generate import GeneratedFirm, generate
from lakezones.demo.firm.settings import FirmSettings
from lakezones.errors import ConfigError
from lakezones.model.frames import Facts
from lakezones.propose.domains import DomainsSettings, propose_domains, score_pilots
from lakezones.propose.zones import ZonesSettings, classify

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SIZE = FirmSettings(containers=900, people=60, systems=20, entitlements=40, teams=12)


def proposed(facts: Facts, **settings: Any) -> pl.DataFrame:
    access = resolve(facts, settings=AccessSettings())
    return propose_domains(facts, access, settings=DomainsSettings(**settings))


def right(made: GeneratedFirm, domains: pl.DataFrame) -> float:
    """Share of untagged containers (sandboxes aside) that are with most containers of their true domain."""
    joined = domains.join(made.truth["zones"].select("container", "zone", true="domain"), on="container")
    spelled = (
        joined.drop_nulls("domain")
        .group_by("true", "domain")
        .len()
        .sort("len", "true", "domain", descending=[True, False, False])
        .unique("true", keep="first", maintain_order=True)
        .unique("domain", keep="first", maintain_order=True)
        .select("true", spelled="domain")
    )
    untagged = joined.filter(
        ~pl.col("domain_evidence").str.starts_with("tagged").fill_null(value=False), pl.col("zone") != "sandbox"
    ).join(spelled, on="true", how="left")
    return float((untagged["domain"] == untagged["spelled"]).fill_null(value=False).mean() or 0.0)


@pytest.mark.parametrize("seed", [21, 22])
def test_untagged_containers_of_the_firm(seed: int) -> None:
    made = generate(SIZE, seed=seed)
    assert right(made, proposed(made.snapshot())) >= 0.95


def test_without_any_tag_people_and_systems_find_most() -> None:
    made = generate(SIZE.model_copy(update={"no_domain": 1.0}), seed=23)
    assert right(made, proposed(made.snapshot())) >= 0.9


def tiny(metadata: list[str | None], **tables: Any) -> Facts:
    names = [f"c{i}" for i in range(len(metadata))]
    grants = pl.DataFrame({"principal_id": ["ann"] * len(names), "container": names})
    containers = pl.DataFrame({"container": names, "metadata": metadata}, schema_overrides={"metadata": pl.String})
    return Facts.of({"grants": grants, "containers": containers, **tables}, as_of=NOW)


def test_a_tag_wins_and_is_written_one_way() -> None:
    facts = tiny(['{"domain": "Retail  Lending"}', '{"Domain": "rl"}', None])
    domains = proposed(facts, aliases={"rl": "retail-lending"})
    assert domains["domain"].to_list() == ["retail-lending", "retail-lending", None]
    assert domains["domain_confidence"].to_list() == [0.99, 0.99, 0.0]
    assert domains["domain_evidence"][0] == "tagged domain retail-lending"


def test_a_system_brings_its_domain() -> None:
    facts = tiny([*['{"system": "CRM", "domain": "retail"}'] * 6, '{"system": "CRM"}', '{"system": "GL"}'])
    domains = proposed(facts, systems={"GL": "finance"})
    assert domains["domain"].to_list()[6:] == ["retail", "finance"]
    assert str(domains["domain_evidence"][6]).startswith("system CRM belongs to retail")
    assert domains["domain_evidence"][7] == "system GL belongs to finance"


def test_metadata_that_is_no_json_says_nothing() -> None:
    assert proposed(tiny(["{broken", "[1, 2]", "null"]))["domain"].to_list() == [None] * 3


def test_shared_containers_are_marked() -> None:
    people = pl.DataFrame(
        {
            "principal_id": [f"p{i}" for i in range(8)],
            "kind": ["user"] * 8,
            "department": ["A", "A", "B", "B", "C", "C", "D", "D"],
        }
    )
    rows = [(f"p{i}", f"own-{i // 2}-{j}") for i in range(8) for j in range(3)] + [
        (f"p{i}", "shared") for i in range(8)
    ]
    grants = pl.DataFrame(rows, schema=["principal_id", "container"], orient="row")
    tagged = [(f"own-{k}-{j}", f'{{"domain": "{"abcd"[k]}"}}') for k in range(4) for j in range(3)] + [("shared", None)]
    containers = pl.DataFrame(tagged, schema={"container": pl.String, "metadata": pl.String}, orient="row")
    facts = Facts.of({"grants": grants, "containers": containers, "principals": people}, as_of=NOW)
    evidence = dict(proposed(facts).select("container", "domain_evidence").iter_rows())
    assert "shared by 4 domains" in evidence["shared"]
    assert "shared" not in evidence["own-0-0"]


def test_pilots_show_their_score_and_an_unknown_one_is_refused() -> None:
    made = generate(SIZE, seed=24)
    facts = made.snapshot()
    access = resolve(facts, settings=AccessSettings())
    domains = propose_domains(facts, access, settings=DomainsSettings())
    zones = classify(facts, access, domains, settings=ZonesSettings())
    pilots = score_pilots(facts, access, zones, settings=DomainsSettings())
    assert pilots["score"].is_sorted(descending=True)
    assert pilots["pilot"].to_list() == [True, True, *[False] * (pilots.height - 2)]
    assert pilots["why"].str.contains("requests spared").all()
    with pytest.raises(ConfigError, match="no domain 'nowhere'") as caught:
        score_pilots(facts, access, zones, settings=DomainsSettings(pilot_domains=("nowhere",)))
    assert caught.value.hint
