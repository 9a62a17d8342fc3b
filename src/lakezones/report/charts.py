"""Pictures of the report as inline SVG, drawn by altair and vl-convert (extra ``lakezones[report]``).

In: frames. Out: SVG text, or None where the extra is not installed: the page then shows its tables alone.
"""

import re

import polars as pl

from lakezones.model.frames import Access, Proposal


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
            x=alt.X("roles:Q", title="roles"),
            y=alt.Y("coverage:Q", title="share of requests given in full", scale=alt.Scale(domain=[0, 1])),
        )
    )
    points = coverage.filter(pl.col("preset") != "")
    marks = alt.Chart(points).mark_point(filled=True, size=60).encode(x="roles:Q", y="coverage:Q")
    text = alt.Chart(points).mark_text(align="left", dx=6, dy=10).encode(x="roles:Q", y="coverage:Q", text="preset:N")
    return _svg(alt.layer(line, marks, text).properties(width=420, height=220))


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
            y=alt.Y("system:N", title="system today (25 largest)"),
            color=alt.Color("containers:Q", scale=alt.Scale(type="log", scheme="blues")),
        )
    )
    return _svg(chart)


def class_map(access: Access, *, limit: int = 120) -> str | None:
    """Who holds which class, people and classes reordered so that blocks can be seen.

    Rows are people, columns the classes with most holders; both are ordered by the second singular vectors of the
    matrix, which puts look-alikes side by side.
    """
    if not available():
        return None
    import altair as alt
    import numpy as np

    data = access.class_access.filter(pl.col("lane") == "data").select("class_id", "principal_id", "level")
    classes = data.group_by("class_id").len().sort("len", "class_id", descending=[True, False]).head(limit)["class_id"]
    data = data.filter(pl.col("class_id").is_in(classes.to_list()))
    people = data.group_by("principal_id").len().sort("len", "principal_id", descending=[True, False])
    data = data.filter(pl.col("principal_id").is_in(people.head(300)["principal_id"].to_list()))
    if data.height < 4:
        return None
    wide = data.sort("class_id", "principal_id").pivot("class_id", index="principal_id", values="level").fill_null(0)
    matrix = (wide.drop("principal_id").to_numpy() > 0).astype(float)
    matrix -= matrix.mean()
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    rows = dict(zip(wide["principal_id"].to_list(), np.argsort(np.argsort(left[:, 0])).tolist(), strict=True))
    columns = dict(zip(wide.columns[1:], np.argsort(np.argsort(right[0])).tolist(), strict=True))
    cells = data.select(
        pl.col("principal_id").replace_strict(rows, return_dtype=pl.Int64).alias("person"),
        pl.col("class_id").replace_strict(columns, return_dtype=pl.Int64).alias("class"),
        pl.col("level").cast(pl.Int64),
    ).sort("person", "class")
    chart = (
        alt.Chart(cells)
        .mark_rect()
        .encode(
            x=alt.X("class:O", axis=None),
            y=alt.Y("person:O", axis=None),
            color=alt.Color("level:O", scale=alt.Scale(domain=[1, 3, 7], range=["#9ecae1", "#fd8d3c", "#a50f15"])),
        )
    )
    return _svg(chart.properties(width=640, height=360))


def _svg(chart: object) -> str:
    import altair as alt
    import vl_convert

    assert isinstance(chart, alt.Chart | alt.LayerChart)
    svg: str = vl_convert.vegalite_to_svg(chart.to_dict())
    return re.sub(r"<\?xml[^>]*\?>", "", svg)
