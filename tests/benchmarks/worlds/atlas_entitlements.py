"""Entitlements: what each opens, and how the bank names it. Source by source, cut to the number the bank has."""

import random
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from tests.benchmarks.worlds.atlas_conventions import Conventions, chance
from tests.benchmarks.worlds.atlas_lake import Lake
from tests.benchmarks.worlds.atlas_words import AREAS
from tests.benchmarks.worlds.world import ZONES


@dataclass(kw_only=True)
class Entitlement:
    """One entitlement: a part of a system, read or write, restricted or not; ``raw`` opens nothing but raw data."""

    name: str
    source: int
    area: str
    boxes: list[int]
    access: str
    restricted: bool
    raw: bool


def _parts(lake: Lake, source: int) -> tuple[list[int], list[int]]:
    """Containers of a system in the order in which they are cut (by zone, then subject), and its restricted ones."""
    boxes = sorted(
        lake.sources[source].boxes, key=lambda b: (ZONES.index(lake.boxes[b].zone or "raw"), lake.boxes[b].subject, b)
    )
    return [b for b in boxes if not lake.boxes[b].restricted], [b for b in boxes if lake.boxes[b].restricted]


def _cuts(rng: random.Random, lake: Lake, boxes: list[int], pieces: int) -> list[list[int]]:
    """Cut into as many pieces: raw apart from the rest where there are two or more, else into even stretches."""
    raw = [b for b in boxes if lake.boxes[b].zone in ("raw", None)]
    rest = [b for b in boxes if lake.boxes[b].zone not in ("raw", None)]
    if pieces >= 2 and raw and rest:
        first = min(max(1, round(pieces * len(raw) / len(boxes) * 0.6)), pieces - 1)
        return [*_cuts(rng, lake, raw, first), *_cuts(rng, lake, rest, pieces - first)]
    pieces = min(pieces, len(boxes))
    marks = [round(n * len(boxes) / pieces) for n in range(pieces + 1)] if pieces else []
    return [boxes[a:b] for a, b in pairwise(marks) if b > a]


def _names(rng: random.Random, c: Conventions, lake: Lake, found: list[Entitlement]) -> None:
    """Name entitlements; where names say little, they are numbers of the request system."""
    numbers = rng.sample(range(10_000, 99_999), k=len(found))
    seen: defaultdict[str, int] = defaultdict(int)
    for one, number in zip(found, numbers, strict=True):
        code, rw = lake.sources[one.source].code, "RW" if one.access == "write" else "RO"
        part = lake.boxes[one.boxes[len(one.boxes) // 2]].subject if one.access == "read" else "all"
        tail = "-restricted" if one.restricted and chance(rng, 0.5) else ""
        words, short = part.replace("-", " "), AREAS[one.area][0].split()[0].title()
        name = {
            "group": f"az-sg-dl-{code}-{part}{tail}-{rw.lower()}",
            "telling": f"EDL_{code.upper()}_{part.replace('-', '_').upper()}_{rw}",
            "opaque": f"ENT{number}",
            "verbose": f"{short} - {code} {words} ({rw}){' PII' if tail else ''}",
        }[c.entitlement_names]
        seen[name] += 1
        one.name = name if seen[name] == 1 else f"{name}-{seen[name]}"


def entitlements_of(rng: random.Random, c: Conventions, lake: Lake) -> list[Entitlement]:
    """Exactly the number the bank has: one write and perhaps one restricted per system, the rest read parts."""
    found: list[Entitlement] = []

    def add(source: int, boxes: list[int], access: str, restricted: bool) -> None:
        raw = all(lake.boxes[b].zone in ("raw", None) for b in boxes)
        area = lake.sources[source].area
        found.append(
            Entitlement(name="", source=source, area=area, boxes=boxes, access=access, restricted=restricted, raw=raw)
        )

    open_parts = {}
    for source in range(len(lake.sources)):
        plain, secret = _parts(lake, source)
        open_parts[source] = plain
        if secret:
            add(source, secret, "read", True)
        if plain and len(found) + len(lake.sources) - source < c.entitlements * 0.6:
            everything = plain if chance(rng, 0.5) else sorted(plain + secret)
            add(source, everything, "write", False)
    left = c.entitlements - len(found)
    pieces = {source: 1 for source, boxes in open_parts.items() if boxes}
    while sum(pieces.values()) < left:
        able = [s for s in pieces if pieces[s] < len(open_parts[s])]
        weight = [len(open_parts[s]) ** 0.6 / pieces[s] for s in able]
        pieces[rng.choices(able, weights=weight)[0]] += 1
    for source, count in pieces.items():
        for part in _cuts(rng, lake, open_parts[source], count):
            add(source, part, "read", False)
    for one in found:
        if one.access == "read" and chance(rng, 0.1):
            friends = [
                f for f in found if f.source == one.source and f.access == "read" and f.restricted == one.restricted
            ]
            extra = rng.choice(friends).boxes
            one.boxes = sorted({*one.boxes, *rng.sample(extra, k=min(len(extra), 3))})
            one.raw = one.raw and all(lake.boxes[b].zone in ("raw", None) for b in one.boxes)
    found.sort(key=lambda e: (e.source, e.access, e.boxes[0]))
    _names(rng, c, lake, found)
    return found
