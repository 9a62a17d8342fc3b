"""Findings, questions about zones, merges of the layout and pilot domains as items.

In: the context, rows of `lakezones.review.binding.kinds`. Out: a `ReviewItem` for each.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from lakezones.model.words import counted
from lakezones.review.dossier import DefectCard
from lakezones.review.dossier.people import some
from lakezones.review.items.context import ItemContext, area_of
from lakezones.review.items.item import ReviewItem

_WEIGHT: Final = {"critical": "high", "high": "high", "medium": "medium"}
"""Severity of a finding as a risk; all others are low."""
MANY: Final = 100
"""Containers from which a merge is looked at with more care."""


class Boxes:
    """What is known of single containers: domain, zone, owners, restricted."""

    def __init__(self, context: ItemContext) -> None:
        placed = context.placed
        columns = (placed[name].to_list() for name in ("domain", "zone", "restricted"))
        self._rows = dict(zip(placed["container"].to_list(), zip(*columns, strict=True), strict=True))
        owners = context.proposal.layout.select("container", "owner").drop_nulls()
        self._owners = dict(owners.iter_rows())

    def domain(self, containers: Sequence[str]) -> str | None:
        """Domain of most of them."""
        counts = Counter(row[0] for one in containers if (row := self._rows.get(one)) and row[0])
        return min(counts, key=lambda name: (-counts[name], name)) if counts else None

    def zones(self, containers: Sequence[str]) -> str | None:
        """Zones that they are in, comma separated."""
        there = {row[1] for one in containers if (row := self._rows.get(one))}
        return ",".join(zone for zone in ("raw", "curated", "consumption") if zone in there) or None

    def restricted(self, containers: Sequence[str]) -> bool:
        """Whether any is restricted."""
        return any(row[2] for one in containers if (row := self._rows.get(one)))

    def owners(self, containers: Sequence[str]) -> tuple[str, ...]:
        """Their owners as declared, of most first."""
        counts = Counter(self._owners[one] for one in containers if one in self._owners)
        return tuple(sorted(counts, key=lambda name: (-counts[name], name)))


def finding_items_of(
    context: ItemContext, boxes: Boxes, rows: pl.DataFrame, asked: Collection[str]
) -> list[ReviewItem]:
    """An item per finding.

    Parameters
    ----------
    rows
        Rows of `lakezones.review.binding.kinds.finding_items`.
    asked
        Severities that reviewers are asked about.
    """
    return [_finding(context, boxes, row, asked) for row in rows.sort("object_id").iter_rows(named=True)]


def _finding(context: ItemContext, boxes: Boxes, row: Mapping[str, Any], asked: Collection[str]) -> ReviewItem:
    about, kind = row["about_id"], row["about_kind"]
    containers = [about] if kind == "container" else []
    person = about if kind == "principal" else None
    subject = context.person(person) if person else about
    risk = _WEIGHT.get(str(row["severity"]), "low")
    evidence = str(row["evidence"]).removeprefix(f"{context.known.people.name(about)}: ") if person else row["evidence"]
    sentence = f"{row['title']}: {subject}; {evidence}."
    return ReviewItem(
        kind="finding",
        object_id=row["object_id"],
        name=f"{row['title']}: {subject}",
        sentence=sentence,
        domain=boxes.domain(containers),
        area=area_of(context, [person]) if person else None,
        zones=boxes.zones(containers),
        people=1 if person else 0,
        beneficiaries=frozenset([person] if person else []),
        containers=len(containers) or row["affected"],
        reasons=(DefectCard(kind="finding", severity=risk, sentence=sentence, subjects=(about,)),),
        restricted=boxes.restricted(containers),
        evidence=str(row["action"]),
        asked=str(row["severity"]) in asked,
    )


def _grouped(rows: pl.DataFrame, *columns: str) -> Iterator[dict[str, Any]]:
    """A row per item: its containers as a list, of other columns the first value."""
    order = rows.sort("object_id", "container").group_by("object_id", maintain_order=True)
    yield from order.agg("container", pl.col(*columns).first()).iter_rows(named=True)


def zone_items(boxes: Boxes, rows: pl.DataFrame) -> list[ReviewItem]:
    """An item per question about zone and domain; rows of `lakezones.review.binding.kinds.zone_questions`."""
    found = []
    for first in _grouped(rows, "system", "zone", "domain", "runner_up"):
        object_id, containers = first["object_id"], first["container"]
        of = f" of {first['system']}" if first["system"] else ""
        zone, domain, other = first["zone"] or "no zone", first["domain"] or "no domain", first["runner_up"]
        examples = some(containers)
        doubt = f"Zone or domain is not sure{f': perhaps {other}' if other else ''}. Asked of {examples}."
        found.append(
            ReviewItem(
                kind="zone",
                object_id=str(object_id),
                name=f"{counted(len(containers))}{of}: {zone}, {domain}",
                sentence=f"{counted(len(containers))}{of} would go to {zone} and belong to {domain}: is that right?",
                domain=first["domain"],
                zones=first["zone"],
                containers=len(containers),
                reasons=(DefectCard(kind="doubt", severity="low", sentence=doubt, subjects=tuple(containers[:1])),),
                restricted=boxes.restricted(containers),
                evidence="An answer of an owner settles all of them.",
                owners=boxes.owners(containers),
            )
        )
    return found


def merge_items(boxes: Boxes, rows: pl.DataFrame) -> list[ReviewItem]:
    """An item per container of the target that takes in several; rows of `lakezones.review.binding.kinds.merges`."""
    found = []
    for first in _grouped(rows, "target_account", "target_container"):
        object_id, containers = first["object_id"], first["container"]
        target = "/".join(filter(None, (first["target_account"], first["target_container"])))
        secret = boxes.restricted(containers)
        reasons = []
        if secret and not all(boxes.restricted([one]) for one in containers):
            text = f"Restricted data would lie in {target} beside other data."
            reasons.append(DefectCard(kind="restricted", severity="medium", sentence=text))
        if len(containers) >= MANY:
            text = f"{counted(len(containers))} would become folders of {target}."
            reasons.append(DefectCard(kind="size", severity="low", sentence=text))
        found.append(
            ReviewItem(
                kind="merge",
                object_id=str(object_id),
                name=f"{counted(len(containers))} into {target}",
                sentence=f"{counted(len(containers))} would become folders of {target}: {some(containers)}.",
                domain=boxes.domain(containers),
                zones=boxes.zones(containers),
                containers=len(containers),
                reasons=tuple(reasons),
                restricted=secret,
                evidence="They are of one domain and zone in the proposed layout.",
            )
        )
    return found


def pilot_items(context: ItemContext, boxes: Boxes) -> list[ReviewItem]:
    """An item per domain: whether it goes first."""
    held = context.proposal.zones.select("container", "domain").drop_nulls().sort("domain", "container")
    found = []
    for (domain,), part in held.group_by("domain", maintain_order=True):
        containers = part["container"].to_list()
        found.append(
            ReviewItem(
                kind="pilot",
                object_id=str(domain),
                name=f"{domain} as a pilot",
                sentence=f"The domain {domain} would move first: {counted(len(containers))}, access stays as it is.",
                domain=str(domain),
                zones=boxes.zones(containers),
                containers=len(containers),
                restricted=boxes.restricted(containers),
                evidence="See proposal/pilots.csv for how domains compare as pilots.",
            )
        )
    return found
