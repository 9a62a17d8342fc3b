"""Everything that there is to decide on, as rows: what it is, who decides, by when, and how much work it is.

In: facts, access, a proposal, the hashes of what is to be seen, settings. Out: `ReviewItems` and `ItemReasons`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.policies import PoliciesSettings
from lakezones.model.tables import SEVERITIES, Findings, ItemReasons, ReviewItems
from lakezones.review.binding import kinds
from lakezones.review.binding.content import Contents
from lakezones.review.dossier import Known
from lakezones.review.items.context import ItemContext
from lakezones.review.items.item import ReviewItem
from lakezones.review.items.lake import Boxes, finding_items_of, merge_items, pilot_items, zone_items
from lakezones.review.items.outside import outside_items
from lakezones.review.items.reviewers import Reviewers
from lakezones.review.items.roles import role_items, suggestion_items, unused_items
from lakezones.review.items.routing import Route, Router
from lakezones.review.items.worklists import KIND_ORDER, Work, worklists
from lakezones.review.settings import Campaign, ReviewSettings


@dataclass(frozen=True, kw_only=True)
class BuiltItems:
    """Items, and why each is risky."""

    items: dy.DataFrame[ReviewItems]
    reasons: dy.DataFrame[ItemReasons]


def build(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    content: Contents | None,
    hashes: pl.DataFrame,
    *,
    settings: ReviewSettings,
    policies: PoliciesSettings,
    reviewers: Reviewers | None = None,
    findings: dy.DataFrame[Findings] | None = None,
    campaign: Campaign | None = None,
    known: Known | None = None,
) -> dy.DataFrame[ReviewItems]:
    """Items to review; parameters as in `build_all`."""
    return build_all(
        facts,
        access,
        proposal,
        content,
        hashes,
        settings=settings,
        policies=policies,
        reviewers=reviewers,
        findings=findings,
        campaign=campaign,
        known=known,
    ).items


def build_all(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    content: Contents | None,
    hashes: pl.DataFrame,
    *,
    settings: ReviewSettings,
    policies: PoliciesSettings,
    reviewers: Reviewers | None = None,
    findings: dy.DataFrame[Findings] | None = None,
    campaign: Campaign | None = None,
    known: Known | None = None,
) -> BuiltItems:
    """Items to review, and why each is risky.

    Parameters
    ----------
    facts, access, proposal
        The snapshot, its access, and what was proposed.
    content, hashes
        What there is to see of each item (`lakezones.review.binding.content`), and its hash: object_kind, object_id,
        content_hash. Only what has a hash can be decided on.
    settings, policies
        Who must agree, who is asked; what is restricted, which duties stay apart.
    reviewers
        What ``reviewers.csv`` says; nothing by default.
    findings
        Schema `lakezones.model.tables.Findings`; none by default.
    campaign
        The round of review; that of the settings by default.
    known
        Facts, access and proposal as dossiers have prepared them; prepared here by default.

    Returns
    -------
    BuiltItems
        Schemas `ReviewItems`, high risk first within each kind, and `ItemReasons`.
    """
    del content  # sizes and texts are made from the frames that it is made from
    context = ItemContext.of(facts, access, proposal, policies, known)
    return assemble(
        collect(context, findings, asked=settings.asked_findings),
        hashes,
        context,
        settings=settings,
        reviewers=reviewers or Reviewers(),
        campaign=campaign,
    )


def collect(
    context: ItemContext, findings: dy.DataFrame[Findings] | None, *, asked: Collection[str] = SEVERITIES
) -> list[ReviewItem]:
    """Items of every kind, without who decides."""
    facts, access, proposal = context.facts, context.known.access, context.proposal
    boxes = Boxes(context)
    return [
        *role_items(context),
        *suggestion_items(context),
        *unused_items(context, kinds.left_unused(access, proposal)),
        *(
            one
            for kind in ("drop", "residual")
            for one in outside_items(context, kinds.outside_roles(proposal, kind), kind)
        ),
        *zone_items(boxes, kinds.zone_questions(facts, access, proposal)),
        *merge_items(boxes, kinds.merges(proposal)),
        *pilot_items(context, boxes),
        *([] if findings is None else finding_items_of(context, boxes, kinds.finding_items(findings), asked)),
    ]


def assemble(
    found: Iterable[ReviewItem],
    hashes: pl.DataFrame,
    context: ItemContext,
    *,
    settings: ReviewSettings,
    reviewers: Reviewers,
    campaign: Campaign | None = None,
) -> BuiltItems:
    """Give items their hash, reviewer, due day, minutes and worklist; those without a hash are left out."""
    known = {
        (kind, object_id): seen
        for kind, object_id, seen in hashes.select(
            pl.col("object_kind").cast(pl.String), "object_id", "content_hash"
        ).iter_rows()
    }
    items = sorted((one for one in found if (one.kind, one.object_id) in known), key=_order)
    router = Router(context, settings.routing, reviewers)
    routes = [router.of(one) for one in items]
    due = due_day(campaign or settings.campaign, context.facts.as_of.date())
    minutes = [settings.estimate(one.kind, one.risk, people=one.people, containers=one.containers) for one in items]
    lists = worklists(
        [
            Work(
                key=(one.kind, one.object_id),
                reviewer=route.reviewer,
                domain=one.domain,
                together=one.role_id or one.object_id,
                risk=one.risk,
                name=one.name,
                minutes=taken,
            )
            for one, route, taken in zip(items, routes, minutes, strict=True)
            if one.asked
        ],
        most=settings.worklist_minutes,
    )
    rows = [
        _row(one, known[one.kind, one.object_id], route, settings)
        | {"due": due, "minutes": taken, "worklist": lists.get((one.kind, one.object_id), "")}
        for one, route, taken in zip(items, routes, minutes, strict=True)
    ]
    schema = ReviewItems.create_empty().schema
    # Column by column: a frame made of rows takes several times as long.
    columns = {name: [row[name] for row in rows] for name in schema}
    return BuiltItems(
        items=ReviewItems.validate(pl.DataFrame(columns, schema=schema), cast=True),
        reasons=_reasons(items),
    )


def _order(one: ReviewItem) -> tuple[int, int, str, str]:
    return KIND_ORDER.index(one.kind), ("high", "medium", "low").index(one.risk), one.name, one.object_id


def due_day(campaign: Campaign, as_of: date) -> date | None:
    """Day by which a campaign is due; None without one.

    Examples
    --------
    >>> due_day(Campaign(name="autumn", due_days=14), date(2026, 9, 30))
    datetime.date(2026, 10, 14)
    >>> due_day(Campaign(), date(2026, 9, 30)) is None
    True
    """
    return (campaign.starts or as_of) + timedelta(days=campaign.due_days) if campaign.name else None


def _row(one: ReviewItem, content_hash: str, route: Route, settings: ReviewSettings) -> dict[str, Any]:
    two, bulk = settings.two_person, settings.bulk
    granting = one.kind in ("role", "suggestion")
    needs_two = granting and (
        (two.restricted and one.restricted) or (two.write and one.writes) or (two.new_access and one.new_access > 0)
    )
    safe = not one.new_access and not one.restricted and one.risk in bulk.risks and one.kind in bulk.kinds
    return {
        "object_kind": one.kind,
        "object_id": one.object_id,
        "content_hash": content_hash,
        "name": one.name,
        "sentence": one.sentence,
        "role_id": one.role_id,
        "domain": one.domain,
        "area": one.area,
        "zones": one.zones,
        "layer": one.layer,
        "access": one.access,
        "people": one.people,
        "containers": one.containers,
        "pairs": one.pairs,
        "new_access": one.new_access,
        "used_share": one.used_share,
        "risk": one.risk,
        "risk_reason": one.risk_reason,
        "restricted": one.restricted,
        "writes": one.writes,
        "needs_two": needs_two,
        "bulk": safe and not needs_two,
        "evidence": one.evidence,
        "reviewer_id": route.reviewer_id,
        "reviewer": route.reviewer,
        "route": route.route,
    }


def _reasons(items: Sequence[ReviewItem]) -> dy.DataFrame[ItemReasons]:
    rows = [(one, place, reason) for one in items for place, reason in enumerate(one.reasons)]
    columns: dict[str, list[Any]] = {
        "object_kind": [one.kind for one, _, _ in rows],
        "object_id": [one.object_id for one, _, _ in rows],
        "place": [place for _, place, _ in rows],
        "reason": [reason.kind for _, _, reason in rows],
        "severity": [reason.severity for _, _, reason in rows],
        "sentence": [reason.sentence for _, _, reason in rows],
        "subjects": [list(reason.subjects) for _, _, reason in rows],
    }
    return ItemReasons.validate(pl.DataFrame(columns, schema=ItemReasons.create_empty().schema), cast=True)
