"""What is known anchors, and only direct evidence overrules it; the rest is heard as far as it predicts."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from lakezones.access import AccessSettings, resolve
from lakezones.model.frames import Facts
from lakezones.propose.domains import DomainsSettings, propose_domains
from lakezones.propose.zones import ZonesSettings, Zoning, zone_lake
from lakezones.propose.zones.learning import counted, out_of_sample, skill
from lakezones.propose.zones.settings import Lexicon
from lakezones.propose.zones.tokens import tokenize, zone_words

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WORDS = {"raw": "landing", "curated": "silver", "consumption": "mart"}


def zoned(names: list[str], **tables: pl.DataFrame) -> Zoning:
    """Zones of a lake where one person reads everything."""
    grants = pl.DataFrame({"principal_id": ["ann"] * len(names), "container": names})
    facts = Facts.of({"grants": grants, **tables}, as_of=NOW)
    access = resolve(facts, settings=AccessSettings())
    domains = propose_domains(facts, access, settings=DomainsSettings())
    return zone_lake(facts, access, domains, settings=ZonesSettings())


def row(zoning: Zoning, container: str) -> dict[str, Any]:
    return zoning.zones.with_columns(pl.col("zone").cast(pl.String)).row(
        by_predicate=pl.col("container") == container, named=True
    )


def containers(names: list[str], **columns: list[Any]) -> pl.DataFrame:
    return pl.DataFrame({"container": names, **columns})


def flows(*edges: tuple[str, str], tool: str = "flow") -> pl.DataFrame:
    """References of jobs, each of which reads the first and writes the second."""
    rows = [
        (tool, f"j{i}", c, how) for i, edge in enumerate(edges) for c, how in zip(edge, ("read", "write"), strict=True)
    ]
    return pl.DataFrame(rows, schema=["tool", "artifact", "container", "direction"], orient="row")


def lake_of(n: int = 60) -> tuple[list[str], dict[str, list[Any]]]:
    """Names that say their zone, with sizes and formats that follow it."""
    names = [f"{word}-t{i:03d}x" for word in WORDS.values() for i in range(n)]
    sizes = [size + i for size in (10**3, 10**6, 10**9) for i in range(n)]
    return names, {
        "size_bytes": sizes,
        "blob_count": [1] * 3 * n,
        "format": ["csv"] * n + ["parquet"] * n + ["delta"] * n,
    }


def test_look_alikes_predict_what_has_no_word_and_never_overrule_a_word() -> None:
    names, columns = lake_of()
    stray, plain = "landing-odd", "odd-one"
    # Both look like marts in all that can be seen.
    names += [stray, plain]
    alike = {"size_bytes": 10**9, "blob_count": 1, "format": "delta"}
    zoning = zoned(names, containers=containers(names, **{key: [*columns[key], *[alike[key]] * 2] for key in columns}))
    assert row(zoning, plain)["zone"] == "consumption"
    odd = row(zoning, stray)
    assert odd["zone"] == "raw", "size and format overrule no word"
    assert odd["needs_review"]
    assert odd["confidence"] < 0.9
    assert "contradicted by all evidence together (consumption)" in odd["evidence"]
    assert row(zoning, "landing-t000x")["confidence"] >= 0.9
    assert zoning.summary["skills"]["size"] >= 2
    assert zoning.summary["skills"].get("class", 0) < 2, "all have the same grants"


def test_noise_is_not_heard() -> None:
    names = [f"{word}-t{i:03d}x" for word in WORDS.values() for i in range(60)]
    sizes = np.random.default_rng(0).permutation(len(names)) + 1
    zoning = zoned(names, containers=containers(names, size_bytes=sizes.tolist(), blob_count=[1] * len(names)))
    assert all(skill < 2 for skill in zoning.summary["skills"].values())
    assert "others" not in zoning.summary["weights"]


def test_contradictory_tags_are_worded_and_reviewed() -> None:
    names, columns = lake_of(20)
    tags = [json.dumps({"zone": "consumption"}) if i == 0 else None for i in range(len(names))]
    zoning = zoned(names, containers=containers(names, metadata=tags, **columns))
    tagged = row(zoning, names[0])
    assert tagged["needs_review"]
    assert tagged["confidence"] < 0.9
    assert "metadata says consumption" in tagged["evidence"]
    assert "contradicted by its word (raw)" in tagged["evidence"]


def test_two_tags_of_one_container_are_no_error() -> None:
    names, columns = lake_of(20)
    tags = [json.dumps({"zone": "raw", "layer": "gold"})] + [None] * (len(names) - 1)
    zoning = zoned(names, containers=containers(names, metadata=tags, **columns))
    assert row(zoning, names[0])["zone"] == "raw", "the first key of `metadata_keys` counts"


def test_an_ambiguous_word_is_what_lineage_says_and_a_question_without() -> None:
    tables = [f"t{i}x" for i in range(30)]
    # A load fills `stg` from outside; everything is made of it.
    filled = [f"stg-{t}" for t in tables] + [f"silver-{t}" for t in tables] + [f"mart-{t}" for t in tables]
    made = flows(*((f"stg-{t}", f"silver-{t}") for t in tables), *((f"silver-{t}", f"mart-{t}") for t in tables))
    zoning = zoned(filled, references=made)
    assert {row(zoning, f"stg-{t}")["zone"] for t in tables} == {"raw"}
    # Here `stg` is made of what is raw.
    cleaned = [f"landing-{t}" for t in tables] + [f"stg-{t}" for t in tables] + [f"mart-{t}" for t in tables]
    made = flows(*((f"landing-{t}", f"stg-{t}") for t in tables), *((f"stg-{t}", f"mart-{t}") for t in tables))
    zoning = zoned(cleaned, references=made)
    assert {row(zoning, f"stg-{t}")["zone"] for t in tables} == {"curated"}
    asked = row(zoned([f"stg-{t}" for t in tables]), "stg-t0x")
    assert asked["needs_review"]
    assert asked["confidence"] < 0.9
    assert "`stg` means raw in some shops and curated in others, and no lineage decides" in asked["evidence"]


def test_beside_raw_an_ambiguous_word_is_taken_for_its_other_meaning() -> None:
    beside_raw = [f"{word}-t{i:03d}x" for word in ("landing", "stg", "mart") for i in range(30)]
    assert row(zoned(beside_raw), "stg-t000x")["zone"] == "curated"
    beside_curated = [f"{word}-t{i:03d}x" for word in ("silver", "stg", "mart") for i in range(30)]
    assert row(zoned(beside_curated), "stg-t000x")["zone"] == "raw"


def test_staging_of_a_dbt_project_is_curated() -> None:
    tables = [f"t{i}x" for i in range(8)]
    names = [f"crm-{t}" for t in tables] + [f"stg_crm__{t}" for t in tables] + ["fct_sales"]
    made = flows(
        *((f"crm-{t}", f"stg_crm__{t}") for t in tables), *((f"stg_crm__{t}", "fct_sales") for t in tables), tool="dbt"
    )
    zoning = zoned(names, references=made)
    zones = dict(zoning.zones.select("container", pl.col("zone").cast(pl.String)).iter_rows())
    assert {zones[f"crm-{t}"] for t in tables} == {"raw"}
    assert {zones[f"stg_crm__{t}"] for t in tables} == {"curated"}
    assert zones["fct_sales"] == "consumption"


def test_words_that_data_flows_back_through_are_given_up() -> None:
    tables = [f"t{i}x" for i in range(40)]
    names = [f"{word}-{t}" for word in ("gold", "raw", "stg") for t in tables]
    made = flows(*((f"gold-{t}", f"raw-{t}") for t in tables), *((f"raw-{t}", f"stg-{t}") for t in tables))
    zoning = zoned(names, references=made)
    zones = zoning.zones.with_columns(
        pl.col("zone").cast(pl.String), word=pl.col("container").str.split("-").list.first()
    )
    assert dict(zones.group_by("word").agg(pl.col("zone").unique().sort()).sort("word").iter_rows()) == {
        "gold": ["raw"],
        "raw": ["curated"],
        "stg": ["consumption"],
    }
    told = zones.filter(word="gold")
    assert told["needs_review"].all()
    assert told["confidence"].max() < 0.9  # type: ignore[operator]
    assert told["evidence"].str.contains("contradicted by its word (consumption)", literal=True).all()


def test_what_tables_are_missing_is_said() -> None:
    names, columns = lake_of(10)
    without = zoned(names)
    assert without.summary["not_assessed"] == ["containers", "principals", "usage", "references"]
    assert without.zones["confidence"].max() < 0.9  # type: ignore[operator]
    partly = zoned(names, containers=containers(names, format=columns["format"]))
    assert partly.summary["not_assessed"] == ["principals", "usage", "references", "times of change", "system metadata"]


@pytest.mark.parametrize(("days", "confidence"), [(60, 0.75), (500, 0.9)])
def test_dead_by_a_short_log_is_only_perhaps_dead(days: int, confidence: float) -> None:
    names, columns = lake_of(4)
    changed = [NOW - timedelta(days=600 if name == names[0] else 1) for name in names]
    used = [NOW - timedelta(days=days if name == names[1] else 1) for name in names[1:]]
    usage = pl.DataFrame({"principal_id": ["ann"] * len(used), "container": names[1:], "last_used": used})
    zoning = zoned(names, containers=containers(names, last_modified=changed, **columns), usage=usage)
    dead = row(zoning, names[0])
    assert dead["state"] == "dead"
    assert dead["confidence"] == confidence


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["stg-fct-orders", "stg-a", "stg-b", "fct-c"], ["stg", "stg", "stg", "fct"]),
        (["serving-raw-materials", "serving-a", "raw-b"], ["serving", "serving", "raw"]),
        (["a-orders-raw", "b-raw", "c-mart", "mart-of-c-raw"], ["raw", "raw", "mart", "raw"]),
        (["lake1/dl-silver-a", "lake2/silver-a", "loan-bi0-04"], ["silver", "silver", None]),
    ],
)
def test_the_word_that_says_the_zone(names: list[str], words: list[str | None]) -> None:
    found = zone_words(tokenize(pl.Series(names)), Lexicon())
    said = dict(found.select("node", "token").iter_rows())
    assert [said.get(i) for i in range(len(names))] == words


def test_a_value_is_counted_without_the_container_itself() -> None:
    rng = np.random.default_rng(1)
    matrix = sparse.csr_matrix(rng.random((12, 3)) < 0.4, dtype=np.float64)
    target, weight = rng.dirichlet([1, 1, 1], 12), 10 * rng.random(12)
    beliefs = rng.dirichlet([1, 1, 1], 3)
    found = counted(matrix, beliefs, target, weight, 5.0)
    has = np.asarray(matrix.sum(axis=1)).ravel() > 0
    shares = (target * weight[:, None])[has].sum(axis=0) + 1.0
    shares /= shares.sum()
    for i in range(12):
        wanted = np.zeros(3)
        for v in np.flatnonzero(matrix[i].toarray()[0]):
            others = [j for j in range(12) if j != i and matrix[j, v]]
            prior = beliefs[v] * shares
            counts = 5.0 * prior / prior.sum() + sum((weight[j] * target[j] for j in others), np.zeros(3))
            wanted += np.log(counts / counts.sum()) - np.log(shares)
        np.testing.assert_allclose(found[i], wanted, atol=1e-9)


def test_nothing_is_learned_of_a_zone_that_is_not_known() -> None:
    matrix = sparse.csr_matrix(np.eye(2)[np.arange(40) % 2])
    target = np.eye(3)[1 + np.arange(40) % 2]
    believed = np.array([[0.8, 0.1, 0.1], [1 / 3, 1 / 3, 1 / 3]])
    found = counted(matrix, believed, target, np.ones(40), 5.0)
    assert found[0, 0] > 1, "raw keeps what is believed of the first value"
    assert found[1, 0] == pytest.approx(0.0)
    assert not out_of_sample(matrix, target, np.ones(40))[:, 0].any()


def test_skill_is_found_where_it_is() -> None:
    rng = np.random.default_rng(2)
    zone = rng.integers(0, 3, 300)
    target, weight = np.eye(3)[zone], np.ones(300)
    tells = sparse.csr_matrix(np.eye(3)[np.where(rng.random(300) < 0.7, zone, rng.integers(0, 3, 300))])
    noise = sparse.csr_matrix(np.eye(3)[rng.integers(0, 3, 300)])
    assert skill(tells, target, weight) > 5
    assert skill(noise, target, weight) < 2
    assert skill(tells, target, np.where(np.arange(300) < 5, 1.0, 0.0)) == 0, "five containers teach nothing"
    assert (out_of_sample(tells, target, weight).argmax(axis=1) == zone).mean() > 0.6


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.from_regex(r"[a-z]{1,6}(-(raw|mart|stg|core|silver))?(-[a-z0-9]{1,4})?", fullmatch=True),
        min_size=1,
        max_size=12,
        unique=True,
    ),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=10),
)
def test_whatever_the_names_and_edges(names: list[str], edges: list[tuple[int, int]]) -> None:
    pairs = [(names[a % len(names)], names[b % len(names)]) for a, b in edges]
    zoning = zoned(names, **({"references": flows(*pairs)} if pairs else {}))
    zones = zoning.zones
    assert zones["container"].to_list() == sorted(names)
    assert zones["confidence"].is_between(0.0, 1.0).all()
    assert (zones["zone"].is_null() == zones["state"].is_not_null()).all()
    doubted = zones.filter(
        pl.col("evidence").str.contains("contradicted by ", literal=True) & pl.col("state").is_null()
    )
    assert doubted["needs_review"].all()
    assert (doubted["confidence"] < 0.9).all()
    assert set(zoning.review["container"]) == set(zones.filter("needs_review")["container"])
