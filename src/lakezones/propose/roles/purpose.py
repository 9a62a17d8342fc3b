"""The purpose of a role, in one sentence: what the description of its group says.

In: a role, attributes of people and content. Out: a sentence. Numbers, systems, owner and id stand here and not in the
name: they change, and a name must not.
"""

from collections import Counter
from typing import TYPE_CHECKING, Final

from lakezones.model.attributes import Attributes, leading, tally
from lakezones.model.words import counted
from lakezones.propose.roles.names import people_of
from lakezones.propose.roles.units import MinableAccess

if TYPE_CHECKING:
    from lakezones.propose.roles.choose import ProposedRole

LONGEST: Final = 1024
"""Characters of a group's description in Entra (https://learn.microsoft.com/graph/api/resources/group)."""

_DOES: Final = {1: "read", 3: "read and write", 7: "manage"}

_MORE: Final = {3: "write", 7: "manage"}

_WORD: Final = 60
"""Longest department, title, owner or system that is written out."""

_NAMED: Final = 3
"""Systems that a purpose names."""


def purpose(role: "ProposedRole", attributes: Attributes, minable: MinableAccess) -> str:
    """Who gets what by a role and who answers for the data, in one sentence."""
    classes = list(role.content)
    containers = sum(minable.class_sizes[class_id] for class_id in classes)
    systems = _some(tally(classes, attributes.systems), "system") or _some(tally(classes, attributes.domains), "domain")
    owners = tally(classes, attributes.owners)
    owner = (
        f"owner{'s' * (len(owners) > 1)} {short(min(owners, key=lambda name: (-owners[name], name)))}"
        if owners
        else "owner not known"
    )
    if len(owners) > 1:
        owner += f" and {counted(len(owners) - 1, 'other')}"
    levels = set(role.content.values())
    does = _DOES[min(levels)] + (f" and in part {_MORE[max(levels)]}" if len(levels) > 1 else "")
    what = f"{counted(containers, 'container')}{f' of {systems}' if systems else ''}"
    secret = any(class_id in minable.restricted for class_id in classes)
    what += ", restricted data among them" if secret and role.layer != "restricted" else ""
    return f"{_who(role, attributes)} {does} {what}; {owner}; {role.role_id}"[:LONGEST]


def _who(role: "ProposedRole", attributes: Attributes) -> str:
    areas, department, title = people_of(role, attributes)
    areas, department, title = [short(area) for area in areas], short(department or ""), short(title or "")
    domain = leading(tally(role.content, attributes.domains))
    whose = areas or ([domain] if domain and role.layer == "engineer" else [])
    people, of = counted(len(role.people), "person"), f" of {' and '.join(whose)}" if whose else ""
    match role.layer:
        case "birthright":
            return f"Lets all staff ({people} today)"
        case "area":
            return f"Lets everybody{of or ' of one business area'} ({people} today)"
        case "engineer":
            return f"Lets {people} who run data{of}"
        case "restricted":
            return f"Lets {people}{of}, each by a request of their own,"
        case "project":
            return f"Lets {people}{of} for a project"
        case "transitional":
            return f"Keeps for a time that {people}{of}"
        case _:
            known = ", ".join(text for text in (title, department or " and ".join(areas)) if text)
            return f"Lets {people} ({known})" if known else f"Lets {people} who hold the same access"


def short(text: str) -> str:
    """A word of the directory's own, cut where it is no longer one that people read."""
    return text if len(text) <= _WORD else f"{text[: _WORD - 1].rstrip()}…"


def _some(total: Counter[str], noun: str) -> str:
    """The values of most containers by name, and how many more there are."""
    order = sorted(total, key=lambda value: (-total[value], value))
    shown, more = [short(value) for value in order[:_NAMED]], len(order) - _NAMED
    if more > 0:
        return f"{', '.join(shown)} and {counted(more, f'more {noun}')}"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
