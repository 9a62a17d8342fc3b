"""Every stage over the golden tiny lake, against what was worked out by hand."""

import json
from functools import cache

import polars as pl
import pytest

from lakezones.access import resolve
from lakezones.config import Settings
from lakezones.model.frames import Access, Facts
from lakezones.propose.domains import propose_domains
from lakezones.propose.layout import propose_layout
from lakezones.propose.roles.stage import propose_roles
from lakezones.propose.zones import classify
from lakezones.scan import scan
from tests import golden


@cache
def lake() -> Facts:
    return golden.facts()


@cache
def access() -> Access:
    return resolve(lake(), settings=Settings().access)


def labelled(frame: pl.DataFrame) -> pl.DataFrame:
    names = golden.labels(access().container_classes)
    return frame.with_columns(pl.col("class_id").replace(names).alias("class")).drop("class_id")


@cache
def zones() -> pl.DataFrame:
    settings = Settings()
    domains = propose_domains(lake(), access(), settings=settings.domains)
    return classify(lake(), access(), domains, settings=settings.zones)


@cache
def roles():
    settings = Settings()
    return propose_roles(lake(), access(), zones(), settings=settings.roles, naming=settings.naming)


def same(found: pl.DataFrame, table: str, columns: list[str]) -> None:
    """Fail with the rows that differ."""
    wanted = golden.expected(table).select(columns)
    text = [pl.col(c).cast(pl.String).fill_null("") for c in columns]
    found, wanted = found.select(text), wanted.select(text)
    assert found.join(wanted, on=columns, how="anti").rows() == [], "more than was worked out by hand"
    assert wanted.join(found, on=columns, how="anti").rows() == [], "less than was worked out by hand"
    assert found.height == wanted.height


def canonical(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in one order, JSON objects with their keys in one order."""
    if "metadata" in frame.columns:
        ordered = [text and json.dumps(json.loads(text), sort_keys=True) for text in frame["metadata"]]
        frame = frame.with_columns(pl.Series("metadata", ordered, pl.String))
    return frame.sort(pl.all())


def test_scan_reads_the_capture_whole():
    result = scan([str(golden.CAPTURE)])
    assert result.as_of == golden.AS_OF
    assert result.rejected.height == 0
    assert result.gaps.height == 0
    read = Facts.of(result.tables, as_of=result.as_of)
    for name in result.tables:
        found, wanted = (canonical(frame) for frame in (read.table(name), lake().table(name)))
        assert found.equals(wanted), name


def test_classes():
    assert sorted(golden.labels(access().container_classes).values()) == [f"k{n:02}" for n in range(1, 18)]


def test_effective_access():
    same(labelled(access().class_access), "class_access", ["class", "principal_id", "lane", "level"])


def test_entitlement_classes():
    found = labelled(access().entitlement_classes)
    same(found, "entitlement_classes", ["entitlement", "class", "level", "group_id"])


def test_requests():
    same(labelled(access().requests), "requests", ["principal_id", "entitlement", "class"])


def test_zones_and_domains():
    same(zones(), "zones", ["container", "zone", "domain", "state"])


@pytest.mark.parametrize(
    ("table", "column"), [("role_members", "principal_id"), ("role_classes", "class")], ids=["members", "content"]
)
def test_roles(table, column):
    frame = roles().role_members if table == "role_members" else labelled(roles().role_classes)
    found = {frozenset(part[column]) for part in frame.partition_by("role_id")}
    wanted = {frozenset(part[column]) for part in golden.expected(table).partition_by("role")}
    assert found == wanted


def test_residual():
    found = labelled(roles().residual_classes)
    same(found, "residual_classes", ["class", "principal_id", "lane", "level", "kind", "disposition"])


def test_layout():
    settings = Settings()
    result = propose_layout(lake(), access(), zones(), roles(), settings=settings.layout, limits=settings.limits)
    same(result.layout, "layout", ["container", "disposition", "cause"])
