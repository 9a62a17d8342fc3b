"""Roles, groups and suggestions as tables.

In: roles with their ids, the matrix, attributes, groups. Out: frames as in `lakezones.model.tables`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import dataframely as dy
import polars as pl

from lakezones.mining import bits
from lakezones.model import tables as t
from lakezones.model.attributes import Attributes, leading, tally
from lakezones.model.frames import Access
from lakezones.model.levels import LABELS
from lakezones.model.naming import NamingSettings
from lakezones.model.usage import Use
from lakezones.model.words import counted
from lakezones.propose.roles import names
from lakezones.propose.roles.carry import Earlier
from lakezones.propose.roles.choose import ProposedRole
from lakezones.propose.roles.constraints import Rules
from lakezones.propose.roles.evidence import UseOfRole, describe, nearest_roles
from lakezones.propose.roles.groups import Groups
from lakezones.propose.roles.membership import Directory
from lakezones.propose.roles.purpose import purpose
from lakezones.propose.roles.units import MinableAccess, RequestMatrix


def positions(roles: Sequence[ProposedRole]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members (position, role_id, principal_id) and contents (position, role_id, class_id, level), from position 1."""
    position = {"position": pl.Int64, "role_id": pl.String}
    numbered = list(enumerate(roles, 1))
    members = [(k, role.role_id, person) for k, role in numbered for person in role.people]
    contents = [(k, role.role_id, *opened) for k, role in numbered for opened in role.content.items()]
    return (
        pl.DataFrame(members, schema={**position, "principal_id": pl.String}, orient="row"),
        pl.DataFrame(contents, schema={**position, "class_id": pl.String, "level": pl.UInt8}, orient="row"),
    )


def completed(roles: Sequence[ProposedRole], matrix: RequestMatrix) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members and contents as `positions` has them, as they are once every suggestion is approved."""
    whole = []
    for role in roles:
        people, content = set(role.people), dict(role.content)
        if role.completion is not None:
            people |= {matrix.people[i] for i in bits.elements(role.completion.people)}
            for unit in bits.elements(role.completion.units):
                for class_id, level in matrix.contents[unit]:
                    content[class_id] = content.get(class_id, 0) | level
        whole.append(replace(role, people=sorted(people), content=content))
    return positions(whole)


def role_groups(groups: Groups) -> dy.DataFrame[t.RoleGroups]:
    """Which groups each role group is nested in."""
    rows = [(role, group) for role, nested in groups.nested.items() for group in nested]
    frame = pl.DataFrame(rows, schema=t.RoleGroups.create_empty().schema, orient="row")
    return t.RoleGroups.validate(frame.sort(pl.all()))


def roles_table(
    roles: Sequence[ProposedRole],
    matrix: RequestMatrix,
    attributes: Attributes,
    naming: NamingSettings,
    minable: MinableAccess,
    directory: Directory,
    groups: Groups,
    use: Mapping[str, UseOfRole],
    suggestions: pl.DataFrame,
    earlier: Earlier | None,
) -> dy.DataFrame[t.Roles]:
    """Roles with names, figures, evidence and risk, by id."""
    asked = _requests(roles, matrix)
    suggested = dict(suggestions.group_by("role_id").len().iter_rows())
    direct = set(directory.direct.iter_rows())
    order = sorted(roles, key=lambda role: role.role_id)
    kept = (
        earlier.names([(one.role_id, one.layer, LABELS[max(one.content.values())]) for one in order]) if earlier else {}
    )
    labels = names.role_names(order, attributes, naming, taken=directory.names.values(), kept=kept)
    nearest = nearest_roles([role.content for role in order], labels, minable.class_sizes)
    rows = []
    for role, name, near in zip(order, labels, nearest, strict=True):
        containers = sum(minable.class_sizes[class_id] for class_id in role.content)
        zones = tally(role.content, attributes.zones)
        existing = [group for group in groups.nested[role.role_id] if group in groups.existing]
        replaced = [(group, person) for group in existing for person in role.people if (group, person) in direct]
        evidence, risk = describe(
            role.people,
            role.content,
            requests=asked[role.role_id],
            attributes=attributes,
            minable=minable,
            use=use.get(role.role_id),
            nearest=near,
            replaced=len(replaced),
            groups=len({group for group, _ in replaced}),
            suggested=suggested.get(role.role_id, 0),
        )
        rows.append(
            {
                "role_id": role.role_id,
                "name": name,
                "domain": leading(tally(role.content, attributes.domains)),
                "zones": ",".join(zone for zone in t.ZONES if zones[zone]),
                "access": LABELS[max(role.content.values())],
                "members": len(role.people),
                "containers": containers,
                "requests_covered": asked[role.role_id],
                "pairs_covered": containers * len(role.people),
                "new_access": 0,
                "evidence": evidence,
                "risk": risk,
                "content_hash": names.content_hash(role.people, role.content, minable.digests),
                "layer": role.layer,
                "purpose": purpose(role, attributes, minable),
            }
        )
    return t.Roles.validate(pl.DataFrame(rows, schema=t.Roles.create_empty().schema))


def _requests(roles: Sequence[ProposedRole], matrix: RequestMatrix) -> dict[str, int]:
    """Requests that each role gives in full, alone."""
    person_at = {person: i for i, person in enumerate(matrix.people)}
    by_class: dict[str, list[int]] = defaultdict(list)
    for unit, content in enumerate(matrix.contents):
        if content:  # an entitlement that opens no named level gives nothing
            by_class[content[0][0]].append(unit)
    result = {}
    for role in roles:
        people = bits.from_indices(person_at[person] for person in role.people if person in person_at)
        result[role.role_id] = sum(
            (matrix.wanted[unit] & people).bit_count()
            for class_id in role.content
            for unit in by_class.get(class_id, ())
            if all(role.content.get(c, 0) >= level for c, level in matrix.contents[unit])
        )
    return result


def suggestions(
    roles: Sequence[ProposedRole], rules: Rules, minable: MinableAccess, use: Use | None
) -> dy.DataFrame[t.Suggestions]:
    """A row per person and class that would complete a role."""
    matrix = rules.matrix
    wanted = {role.role_id for role in roles if role.completion is not None}
    held: dict[tuple[str, str], int] = {}
    if wanted:
        held = {
            (person, class_id): level
            for class_id, person, level in minable.cells.select("class_id", "principal_id", "level").iter_rows()
        }
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    highest: dict[tuple[str, str, str], int] = {}
    for role in roles:
        done = role.completion
        if done is None:
            continue
        for i, unit in done.lacking:
            person = matrix.people[i]
            peers = done.people & ~(1 << i)
            holders = [matrix.people[p] for p in bits.elements(peers & matrix.columns[unit])]
            for class_id, level in matrix.contents[unit]:
                if level & ~held.get((person, class_id), 0) == 0:
                    continue
                access = LABELS[level]
                users = None if use is None else sum(bool(use.get(p, {}).get(class_id)) for p in holders)
                total = peers.bit_count()
                hold = "holds" if len(holders) == 1 else "hold"
                reason = f"{len(holders)} of {counted(total, 'other')} in the role {hold} it"
                if users is not None:
                    reason += f", {users or 'none'} of them used it"
                entitlement = matrix.units[unit][0]
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
    return t.Suggestions.validate(frame.sort("role_id", "principal_id", "class_id"))


def resource_groups(
    groups: Groups,
    directory: Directory,
    attributes: Attributes,
    naming: NamingSettings,
    minable: MinableAccess,
    access: Access,
) -> dy.DataFrame[t.ResourceGroups]:
    """Resource groups: what each carries, and what the existing ones stand in for."""
    stands_in = _stands_in(access)
    proposed = sorted(set(groups.carried) - groups.existing)
    labels = names.resource_group_names(
        {group: groups.carried[group] for group in proposed}, attributes, naming, taken=directory.names.values()
    )
    rows = [
        {
            "group_id": group,
            "name": labels.get(group) or directory.names.get(group, group),
            "class_id": class_id,
            "access": LABELS[level],
            "containers": minable.class_sizes[class_id],
            "replaces": stands_in.get(group) if group in groups.existing else None,
        }
        for group, reach in groups.carried.items()
        for class_id, level in reach.items()
    ]
    frame = pl.DataFrame(rows, schema=t.ResourceGroups.create_empty().schema)
    return t.ResourceGroups.validate(frame.sort("group_id", "class_id"))


def _stands_in(access: Access) -> dict[str, str]:
    """Group to the entitlements it enforces."""
    enforced = access.entitlement_classes.filter(pl.col("group_id").is_not_null())
    grouped = enforced.group_by("group_id").agg(pl.col("entitlement").unique().sort().str.join(", "))
    return dict(grouped.iter_rows())
