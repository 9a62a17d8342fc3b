"""The stage on small estates: constraints, presets, suggestions, ids."""

from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.model.naming import NamingSettings
from lakezones.model.policies import DropRule, Duty, PoliciesSettings, SodPair
from lakezones.propose.roles.carry import Earlier
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import RolesResult, propose_roles
from tests.propose.roles.estates import Estate, random_estate

NAMING = NamingSettings()


def propose(
    estate: Estate,
    *,
    policies: PoliciesSettings | None = None,
    earlier: Earlier | None = None,
    **options: object,
) -> RolesResult:
    chosen = RolesSettings(**({"min_members": 2, "min_gain": 1} | options))
    return propose_roles(
        estate.facts(),
        estate.access(),
        estate.zones(),
        settings=chosen,
        naming=NAMING,
        policies=policies,
        earlier=earlier,
    )


def contents(result: RolesResult) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for role, class_id, level in result.role_classes.iter_rows():
        found[role][class_id] = level
    return found


def restricted(estate: Estate) -> set[str]:
    return {k for k, names in estate.classes.items() if any(c in estate.metadata for c in names)}


@given(st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_restricted_and_other_classes_do_not_meet(seed: int) -> None:
    estate = random_estate(seed)
    secret = restricted(estate)
    for content in contents(propose(estate, separate_restricted=True)).values():
        assert len({class_id in secret for class_id in content}) == 1


@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=12, deadline=None)
def test_fewest_members_and_classes(seed: int, members: int, classes: int) -> None:
    result = propose(random_estate(seed), min_members=members, min_classes=classes)
    assert (result.roles["members"] >= members).all()
    assert all(len(content) >= classes for content in contents(result).values())
    counted = dict(result.role_members.group_by("role_id").len().iter_rows())
    assert counted == dict(result.roles.select("role_id", "members").iter_rows())


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=12, deadline=None)
def test_duties_never_meet_in_a_person_through_roles(seed: int, suggest: bool) -> None:
    estate = random_estate(seed)
    names = sorted(c for boxes in estate.classes.values() for c in boxes)
    left, right = names[0], names[-1]
    pair = SodPair(
        name="pay", left=Duty(containers=(left,), access="read"), right=Duty(containers=(right,), access="write")
    )
    result = propose(estate, policies=PoliciesSettings(sod=(pair,)), suggest=suggest)
    class_of = {c: k for k, boxes in estate.classes.items() for c in boxes}
    content = contents(result)
    holds: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for role, person in result.role_members.iter_rows():
        for class_id, level in content[role].items():
            holds[person][class_id] |= level
    for person, levels in holds.items():
        assert not (levels[class_of[left]] & 1 and levels[class_of[right]] & 3 == 3), person


def staff(missing: bool = True) -> Estate:
    """Twelve analysts of five sources each by a group; one lacks a source; two departments share nothing."""
    estate = Estate()
    for d, department in enumerate(("Risk", "Sales")):
        for i in range(6):
            estate.people[f"{department}{i}"] = {"kind": "user", "department": department, "title": f"Analyst {d}"}
        for k in range(5):
            name = f"{department}-{k}"
            estate.classes[f"c-{name}"] = [f"box-{name}"]
            estate.groups[f"g-{name}"] = {}
            estate.grants.add((f"c-{name}", f"g-{name}", "data", 1, "container"))
            estate.entitlements[f"E-{name}"] = (f"g-{name}", {f"c-{name}": 1})
            estate.members |= {(f"g-{name}", f"{department}{i}") for i in range(6)}
    if missing:
        estate.members -= {("g-Risk-2", "Risk0"), ("g-Risk-3", "Risk1")}
    return estate


def test_suggestions_complete_a_role_and_are_in_none() -> None:
    estate = staff()
    result = propose(estate, min_members=3, suggest=True)
    rows = result.suggestions.select("principal_id", "class_id", "access").rows()
    assert rows == [("Risk0", "c-Risk-2", "read"), ("Risk1", "c-Risk-3", "read")]
    held = estate.level()
    content = contents(result)
    for role, person in result.role_members.iter_rows():
        assert all(held.get((c, person), 0) & level == level for c, level in content[role].items())
    [role] = result.suggestions["role_id"].unique().to_list()
    people = set(result.role_members.filter(pl.col("role_id") == role)["principal_id"]) | {"Risk0", "Risk1"}
    assert people == {f"Risk{i}" for i in range(6)}
    assert set(content[role]) | {"c-Risk-2", "c-Risk-3"} == {f"c-Risk-{k}" for k in range(5)}


def test_restricted_classes_are_never_suggested() -> None:
    estate = staff()
    estate.metadata["box-Risk-2"] = '{"sensitivity": "Restricted"}'
    rows = propose(estate, min_members=3, suggest=True).suggestions["class_id"].to_list()
    assert rows == ["c-Risk-3"]


def test_a_suggestion_never_brings_duties_together() -> None:
    estate = staff()
    estate.members.add(("g-Sales-0", "Risk0"))
    pair = SodPair(
        name="pay", left=Duty(containers=("box-Sales-0",)), right=Duty(entitlements=("E-Risk-2",), access="read")
    )
    result = propose(estate, min_members=3, suggest=True, policies=PoliciesSettings(sod=(pair,)))
    assert ("Risk0", "c-Risk-2") not in result.suggestions.select("principal_id", "class_id").rows()


@given(st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_suggestions_are_new_supported_and_unrestricted(seed: int) -> None:
    estate = random_estate(seed)
    result = propose(estate, suggest=True)
    held, secret = estate.level(), restricted(estate)
    roles = set(result.roles["role_id"])
    words = {"read": 1, "write": 3, "manage": 7}
    opens = {(role, c): level for role, c, level in result.role_classes.iter_rows()}
    for row in result.suggestions.iter_rows(named=True):
        assert words[row["access"]] & ~held.get((row["class_id"], row["principal_id"]), 0)
        lacking = words[row["access"]] & ~opens.get((row["role_id"], row["class_id"]), 0)
        assert row["kind"] == ("extend" if lacking else "join")
        assert row["class_id"] not in secret
        assert row["role_id"] in roles
        assert row["peers"] >= 0.5
        assert estate.people[row["principal_id"]]["enabled"] is not False


def test_presets() -> None:
    estate = staff()
    exact = propose(estate, preset="exact", min_members=3)
    assert exact.summary["coverage"] == 1.0
    assert exact.residual_classes.is_empty()
    birthright = propose(estate, preset="birthright", min_members=3)
    assert set(birthright.roles["name"]) == {"lake-prd-job-risk-r", "lake-prd-job-sales-r"}
    assert birthright.coverage.filter(pl.col("preset").str.contains("birthright"))["roles"].to_list() == [2]


@given(st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_the_exact_preset_leaves_nothing_that_can_be_mined(seed: int) -> None:
    estate = random_estate(seed)
    result = propose(estate, preset="exact")
    for row in result.residual_classes.filter(
        pl.col("disposition").is_in(["keep_exception", "keep_membership"])
    ).iter_rows(named=True):
        person = estate.people[row["principal_id"]]
        assert person["kind"] != "user" or person["enabled"] is False


def test_ids_are_carried_over_when_a_role_changes() -> None:
    before = propose(staff(missing=False), min_members=3)
    assert before.roles.height == 2
    changed = staff(missing=False)
    changed.classes["c-Risk-9"] = ["box-Risk-9"]
    changed.grants |= {("c-Risk-9", f"Risk{i}", "data", 1, "container") for i in range(6)}
    plain = propose(changed, min_members=3)
    carried = propose(
        changed,
        min_members=3,
        earlier=Earlier(role_members=before.role_members, role_classes=before.role_classes, roles=before.roles),
    )
    assert set(carried.roles["role_id"]) == set(before.roles["role_id"])
    assert set(plain.roles["role_id"]) != set(before.roles["role_id"])
    hashes = dict(before.roles.select("role_id", "content_hash").iter_rows())
    same = [hashes[role] == digest for role, digest in carried.roles.select("role_id", "content_hash").iter_rows()]
    assert sorted(same) == [False, True]


def test_left_out_principals_and_containers() -> None:
    estate = staff()
    result = propose(estate, min_members=3, exclude_principals=("risk5",), exclude_containers=("box-Sales-*",))
    assert "Risk5" not in result.role_members["principal_id"].to_list()
    assert not any(class_id.startswith("c-Sales") for class_id in result.role_classes["class_id"])
    reasons = set(result.residual_classes.filter(pl.col("principal_id") == "Sales0")["reason"])
    assert reasons == {"container is left out of roles"}


@given(st.integers(0, 10**6), st.integers(1, 5))
@settings(max_examples=12, deadline=None)
def test_the_curve_ends_at_the_coverage_and_only_rises(seed: int, most: int) -> None:
    estate = random_estate(seed)
    result = propose(estate, max_roles=most)
    shares = result.coverage["coverage"].to_list()
    assert shares == sorted(shares)
    assert shares[-1] == result.summary["coverage"]
    assert result.coverage["coverage_pairs"].is_sorted()
    assert result.coverage.filter("knee")["roles"].to_list() == [result.summary["knee"]]
    content, members = contents(result), defaultdict(set)
    for role, person in result.role_members.iter_rows():
        members[role].add(person)
    given_levels: dict[tuple[str, str], int] = defaultdict(int)
    for role, people in members.items():
        for person in people:
            for class_id, level in content[role].items():
                given_levels[class_id, person] |= level
    held = estate.level()
    requests = estate.requests()
    covered = 0
    for person, entitlement, class_id in requests:
        opens = estate.entitlements[entitlement][1] if entitlement else {class_id: held[class_id, person]}
        named = {c: 7 if level == 7 else 3 if level & 3 == 3 else level & 1 for c, level in opens.items()}
        needs = {c: level for c, level in named.items() if level} if entitlement else opens
        covered += bool(needs) and all(given_levels[c, person] & level == level for c, level in needs.items())
    assert result.summary["requests_covered"] == covered


def test_names_are_unique_and_do_not_depend_on_order() -> None:
    names = propose(staff(), min_members=2)
    assert names.roles["name"].n_unique() == names.roles.height


@pytest.mark.parametrize("limit", [1, 200])
def test_groups_are_joined_only_where_somebody_has_too_many(limit: int) -> None:
    estate = Estate()
    for i in range(4):
        estate.people[f"p{i}"] = {"kind": "user"}
    for k in range(6):
        estate.classes[f"c-{k}"] = [f"box{k}"]
        estate.grants |= {(f"c-{k}", f"p{i}", "data", 1, "container") for i in range(4)}
    result = propose(estate, max_groups_per_person=limit)
    assert result.role_groups.height == (1 if limit == 1 else 6)
    assert result.resource_groups.height == 6
    assert result.summary["most_groups_of_a_person"] == (2 if limit == 1 else 7)


def test_classes_that_mix_everywhere_leave_no_role() -> None:
    estate = staff(missing=False)
    for boxes in estate.classes.values():
        boxes.append(f"{boxes[0]}-open")
    for name in list(estate.entitlements):
        group, opens = estate.entitlements[name]
        estate.entitlements[name] = (group, opens | {"c-Risk-0": 1} if name.startswith("E-Risk") else opens)
    estate.metadata |= {"box-Risk-0": '{"sensitivity": "restricted"}'}
    result = propose(estate, min_members=3, separate_restricted=True)
    for content in contents(result).values():
        assert len({class_id == "c-Risk-0" for class_id in content}) == 1


def test_policies_drop_what_roles_do_not_give_and_nothing_else() -> None:
    estate = staff(missing=False)
    estate.people["gone"] = {"kind": "user", "enabled": False}
    estate.grants |= {("c-Risk-0", "gone", "data", 1, "container"), ("c-Sales-0", "gone", "data", 1, "container")}
    estate.grants |= {("c-Risk-0", "nobody", "data", 1, "container")}
    plain = propose(estate, min_members=3)
    assert (plain.residual_classes["kind"] == "keep").all()
    rules = (
        DropRule(name="leavers", when="disabled", containers=("box-Risk-*",), reason="left the bank"),
        DropRule(name="unknown", when="unknown_principal", reason="not in the directory"),
    )
    result = propose(estate, min_members=3, policies=PoliciesSettings(drop=rules))
    rows = result.residual_classes.select("class_id", "principal_id", "kind", "disposition", "reason").rows()
    assert set(rows) == {
        ("c-Risk-0", "gone", "drop", "drop_leavers", "left the bank"),
        ("c-Sales-0", "gone", "keep", "keep_exception", "account is disabled"),
        ("c-Risk-0", "nobody", "drop", "drop_unknown", "not in the directory"),
    }
    assert result.role_members.equals(plain.role_members)


def test_what_somebody_keeps_of_a_former_job_is_said_to_be_left_over() -> None:
    estate = staff(missing=False)
    estate.members |= {(f"g-Risk-{k}", "Sales0") for k in range(3)}
    estate.members -= {("g-Risk-4", "Risk5")}
    result = propose(estate, min_members=3)
    reasons = dict(
        result.residual_classes.filter(pl.col("class_id").str.starts_with("c-Risk"))
        .group_by("principal_id")
        .agg(pl.col("reason").unique().first())
        .iter_rows()
    )
    assert reasons["Sales0"] == "probably left over from Risk"


def said(result: RolesResult) -> list[str]:
    """What was not assessed, without what that means."""
    return [note.split(":")[0] for note in result.summary["roles_notes"]]


def test_what_the_directory_does_not_say_is_said() -> None:
    estate = staff()
    nothing_of_use = ["use was not assessed"]
    assert said(propose(estate, min_members=3)) == nothing_of_use
    for entry in estate.people.values():
        entry["department"] = entry["title"] = None
    silent = propose(estate, min_members=3)
    missing = ["no departments in the directory", "no titles in the directory"]
    assert said(silent) == [*missing, *nothing_of_use]
    assert silent.roles.height == 2
    assert "a role needs" in propose(Estate()).summary["roles_notes"][0]
