"""The page itself.

In: the bundles of the stages that have run. Out: HTML text in one piece: no script, no font and no picture from
anywhere else, everything escaped.
"""

from typing import Any

import jinja2
import polars as pl
from markupsafe import Markup

from lakezones import __version__
from lakezones.model.frames import Access, Facts, Plan, Proof, Proposal
from lakezones.model.metadata import SYSTEM_KEYS
from lakezones.report import charts
from lakezones.report.content import content
from lakezones.report.flow import zone_flow


def render(
    facts: Facts,
    access: Access,
    findings: pl.DataFrame,
    *,
    proposal: Proposal | None = None,
    plan: Plan | None = None,
    proof: Proof | None = None,
    cells: pl.DataFrame | None = None,
    redact: bool = False,
) -> str:
    """The report as one HTML document.

    `cells` are those of the map of access, see `lakezones.report.charts.class_map`; other parameters are as in
    `lakezones.report.content.content`.
    """
    shown = content(facts, access, findings, proposal=proposal, plan=plan, proof=proof, redact=redact)
    pictures: dict[str, str | None] = {
        "class_map": charts.class_map(cells, named=not redact) if cells is not None else None
    }
    if proposal is not None:
        pictures["coverage"] = charts.coverage_curve(proposal.coverage)
        pictures["zones"] = zone_flow(proposal, _systems(facts))
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lakezones.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = _number
    return environment.get_template("report.html").render(
        **{"coverage": None, "zones": None, "claims": None, "waves": None, **shown},
        version=__version__,
        pictures={name: Markup(svg) if svg else None for name, svg in pictures.items()},  # noqa: S704 drawn by us
    )


def _systems(facts: Facts) -> pl.DataFrame:
    return (
        facts.table("containers")
        .select("container")
        .join(facts.said(SYSTEM_KEYS, "system"), on="container", how="left")
    )


def _number(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) <= 1 else f"{value:,.1f}"
    return str(value)
