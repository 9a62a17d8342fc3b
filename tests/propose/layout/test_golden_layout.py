"""The golden tiny lake: what moves, what stays and what is retired, as worked out by hand."""

import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.model.limits import LimitsSettings
from lakezones.model.naming import NamingSettings
from lakezones.propose.domains import DomainsSettings, propose_domains
from lakezones.propose.layout import LayoutResult, LayoutSettings, propose_layout
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import propose_roles
from lakezones.propose.zones import ZonesSettings, classify
from tests import golden


@pytest.fixture(scope="module")
def result() -> LayoutResult:
    facts = golden.facts()
    access = resolve(facts, settings=AccessSettings())
    domains = propose_domains(facts, access, settings=DomainsSettings())
    zones = classify(facts, access, domains, settings=ZonesSettings())
    roles = propose_roles(facts, access, zones, settings=RolesSettings(), naming=NamingSettings())
    return propose_layout(facts, access, zones, roles, settings=LayoutSettings(), limits=LimitsSettings())


def test_dispositions(result: LayoutResult) -> None:
    wanted = dict(golden.expected("layout").select("container", "disposition").iter_rows())
    got = dict(result.layout.select("container", pl.col("disposition").cast(pl.String)).iter_rows())
    assert got == wanted


def test_whatever_stays_says_why(result: LayoutResult) -> None:
    staying = result.layout.filter(pl.col("disposition").cast(pl.String) != "migrate")
    assert set(result.stays["container"]) == set(staying["container"])
    assert (result.stays["why"].str.len_chars() > 0).all()
    assert staying["target_container"].null_count() == staying.height


def test_one_audience_gets_a_role_assignment_and_several_get_acls(result: LayoutResult) -> None:
    layout = {row["container"]: row for row in result.layout.iter_rows(named=True)}
    assert layout["crm-raw-lead"]["target_container"] == "retail-raw"
    assert layout["crm-raw-lead"]["enforcement"] == "role_assignment"
    # aux-std-fx has readers of its own beside those of the ledgers.
    assert layout["aux-std-fx"]["target_container"] == "finance-curated" == layout["fin-std-ledger"]["target_container"]
    assert layout["aux-std-fx"]["enforcement"] == "acl"


def test_restricted_data_is_apart(result: LayoutResult) -> None:
    people = result.layout.filter(pl.col("product") == "people-hr", pl.col("disposition").cast(pl.String) == "migrate")
    assert people["target_container"].str.ends_with("-restricted").all()
