"""Scorers on tiny proposals with known figures, and the references on a plain world."""

import polars as pl
import pytest

from tests.benchmarks.worlds import families, heavy, references_domains, references_roles, references_zones, trees
from tests.benchmarks.worlds.__main__ import main
from tests.benchmarks.worlds.clues import read_clues
from tests.benchmarks.worlds.goals import summary
from tests.benchmarks.worlds.lake import Lake
from tests.benchmarks.worlds.layering import layered_form
from tests.benchmarks.worlds.rolesets import Held, Role, given
from tests.benchmarks.worlds.run import PARTS
from tests.benchmarks.worlds.scores_domains import matched, right_share
from tests.benchmarks.worlds.scores_excess import State, weight
from tests.benchmarks.worlds.scores_names import figures as name_figures
from tests.benchmarks.worlds.scores_roles import added, broken, composed, covered, figures, found, joiners
from tests.benchmarks.worlds.scores_zones import confident, contradictions, macro
from tests.benchmarks.worlds.world import PlantedRole


@pytest.fixture(scope="module")
def lake() -> Lake:
    return Lake(families.generate("plain", 1))


@pytest.fixture
def held() -> Held:
    """Two classes: entitlement a reads the first, b reads the second, w writes the first; ann holds a, bob a and b."""
    opens = {"a": 0b001, "b": 0b001000, "w": 0b011}
    return Held(
        position={"c1": 0, "c2": 3},
        opens=opens,
        held={"ann": 0b001, "bob": 0b001001},
        restricted=0b111000,
        asked={"ann": frozenset("a"), "bob": frozenset("ab")},
    )


def role(people: str, cells: int, *, layer: str = "job", after: str = "", cells_after: int = 0) -> Role:
    now = frozenset(people.split())
    return Role(
        layer=layer,
        people=now,
        cells=cells,
        people_after=now | set(after.split()),
        cells_after=cells | cells_after,
    )


def test_macro_f1_counts_only_zones_that_there_are() -> None:
    truth = {"t1": "raw", "t2": "raw", "t3": "curated"}
    assert macro(truth, {"t1": "raw", "t2": "raw", "t3": "curated"}) == 1
    # raw: precision 1, recall 1/2; curated: precision 1/2, recall 1.
    assert macro(truth, {"t1": "raw", "t2": "curated", "t3": "curated"}) == pytest.approx(2 / 3)
    assert macro(truth, {}) == 0


def test_sure_is_nine_tenths() -> None:
    truth = {"t1": "raw", "t2": "raw", "t3": "raw", "t4": "raw"}
    guesses = {"t1": ("raw", 0.9), "t2": ("curated", 0.95), "t3": ("raw", 0.89), "other": ("raw", 1.0)}
    assert confident(truth, guesses) == (0.5, 0.5)
    assert confident(truth, {}) == (0, 1)


def test_a_word_overruled_without_direct_evidence_is_seen(lake: Lake) -> None:
    clues = read_clues(lake.world.facts)
    name = next(n for n in clues.names if clues.word.get(n) == "raw" and clues.place(n) in (None, "raw"))
    row = pl.DataFrame({"container": [name], "zone": ["curated"], "needs_review": [True]})
    assert contradictions(row, clues) == {
        "overruled": 1,
        "direct": 0.0,
        "review": 1.0,
        "clashes": 0,
        "clashes_review": 1.0,
    }


def test_domains_are_matched_one_to_one() -> None:
    truth = {f"t{i}": "Risk" for i in range(4)} | {f"u{i}": "Sales" for i in range(2)}
    split = {"t0": "a", "t1": "a", "t2": "b", "t3": "b", "u0": "c"}
    assert matched(truth, split)["c"] == "Sales"
    # Only one half of Risk counts, and a container without a domain is not right.
    assert right_share(truth, split) == pytest.approx(3 / 6)
    assert right_share(truth, dict.fromkeys(truth, "all")) == pytest.approx(4 / 6)
    assert right_share(truth, {}) == 0


def test_roles_are_found_by_people_and_by_entitlements(held: Held) -> None:
    planted = PlantedRole(name="x", layer="job", people=frozenset(["ann", "bob"]), entitlements=frozenset("ab"))
    assert found(planted, [role("ann bob", 0b001001)], held)
    assert not found(planted, [role("ann bob", 0b001), role("bob", 0b001001)], held)
    assert found(planted, [role("bob", 0b001001, after="ann")], held)
    assert composed(planted, given([role("ann bob", 0b001), role("ann bob", 0b001000)], after=True), held)


def test_an_entitlement_is_taken_with_all_that_it_opens_anyway(held: Held) -> None:
    assert held.whole("w") == {"a", "w"}
    assert held.within(0b001000) == {"b"}
    assert held.role("job", ["ann", "bob"], ["a", "b"]).people == {"bob"}


def test_suggested_pairs_are_those_nobody_holds_today(held: Held) -> None:
    assert added(held, "ann", 0b001001) == ["b"]
    assert added(held, "bob", 0b001001) == []
    needs = {"ann": frozenset("ab"), "bob": frozenset("a")}
    suggesting = [role("bob", 0b001001, after="ann")]
    assert covered(given(suggesting, after=False), needs, held) == pytest.approx(1 / 3)
    assert covered(given(suggesting, after=True), needs, held) == 1


def test_promises_broken_are_counted(lake: Lake, held: Held) -> None:
    assert broken(lake, held, [role("bob", 0b001001)], {"bob": 0b001001}) == 0
    assert broken(lake, held, [], {"ann": 0b001001}) == 1
    assert broken(lake, held, [role("ann", 0b011, layer="area")], {}) == 1
    assert broken(lake, held, [role("ann", 0b001000, layer="birthright")], {}) == 1


def test_transitional_roles_are_no_roles_of_joiners(lake: Lake) -> None:
    held = Held.of(lake)
    team = [p for p, area in lake.world.truth.area_of.items() if area == "Risk"]
    needed = held.cells(lake.world.truth.joiners[0].needed)
    job, passing = (role(" ".join(team), needed, layer=layer) for layer in ("job", "transitional"))
    assert joiners(lake, held, [job]) == {"joiners": 1, "got": 1, "beyond": 0}
    assert joiners(lake, held, [passing])["got"] == 0
    assert figures(lake, held, [job, passing])["trans"] == 1


def test_the_planted_roles_themselves_score_full(lake: Lake) -> None:
    held = Held.of(lake)
    roles = [held.role(one.layer, one.people, one.entitlements) for one in lake.world.truth.roles]
    row = figures(lake, held, roles)
    assert (row["found"], row["needed"], row["together"], row["after"]) == (1, 1, 1, 1)
    assert (row["got"], row["beyond"], row["broken"]) == (1, 0, 0)
    assert row["a_person"] == row["meant"]


def test_what_all_jobs_of_an_area_have_is_the_areas(held: Held) -> None:
    teams = [frozenset(["ann", "eve"]), frozenset(["bob", "cem"])]
    everybody = teams[0] | teams[1]
    planted = [
        PlantedRole(name="area", layer="area", people=everybody, entitlements=frozenset()),
        PlantedRole(name="one", layer="job", people=teams[0], entitlements=frozenset("a")),
        PlantedRole(name="two", layer="job", people=teams[1], entitlements=frozenset("abw")),
    ]
    formed = {role.name: role.entitlements for role in layered_form(planted, held)}
    # b is restricted and w writes: neither would move.
    assert formed == {"area": frozenset("a"), "two": frozenset("bw")}


def test_excess_weighs_cells(held: Held) -> None:
    sizes, spared = {"c1": 2, "c2": 3}, {"c1": 1}
    assert weight(State({"bob": 0b001001}), held, sizes, spared) == 5
    assert weight(State({"bob": 0b001011}), held, sizes, spared) == 7
    assert weight(State({"bob": 0b001011}), held, sizes, spared, levels=False) == 5
    # A variant leaves one container of c1 out for bob, at both levels.
    assert weight(State({"bob": 0b001011}, frozenset([("bob", "c1")])), held, sizes, spared) == 5


def test_running_numbers_are_told_from_the_banks_own() -> None:
    row = name_figures(["lake-job-risk-team-07-r", "lake-job-mixed-3-r", "x" * 65, "X" * 65], {"07"})
    assert (row["digit"], row["numbered"], row["mixed"]) == (0.5, 0.25, 0.25)
    assert (row["twice"], row["long"], row["odd"]) == (1, 2, 0)


def test_references_do_well_on_a_plain_world(lake: Lake) -> None:
    truth = dict(lake.world.truth.zones.iter_rows())
    clues = read_clues(lake.world.facts)
    bayes = references_zones.anchored_bayes(lake.world.facts, clues)
    assert macro(truth, {c: zone for c, (zone, _) in bayes.items()}) > 0.85
    assert macro(truth, references_zones.forest(lake.world.facts, clues, truth)) > 0.9
    areas = dict(lake.world.truth.areas.iter_rows())
    assert right_share(areas, references_domains.by_writers(lake)) == 1
    assert references_domains.ceiling(lake, areas) == 1
    held = Held.of(lake)
    row = figures(lake, held, references_roles.layered(lake.world.facts.table("principals"), held))
    assert float(str(row["found"])) > 0.9
    flat = references_roles.greedy(held, most=5)
    assert len(flat) == 5
    assert all(not cells & ~held.held[p] for p, cells in given(flat, after=False).items())


def test_every_part_measures_a_plain_world_for_the_goals(lake: Lake) -> None:
    rows = {name: part(lake) for name, part in PARTS.items()} | {"trees": trees.score([1])}
    rows["heavy"] = [{"lake": "firm-1", "seconds": 1.0, "memory_mb": 1.0, **heavy.covered(lake)}]
    rows["heavy"] += [{"lake": "plain-1", "seconds": 2.0, "memory_mb": 2.0}]
    told = {str(row["goal"]): row for row in summary({}, rows)}
    assert told["roles: promises broken"][""] == "met"
    assert told["zones: median macro-F1"]["reporting"] == f"{float(str(rows['zones'][0]['f1'])):.3f}"
    assert {row["development"] for row in told.values()} == {"-"}


def test_trees_have_names_of_their_own_both_ways() -> None:
    for seed in range(1, 13):
        tree = trees.Tree(seed)
        assert len(set(tree.stripped.values())) == len(tree.zone)
        assert set(tree.zone.values()) == {"raw", "curated", "consumption"}


@pytest.mark.parametrize("arguments", [["--family", "plain", "--seeds", "2"], ["--family", "sealed", "--seeds", "1"]])
def test_reporting_worlds_are_refused_in_development(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--dev", *arguments]) == 2
    assert "reporting only" in capsys.readouterr().err
