"""How the round of review in a workspace goes: how far it is, how closely it is looked at, and what it leaves alone.

In: a workspace, and what reviewers looked at on its page. Out: plain values for the command and the page.
"""

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from lakezones.pipeline.deciding import ReviewBasis
from lakezones.pipeline.reviewing import Reviewing
from lakezones.store.pending import FILE, FOLDER, Pending

if TYPE_CHECKING:
    from lakezones.review.campaign import CampaignQuality, Look


def campaign_report(
    ws: Reviewing, basis: ReviewBasis | None = None, *, pending: Pending | None = None, today: date | None = None
) -> dict[str, Any]:
    """What `Reviewing.review_status` says, with the quality of the campaign.

    Parameters
    ----------
    basis
        What there is to decide on, where the caller has read it.
    pending
        What reviewers looked at, where the caller has it open.
    today
        The day from which items are overdue; today by default.

    Returns
    -------
    dict
        As `lakezones.review.status.status`, with quality (`lakezones.review.campaign.CampaignQuality.document`) and
        canaries (planted, decided, noticed, missed; None where none were ever planted).
    """
    from lakezones.review.campaign import noticed

    basis = basis or ws.review_basis()
    decisions, canaries = ws.in_force(), ws.canaries()
    return {
        **ws.review_status(basis, today=today),
        "quality": _quality(ws, basis, decisions, pending).document(),
        "canaries": noticed(decisions, canaries) if canaries else None,
    }


def campaign_rows(report: dict[str, Any]) -> dict[str, Any]:
    """The report as the page of the campaign takes it: rows of text."""
    quality, canaries = report["quality"], report["canaries"]
    measures = [(row["name"], row["value"], row["means"]) for row in quality["measures"]]
    if not measures:
        measures = [("How closely it is looked at", "not shown", quality["says"])]
    if canaries:
        text = f"{canaries['noticed']:,} of {canaries['decided']:,}"
        measures.append(("Planted wrong roles noticed", text, f"{canaries['planted']:,} planted, never planned"))
    columns = [name for name in (quality["by_person"] or [{}])[0] if name != "name"]
    return {
        "quality": measures,
        "by_person": [(row["name"], tuple(row[name] for name in columns)) for row in quality["by_person"]],
        "by_person_columns": columns,
    }


def _quality(ws: Reviewing, basis: ReviewBasis, decisions: pl.DataFrame, pending: Pending | None) -> "CampaignQuality":
    from lakezones.review.campaign import Look, measure

    settings, items = ws.settings().review, basis.built.items
    reviewers = sorted(set(decisions["reviewer"]))
    looks: list[Look] = []
    if pending is not None:
        looks = _looks(pending, reviewers)
    elif (ws.root / FOLDER / FILE).is_file():
        with closing(Pending(ws.root)) as opened:
            looks = _looks(opened, reviewers)
    names = {} if basis.principals is None else dict(basis.principals.select("principal_id", "name").iter_rows())
    return measure(
        decisions,
        looks,
        campaign=settings.campaign.name or None,
        by_person=settings.quality.by_person,
        names={who: name for who, name in names.items() if name},
        bulk=set(items.filter("bulk").select(pl.col("object_kind").cast(pl.String), "object_id").iter_rows()),
    )


def _looks(pending: Pending, reviewers: list[str]) -> "list[Look]":
    from lakezones.review.campaign import Look

    return [
        Look(reviewer, item, seconds)
        for reviewer in reviewers
        for item, seconds in sorted(pending.looked(reviewer).items())
    ]
