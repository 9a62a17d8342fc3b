"""What stands beside the roles, for people to decide on: rules of membership, variants fitted to use, excess.

In: roles with ids, facts, access, what was read for them. Out: `Beside`. Nothing here gives or takes access.
"""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.attributes import Attributes
from lakezones.model.frames import Access, Facts
from lakezones.model.policies import PoliciesSettings
from lakezones.propose.roles.excess import coverage_of_peers, coverage_of_use, excess_figures, excess_rows
from lakezones.propose.roles.fitted import Window, propose_variants
from lakezones.propose.roles.rules import propose_rules, read_roster
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.units import MinableAccess, restricted_containers

if TYPE_CHECKING:
    from lakezones.propose.roles.carry import Earlier
    from lakezones.propose.roles.choose import ProposedRole


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Tables beside the roles; frames as in `lakezones.model.tables`."""

    role_rules: dy.DataFrame[t.RoleRules]
    role_rule_people: dy.DataFrame[t.RoleRulePeople]
    role_variants: dy.DataFrame[t.RoleVariants]
    variant_classes: dy.DataFrame[t.VariantClasses]
    excess: dy.DataFrame[t.Excess]
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What roles give and leave.

    Attributes
    ----------
    members, contents
        role_id, principal_id; role_id, class_id, level.
    whole
        Members once every suggestion is approved.
    bits
        class_id, principal_id, given: bits that roles give.
    rest
        Residual access.
    use
        What the people of each role used (`lakezones.propose.roles.fitted.role_use`); None where not assessed.
    """

    members: pl.DataFrame
    contents: pl.DataFrame
    whole: pl.DataFrame
    bits: pl.DataFrame
    rest: pl.DataFrame
    use: pl.DataFrame | None


def beside_roles(
    roles: Sequence["ProposedRole"],
    given: Given,
    facts: Facts,
    access: Access,
    zones: pl.DataFrame,
    attributes: Attributes,
    minable: MinableAccess,
    window: Window | None,
    *,
    settings: RolesSettings,
    policies: PoliciesSettings,
    external: AbstractSet[str] = frozenset(),
    earlier: "Earlier | None" = None,
) -> Beside:
    """Rules, variants and excess of roles.

    Parameters
    ----------
    window
        What use is judged by; None where it was not assessed.
    external
        People who are not of the bank's own staff.
    earlier
        Roles of the last reviewed proposal.
    """
    whole: dict[str, set[str]] = defaultdict(set)
    for role_id, person in given.whole.select("role_id", "principal_id").iter_rows():
        whole[role_id].add(person)
    roster = read_roster(facts, attributes, external)
    role_rules, rule_people = propose_rules(
        roles, whole, minable.cells, roster, settings=settings.entry, as_of=facts.as_of, earlier=earlier
    )
    variants, variant_classes = propose_variants(roles, given.use, window)
    held = minable.cells.filter(~pl.col("principal_id").is_in(minable.machines)).select(
        "class_id", "principal_id", "level"
    )
    restricted = restricted_containers(facts, policies)
    weight = settings.restricted_weight
    rows = excess_rows(window, held, given.contents, zones, restricted, weight=weight)
    figures = excess_figures(window, rows, held, given.bits, given.rest, access, restricted, weight=weight)
    return Beside(
        role_rules=role_rules,
        role_rule_people=rule_people,
        role_variants=variants,
        variant_classes=variant_classes,
        excess=rows,
        summary={
            "by_rule": role_rules.filter("by_rule").height,
            "rule_people": dict(rule_people.group_by(pl.col("kind").cast(pl.String)).len().sort("kind").iter_rows()),
            "variants_offered": variants.filter("offered").height,
            "excess": figures,
            "coverage_of_use": coverage_of_use(window, held, given.bits, access),
            "coverage_of_peers": coverage_of_peers(held, given.bits, attributes),
        },
    )
