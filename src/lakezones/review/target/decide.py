"""One decided target: what was approved, complete, and what stays as it is and why.

In: facts, access, proposal, where each item stands. Out: `lakezones.model.frames.Target`, all that a plan carries out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Proposal, Target, conform
from lakezones.model.naming import NamingSettings
from lakezones.model.policies import SodPair
from lakezones.review.target.apart import Apart
from lakezones.review.target.carriers import CarrierGroups
from lakezones.review.target.completing import Completed, complete
from lakezones.review.target.layout import decided_zones
from lakezones.review.target.rest import Rest, decided_rest, in_use, proposed_groups
from lakezones.review.target.roles import DecidedRoles, decided_roles
from lakezones.review.target.said import Said
from lakezones.review.target.staying import staying
from lakezones.review.target.suggestions import read_suggestions
from lakezones.review.target.untouched import left_out, untouched

DRAFT = "draft"
REVIEWED = "reviewed"


def decide(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    standings: dy.DataFrame[t.Standings] | None,
    *,
    sod: Sequence[SodPair] = (),
    naming: NamingSettings | None = None,
    accept_asserted: bool = False,
) -> Target:
    """Turn a proposal and what was decided on it into what is to be carried out.

    Nothing is in it that nobody approved: what is undecided, deferred, denied, lapsed or conflicting keeps its
    memberships, grants and place, and so does what waits for a second reviewer or lacks evidence.

    Parameters
    ----------
    facts, access, proposal
        Outputs of the stages before.
    standings
        Where each item and each part of one stands (`lakezones.model.tables.Standings`); None where nobody decided
        anything, which makes a draft of all that is proposed.
    sod
        Duties that approved suggestions may not bring together.
    naming
        How resource groups are called that are made for it.
    accept_asserted
        Whether to act on what waits for a second reviewer and on what is asserted without evidence. The summary says
        so, under ``accepted_asserted``.

    Returns
    -------
    Target
    """
    said = Said(standings, accept_asserted=accept_asserted)
    apart = Apart(access, proposal, said)
    roles = decided_roles(apart, said, _held(apart.access))
    rest = decided_rest(apart, roles, said)
    groups = CarrierGroups(facts, apart.access, apart.proposal, naming or NamingSettings())
    suggestions = read_suggestions(facts, access, proposal, roles, said, sod=sod)
    made = complete(apart, roles, _nestings(proposal, roles, groups), rest, suggestions, groups)
    zones, others = decided_zones(facts, access, proposal, said)
    stays = staying(apart, roles, rest, said, others)
    refused = dict(
        suggestions.drop_nulls("refused").drop_nulls("role_id").select("suggestion_id", "refused").iter_rows()
    )
    left = untouched(facts, access, proposal, roles, refused, said)
    used = in_use(pl.concat([proposed_groups(apart.proposal), groups.added()]), made.nestings, made.exceptions)
    target = Target(
        status=DRAFT if said.draft else REVIEWED,
        roles=conform(_roles(roles), t.TargetRoles),
        members=conform(_because(made.members, made, "role_id", "principal_id"), t.TargetMembers),
        classes=conform(_classes(roles, made), t.TargetClasses),
        nestings=conform(_because(made.nestings, made, "group_id", "role_id"), t.TargetNestings),
        groups=conform(used, t.TargetGroups),
        exceptions=conform(_because(made.exceptions, made, "group_id", "principal_id"), t.TargetExceptions),
        drops=conform(rest.drops, t.TargetDrops),
        kept=conform(made.kept, t.TargetKept),
        staying=conform(stays, t.TargetStaying),
        untouched=conform(left, t.Untouched),
        approvals=conform(made.outcomes, t.TargetApprovals),
        parts=conform(apart.parts, t.TargetParts),
        zones=zones,
        layout=proposal.layout,
        pilots=_pilots(proposal, said),
    )
    return _with_summary(target, rest, said)


def _held(access: Access) -> Mapping[tuple[str, str], int]:
    """What people hold in the data lane, by person and class."""
    rows = access.data_lane.select("principal_id", "class_id", "level").iter_rows()
    return {(person, class_id): level for person, class_id, level in rows}


def _nestings(proposal: Proposal, roles: DecidedRoles, groups: CarrierGroups) -> pl.DataFrame:
    """Which groups each role is nested in: as proposed, unless the role opens something else now."""
    asis = [role.role_id for role in roles.roles.values() if not role.reshaped]
    proposed = proposal.role_groups.filter(pl.col("role_id").is_in(pl.Series(asis, dtype=pl.String).implode()))
    made = [
        (role.role_id, group)
        for role in roles.roles.values()
        if role.reshaped
        for group in sorted(set(groups.carriers(role.content, role.content).values()))
    ]
    schema = {"role_id": pl.String, "group_id": pl.String}
    return pl.concat([proposed.select(list(schema)), pl.DataFrame(made, schema=schema, orient="row")])


def _roles(roles: DecidedRoles) -> pl.DataFrame:
    """`TargetRoles`."""
    rows = [
        {
            "role_id": role.role_id,
            "name": role.name,
            "purpose": role.purpose,
            "domain": role.domain,
            "layer": role.layer,
            "proposed_as": json.dumps(list(role.proposed_as)),
            "approved_by": sorted(role.approved_by),
            "approved_at": role.approved_at,
            "asserted": role.unproven,
        }
        for role in roles.roles.values()
    ]
    return pl.DataFrame(rows, schema=t.TargetRoles.create_empty().schema)


def _classes(roles: DecidedRoles, made: Completed) -> pl.DataFrame:
    """`TargetClasses`, with what roles got by approved suggestions."""
    rows = [
        (role_id, class_id, level) for role_id, role in roles.roles.items() for class_id, level in role.content.items()
    ]
    plain = pl.DataFrame(rows, schema=made.added.schema, orient="row")
    both = pl.concat([plain, made.added]).group_by("role_id", "class_id").agg(pl.col("level").bitwise_or())
    return both.sort("role_id", "class_id")


def _because(frame: pl.DataFrame, made: Completed, group: str, member: str) -> pl.DataFrame:
    """Memberships with the approvals that they carry out."""
    keys = [group, member]
    because = made.because.select("approvals", pl.col("group_id").alias(group), pl.col("member_id").alias(member))
    return frame.join(because, on=keys, how="left", maintain_order="left")


def _pilots(proposal: Proposal, said: Said) -> tuple[str, ...]:
    """Domains that go first: those reviewers named, else those the proposal names."""
    known = set(proposal.zones["domain"].drop_nulls())
    for names in (
        [name for name, one in said.all("pilot") if one.approved],
        [name for name in proposal.summary.get("pilots", []) if said.of("pilot", name).standing != "denied"],
    ):
        if present := [name for name in names if name in known]:
            return tuple(dict.fromkeys(present))
    return ()


def _with_summary(target: Target, rest: Rest, said: Said) -> Target:
    """The target with its counts."""
    outcomes = target.approvals.group_by(pl.col("outcome").cast(pl.String)).len().sort("outcome")
    standing = target.untouched.group_by(
        pl.col("object_kind").cast(pl.String), pl.col("standing").cast(pl.String)
    ).len()
    left: dict[str, dict[str, int]] = {}
    for kind, word, count in standing.sort(pl.all()).iter_rows():
        left.setdefault(kind, {})[word] = count
    summary: dict[str, Any] = {
        "status": target.status,
        "roles": target.roles.height,
        "members": target.members.height,
        "exceptions": target.exceptions.height,
        "drops": target.drops.height,
        "approvals": dict(outcomes.iter_rows()),
        "staying": dict(target.staying.group_by("reason").len().sort("reason").iter_rows()),
        "untouched": left,
        "left_out": left_out(target.untouched, rest.undecided),
        "pilots": list(target.pilots),
    }
    if said.accept_asserted:
        summary["accepted_asserted"] = said.unproven()
    return replace(target, summary=summary)
