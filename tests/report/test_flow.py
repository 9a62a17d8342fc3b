"""The flow picture: every container is in it once per column, names are escaped, nothing is out of the frame."""

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.frames import Proposal, conform
from lakezones.report.flow import COLUMNS, HEIGHT, MOST, WIDTH, zone_flow

SVG = "{http://www.w3.org/2000/svg}"


def proposal(rows: list[tuple[str, str | None, str | None, str]]) -> Proposal:
    """Of rows (container, zone, domain, disposition) the tables that the picture needs."""
    frame = pl.DataFrame(
        rows, schema=dict.fromkeys(["container", "zone", "domain", "disposition"], pl.String), orient="row"
    ).with_columns(confidence=pl.lit(1.0), domain_confidence=pl.lit(1.0), evidence=pl.lit(""), needs_review=False)
    empty: dict[str, Any] = {name: schema.create_empty() for name, schema in t.PROPOSAL_TABLES.items()}
    whole = Proposal(**empty)
    layout = conform(frame.select("container", "disposition"), t.Layout)
    return replace(whole, zones=conform(frame.drop("disposition"), t.Zones), layout=layout)


def drawn(rows: list[tuple[str, str | None, str | None, str]], systems: list[str | None]) -> ElementTree.Element:
    names = pl.DataFrame({"container": [r[0] for r in rows], "system": systems}, schema_overrides={"system": pl.String})
    svg = zone_flow(proposal(rows), names)
    assert svg is not None
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def counted(root: ElementTree.Element, column: int) -> int:
    """Containers that the bars of a column say they have."""
    total = 0
    for group in root.iter(f"{SVG}g"):
        rect, title = group.find(f"{SVG}rect"), group.find(f"{SVG}title")
        if rect is not None and title is not None and rect.get("x") == str(COLUMNS[column]):
            found = re.search(r": ([\d,]+) containers?$", str(title.text))
            assert found
            total += int(found[1].replace(",", ""))
    return total


def test_every_container_is_in_every_column_once() -> None:
    rows = [
        (f"c{i}", ("raw", "curated", None)[i % 3], f"d{i % 20}", "migrate" if i % 3 < 2 else "leave") for i in range(90)
    ]
    root = drawn(rows, [f"s{i % 30}" for i in range(90)])
    assert [counted(root, column) for column in range(3)] == [90, 90, 90]
    bars = [rect.get("x") for rect in root.iter(f"{SVG}rect")]
    assert bars.count(str(COLUMNS[0])) == MOST["system"]
    assert bars.count(str(COLUMNS[1])) == MOST["domain"]


def test_what_the_layout_leaves_stays() -> None:
    root = drawn([("a", "raw", "d", "leave"), ("b", "raw", "d", "migrate")], ["s", None])
    titles = {str(title.text) for title in root.iter(f"{SVG}title")}
    assert "1 container of s to d, stays" in titles
    assert "1 container of no system known to d, raw" in titles


@pytest.mark.parametrize("name", ['<script>alert("x")</script>', "a&b<c", "x" * 300, "'\"><img src=x>"])
def test_hostile_names_are_escaped_and_cut(name: str) -> None:
    root = drawn([("a", "raw", name, "migrate")], [name])
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{t}" for t in ("svg", "g", "path", "rect", "text", "tspan", "title")
    }
    assert all(len("".join(text.itertext())) < 30 for text in root.iter(f"{SVG}text"))


def test_nothing_is_out_of_the_frame() -> None:
    rows = [(f"c{i}", "consumption", f"d{i}", "migrate") for i in range(40)]
    root = drawn(rows, [f"s{i}" for i in range(40)])
    for rect in root.iter(f"{SVG}rect"):
        bottom = float(str(rect.get("y"))) + float(str(rect.get("height")))
        assert 0 <= float(str(rect.get("x"))) <= WIDTH
        assert bottom <= HEIGHT + 0.1


def test_no_container_no_picture() -> None:
    assert zone_flow(proposal([]), pl.DataFrame(schema={"container": pl.String, "system": pl.String})) is None
