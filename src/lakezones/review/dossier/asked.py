"""Items that are neither roles nor access outside of them: suggestions, unused parts, findings, zones, merges, pilots.

In: what is known, what an item is about. Out: its dossier.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from lakezones.model.words import counted
from lakezones.review.dossier.cards import ClassCard
from lakezones.review.dossier.content import OpenedContent
from lakezones.review.dossier.defects import suggestion_defects
from lakezones.review.dossier.item_cards import (
    FindingDossier,
    MergeDossier,
    PilotDossier,
    SuggestionDossier,
    UnusedDossier,
    ZonedContainer,
    ZoneDossier,
)
from lakezones.review.dossier.known import Known
from lakezones.review.dossier.members import conflict_cards

EXAMPLES: Final = 100
"""Containers that a dossier lists."""


def suggestion_dossier(
    known: Known, content: OpenedContent, row: Mapping[str, Any], *, others: int
) -> SuggestionDossier:
    """A row of `lakezones.model.suggestions.described`, with all that is known of it."""
    person, class_id, level = row["principal_id"], row["class_id"], row["level"]
    card, role = known.people.card(person), known.roles.get(row["role_id"], {})
    members = known.members.get(row["role_id"], [])
    one = known.places.of(class_id) if class_id in known.places else None
    name = role.get("name", row["role_id"])
    what = f"{row['access']} {one.name if one else counted(row['containers'])}"
    how = f"by joining {name}" if row["kind"] == "join" else f"which {name} would have to open as well"
    return SuggestionDossier(
        suggestion_id=row["suggestion_id"],
        sentence=f"{card.name} would gain new access: {what}, {how}.",
        role_id=row["role_id"],
        role_name=name,
        person=card,
        kind=str(row["kind"]),
        access=str(row["access"]),
        containers=row["containers"],
        names=one.names if one else (),
        content=_used_cards(known, content, {class_id: level}, members)[0] if one else None,
        peers=row["peers"],
        used_by_peers=row["used_by_peers"],
        reason=row["reason"],
        defects=suggestion_defects(known, row),
        conflicts=conflict_cards(known, [person], {class_id: level}),
        others=others,
    )


def unused_dossier(known: Known, content: OpenedContent, role_id: str, rows: pl.DataFrame) -> UnusedDossier:
    """What nobody used of a role.

    Parameters
    ----------
    rows
        class_id, container, level: what its variant leaves out.
    """
    role, variant = known.roles[role_id], known.variants.get(role_id, {})
    numbers = known.places.numbers(rows["container"])
    members = known.members[role_id]
    levels = dict(rows.group_by("class_id").agg(pl.col("level").bitwise_or()).sort("class_id").iter_rows())
    days = variant.get("window_days")
    window = f" in {counted(days, 'day')}" if days else ""
    does = "read" if all(level & 1 for level in levels.values()) else "write to"
    return UnusedDossier(
        sentence=f"Nobody used {counted(rows.height)} of {role['name']}{window}, which"
        f" {counted(len(members), 'person')} can {does}.",
        role_id=role_id,
        role_name=role["name"],
        containers=rows.height,
        people=len(members),
        pairs=rows.height * len(members),
        since=variant["since"].date() if variant.get("since") else None,
        until=variant["until"].date() if variant.get("until") else None,
        days=days,
        closings=variant.get("closings"),
        offered=bool(variant.get("offered")),
        reason=variant.get("reason"),
        way_back=variant.get("way_back"),
        names=tuple(known.places.largest(numbers)),
        places=content.place_cards_of(numbers, levels),
        classes=content.class_cards(levels, members, known.role_use(role_id) if known.use.assessed else None),
        sensitive=content.sensitivity_cards_of(numbers),
    )


def finding_dossier(known: Known, content: OpenedContent, row: Mapping[str, Any]) -> FindingDossier:
    """A row of `lakezones.review.binding.kinds.finding_items`, with what it is about by name."""
    kind, about = str(row["about_kind"]), row["about_id"]
    person = known.people.card(about) if kind == "principal" else None
    classes: Sequence[str] = ()
    roles: Iterable[str] = ()
    if person is not None:
        roles = known.roles_of.get(about, ())
    elif kind == "container" and (found := known.places.class_named(about)) is not None:
        classes = [found]
    elif kind == "class" and about in known.places:
        classes = [about]
    elif kind == "entitlement":
        classes = sorted(content.entitlements.get(about, ()))
    if classes:
        roles = known.opening(classes)
    holders = {one for class_id in classes for one in known.holders.get(class_id, ())}
    name = person.name if person is not None else known.people.name(about)
    return FindingDossier(
        finding_id=row["finding_id"],
        object_kind=kind,
        object_id=about,
        severity=str(row["severity"]),
        sentence=f"{row['title'].rstrip('.')}: {name}.",
        title=row["title"],
        evidence=row["evidence"],
        affected=row["affected"],
        action=row["action"],
        name=name,
        person=person,
        roles=tuple(known.roles[role_id]["name"] for role_id in roles),
        classes=_used_cards(known, content, dict.fromkeys(classes, 1), sorted(holders)),
    )


def zone_dossier(known: Known, content: OpenedContent, containers: pl.Series) -> ZoneDossier:
    """Containers that one question about zone and domain would settle."""
    rows = known.proposal.zones.filter(pl.col("container").is_in(containers.implode()))
    numbers = known.places.numbers(rows["container"])
    placed = known.places.frame.select("container", "class_id", "system", "size_bytes", "sensitivity")
    rows = rows.join(placed, on="container", how="left").sort(
        ["size_bytes", "container"], descending=[True, False], nulls_last=True
    )
    zones, domains = (_counts(rows[name].cast(pl.String)) for name in ("zone", "domain"))
    systems = _counts(rows["system"])
    classes = rows["class_id"].drop_nulls().unique().sort().to_list()
    readers = {person for class_id in classes for person in known.holders.get(class_id, ())}
    of = f" of {systems[0][0]}" if systems else ""
    said = [f"{what} {one[0][0]}" for what, one in (("zone", zones), ("domain", domains)) if one]
    where = f"proposed for {' and '.join(said)}" if said else "proposed for no zone and no domain"
    be = "is" if rows.height == 1 else "are"
    sure = rows["confidence"].mean()
    return ZoneDossier(
        sentence=f"{counted(rows.height)}{of} {be} {where}; an answer from an owner would settle it.",
        containers=rows.height,
        size_bytes=_size(rows["size_bytes"]),
        systems=systems,
        zones=zones,
        domains=domains,
        confidence=float(sure) if isinstance(sure, float) else None,
        examples=tuple(
            ZonedContainer(
                container=row["container"],
                zone=row["zone"] or row["state"],
                confidence=row["confidence"],
                runner_up=row["runner_up"],
                domain=row["domain"],
                domain_confidence=row["domain_confidence"],
                evidence=row["evidence"],
                size_bytes=row["size_bytes"],
                sensitivity=row["sensitivity"] or "",
            )
            for row in rows.head(EXAMPLES).iter_rows(named=True)
        ),
        readers=len(readers),
        roles=tuple(known.roles[role_id]["name"] for role_id in known.opening(classes)),
        sensitive=content.sensitivity_cards_of(numbers),
    )


def merge_dossier(known: Known, content: OpenedContent, containers: pl.Series) -> MergeDossier:
    """Source containers that would share one container of the target."""
    rows = known.proposal.layout.filter(pl.col("container").is_in(containers.implode()))
    numbers = known.places.numbers(rows["container"])
    sizes = known.places.frame.select("container", "class_id", "size_bytes")
    rows = rows.join(sizes, on="container", how="left")
    first = rows.row(0, named=True)
    target = "/".join(part for part in (first["target_account"], first["target_container"]) if part)
    by_class = rows.group_by("class_id").len().sort("class_id").drop_nulls()
    audiences = sorted(
        ((f"{counted(n)}{_of_system(known, c)}", len(known.holders.get(c, ()))) for c, n in by_class.iter_rows()),
        key=lambda one: (-one[1], one[0]),
    )
    exposed = _exposed(known, rows)
    gains = f"{counted(exposed, 'pair')} of person and container would be new" if exposed else "nobody gains access"
    return MergeDossier(
        sentence=f"{counted(rows.height)} with {len(audiences):,} audiences would share {target}: {gains}.",
        target=target,
        product=_only(rows["product"]),
        owner=_only(rows["owner"]),
        containers=rows.height,
        size_bytes=_size(rows["size_bytes"]),
        names=tuple(known.places.largest(numbers)),
        audiences=tuple(audiences[:EXAMPLES]),
        sensitive=content.sensitivity_cards_of(numbers),
        newly_exposed=exposed,
    )


def pilot_dossier(known: Known, content: OpenedContent, domain: str) -> PilotDossier:
    """A domain that would be migrated first."""
    rows = known.places.frame.filter(pl.col("domain") == domain)
    classes = rows["class_id"].unique().sort().to_list()
    people = {person for class_id in classes for person in known.holders.get(class_id, ())}
    boxes = counted(rows.height)
    return PilotDossier(
        sentence=f"{domain} would go first: {boxes}, {counted(len(people), 'person')} who hold any of it.",
        domain=domain,
        containers=rows.height,
        size_bytes=_size(rows["size_bytes"]),
        people=len(people),
        roles=tuple(known.roles[role_id]["name"] for role_id in known.opening(classes)),
        systems=_counts(rows["system"]),
        sensitive=content.sensitivity_cards_of(known.places.numbers(rows["container"])),
    )


def _used_cards(
    known: Known, content: OpenedContent, levels: Mapping[str, int], people: Sequence[str]
) -> tuple[ClassCard, ...]:
    """Classes with what some people used of them."""
    use = known.use.of(people, known.places.mask(levels)) if known.use.assessed else None
    return content.class_cards(levels, people, use)


def _exposed(known: Known, rows: pl.DataFrame) -> int:
    """Pairs that would be new where one role assignment on the target container serves several audiences.

    Folders with an ACL, a condition or a catalogue of their own keep their audiences apart.
    """
    shared = rows.filter(pl.col("enforcement").cast(pl.String) == "role_assignment").drop_nulls("class_id")
    held = {c: set(known.holders.get(c, ())) for c in shared["class_id"].unique()}
    everyone = set().union(*held.values()) if held else set()
    return sum(len(everyone - held[class_id]) for class_id in shared["class_id"])


def _counts(values: pl.Series) -> tuple[tuple[str, int], ...]:
    counts = Counter(values.drop_nulls().to_list())
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _only(values: pl.Series) -> str | None:
    """The one value, or the first of several with how many more there are."""
    found = _counts(values)
    more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
    return f"{found[0][0]}{more}" if found else None


def _size(sizes: pl.Series) -> int | None:
    return None if sizes.is_null().all() else int(sizes.sum())


def _of_system(known: Known, class_id: str) -> str:
    system = known.places.of(class_id).lead[0]
    return f" of {system}" if system else " without a system"
