"""The stage: roles, two levels of groups, residual and the curve, from facts, access and zones.

In: facts, access, zones, settings. Out: `RolesResult`, frames of `lakezones.model.tables`. Roles and residual give
together exactly the effective access; new access is zero. Suggestions are rows beside the roles, in none of them.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts
from lakezones.model.naming import NamingSettings
from lakezones.model.policies import PoliciesSettings
from lakezones.propose.roles import names, render
from lakezones.propose.roles.carry import Earlier, identities
from lakezones.propose.roles.choose import choose
from lakezones.propose.roles.constraints import read_rules
from lakezones.propose.roles.coverage import NEVER, covered_at, curve, given_from
from lakezones.propose.roles.drops import read_drops
from lakezones.propose.roles.evidence import read_holders, why_outside
from lakezones.propose.roles.groups import Groups, busiest, nest
from lakezones.propose.roles.membership import Directory, read_directory
from lakezones.propose.roles.observed import read_evidence, read_use
from lakezones.propose.roles.render import Role
from lakezones.propose.roles.residual import residual
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.units import CELL, read_estate, read_problem


@dataclass(frozen=True, kw_only=True)
class RolesResult:
    """Roles, groups, residual, suggestions and the curve; frames as in `lakezones.model.tables`."""

    roles: dy.DataFrame[t.Roles]
    role_members: dy.DataFrame[t.RoleMembers]
    role_classes: dy.DataFrame[t.RoleClasses]
    resource_groups: dy.DataFrame[t.ResourceGroups]
    role_groups: dy.DataFrame[t.RoleGroups]
    residual_classes: dy.DataFrame[t.ResidualClasses]
    suggestions: dy.DataFrame[t.Suggestions]
    coverage: dy.DataFrame[t.Coverage]
    summary: dict[str, Any] = field(default_factory=dict)


def propose_roles(
    facts: Facts,
    access: Access,
    zones: dy.DataFrame[t.Zones],
    *,
    settings: RolesSettings,
    naming: NamingSettings,
    policies: PoliciesSettings | None = None,
    earlier: Earlier | None = None,
) -> RolesResult:
    """Propose roles without new access, the groups that carry them, and what stays outside.

    Parameters
    ----------
    facts, access
        A snapshot and its effective access.
    settings, naming
        Sections ``roles`` and ``naming``.
    policies
        Section ``policies``: what is restricted, which duties stay apart.
    earlier
        Roles of an earlier, reviewed proposal, whose ids are carried over.

    Returns
    -------
    RolesResult
        For every class and principal in the data lane the bits that roles give and the bits of the residual are
        together the effective access, and roles give nothing beyond it. What a policy drops is in the residual, with
        the policy's name and reason.
    """
    policies = policies or PoliciesSettings()
    directory = read_directory(facts, access)
    estate = read_estate(facts, access, directory, settings=settings, policies=policies)
    attributes = names.read_attributes(facts, access, zones)
    rules = read_rules(
        read_problem(access, estate),
        access,
        estate,
        names.leaders(attributes.domains),
        names.leaders(attributes.zones),
        settings=settings,
        policies=policies,
    )
    use = read_use(facts, access)
    choice = choose(rules, estate, read_evidence(facts, estate, rules.problem, use), settings)
    ids = identities([(set(found.people), found.content) for found in choice.roles], earlier)
    roles = [Role(role_id=identity, found=found) for identity, found in zip(ids, choice.roles, strict=True)]

    members, contents = render.positions(roles)
    first = given_from(members, contents)
    given = first.group_by(CELL).agg(given=pl.col("level").bitwise_or())
    groups = nest({role.role_id: role.content for role in roles}, directory)
    holders = read_holders(estate.cells.filter(pl.col("named") > 0).select(CELL).iter_rows(), attributes)
    apart = {
        (person, class_id): name
        for (person, unit), name in rules.apart.items()
        for class_id, _ in rules.problem.contents[unit]
    }

    def why(person: str, class_id: str) -> str:
        if name := apart.get((person, class_id)):
            return f"separation of duties: {name}"
        return why_outside(person, class_id, holders, attributes, use)

    rest = residual(access, estate, given, directory, groups, why=why, drop=read_drops(facts, access, policies))
    bundled = groups.bundle(directory, members, rest, limit=settings.max_groups_per_person)
    requests, cells = covered_at(access, estate, first)
    coverage = curve(requests, cells, roles=len(roles), chosen=settings.preset)
    suggestions = render.suggestions(roles, rules, estate, use)
    after, _ = (
        covered_at(access, estate, given_from(*render.completed(roles, rules.problem)))
        if suggestions.height
        else (requests, cells)
    )
    return RolesResult(
        roles=t.Roles.validate(
            render.roles_table(roles, rules.problem, attributes, naming, estate, directory, groups, use, suggestions),
            cast=True,
        ),
        role_members=t.RoleMembers.validate(render.by_role(members, roles, "principal_id"), cast=True),
        role_classes=t.RoleClasses.validate(render.by_role(contents, roles, "class_id", "level"), cast=True),
        resource_groups=t.ResourceGroups.validate(
            render.resource_groups(groups, directory, attributes, naming, estate, access), cast=True
        ),
        role_groups=t.RoleGroups.validate(render.role_groups(groups), cast=True),
        residual_classes=t.ResidualClasses.validate(rest, cast=True),
        suggestions=t.Suggestions.validate(suggestions, cast=True),
        coverage=t.Coverage.validate(coverage, cast=True),
        summary=_summary(roles, requests, cells, coverage, rest, groups, suggestions)
        | {
            "preset": settings.preset,
            "coverage_bound": None
            if choice.bound is None or not requests.height
            else round(max(choice.bound / requests.height, coverage["coverage"][-1]), 6),
            "coverage_if_approved": round(after.filter(pl.col("position") < NEVER).height / max(1, after.height), 6),
            "duties_kept_apart": len(apart),
            "bundled_resource_groups": bundled,
            **_most_groups(groups, directory, members, rest, settings.max_groups_per_person),
        },
    )


def _most_groups(
    groups: Groups, directory: Directory, members: pl.DataFrame, rest: pl.DataFrame, limit: int
) -> dict[str, int]:
    counts = busiest(groups, directory, members, rest)
    return {
        "most_groups_of_a_person": max(counts.values(), default=0),
        "people_over_group_limit": sum(count > limit for count in counts.values()),
    }


def _summary(
    roles: list[Role],
    requests: pl.DataFrame,
    cells: pl.DataFrame,
    coverage: pl.DataFrame,
    rest: pl.DataFrame,
    groups: Groups,
    suggestions: pl.DataFrame,
) -> dict[str, Any]:
    knee = coverage.filter("knee")["roles"]
    per_person = Counter(person for role in roles for person in role.people)
    return {
        "roles": len(roles),
        "people_in_roles": len(per_person),
        "memberships": per_person.total(),
        "most_roles_of_a_person": max(per_person.values(), default=0),
        "requests": requests.height,
        "requests_covered": requests.filter(pl.col("position") < NEVER).height,
        "coverage": coverage["coverage"][-1],
        "coverage_pairs": coverage["coverage_pairs"][-1],
        "pairs": int(cells["containers"].sum()),
        "knee": knee[0] if len(knee) else 0,
        "new_access": 0,
        "suggestions": suggestions.height,
        "resource_groups": len(groups.carried),
        "resource_groups_reused": len(groups.existing),
        "residual_rows": rest.height,
        "residual": dict(rest.group_by("disposition").len().sort("disposition").iter_rows()),
    }
