"""Nothing new is exposed at the targets, shown by the slow reference; and what is lost is what stays as it is."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.demo.firm.generate import generate
from lakezones.demo.firm.settings import FirmSettings
from lakezones.model.frames import Access, Facts
from lakezones.model.limits import Limit, LimitsSettings
from lakezones.model.naming import NamingSettings
from lakezones.propose.domains import DomainsSettings, propose_domains
from lakezones.propose.layout import LayoutResult, LayoutSettings, propose_layout
from lakezones.propose.layout.audiences import entries
from lakezones.propose.layout.price import merge_pairs
from lakezones.propose.layout.stays import dispositions
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import propose_roles
from lakezones.propose.zones import ZonesSettings, classify
from tests.propose.layout.reference import at_targets, held_today

SIZE = FirmSettings(containers=400, people=40, systems=12, entitlements=24, teams=8)
Lake = tuple[Facts, Access, pl.DataFrame, Any]


@pytest.fixture(scope="module", params=[1, 2, 3])
def lake(request: pytest.FixtureRequest) -> Lake:
    facts = generate(SIZE, seed=request.param).snapshot()
    access = resolve(facts, settings=AccessSettings())
    domains = propose_domains(facts, access, settings=DomainsSettings())
    zones = classify(facts, access, domains, settings=ZonesSettings())
    roles = propose_roles(facts, access, zones, settings=RolesSettings(), naming=NamingSettings())
    return facts, access, zones, roles


def laid_out(lake: Lake, *, limits: LimitsSettings | None = None, **settings: Any) -> LayoutResult:
    facts, access, zones, roles = lake
    return propose_layout(
        facts, access, zones, roles, settings=LayoutSettings(**settings), limits=limits or LimitsSettings()
    )


def beyond(lake: Lake, result: LayoutResult) -> list[tuple[str, str, int, int]]:
    """Container, principal, level today and level at the target wherever the target gives more."""
    facts, access, _, roles = lake
    today = held_today(access)
    groups = set(roles.resource_groups["group_id"]) | set(roles.role_groups["role_id"])
    kinds = dict(facts.table("principals").select("principal_id", pl.col("kind").cast(pl.String)).iter_rows())
    found = []
    for container, levels in at_targets(facts, access, roles, result.layout).items():
        for principal, level in sorted(levels.items()):
            before = today[container].get(principal, 0)
            if principal not in groups and kinds.get(principal) != "group" and level & ~before:
                found.append((container, principal, before, level))
    return found


def test_nobody_reaches_more_at_the_target(lake: Lake) -> None:
    result = laid_out(lake)
    assert result.layout.filter(pl.col("disposition").cast(pl.String) == "migrate").height > 250
    assert beyond(lake, result) == []
    assert result.summary["newly_exposed_pairs"] == 0
    assert result.new_access.height == 0


def test_the_reference_sees_an_exposure(lake: Lake) -> None:
    result = laid_out(lake)
    everything = result.layout.with_columns(
        enforcement=pl.when(pl.col("enforcement").is_not_null()).then(pl.lit("role_assignment"))
    )
    broken = LayoutResult(**{**vars(result), "layout": everything})
    assert beyond(lake, broken), "a test that cannot fail proves nothing"


def test_roles_and_services_keep_what_they_had(lake: Lake) -> None:
    facts, access, _, roles = lake
    result = laid_out(lake)
    reached = at_targets(facts, access, roles, result.layout)
    by_class = {}
    for row in roles.residual_classes.iter_rows(named=True):
        if row["disposition"] not in ("keep_membership", "keep_exception", "keep_service"):
            key = (row["class_id"], row["principal_id"])
            by_class[key] = by_class.get(key, 0) | row["level"]
    class_of = dict(access.container_classes.select("container", "class_id").iter_rows())
    for container, before in held_today(access).items():
        if container not in reached:
            continue
        for principal, level in before.items():
            elsewhere = by_class.get((class_of[container], principal), 0)
            assert level & ~(reached[container].get(principal, 0) | elsewhere) == 0


def test_the_price_of_a_merge_is_what_the_slow_count_says(lake: Lake) -> None:
    _, access, _, _ = lake
    result = laid_out(lake)
    moving = result.layout.filter(pl.col("disposition").cast(pl.String) == "migrate").join(
        access.container_classes, on="container"
    )
    today = held_today(access)
    priced = dict(
        merge_pairs(moving, access).select("target_container", "merge_pairs").sort("target_container").iter_rows()
    )
    for box, rows in moving.group_by("target_container"):
        containers = rows["container"].to_list()
        union: dict[str, int] = {}
        for container in containers:
            for principal, level in today[container].items():
                union[principal] = union.get(principal, 0) | level
        slow = sum(level != today[c].get(p, 0) for c in containers for p, level in union.items())
        assert priced.get(box[0], 0) == slow


def test_over_grant_buys_whole_zone_containers_and_lists_what_it_costs(lake: Lake) -> None:
    free = laid_out(lake)
    prices = free.priced.filter(pl.col("merge_pairs") > 0)["merge_pairs"].sort()
    budget = int(prices[0])
    bought = laid_out(lake, over_grant=budget)
    assert bought.summary["newly_exposed_pairs"] == budget
    assert bought.summary["by_role_assignment"] == free.summary["by_role_assignment"] + 1
    assert int(bought.new_access["containers"].sum()) == budget
    changed = bought.layout.join(free.layout, on="container").filter(
        pl.col("enforcement").cast(pl.String) != pl.col("enforcement_right").cast(pl.String)
    )
    assert changed["target_container"].n_unique() == 1
    assert len(beyond(lake, bought)) > 0
    assert laid_out(lake, over_grant=budget - 1).summary["newly_exposed_pairs"] <= budget - 1


def test_folders_hold_no_more_entries_than_they_can(lake: Lake) -> None:
    tight = LimitsSettings(named_acl_entries_per_path=Limit(value=1, hard=True, source="test"))
    result = laid_out(lake, limits=tight)
    assert (result.priced.filter(pl.col("enforcement") == "acl")["access_entries"] <= 1 + 4).all()
    assert result.priced.height > laid_out(lake).priced.height
    assert beyond(lake, result) == []


def test_assignments_stay_within_the_subscription(lake: Lake) -> None:
    facts = lake[0]
    rows = facts.table("role_assignments").select(pl.col("state", "effect").cast(pl.String), "scope").rows()
    there = sum(s != "eligible" and e != "deny" and scope.startswith("/subscriptions/") for s, e, scope in rows)
    limit = Limit(value=there + 3, hard=True, source="test")
    result = laid_out(lake, limits=LimitsSettings(role_assignments_per_subscription=limit))
    assert int(result.priced["assignments"].sum()) <= 3
    assert beyond(lake, result) == []


def test_a_flat_account_gets_a_container_per_audience(lake: Lake) -> None:
    facts, access, zones, roles = lake
    kept = ("containers", "principals", "memberships", "references", "usage", "role_assignments")
    tables = {name: getattr(facts, name) for name in kept}
    flat = Facts.of(
        {**tables, "accounts": facts.table("accounts").with_columns(hns=pl.lit(value=False))}, as_of=facts.as_of
    )
    result = propose_layout(flat, access, zones, roles, settings=LayoutSettings(), limits=LimitsSettings())
    assert set(result.priced["enforcement"]) == {"role_assignment"}
    assert (result.priced["audiences"] == 1).all()
    assert beyond(lake, result) == []


def test_conditions_and_catalog_grants_open_what_acls_open_and_no_more(lake: Lake) -> None:
    _, access, _, roles = lake
    class_of = dict(access.container_classes.select("container", "class_id").iter_rows())
    wanted: dict[str, set[str]] = {}
    for row in entries(roles).iter_rows(named=True):
        wanted.setdefault(row["class_id"], set()).add(row["grantee_id"])
    result = laid_out(lake, enforcement="condition")
    assert result.conditions.height > 0
    assert result.conditions["fits"].all()
    moving = result.layout.filter(pl.col("enforcement").cast(pl.String) == "condition")
    for row in moving.iter_rows(named=True):
        found = result.conditions.filter(target_container=row["target_container"], target_account=row["target_account"])
        opened = {
            r["grantee_id"]
            for r in found.iter_rows(named=True)
            if r["condition"] is None or f"'{row['target_path']}/*'" in r["condition"]
        }
        assert opened == wanted.get(class_of[row["container"]], set())
    catalog = laid_out(lake, enforcement="unity_catalog").catalog_grants
    tables = catalog.filter(securable_type="TABLE").select("securable", "grantee_id").unique()
    opens = sum(len(wanted.get(class_of[c], ())) for c in result.layout.drop_nulls("target_path")["container"])
    assert tables.height == opens
    schemas = set(catalog.filter(securable_type="SCHEMA").select("securable", "grantee_id").iter_rows())
    assert {(table.rpartition(".")[0], who) for table, who in tables.iter_rows()} == schemas
    assert result.catalog_grants.height == 0


def test_a_condition_that_is_too_long_leaves_acls(lake: Lake) -> None:
    tight = LimitsSettings(condition_bytes=Limit(value=600, hard=True, source="test"))
    result = laid_out(lake, limits=tight, enforcement="condition")
    long = result.conditions.filter(~pl.col("fits"))
    assert long.height == result.summary["conditions_too_long"] > 0
    kinds = result.layout.filter(pl.col("target_container").is_in(long["target_container"].implode()))["enforcement"]
    assert set(kinds.cast(pl.String)) == {"acl"}
    fitting = result.conditions.filter("fits").drop_nulls("condition")
    assert (fitting["bytes"] <= 600).all()
    assert (fitting["condition"].str.len_bytes() == fitting["bytes"]).all()


def test_a_condition_on_names_keeps_a_container_where_it_is() -> None:
    name = "Microsoft.Storage/storageAccounts/blobServices/containers:name"
    read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
    scope = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/lake"
    facts = Facts.of(
        {
            "accounts": pl.DataFrame({"account": ["lake"], "subscription_id": ["s"], "resource_group": ["g"]}),
            "containers": pl.DataFrame({"container": ["raw-a", "raw-b"], "account": ["lake", "lake"]}),
            "role_assignments": pl.DataFrame(
                {
                    "principal_id": ["ann"],
                    "role": ["Storage Blob Data Reader"],
                    "scope": [scope],
                    "condition": [f"(!(ActionMatches{{'{read}'}}) OR (@Resource[{name}] StringEquals 'raw-a'))"],
                }
            ),
        },
        as_of=datetime(2026, 11, 1, tzinfo=UTC),
    )
    access = resolve(facts, settings=AccessSettings())
    stays = dispositions(
        facts, access, pl.DataFrame({"container": ["raw-a", "raw-b"], "zone": ["raw", "raw"], "state": [None, None]})
    )
    assert stays["disposition"].to_list() == ["leave", "migrate"]
    assert stays["cause"].to_list() == ["name_condition", None]
    assert "condition on the container's name" in stays["why"][0]


def test_every_alternative_is_counted(lake: Lake) -> None:
    rows = {row["alternative"]: row for row in laid_out(lake).alternatives.iter_rows(named=True)}
    assert list(rows) == ["as it is", "phased mesh", "independent lakehouses", "hub and spoke"]
    assert rows["as it is"]["containers"] == SIZE.containers
    assert rows["phased mesh"]["containers"] < SIZE.containers / 2
    assert rows["independent lakehouses"]["duplicated_bytes"] > 0 == rows["phased mesh"]["duplicated_bytes"]
    assert rows["independent lakehouses"]["cross_domain_grants"] == 0
    assert rows["phased mesh"]["requests_per_joiner"] <= rows["as it is"]["requests_per_joiner"]


def test_products_have_contracts_and_say_where_the_owner_is_from(lake: Lake) -> None:
    result = laid_out(lake)
    moving = result.layout.filter(pl.col("disposition").cast(pl.String) == "migrate")
    assert set(result.products["product"]) == set(moving["product"])
    assert result.contracts["product"].to_list() == result.products["product"].to_list()
    for row in result.products.iter_rows(named=True):
        assert (row["owner"] is None) == (row["owner_from"] is None)
    assert result.contracts["yaml"].str.contains("status: draft").all()


def test_two_pilots_are_chosen_and_can_be_overridden(lake: Lake) -> None:
    facts, access, zones, roles = lake
    result = laid_out(lake)
    assert len(result.summary["pilots"]) == 2
    last = result.pilots["domain"][-1]
    chosen = propose_layout(
        facts,
        access,
        zones,
        roles,
        settings=LayoutSettings(),
        limits=LimitsSettings(),
        domains=DomainsSettings(pilot_domains=(last,)),
    )
    assert chosen.summary["pilots"] == [last]
