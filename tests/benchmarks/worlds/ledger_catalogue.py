"""The catalogue of entitlements: source by source, each opens a set of containers of a system."""

from dataclasses import dataclass
from random import Random

import polars as pl

from tests.benchmarks.worlds.ledger_conventions import Conventions
from tests.benchmarks.worlds.ledger_lake import Lake, System


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """One line of the catalogue; `rows` are places in the lake's frame, `served` the share made for readers."""

    name: str
    system: int
    area: str
    kind: str
    access: str
    rows: tuple[int, ...]
    served: float
    shared: bool


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All entitlements by name."""

    lines: dict[str, Entitlement]

    def names(self, *, kind: str, area: str | None = None, shared: bool | None = None) -> list[str]:
        """Names of a kind, in order; of one area, of shared reference data or of other data where asked."""
        return [
            one.name
            for one in self.lines.values()
            if one.kind == kind and area in (None, one.area) and shared in (None, one.shared)
        ]


class _Labels:
    """Names of entitlements, as the access-request system has them."""

    def __init__(self, c: Conventions, rng: Random) -> None:
        self.c, self.rng, self.taken, self.number = c, rng, set[str](), rng.randrange(1000, 5000)
        self.words = {
            "de": ("Lesen", "Schreiben", "Vertraulich"),
            "fr": ("Lecture", "Ecriture", "Confidentiel"),
            "nl": ("Lezen", "Schrijven", "Vertrouwelijk"),
            "en": ("Read", "Write", "Restricted"),
        }[c.language]
        self.short = rng.choice((("R", "W", "V"), ("RO", "RW", "RX"), ("01", "02", "03")))

    def of(self, system: System, kind: str, part: int, subject: str) -> str:
        """A name that no other line of the catalogue has."""
        code, at = system.code.upper(), ("read", "write", "restricted").index(kind)
        word, short = self.words[at], self.short[at]
        self.number += self.rng.randint(1, 9)
        name = {
            "code": f"{code}-{part:02}-{short}" if part else f"{code}-{short}",
            "product": f"{system.product} {word}" + (f" {part}" if part else ""),
            "racf": f"P{code}{'RUX'[at]}{part:02}",
            "number": f"E{self.number:06}",
            "sentence": f"{word} {system.product} ({subject})" if part else f"{word} {system.product}",
            "path": f"DB2P/{code}/{subject.upper() if part else 'ALL'}/{word.upper()}",
        }[self.c.catalogue]
        tried, again = name, 1
        while tried in self.taken:
            again += 1
            tried = f"{name}_{again}"
        self.taken.add(tried)
        return tried


def _parts(c: Conventions, rng: Random, lake: Lake) -> dict[int, int]:
    """System to the number of read entitlements it is cut into, so that the catalogue has about its size."""
    frame = lake.frame
    open_rows = frame.filter(~pl.col("restricted"))
    key = "zone" if c.opened_by == "zone" else "subject"
    most = dict(open_rows.group_by("system").agg(pl.col(key).n_unique()).iter_rows())
    parts = {one.number: 1 for one in lake.systems if one.number in most}
    fixed = len(lake.systems) + frame.filter("restricted")["system"].n_unique()
    for one in lake.systems:
        if one.kind == "reference":
            most[one.number] = dict(open_rows.group_by("system").agg(pl.col("subject").n_unique()).iter_rows())[
                one.number
            ]
            parts[one.number] = min(most[one.number], rng.randint(3, 5))
        elif c.opened_by == "system":
            most[one.number] = 1
    while fixed + sum(parts.values()) < c.entitlements:
        room = [number for number in sorted(parts) if parts[number] < most[number]]
        if not room:
            break
        parts[rng.choice(room)] += 1
    return parts


def build(c: Conventions, lake: Lake) -> Catalogue:
    """The catalogue of these conventions."""
    rng = Random(f"ledger:{c.seed}:{c.size}:catalogue")
    labels, parts = _Labels(c, rng), _parts(c, rng, lake)
    rows_of: dict[int, list[tuple[int, int | None, str, bool]]] = {}
    for at, (system, zone, subject, restricted) in enumerate(
        lake.frame.select("system", "zone", "subject", "restricted").iter_rows()
    ):
        rows_of.setdefault(system, []).append((at, zone, subject, restricted))
    lines: list[Entitlement] = []
    for system in lake.systems:
        rows = rows_of[system.number]
        cut = _cut(c, system, rows, parts.get(system.number, 0))
        groups = [("read", "read", part, members) for part, members in enumerate(cut)]
        groups.append(("restricted", "read", 0, [one for one in rows if one[3]]))
        groups.append(("write", "write", 0, rows))
        for kind, access, part, members in groups:
            if members:
                served = sum(one[1] == 2 for one in members) / len(members)
                label = labels.of(system, kind, part + 1 if len(cut) > 1 and kind == "read" else 0, members[0][2])
                lines.append(
                    Entitlement(
                        name=label,
                        system=system.number,
                        area=system.area,
                        kind=kind,
                        access=access,
                        rows=tuple(one[0] for one in members),
                        served=served,
                        shared=system.kind == "reference",
                    )
                )
    return Catalogue(lines={one.name: one for one in lines})


Row = tuple[int, int | None, str, bool]


def _cut(c: Conventions, system: System, rows: list[Row], count: int) -> list[list[Row]]:
    """Rows that are not restricted in `count` parts: by zone, by subject or all together."""
    cut: list[list[Row]] = [[] for _ in range(count)]
    by_zone = c.opened_by == "zone" and system.kind != "reference"
    keys = sorted({str(one[1]) if by_zone else one[2] for one in rows if not one[3]})
    for one in rows:
        if not one[3]:
            cut[keys.index(str(one[1]) if by_zone else one[2]) % count].append(one)
    return [one for one in cut if one]


def opened(catalogue: Catalogue, lake: Lake) -> pl.DataFrame:
    """Table `entitlement_containers`."""
    lines = list(catalogue.lines.values())
    names = lake.frame["container"]
    frame = pl.DataFrame(
        {
            "entitlement": [one.name for one in lines],
            "access": [one.access for one in lines],
            "row": [list(one.rows) for one in lines],
        },
        schema={"entitlement": pl.String, "access": pl.String, "row": pl.List(pl.Int64)},
    ).explode("row")
    return frame.select("entitlement", names.gather(frame["row"]).alias("container"), "access")
