"""Planted roles with what is everybody's in the layer of everybody.

The same access can be planted in two ways: an entitlement in every job of an area, or once in the area's role. From
who holds what it is hard to say which was meant. So a role counts as found as it was planted, or in this form of the
truth, made from the truth alone: what nearly all people of a birthright or area role need, by their jobs, is put into
that role and taken out of the jobs inside it. Nobody's needs change.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tests.benchmarks.worlds.rolesets import Held
from tests.benchmarks.worlds.world import PlantedRole

NEARLY_ALL = 0.9
INSIDE = 0.8
"""Share of a job's people who are in the area it is inside."""


def layered_form(planted: Sequence[PlantedRole], held: Held) -> list[PlantedRole]:
    """Roles in that form, in their order; those that have nothing left are dropped."""
    roles = list(planted)
    writing = sum(6 << offset for offset in held.position.values())
    for layer in ("birthright", "area"):
        for k, wide in enumerate(roles):
            if wide.layer != layer:
                continue
            jobs = [role for role in roles if role.layer in ("area", "job") and role.layer != layer]
            inside = {role.name for role in jobs if len(role.people & wide.people) >= INSIDE * len(role.people)}
            needs = Counter(
                (person, entitlement)
                for role in (*jobs, wide)
                for person in role.people & wide.people
                for entitlement in role.entitlements
            )
            counts = Counter(entitlement for _, entitlement in needs)
            common = {e for e, count in counts.items() if count >= NEARLY_ALL * len(wide.people)}
            common = {e for e in common if not held.opens.get(e, 0) & (writing | held.restricted)}
            roles[k] = replace(wide, entitlements=wide.entitlements | common)
            roles = [
                replace(role, entitlements=role.entitlements - common) if role.name in inside else role
                for role in roles
            ]
    return [role for role in roles if role.entitlements]
