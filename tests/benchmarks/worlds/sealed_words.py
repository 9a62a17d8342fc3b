"""Vocabularies of the family `sealed`: institutions by country and trade, each with areas, units, titles and nouns.

An area is one line: name, abbreviation, units, nouns of its tables, titles of its own.
"""

from dataclasses import dataclass
from typing import Final

from tests.benchmarks.worlds.sealed_houses import HOUSES as TEXTS
from tests.benchmarks.worlds.sealed_houses import NAMES


@dataclass(frozen=True, kw_only=True)
class AreaWords:
    """A business area as its institution writes it; nouns are fit for container names."""

    name: str
    short: str
    units: tuple[str, ...]
    nouns: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HouseWords:
    """An institution: its language, legal entity, areas, and the words that all of its areas share."""

    key: str
    tongue: str
    entity: str
    country: str
    areas: tuple[AreaWords, ...]
    nouns: tuple[str, ...]
    titles: tuple[str, ...]
    engineers: tuple[str, ...]
    head: str
    hub: str
    technology: tuple[str, str]
    data_unit: str
    team_word: str
    systems: tuple[str, ...]
    products: tuple[str, ...]
    own_names: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _area(line: str) -> AreaWords:
    name, short, units, nouns, titles = (part.strip() for part in line.split("|"))
    return AreaWords(name=name, short=short, units=_list(units), nouns=_list(nouns), titles=_list(titles))


def _house(key: str, text: str) -> HouseWords:
    """Read a house from lines `word: value`; lines with bars are areas."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    said = dict(line.split(": ", 1) for line in lines if "|" not in line)
    first, last = NAMES[said["tongue"]]
    technology = _list(said["technology"])
    return HouseWords(
        key=key,
        tongue=said["tongue"],
        entity=said["entity"],
        country=said["country"],
        areas=tuple(_area(line) for line in lines if "|" in line),
        nouns=_list(said["nouns"]),
        titles=_list(said["titles"]),
        engineers=_list(said["engineers"]),
        head=said["head"],
        hub=said["hub"],
        technology=(technology[0], technology[1]),
        data_unit=said["data"],
        team_word=said["team"],
        systems=_list(said["systems"]),
        products=_list(said["products"]),
        own_names=_list(said["own"]),
        first=_list(first),
        last=_list(last),
    )


HOUSES: Final = {key: _house(key, text) for key, text in sorted(TEXTS.items())}

ZONE_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "medallion": ("bronze", "silver", "gold"),
    "plain": ("raw", "curated", "consumption"),
    "plain-short": ("raw", "cur", "con"),
    "warehouse": ("landing;lnd", "ods;core", "mart;dm"),
    "loader": ("stage;stg", "integration;intg", "access;acc"),
    "dbt": ("src", "stg;int", "fct;dim;rpt"),
    "vault": ("psa", "rv;bv;hub", "im"),
    "serve": ("intake", "prep", "serve"),
    "fund": ("inbound", "golden", "published"),
    "lloyds": ("bdx;inbound", "cleansed", "insight"),
    "es": ("crudo", "depurado", "consumo"),
    "es-old": ("ingesta", "integrado", "explotacion"),
    "pt": ("bruto", "tratado", "analitico"),
    "pt-old": ("entrada", "refinado", "publicado"),
    "it": ("grezzo", "raffinato", "esposto"),
    "it-old": ("acquisizione", "consolidato", "fruizione"),
    "sv": ("radata", "foradlat", "leverans"),
    "sv-old": ("inkommande;ink", "bas", "rapport"),
    "da": ("modtaget", "behandlet", "udstillet"),
    "in": ("dump", "cleansed;recon", "mis;returns"),
    "levels": ("l0", "l1", "l2"),
    "levels-one": ("l1", "l2", "l3"),
    "zones": ("z1", "z2", "z3"),
    "numbers": ("010", "020", "030"),
    "hundreds": ("100", "400", "900"),
    "letters": ("a", "b", "c"),
    "codes": ("kx", "pv", "tq"),
    "stones": ("quarry", "mason", "hall"),
    "water": ("spring", "basin", "tap"),
    "data": ("rds", "cds", "pds"),
}
"""Words for raw, curated and consumption, of shops that mean different things by the same word."""

NATIVE: Final[dict[str, tuple[str, ...]]] = {
    "es": ("es", "es-old"),
    "pt": ("pt", "pt-old"),
    "it": ("it", "it-old"),
    "sv": ("sv", "sv-old"),
    "da": ("da",),
    "in": ("in", "loader"),
    "en": ("fund", "lloyds", "serve"),
}
"""Vocabularies at home in a language."""

ANYWHERE: Final = tuple(sorted(set(ZONE_WORDS) - {key for keys in NATIVE.values() for key in keys}))
"""Vocabularies that are found in any country."""

QUALIFIERS: Final = {
    "es": ("hist", "diario", "detalle", "cab", "mov", "ext", "rel", "param", "saldo", "anual"),
    "pt": ("hist", "diario", "linhas", "mov", "resumo", "ext", "param", "saldo", "mensal", "log"),
    "it": ("storico", "testata", "righe", "mov", "mensile", "ext", "anagr", "param", "saldi", "log"),
    "sv": ("hist", "rad", "huvud", "dag", "manad", "ext", "logg", "param", "saldo", "kund"),
    "da": ("hist", "linje", "hoved", "dag", "maaned", "ext", "log", "param", "saldo", "kunde"),
    "in": ("hist", "eod", "hdr", "dtl", "mst", "ext", "log", "param", "bal", "qtr"),
    "en": ("hist", "eod", "hdr", "lines", "daily", "ext", "log", "ref", "bal", "snap"),
}

HINTS: Final = {
    "es": ("extraccion;fichero;interfaz", "conciliado;maestro;unico", "cuadro-mando;informe;kpi"),
    "pt": ("ficheiro;extracto;interface", "mestre;conformado;unico", "painel;relatorio;indicador"),
    "it": ("flusso;tracciato;scarico", "anagrafica;riconciliato;unico", "cruscotto;segnalazione;report"),
    "sv": ("fil;uttag;avisering", "sammanslagen;master;avstamd", "oversikt;nyckeltal;underlag"),
    "da": ("fil;udtraek;leverance", "samlet;stamdata;afstemt", "overblik;noegletal;rapport"),
    "in": ("flatfile;feed;upload", "recon;golden;dedup", "dashboard;return;mis"),
    "en": ("feed;file;extract", "conformed;matched;unified", "dashboard;report;kpi"),
}
"""Words inside table names that a reader of the language takes as a sign of raw, curated, consumption."""

VENDORS: Final = ("Tavolix", "Brightmere Services", "Nandi BPO", "Ostrava Shared Services", "Kelvane", "Cumbre Digital")
PROJECTS: Final = ("Alcazar", "Nimbus", "Saffron", "Polaris", "Ponte", "Mistral", "Fjord", "Kestrel", "Indigo", "Tejo")
