"""Zones, domains and places as decided: what was put elsewhere, and what is not to be brought together.

In: facts, access, the proposal, what was said. Out: zones with the answers of reviewers, and the containers that stay
for them. Where a container goes was worked out for its zone and domain: one that was given others stays until the
proposal has been made again.
"""

from collections.abc import Mapping
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.review.binding.kinds import merges, zone_questions
from lakezones.review.target.said import Said, Standing

MOVED: Final = "its zone or domain was changed in review: propose again with --labels to give it a place"
APART: Final = "reviewers do not want it in one container with others"


def decided_zones(
    facts: Facts, access: Access, proposal: Proposal, said: Said
) -> tuple[dy.DataFrame[t.Zones], dict[str, list[str]]]:
    """Zones with what reviewers answered, and by reason the containers that stay for it."""
    answered = {one_id: one for one_id, one in said.all("zone") if one.approved and one.verdict == "change"}
    denied = {one_id for one_id, one in said.all("merge") if one.standing == "denied"}
    stays: dict[str, list[str]] = {}
    zones = proposal.zones
    if answered:
        asked = zone_questions(facts, access, proposal).select("object_id", "container")
        places = {
            container: answered[one_id]
            for one_id, container in asked.iter_rows()
            if one_id in answered and not _later(said, one_id, container)
        }
        zones = _with_answers(zones, places)
        stays[MOVED] = sorted(places)
    if denied:
        brought = merges(proposal).filter(pl.col("object_id").is_in(sorted(denied)))
        stays[APART] = brought["container"].sort().to_list()
    return zones, stays


def _later(said: Said, one_id: str, container: str) -> bool:
    """Whether a container came to a question after it was answered."""
    part = said.parts("zone", one_id).get(("container", container))
    return part is not None and part.left_out


def _with_answers(zones: dy.DataFrame[t.Zones], places: Mapping[str, Standing]) -> dy.DataFrame[t.Zones]:
    rows = [
        (container, one.detail.get("zone"), one.detail.get("domain"), f"decided by {', '.join(one.reviewers)}")
        for container, one in sorted(places.items())
    ]
    schema = dict.fromkeys(("container", "new_zone", "new_domain", "who"), pl.String)
    said = pl.DataFrame(rows, schema=schema, orient="row")
    known = pl.col("who").is_not_null()
    answered = zones.join(said, on="container", how="left", maintain_order="left").with_columns(
        zone=pl.coalesce("new_zone", pl.col("zone").cast(pl.String)),
        domain=pl.coalesce("new_domain", "domain"),
        confidence=pl.when(pl.col("new_zone").is_not_null()).then(1.0).otherwise("confidence"),
        domain_confidence=pl.when(pl.col("new_domain").is_not_null()).then(1.0).otherwise("domain_confidence"),
        state=pl.when(pl.col("new_zone").is_null()).then("state"),
        evidence=pl.coalesce("who", "evidence"),
        needs_review=pl.col("needs_review") & ~known,
    )
    return t.Zones.validate(answered.select(t.Zones.column_names()), cast=True)
