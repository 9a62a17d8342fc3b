"""What the dossiers of items other than roles hold."""

from dataclasses import dataclass
from datetime import date

from lakezones.review.dossier.cards import (
    AgedFact,
    ClassCard,
    ConflictCard,
    DefectCard,
    PersonCard,
    PlaceCard,
    SensitivityCard,
)


@dataclass(frozen=True, kw_only=True)
class SuggestionDossier:
    """A grant that would complete a role: new access, which somebody has to approve.

    Attributes
    ----------
    kind
        ``join``: the role opens the containers already; ``extend``: it would have to open them as well.
    content
        The class of containers gained.
    peers, used_by_peers
        Share of the role's members who hold it, and of those, who used it; None where use was not assessed.
    others
        Suggestions of the same role for the same person or class, this one left out.
    """

    suggestion_id: str
    sentence: str
    role_id: str
    role_name: str
    person: PersonCard
    kind: str
    access: str
    containers: int
    names: tuple[str, ...]
    content: ClassCard | None
    peers: float
    used_by_peers: float | None
    reason: str
    defects: tuple[DefectCard, ...]
    conflicts: tuple[ConflictCard, ...]
    others: int


@dataclass(frozen=True, kw_only=True)
class HoldingCard:
    """A class of containers that somebody holds outside of roles.

    Attributes
    ----------
    lane
        data, conditional, eligible, bearer, control or destroy.
    group
        Name of the group that carries it in the target state; None where it stays as it is.
    last_used
        Last use by the person.
    reason
        Why no role gives it.
    """

    content: ClassCard
    lane: str
    group: str | None
    last_used: AgedFact
    used: int | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class ResidualDossier:
    """What one person holds outside of roles, by how it is kept or which policy drops it.

    Attributes
    ----------
    kind
        ``keep`` or ``drop``.
    disposition, meaning
        As in residual.csv, and what that is in words.
    role_ids, roles
        Roles that the person is in, by id and by name: the access beside which this stands.
    """

    sentence: str
    person: PersonCard
    kind: str
    disposition: str
    meaning: str
    containers: int
    size_bytes: int | None
    holdings: tuple[HoldingCard, ...]
    places: tuple[PlaceCard, ...]
    last_used: AgedFact
    used: int | None
    role_ids: tuple[str, ...]
    roles: tuple[str, ...]
    sensitive: tuple[SensitivityCard, ...]
    public: tuple[str, ...]
    defects: tuple[DefectCard, ...]
    file: str = "proposal/residual.csv"


@dataclass(frozen=True, kw_only=True)
class DropPerson:
    """Somebody who would lose access by a policy, and how much."""

    person: PersonCard
    containers: int
    last_used: AgedFact


@dataclass(frozen=True, kw_only=True)
class DropDossier:
    """What one policy would take away; undecided, it stays.

    Attributes
    ----------
    policy, reason
        Its name, and why it is there.
    pairs
        Pairs of person and container that would end.
    used_pairs
        Of these, used in the window; None where use was not assessed.
    """

    sentence: str
    policy: str
    reason: str
    people: tuple[DropPerson, ...]
    more_people: int
    containers: int
    pairs: int
    used_pairs: int | None
    classes: tuple[ClassCard, ...]
    sensitive: tuple[SensitivityCard, ...]
    file: str = "proposal/residual.csv"


@dataclass(frozen=True, kw_only=True)
class FindingDossier:
    """A finding, with what is known of what it is about.

    Attributes
    ----------
    person
        Of a finding about somebody.
    roles
        Names of the roles that the object is in, or that open it.
    classes
        Classes concerned: those that the object is about, the largest first.
    """

    finding_id: str
    object_kind: str
    object_id: str
    severity: str
    sentence: str
    title: str
    evidence: str
    affected: int
    action: str
    name: str
    person: PersonCard | None
    roles: tuple[str, ...]
    classes: tuple[ClassCard, ...]
    file: str = "proposal/findings.csv"


@dataclass(frozen=True, kw_only=True)
class ZonedContainer:
    """A container whose zone or domain is a question, with what speaks for the answer."""

    container: str
    zone: str | None
    confidence: float
    runner_up: str | None
    domain: str | None
    domain_confidence: float
    evidence: str
    size_bytes: int | None
    sensitivity: str


@dataclass(frozen=True, kw_only=True)
class ZoneDossier:
    """Containers that are asked about together.

    Attributes
    ----------
    zones, domains
        What is proposed, with how many containers each.
    examples
        The first containers, the largest first.
    readers
        People who can read any of them.
    roles
        Names of roles that open any of them.
    """

    sentence: str
    containers: int
    size_bytes: int | None
    systems: tuple[tuple[str, int], ...]
    zones: tuple[tuple[str, int], ...]
    domains: tuple[tuple[str, int], ...]
    confidence: float | None
    examples: tuple[ZonedContainer, ...]
    readers: int
    roles: tuple[str, ...]
    sensitive: tuple[SensitivityCard, ...]
    file: str = "proposal/zones.csv"


@dataclass(frozen=True, kw_only=True)
class PilotDossier:
    """A domain that would go first.

    Attributes
    ----------
    people
        People who hold any of its data today.
    roles
        Names of the roles that open any of it.
    """

    sentence: str
    domain: str
    containers: int
    size_bytes: int | None
    people: int
    roles: tuple[str, ...]
    systems: tuple[tuple[str, int], ...]
    sensitive: tuple[SensitivityCard, ...]
    file: str = "proposal/pilots.csv"


@dataclass(frozen=True, kw_only=True)
class UnusedDossier:
    """Containers of a role that nobody used: what its fitted variant leaves out.

    Attributes
    ----------
    people
        Members who could still read them.
    since, until, closings
        The window, and the ends of months, quarters and years in it.
    """

    sentence: str
    role_id: str
    role_name: str
    containers: int
    people: int
    pairs: int
    since: date | None
    until: date | None
    days: int | None
    closings: str | None
    offered: bool
    reason: str | None
    way_back: str | None
    names: tuple[str, ...]
    places: tuple[PlaceCard, ...]
    classes: tuple[ClassCard, ...]
    sensitive: tuple[SensitivityCard, ...]
    file: str = "proposal/excess.csv"


@dataclass(frozen=True, kw_only=True)
class MergeDossier:
    """Source containers that would share one place after they move.

    Attributes
    ----------
    target
        account/container/folder.
    audiences
        Class by class: what it is, and how many people reach it today.
    newly_exposed
        Pairs of person and container that the merge would open; zero by design.
    """

    sentence: str
    target: str
    product: str | None
    owner: str | None
    containers: int
    size_bytes: int | None
    names: tuple[str, ...]
    audiences: tuple[tuple[str, int], ...]
    sensitive: tuple[SensitivityCard, ...]
    newly_exposed: int
    file: str = "proposal/layout.csv"
