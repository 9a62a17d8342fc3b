"""Rules of membership: whom they find, add and miss, who is to leave, and how one comes to each layer."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.model import tables as t
from lakezones.model.attributes import Attributes
from lakezones.model.frames import Facts
from lakezones.model.tables.fields import ROLE_LAYERS
from lakezones.propose.roles.carry import Earlier
from lakezones.propose.roles.choose import Basis, ProposedRole
from lakezones.propose.roles.entry import EntrySettings
from lakezones.propose.roles.rules import MembershipRule, propose_rules, read_roster

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = {
    "ann": ("Risk Team 1", "Analyst"),
    "bob": ("Risk Team 1", "Analyst"),
    "cyd": ("risk team 1", "Analyst"),
    "dee": ("Risk Team 2", "Analyst"),
    "eve": ("Sales", "Analyst"),
    "ext": ("Risk Team 1", "Analyst"),
    "gus": ("Risk Team 1", "Analyst"),
    "hal": (None, "Analyst"),
}
AREAS = {p: dep.split()[0].title() for p, (dep, _) in PEOPLE.items() if dep}


def facts() -> Facts:
    rows = [
        {"principal_id": p, "kind": "user", "department": dep, "title": title, "enabled": p != "gus"}
        for p, (dep, title) in PEOPLE.items()
    ]
    rows.append({"principal_id": "job", "kind": "service_principal", "department": "Risk Team 1", "title": "Analyst"})
    return Facts.of({"principals": pl.DataFrame(rows, infer_schema_length=None)}, as_of=AS_OF)


def role(people: str, layer: str = "job", **basis: str) -> ProposedRole:
    return ProposedRole(
        people=people.split(), content={"c-1": 1, "c-2": 3}, role_id="role-1", layer=layer, basis=Basis(**basis)
    )


def proposed(
    one: ProposedRole, *, whole: str = "", before: str = "", missed: str = "", settings: EntrySettings | None = None
) -> tuple[dict[str, Any], set[tuple[str, str, str]]]:
    known = Attributes(
        department={p: dep for p, (dep, _) in PEOPLE.items() if dep},
        title={p: title for p, (_, title) in PEOPLE.items()},
        area=AREAS,
    )
    cells = pl.DataFrame(
        [("c-1", "dee", 1), ("c-1", "cyd", 1), ("c-2", "cyd", 3)],
        schema={"class_id": pl.String, "principal_id": pl.String, "level": pl.UInt8},
        orient="row",
    )
    earlier = None
    if before:
        members = pl.DataFrame({"role_id": ["role-1"] * len(before.split()), "principal_id": before.split()})
        known_to_differ = [("role-1", who, "misses", "") for who in missed.split()]
        earlier = Earlier(
            role_members=t.RoleMembers.validate(members),
            role_classes=t.RoleClasses.create_empty(),
            role_rule_people=t.RoleRulePeople.cast(
                pl.DataFrame(known_to_differ, schema=t.RoleRulePeople.create_empty().schema, orient="row")
            ),
        )
    rules, people = propose_rules(
        [one],
        {"role-1": set(one.people) | set(whole.split())},
        cells,
        read_roster(facts(), known, {"ext"}),
        settings=settings or EntrySettings(),
        as_of=AS_OF,
        earlier=earlier,
    )
    return rules.row(0, named=True), {(who, kind, why) for _, who, kind, why in people.iter_rows()}


def test_a_rule_says_whom_it_would_add_and_miss() -> None:
    known = role("ann bob eve hal", department="Risk Team 1", title="Analyst")
    rule, people = proposed(known, settings=EntrySettings(fit=0.4))
    assert rule["rule"] == "on the bank's own staff and department is Risk Team 1 and title is Analyst"
    assert rule["condition"] == (
        '(user.accountEnabled -eq true) and (user.userType -eq "Member")'
        ' and (user.department -eq "Risk Team 1") and (user.jobTitle -eq "Analyst")'
    )
    assert people == {
        ("cyd", "adds", "has the attributes and holds all of it, outside the role"),
        ("eve", "misses", "department is Sales, not Risk Team 1: moved on, or a second job"),
        ("hal", "misses", "has no department"),
    }
    assert (rule["would_add"], rule["would_miss"]) == (1, 2)


def test_external_disabled_and_machines_are_in_no_role_by_rule() -> None:
    rule, people = proposed(role("ann bob", "area", area="Risk"))
    assert rule["rule"] == "on the bank's own staff and area is Risk (2 departments)"
    assert '(user.department -in ["Risk Team 1", "Risk Team 2"])' in rule["condition"]
    assert {who for who, kind, _ in people if kind == "adds"} == {"cyd", "dee"}
    assert ("dee", "adds", "has the attributes and lacks 1 of 2 classes") in people
    _, people = proposed(role("ann ext", "area", area="Risk"))
    assert ("ext", "misses", "external staff are in no role by rule") in people


def test_everybody_is_a_birthright() -> None:
    rule, people = proposed(role("ann bob cyd dee eve hal", "birthright"))
    assert rule["rule"] == "on the bank's own staff"
    assert not people
    assert rule["by_rule"]


def test_a_job_without_a_basis_gets_the_rule_that_fits_best_or_none() -> None:
    rule, _ = proposed(role("ann bob cyd"))
    assert rule["rule"].endswith("department is Risk Team 1")
    assert rule["fit"] == 1
    assert rule["entry"].startswith("by rule")
    rule, people = proposed(role("ann dee eve"))
    assert rule["condition"] is None
    assert rule["would_add"] is None
    assert not people
    assert rule["entry"] == "by request of the manager"


def test_a_basis_that_does_not_fit_gives_way_to_a_rule_that_does() -> None:
    rule, _ = proposed(role("ann bob cyd dee eve hal", area="Sales"))
    assert rule["rule"] == "on the bank's own staff and title is Analyst"
    assert rule["fit"] == 1


def test_the_fit_counts_those_whose_joining_is_suggested() -> None:
    rule, people = proposed(role("ann", department="Risk Team 1"), whole="bob cyd")
    assert rule["by_rule"]
    assert {who for who, kind, _ in people if kind == "adds"} == {"bob", "cyd"}


def test_people_of_the_reviewed_role_whose_attributes_stopped_matching_are_to_leave() -> None:
    rule, people = proposed(role("ann bob cyd eve", department="Risk Team 1"), before="ann eve gus nobody")
    assert people == {
        ("eve", "leaves", "was in the reviewed role; now department is Sales, not Risk Team 1"),
        ("gus", "leaves", "was in the reviewed role; now account is disabled"),
        ("nobody", "leaves", "was in the reviewed role; now not in the directory"),
    }
    assert rule["would_miss"] == 0
    _, people = proposed(role("ann", "restricted"), before="ann bob gus")
    assert people == {("gus", "leaves", "was in the reviewed role; now account is disabled")}


def test_whom_the_rule_missed_when_it_was_reviewed_has_not_stopped_matching() -> None:
    known = role("ann bob cyd eve", department="Risk Team 1")
    _, people = proposed(known, before="ann eve", missed="eve")
    assert {(who, kind) for who, kind, _ in people} == {("eve", "misses")}


@pytest.mark.parametrize("layer", ROLE_LAYERS)
def test_each_layer_says_how_one_comes_and_leaves(layer: str) -> None:
    rule, people = proposed(role("ann bob cyd", layer, area="Risk"))
    assert rule["layer"] == layer
    assert rule["entry"]
    assert rule["leave"]
    assert rule["approvers"]
    if layer not in ("birthright", "area", "job"):
        assert rule["condition"] is None
        assert rule["expiry"]
        assert not people


def test_without_a_directory_there_are_no_rules() -> None:
    one = role("ann bob", "birthright")
    roster = read_roster(Facts.of({}, as_of=AS_OF), Attributes(), set())
    cells = pl.DataFrame(schema={"class_id": pl.String, "principal_id": pl.String, "level": pl.UInt8})
    rules, people = propose_rules([one], {}, cells, roster, settings=EntrySettings(), as_of=AS_OF)
    assert rules["rule"].to_list() == ["none: the directory was not assessed"]
    assert rules["would_miss"].to_list() == [None]
    assert people.is_empty()


def test_periods() -> None:
    assert proposed(role("ann", "restricted"))[0]["expiry"] == "180 days after each approval, unless renewed"
    assert proposed(role("ann", "restricted"))[0]["approvers"].startswith("two")
    assert proposed(role("ann", "transitional"))[0]["expiry"] == "the role ends on 2026-05-30"
    assert proposed(role("ann", "transitional"))[0]["rule"] == "none: closed"
    assert "eligible" in proposed(role("ann", "engineer"))[0]["entry"]


def test_a_value_with_quotes_stays_within_its_quotes() -> None:
    known = Attributes(department={"ann": 'The "A" Bank\'s Team'})
    roster = read_roster(Facts.of({"principals": pl.DataFrame({"principal_id": ["ann"]})}, as_of=AS_OF), known, set())
    rule = roster.rule(None, 'The "A" Bank\'s Team', None)
    assert rule is not None
    assert rule.condition is not None
    assert rule.condition.endswith("""(user.department -eq "The `"A`" Bank''s Team")""")
    assert roster.matching(rule) == {"ann"}


def test_a_rule_that_entra_would_not_take_is_in_words_alone() -> None:
    many = MembershipRule(area="Risk", departments=tuple(f"Risk team {k:03d} of the bank" for k in range(150)))
    assert many.condition is None
    assert many.in_words.endswith("area is Risk (150 departments)")


VALUES = st.sampled_from([None, "Risk", "Sales", "risk "])


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(VALUES, VALUES, st.booleans(), st.booleans()), min_size=1),
    st.sets(st.sampled_from("abcdefghxy"), min_size=1),
    st.sets(st.sampled_from("abcdefghxy")),
    st.sampled_from(["birthright", "area", "job"]),
    st.tuples(VALUES, VALUES),
)
@settings(max_examples=150, deadline=None)
def test_people_of_a_rule_are_those_that_differ(
    directory: dict[str, tuple[str | None, str | None, bool, bool]],
    members: set[str],
    before: set[str],
    layer: str,
    basis: tuple[str | None, str | None],
) -> None:
    rows = [{"principal_id": p, "enabled": enabled} for p, (_, _, enabled, _) in directory.items()]
    known = Attributes(
        department={p: dep for p, (dep, _, _, _) in directory.items() if dep},
        title={p: title for p, (_, title, _, _) in directory.items() if title},
    )
    external = {p for p, (_, _, _, outside) in directory.items() if outside}
    made = Facts.of({"principals": pl.DataFrame(rows)}, as_of=AS_OF)
    one = ProposedRole(
        people=sorted(members),
        content={"c-1": 1},
        role_id="role-1",
        layer=layer,
        basis=Basis(department=basis[0], title=basis[1]),
    )
    earlier = Earlier(
        role_members=t.RoleMembers.cast(
            pl.DataFrame({"role_id": ["role-1"] * len(before), "principal_id": sorted(before)})
        ),
        role_classes=t.RoleClasses.create_empty(),
    )
    cells = pl.DataFrame(schema={"class_id": pl.String, "principal_id": pl.String, "level": pl.UInt8})
    rules, people = propose_rules(
        [one],
        {},
        cells,
        read_roster(made, known, external),
        settings=EntrySettings(fit=0.01, least_fit=0.01),
        as_of=AS_OF,
        earlier=earlier,
    )
    found = {kind: set(people.filter(pl.col("kind") == kind)["principal_id"]) for kind in ("adds", "misses", "leaves")}
    staff = {p for p, (_, _, enabled, outside) in directory.items() if enabled and not outside}
    assert found["adds"] <= staff - members
    assert found["misses"] <= members - before
    assert found["leaves"] <= before
    if rules["would_add"][0] is None:
        assert not found["adds"] | found["misses"]
        assert found["leaves"] == before - staff
    else:
        matching = (members | found["adds"]) - found["misses"] - found["leaves"]
        assert matching <= staff
        assert (members | before) - matching == found["misses"] | found["leaves"]
        assert rules["would_add"][0] == len(found["adds"])
        assert rules["would_miss"][0] == len(found["misses"])
