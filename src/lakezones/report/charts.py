"""Pictures of the report as inline SVG: charts by altair and vl-convert (extra ``lakezones[report]``), the map by hand.

In: frames. Out: SVG text, or None where there is too little to draw or the extra is not installed: the page then
shows its tables alone.
"""

import html
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import polars as pl

from lakezones.extras import needed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAP_WIDTH: Final = 1000
MAP_HEIGHT: Final = 620
LETTER: Final = 11
"""Size of the map and of its letters; a band that is smaller than a letter has no name beside it, only a hint."""
MAX_LETTERS: Final = 22
COLOURS: Final = {1: "#9ecae1", 3: "#fd8d3c", 7: "#a50f15", 2: "#bcbddc", 4: "#636363", 5: "#636363", 6: "#636363"}
"""Colour of each level: read blue, write orange, manage red, the nameless ones grey and lilac."""


def available() -> bool:
    """Whether pictures can be drawn."""
    return find_spec("vl_convert") is not None


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


def class_map(cells: pl.DataFrame, *, named: bool = True) -> str | None:
    """Who holds which class: people by department, classes by system, both so that blocks can be seen.

    Parameters
    ----------
    cells
        row, column, level, department, system: as `lakezones.report.heatmap.heatmap_frame` gives them.
    named
        Whether departments and systems are named; a redacted page does not.
    """
    import numpy as np

    if cells.height < 4:
        return None
    size = [cells[name].n_unique() for name in ("row", "column")]
    levels = np.zeros(size, dtype=np.uint8)
    levels[cells["row"].to_numpy(), cells["column"].to_numpy()] = cells["level"].to_numpy()
    step = MAP_HEIGHT / size[0], MAP_WIDTH / size[1]
    paths = {level: "".join(_runs(levels == level)) for level in COLOURS}
    shapes = "".join(f'<path fill="{COLOURS[level]}" d="{path}"/>' for level, path in paths.items() if path)
    lines, words = [], []
    for top, height, name in _bands(cells, "row", "department", step[0]):
        lines.append(f'<rect x="0" y="{top:.1f}" width="{MAP_WIDTH}" height="{height:.1f}">{_hint(name, named)}</rect>')
        if named and height >= LETTER:
            words.append(f'<text x="-6" y="{top + height / 2 + 3:.1f}" text-anchor="end">{_short(name)}</text>')
    for left, width, name in _bands(cells, "column", "system", step[1]):
        lines.append(
            f'<rect x="{left:.1f}" y="0" width="{width:.1f}" height="{MAP_HEIGHT}">{_hint(name, named)}</rect>'
        )
        if named and width >= LETTER:
            place = f"{left + width / 2 + 3:.1f} -6"
            words.append(f'<text transform="translate({place}) rotate(-60)">{_short(name)}</text>')
    return (
        f'<svg role="img" aria-label="map of people and access classes" class="map" '
        f'viewBox="-150 -100 {MAP_WIDTH + 160} {MAP_HEIGHT + 104}" font-size="{LETTER}" fill="currentColor">'
        f'<g transform="scale({step[1]:.6f} {step[0]:.6f})" shape-rendering="crispEdges">{shapes}</g>'
        f'<g fill="none" pointer-events="all" stroke="currentColor" stroke-opacity=".15" stroke-width=".5">'
        f"{''.join(lines)}</g>{''.join(words)}</svg>"
    )


def _bands(cells: pl.DataFrame, axis: str, name: str, step: float) -> Iterator[tuple[float, float, str]]:
    """Start, extent and name of each run of rows or columns of the same name."""
    places = cells.select(axis, name).unique().sort(axis)
    runs = places.group_by(pl.col(name).rle_id().alias("run"), maintain_order=True).agg(
        pl.col(axis).min().alias("first"), pl.len(), pl.col(name).first()
    )
    for first, count, text in runs.select("first", "len", name).iter_rows():
        yield first * step, count * step, text


def _hint(name: str, named: bool) -> str:
    return f"<title>{html.escape(name)}</title>" if named else ""


def _short(name: str) -> str:
    return html.escape(name if len(name) <= MAX_LETTERS else name[: MAX_LETTERS - 1] + "…")


def _runs(cells: "NDArray[np.bool_]") -> Iterator[str]:
    """Cells that lie side by side, as one rectangle each."""
    import numpy as np

    for y, row in enumerate(cells):
        edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0))
        for start, end in edges.reshape(-1, 2).tolist():
            yield f"M{start} {y}h{end - start}v1h-{end - start}z"


def _svg(chart: object, name: str) -> str:
    import altair as alt

    vl_convert = needed("vl_convert", extra="report")
    assert isinstance(chart, alt.Chart | alt.LayerChart)
    svg: str = re.sub(r"<\?xml[^>]*\?>", "", vl_convert.vegalite_to_svg(chart.to_dict()))
    # Ids are counted per process; on one page they must be unique, and the same every time.
    for number, found in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        svg = re.sub(rf'(\bid="|url\(#|href="#){re.escape(found)}(?=["\)])', rf"\g<1>{name}-{number}", svg)
    return svg
