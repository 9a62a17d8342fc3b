"""Sentences about people and data that could be read aloud.

In: attributes of people and classes. Out: who, does what, to which data.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from lakezones.model.attributes import Attributes, leaders_of, leading, tally
from lakezones.model.words import counted
from lakezones.review.dossier.people import some

DOES: Final = {1: "read", 3: "read and write", 7: "manage"}
LEVEL_WORDS: Final = {1: "read", 2: "write only", 3: "write", 4: "manage only", 7: "manage"}
_AGENTS: Final = (
    "er", "or", "ist", "yst", "ant", "ent", "eer", "ian", "ead", "ive", "ner", "ate", "nee", "ern", "cial", "ader",
)  # fmt: skip
"""How English words for people end, so that an s makes them many."""


def many(title: str) -> str:
    """A title for several people.

    Examples
    --------
    >>> many("Risk Analyst"), many("Head of Trading"), many("Leiter Handel"), many("IT")
    ('risk analysts', 'heads of trading', 'people with the title Leiter Handel', 'people with the title IT')
    """
    head, of, rest = title.partition(" of ")
    if not head.lower().endswith(_AGENTS):
        return f"people with the title {title}"
    return _small(f"{head}s{of}{rest}")


def _small(title: str) -> str:
    """In lower case, but for what is written in capitals."""
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in title.split())


def who(people: Sequence[str], attributes: Attributes, layer: str | None = None) -> str:
    """Who some people are by what most of them have in common; begins with a capital."""
    if layer == "birthright":
        return "All staff"
    title = leading(Counter(attributes.title.get(one, "") for one in people))
    department = leading(Counter(attributes.department.get(one, "") for one in people))
    areas = [one for one in leaders_of(Counter(attributes.area.get(one, "") for one in people)) if one]
    place = department or " and ".join(areas)
    if title and len(people) > 1:
        said = many(title)
        return said[0].upper() + said[1:] + (f" of {place}" if place else "")
    if title:
        return f"{title}{f' of {place}' if place else ''}"
    if place:
        return f"People of {place}"
    known = {attributes.department[one] for one in people if one in attributes.department}
    return "People of several departments" if len(known) > 1 else "People who hold the same access"


def data_of(classes: Iterable[str], attributes: Attributes, *, restricted: bool = False) -> str:
    """Which data some classes hold, by domain or else by system."""
    listed = list(classes)
    secret = "restricted " if restricted else ""
    domains = [one for one in leaders_of(tally(listed, attributes.domains)) if one]
    if domains:
        return f"{secret}{' and '.join(_spoken(one) for one in domains)} data"
    systems = tally(listed, attributes.systems)
    names = sorted(systems, key=lambda one: (-systems[one], one))
    if names:
        return f"{secret}data of {some(names)}"
    every = tally(listed, attributes.domains)
    return f"{secret}data of {counted(len(every), 'domain')}" if len(every) > 1 else f"{secret}data"


def role_sentence(
    people: Sequence[str],
    reach: Mapping[str, int],
    attributes: Attributes,
    *,
    containers: int,
    layer: str | None = None,
    new: int = 0,
) -> str:
    """What a role is: who does what to which data, how many, and who gains.

    Parameters
    ----------
    people, reach
        Who is in it; class to level that it opens.
    containers
        How many it opens.
    new
        Pairs of person and container that it would add.
    """
    verb = does(reach.values())
    if len(people) == 1:
        verb = re.sub(r"\b(read|write|manage)\b", r"\1s", verb)
    what = data_of(reach, attributes, restricted=layer == "restricted")
    sizes = f"{counted(len(people), 'person')}, {counted(containers)}"
    return f"{who(people, attributes, layer)} {verb} {what}: {sizes}, {gains(len(people), new)}."


def _spoken(domain: str) -> str:
    return domain.replace("-", " ").replace("_", " ")


def does(levels: Iterable[int]) -> str:
    """What some levels let people do.

    Examples
    --------
    >>> does([1]), does([3, 3]), does([1, 3]), does([1, 7])
    ('read', 'read and write', 'read and in part write', 'read and in part manage')
    """
    found = sorted(set(levels))
    if not found:
        return "read"
    low, high = found[0], found[-1]
    if low == high:
        return DOES.get(low, LEVEL_WORDS.get(low, "use"))
    return f"{DOES.get(low, 'use')} and in part {LEVEL_WORDS.get(high, 'more')}"


def gains(people: int, new_access: int) -> str:
    """Who gains access.

    Examples
    --------
    >>> gains(3, 0), gains(1, 40), gains(2, 80)
    ('nobody gains access', '1 person gains access', '2 people gain access')
    """
    if not new_access:
        return "nobody gains access"
    return f"{counted(people, 'person')} {'gains' if people == 1 else 'gain'} access"


def widest(levels: Iterable[int]) -> str | None:
    """The widest of some levels as a word; None where there is none."""
    union = 0
    for level in levels:
        union |= level
    return LEVEL_WORDS.get(union, "manage" if union & 4 else "write" if union & 2 else "read") if union else None


def joined_zones(classes: Iterable[str], zones: Mapping[str, Counter[str]]) -> str | None:
    """Zones that some classes are in, in the order of the lake; None for none."""
    there = tally(classes, zones)
    return ",".join(zone for zone in ("raw", "curated", "consumption") if there[zone]) or None
