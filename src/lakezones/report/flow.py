"""The flow picture: today's systems, tomorrow's domains, and the zones in them, as ribbons of containers.

In: the proposal and the system of every container. Out: inline SVG, or None where there is nothing to show. Ribbons
have the colour of the zone they end in, from Okabe and Ito's palette for all kinds of eyesight, and every bar has its
name beside it, so that nothing depends on colour alone; each ribbon shows its numbers when pointed at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import polars as pl

from lakezones.model.frames import Proposal
from lakezones.model.words import counted

WIDTH: Final = 745
HEIGHT: Final = 460
HEAD: Final = 24
BAR: Final = 12
LINE: Final = 13.0
"""Room between the middles of the thinnest bars: one line of text."""

COLUMNS: Final = (175, 405, 605)
"""Left edges of the bars of systems, domains and zones; names of systems, to the left, have room for `LONGEST`."""

TITLES: Final = ("systems today", "domains", "zones")

MOST: Final = {"system": 14, "domain": 12}
"""Systems and domains shown each by name; those that hold fewer containers are one bar of others."""

LONGEST: Final = 19
"""Characters of a label; what is longer is cut, and whole in the tip."""

COLOURS: Final = {"raw": "#e69f00", "curated": "#56b4e9", "consumption": "#009e73", "stays": "#999999"}
"""Okabe and Ito (2008), Color Universal Design."""

STAYS: Final = "stays"

Flow = tuple[str, str, str, int]
"""Name of the bar it leaves, name of the bar it reaches, zone, containers."""


@dataclass(frozen=True)
class _Bar:
    """A bar of one column: its name, its size in containers, its position in the column, and where it is drawn."""

    name: str
    size: int
    position: int
    top: float
    height: float


def zone_flow(proposal: Proposal, container_system: pl.DataFrame) -> str | None:
    """Draw systems, domains and zones as a flow of containers.

    Parameters
    ----------
    container_system : DataFrame
        Columns container and system.

    Returns
    -------
    str or None
        SVG text; None where there is no container.
    """
    frame = _moves(proposal, container_system)
    if frame.is_empty():
        return None
    frame, systems = _named(frame, "system")
    frame, domains = _named(frame, "domain")
    zones = [zone for zone in COLOURS if zone in frame["zone"]]
    columns = [
        _bars(dict(frame.group_by(column).len().iter_rows()), names)
        for column, names in (("system", systems), ("domain", domains), ("zone", zones))
    ]
    left: list[Flow] = frame.group_by("system", "domain", "zone").len().rows()
    right: list[Flow] = frame.group_by("domain", target="zone", zone="zone").len().rows()
    parts = [
        *(_heading(title, i) for i, title in enumerate(TITLES)),
        *_ribbons(left, columns, 0, "{count} of {source} to {target}, {zone}"),
        *_ribbons(right, columns, 1, "{count} of {source}: {zone}"),
        *(_drawn(bar, i) for i, bars in enumerate(columns) for bar in bars.values()),
    ]
    return (
        f'<svg role="img" aria-label="flow of {counted(frame.height)} from systems to domains and zones" class="flow" '
        f'width="{WIDTH}" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="11" font-family="sans-serif" fill="currentColor">'
        + "".join(parts)
        + "</svg>"
    )


def _moves(proposal: Proposal, container_system: pl.DataFrame) -> pl.DataFrame:
    """System, domain and zone of every container; `STAYS` for the zone of what does not migrate."""
    moves = proposal.layout.filter(pl.col("disposition").cast(pl.String) == "migrate")["container"]
    zone = pl.when(pl.col("container").is_in(moves.implode())).then(pl.col("zone").cast(pl.String))
    return proposal.zones.join(container_system, on="container", how="left").select(
        pl.col("system").fill_null("no system known"),
        pl.col("domain").fill_null("no domain"),
        zone.fill_null(STAYS),
    )


def _named(frame: pl.DataFrame, column: str) -> tuple[pl.DataFrame, list[str]]:
    """The frame with small values of the column as one, and the values by size, those others last."""
    counts = frame.group_by(column).len().sort("len", column, descending=[True, False])
    names: list[str] = counts[column].to_list()
    if len(names) <= MOST[column]:
        return frame, names
    names = names[: MOST[column] - 1]
    others = f"{counts.height - len(names)} other {column}s"
    return frame.with_columns(
        pl.when(pl.col(column).is_in(names)).then(column).otherwise(pl.lit(others)).alias(column)
    ), [*names, others]


def _bars(sizes: Mapping[str, int], names: Sequence[str]) -> dict[str, _Bar]:
    """Bars of one column by name, from the top; the column is as high as the picture."""
    scale = (HEIGHT - HEAD - LINE * len(names)) / sum(sizes.values())
    bars: dict[str, _Bar] = {}
    top = float(HEAD)
    for position, name in enumerate(names):
        # Every bar has a line's room for its name, however thin it is.
        bars[name] = _Bar(name, sizes[name], position, top + LINE / 2, scale * sizes[name])
        top += bars[name].height + LINE
    return bars


def _ribbons(flows: Sequence[Flow], columns: Sequence[Mapping[str, _Bar]], column: int, tip: str) -> Iterator[str]:
    """Ribbons from a column to the next: they leave a bar in the order of where they go, and reach one likewise."""
    sources, targets, zones = columns[column], columns[column + 1], list(COLOURS)
    leaving = sorted(flows, key=lambda f: (sources[f[0]].position, targets[f[1]].position, zones.index(f[2])))
    reaching = sorted(flows, key=lambda f: (targets[f[1]].position, sources[f[0]].position, zones.index(f[2])))
    ends = dict(zip(reaching, _tops(targets, [(flow[1], flow[3]) for flow in reaching]), strict=True))
    for flow, start in zip(leaving, _tops(sources, [(flow[0], flow[3]) for flow in leaving]), strict=True):
        source, target, zone, count = flow
        heights = [count * bar.height / bar.size for bar in (sources[source], targets[target])]
        yield _ribbon(
            (COLUMNS[column] + BAR, start, heights[0]),
            (COLUMNS[column + 1], ends[flow], heights[1]),
            COLOURS[zone],
            tip.format(count=counted(count), source=source, target=target, zone=zone),
        )


def _tops(bars: Mapping[str, _Bar], parts: Sequence[tuple[str, int]]) -> Iterator[float]:
    """Where each part (name of the bar, containers) of a bar starts, one below the other."""
    filled = dict.fromkeys(bars, 0)
    for name, count in parts:
        yield bars[name].top + filled[name] * bars[name].height / bars[name].size
        filled[name] += count


def _ribbon(start: tuple[float, float, float], end: tuple[float, float, float], colour: str, tip: str) -> str:
    """A ribbon between (x, top, height) and (x, top, height)."""
    (x0, y0, h0), (x1, y1, h1) = start, end
    middle = (x0 + x1) / 2
    path = (
        f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}v{h1:.1f}"
        f"C{middle:.1f} {y1 + h1:.1f} {middle:.1f} {y0 + h0:.1f} {x0:.1f} {y0 + h0:.1f}z"
    )
    return f'<path d="{path}" fill="{colour}" fill-opacity=".55"><title>{escape(tip)}</title></path>'


def _heading(title: str, column: int) -> str:
    x, anchor = (COLUMNS[0] + BAR, "end") if column == 0 else (COLUMNS[column], "start")
    return f'<text x="{x}" y="13" font-weight="600" text-anchor="{anchor}">{title}</text>'


def _drawn(bar: _Bar, column: int) -> str:
    """A bar with its name and number; thin ones still have a line to write on."""
    x = COLUMNS[column]
    colour = COLOURS[bar.name] if column == len(COLUMNS) - 1 else "currentColor"
    name = bar.name if len(bar.name) <= LONGEST else bar.name[: LONGEST - 1] + "…"
    at, anchor = (x - 5, "end") if column == 0 else (x + BAR + 5, "start")
    tip = f"{bar.name}: {counted(bar.size)}"
    shape = f'<rect x="{x}" y="{bar.top:.1f}" width="{BAR}" height="{max(bar.height, 0.5):.1f}" fill="{colour}"/>'
    text = (
        f'<text x="{at}" y="{bar.top + bar.height / 2 + 4:.1f}" text-anchor="{anchor}">{escape(name)} '
        f'<tspan fill-opacity=".7">{bar.size:,}</tspan></text>'
    )
    return f"<g>{shape}{text}<title>{escape(tip)}</title></g>"
