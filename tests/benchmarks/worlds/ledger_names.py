"""Names of containers: unloaded tables of a mainframe, warehouse tables, SAS libraries, FOCUS files, models."""

from collections.abc import Mapping
from random import Random
from typing import Final

from tests.benchmarks.worlds import ledger_words as words
from tests.benchmarks.worlds.ledger_conventions import Conventions, Shop

QUALIFIERS: Final = {
    "de": ("tag", "monat", "hist", "bewegung", "stamm", "detail", "kopf", "schluessel", "stichtag"),
    "fr": ("jour", "mois", "histo", "mouvement", "ligne", "entete", "annee", "lien"),
    "nl": ("dag", "maand", "hist", "mutatie", "regel", "kop", "stand", "soort"),
    "en": ("daily", "monthly", "hist", "movement", "detail", "header", "snapshot", "link", "type"),
}
COUNTRIES: Final = ("de", "fr", "nl", "be", "lu", "at", "ch")
ASIDE: Final = ("tmp", "test", "bak", "zz", "spielwiese", "scratch", "alt", "essai", "kladde")


class Namer:
    """Draws a name that no other container has, as its shop would have named it."""

    def __init__(self, c: Conventions, areas: Mapping[str, str]) -> None:
        self.c = c
        self.rng = Random(f"ledger:{c.seed}:{c.size}:container-names")
        self.taken: set[str] = set()
        self.instance = self.rng.choice(("db2p", "db2t1", "d1p", "prd", "p0"))
        self.head = self.rng.choice(("", "", self.instance, "lake", words.LANGUAGES[self.rng.randrange(4)]))
        self.code_last = self.rng.random() < 0.2
        self.countries = self.rng.random() < 0.3
        self.years = self.rng.random() < 0.3
        # Some banks begin a name with two letters of the area that pays for the table.
        self.payers = {key: words.clipped(words.plain(name), 2) for key, name in areas.items()}
        self.paid = self.rng.uniform(0.3, 1.0) if self.rng.random() < 0.2 else 0.0

    def _core(self, code: str, subject: str, shop: Shop) -> list[str]:
        """What the shop calls it, without a zone's word."""
        rng = self.rng
        qualifier = rng.choice(QUALIFIERS[self.c.language if rng.random() < 0.8 else self.c.second])
        seen = rng.random() < self.c.system_in_name
        if shop.template == "number":
            table = f"{rng.randrange(1, 9999):04}"
            return [f"t{code}{table}"] if seen else [f"t{table}", words.clipped(subject)]
        if shop.template == "clipped":
            table = words.clipped(subject, 5) + words.clipped(qualifier, 3)
            return [code, table] if seen else [table]
        if shop.template == "coded":
            return [self.instance, *([code] if seen else []), f"{words.clipped(subject, 3)}{rng.randrange(10, 999)}"]
        parts = [subject, *([qualifier] if rng.random() < 0.7 else [])]
        if shop.kind in ("sas", "focus") and rng.random() < 0.5:
            parts.append(shop.kind[:3])
        if self.countries and rng.random() < 0.4:
            parts.append(rng.choice(COUNTRIES))
        if self.years and rng.random() < 0.3:
            parts.append(str(rng.randint(2015, 2026)))
        if not seen:
            return parts
        return [*parts, code] if self.code_last else [code, *parts]

    def _worded(self, parts: list[str], zone: int, shop: Shop) -> list[str]:
        """The parts with the zone's word, where one is written; now and then the wrong one."""
        rng, rates = self.rng, self.c.word_rates
        rate = 1.0 if shop.kind == "dbt" and any(rates) else rates[zone]
        if rng.random() >= rate:
            return parts
        if rng.random() < self.c.word_lies:
            zone = (zone + rng.choice((1, 2))) % 3
        word = rng.choice(shop.words[zone])
        if shop.position == "middle":
            return [parts[0], word, *parts[1:]]
        if shop.position == "suffix":
            return [*parts[:-1], parts[-1] + word] if shop.glued else [*parts, word]
        return [word + parts[0], *parts[1:]] if shop.glued else [word, *parts]

    def _unique(self, parts: list[str]) -> str:
        name = "-".join(parts)[:56].strip("-")
        name = name if len(name) > 2 else f"{name}-0"
        tried, number = name, 1
        while tried in self.taken:
            number += self.rng.randrange(1, 4)
            tried = f"{name}-{number:02}" if len(parts) > 1 else f"{name}{number:02}"
        self.taken.add(tried)
        return tried

    def name(self, code: str, subject: str, zone: int, shop: int, area: str) -> str:
        """Name of a container of a zone."""
        one = self.c.shops[shop]
        parts = self._worded(self._core(code, subject, one), zone, one)
        if self.rng.random() < self.paid and one.kind != "dbt":
            parts = [self.payers[area], *parts]
        return self._unique([self.head, *parts] if self.head and one.kind != "dbt" else parts)

    def aside(self, code: str, subject: str) -> str:
        """Name of a container that belongs to no zone: scratch, or forgotten."""
        parts = [self.rng.choice(ASIDE), subject, code if self.rng.random() < 0.5 else str(self.rng.randrange(100))]
        if self.rng.random() < 0.3:
            parts = parts[1:]
        return self._unique(parts)
