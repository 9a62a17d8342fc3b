"""Access outside of roles as items: what a policy would drop, and what is kept as an exception.

In: the context, rows of `lakezones.review.binding.kinds.outside_roles`. Out: a `ReviewItem` per person and disposition.
"""

from dataclasses import dataclass, field

import polars as pl

from lakezones.model.levels import LABELS
from lakezones.model.words import counted
from lakezones.review.binding.kinds import way_of
from lakezones.review.dossier.defects import outside_defects
from lakezones.review.items.context import AccessFacts, ItemContext
from lakezones.review.items.item import ReviewItem
from lakezones.review.items.words import data_of, widest


def outside_items(context: ItemContext, rows: pl.DataFrame, kind: str) -> list[ReviewItem]:
    """An item per person and disposition.

    Parameters
    ----------
    rows
        object_id, principal_id, disposition, class_id, lane, level, reason.
    kind
        ``residual`` for what is kept, ``drop`` for what a policy drops.
    """
    columns = (
        "object_id",
        "principal_id",
        "disposition",
        "class_id",
        "level",
        pl.col("lane").cast(pl.String),
        "reason",
    )
    held: dict[str, _Held] = {}
    for object_id, *row in rows.sort("object_id", "class_id", "lane").select(columns).iter_rows():
        if object_id not in held:
            held[object_id] = _Held(row[0], row[1])
        held[object_id].add(*row[2:])
    return [_outside(context, object_id, one, kind) for object_id, one in held.items()]


@dataclass(slots=True)
class _Held:
    """What somebody holds under one disposition."""

    principal_id: str
    disposition: str
    reach: dict[str, int] = field(default_factory=dict)
    lanes: set[str] = field(default_factory=set)
    reasons: dict[str, None] = field(default_factory=dict)

    def add(self, class_id: str, level: int, lane: str, reason: str | None) -> None:
        """Another row of it."""
        self.reach[class_id] = self.reach.get(class_id, 0) | level
        self.lanes.add(lane)
        if reason:
            self.reasons[reason] = None


def _outside(context: ItemContext, object_id: str, held: _Held, kind: str) -> ReviewItem:
    principal, reach = held.principal_id, held.reach
    facts, name = AccessFacts.of(context, [principal], reach), context.person(principal)
    what = held.disposition.split("_", 1)[-1]
    verbs = " and ".join(LABELS.get(level, "use").replace("-", " ") for level in sorted(set(reach.values())))
    data, sizes = data_of(reach, context.attributes), counted(facts.containers)
    who = "1 machine" if principal in context.machines else "1 person"
    if kind == "drop":
        sentence = f"The policy “{what}” would end {verbs} access of {name} to {data}: {who}, {sizes}."
        title = f"{name}: dropped by {what}"
    else:
        way = way_of(held.disposition)
        sentence = f"{name} keeps {verbs} access to {data} {way}: {who}, {sizes}, nobody gains access."
        title = f"{name}: {way}"
    used = _used(context, principal, reach) if held.lanes == {"data"} else None
    reasons = list(held.reasons)
    return ReviewItem(
        kind=kind,
        object_id=object_id,
        name=title,
        sentence=sentence,
        domain=facts.domain,
        area=facts.area,
        zones=facts.zones,
        access=widest(reach.values()),
        people=1,
        beneficiaries=frozenset([principal]),
        containers=facts.containers,
        pairs=facts.containers,
        used_share=used,
        reasons=outside_defects(context.known, principal, reach, held.lanes),
        restricted=facts.restricted,
        writes=facts.writes,
        evidence="; ".join(reasons[:3]) + (f"; {len(reasons) - 3:,} more reasons" if len(reasons) > 3 else ""),
    )


def _used(context: ItemContext, principal: str, reach: dict[str, int]) -> float | None:
    use, places = context.known.use, context.known.places
    mask = places.mask(reach)
    if not use.assessed or not (seen := int((mask & use.reads).sum())):
        return None
    return int(use.of([principal], mask).by_member_seen[0]) / seen
