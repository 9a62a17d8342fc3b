"""The stage: roles, two levels of groups, residual and the curve, from facts, access and zones.

In: facts, access, zones, settings. Out: `RolesResult`, frames of `lakezones.model.tables`. Roles and residual give
together exactly the effective access; new access is zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts
from lakezones.model.levels import LABELS
from lakezones.model.naming import NamingSettings, unique
from lakezones.model.policies import PoliciesSettings
from lakezones.propose.roles import bits, names
from lakezones.propose.roles.candidates import Candidate
from lakezones.propose.roles.coverage import NEVER, covered_at, curve, given_from
from lakezones.propose.roles.groups import Groups, nest
from lakezones.propose.roles.membership import Directory, Reach, read_directory
from lakezones.propose.roles.practical import select
from lakezones.propose.roles.residual import residual
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.units import CELL, Estate, Problem, read_estate, read_problem


@dataclass(frozen=True, kw_only=True)
class RolesResult:
    """Roles, groups, residual, suggestions and the curve; frames as in `lakezones.model.tables`."""

    roles: pl.DataFrame
    role_members: pl.DataFrame
    role_classes: pl.DataFrame
    resource_groups: pl.DataFrame
    role_groups: pl.DataFrame
    residual_classes: pl.DataFrame
    suggestions: pl.DataFrame
    coverage: pl.DataFrame
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role as the stage works on it: members ascending, content by class."""

    role_id: str
    people: list[str]
    content: Reach


def propose_roles(
    facts: Facts,
    access: Access,
    zones: pl.DataFrame,
    *,
    settings: RolesSettings,
    naming: NamingSettings,
    policies: PoliciesSettings | None = None,
) -> RolesResult:
    """Propose roles without new access, the groups that carry them, and what stays outside.

    Parameters
    ----------
    facts, access
        A snapshot and its effective access.
    zones
        Zone and domain of every container (`tables.Zones`).
    settings, naming
        Sections ``roles`` and ``naming``.
    policies
        Section ``policies``: what is restricted, which duties stay apart.

    Returns
    -------
    RolesResult
        For every class and principal in the data lane the bits that roles give and the bits of the residual are
        together the effective access, and roles give nothing beyond it.
    """
    policies = policies or PoliciesSettings()
    directory = read_directory(facts, access)
    estate = read_estate(facts, access, directory, settings=settings, policies=policies)
    problem = read_problem(access, estate)
    chosen = select(
        problem.rows,
        problem.columns,
        problem.wanted,
        min_members=settings.min_members,
        max_roles=settings.max_roles,
        min_gain=1 if settings.max_roles is not None else settings.min_gain,
        limit=settings.max_candidates,
        rounds=settings.effort,
    )
    roles = named_roles(problem, chosen.roles)
    members, contents = role_frames(roles)
    first = given_from(members, contents)
    given = first.group_by(CELL).agg(given=pl.col("level").bitwise_or())
    groups = nest({role.role_id: role.content for role in roles}, directory)
    rest = residual(access, estate, given, directory, groups)
    requests, cells = covered_at(access, estate, first)
    attributes = names.read_attributes(facts, access, zones)
    coverage = curve(requests, cells, roles=len(roles))
    return RolesResult(
        roles=t.Roles.validate(_roles_table(roles, problem, chosen.roles, attributes, naming, estate), cast=True),
        role_members=t.RoleMembers.validate(
            _numbered(members, roles).select("role_id", "principal_id").sort(pl.all()), cast=True
        ),
        role_classes=t.RoleClasses.validate(
            _numbered(contents, roles).select("role_id", "class_id", "level").sort(pl.all()), cast=True
        ),
        resource_groups=t.ResourceGroups.validate(
            _resource_groups(groups, directory, attributes, naming, estate, access), cast=True
        ),
        role_groups=t.RoleGroups.validate(
            pl.DataFrame(
                [(role, group) for role, nested in groups.nested.items() for group in nested],
                schema={"role_id": pl.String, "group_id": pl.String},
                orient="row",
            ).sort(pl.all()),
            cast=True,
        ),
        residual_classes=t.ResidualClasses.validate(rest, cast=True),
        suggestions=t.Suggestions.create_empty(),
        coverage=t.Coverage.validate(coverage, cast=True),
        summary=_summary(roles, requests, cells, coverage, rest, groups),
    )


def named_roles(problem: Problem, chosen: list[Candidate]) -> list[Role]:
    """Roles in classes from roles in units."""
    roles: dict[str, Role] = {}
    for candidate in chosen:
        content: Reach = {}
        for unit in bits.iterate(candidate.units):
            for class_id, level in problem.contents[unit]:
                content[class_id] = content.get(class_id, 0) | level
        content = dict(sorted(content.items()))
        identity = names.role_id(content)
        people = [problem.people[i] for i in bits.iterate(candidate.people)]
        roles[identity] = Role(role_id=identity, people=people, content=content)
    return list(roles.values())


def role_frames(roles: list[Role]) -> tuple[pl.DataFrame, pl.DataFrame]:
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


def _numbered(frame: pl.DataFrame, roles: list[Role]) -> pl.DataFrame:
    ids = pl.DataFrame(
        [(k, role.role_id) for k, role in enumerate(roles, 1)],
        schema={"position": pl.Int64, "role_id": pl.String},
        orient="row",
    )
    return frame.join(ids, on="position")


def _roles_table(
    roles: list[Role],
    problem: Problem,
    chosen: list[Candidate],
    attributes: names.Attributes,
    naming: NamingSettings,
    estate: Estate,
) -> pl.DataFrame:
    asked = {
        names.role_id(role.content): sum(
            (problem.wanted[unit] & candidate.people).bit_count() for unit in bits.iterate(candidate.units)
        )
        for role, candidate in zip(roles, chosen, strict=True)
    }
    parts = {role.role_id: names.role_parts(role.people, role.content, attributes, naming) for role in roles}
    order = sorted(roles, key=lambda role: role.role_id)
    labels = unique((naming.render(naming.role, parts[role.role_id]) for role in order), max_length=naming.max_length)
    rows = []
    for role, name in zip(order, labels, strict=True):
        containers = sum(estate.class_sizes[class_id] for class_id in role.content)
        zones = names.tally(role.content, attributes.zones)
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
                "evidence": f"{len(role.people)} people hold all of it; it gives {asked[role.role_id]} requests",
                "risk": "medium" if any(class_id in estate.restricted for class_id in role.content) else "low",
                "content_hash": names.content_hash(role.people, role.content),
            }
        )
    return pl.DataFrame(rows, schema=t.Roles.create_empty().schema)


def _resource_groups(
    groups: Groups,
    directory: Directory,
    attributes: names.Attributes,
    naming: NamingSettings,
    estate: Estate,
    access: Access,
) -> pl.DataFrame:
    stands_in = _stands_in(access)
    proposed = sorted(set(groups.carried) - groups.existing)
    labels = dict(
        zip(
            proposed,
            unique(
                (_group_name(groups.carried[group], attributes, naming) for group in proposed),
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


def _group_name(reach: Mapping[str, int], attributes: names.Attributes, naming: NamingSettings) -> str:
    (class_id, level), *_ = sorted(reach.items())
    domain = names.leading(names.tally(reach, attributes.domains))
    system = names.leading(names.tally(reach, attributes.systems))
    parts = {
        "domain": domain or "",
        "content": system or ("" if domain else naming.mixed),
        "zone": names.leading(names.tally(reach, attributes.zones)) or "",
        "digest": class_id.removeprefix("c-"),
        "access": naming.access.word(LABELS[level]),
    }
    return naming.render(naming.resource_group, parts)


def _summary(
    roles: list[Role],
    requests: pl.DataFrame,
    cells: pl.DataFrame,
    coverage: pl.DataFrame,
    rest: pl.DataFrame,
    groups: Groups,
) -> dict[str, Any]:
    knee = coverage.filter(pl.col("preset") == "knee")["roles"]
    dispositions = rest.group_by("disposition").len().sort("disposition")
    return {
        "roles": len(roles),
        "people_in_roles": len({person for role in roles for person in role.people}),
        "memberships": sum(len(role.people) for role in roles),
        "requests": requests.height,
        "requests_covered": requests.filter(pl.col("position") < NEVER).height,
        "coverage": coverage["coverage"][-1],
        "coverage_pairs": coverage["coverage_pairs"][-1],
        "pairs": int(cells["containers"].sum()),
        "knee": knee[0] if len(knee) else 0,
        "new_access": 0,
        "resource_groups": len(groups.carried),
        "resource_groups_reused": len(groups.existing),
        "residual_rows": rest.height,
        "residual": dict(dispositions.iter_rows()),
    }
