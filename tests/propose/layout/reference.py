"""Who reaches what at the targets, resolved the slow and obvious way, folder by folder and group by group.

In: the layout and the roles stage's result. Out: container -> principal -> level bits at the target. Nothing of the
product's own resolving is used, so that it can be tested by this.
"""

from collections import defaultdict
from typing import Any

from lakezones.model.frames import Access, Facts

BITS = {"read": 1, "write": 3, "manage": 7}


def at_targets(facts: Facts, access: Access, roles: Any, layout: Any) -> dict[str, dict[str, int]]:
    """Level of everybody on every container that moves, through groups and grants at the target alone."""
    members: dict[str, set[str]] = defaultdict(set)
    for role, person in roles.role_members.select("role_id", "principal_id").iter_rows():
        members[role].add(person)
    for role, group in roles.role_groups.select("role_id", "group_id").iter_rows():
        members[group].add(role)
    for row in roles.residual_classes.iter_rows(named=True):
        if row["disposition"] in ("keep_membership", "keep_exception"):
            members[row["group_id"]].add(row["principal_id"])
    groups = set(members) | set(roles.resource_groups["group_id"])
    # Groups nested in a group that is reused stay nested in it; so do service principals.
    if facts.memberships is not None:
        people = {
            p for p, k in facts.table("principals").select("principal_id", "kind").iter_rows() if str(k) == "user"
        }
        for group, member in facts.memberships.select("group_id", "member_id").iter_rows():
            if group in groups and member not in people:
                members[group].add(member)

    def expand(name: str) -> set[str]:
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            waiting.extend(members.get(one, ()))
        return seen

    class_of = dict(access.container_classes.select("container", "class_id").iter_rows())
    named: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for row in roles.resource_groups.iter_rows(named=True):
        named[row["class_id"]].add((row["group_id"], BITS[str(row["access"])]))
    for row in roles.residual_classes.iter_rows(named=True):
        if row["disposition"] == "keep_service" and str(row["lane"]) == "data":
            named[row["class_id"]].add((row["principal_id"], int(row["level"])))
    whole: dict[tuple[Any, Any], set[tuple[str, int]]] = defaultdict(set)
    moving = [row for row in layout.iter_rows(named=True) if str(row["disposition"]) == "migrate"]
    for row in moving:
        if str(row["enforcement"]) == "role_assignment":
            # A role assignment on the container reaches every folder in it.
            whole[row["target_account"], row["target_container"]] |= named[class_of[row["container"]]]
    reached: dict[str, dict[str, int]] = {}
    for row in moving:
        box = (row["target_account"], row["target_container"])
        grants = whole[box] | (named[class_of[row["container"]]] if str(row["enforcement"]) == "acl" else set())
        levels: dict[str, int] = defaultdict(int)
        for grantee, level in grants:
            for principal in expand(grantee):
                levels[principal] |= level
        reached[row["container"]] = dict(levels)
    return reached


def held_today(access: Access) -> dict[str, dict[str, int]]:
    """Level of everybody on every container today, data lane."""
    by_class: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for class_id, principal, lane, level in access.class_access.select(
        "class_id", "principal_id", "lane", "level"
    ).iter_rows():
        if str(lane) == "data":
            by_class[class_id][principal] |= level
    return {c: dict(by_class[k]) for c, k in access.container_classes.select("container", "class_id").iter_rows()}
