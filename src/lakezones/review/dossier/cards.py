"""What a dossier holds: frozen records of plain values, in the order in which they are read.

Texts are as they are in the facts, hostile names included: whoever prints them escapes them. Counts are of containers
or of pairs of person and container, as each says. ``None`` is *not assessed*, never zero.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

NOT_ASSESSED: Final = "not assessed"
"""What is written where a table was not given."""


@dataclass(frozen=True, kw_only=True)
class AgedFact:
    """A day on which something was seen, and how long before the scan that was.

    Attributes
    ----------
    on
        The day; None where there is none.
    days
        Days from it to the scan.
    text
        ``3 days ago``, ``not in 89 days``, ``not known`` or ``not assessed``.
    """

    on: date | None = None
    days: int | None = None
    text: str = NOT_ASSESSED


@dataclass(frozen=True, kw_only=True)
class PersonCard:
    """Somebody, by name.

    Attributes
    ----------
    principal_id, name
        The id; the name, or the id where the directory knows no name.
    department, title, manager
        As the directory has them; the manager by name.
    area
        Business area that the department belongs to.
    status
        ``enabled``, ``disabled``, ``not in the directory``, ``no person`` (tokens, the public) or ``not assessed``.
    last_sign_in
        As the directory has it.
    """

    principal_id: str
    name: str
    department: str | None = None
    title: str | None = None
    manager: str | None = None
    area: str | None = None
    status: str = NOT_ASSESSED
    last_sign_in: AgedFact = field(default_factory=AgedFact)

    @property
    def leaver(self) -> bool:
        """Whether the account is disabled or unknown to the directory."""
        return self.status in ("disabled", "not in the directory")

    @property
    def label(self) -> str:
        """Name with title and department: ``Ana Doe (Analyst, Risk)``."""
        known = ", ".join(text for text in (self.title, self.department) if text)
        return f"{self.name} ({known})" if known else self.name


@dataclass(frozen=True, kw_only=True)
class LevelCount:
    """Containers, or pairs of person and container, at one level."""

    access: str
    containers: int


@dataclass(frozen=True, kw_only=True)
class ChangeCard:
    """What a role does to access: in containers for a person, in pairs for all of its people.

    Attributes
    ----------
    gained, kept, lost
        By level; what a role opens is gained and kept together. Approving a role takes nothing from anybody.
    names
        The first containers gained.
    sentence
        ``gains nothing, keeps 412``.
    """

    gained: tuple[LevelCount, ...] = ()
    kept: tuple[LevelCount, ...] = ()
    lost: tuple[LevelCount, ...] = ()
    names: tuple[str, ...] = ()
    sentence: str = ""

    @property
    def gains(self) -> int:
        """Gained at any level."""
        return sum(one.containers for one in self.gained)

    @property
    def keeps(self) -> int:
        """Kept at any level."""
        return sum(one.containers for one in self.kept)

    @property
    def loses(self) -> int:
        """Lost at any level."""
        return sum(one.containers for one in self.lost)


@dataclass(frozen=True, kw_only=True)
class EntitlementCard:
    """An entitlement by the name that people request it by, and what of it a role gives.

    Attributes
    ----------
    containers, opened
        Containers that it opens, and how many of them the role opens as well.
    in_full
        Whether the role gives all of it.
    holders, members
        Members of the role who hold it today, of how many.
    group
        Name of the group that enforces it; None where none is known.
    """

    name: str
    access: str
    containers: int
    opened: int
    in_full: bool
    holders: int
    members: int
    group: str | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class PlaceCard:
    """Containers of one system in one zone.

    Attributes
    ----------
    system
        System of record; None where the containers name none.
    zone
        raw, curated, consumption, sandbox or dead; None where not known.
    size_bytes
        None where no size is known.
    names
        The largest of them.
    """

    system: str | None
    zone: str | None
    access: str
    containers: int
    size_bytes: int | None
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClassCard:
    """Containers with the same access, of a role: the part of it that a reviewer may leave out.

    Attributes
    ----------
    name
        What they are, in words: system, zone, how many.
    holders
        Members who hold it today.
    used, users
        Containers that members used in the window, and how many members did; None where not assessed.
    idle
        Containers that nobody in the lake used in the window; None where not assessed.
    sensitivity
        The declared ones, comma separated; empty where none is.
    """

    class_id: str
    name: str
    system: str | None
    zone: str | None
    domain: str | None
    access: str
    containers: int
    size_bytes: int | None
    names: tuple[str, ...]
    entitlements: tuple[str, ...]
    holders: int
    users: int | None
    used: int | None
    idle: int | None
    sensitivity: str
    restricted: int
    public: int


@dataclass(frozen=True, kw_only=True)
class UseCard:
    """How much of a role is used, by how many, and since when.

    Attributes
    ----------
    assessed
        Whether use was given and reading would have been seen on any container of the role.
    since, until, days
        The window.
    containers, seen
        What the role opens, and on how many of them reading would have been seen.
    used, pairs, active, members
        Containers and pairs that members used, members who used any, of how many.
    idle
        Containers that nobody in the lake used, machines included.
    wrote
        Members who wrote; None where the role lets nobody write or writing would not have been seen.
    last_used
        Newest use by a member.
    """

    assessed: bool
    since: date | None = None
    until: date | None = None
    days: int | None = None
    containers: int = 0
    seen: int | None = None
    used: int | None = None
    pairs: int | None = None
    active: int | None = None
    members: int = 0
    idle: int | None = None
    wrote: int | None = None
    last_used: AgedFact = field(default_factory=AgedFact)
    sentence: str = "Use was not assessed."


@dataclass(frozen=True, kw_only=True)
class ConflictCard:
    """Somebody who holds two duties that are to stay apart, one of them by what the role opens.

    Attributes
    ----------
    by_role, beside
        Containers of the duties that the role opens for the person, and that they hold beside it; the first of each.
    """

    person: PersonCard
    pair: str
    reason: str
    by_role: tuple[str, ...]
    beside: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class SensitivityCard:
    """Containers of a declared sensitivity, or that anybody may read: the first of their names."""

    word: str
    containers: int
    names: tuple[str, ...]
    restricted: bool = False


@dataclass(frozen=True, kw_only=True)
class ReplacedCard:
    """What a role stands in for.

    Attributes
    ----------
    kind
        ``group``: personal memberships; ``entitlement``: personal grants under one; ``direct``: grants under none.
    name, object_id
        The group or entitlement by name; its id where it has another one.
    people
        Members who have it.
    containers
        Containers of the role that they have by it.
    whole
        Whether all that it opens is in the role, so that they no longer need it.
    """

    kind: str
    name: str
    object_id: str | None
    people: int
    containers: int
    whole: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class DefectCard:
    """Something to look at before deciding.

    Attributes
    ----------
    kind
        One of `lakezones.review.dossier.DEFECT_KINDS`.
    severity
        high, medium or low.
    sentence
        What it is, with the names of people and things.
    subjects
        Ids of the people, containers or classes that it is about.
    """

    kind: str
    severity: str
    sentence: str
    subjects: tuple[str, ...] = ()
