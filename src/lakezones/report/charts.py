"""Pictures of the report as inline SVG: charts by altair and vl-convert (extra ``lakezones[report]``), the map by hand.

In: frames. Out: SVG text, or None where there is too little to draw or the extra is not installed: the page then
shows its tables alone.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import polars as pl

from lakezones.model.frames import Access, Proposal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_PEOPLE: Final = 300
COLOURS: Final = {1: "#9ecae1", 3: "#fd8d3c", 7: "#a50f15", 2: "#bcbddc", 4: "#636363", 5: "#636363", 6: "#636363"}
"""Colour of each level: read blue, write orange, manage red, the nameless ones grey and lilac."""


def available() -> bool:
    """Whether pictures can be drawn."""
    try:
        import vl_convert  # noqa: F401
    except ImportError:
        return False
    return True


def coverage_curve(coverage: pl.DataFrame) -> str | None:
    """Coverage against number of roles, with the points that presets choose."""
    if not available() or coverage.height < 2:
        return None
    import altair as alt

    line = (
        alt.Chart(coverage)
        .mark_line()
        .encode(
            x=alt.X("roles:Q", title="roles", axis=alt.Axis(format="d", tickMinStep=1)),
            y=alt.Y("coverage:Q", title="share of requests given in full", scale=alt.Scale(domain=[0, 1])),
        )
    )
    points = coverage.filter(pl.col("preset") != "")
    marks = alt.Chart(points).mark_point(filled=True, size=60).encode(x="roles:Q", y="coverage:Q")
    text = alt.Chart(points).mark_text(align="left", dx=6, dy=10).encode(x="roles:Q", y="coverage:Q", text="preset:N")
    return _svg(alt.layer(line, marks, text).properties(width=420, height=220), "coverage")


def zone_flow(proposal: Proposal, container_system: pl.DataFrame) -> str | None:
    """Containers by system today against domain and zone tomorrow, as a heat map of counts.

    Parameters
    ----------
    container_system
        container, system.
    """
    if not available():
        return None
    import altair as alt

    target = pl.concat_str(pl.col("domain").fill_null("unknown"), pl.lit(" / "), pl.col("zone").fill_null("none"))
    counts = (
        proposal.zones.with_columns(pl.col("zone").cast(pl.String))
        .join(container_system, on="container", how="left")
        .group_by(pl.col("system").fill_null("unknown"), target.alias("target"))
        .agg(pl.len().alias("containers"))
    )
    largest = counts.group_by("system").agg(pl.col("containers").sum()).top_k(25, by="containers")["system"]
    counts = counts.filter(pl.col("system").is_in(largest.to_list())).sort("system", "target")
    chart = (
        alt.Chart(counts)
        .mark_rect()
        .encode(
            x=alt.X("target:N", title="domain / zone", axis=alt.Axis(labelAngle=-60, labelLimit=160)),
            y=alt.Y("system:N", title="system today"),
            color=alt.Color("containers:Q", scale=alt.Scale(type="log", scheme="blues")),
        )
    )
    return _svg(chart.properties(width=alt.Step(22), height=alt.Step(18)), "zone-flow")


def class_map(access: Access, *, limit: int = 120) -> str | None:
    """Who holds which class, people and classes reordered so that blocks can be seen; one path per level.

    Rows are people, columns the classes with most holders; both are ordered by the second singular vectors of the
    matrix, which puts look-alikes side by side.
    """
    import numpy as np

    data = access.class_access.filter(pl.col("lane").cast(pl.String) == "data")
    classes = data.group_by("class_id").len().sort("len", "class_id", descending=[True, False]).head(limit)["class_id"]
    data = data.filter(pl.col("class_id").is_in(classes.implode())).select("class_id", "principal_id", "level")
    people = data.group_by("principal_id").len().sort("len", "principal_id", descending=[True, False]).head(MAX_PEOPLE)
    data = data.filter(pl.col("principal_id").is_in(people["principal_id"].implode()))
    if data.height < 4:
        return None
    wide = data.sort("class_id", "principal_id").pivot("class_id", index="principal_id", values="level").fill_null(0)
    levels = wide.drop("principal_id").to_numpy()
    matrix = (levels > 0).astype(float)
    left, _, right = np.linalg.svd(matrix - matrix.mean(), full_matrices=False)
    levels = levels[_order(left[:, 0])][:, _order(right[0])]
    height, width = levels.shape
    paths = {level: "".join(_runs(levels == level)) for level in COLOURS}
    shapes = "".join(f'<path fill="{COLOURS[level]}" d="{path}"/>' for level, path in paths.items() if path)
    return (
        f'<svg role="img" aria-label="map of people and access classes" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="none" class="map" shape-rendering="crispEdges">{shapes}</svg>'
    )


def _order(vector: "NDArray[np.float64]") -> "NDArray[np.intp]":
    import numpy as np

    # The sign of a singular vector and its last digits depend on the library; the picture must not.
    rounded = np.round(vector * (1 if vector[np.argmax(np.abs(vector))] > 0 else -1), 9)
    return np.argsort(rounded, kind="stable")


def _runs(cells: "NDArray[np.bool_]") -> Iterator[str]:
    """Cells that lie side by side, as one rectangle each."""
    import numpy as np

    for y, row in enumerate(cells):
        edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0))
        for start, end in edges.reshape(-1, 2).tolist():
            yield f"M{start} {y}h{end - start}v1h-{end - start}z"


def _svg(chart: object, name: str) -> str:
    import altair as alt
    import vl_convert

    assert isinstance(chart, alt.Chart | alt.LayerChart)
    svg: str = re.sub(r"<\?xml[^>]*\?>", "", vl_convert.vegalite_to_svg(chart.to_dict()))
    # Ids are counted per process; on one page they must be unique, and the same every time.
    for number, found in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        svg = re.sub(rf'(\bid="|url\(#|href="#){re.escape(found)}(?=["\)])', rf"\g<1>{name}-{number}", svg)
    return svg
