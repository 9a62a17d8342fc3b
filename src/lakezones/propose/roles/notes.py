"""What roles could not be made from: tables that were not given, and people and requests that take no part.

In: facts, access, what can be mined. Out: sentences for the summary, which say what would change them.
"""

from collections import Counter
from typing import Final

from lakezones.model.frames import Access, Facts
from lakezones.model.words import counted
from lakezones.propose.roles.fitted import Window
from lakezones.propose.roles.units import MinableAccess

APART: Final = {
    "disabled": "with access by a disabled account",
    "orphan": "with access and not in the directory",
    "left out": "left out by roles.exclude_principals",
}
"""Why people take part in no role, as `MinableAccess.kinds` has it, in words."""


def notes_on_roles(facts: Facts, access: Access, minable: MinableAccess, window: Window | None) -> list[str]:
    """What was not assessed, and who or what is in no role for it; `window` is None where use was not assessed."""
    return [*_without_access(facts, access), *_people(facts, minable), *_use(facts, window)]


def _without_access(facts: Facts, access: Access) -> list[str]:
    """Why there is little or no access to make roles of."""
    approved, opened = access.requests["entitlement"], access.entitlement_classes["entitlement"].unique()
    asked = facts.table("entitlements")["entitlement"].unique()
    said = []
    if not facts.assessed("entitlements") and approved.is_in([""]).all():
        said.append("no entitlements were given: a request is a class of containers")
    elif asked.len() and not facts.assessed("entitlement_containers"):
        said.append(f"what {counted(asked.len(), 'entitlement')} open was not given: entitlement_containers is absent")
    elif nothing := asked.filter(~asked.is_in(opened.implode())).len():
        why = "" if facts.assessed("containers") else "; without the table containers, patterns match nothing"
        said.append(f"{counted(nothing, 'entitlement')} of {asked.len():,} open no container{why}")
    if access.data_lane.is_empty():
        said.append("nobody has access to data: there is nothing to make roles of")
    return said


def _people(facts: Facts, minable: MinableAccess) -> list[str]:
    """Who takes no part."""
    kinds = Counter(minable.kinds.values())
    said = [f"{counted(kinds[kind], 'person')} {why}: in no role" for kind, why in APART.items() if kinds[kind]]
    if not facts.assessed("principals"):
        said.append("the directory was not assessed: service accounts are not known from people")
    return said


def _use(facts: Facts, window: Window | None) -> list[str]:
    """Why nothing is said of use."""
    if window is not None:
        return []
    if not facts.assessed("usage"):
        return ["use was not assessed: the table usage was not given"]
    if facts.table("usage")["principal_id"].is_empty():
        return ["use was not assessed: the table usage has no rows"]
    return ["use was not assessed: usage shows no person reading this lake, or is of one day, or has no dates"]
