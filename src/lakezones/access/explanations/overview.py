"""All that one person reaches, and everybody who reaches one container.

In: facts, access and an id. Out: an `Explanation` with a branch per lane.
"""

import polars as pl

from lakezones.access.explanations.lookup import names_of
from lakezones.access.explanations.single import OneContainer, groups_above, leading_to, one_container
from lakezones.access.explanations.tree import Branch, Explanation, label_in
from lakezones.access.membership import closed
from lakezones.access.settings import AccessSettings
from lakezones.model.frames import Access, Facts
from lakezones.model.levels import Lane
from lakezones.model.metadata import SYSTEM_KEYS
from lakezones.model.principals import OF_ANY_CONTAINER, named_on, on_container
from lakezones.model.words import counted


def of_person(facts: Facts, access: Access, who: str, zones: pl.DataFrame | None) -> Explanation:
    """What a person reaches, by lane, system and zone."""
    names = names_of(facts)
    by_class = pl.col("principal_id") == who
    if who.startswith("sas:"):
        by_class |= pl.col("principal_id").str.starts_with(OF_ANY_CONTAINER)
    mine = access.class_access.filter(by_class).with_columns(pl.col("lane").cast(pl.String))
    reach = (
        mine.join(access.container_classes, on="class_id")
        .filter((pl.col("principal_id") == who) | (on_container() == who))
        .join(facts.said(SYSTEM_KEYS, "system"), on="container", how="left")
        .with_columns(pl.col("system").fill_null("(no system)"))
    )
    if zones is not None:
        zone = zones.select("container", pl.col("zone").cast(pl.String))
        reach = reach.join(zone, on="container", how="left").with_columns(pl.col("zone").fill_null("(no zone)"))
    else:
        reach = reach.with_columns(zone=pl.lit("(not proposed yet)"))
    used = facts.table("usage").filter(pl.col("principal_id") == who).select("container").unique()
    reach = reach.join(used.with_columns(used=pl.lit(value=True)), on="container", how="left")
    sums = (
        reach.group_by("lane", "system", "zone", "level")
        .agg(containers=pl.len(), used=pl.col("used").sum())
        .sort("lane", "containers", "system", "zone", "level", descending=[False, True, False, False, False])
    )
    assessed = facts.assessed("usage")
    lanes = []
    for (lane,), rows in sums.group_by("lane", maintain_order=True):
        children = tuple(
            Branch(
                f"{row['system']}, {row['zone']}: {label_in(lane, row['level'])} on {counted(row['containers'])}"
                + (f", {row['used']:,} used" if assessed else ""),
                {key: row[key] for key in ("system", "zone", "containers")}
                | {"access": label_in(lane, row["level"]), "used": row["used"] if assessed else None},
            )
            for row in rows.iter_rows(named=True)
        )
        count = reach.filter(pl.col("lane") == lane)["container"].n_unique()
        lanes.append(Branch(f"{lane}: {counted(count)}", {"lane": lane, "containers": count}, children))
    groups = closed(above := groups_above(facts), above.get(who, ()))
    summary = {
        "containers": {branch.notes["lane"]: branch.notes["containers"] for branch in lanes},
        "groups": len(groups),
        "requests": access.requests.filter(pl.col("principal_id") == who).height,
        "used_containers": used.height if assessed else None,
    }
    tree = Branch(
        f"{names.get(who, who)}: {counted(reach['container'].n_unique())}, in {counted(len(groups), 'group')}",
        {},
        tuple(lanes),
    )
    return Explanation(principal=who, container=None, summary=summary, tree=tree)


def of_container(facts: Facts, access: Access, what: str, settings: AccessSettings) -> Explanation:
    """Who reaches a container, by lane, and by which grants."""
    names = names_of(facts)
    class_id = access.container_classes.filter(pl.col("container") == what)["class_id"][0]
    reach = access.class_access.filter(pl.col("class_id") == class_id).with_columns(pl.col("lane").cast(pl.String))
    one = one_container(facts, what, settings=settings)
    above = groups_above(facts)
    useful = leading_to(above, {grant.grantee_id for grant in one.grants})
    reached_from: dict[frozenset[str], set[str]] = {}
    used = dict(
        facts.table("usage")
        .filter(pl.col("container") == what)
        .group_by("principal_id")
        .agg(pl.col("last_used").max())
        .iter_rows()
    )
    lanes = []
    for lane in Lane:
        rows = reach.filter(pl.col("lane") == lane.value).sort("level", "principal_id", descending=[True, False])
        if rows.is_empty():
            continue
        people = []
        for of_class, level in rows.select("principal_id", "level").iter_rows():
            principal = named_on(of_class, what)
            direct = frozenset(above.get(principal, set()) & useful.keys())
            if direct not in reached_from:
                reached_from[direct] = closed(above, direct)
            reached = {principal} | reached_from[direct]
            via = sorted(_via(one, reached, principal, lane.value, names))
            last = used.get(principal)
            held = label_in(lane.value, level)
            people.append(
                Branch(
                    f"{names.get(principal, principal)}: {held} by {'; '.join(via) or 'entries together'}"
                    + (f", last used {last:%Y-%m-%d}" if last else ""),
                    {"principal": principal, "access": held, "via": via},
                )
            )
        lanes.append(Branch(f"{lane.value}: {counted(len(people), 'principal')}", {"lane": lane.value}, tuple(people)))
    siblings = access.container_classes.filter(pl.col("class_id") == class_id).height
    counts = {str(branch.notes["lane"]): len(branch.children) for branch in lanes}
    tree = Branch(
        f"{what}: {counted(counts.get('data', 0), 'principal')} for certain; {counted(siblings)} with these grants",
        {"class_id": class_id},
        tuple(lanes),
    )
    summary = {"class_id": class_id, "same_grants": siblings, "principals": counts}
    return Explanation(principal=None, container=what, summary=summary, tree=tree)


def _via(one: OneContainer, reached: set[str], who: str, lane: str, names: dict[str, str]) -> set[str]:
    found = set()
    for grant in one.grants:
        if grant.effect == "allow" and grant.lane == lane and grant.grantee_id in reached:
            how = grant.role or grant.entitlement or {"acl": "ACL entry"}.get(grant.route, grant.route)
            how += f" ({grant.reason})" if lane in (Lane.CONTROL, Lane.DESTROY) else ""
            found.add(how if grant.grantee_id == who else f"{how} of {names.get(grant.grantee_id, grant.grantee_id)}")
    if lane == Lane.CONTROL:
        owned = one.owned.get(who, ())
        found |= {f"owning {names.get(group, group)}" for group in owned if one.by_owning(who, group)}
    return found
