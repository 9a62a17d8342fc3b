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
from lakezones.model.frames import Facts
from lakezones.propose.roles.names import Attributes
from lakezones.propose.roles.rules import propose_rules, read_roster
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.units import MinableAccess

if TYPE_CHECKING:
    from lakezones.propose.roles.carry import Earlier
    from lakezones.propose.roles.choose import ProposedRole


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Tables beside the roles; frames as in `lakezones.model.tables`."""

    role_rules: dy.DataFrame[t.RoleRules]
    role_rule_people: dy.DataFrame[t.RoleRulePeople]
    summary: dict[str, Any] = field(default_factory=dict)


def beside_roles(
    roles: Sequence["ProposedRole"],
    whole: pl.DataFrame,
    facts: Facts,
    attributes: Attributes,
    minable: MinableAccess,
    *,
    settings: RolesSettings,
    external: AbstractSet[str] = frozenset(),
    earlier: "Earlier | None" = None,
) -> Beside:
    """Rules of membership for roles.

    Parameters
    ----------
    whole
        role_id, principal_id: members once every suggestion is approved.
    external
        People who are not of the bank's own staff.
    earlier
        Roles of the last reviewed proposal.
    """
    people: dict[str, set[str]] = defaultdict(set)
    for role_id, person in whole.select("role_id", "principal_id").iter_rows():
        people[role_id].add(person)
    role_rules, rule_people = propose_rules(
        roles,
        people,
        minable.cells,
        read_roster(facts, attributes, external),
        settings=settings.entry,
        as_of=facts.as_of,
        earlier=earlier,
    )
    return Beside(
        role_rules=role_rules,
        role_rule_people=rule_people,
        summary={
            "layers": dict(role_rules.group_by(pl.col("layer")).len().sort("layer").iter_rows()),
            "by_rule": role_rules.filter("by_rule").height,
            "rule_people": dict(rule_people.group_by(pl.col("kind").cast(pl.String)).len().sort("kind").iter_rows()),
        },
    )
