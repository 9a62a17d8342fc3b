"""What the dossier of a role holds; see `lakezones.review.dossier.cards` for what items have in common."""

from dataclasses import dataclass
from datetime import date, datetime

from lakezones.review.dossier.cards import (
    AgedFact,
    ChangeCard,
    ClassCard,
    ConflictCard,
    DefectCard,
    EntitlementCard,
    LevelCount,
    PersonCard,
    PlaceCard,
    ReplacedCard,
    SensitivityCard,
    UseCard,
)


@dataclass(frozen=True, kw_only=True)
class MemberCard:
    """Somebody in a role, beside the others in it.

    Attributes
    ----------
    person
        Who.
    last_used
        Last use of the role's data.
    used, used_share
        Containers of the role that they used in the window, and their share of those where it would have been seen.
    median
        What the members used in the median.
    held_share
        Share of the role's containers that they hold today at the role's level.
    department_shared
        Other members of the same department; None where the department is not known.
    compared
        The same in one sentence.
    change
        What they gain, keep and lose.
    marks
        Kinds of the defects that name them.
    """

    person: PersonCard
    last_used: AgedFact
    used: int | None
    used_share: float | None
    median: float | None
    held_share: float
    department_shared: int | None
    compared: str
    change: ChangeCard
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NearCard:
    """Another role that is much like this one.

    Attributes
    ----------
    members_alike, containers_alike
        Overlap (Jaccard) of people, and of containers by level.
    only_here, only_there
        Names of people in one of the two alone; the first of them.
    containers_here, containers_there
        Containers in one of the two alone.
    """

    role_id: str
    name: str
    members_alike: float
    containers_alike: float
    only_here: tuple[str, ...]
    only_there: tuple[str, ...]
    containers_here: int
    containers_there: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class RulePerson:
    """Somebody about whom rule and role differ: kind is adds, misses or leaves."""

    person: PersonCard
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class WhyCard:
    """Why a role is proposed, and how one comes to it and leaves it.

    Attributes
    ----------
    evidence
        A sentence each.
    fit
        Overlap of the role's people with those that the rule finds; None without a rule.
    would_add, would_miss
        People that the rule finds who are not in the role, and members whom it does not find.
    """

    layer: str
    evidence: tuple[str, ...]
    rule: str | None
    by_rule: bool
    fit: float | None
    would_add: int | None
    would_miss: int | None
    people: tuple[RulePerson, ...]
    entry: str | None
    leave: str | None
    approvers: str | None
    expiry: str | None
    owner: str | None


@dataclass(frozen=True, kw_only=True)
class PictureRow:
    """A person of the picture; peers are not in the role and are drawn grey."""

    principal_id: str
    name: str
    member: bool
    cells: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class PictureColumn:
    """A class of the picture; those outside of the role are drawn grey."""

    class_id: str
    system: str
    name: str
    containers: int
    in_role: bool


@dataclass(frozen=True, kw_only=True)
class PictureCard:
    """A role's block in the matrix of people and classes.

    Attributes
    ----------
    rows
        Members, then peers; cells are level bits held today (read 1, write 2, manage 4), a column each.
    columns
        Classes of the role by system, then others that the same people hold.
    more_members, more_classes
        What is left out.
    title, text
        What to see, and the picture for those who cannot.
    """

    title: str
    text: str
    rows: tuple[PictureRow, ...]
    columns: tuple[PictureColumn, ...]
    more_members: int = 0
    more_classes: int = 0


@dataclass(frozen=True, kw_only=True)
class VariantCard:
    """The variant of a role that is fitted to use, and what it would leave out.

    Attributes
    ----------
    offered
        Whether it may be approved; else `reason` says why not.
    dropped_names
        The first containers that it leaves out.
    lowered_names
        Classes that it lets read and not write, in words.
    """

    offered: bool
    reason: str | None
    since: date | None
    until: date | None
    days: int | None
    closings: str | None
    kept: int
    dropped: int
    dropped_names: tuple[str, ...]
    lowered: int
    lowered_names: tuple[str, ...]
    people_affected: int
    way_back: str | None
    note: str | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class OfferCard:
    """A grant that would complete a role, as a line of it: who would get what."""

    suggestion_id: str
    person: PersonCard
    kind: str
    access: str
    containers: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class RoleDossier:
    """Everything about one role, in the order of deciding.

    Attributes
    ----------
    sentence
        Who gets what, in one sentence that could be read aloud.
    purpose
        The description that its group would have.
    access, levels
        The widest level, and containers by level.
    defects
        What to look at first, the gravest first.
    change
        Pairs gained, kept and lost by all members together.
    without_entitlement
        Containers of it that no known entitlement opens.
    files
        Which file has all of what is shown in part, by the name of the attribute.
    """

    role_id: str
    name: str
    sentence: str
    purpose: str
    as_of: datetime
    domain: str | None
    zones: tuple[str, ...]
    layer: str
    access: str
    levels: tuple[LevelCount, ...]
    risk: str
    owner: str | None
    people: int
    containers: int
    size_bytes: int | None
    pairs: int
    defects: tuple[DefectCard, ...]
    members: tuple[MemberCard, ...]
    entitlements: tuple[EntitlementCard, ...]
    without_entitlement: int
    places: tuple[PlaceCard, ...]
    classes: tuple[ClassCard, ...]
    use: UseCard
    change: ChangeCard
    conflicts: tuple[ConflictCard, ...]
    sensitive: tuple[SensitivityCard, ...]
    public: tuple[str, ...]
    replaces: tuple[ReplacedCard, ...]
    near: tuple[NearCard, ...]
    why: WhyCard
    picture: PictureCard
    variant: VariantCard
    suggestions: tuple[OfferCard, ...]
    files: tuple[tuple[str, str], ...] = (
        ("members", "proposal/role_members.csv"),
        ("classes", "proposal/role_containers.csv"),
        ("suggestions", "proposal/suggestions.csv"),
    )
