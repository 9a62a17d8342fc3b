"""Roles, groups and suggestions as tables.

In: roles with their ids, the matrix, attributes, groups. Out: frames as in `lakezones.model.tables`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lakezones.mining import bits
from lakezones.model import tables as t
from lakezones.model.frames import Access
from lakezones.model.levels import LABELS
from lakezones.model.naming import NamingSettings, unique
from lakezones.model.words import counted
from lakezones.propose.roles import names
from lakezones.propose.roles.choose import Found
from lakezones.propose.roles.constraints import Rules
from lakezones.propose.roles.evidence import describe
from lakezones.propose.roles.groups import Groups
from lakezones.propose.roles.membership import Directory, Reach
from lakezones.propose.roles.observed import Use
from lakezones.propose.roles.units import Estate, Problem


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role with its id."""

    role_id: str
    found: Found

    @property
    def people(self) -> list[str]:
        """Members, ascending."""
        return self.found.people

    @property
    def content(self) -> Reach:
        """Class to level."""
        return self.found.content


def positions(roles: Sequence[Role]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members (position, principal_id) and contents (position, class_id, level); positions count from 1."""
    members = pl.DataFrame(
        [(k, person) for k, role in enumerate(roles, 1) for person in role.people],
        schema={"position": pl.Int64, "principal_id": pl.String},
        orient="row",
    )
    contents = pl.DataFrame(
        [(k, class_id, level) for k, role in enumerate(roles, 1) for class_id, level in role.content.items()],
        schema={"position": pl.Int64, "class_id": pl.String, "level": pl.UInt8},
        orient="row",
    )
    return members, contents


def completed(roles: Sequence[Role], problem: Problem) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members and contents as `positions` has them, as they are once every suggestion is approved."""
    whole = []
    for role in roles:
        done = role.found.completion
        if done is None:
            whole.append(role)
            continue
        people = set(role.people) | {problem.people[i] for i in bits.elements(done.people)}
        content = dict(role.content)
        for unit in bits.elements(done.units):
            for class_id, level in problem.contents[unit]:
                content[class_id] = content.get(class_id, 0) | level
        whole.append(Role(role_id=role.role_id, found=Found(people=sorted(people), content=content)))
    return positions(whole)


def by_role(frame: pl.DataFrame, roles: Sequence[Role], *columns: str) -> pl.DataFrame:
    """The frame with role ids instead of positions, sorted."""
    ids = pl.DataFrame(
        [(k, role.role_id) for k, role in enumerate(roles, 1)],
        schema={"position": pl.Int64, "role_id": pl.String},
        orient="row",
    )
    return frame.join(ids, on="position").select("role_id", *columns).sort(pl.all())


def role_groups(groups: Groups) -> pl.DataFrame:
    """Which groups each role group is nested in."""
    return pl.DataFrame(
        [(role, group) for role, nested in groups.nested.items() for group in nested],
        schema={"role_id": pl.String, "group_id": pl.String},
        orient="row",
    ).sort(pl.all())


def roles_table(
    roles: Sequence[Role],
    problem: Problem,
    attributes: names.Attributes,
    naming: NamingSettings,
    estate: Estate,
    directory: Directory,
    groups: Groups,
    use: Use | None,
    suggestions: pl.DataFrame,
) -> pl.DataFrame:
    """Roles with names, figures, evidence and risk, by id."""
    asked = _requests(roles, problem)
    suggested = dict(suggestions.group_by("role_id").len().iter_rows())
    direct = set(directory.direct.iter_rows())
    order = sorted(roles, key=lambda role: role.role_id)
    labels = names.role_names([(role.people, role.content) for role in order], attributes, naming)
    rows = []
    for role, name in zip(order, labels, strict=True):
        containers = sum(estate.class_sizes[class_id] for class_id in role.content)
        zones = names.tally(role.content, attributes.zones)
        existing = [group for group in groups.nested[role.role_id] if group in groups.existing]
        replaced = [(group, person) for group in existing for person in role.people if (group, person) in direct]
        findings = describe(
            role.people,
            role.content,
            requests=asked[role.role_id],
            attributes=attributes,
            estate=estate,
            use=use,
            replaced=len(replaced),
            groups=len({group for group, _ in replaced}),
            suggested=suggested.get(role.role_id, 0),
        )
        rows.append(
            {
                "role_id": role.role_id,
                "name": name,
                "domain": names.leading(names.tally(role.content, attributes.domains)),
                "zones": ",".join(zone for zone in t.ZONES if zones[zone]),
                "access": LABELS[max(role.content.values())],
                "members": len(role.people),
                "containers": containers,
                "requests_covered": asked[role.role_id],
                "pairs_covered": containers * len(role.people),
                "new_access": 0,
                "evidence": findings.text,
                "risk": findings.risk,
                "content_hash": names.content_hash(role.people, role.content),
            }
        )
    return pl.DataFrame(rows, schema=t.Roles.create_empty().schema)


def _requests(roles: Sequence[Role], problem: Problem) -> dict[str, int]:
    """Requests that each role gives in full, alone."""
    person_at = {person: i for i, person in enumerate(problem.people)}
    by_class: dict[str, list[int]] = defaultdict(list)
    for unit, content in enumerate(problem.contents):
        if content:  # an entitlement that opens no named level gives nothing
            by_class[content[0][0]].append(unit)
    result = {}
    for role in roles:
        people = bits.from_indices(person_at[person] for person in role.people if person in person_at)
        result[role.role_id] = sum(
            (problem.wanted[unit] & people).bit_count()
            for class_id in role.content
            for unit in by_class.get(class_id, ())
            if all(role.content.get(c, 0) >= level for c, level in problem.contents[unit])
        )
    return result


def suggestions(roles: Sequence[Role], rules: Rules, estate: Estate, use: Use | None) -> pl.DataFrame:
    """A row per person and class that would complete a role."""
    problem = rules.problem
    wanted = {role.role_id for role in roles if role.found.completion is not None}
    held: dict[tuple[str, str], int] = {}
    if wanted:
        held = {
            (person, class_id): level
            for class_id, person, level in estate.cells.select("class_id", "principal_id", "level").iter_rows()
        }
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    highest: dict[tuple[str, str, str], int] = {}
    for role in roles:
        done = role.found.completion
        if done is None:
            continue
        for i, unit in done.lacking:
            person = problem.people[i]
            peers = done.people & ~(1 << i)
            holders = [problem.people[p] for p in bits.elements(peers & problem.columns[unit])]
            for class_id, level in problem.contents[unit]:
                if level & ~held.get((person, class_id), 0) == 0:
                    continue
                access = LABELS[level]
                users = None if use is None else sum(bool(use.get(p, {}).get(class_id)) for p in holders)
                total = peers.bit_count()
                hold = "holds" if len(holders) == 1 else "hold"
                reason = f"{len(holders)} of {counted(total, 'other')} in the role {hold} it"
                if users is not None:
                    reason += f", {users or 'none'} of them used it"
                entitlement = problem.units[unit][0]
                reason += f"; part of {entitlement}" if entitlement else ""
                key = (role.role_id, person, class_id)
                if highest.get(key, 0) >= level:
                    continue
                highest[key] = level
                rows[key] = {
                    "suggestion_id": f"s-{names.digest(*key, access)}",
                    "role_id": role.role_id,
                    "principal_id": person,
                    "class_id": class_id,
                    "access": access,
                    "kind": "extend" if level & ~role.content.get(class_id, 0) else "join",
                    "peers": len(holders) / total if total else 0.0,
                    "used_by_peers": None if users is None or not holders else users / len(holders),
                    "reason": reason,
                }
    frame = pl.DataFrame(list(rows.values()), schema=t.Suggestions.create_empty().schema)
    return frame.sort("role_id", "principal_id", "class_id")


def resource_groups(
    groups: Groups,
    directory: Directory,
    attributes: names.Attributes,
    naming: NamingSettings,
    estate: Estate,
    access: Access,
) -> pl.DataFrame:
    """Resource groups: what each carries, and what the existing ones stand in for."""
    stands_in = _stands_in(access)
    proposed = sorted(set(groups.carried) - groups.existing)
    labels = dict(
        zip(
            proposed,
            unique(
                (names.group_name(groups.carried[group], attributes, naming) for group in proposed),
                max_length=naming.max_length,
                taken=directory.names.values(),
            ),
            strict=True,
        )
    )
    rows = [
        {
            "group_id": group,
            "name": labels.get(group) or directory.names.get(group, group),
            "class_id": class_id,
            "access": LABELS[level],
            "containers": estate.class_sizes[class_id],
            "replaces": stands_in.get(group) if group in groups.existing else None,
        }
        for group, reach in groups.carried.items()
        for class_id, level in reach.items()
    ]
    return pl.DataFrame(rows, schema=t.ResourceGroups.create_empty().schema).sort("group_id", "class_id")


def _stands_in(access: Access) -> dict[str, str]:
    """Group to the entitlements it enforces."""
    enforced = access.entitlement_classes.filter(pl.col("group_id").is_not_null())
    grouped = enforced.group_by("group_id").agg(pl.col("entitlement").unique().sort().str.join(", "))
    return dict(grouped.iter_rows())
