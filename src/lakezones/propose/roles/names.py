"""Names, ids and hashes of roles.

In: members, content, the directory's attributes, zones. Out: names, ids, hashes.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lakezones.model.attributes import Attributes, distinguishing, leaders_of, leading, most, tally
from lakezones.model.distinct import Wish, distinct_names
from lakezones.model.levels import LABELS
from lakezones.model.naming import NamingSettings, letters

if TYPE_CHECKING:
    from lakezones.propose.roles.choose import ProposedRole

_WORDS: Final = 3
"""Words in a name, at most, for two areas or domains together."""

COMMON: Final = 0.2
"""Share of entitlements from which a word in their names sets none apart."""

_OF_LEVELS: Final = frozenset(["access", "read", "reader", "ro", "r", "write", "writer", "update", "rw", "w", "manage"])
"""Words of entitlements that say what may be done: it stands at the end of the name already."""

_WORD: Final = re.compile(r"[^\W_]+")


def role_names(
    roles: Sequence["ProposedRole"],
    attributes: Attributes,
    naming: NamingSettings,
    *,
    taken: Iterable[str] = (),
    kept: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Unique names of roles: by what each is, and only where two would be called the same by what sets them apart.

    Parameters
    ----------
    roles
        With their ids.
    taken
        Names of the groups there are.
    kept
        Role to the name that it has already: reviewed once, perhaps a group by now.
    """
    order = sorted(range(len(roles)), key=lambda at: roles[at].role_id)
    everywhere = Everywhere.of(attributes)
    wishes = [
        replace(_wish_of_role(roles[at], attributes, naming, everywhere), kept=kept.get(roles[at].role_id, ""))
        for at in order
    ]
    found = distinct_names(naming.role, wishes, naming, taken=taken)
    return [name for _, name in sorted(zip(order, found, strict=True))]


def resource_group_names(
    groups: Mapping[str, Mapping[str, int]],
    attributes: Attributes,
    naming: NamingSettings,
    *,
    taken: Iterable[str] = (),
) -> dict[str, str]:
    """Unique names of resource groups, by id.

    Parameters
    ----------
    groups
        Group to the classes and levels it carries.
    taken
        Names of the groups there are.
    """
    order = sorted(groups)
    everywhere = Everywhere.of(attributes)
    wishes = []
    for group in order:
        reach = groups[group]
        about = _about(reach, attributes, everywhere, naming)
        parts = {
            "area": about.domain,
            "data": about.system or about.entitlement or about.word,
            "access": naming.access.word(LABELS[max(reach.values())]),
            **about.parts,
        }
        wishes.append(Wish(kind="resource_group", parts=parts, further=about.further, apart=about.apart, key=group))
    return dict(zip(order, distinct_names(naming.resource_group, wishes, naming, taken=taken), strict=True))


@dataclass(frozen=True, kw_only=True)
class Everywhere:
    """Containers by value over all classes, which what sets a role apart is measured against."""

    systems: Counter[str]
    entitlements: Counter[str]
    words: Counter[str]
    common: frozenset[str] = frozenset()
    """Words of so many entitlements that they set none apart: of levels, of the lake."""

    @classmethod
    def of(cls, attributes: Attributes) -> "Everywhere":
        """Count over all classes."""
        entitlements = tally(attributes.entitlements, attributes.entitlements)
        words = Counter(word for name in entitlements for word in set(_WORD.findall(name.casefold())))
        return cls(
            systems=tally(attributes.systems, attributes.systems),
            entitlements=entitlements,
            words=tally(attributes.words, attributes.words),
            common=frozenset(word for word, count in words.items() if count >= max(4, COMMON * len(entitlements))),
        )

    def entitlement(self, name: str) -> str:
        """What an entitlement is about: its name without what most of them say, and without the level."""
        own = [word for word in _WORD.findall(name) if word.casefold() not in self.common | _OF_LEVELS]
        return " ".join(own) or name


@dataclass(frozen=True, kw_only=True)
class About:
    """What some content is about, each as text, empty where nothing leads."""

    domain: str
    system: str
    systems: str
    entitlement: str
    sensitivity: str
    zone: str
    word: str
    apart: Mapping[str, float] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, str]:
        """Parts of a name."""
        return {"domain": self.domain, "system": self.system, "zone": self.zone}

    @property
    def further(self) -> tuple[str, ...]:
        """What sets it apart, in order of preference."""
        return (self.domain, self.system, self.systems, self.entitlement, self.sensitivity, self.zone, self.word)


def _about(content: Iterable[str], attributes: Attributes, everywhere: Everywhere, naming: NamingSettings) -> About:
    classes = list(content)
    systems = tally(classes, attributes.systems)
    entitlements, words = tally(classes, attributes.entitlements), tally(classes, attributes.words)
    entitlement = distinguishing(entitlements, everywhere.entitlements)
    return About(
        domain=_short(leaders_of(tally(classes, attributes.domains)), naming),
        system=" ".join(leaders_of(systems)) or distinguishing(systems, everywhere.systems),
        systems=" ".join(sorted(sorted(systems, key=lambda value: (-systems[value], value))[:2])),
        entitlement=everywhere.entitlement(entitlement) if entitlement else "",
        sensitivity=leading(tally(classes, attributes.sensitivities)) or "",
        zone=leading(tally(classes, attributes.zones)) or "",
        word=distinguishing(words, everywhere.words),
        apart=_shares(systems, words, {everywhere.entitlement(name): n for name, n in entitlements.items()}),
    )


def _short(values: Sequence[str], naming: NamingSettings) -> str:
    """One value as it is, two together where they are short; else nothing, for a name of one would say too little."""
    text = " ".join(values)
    return text if len(values) < 2 or len(naming.words(text)) <= _WORDS else ""


def _shares(*counts: Mapping[str, int]) -> dict[str, float]:
    """Values of several attributes with their share of the containers that have the attribute."""
    return {value: n / sum(some.values()) for some in counts for value, n in some.items()}


def people_of(role: "ProposedRole", attributes: Attributes) -> tuple[list[str], str, str]:
    """Areas, department and title of a role's people: what it was recognised by, else what most of them have."""
    size, basis = len(role.people), role.basis
    areas = [basis.area] if basis.area else leaders_of(Counter(attributes.area.get(p, "") for p in role.people))
    department, title = basis.department or "", basis.title or ""
    if not (basis.area or department or title):
        department = most((attributes.department[p] for p in role.people if p in attributes.department), of=size) or ""
        title = most((attributes.title[p] for p in role.people if p in attributes.title), of=size) or ""
    if department and (area := attributes.area_of.get(department)):
        areas = [area]
    if department.casefold() in attributes.everybodys:
        department = ""
    return [area for area in areas if area and area.casefold() not in attributes.everybodys], department, title


def _wish_of_role(role: "ProposedRole", attributes: Attributes, naming: NamingSettings, everywhere: Everywhere) -> Wish:
    areas, department, title = people_of(role, attributes)
    area = _short(areas, naming)
    about = _about(role.content, attributes, everywhere, naming)
    data = about.system or about.entitlement or about.word or about.zone
    job = f"{naming.unit(department)} {title}".strip()
    match role.layer:
        case "birthright":
            area = area if role.basis.area else ""
            job = job if role.basis.department or role.basis.title else naming.everybody
        case "area":
            job = "" if area else about.domain or data
        case "engineer":
            area = area or about.domain
            if not (role.basis.department or role.basis.title):
                job = "" if area else data or job
        case "restricted" | "project":
            area, job = about.domain or area, about.entitlement or data
        case _:
            job = job or (about.domain if about.domain != area else "") or ("" if area else data)
    parts = {
        "area": area,
        "job": job if area or job else letters(role.role_id),
        "data": data,
        "department": department,
        "title": title,
        "access": naming.access.word(LABELS[max(role.content.values())]),
        **about.parts,
    }
    own = most((attributes.title[p] for p in role.people if p in attributes.title), of=len(role.people)) or ""
    return Wish(kind=role.layer, parts=parts, further=(*about.further, own), apart=about.apart, key=role.role_id)


def digest(*parts: object) -> str:
    """Ten hex digits of the parts, whatever their order was made to be by the caller."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:10]


def role_id(content: Mapping[str, int]) -> str:
    """Id of a role seen for the first time: of its content, so that a change of members keeps it."""
    return f"role-{digest(sorted(content.items()))}"


def content_hash(people: Sequence[str], content: Mapping[str, int], digests: Mapping[str, str]) -> str:
    """Hash of members and content; an approval is bound to it.

    Content is every container by name with its sensitivity, not the class alone: a table that gets the same grants
    later, or that turns out to be restricted, was not approved with the rest.

    Parameters
    ----------
    digests
        Hash of the containers of each class (`lakezones.propose.roles.units.MinableAccess.digests`).
    """
    opened = [(class_id, level, digests[class_id]) for class_id, level in sorted(content.items())]
    canonical = json.dumps([sorted(people), opened])
    return hashlib.sha256(canonical.encode()).hexdigest()
