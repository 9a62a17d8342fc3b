"""What approved suggestions become: people join roles, roles get classes, and the rest are exceptions.

In: the roles and exceptions as decided, and the approved suggestions. Out: `Completed`: the same made larger by exactly
the approved cells, and for each approval what became of it. Three rules, in this order:

1. A person joins the role once everything in it is held by the person or approved for them.
2. A role gets a class once everybody then in it holds the class or is approved for it.
3. Every other approved cell is a membership of the person in a resource group that gives nothing else they do not hold.

Nobody leaves a role by it, and nobody gets what was not approved for them. Whom or what reviewers took out of a role
does not come back by it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from lakezones.model.words import counted
from lakezones.review.target.apart import Apart
from lakezones.review.target.carriers import CarrierGroups, Reach
from lakezones.review.target.rest import Rest, exceptions_of, kept_of
from lakezones.review.target.roles import DecidedRole, DecidedRoles
from lakezones.review.target.suggestions import CHANGED, cells_of, holdings

Cell = tuple[str, str]
"""Person and class."""

_OUTCOME: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "suggestion_id": pl.String,
    "outcome": pl.String,
    "group_id": pl.String,
    "member_id": pl.String,
    "reason": pl.String,
}
_RANK: Final = {"joins_role": 0, "completes_role": 1, "exception": 2}
_BECAUSE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "group_id": pl.String,
    "member_id": pl.String,
    "approvals": pl.String,
}


@dataclass(frozen=True, kw_only=True)
class Completed:
    """Roles and exceptions with what was approved as new.

    Attributes
    ----------
    members, nestings
        role_id, principal_id and role_id, group_id.
    exceptions
        class_id, principal_id, group_id, until.
    kept
        principal_id, group_id: memberships that stay.
    added
        role_id, class_id, level: what roles open more.
    because
        group_id, member_id, approvals (JSON array of suggestions): memberships made for approvals.
    outcomes
        `lakezones.model.tables.TargetApprovals`.
    """

    members: pl.DataFrame
    nestings: pl.DataFrame
    exceptions: pl.DataFrame
    kept: pl.DataFrame
    added: pl.DataFrame
    because: pl.DataFrame
    outcomes: pl.DataFrame


@dataclass(kw_only=True)
class _CompletedRole:
    """A role as it becomes.

    Attributes
    ----------
    role
        The role as decided.
    joining
        People who join.
    added
        Classes that the role gets, with the level it then has.
    carriers
        Class among `added` to the group that brings it.
    """

    role: DecidedRole
    joining: list[str] = field(default_factory=list)
    added: Reach = field(default_factory=dict)
    carriers: dict[str, str] = field(default_factory=dict)

    @property
    def people(self) -> Sequence[str]:
        """Members as decided."""
        return self.role.members

    @property
    def content(self) -> Reach:
        """What it opens as decided."""
        return self.role.content

    @property
    def whole(self) -> Reach:
        """Content with what is added."""
        return self.content | self.added

    @property
    def everyone(self) -> list[str]:
        """Members and those who join."""
        return [*self.people, *self.joining]

    def new(self, person: str) -> Reach:
        """What the role gives the person that it did not give as reviewed."""
        if person in self.joining:
            return self.whole
        return self.added if person in self.people else {}


def complete(
    apart: Apart,
    roles: DecidedRoles,
    nestings: pl.DataFrame,
    rest: Rest,
    suggestions: pl.DataFrame,
    groups: CarrierGroups,
) -> Completed:
    """Make roles and exceptions larger by what was approved as new.

    Parameters
    ----------
    roles, nestings, rest
        Roles with the groups they are nested in (role_id, group_id), and exceptions, without new access.
    suggestions
        As `lakezones.review.target.suggestions.read_suggestions` gives them.
    groups
        Groups to choose from; those taken into use are remembered there.
    """
    rows = cells_of(suggestions, roles, apart)
    wanted = sorted({row["into"] for row in rows} - {None})
    some = {role_id: _CompletedRole(role=roles.roles[role_id]) for role_id in wanted}
    everyone = {row["principal_id"] for row in rows}.union(*(role.people for role in some.values()))
    got = holdings(apart.access, everyone, dropped=rest.drops)
    for row in rows:
        reach = got[row["principal_id"]]
        reach[row["class_id"]] = reach.get(row["class_id"], 0) | row["level"]
    for role_id, role in some.items():
        _complete(role, [row for row in rows if row["into"] == role_id], got)
        role.carriers = groups.carriers(role.added, role.whole)
    granted = _Granted(rows=rows, roles=some, got=got, alone=_alone(rows, some, got, groups))
    because, outcomes = granted.memberships()
    return _larger(roles, nestings, rest, granted, because, _outcomes(suggestions, outcomes))


@dataclass(frozen=True, kw_only=True)
class _Granted:
    """New access, and the memberships that give it.

    Attributes
    ----------
    rows
        The approved cells.
    roles
        Roles with approved suggestions, as they become.
    got
        What people have in the end: person to class to level bits.
    alone
        Groups that people join themselves: person and class to group.
    """

    rows: Sequence[Mapping[str, Any]]
    roles: Mapping[str, _CompletedRole]
    got: Mapping[str, Reach]
    alone: Mapping[Cell, str]

    def memberships(self) -> tuple[pl.DataFrame, list[tuple[str, ...]]]:
        """The memberships made for approvals (`Completed.because`), and what becomes of each approved cell."""
        edges: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        outcomes: list[tuple[str, ...]] = []
        for row in self.rows:
            ways = self._ways(row)
            for _, group, member in ways:
                edges.setdefault((group, member), []).append(row)
            outcome, group, member = next((way for way in ways if way[0] == "joins_role"), ways[0])
            outcomes.append((row["suggestion_id"], outcome, group, member, self._reason(row, outcome, member, group)))
        because = [
            (group, member, json.dumps(sorted({row["suggestion_id"] for row in some})))
            for (group, member), some in sorted(edges.items())
        ]
        return pl.DataFrame(because, schema=_BECAUSE, orient="row"), outcomes

    def _ways(self, row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Outcome, group and new member of every membership that gives an approved cell; its own role's first."""
        person, class_id = row["principal_id"], row["class_id"]
        found: list[tuple[str, str, str]] = []
        for role_id in _giving(row, self.roles):
            role = self.roles[role_id]
            if class_id in role.added:
                found.append(("completes_role", role.carriers[class_id], role_id))
            if person in role.joining:
                found.append(("joins_role", role_id, person))
        if (person, class_id) in self.alone:
            found.append(("exception", self.alone[person, class_id], person))
        return found

    def _reason(self, row: Mapping[str, Any], outcome: str, member: str, group: str) -> str:
        """Why an approved cell is granted the way it is."""
        person, class_id = row["principal_id"], row["class_id"]
        if outcome == "joins_role":
            whole = counted(len(self.roles[group].content), "class")
            return f"the person holds, or is approved for, all of the role: {whole}"
        if outcome == "completes_role":
            people = counted(len(self.roles[member].everyone), "person")
            return f"all {people} then in the role hold it or are approved for it"
        role = self.roles.get(row["into"])
        if role is None:
            return "the role was divided, and no part of it opens this"
        if person in role.everyone:
            others = [p for p in role.everyone if row["level"] & ~self.got[p].get(class_id, 0)]
            return (
                f"{counted(len(others), 'person')} in the role would get it without an approval, so the role does not"
            )
        lacking = sum(level & ~self.got[person].get(c, 0) != 0 for c, level in role.content.items())
        if lacking:
            whole = counted(len(role.content), "class")
            return f"the person has no approval for {lacking} of {whole} of the role, so does not join"
        return "the role does not have it, and the person is not in the role"


def _complete(role: _CompletedRole, rows: Sequence[Mapping[str, Any]], got: Mapping[str, Reach]) -> None:
    """Who joins a role, and then what it gets."""
    outside = role.role.outside
    able: set[str] = set()
    lacking: set[tuple[str, int]] = set()
    for row in rows:
        class_id, level, person = row["class_id"], row["level"], row["principal_id"]
        if level & ~role.content.get(class_id, 0):
            if ("class", class_id) not in outside:
                lacking.add((class_id, level | role.content.get(class_id, 0)))
        elif ("member", person) not in outside and _within(role.content, got[person]):
            able.add(person)
    role.joining = sorted(able - set(role.people))
    for class_id, level in sorted(lacking):  # the highest that everybody may have comes last, and stays
        if all(_within({class_id: level}, got[person]) for person in role.everyone):
            role.added[class_id] = level


def _alone(
    rows: Sequence[Mapping[str, Any]],
    roles: Mapping[str, _CompletedRole],
    got: Mapping[str, Reach],
    groups: CarrierGroups,
) -> dict[Cell, str]:
    """Groups that people join themselves, for what no role gives them: person and class to group."""
    missing: dict[str, Reach] = {}
    for row in rows:
        person, class_id = row["principal_id"], row["class_id"]
        if not _giving(row, roles):
            reach = missing.setdefault(person, {})
            reach[class_id] = reach.get(class_id, 0) | row["level"]
    return {
        (person, class_id): group
        for person, reach in sorted(missing.items())
        for class_id, group in groups.carriers(reach, got[person]).items()
    }


def _giving(row: Mapping[str, Any], roles: Mapping[str, _CompletedRole]) -> list[str]:
    """Roles that give an approved cell, its own first."""
    own = row["into"]
    return [
        role_id
        for role_id in sorted(roles, key=lambda one: (one != own, one))
        if row["level"] & ~roles[role_id].new(row["principal_id"]).get(row["class_id"], 0) == 0
    ]


def _larger(
    roles: DecidedRoles,
    nestings: pl.DataFrame,
    rest: Rest,
    granted: _Granted,
    because: pl.DataFrame,
    outcomes: pl.DataFrame,
) -> Completed:
    """Roles and exceptions with new access; what roles now give is residual no longer."""
    some = granted.roles
    joining = [(role_id, person) for role_id, role in some.items() for person in role.joining]
    nested = {(role_id, group) for role_id, role in some.items() for group in role.carriers.values()}
    exceptions = [(class_id, person, group, None) for (person, class_id), group in granted.alone.items()]
    new = pl.DataFrame(
        [
            (class_id, person, level)
            for role in some.values()
            for person in role.everyone
            for class_id, level in role.new(person).items()
        ],
        schema={"class_id": pl.String, "principal_id": pl.String, "given": pl.UInt8},
        orient="row",
    )
    given = new.group_by("class_id", "principal_id").agg(pl.col("given").bitwise_or())
    residual = (
        rest.residual.join(given, on=["class_id", "principal_id"], how="left")
        .filter((pl.col("level") & ~pl.col("given").fill_null(0)) != 0)
        .drop("given")
    )
    key = ["group_id", "principal_id", "class_id"]
    added = [(role_id, c, level) for role_id, role in some.items() for c, level in role.added.items()]
    members = [(role_id, person) for role_id, role in roles.roles.items() for person in role.members]
    text = {"role_id": pl.String, "principal_id": pl.String}
    return Completed(
        members=pl.DataFrame([*members, *joining], schema=text, orient="row").unique().sort("role_id", "principal_id"),
        nestings=_with(nestings, sorted(nested)).unique().sort("role_id", "group_id"),
        # One that reviewers kept comes before one for a suggestion: it says when it is reviewed again.
        exceptions=_with(_still(rest.exceptions, residual), exceptions).unique(key, keep="first").sort(key),
        kept=kept_of(residual),
        added=pl.DataFrame(
            added, schema={"role_id": pl.String, "class_id": pl.String, "level": pl.UInt8}, orient="row"
        ),
        because=because,
        outcomes=outcomes,
    )


def _still(exceptions: pl.DataFrame, residual: pl.DataFrame) -> pl.DataFrame:
    """Exceptions of which the residual still has some."""
    return exceptions.join(exceptions_of(residual), on=["class_id", "principal_id", "group_id"], how="semi")


def _with(frame: pl.DataFrame, rows: Sequence[tuple[str | None, ...]]) -> pl.DataFrame:
    return pl.concat([frame, pl.DataFrame(rows, schema=frame.schema, orient="row")])


def _outcomes(approvals: pl.DataFrame, granted: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    """What became of each approval; of one that is granted in several ways, the one that is most of an exception."""
    found = (
        pl.DataFrame(granted, schema=_OUTCOME, orient="row")
        .sort("suggestion_id", pl.col("outcome").replace_strict(_RANK), "group_id")
        .unique("suggestion_id", keep="last", maintain_order=True)
    )
    return (
        approvals.join(found, on="suggestion_id", how="left")
        .with_columns(
            pl.coalesce(
                "outcome",
                pl.when(pl.col("fresh") & pl.col("refused").is_not_null())
                .then(pl.lit("not_granted"))
                .otherwise(pl.lit("lapsed")),
            ).alias("outcome"),
            pl.coalesce("reason", "refused", pl.lit(CHANGED)).alias("reason"),
        )
        .drop("level", "fresh", "refused")
        .sort("suggestion_id")
    )


def _within(content: Reach, held: Reach) -> bool:
    """Whether somebody who holds this has all of the content."""
    return all(level & ~held.get(class_id, 0) == 0 for class_id, level in content.items())
