"""The flow picture: today's systems, tomorrow's domains, and the zones in them, as ribbons of containers.

In: the proposal and the system of every container. Out: inline SVG 700 units wide, or None where there is nothing to
show. Ribbons have the colour of the zone they end in, from Okabe and Ito's palette for all kinds of eyesight, and every
block is written on, so that no colour has to be told from another; each ribbon says its numbers when pointed at.
"""

from dataclasses import dataclass
from html import escape
from typing import Final

import polars as pl

from lakezones.model.frames import Proposal
from lakezones.model.words import counted

WIDTH: Final = 745
HEIGHT: Final = 460
HEAD: Final = 24
BLOCK: Final = 12
LINE: Final = 13.0
"""Room between the middles of the thinnest blocks: one line of text."""

COLUMNS: Final = (175, 405, 605)
"""Left edges of the blocks of systems, domains and zones; names of systems, to the left, have room for `LONGEST`."""

MOST: Final = (14, 12)
"""Systems and domains shown each by name; what is smaller is one block of others."""

LONGEST: Final = 19
"""Characters of a label; what is longer is cut, and whole in the tip."""

COLOURS: Final = {"raw": "#e69f00", "curated": "#56b4e9", "consumption": "#009e73", "stays": "#999999"}
"""Okabe and Ito (2008), Color Universal Design."""

STAYS: Final = "stays"


@dataclass
class _Block:
    """A block of one column: its name, its size in containers, and where on it the next ribbon starts."""

    name: str
    size: int
    top: float = 0.0
    height: float = 0.0
    into: float = 0.0
    out: float = 0.0


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
    flows = _flows(proposal, container_system)
    if flows.is_empty():
        return None
    systems, domains, zones = (_blocks(flows, column) for column in ("system", "domain", "zone"))
    columns = (systems, domains, zones)
    for blocks in columns:
        _stack(blocks, sum(block.size for block in blocks))
    left = flows.group_by("system", "domain", "zone").agg(pl.col("containers").sum())
    right = flows.group_by("domain", "zone").agg(pl.col("containers").sum())
    shapes: list[str] = []
    order = [{block.name: i for i, block in enumerate(blocks)} for blocks in columns]
    rows = sorted(left.iter_rows(), key=lambda r: (order[0][r[0]], order[1][r[1]], order[2][r[2]]))
    scales = [sum(b.height for b in blocks) / sum(b.size for b in blocks) for blocks in columns]
    # Ribbons leave a block in the order of where they go, and reach one in the order of where they come from.
    ends = _offsets(rows, order, domains, scales[1])
    for system, domain, zone, n in rows:
        source = systems[order[0][system]]
        start = source.top + source.out
        source.out += n * scales[0]
        shapes.append(
            _ribbon(
                (COLUMNS[0] + BLOCK, start, n * scales[0]),
                (COLUMNS[1], ends[system, domain, zone], n * scales[1]),
                COLOURS[zone],
                f"{counted(n)} of {system} to {domain}, {zone}",
            )
        )
    for domain, zone, n in sorted(right.iter_rows(), key=lambda r: (order[1][r[0]], order[2][r[1]])):
        source, target = domains[order[1][domain]], zones[order[2][zone]]
        start, end = source.top + source.out, target.top + target.into
        source.out += n * scales[1]
        target.into += n * scales[2]
        shapes.append(
            _ribbon(
                (COLUMNS[1] + BLOCK, start, n * scales[1]),
                (COLUMNS[2], end, n * scales[2]),
                COLOURS[zone],
                f"{counted(n)} of {domain}: {zone}",
            )
        )
    titles = ("systems today", "domains", "zones")
    parts = []
    for column, title in enumerate(titles):
        x, anchor = (COLUMNS[0] + BLOCK, "end") if column == 0 else (COLUMNS[column], "start")
        parts.append(f'<text x="{x}" y="13" font-weight="600" text-anchor="{anchor}">{title}</text>')
    parts.extend(shapes)
    for i, blocks in enumerate(columns):
        parts.extend(_drawn(block, i) for block in blocks)
    total = sum(block.size for block in systems)
    return (
        f'<svg role="img" aria-label="flow of {counted(total)} from systems to domains and zones" class="flow" '
        f'width="{WIDTH}" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="11" font-family="sans-serif" fill="currentColor">'
        + "".join(parts)
        + "</svg>"
    )


def _flows(proposal: Proposal, container_system: pl.DataFrame) -> pl.DataFrame:
    """Containers by system, domain and zone, small systems and domains together; columns those and containers."""
    moves = proposal.layout.filter(pl.col("disposition").cast(pl.String) == "migrate").select("container")
    frame = (
        proposal.zones.select("container", pl.col("zone").cast(pl.String), "domain")
        .join(container_system, on="container", how="left")
        .join(moves.with_columns(moves=pl.lit(value=True)), on="container", how="left")
        .with_columns(
            system=pl.col("system").fill_null("no system known"),
            domain=pl.col("domain").fill_null("no domain"),
            zone=pl.when(pl.col("moves")).then(pl.col("zone").fill_null(STAYS)).otherwise(pl.lit(STAYS)),
        )
    )
    for column, most in zip(("system", "domain"), MOST, strict=True):
        counts = frame.group_by(column).len().sort("len", column, descending=[True, False])
        if counts.height > most:
            shown = counts[column].head(most - 1).implode()
            others = f"{counts.height - most + 1} other {column}s"
            named = pl.when(pl.col(column).is_in(shown)).then(column).otherwise(pl.lit(others))
            frame = frame.with_columns(named.alias(column))
    return frame.group_by("system", "domain", "zone").agg(containers=pl.len().cast(pl.Int64))


def _blocks(flows: pl.DataFrame, column: str) -> list[_Block]:
    """Blocks of one column: zones in their order, the rest by size, others last."""
    counts = dict(flows.group_by(column).agg(pl.col("containers").sum()).iter_rows())
    if column == "zone":
        return [_Block(zone, counts[zone]) for zone in COLOURS if zone in counts]
    last = [name for name in counts if name.endswith(f" other {column}s")]
    names = sorted((name for name in counts if name not in last), key=lambda name: (-counts[name], name))
    return [_Block(name, counts[name]) for name in [*names, *last]]


def _stack(blocks: list[_Block], total: int) -> None:
    """Give every block its top and height; the column is as high as the picture."""
    room = HEIGHT - HEAD - LINE * len(blocks)
    top = float(HEAD)
    for block in blocks:
        # Every block has a line's room for its name, however thin it is.
        block.height = room * block.size / total
        block.top = top + LINE / 2
        top += block.height + LINE


def _offsets(
    rows: list[tuple[str, str, str, int]], order: list[dict[str, int]], domains: list[_Block], scale: float
) -> dict[tuple[str, str, str], float]:
    """Where each ribbon from a system meets its domain: in the order of the systems, then of the zones."""
    ends: dict[tuple[str, str, str], float] = {}
    for system, domain, zone, n in sorted(rows, key=lambda r: (order[1][r[1]], order[0][r[0]], order[2][r[2]])):
        block = domains[order[1][domain]]
        ends[system, domain, zone] = block.top + block.into
        block.into += n * scale
    return ends


def _ribbon(start: tuple[float, float, float], end: tuple[float, float, float], colour: str, tip: str) -> str:
    """A ribbon between (x, top, height) and (x, top, height)."""
    (x0, y0, h0), (x1, y1, h1) = start, end
    middle = (x0 + x1) / 2
    path = (
        f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}v{h1:.1f}"
        f"C{middle:.1f} {y1 + h1:.1f} {middle:.1f} {y0 + h0:.1f} {x0:.1f} {y0 + h0:.1f}z"
    )
    return f'<path d="{path}" fill="{colour}" fill-opacity=".55"><title>{escape(tip)}</title></path>'


def _drawn(block: _Block, column: int) -> str:
    """A block with its name and number; thin ones still have a line to write on."""
    x = COLUMNS[column]
    colour = COLOURS[block.name] if column == len(COLUMNS) - 1 else "currentColor"
    name = block.name if len(block.name) <= LONGEST else block.name[: LONGEST - 1] + "…"
    at, anchor = (x - 5, "end") if column == 0 else (x + BLOCK + 5, "start")
    tip = f"{block.name}: {counted(block.size)}"
    shape = f'<rect x="{x}" y="{block.top:.1f}" width="{BLOCK}" height="{max(block.height, 0.5):.1f}" fill="{colour}"/>'
    text = (
        f'<text x="{at}" y="{block.top + block.height / 2 + 4:.1f}" text-anchor="{anchor}">{escape(name)} '
        f'<tspan fill-opacity=".7">{block.size:,}</tspan></text>'
    )
    return f"<g>{shape}{text}<title>{escape(tip)}</title></g>"
