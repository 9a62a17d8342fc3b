"""Domains of a small bank: whose word counts, what says nothing, what is asked, and input that says little."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.propose.domains.believe import Believer
from lakezones.propose.domains.votes import beyond_share
from tests.propose.domains.bank import AREAS, access_of, assigned, bank, owner_of, right

STYLES = ["{area}", "{area} team {team:02d}", "{area} / Unit {team:02d}", "BANK > {area} > Unit {team}"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("writers", [True, False], ids=["areas write", "technology alone writes"])
def test_people_show_whose_containers_are_and_teams_are_no_domains(style: str, *, writers: bool) -> None:
    made = assigned(bank(department=style, writers=writers))
    assert right(made) >= 0.97
    assert set(made.domains["domain"].drop_nulls()) <= {area.lower().replace(" ", "-") for area in AREAS}


def test_codes_are_nothing_without_a_lookup_and_areas_with_one() -> None:
    facts = bank(department="OE {code}", central=False)
    blind = assigned(facts)
    assert blind.domains["domain"].null_count() == blind.domains.height
    assert "no department names a business area" in blind.summary["notes"][0]
    lookup = {f"OE {4000 + 10 * a + t}": area for a, area in enumerate(AREAS) for t in range(3)}
    assert right(assigned(facts, departments=lookup)) >= 0.97


def test_a_few_tags_place_teams_with_names_of_their_own() -> None:
    tags = {f"s{a}0-t{t}": json.dumps({"domain": area}) for a, area in enumerate(AREAS) for t in range(4)}
    facts = bank(department="Falcon{team} Kestrel", central=False, tags=tags)
    assert right(assigned(facts)) >= 0.97


def test_what_belongs_to_people_of_an_unknown_area_is_not_given_to_the_next_best() -> None:
    register = pl.DataFrame({"system": [f"s{a}0" for a in range(3)], "area": list(AREAS[:3])})
    made = assigned(bank(department="{code}", central=False, systems=register))
    rows = made.domains.select("container", "domain").rows()
    assert all(domain == owner_of(container) for container, domain in rows if int(container[1]) < 3 and domain)
    assert {domain for container, domain in rows if int(container[1]) >= 3} == {None}


def test_the_register_speaks_by_area_by_owner_and_by_the_codes_in_names() -> None:
    silent = bank(department="", central=False)
    register = pl.DataFrame(
        {
            "system": [f"Avaloq {a}{s} (S{a}{s})" for a in range(6) for s in range(3)],
            "area": [AREAS[a] for a in range(6) for _ in range(3)],
        }
    )
    made = assigned(bank(department="", central=False, systems=register))
    assert right(made) == 1.0
    assert "system Avaloq 00 (S00) belongs to risk" in made.domains["domain_evidence"][0]
    owners = register.select("system", owner=pl.Series([f"P{a}0 Somebody" for a in range(6) for _ in range(3)]))
    assert right(assigned(bank(central=False, writers=False, systems=owners))) >= 0.97
    assert right(assigned(silent)) == 0.0


def test_owners_may_be_mailboxes_of_an_area() -> None:
    tags = {
        f"s{a}{s}-t{t}": json.dumps({"owner": f"{area.lower().replace(' ', '.')}.data@bank.example"})
        for a, area in enumerate(AREAS)
        for s in range(3)
        for t in range(4)
    }
    assert right(assigned(bank(department="", central=False, tags=tags))) == 1.0


def test_one_name_for_what_tags_and_departments_call_by_two() -> None:
    short = {"Risk": "rsk", "Treasury": "tsy", "Payments": "pay"}
    tags = {
        f"s{a}{s}-t{t}": json.dumps({"domain": short[area]})
        for a, area in enumerate(AREAS)
        if area in short
        for s in range(2)
        for t in range(4)
    }
    assert right(assigned(bank(tags=tags))) >= 0.97


def test_tags_that_disagree_are_said_and_asked_about() -> None:
    tags = {"s00-t1": json.dumps({"domain": "risk", "business_domain": "treasury", "system": "CRM"})}
    made = assigned(bank(tags=tags))
    evidence = dict(made.domains.select("container", "domain_evidence").iter_rows())
    assert "its tags disagree: risk and treasury" in evidence["s00-t1"]
    assert made.contradicted.to_list() == ["s00-t1"]
    asked = made.questions.filter(system="CRM").row(0, named=True)
    assert asked["question"].startswith("Tags of system CRM (container s00-t1) disagree")
    assert any("tags disagree: 1" in note for note in made.summary["notes"])


def test_a_lie_in_a_tag_is_outvoted_or_said() -> None:
    tags = {f"s0{s}-t{t}": json.dumps({"domain": "risk", "system": f"S0{s}"}) for s in range(3) for t in range(4)}
    tags |= {f"s1{s}-t{t}": json.dumps({"domain": "treasury", "system": f"S1{s}"}) for s in range(3) for t in range(4)}
    tags["s02-t3"] = json.dumps({"domain": "treasury", "system": "S02"})
    row = assigned(bank(tags=tags)).domains.filter(container="s02-t3").row(0, named=True)
    assert row["domain"] == "risk" or "but" in row["domain_evidence"]


def test_questions_are_one_per_system_to_a_named_person() -> None:
    tags = {f"s{a}{s}-t{t}": json.dumps({"system": f"S{a}{s}"}) for a in range(6) for s in range(3) for t in range(4)}
    tags["s00-t0"] = json.dumps({"system": "S00", "owner": "p55"})
    boss = pl.DataFrame({"principal_id": ["p30"], "kind": ["user"], "name": ["Boss Somebody"]})
    facts = bank(department="", central=False, tags=tags)
    people = facts.table("principals").filter(pl.col("principal_id") != "p30")
    managed = people.with_columns(manager_id=pl.lit("p30"))
    made = assigned(
        bank(department="", central=False, tags=tags, principals=pl.concat([managed, boss], how="diagonal_relaxed"))
    )
    asked = {row["system"]: row for row in made.questions.iter_rows(named=True)}
    assert len(asked) == made.questions.height == 18
    assert (asked["S00"]["asked_of"], asked["S00"]["asked_as"]) == ("P55 Somebody", "owner")
    assert (asked["S30"]["asked_of"], asked["S30"]["asked_as"]) == ("Boss Somebody", "most senior writer")
    assert asked["S10"]["question"] == "Which business area owns system S10 (4 containers, such as s10-t0)?"
    assert asked["S10"]["proposed"] is None


def test_departments_show_how_they_were_folded() -> None:
    made = assigned(bank())
    row = made.departments.filter(department="Internal Audit team 15").row(0, named=True)
    assert row == {
        "department": "Internal Audit team 15",
        "people": 2,
        "area": "Internal Audit",
        "domain": "internal-audit",
    }


@pytest.mark.parametrize("department", ["", "Bank", "{area} {team} {code}", "n/a"], ids=["none", "one", "own", "n/a"])
def test_departments_that_say_nothing_give_no_domain_and_the_summary_says_so(department: str) -> None:
    facts = bank(department=department.replace("{area} {team} {code}", "x{code}y{team}"), central=False)
    made = assigned(facts)
    assert made.domains["domain"].null_count() == made.domains.height
    assert (made.domains["domain_confidence"] == 0.0).all()
    assert made.summary["notes"]
    assert made.summary["not_assessed"] == made.domains.height
    assert made.questions.height


def test_every_department_unique_is_no_team_for_a_domain() -> None:
    facts = bank(central=False)
    names = [
        f"{a}{b}"
        for a in ("Kes", "Fal", "Mer", "Osp", "Bar", "Wol")
        for b in ("trel", "con", "lin", "rey", "nard", "ve")
    ]
    people = facts.table("principals").with_columns(department=pl.Series(names))
    made = assigned(bank(central=False, principals=people))
    assert made.domains["domain"].null_count() == made.domains.height


def test_no_principals_no_containers_and_no_access_are_answered() -> None:
    assert assigned(bank(principals=None)).domains["domain"].null_count() == 72
    made = assigned(bank(principals=None, containers=None))
    assert made.domains.height == 72
    nobody = bank(
        principals=None,
        containers=None,
        grants=pl.DataFrame(schema={"principal_id": pl.String, "container": pl.String}),
    )
    assert assigned(nobody).domains.height == 0
    assert assigned(nobody).questions.height == 0


def test_the_order_of_rows_does_not_matter() -> None:
    facts = bank()
    mixed = {
        name: facts.table(name).sample(fraction=1.0, shuffle=True, seed=3)
        for name in ("principals", "grants", "containers")
    }
    again = assigned(bank(**mixed))
    made = assigned(facts)
    assert again.domains.equals(made.domains)
    assert again.questions.equals(made.questions)
    assert again.summary == made.summary


counts = st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=6)


@given(counts)
def test_evidence_beyond_the_share_is_the_textbook_cell_and_never_negative(rows: list[list[int]]) -> None:
    table = np.array(rows, dtype=float)
    found = beyond_share(table)
    assert (found >= 0).all()
    total = max(table.sum(), 1.0)
    for (i, j), n in np.ndenumerate(table):
        expected = table[i].sum() * table[:, j].sum() / total
        wanted = n * np.log(n / expected) - (n - expected) if n > expected else 0.0
        assert found[i, j] == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_kind_that_is_often_wrong_is_believed_less_than_kinds_that_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = 400, 5
    truth = rng.integers(0, k, n)

    def kind(right: float) -> np.ndarray:
        said = np.where(rng.random(n) < right, truth, rng.integers(0, k, n))
        return np.eye(k)[said]

    scores = {"good": kind(0.95), "fair": kind(0.85), "poor": kind(0.2)}
    believer = Believer(scores, dict.fromkeys(scores, 0.7)).fit()
    poor, fair, good = (float(believer.rights_[kind][0]) for kind in ("poor", "fair", "good"))
    assert poor < 0.6 < 0.75 < min(fair, good)
    chances = believer.chances(list(scores))
    assert (chances.argmax(axis=1) == truth).mean() >= 0.85
    assert chances.sum(axis=1) == pytest.approx(1.0)


def test_access_is_left_as_it_is() -> None:
    facts = bank()
    before = access_of(facts)
    assigned(facts)
    assert before.class_access.equals(access_of(facts).class_access)
