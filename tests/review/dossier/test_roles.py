"""Dossiers of roles against a desk whose every fact is known by hand."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones import api
from lakezones.errors import InputError
from lakezones.model import tables as t
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts, Proposal, conform
from lakezones.review.dossier import Dossiers, RoleDossier
from tests import golden
from tests.review.dossier.desk import POLICIES, DeskLake, desk, desk_facts


def dossiers(lake: DeskLake) -> Dossiers:
    return Dossiers(lake.facts, lake.access, lake.proposal, policies=POLICIES)


def role(lake: DeskLake | None = None) -> RoleDossier:
    return dossiers(lake or desk()).role("desk")


def test_the_sentence_can_be_read_aloud() -> None:
    one = role()
    assert one.sentence == "Lets 3 people read 3 containers; owner Mia Head. Nobody gains access."
    assert (one.people, one.containers, one.size_bytes, one.pairs) == (3, 3, 40, 9)
    assert one.zones == ("raw", "curated")
    assert [(level.access, level.containers) for level in one.levels] == [("read", 3)]


def test_members_have_name_department_title_manager_account_and_the_age_of_each_fact() -> None:
    members = {one.person.principal_id: one for one in role().members}
    ana, bo, cy = members["ana"], members["bo"], members["cy"]
    assert ana.person.label == "Ana Ray (Analyst, Risk)"
    assert (ana.person.manager, ana.person.status, ana.person.area) == ("Mia Head", "enabled", "Risk")
    assert (ana.person.last_sign_in.on, ana.person.last_sign_in.text) == (date(2026, 9, 27), "3 days ago")
    assert bo.person.last_sign_in.text == "on the day of the scan"
    assert (cy.person.department, cy.person.manager, cy.person.last_sign_in.text) == (None, None, "none known")
    assert (ana.last_used.text, bo.last_used.text, cy.last_used.text) == ("2 days ago", "40 days ago", "not in 90 days")
    assert ana.last_used.on == date(2026, 9, 28)


def test_members_are_compared_with_the_others() -> None:
    members = {one.person.principal_id: one for one in role().members}
    assert [(one.used, one.used_share, one.median) for one in (members["ana"], members["bo"], members["cy"])] == [
        (2, 2 / 3, 1.0),
        (1, 1 / 3, 1.0),
        (0, 0.0, 1.0),
    ]
    assert (members["ana"].department_shared, members["cy"].department_shared) == (1, None)
    assert members["ana"].compared == "used 2 of 3 (median 1); shares the department with 1"
    assert members["cy"].compared == "used 0 of 3 (median 1); department not known"
    assert all(one.held_share == 1.0 for one in members.values())


def test_whom_a_defect_names_comes_first_and_says_which() -> None:
    assert [(one.person.principal_id, one.marks) for one in role().members] == [
        ("cy", ("unused",)),
        ("ana", ()),
        ("bo", ()),
    ]


def test_entitlements_are_named_as_people_request_them() -> None:
    market, feed = role().entitlements
    assert (market.name, market.containers, market.opened, market.in_full, market.holders, market.group) == (
        "R_MKT",
        2,
        2,
        True,
        3,
        "grp-market-data",
    )
    assert (feed.name, feed.in_full, feed.group) == ("R_FX", True, None)
    assert feed.sentence == "the role gives all of it, 1 container; 3 of 3 members hold it"
    assert role().without_entitlement == 0


def test_an_entitlement_given_in_part_says_what_of_it() -> None:
    one = role(desk(boxes={"mkt-a": 1}))
    assert [(card.name, card.opened, card.containers, card.in_full) for card in one.entitlements] == [
        ("R_MKT", 1, 2, False)
    ]
    assert one.entitlements[0].sentence == "the role gives 1 of its 2 containers; 3 of 3 members hold it"
    assert one.replaces[0].sentence == (
        "3 personal memberships in grp-market-data, which opens 1 container of the role; stays, since it also opens"
        " 1 container that the role does not"
    )


def test_containers_are_counted_by_system_and_zone() -> None:
    assert [(one.system, one.zone, one.containers, one.size_bytes, one.names) for one in role().places] == [
        ("FX", "curated", 1, None, ("fx-a",)),
        ("MKT", "curated", 1, 10, ("mkt-a",)),
        ("MKT", "raw", 1, 30, ("mkt-b",)),
    ]


def test_use_is_counted_over_the_window() -> None:
    use = role().use
    assert (use.assessed, use.since, use.until, use.days) == (True, date(2026, 7, 2), date(2026, 9, 30), 90)
    assert (use.containers, use.seen, use.used, use.pairs, use.active, use.members) == (3, 3, 2, 3, 2, 3)
    assert use.idle is None, "which containers nobody used is the proposal's to say"
    assert use.sentence == (
        "2 of 3 members used it: together 2 of its 3 containers in the 90 days to 2026-09-30;"
        " 33% of 9 pairs of person and container."
    )


def test_what_it_replaces() -> None:
    group, feed = role().replaces
    assert (group.kind, group.name, group.object_id, group.people, group.containers, group.whole) == (
        "group",
        "grp-market-data",
        "g-mkt",
        3,
        2,
        True,
    )
    assert (feed.kind, feed.name, feed.people, feed.containers, feed.whole) == ("entitlement", "R_FX", 3, 1, True)


def test_sensitive_and_public_containers_are_named() -> None:
    one = role()
    assert [(card.word, card.containers, card.restricted) for card in one.sensitive] == [
        ("restricted", 1, True),
        ("internal", 2, False),
    ]
    assert one.public == ("mkt-b",)


def test_nobody_gains_and_nobody_loses_by_a_proposed_role() -> None:
    change = role().change
    assert (change.gains, change.keeps, change.loses) == (0, 9, 0)
    assert change.sentence == "Nobody gains access and nobody loses any: 9 pairs of person and container stay."


def test_who_would_gain_is_named_with_what() -> None:
    one = role(desk(members=("ana", "mia")))
    mia = next(card for card in one.members if card.person.principal_id == "mia")
    assert (mia.change.gains, mia.change.keeps, mia.held_share) == (3, 0, 0.0)
    assert set(mia.change.names) == {"mkt-a", "mkt-b", "fx-a"}
    assert one.sentence.endswith("3 pairs of person and container would be new.")
    assert one.defects[0].kind == "new_access"
    assert one.defects[0].sentence.startswith("Mia Head would gain 3 pairs")


def test_duties_that_meet_are_named_by_person_pair_and_reason() -> None:
    one = role(desk(members=("ana", "pat")))
    (conflict,) = one.conflicts
    assert (conflict.person.name, conflict.pair) == ("Pat Fox", "price and pay")
    assert (conflict.by_role, conflict.beside) == (("fx-a",), ("pay-in",))
    assert conflict.sentence == "Pat Fox holds fx-a and pay-in: price and pay (nobody prices what they pay for)"


def test_roles_beside_it_say_what_differs() -> None:
    lake = desk(
        others={"twin": (("ana", "bo", "cy", "pat"), {"mkt-a": 1, "mkt-b": 1}), "far": (("pat",), {"pay-in": 1})}
    )
    (near,) = role(lake).near
    assert (near.role_id, near.members_alike, near.containers_alike) == ("twin", 0.75, pytest.approx(2 / 3))
    assert (near.only_here, near.only_there, near.containers_here, near.containers_there) == ((), ("Pat Fox",), 1, 0)
    assert near.sentence == (
        "67% the same containers and 75% the same people as lake-prd-job-twin-r: 1 container more here, 1 person there"
        " alone"
    )


def test_the_picture_has_members_then_peers_and_levels_as_they_are_today() -> None:
    one = role().picture
    assert [column.name for column in one.columns] == ["fx-a", "mkt-a", "mkt-b"]
    assert [(row.name, row.member, row.cells) for row in one.rows] == [
        ("Ana Ray", True, (1, 1, 1)),
        ("Bo Sun", True, (1, 1, 1)),
        ("Cy Lim", True, (1, 1, 1)),
        ("Pat Fox", False, (1, 1, 1)),
    ]


def test_what_was_not_given_is_not_assessed_and_never_zero() -> None:
    one = role(desk(facts=desk_facts(without=("usage", "principals", "entitlements"))))
    assert not one.use.assessed
    assert one.use.used is None
    assert one.use.sentence == "Use was not assessed."
    assert {(card.last_used.text, card.used, card.person.status) for card in one.members} == {
        ("not assessed", None, "not assessed")
    }
    assert "unused" not in {defect.kind for defect in one.defects}
    assert "leaver" not in {defect.kind for defect in one.defects}


def test_without_the_containers_table_nothing_is_said_of_size_owner_and_public_access() -> None:
    lake = desk(facts=desk_facts(without=("containers",)), others={"unowned": (("ana",), {"fx-a": 1})})
    one = dossiers(lake).role("unowned")
    assert one.size_bytes is None
    assert "no_owner" not in {defect.kind for defect in one.defects}


def test_a_role_that_is_not_proposed_is_an_error() -> None:
    with pytest.raises(InputError, match="there is no role 'gone'"):
        dossiers(desk()).role("gone")


HOSTILE = ("<script>alert(1)</script>", '=HYPERLINK("http://x")', "\u202eevil", "Rob'); --", "", "  ")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_pass_through_as_they_are(name: str) -> None:
    one = role(desk(facts=desk_facts(names={"ana": name})))
    shown = {card.person.principal_id: card.person.name for card in one.members}
    assert shown["ana"] == (name if name.strip() else "ana"), "only what nobody could see gives way to the id"


CELLS = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 4)), st.sampled_from([1, 3, 7]), min_size=1, max_size=16
)
LEVELS = {1: "read", 3: "write", 7: "manage"}


@settings(max_examples=40, deadline=None)
@given(cells=CELLS, members=st.sets(st.integers(0, 3), min_size=1), wanted=st.integers(1, 7))
def test_what_is_gained_and_kept_is_what_the_role_opens(
    cells: dict[tuple[int, int], int], members: set[int], wanted: int
) -> None:
    grants = [(f"p{who}", f"c{box}", LEVELS[level]) for (who, box), level in sorted(cells.items())]
    facts = Facts.of(
        {"grants": pl.DataFrame(grants, schema=["principal_id", "container", "access"], orient="row")},
        as_of=golden.AS_OF,
    )
    access = api.access(facts)
    level = {1: 1, 2: 3, 3: 3}.get(wanted, 1)
    classes = access.container_classes["class_id"].unique().sort().to_list()
    content = classes[: max(1, wanted % (len(classes) + 1))]
    people = [f"p{who}" for who in sorted(members)]
    one = Dossiers(facts, access, _proposal(people, dict.fromkeys(content, level))).role("r")
    boxes = access.container_classes.filter(pl.col("class_id").is_in(content))["container"].to_list()
    held = {(f"p{who}", f"c{box}"): bits for (who, box), bits in cells.items()}
    for card in one.members:
        mine = card.person.principal_id
        kept = sum(level & ~held.get((mine, box), 0) == 0 for box in boxes)
        assert (card.change.gains, card.change.keeps, card.change.loses) == (len(boxes) - kept, kept, 0)
        assert card.held_share == pytest.approx(kept / len(boxes))
    assert one.change.gains + one.change.keeps == len(boxes) * len(people) == one.pairs
    assert ("new_access" in {defect.kind for defect in one.defects}) == (one.change.gains > 0)


def _proposal(people: list[str], content: dict[str, int]) -> Proposal:
    empty = {name: schema.create_empty() for name, schema in t.PROPOSAL_TABLES.items()}
    row = {
        "role_id": "r",
        "name": "r",
        "zones": "",
        "access": "read",
        "members": len(people),
        "containers": 0,
        "requests_covered": 0,
        "pairs_covered": 0,
        "new_access": 0,
        "evidence": "",
        "risk": "low",
        "content_hash": "h",
        "layer": "job",
        "purpose": "p",
    }
    made = {
        "roles": conform(pl.DataFrame([row]), t.Roles),
        "role_members": conform(pl.DataFrame({"role_id": "r", "principal_id": people}), t.RoleMembers),
        "role_classes": conform(
            pl.DataFrame({"role_id": "r", "class_id": list(content), "level": list(content.values())}), t.RoleClasses
        ),
    }
    return Proposal(**(empty | made))


def test_the_facts_of_the_desk_are_all_tables_of_a_snapshot() -> None:
    assert {name for name in FACTS if desk_facts().assessed(name)} >= {"grants", "role_assignments", "entitlements"}


@settings(max_examples=30, deadline=None)
@given(
    used=st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 4)), st.integers(0, 120), max_size=14),
    members=st.sets(st.integers(0, 3), min_size=1),
    boxes=st.sets(st.integers(0, 4), min_size=1),
)
def test_use_is_that_of_a_naive_count(used: dict[tuple[int, int], int], members: set[int], boxes: set[int]) -> None:
    everyone, every = [f"p{n}" for n in range(4)], [f"c{n}" for n in range(5)]
    grants = [(who, box) for who in everyone for box in every]
    # Somebody outside of the role reads all the time, so that the window is of 100 days whatever the members did.
    rows = [(f"p{who}", f"c{box}", days) for (who, box), days in sorted(used.items())] + [("guard", "c0", 100)]
    usage = pl.DataFrame(rows, schema=["principal_id", "container", "days"], orient="row").with_columns(
        last_used=pl.lit(golden.AS_OF) - pl.duration(days="days"), access=pl.lit("read")
    )
    facts = Facts.of(
        {
            "grants": pl.DataFrame(
                [*grants, *((f"s{box}", box) for box in every)], schema=["principal_id", "container"], orient="row"
            ),
            "usage": usage.drop("days"),
        },
        as_of=golden.AS_OF,
    )
    access = api.access(facts)
    classes = dict(access.container_classes.select("container", "class_id").iter_rows())
    people, inside = [f"p{n}" for n in sorted(members)], [f"c{n}" for n in sorted(boxes)]
    use = Dossiers(facts, access, _proposal(people, {classes[box]: 1 for box in inside})).role("r").use
    pairs = {(f"p{who}", f"c{box}") for who, box in used}
    mine = {(who, box) for who, box in pairs if who in people and box in inside}
    assert use.days == max([100, *used.values()])
    assert (use.pairs, use.used, use.active) == (
        len(mine),
        len({box for _, box in mine}),
        len({who for who, _ in mine}),
    )
    newest = min((days for (who, box), days in used.items() if (f"p{who}", f"c{box}") in mine), default=None)
    assert use.last_used.days == newest
