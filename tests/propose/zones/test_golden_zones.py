"""The golden tiny lake: zones and domains worked out by the product equal those worked out by hand."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lakezones.access import AccessSettings, resolve
from lakezones.propose.domains import DomainsSettings, propose_domains
from lakezones.propose.zones import ZonesSettings, classify
from tests import golden


@pytest.fixture(scope="module")
def zones() -> pl.DataFrame:
    facts = golden.facts()
    access = resolve(facts, settings=AccessSettings())
    domains = propose_domains(facts, access, settings=DomainsSettings())
    return classify(facts, access, domains, settings=ZonesSettings())


def test_zones_and_domains(zones: pl.DataFrame) -> None:
    wanted = golden.expected("zones").with_columns(pl.col("zone", "domain", "state").replace("", None))
    text = pl.col("zone", "state").cast(pl.String)
    got = zones.with_columns(text).select("container", "zone", "domain", "state")
    assert_frame_equal(got, wanted.sort("container"))


def test_what_has_no_zone_says_why(zones: pl.DataFrame) -> None:
    states = dict(zones.filter(pl.col("zone").is_null()).select("container", "state").iter_rows())
    assert states == {"old-archive-2019": "dead", "sandbox-ana": "sandbox"}


def test_evidence_tells_readers_writer_format_and_token(zones: pl.DataFrame) -> None:
    evidence = dict(zones.select("container", "evidence").iter_rows())["crm-mart-customer"]
    for part in (
        "read by 2 people in 1 department",
        "written by dbt/crm-marts from 3 containers",
        "delta",
        "token `mart`",
        "tagged domain retail",
    ):
        assert part in evidence
