"""Findings one by one on small facts: what triggers each, what does not, and that nothing unassessed is reported."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from lakezones import findings
from lakezones.access import AccessSettings, resolve
from lakezones.config import configs
from lakezones.findings import REGISTRY, FindingsSettings
from lakezones.model.facts import FACTS
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.limits import Limit, LimitsSettings
from lakezones.model.policies import Duty, SodPair
from lakezones.model.tables import PROPOSAL_TABLES
from tests import golden

AS_OF = datetime(2026, 9, 30, tzinfo=UTC)
LONG_AGO = AS_OF - timedelta(days=100)
SETTINGS = {"settings": FindingsSettings(), "access_settings": AccessSettings()}


def estate(**tables: list[dict[str, Any]]) -> tuple[Facts, Access]:
    frames = {
        name: pl.DataFrame(rows, schema={k: v.dtype for k, v in FACTS[name].columns().items()}, orient="row")
        for name, rows in tables.items()
    }
    facts = Facts.of(frames, as_of=AS_OF)
    return facts, resolve(facts, settings=AccessSettings())


def found(finding_id: str, proposal: Proposal | None = None, **tables: list[dict[str, Any]]) -> dict[str, int]:
    """Object to affected of one finding."""
    frame = findings.run(*estate(**tables), proposal, **SETTINGS)
    rows = frame.filter(pl.col("finding_id") == finding_id)
    return dict(rows.select("object_id", "affected").iter_rows())


def grants(*pairs: tuple[str, str], access: str = "read") -> list[dict[str, Any]]:
    return [{"principal_id": who, "container": what, "access": access} for who, what in pairs]


def use(who: str, what: str, *, access: str = "read", when: datetime = LONG_AGO, operations: int = 1) -> dict[str, Any]:
    return {"principal_id": who, "container": what, "access": access, "last_used": when, "operations": operations}


FOUR = grants(("ann", "a"), ("ann", "b"), ("bob", "a"), ("bob", "b"))


def test_defaults_are_those_of_the_file() -> None:
    import tomllib

    assert FindingsSettings(**tomllib.loads((configs() / "findings.toml").read_text())) == FindingsSettings()


def test_every_finding_says_what_to_do() -> None:
    for entry in REGISTRY.values():
        assert entry.title
        assert entry.action.endswith(".")
        assert set(entry.needs) <= set(FACTS)


def test_unused_access_needs_a_window() -> None:
    used = [use("ann", "a"), use("bob", "a"), use("bob", "b")]
    assert found("unused-access", grants=FOUR, usage=used) == {"ann": 1}
    recent = [{**row, "last_used": AS_OF - timedelta(days=10)} for row in used]
    assert found("unused-access", grants=FOUR, usage=recent) == {}
    assert found("unused-access", grants=FOUR) == {}


def test_access_behind_tokens_is_never_called_unused() -> None:
    blind = [use("ann", "a"), use("bob", "b"), use("sas:b/pol", "b", operations=9)]
    assert found("unused-access", grants=FOUR, usage=blind) == {"bob": 1}
    headline = findings.assess(*estate(grants=FOUR, usage=blind), None, **SETTINGS)[1]["more_than_used"]
    assert headline["pairs_held"] == 2
    assert headline["pairs_unobservable"] == 2
    assert headline["ratio"] == 2.0
    assert headline["unattributable_operations"] == round(9 / 11, 4)


def test_write_held_and_never_used() -> None:
    held = grants(("ann", "a"), ("bob", "a"), access="write")
    used = [use("ann", "a"), use("bob", "a", access="write")]
    assert found("unused-write", grants=held, usage=used) == {"ann": 1}
    assert found("unused-access", grants=held, usage=used) == {}


def test_the_headline_is_not_told_without_usage_or_window() -> None:
    assert findings.assess(*estate(grants=FOUR), None, **SETTINGS)[1]["more_than_used"] == {"assessed": False}
    short = [use("ann", "a", when=AS_OF - timedelta(days=1))]
    headline = findings.assess(*estate(grants=FOUR, usage=short), None, **SETTINGS)[1]["more_than_used"]
    assert (headline["ratio"], headline["window_long_enough"], headline["pairs_used"]) == (None, False, 1)


DIRECTORY = [{"principal_id": "ann", "kind": "user", "enabled": True}]


def test_nobody_is_an_orphan_without_a_directory() -> None:
    assert found("orphan-principal", grants=FOUR) == {}
    assert found("orphan-principal", grants=FOUR, principals=DIRECTORY) == {"bob": 2}
    gone = [{"principal_id": "bob", "kind": "user", "enabled": False}]
    assert found("disabled-principal", grants=FOUR, principals=[*DIRECTORY, *gone]) == {"bob": 2}


ENTITLED = {
    "entitlement_containers": [{"entitlement": "E", "container": "a", "group_id": "g"}],
    "entitlements": [{"principal_id": "ann", "entitlement": "E"}, {"principal_id": "bob", "entitlement": "E"}],
    "memberships": [{"group_id": "g", "member_id": "bob"}, {"group_id": "g", "member_id": "cat"}],
    "grants": [{"principal_id": "g", "container": "a", "entitlement": "E"}],
}


def test_approval_against_enforcement() -> None:
    assert found("approved-not-enforced", **ENTITLED, acls=[]) == {"E": 1}
    assert found("enforced-not-approved", **ENTITLED, acls=[]) == {"E": 1}
    # Where enforcement was not scanned nothing can be said.
    assert found("approved-not-enforced", **ENTITLED) == {}
    assert found("enforced-not-approved", **ENTITLED) == {}
    without = {**ENTITLED, "grants": [], "acls": []}
    assert found("entitlement-without-effect", **without) == {"E": 2}


def test_the_configured_statuses_are_approvals() -> None:
    tables = {**ENTITLED, "acls": [], "memberships": ENTITLED["memberships"][:1]}
    tables["entitlements"] = [
        {"principal_id": "bob", "entitlement": "E", "status": "Provisioned"},
        {"principal_id": "ann", "entitlement": "E", "status": "approved"},
    ]

    def counts(*statuses: str) -> tuple[int, int]:
        access = AccessSettings(approved_statuses=statuses)
        frame = findings.run(*estate(**tables), None, settings=FindingsSettings(), access_settings=access)
        ids = frame["finding_id"].to_list()
        return ids.count("enforced-not-approved"), ids.count("approved-not-enforced")

    assert counts("approved") == (1, 1)
    assert counts("provisioned") == (0, 0)
    assert counts("approved", "Provisioned") == (0, 1)


def test_duplicate_entitlements() -> None:
    rows = [{"principal_id": "ann", "container": c, "entitlement": e} for c, e in (("a", "E"), ("a", "F"), ("b", "G"))]
    assert found("duplicate-entitlement", grants=rows) == {"E": 1}


def staff(**departments: int) -> list[dict[str, Any]]:
    return [
        {"principal_id": f"{name}{i}", "kind": "user", "department": name, "enabled": True}
        for name, count in departments.items()
        for i in range(count)
    ]


def test_movers_hold_what_is_typical_elsewhere() -> None:
    rows = [
        {"principal_id": f"{team}{i}", "container": f"{team}-{e}", "entitlement": f"{team}-{e}"}
        for team in ("risk", "sales")
        for i in range(11)
        for e in "xyz"
    ]
    moved = [{"principal_id": "sales0", "container": f"risk-{e}", "entitlement": f"risk-{e}"} for e in "xy"]
    people = staff(risk=11, sales=11)
    assert found("mover", principals=people, grants=rows) == {}
    assert found("mover", principals=people, grants=[*rows, *moved]) == {"sales0": 2}
    assert found("mover", principals=people, grants=[*rows, *moved[:1]]) == {}


def test_outliers_reach_far_more_than_their_peers() -> None:
    rows = [{"principal_id": f"risk{i}", "container": f"c{j}"} for i in range(6) for j in range(10 + i % 2)]
    wide = [{"principal_id": "risk0", "container": f"c{j}"} for j in range(11, 60)]
    assert found("peer-outlier", principals=staff(risk=6), grants=rows) == {}
    assert found("peer-outlier", principals=staff(risk=6), grants=[*rows, *wide]) == {"risk0": 59}
    assert found("peer-outlier", principals=staff(risk=4), grants=[*rows, *wide]) == {}


def test_limits_that_are_near() -> None:
    named = ",".join(f"group:g{i}:r-x" for i in range(24))
    acl = f"user::rwx,group::---,{named},mask::r-x,other::---"
    assert found("acl-near-limit", acls=[{"container": "a", "acl": acl, "path": "/"}]) == {"a": 24}
    policies = [{"container": "a", "policy": f"p{i}", "permissions": "r"} for i in range(4)]
    assert found("policies-near-limit", stored_policies=policies) == {"a": 4}
    members = [{"group_id": f"g{i}", "member_id": "ann"} for i in range(161)]
    assert found("many-groups", grants=FOUR, memberships=members) == {"ann": 161}
    nested = [{"group_id": f"g{i}", "member_id": f"g{i + 1}"} for i in range(160)]
    deep = [*nested, {"group_id": "g160", "member_id": "ann"}]
    assert found("many-groups", grants=FOUR, memberships=deep) == {"ann": 161}


@pytest.mark.parametrize(("held", "severity"), [(3, None), (4, "low"), (5, "low"), (6, "high")])
def test_a_limit_is_broken_above_it_and_near_from_its_share_on(held: int, severity: str | None) -> None:
    policies = [{"container": "a", "policy": f"p{i}", "permissions": "r"} for i in range(held)]
    limits = LimitsSettings(stored_policies_per_container=Limit(value=5, hard=True, source="x"))
    frame = findings.run(*estate(stored_policies=policies), None, **SETTINGS, limits=limits)
    near = frame.filter(pl.col("finding_id") == "policies-near-limit")["severity"].cast(pl.String).to_list()
    assert near == ([severity] if severity else [])


def test_a_recommendation_is_no_hard_limit() -> None:
    members = [{"group_id": f"g{i}", "member_id": "ann"} for i in range(201)]
    for count, severity in ((200, "low"), (201, "medium")):
        frame = findings.run(*estate(grants=FOUR, memberships=members[:count]), None, **SETTINGS)
        assert frame.filter(pl.col("finding_id") == "many-groups")["severity"].cast(pl.String).to_list() == [severity]


def test_only_the_lane_data_makes_somebody_hold_a_class() -> None:
    """A role that nobody defined, one that is only eligible and public access are possible access, not held access."""
    scope = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/lake"
    tables = {
        "accounts": [{"account": "lake"}],
        "containers": [{"container": "a", "account": "lake", "public_access": "blob"}],
        "role_assignments": [
            {"principal_id": "ann", "role": "Nobody Knows", "scope": scope},
            {"principal_id": "bob", "role": "Storage Blob Data Reader", "scope": scope, "state": "eligible"},
            {"principal_id": "cat", "role": "User Access Administrator", "scope": scope},
        ],
        "usage": [{"principal_id": who, "container": "a", "last_used": LONG_AGO} for who in ("ann", "bob", "cat")],
    }
    facts, access = estate(**tables)
    lanes = dict(access.class_access.select("principal_id", pl.col("lane").cast(pl.String)).iter_rows())
    assert lanes == {"ann": "conditional", "bob": "eligible", "cat": "control", "public": "bearer"}
    assert access.requests.is_empty()
    frame, figures = findings.assess(facts, access, None, **SETTINGS)
    assert "unreadable-container" in frame["finding_id"].to_list()
    assert (figures["more_than_used"]["pairs_held"], figures["more_than_used"]["pairs_used"]) == (0, 0)


def test_exposure() -> None:
    reader = "user::rwx,group::---,other::r-x"
    acls = [{"container": "a", "acl": reader, "path": path, "owner": "ann"} for path in ("/", "f")]
    assert found("open-to-all", acls=acls) == {"(no system)": 1}
    assert found("person-owns-path", acls=acls) == {"ann": 1}
    assert found("broad-policy", stored_policies=[{"container": "a", "policy": "p", "permissions": "rw"}]) == {"a": 1}
    assert found("broad-policy", stored_policies=[{"container": "a", "policy": "p", "permissions": "r"}]) == {}
    soon = {"container": "a", "policy": "p", "permissions": "r", "expires_at": AS_OF + timedelta(days=30)}
    assert found("long-lived-policy", stored_policies=[soon]) == {}
    far = {**soon, "expires_at": AS_OF + timedelta(days=300)}
    assert found("long-lived-policy", stored_policies=[far]) == {"a": 1}


def test_people_on_raw_needs_a_proposal() -> None:
    zones = pl.DataFrame(
        {
            "container": ["a", "b"],
            "zone": ["raw", "curated"],
            "confidence": [1.0, 1.0],
            "runner_up": [None, None],
            "domain": [None, None],
            "domain_confidence": [0.0, 0.0],
            "state": [None, None],
            "evidence": ["", ""],
            "needs_review": [False, False],
        }
    )
    tables = {name: schema.create_empty() for name, schema in PROPOSAL_TABLES.items()}
    proposal = Proposal(**{**tables, "zones": PROPOSAL_TABLES["zones"].validate(zones, cast=True)})
    assert found("person-on-raw", grants=FOUR) == {}
    assert found("person-on-raw", proposal, grants=FOUR) == {"ann": 1, "bob": 1}


def test_burden_before_and_after() -> None:
    """Two people with two entitlements each; a role gives both to ann and one to bob."""
    rows = [
        {"principal_id": who, "container": what, "entitlement": what.upper()} for who in ("ann", "bob") for what in "ab"
    ]
    facts, access = estate(
        grants=rows,
        entitlements=[
            {"principal_id": "ann", "entitlement": "A", "requested_at": LONG_AGO, "approved_at": AS_OF},
        ],
    )
    classes = dict(access.container_classes.select("container", "class_id").iter_rows())
    tables = {name: schema.create_empty() for name, schema in PROPOSAL_TABLES.items()}
    tables["role_members"] = PROPOSAL_TABLES["role_members"].validate(
        pl.DataFrame({"role_id": ["r1", "r1", "r2"], "principal_id": ["ann", "bob", "ann"]}), cast=True
    )
    tables["role_classes"] = PROPOSAL_TABLES["role_classes"].validate(
        pl.DataFrame({"role_id": ["r1", "r2"], "class_id": [classes["a"], classes["b"]], "level": [1, 1]}), cast=True
    )
    before = findings.assess(facts, access, None, **SETTINGS)[1]["burden"]
    assert before["before"] == {"grants_per_person": 2.0, "requests_per_joiner": 2.0, "months_per_joiner": 6.6}
    after = findings.assess(facts, access, Proposal(**tables), **SETTINGS)[1]["burden"]
    # ann: two roles; bob: one role and the entitlement it does not give.
    assert after["after"]["grants_per_person"] == 2.0
    one = tables["role_members"].filter(pl.col("role_id") == "r1")
    both = pl.DataFrame({"role_id": ["r1", "r1"], "class_id": sorted(classes.values()), "level": [1, 1]})
    single = Proposal(
        **{**tables, "role_members": one, "role_classes": PROPOSAL_TABLES["role_classes"].validate(both, cast=True)}
    )
    spared = findings.assess(facts, access, single, **SETTINGS)[1]["burden"]
    assert spared["after"]["grants_per_person"] == 1.0
    assert spared["spared"] == {"requests": 2, "months": round(2 * before["wait_months"], 1)}


@pytest.mark.parametrize("table", ["principals", "containers", "accounts", "acls", "role_assignments", "usage"])
def test_what_was_not_assessed_is_not_reported(table: str) -> None:
    facts = Facts(**{**vars(golden.facts()), table: None})
    access = resolve(facts, settings=AccessSettings())
    frame, figures = findings.assess(facts, access, None, **SETTINGS)
    silent = {entry.finding_id for entry in REGISTRY.values() if table in entry.needs}
    assert silent
    assert not silent & set(frame["finding_id"])
    assert silent <= set(figures["not_assessed"])


def test_evidence_counts_names_and_gives_all_or_some() -> None:
    facts = Facts.of(
        {
            "grants": pl.DataFrame({"principal_id": ["ann"] * 5, "container": list("abcde")}),
            "principals": pl.DataFrame({"principal_id": ["ann"], "name": ["Ann Lee"], "enabled": [False]}),
            "containers": pl.DataFrame({"container": list("abcde"), "account": ["x", *["y"] * 4]}),
        },
        as_of=AS_OF,
    )
    access = resolve(facts, settings=AccessSettings())
    rows = findings.run(facts, access, None, **SETTINGS).select("object_id", "evidence").rows()
    assert ("ann", "Ann Lee: disabled in the directory, holds access to 5 containers") in rows
    assert ("x", "1 container without a named owner: a") in rows
    assert ("y", "4 containers without a named owner, such as b, c, d") in rows


def violations(sod: tuple[SodPair, ...], **tables: list[dict[str, Any]]) -> list[tuple[str, str, int, str]]:
    frame = findings.run(*estate(**tables), None, **SETTINGS, sod=sod)
    rows = frame.filter(finding_id="duties-held-together").sort("object_id")
    return rows.select("object_id", "severity", "affected", "evidence").rows()


PAIR = SodPair(name="pay", left=Duty(containers=("entry-*",), access="write"), right=Duty(entitlements=("RELEASE",)))


def test_duties_that_five_people_hold_together_today() -> None:
    """Each by another route, and three people who hold one side only."""
    both = ["ann", "bob", "cyd", "dan", "eve"]
    one = {"ann": grants(("ann", "entry-1"), access="write"), "bob": grants(("team", "entry-1"), access="write")}
    entry = [
        *one["ann"],
        *one["bob"],
        *grants(*((who, "entry-2") for who in ("cyd", "dan", "eve", "flo")), access="write"),
    ]
    # Reading entries is not the duty, nor is releasing alone.
    entry += grants(("gus", "entry-1"), ("hal", "entry-2"))
    release = [
        {"principal_id": who, "container": "rel", "access": "read", "entitlement": "RELEASE"} for who in [*both, "gus"]
    ]
    principals = [
        {"principal_id": "team", "kind": "group", "name": "Team entry"},
        {"principal_id": "outer", "kind": "group"},
        {"principal_id": "bob", "kind": "user", "name": "Bob B"},
    ]
    members = [{"group_id": "team", "member_id": "inner"}, {"group_id": "inner", "member_id": "bob"}]
    tables = {"grants": entry + release, "principals": principals, "memberships": members}
    found = violations((PAIR,), **tables)
    assert [row[:3] for row in found] == [(who, "high", 2) for who in both]
    assert found[0][3] == "pay: holds entry-1 by a grant, and rel by RELEASE"
    assert found[1][3] == "Bob B: pay: holds entry-1 by a grant of Team entry, and rel by RELEASE"
    assert violations((), **tables) == []
    # Who never meets both has no finding, whatever else is configured.
    other = SodPair(name="other", left=Duty(containers=("nothing-*",)), right=Duty(containers=("rel",)))
    assert violations((other,), **tables) == []


def test_a_person_in_breach_of_two_pairs_is_one_finding() -> None:
    again = PAIR.model_copy(update={"name": "pay again"})
    held = grants(("ann", "entry-1"), access="write")
    held += [
        {"principal_id": "ann", "container": f"rel{i}", "access": "read", "entitlement": "RELEASE"} for i in range(9)
    ]
    ((who, _, affected, evidence),) = violations((PAIR, again), grants=held)
    assert (who, affected) == ("ann", 10)
    assert evidence.split("; ")[1] == "pay again: holds entry-1 by a grant, and rel0, rel1, rel2 and 6 more by RELEASE"


def test_an_old_row_makes_no_window_and_is_no_use() -> None:
    """Somebody who used a container in 2021 did not use it; nor does that row stretch the window to 2021."""
    old = use("ann", "a", when=AS_OF - timedelta(days=2_044))
    rows = [old, use("bob", "a"), use("bob", "b"), use("ann", "b")]
    frame, figures = findings.assess(*estate(grants=FOUR, usage=rows), None, **SETTINGS)
    unused = frame.filter(finding_id="unused-access").select("object_id", "affected", "evidence").rows()
    assert unused == [
        ("ann", 1, "of 2 readable containers 1 were not used in the 100 days from 2026-06-22 to 2026-09-30")
    ]
    assert figures["more_than_used"]["window_days"] == 100
    alone = findings.assess(*estate(grants=FOUR, usage=[old]), None, **SETTINGS)[1]["more_than_used"]
    assert (alone["window_days"], alone["window_long_enough"], alone["ratio"]) == (0, False, None)


def test_a_stated_window_counts() -> None:
    rows = [use("ann", "a", when=AS_OF - timedelta(days=60)), use("bob", "a"), use("bob", "b")]
    facts, access = estate(grants=FOUR, usage=rows)

    def unused(days: int) -> dict[str, int]:
        settings = FindingsSettings(usage_window_days=days)
        frame = findings.run(facts, access, None, settings=settings, access_settings=AccessSettings())
        return dict(frame.filter(finding_id="unused-access").select("object_id", "affected").iter_rows())

    assert unused(100) == {"ann": 1}
    assert unused(62) == {"ann": 1, "bob": 2}
    assert unused(200) == {"ann": 1}


def test_writing_is_judged_only_where_the_logs_show_writing() -> None:
    held = grants(("ann", "x/a"), ("bob", "x/a"), ("ann", "y/b"), ("bob", "y/b"), access="write")
    reads = [use(who, what) for who in ("ann", "bob") for what in ("x/a", "y/b")]
    assert found("unused-write", grants=held, usage=reads) == {}
    # Account x logs writing, account y does not.
    assert found("unused-write", grants=held, usage=[*reads, use("bob", "x/a", access="write")]) == {"ann": 1}


def test_nobody_is_called_unused_on_an_account_without_logs() -> None:
    held = grants(("ann", "x/a"), ("bob", "x/a"), ("ann", "y/b"), ("bob", "y/b"))
    assert found("unused-access", grants=held, usage=[use("ann", "x/a")]) == {"bob": 1}
    # Logs of writing alone show nobody's reading.
    assert found("unused-access", grants=held, usage=[use("ann", "x/a", access="write")]) == {}
    headline = findings.assess(*estate(grants=held, usage=[use("ann", "x/a")]), None, **SETTINGS)[1]["more_than_used"]
    assert (headline["pairs_held"], headline["pairs_unobservable"]) == (2, 2)
