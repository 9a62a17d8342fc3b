"""Duties that are to stay apart and are held together today.

In: the pairs of ``policies.toml``, access and the grants behind it. Out: a finding per person, with what they hold of
either duty and by which route.
"""

from collections.abc import Iterable

import polars as pl

from lakezones.findings.context import FindingContext, total
from lakezones.findings.registry import finding
from lakezones.model.duties import Duties
from lakezones.model.levels import NAMES
from lakezones.model.policies import Duty

_WITHOUT_NAME = {"acl": "an ACL entry", "grant": "a grant", "entitlement": "an approval", "assignment": "an assignment"}


@finding(
    "duties-held-together",
    "high",
    title="Holds two duties that are to stay apart",
    action="Take one of the two away by the route named, or record in policies.toml why the pair may meet.",
)
def held_together(context: FindingContext) -> pl.DataFrame:
    """People whose access in the data lane holds both sides of a pair."""
    duties = Duties(context.sod, context.access)
    touched = pl.Series("class_id", sorted(duties.classes), dtype=pl.String).implode()
    reach: dict[str, dict[str, int]] = {}
    for person, class_id, level in (
        context.people.filter(pl.col("class_id").is_in(touched)).select("principal_id", "class_id", "level").iter_rows()
    ):
        reach.setdefault(person, {})[class_id] = level
    found = {person: pairs for person, held in sorted(reach.items()) if (pairs := duties.together(held))}
    routes = _routes(context, found, touched) if found else {}
    names: dict[str, list[str]] = {}
    classes = context.access.container_classes.filter(pl.col("class_id").is_in(touched)).sort("container")
    for class_id, container in classes.select("class_id", "container").iter_rows():
        names.setdefault(class_id, []).append(container)
    by_name = {pair.name: (pair.left, pair.right) for pair in context.sod}
    rows = []
    for person, pairs in found.items():
        texts, affected = [], set()
        for name, held_by in pairs.items():
            sides = []
            for duty, held in zip(by_name[name], held_by, strict=True):
                containers = [c for one in held for c in names[one] if not duty.containers or duty.covers(container=c)]
                containers = sorted(containers or (c for one in held for c in names[one]))
                affected.update(containers)
                ways = {way for one in held for level, way in routes.get((person, one), ()) if _gives(duty, level)}
                sides.append(f"{_some(containers, context)} by {_some(sorted(ways) or ['entries together'], context)}")
            texts.append(f"{name}: holds {sides[0]}, and {sides[1]}")
        rows.append((person, len(affected), "; ".join(texts)))
    schema = {"principal_id": pl.String, "affected": pl.Int64, "evidence": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").select(*total("principal"), "affected", "evidence")


def _gives(duty: Duty, level: int) -> bool:
    """Whether a grant contributes the level that the duty asks for, which others may complete."""
    return bool(level & 1 << (NAMES[duty.access].bit_length() - 1))


def _some(names: list[str], context: FindingContext) -> str:
    few = context.settings.examples
    more = f" and {len(names) - few:,} more" if len(names) > few else ""
    return ", ".join(names[:few]) + more


def _routes(
    context: FindingContext, people: Iterable[str], classes: pl.Series
) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """By person and class, the level of each grant they have and how they have it, in words."""
    named = pl.Series("principal_id", list(people), dtype=pl.String).implode()
    directory = context.principals.select(grantee_id="principal_id", shown=pl.coalesce("name", "principal_id")).unique(
        "grantee_id"
    )
    how = (
        pl.when(pl.col("role") != "")
        .then(pl.col("role"))
        .when(pl.col("entitlement") != "")
        .then(pl.col("entitlement"))
        .otherwise(pl.col("route").replace(_WITHOUT_NAME))
    )
    grants = (
        context.access.class_grants.filter(pl.col("lane") == "data", pl.col("effect") == "allow")
        .filter(pl.col("class_id").is_in(classes))
        .with_columns(pl.col("route").cast(pl.String))
        .join(directory, on="grantee_id", how="left")
        .select("class_id", "grantee_id", "level", how=how, shown=pl.coalesce("shown", "grantee_id"))
    )
    direct = grants.filter(pl.col("grantee_id").is_in(named)).select(
        "class_id", "level", way="how", principal_id="grantee_id"
    )
    of_group = pl.format("{} of {}", "how", "shown")
    by_group = context.audiences.holders(grants.select("grantee_id", "class_id", "level", way=of_group))
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    every = pl.concat([direct, by_group.filter(pl.col("principal_id").is_in(named)).select(direct.columns)])
    for class_id, level, way, person in every.iter_rows():
        found.setdefault((person, class_id), []).append((level, way))
    return found
