"""What there is to see, and its hash: people, containers, level, sensitivity, evidence; nothing else."""

import polars as pl

from lakezones.review.binding import hashes
from tests.review.decisions.cases import case, grown, joined, labelled, opening, renamed, without
from tests.review.lake import class_of


def test_parts_are_people_containers_and_evidence() -> None:
    parts = case().contents.of("role", "role-secret")
    assert parts.filter(part_kind="member")["part_id"].sort().to_list() == ["ann", "bob", "cyd", "eve"]
    boxes = parts.filter(part_kind="container").select("part_id", "level", "sensitivity", "value").rows()
    assert boxes == [("pii", 1, "pii", class_of(case().access, "pii"))]
    evidence = dict(parts.filter(part_kind="evidence").select("part_id", "value").iter_rows())
    assert evidence == {"risk": "low", "owner": "Olga Owner"}


def test_duties_that_meet_are_evidence_by_person() -> None:
    parts = case().contents.of("role", "role-duties").filter(part_kind="evidence")
    assert "conflict make and release: fay" in parts["part_id"].to_list()


def test_a_hash_changes_with_what_there_is_to_see_and_with_nothing_else() -> None:
    base = case()
    now = base.hash("role", "role-fine")
    assert joined(base, "role-fine", "tom").hash("role", "role-fine") != now
    assert without(base, "role-fine", "ann").hash("role", "role-fine") != now
    assert grown(base, "m9", beside="m1").hash("role", "role-fine") != now
    assert opening(base, "role-fine", "m1", 3).hash("role", "role-fine") != now
    assert labelled(base, "m1", "secret").hash("role", "role-fine") != now
    assert labelled(base, "pii", "secret").hash("role", "role-secret") != base.hash("role", "role-secret")
    assert grown(base, "m9", beside="m1").hash("role", "role-secret") == base.hash("role", "role-secret")


def test_other_classes_of_the_same_containers_are_the_same_content() -> None:
    base = case()
    split = renamed(base, class_of(base.access, "m1"), {"m1": "c-new"})
    assert split.access.container_classes.filter(container="m1")["class_id"].item() == "c-new"
    assert split.hash("role", "role-fine") == base.hash("role", "role-fine")


def test_everything_has_one_hash_and_the_order_of_rows_does_not_matter() -> None:
    base = case()
    assert base.hashes.select("object_kind", "object_id").is_duplicated().sum() == 0
    assert base.hashes.height == base.contents.objects.height
    mixed = base.contents.parts.sample(fraction=1.0, shuffle=True, seed=1)
    again = type(base.contents)(parts=mixed, containers=base.contents.containers.reverse())
    assert hashes(again).equals(base.hashes)


def test_sizes_count_people_and_containers() -> None:
    sizes = case().contents.sizes.filter(pl.col("object_id") == "role-fine")
    assert sizes.select("people", "containers", "pairs").row(0) == (4, 4, 16)
