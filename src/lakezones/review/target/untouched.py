"""What a plan leaves alone, and why: item by item, with the people and containers concerned.

In: the proposal, what was said, what is carried out. Out: `lakezones.model.tables.Untouched`, and the same counted.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import polars as pl

from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.tables import Untouched
from lakezones.review.binding.kinds import outside_roles, way_of
from lakezones.review.target.roles import DecidedRoles
from lakezones.review.target.said import UNPROVEN, Said, Standing

WORDS: Final = {
    "undecided": "undecided",
    "denied": "denied",
    "deferred": "deferred",
    "waiting": "waiting for a second reviewer",
    "asserted": "asserted without evidence",
    "conflicting": "with verdicts that conflict",
    "lapsed": "changed since they were decided on",
    "approved": "that cannot be carried out",
    "revoked": "that cannot be carried out",
}
"""How the counts of what is left alone are called."""

NOUNS: Final = {
    "suggestion": "suggestions",
    "drop": "drops of a policy",
    "residual": "exceptions",
    "unused": "unused parts of roles",
}
_REASONS: Final = {
    "undecided": "nobody has decided on it",
    "denied": "it was denied, so nobody gains and nobody loses anything",
    "deferred": "the decision was put off",
    "waiting": "a second reviewer must agree",
    "asserted": "the evidence that review.toml asks for is missing; --accept-asserted plans it all the same",
    "conflicting": "reviewers said what cannot both be carried out",
    "lapsed": "it has changed since it was decided on: review it again",
}


def untouched(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    roles: DecidedRoles,
    refused: Mapping[str, str],
    said: Said,
) -> pl.DataFrame:
    """Roles, suggestions and access outside of roles that nothing is done for.

    Parameters
    ----------
    refused
        Suggestions that were approved and are not granted, with the reason.
    """
    if said.draft:
        return Untouched.create_empty()
    people = dict(facts.table("principals").select("principal_id", pl.coalesce("name", "principal_id")).iter_rows())
    rows = [*_roles(proposal, roles, said, people), *_suggestions(access, proposal, refused, said, people)]
    rows += _outside(access, proposal, said, people)
    columns = list(Untouched.create_empty().schema)
    schema = {name: pl.Int64 if name in ("people", "containers") else pl.String for name in columns}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("object_kind", "object_id")


def left_out(frame: pl.DataFrame, undecided: pl.DataFrame) -> dict[str, int]:
    """Counts of what is left alone, in words: roles by where they stand, and exceptions.

    Parameters
    ----------
    frame
        As `untouched` gives it.
    undecided
        A row per exception that nobody decided on.
    """
    roles = Counter(frame.filter(pl.col("object_kind") == "role")["standing"].cast(pl.String))
    counts = {f"roles {WORDS[standing]}": count for standing, count in sorted(roles.items())}
    unproven = frame.filter(
        pl.col("standing").cast(pl.String).is_in(UNPROVEN), pl.col("object_kind").cast(pl.String) != "role"
    )
    for kind, standing, count in unproven.group_by("object_kind", "standing").len().sort(pl.all()).iter_rows():
        counts[f"{NOUNS[kind]} {WORDS[standing]}"] = count
    if undecided.height:
        counts["exceptions undecided"] = undecided.height
    return counts


def _why(one: Standing, people: Mapping[str, str]) -> str:
    if one.standing == "denied" and one.reviewers:
        return f"denied by {', '.join(people.get(who, who) for who in one.reviewers)}" + (
            f": {one.reason}" if one.reason else ""
        )
    return one.reason or _REASONS.get(one.standing, "")


def _roles(proposal: Proposal, roles: DecidedRoles, said: Said, people: Mapping[str, str]) -> list[tuple[object, ...]]:
    carried = {one for role in roles.roles.values() for one in role.proposed_as}
    rows: list[tuple[object, ...]] = []
    columns = ("role_id", "name", "members", "containers")
    for role_id, name, members, containers in proposal.roles.select(columns).iter_rows():
        if role_id not in carried:
            one = said.of("role", role_id)
            why = roles.refused.get(role_id) or _why(one, people)
            rows.append(("role", role_id, name, one.standing, members, containers, why))
    return rows


def _suggestions(
    access: Access, proposal: Proposal, refused: Mapping[str, str], said: Said, people: Mapping[str, str]
) -> list[tuple[object, ...]]:
    sizes = dict(access.container_classes.group_by("class_id").len().iter_rows())
    names = dict(proposal.roles.select("role_id", "name").iter_rows())
    rows: list[tuple[object, ...]] = []
    columns = ("suggestion_id", "role_id", "principal_id", "class_id")
    for one_id, role_id, person, class_id in proposal.suggestions.select(columns).iter_rows():
        one = said.of("suggestion", one_id)
        if not one.approved or one_id in refused:
            why = refused.get(one_id) or _why(one, people)
            name = f"{people.get(person, person)} for {names.get(role_id, role_id)}"
            rows.append(("suggestion", one_id, name, one.standing, 1, sizes.get(class_id, 0), why))
    return rows


def _outside(access: Access, proposal: Proposal, said: Said, people: Mapping[str, str]) -> list[tuple[object, ...]]:
    """Access outside of roles: what nobody approved as an exception, and drops that nobody decided to carry out."""
    sizes = access.container_classes.group_by("class_id").agg(containers=pl.len().cast(pl.Int64))
    rows: list[tuple[object, ...]] = []
    for kind, acted in (("residual", ("approved", "revoked")), ("drop", ("revoked",))):
        items = (
            outside_roles(proposal, kind)
            .join(sizes, on="class_id", how="left")
            .group_by("object_id", "principal_id", "disposition")
            .agg(pl.col("containers").sum(), pl.col("class_id"))
            .sort("object_id")
        )
        for object_id, person, disposition, containers, _ in items.iter_rows():
            one = said.of(kind, object_id)
            if one.standing not in acted:
                name = f"{people.get(person, person)}: {way_of(disposition)}"
                rows.append((kind, object_id, name, one.standing, 1, containers, _why(one, people)))
    return rows
