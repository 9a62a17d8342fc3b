"""The stage: roles, two levels of groups, residual and the curve, from facts, access and zones.

In: facts, access, zones, settings. Out: `RolesResult`, frames of `lakezones.model.tables`. Roles and residual give
together exactly the effective access; new access is zero. Suggestions are rows beside the roles, in none of them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.areas import read_areas
from lakezones.model.attributes import Attributes, leaders, read_attributes
from lakezones.model.frames import Access, Facts
from lakezones.model.naming import NamingSettings
from lakezones.model.policies import PoliciesSettings
from lakezones.model.tables.fields import ROLE_LAYERS
from lakezones.model.usage import Use, read_use
from lakezones.propose.roles import render
from lakezones.propose.roles.beside import Given, beside_roles
from lakezones.propose.roles.carry import Earlier, identities
from lakezones.propose.roles.choose import ProposedRole, choose
from lakezones.propose.roles.complete import Completer
from lakezones.propose.roles.constraints import Rules, read_rules
from lakezones.propose.roles.coverage import NEVER, covered_at, curve, given_from
from lakezones.propose.roles.drops import read_drops
from lakezones.propose.roles.evidence import Idle, UseOfRole, read_holders, read_use_of_roles, why_outside
from lakezones.propose.roles.fitted import Window, read_window, role_use
from lakezones.propose.roles.groups import Groups, busiest, nest
from lakezones.propose.roles.keep import keep_approved
from lakezones.propose.roles.leftovers import explain_parts
from lakezones.propose.roles.membership import Directory, read_directory
from lakezones.propose.roles.notes import notes_on_roles
from lakezones.propose.roles.observed import users_of
from lakezones.propose.roles.refused import refused_units
from lakezones.propose.roles.residual import Why, residual
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.staff import external_staff, notes_on, read_staff
from lakezones.propose.roles.units import CELL, MinableAccess, read_matrix, read_minable


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
    role_rules: dy.DataFrame[t.RoleRules]
    role_rule_people: dy.DataFrame[t.RoleRulePeople]
    role_variants: dy.DataFrame[t.RoleVariants]
    variant_classes: dy.DataFrame[t.VariantClasses]
    excess: dy.DataFrame[t.Excess]
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
    areas: pl.DataFrame | None = None,
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
    areas
        Business areas and teams of people (`lakezones.model.areas.read_areas`); read here where not given.

    Returns
    -------
    RolesResult
        For every class and principal in the data lane the bits that roles give and the bits of the residual are
        together the effective access, and roles give nothing beyond it. What a policy drops is in the residual, with
        the policy's name and reason.
    """
    policies = policies or PoliciesSettings()
    areas = read_areas(facts) if areas is None else areas
    known = _read(facts, access, zones, areas, settings=settings, policies=policies)
    rules, minable, directory = known.rules, known.minable, known.directory
    completer = Completer(
        rules=rules,
        refused=refused_units(facts, access, rules.matrix) if settings.suggest else [],
        used=None if known.use is None else users_of(known.use, rules.matrix),
        suggest=settings.suggest,
    )
    external = external_staff(facts, settings)
    staff = read_staff(facts, areas, rules.matrix.people, external)
    chosen = choose(rules, minable, staff, completer, settings)
    if earlier is not None:
        chosen = keep_approved(
            chosen,
            earlier.kept,
            access.container_classes,
            minable,
            completer,
            known.kept_apart.keys(),
            max_roles=settings.max_roles,
            min_gain=0 if settings.preset == "exact" else settings.min_gain,
        )
    roles = _named(chosen, earlier)
    members, contents = render.positions(roles)
    given = given_from(members, contents)
    bits = given.group_by(CELL).agg(given=pl.col("level").bitwise_or())
    groups = nest({role.role_id: role.content for role in roles}, directory)
    drops = read_drops(facts, access, policies)
    rest = residual(access, minable, bits, directory, groups, why=known.why_outside(roles), drop=drops)
    bundled = groups.bundle(directory, members, rest, limit=settings.max_groups_per_person)
    requests, cells = covered_at(access, minable, given)
    suggestions = render.suggestions(roles, rules, minable, known.use)
    counts = busiest(groups, directory, members, rest)
    completed_members, completed_contents = render.completed(roles, rules.matrix)
    use = None if known.window is None else role_use(members, contents, access, known.window, zones)
    beside = beside_roles(
        roles,
        Given(members=members, contents=contents, whole=completed_members, bits=bits, rest=rest, use=use),
        facts,
        access,
        zones,
        known.attributes,
        minable,
        known.window,
        settings=settings,
        policies=policies,
        earlier=earlier,
        external=external,
    )
    made = RolesResult(
        roles=render.roles_table(
            roles,
            rules.matrix,
            known.attributes,
            naming,
            minable,
            directory,
            groups,
            known.used_by(use),
            suggestions,
            earlier,
        ),
        role_members=t.RoleMembers.validate(members.select("role_id", "principal_id").sort(pl.all()), cast=True),
        role_classes=t.RoleClasses.validate(contents.select("role_id", "class_id", "level").sort(pl.all()), cast=True),
        resource_groups=render.resource_groups(groups, directory, known.attributes, naming, minable, access),
        role_groups=render.role_groups(groups),
        residual_classes=rest,
        suggestions=suggestions,
        coverage=curve(requests, cells, roles=len(roles), chosen=settings.preset),
        role_rules=beside.role_rules,
        role_rule_people=beside.role_rule_people,
        role_variants=beside.role_variants,
        variant_classes=beside.variant_classes,
        excess=beside.excess,
    )
    whole = given_from(completed_members, completed_contents)
    after = covered_at(access, minable, whole)[0] if suggestions.height else requests
    return replace(
        made,
        summary=_counts(made, groups, requests, cells)
        | beside.summary
        | {
            "preset": settings.preset,
            **_by_layer(roles, requests),
            "roles_notes": [
                *notes_on(staff, settings.min_members),
                *notes_on_roles(facts, access, minable, known.window),
            ],
            "coverage_if_approved": round(after.filter(pl.col("position") < NEVER).height / max(1, after.height), 6),
            "duties_kept_apart": len(known.kept_apart),
            "bundled_resource_groups": bundled,
            "most_groups_of_a_person": max(counts.values(), default=0),
            "people_over_group_limit": sum(count > settings.max_groups_per_person for count in counts.values()),
        },
    )


def _named(chosen: Sequence[ProposedRole], earlier: Earlier | None) -> list[ProposedRole]:
    """Roles with their ids: approved ones have theirs, the others those of the roles they are most like."""
    new = [role for role in chosen if not role.role_id]
    taken = {role.role_id for role in chosen} - {""}
    ids = iter(identities([(set(role.people), role.content) for role in new], earlier, taken=taken))
    return [role if role.role_id else replace(role, role_id=next(ids)) for role in chosen]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What roles are made from."""

    directory: Directory
    minable: MinableAccess
    attributes: Attributes
    rules: Rules
    use: Use | None
    window: Window | None
    idle: Idle

    @cached_property
    def kept_apart(self) -> dict[tuple[str, str], str]:
        """Cells (person, class) that stay outside roles for separation of duties, with the name of the pair."""
        return {
            (person, class_id): name
            for (person, unit), name in self.rules.apart.items()
            for class_id, _ in self.rules.matrix.contents[unit]
        }

    def used_by(self, use: pl.DataFrame | None) -> dict[str, UseOfRole]:
        """Use by role, for evidence; empty where it was not assessed."""
        return {} if self.window is None or use is None else read_use_of_roles(use, self.window.in_words)

    def why_outside(self, roles: Sequence[ProposedRole]) -> Why:
        """Reasons for what no role gives."""
        cells = self.minable.cells.filter(pl.col("named") > 0).select(CELL).rows()
        holders = read_holders(cells, self.attributes)
        parts = explain_parts(roles, self.rules.matrix.people, cells)

        def why(person: str, class_id: str) -> str:
            if name := self.kept_apart.get((person, class_id)):
                return f"separation of duties: {name}"
            if part := parts.get((person, class_id)):
                return part
            return why_outside(person, class_id, holders, self.attributes, self.idle)

        return why


def _read(
    facts: Facts,
    access: Access,
    zones: dy.DataFrame[t.Zones],
    areas: pl.DataFrame | None,
    *,
    settings: RolesSettings,
    policies: PoliciesSettings,
) -> _Known:
    directory = read_directory(facts, access)
    minable = read_minable(facts, access, directory, settings=settings, policies=policies)
    attributes = read_attributes(facts, access, zones, areas)
    rules = read_rules(
        read_matrix(access, minable),
        access,
        minable,
        leaders(attributes.domains),
        leaders(attributes.zones),
        settings=settings,
        policies=policies,
    )
    window = read_window(facts, access, settings)
    use = None if window is None else read_use(window.seen, access)
    idle = Idle()
    if window is not None:
        idle = Idle(use=use, classes=window.seen.classes_seen(access.container_classes), days=window.days)
    return _Known(
        directory=directory,
        minable=minable,
        attributes=attributes,
        rules=rules,
        use=use,
        window=window,
        idle=idle,
    )


def _by_layer(roles: Sequence[ProposedRole], requests: pl.DataFrame) -> dict[str, Any]:
    """Roles by layer; and of recognised roles alone, which come first, how much they give."""
    layers = Counter(role.layer for role in roles)
    recognised = len(roles) - layers["transitional"]
    covered = requests.filter(pl.col("position") <= recognised).height
    return {
        "roles_by_layer": {layer: layers[layer] for layer in ROLE_LAYERS if layers[layer]},
        "roles_recognised": recognised,
        "roles_transitional": layers["transitional"],
        "coverage_recognised": round(covered / max(1, requests.height), 6),
    }


def _counts(made: RolesResult, groups: Groups, requests: pl.DataFrame, cells: pl.DataFrame) -> dict[str, Any]:
    per_person = made.role_members.group_by("principal_id").len()
    return {
        "roles": made.roles.height,
        "people_in_roles": per_person.height,
        "memberships": made.role_members.height,
        "most_roles_of_a_person": per_person["len"].max() or 0,
        "requests": requests.height,
        "requests_covered": requests.filter(pl.col("position") < NEVER).height,
        "coverage": made.coverage["coverage"][-1],
        "coverage_pairs": made.coverage["coverage_pairs"][-1],
        "pairs": int(cells["containers"].sum()),
        "knee": made.coverage.filter("knee")["roles"].item(),
        "new_access": 0,
        "suggestions": made.suggestions.height,
        "resource_groups": len(groups.carried),
        "resource_groups_reused": len(groups.existing),
        "residual_rows": made.residual_classes.height,
        "residual": dict(made.residual_classes.group_by("disposition").len().sort("disposition").iter_rows()),
    }
