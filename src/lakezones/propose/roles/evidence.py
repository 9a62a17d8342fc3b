"""Evidence for a role, in words, and what a reviewer should look at first.

In: a role, the directory's entries, use, the groups it replaces. Out: a sentence or two and a risk.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lakezones.model.words import counted
from lakezones.propose.roles.names import Attributes
from lakezones.propose.roles.observed import Use
from lakezones.propose.roles.units import MinableAccess

Risk = Literal["low", "medium", "high"]


def describe(
    people: Sequence[str],
    content: Mapping[str, int],
    *,
    requests: int,
    attributes: Attributes,
    minable: MinableAccess,
    use: Use | None,
    replaced: int,
    groups: int,
    suggested: int,
) -> tuple[str, Risk]:
    """Evidence of a role in words, and its risk.

    Parameters
    ----------
    requests
        Requests that it gives in full.
    replaced, groups
        Personal memberships that it replaces, and in how many existing groups.
    suggested
        Grants suggested to complete it.
    """
    containers = sum(minable.class_sizes[class_id] for class_id in content)
    who = f"{counted(len(people), 'person')} {'holds' if len(people) == 1 else 'hold'}"
    parts = [f"{who} all {counted(containers, 'container')} today; gives {counted(requests, 'request')} in full"]
    if replaced:
        parts.append(f"replaces {counted(replaced, 'personal membership')} in {counted(groups, 'group')}")
    parts += _predicted("department", people, attributes.department, attributes.sizes["department"])
    parts += _predicted("title", people, attributes.title, attributes.sizes["title"])
    strangers = _strangers(people, attributes)
    if strangers:
        have = "has" if strangers == 1 else "have"
        parts.append(
            f"{strangers} of the members {have} another department and another title: moved on, or a second job"
        )
    density = None
    if use is not None and containers:
        used = sum(min(use.get(p, {}).get(c, 0), minable.class_sizes[c]) for p in people for c in content)
        density = used / (containers * len(people))
        idle = sum(not any(use.get(p, {}).get(c) for c in content) for p in people)
        parts.append(f"{density:.0%} of it was used")
        if idle:
            parts.append(f"{counted(idle, 'member')} used none of it")
    restricted = sum(class_id in minable.restricted for class_id in content)
    if restricted:
        hold = "holds" if restricted == 1 else "hold"
        parts.append(f"{restricted} of {counted(len(content), 'class')} {hold} restricted data")
    if suggested:
        parts.append(f"{counted(suggested, 'suggested grant')} would complete it")
    writes = any(level != 1 for level in content.values())
    alarms = sum((bool(restricted), writes, strangers > 0.2 * len(people), density == 0.0))
    risk: Risk = "high" if alarms >= 2 else "medium" if alarms else "low"
    return "; ".join(parts), risk


def _predicted(name: str, people: Sequence[str], values: Mapping[str, str], sizes: Counter[str]) -> list[str]:
    """How well an attribute predicts membership, and the other way round."""
    known = [values[p] for p in people if p in values]
    if not known:
        return []
    value, having = _first(Counter(known))
    if having < 0.5 * len(people) or having < 2:
        return []
    share = having / sizes[value]
    return [
        f"{having / len(people):.0%} of the members have {name} {value}, and {share:.0%} of all who have it are members"
    ]


def _first(counts: Counter[str]) -> tuple[str, int]:
    return min(counts.items(), key=lambda item: (-item[1], item[0]))


def _strangers(people: Sequence[str], attributes: Attributes) -> int:
    usual = []
    for values in (attributes.department, attributes.title):
        known = Counter(values[p] for p in people if p in values)
        if not known or _first(known)[1] < 0.5 * len(people):
            return 0
        usual.append(_first(known)[0])
    return sum(
        attributes.department.get(p, usual[0]) != usual[0] and attributes.title.get(p, usual[1]) != usual[1]
        for p in people
    )


@dataclass(frozen=True, kw_only=True)
class Holders:
    """People per class, and how many of them are of each department."""

    total: Mapping[str, int]
    departments: Mapping[str, Counter[str]]


def read_holders(cells: Iterable[tuple[str, str]], attributes: Attributes) -> Holders:
    """Count the holders of each class, from (class, person) pairs."""
    total: Counter[str] = Counter()
    departments: dict[str, Counter[str]] = {}
    for class_id, person in cells:
        total[class_id] += 1
        if person in attributes.department:
            departments.setdefault(class_id, Counter())[attributes.department[person]] += 1
    return Holders(total=total, departments=departments)


def why_outside(person: str, class_id: str, holders: Holders, attributes: Attributes, use: Use | None) -> str:
    """Why a cell of a person fits no role, as far as the directory and use show."""
    parts = []
    department = attributes.department.get(person)
    alone = holders.total.get(class_id, 0) <= 1
    if alone:
        parts.append("nobody else holds it")
    elif department and holders.departments.get(class_id, Counter())[department] <= 1:
        parts.append(f"nobody else in {department} holds it")
    if use is not None and not use.get(person, {}).get(class_id):
        parts.append("not used")
    if len(parts) == 2 and not alone:
        return "looks kept from an earlier job or granted by mistake: " + " and ".join(parts)
    return "; ".join(parts) or "shared with too few people in this combination"
