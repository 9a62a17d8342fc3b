"""Settings of zones: the lexicon, formats, what is believed beforehand, and how sure is sure enough.

In: ``configs/zones.toml``, which says why each number is what it is. Out: `ZonesSettings`. Every entry of the lexicon
is a regular expression that a whole token has to match, so a plain word stands for itself.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Belief = tuple[float, float, float]
"""Probabilities of raw, curated and consumption."""

RAW: Final = (
    "raw|rawdata|rawzone|landing|landed|lnd|ldg|landingzone|bronze|brz|brnz",
    "src|source|sources|seed|seeds|ingest|ingested|ingestion|ingress|intake|acquisition|acq",
    "unload|unloads|unld|dump|dumps|inbound|incoming|inbox|dropzone|flatfile|flatfiles|original|asis",
    "sqoop|kafka|cdc|goldengate|debezium|fivetran|airbyte|stitch|hdfsraw|vsam|ebcdic|replica|mirror",
    "roh|rohdaten|quelle|quellen|anlieferung|eingang|eingangsdaten|brut|brute|bruts|brutes|entrant",
    "crudo|crudos|cruda|crudas|bruto|brutos|bruta|ingesta|origen|cru|crus|origem|ingestao|grezzo|grezzi|grezza",
    "sorgente|sorgenti|ruw|ruwe|bron|bronnen|aanlevering|conformance",
)
CURATED: Final = (
    "int|intermediate|interim|std|standard|standardi[sz]ed|stdz|silver|slv|slvr",
    "clean|cleaned|cleansed|cln|clnsd|refined|refinedzone|refine|trusted|conformed|conform|validated|verified",
    "harmoni[sz]ed|integrated|integ|integration|enriched|enrich|enr|vault|dv|lnk|satellite",
    "prep|prepared|xform|xf|transform|transformed|trf|trfm|dedup|deduped|scd|normali[sz]ed",
    "bereinigt|aufbereitet|aufbereitung|veredelt|veredelung|integriert|harmonisiert|vereinheitlicht",
    "nettoye|nettoyes|epure|raffine|normalise|enrichi|prepare|integre|conforme",
    "limpio|limpios|limpia|depurado|depurados|refinado|refinados|curado|integrado|normalizado|estandarizado",
    "limpo|limpos|tratado|tratados|enriquecido|padronizado|pulito|puliti|pulita|raffinato|curato|integrato",
    "normalizzato|arricchito|schoon|geschoond|opgeschoond|verrijkt|verfijnd|geintegreerd|bewerkt",
)
CONSUMPTION: Final = (
    "mart|marts|datamart|datamarts|dm|dim|dims|dimension|dimensions|fct|fact|facts|fat|fato|fatos",
    "rpt|rpts|report|reports|reporting|gold|gld|agg|aggs|aggr|aggregate|aggregates|aggregated",
    "summary|summ|smry|rollup|cube|cubes|consumption|consume|consumer|serving|serve|presentation|prs|semantic",
    "dash|dashboard|dashboards|kpi|kpis|scorecard|metrics|publish|published|pub|dataproduct|dataproducts",
    "bi|obt|tableau|pbi|powerbi|webfocus|hyper|export|exports|outbound|egress|insight|insights|analytics",
    "auswertung|auswertungen|bericht|berichte|berichtswesen|kennzahl|kennzahlen|bereitstellung|auslieferung",
    "restitution|rapport|rapports|synthese|indicateurs|consommation|agrege|diffusion",
    "consumo|reporte|reportes|informe|informes|presentacion|explotacion|resumen|agregado|agregados|indicadores",
    "relatorio|relatorios|painel|resumo|cruscotto|riepilogo|aggregato|aggregati|indicatori|reportistica",
    "rapportage|rapportages|uitlevering|ontsluiting",
)
RAW_OR_CURATED: Final = ("stg|stage|staging|staged|base|psa|ods|snapshot|snapshots|snap|archive|arch|wrk|work",)
RAW_OR_CONSUMPTION: Final = ("extract|extracts|extr|ext|feed|feeds",)
CURATED_OR_CONSUMPTION: Final = ("curated|core|dwh|edw|dw|warehouse|hub|cons",)
SANDBOX: Final = ("sandbox(es)?|sbx|sandpit|playground|play|scratch", "junk|poc|deleteme|todelete")
MAYBE_SANDBOX: Final = (
    "tmp|temp|adhoc|test|tst|demo|trial|experiments?",
    "dev|labs?|bak|backup|bkp|copy|old|delete|user|private|my",
)
EXCHANGE: Final = (
    "csv", "tsv", "psv", "txt", "text", "dat", "json", "jsonl", "ndjson", "xml", "fixed", "ebcdic", "vsam",
    "seq", "sequencefile", "log", "gz", "zip", "ixf", "unl",
)  # fmt: skip


def _patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"bad pattern {pattern!r}: {error}") from None
        if re.fullmatch(pattern, ""):
            raise ValueError(f"bad pattern {pattern!r}: it matches nothing at all, so it would match everything")
    return patterns


Patterns = Annotated[tuple[str, ...], AfterValidator(_patterns)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lexicon(_Model):
    """Words that name a zone, as regular expressions over whole tokens; case is ignored.

    Attributes
    ----------
    raw
        As it came: landing, bronze, unloads.
    curated
        Cleaned and integrated: intermediate, silver, vault.
    consumption
        Made to be used: marts, dimensions, facts, reports, gold.
    raw_or_curated
        Raw in some shops, curated in others; what is around them decides.
    raw_or_consumption
        Delivered to the lake in some shops, delivered by it in others.
    curated_or_consumption
        The integrated middle in some shops, what people query in others.
    sandbox
        Somebody's own: no zone at all, unless jobs or reports depend on it.
    maybe_sandbox
        Perhaps somebody's own: only where no job touches it and few people hold it.
    """

    raw: Patterns = RAW
    curated: Patterns = CURATED
    consumption: Patterns = CONSUMPTION
    raw_or_curated: Patterns = RAW_OR_CURATED
    raw_or_consumption: Patterns = RAW_OR_CONSUMPTION
    curated_or_consumption: Patterns = CURATED_OR_CONSUMPTION
    sandbox: Patterns = SANDBOX
    maybe_sandbox: Patterns = MAYBE_SANDBOX


class Formats(_Model):
    """File formats by what they say of a zone; compared in lower case, without a leading dot.

    Attributes
    ----------
    exchange
        Made to hand data over: mostly raw.
    row
        Row stores and statistics packages.
    columnar
        Made to be computed with: curated or consumption.
    table
        Table formats: curated or consumption.
    report
        Made for people and their tools: consumption.
    """

    exchange: tuple[str, ...] = EXCHANGE
    row: tuple[str, ...] = ("avro", "protobuf", "sas7bdat", "xpt", "spss", "dta")
    columnar: tuple[str, ...] = ("parquet", "orc", "arrow", "feather")
    table: tuple[str, ...] = ("delta", "iceberg", "hudi", "delta lake")
    report: tuple[str, ...] = ("xlsx", "xls", "pdf", "hyper", "tde", "twbx", "pbix", "yxdb", "fex", "html")


PLACES: Final[dict[str, Belief]] = {
    "source": (0.85, 0.12, 0.03), "untouched": (0.60, 0.20, 0.20),
    "loaded": (0.80, 0.14, 0.06), "loaded last": (0.50, 0.22, 0.28),
    "copy": (0.06, 0.84, 0.10), "copy last": (0.06, 0.50, 0.44),
    "made": (0.03, 0.77, 0.20), "made last": (0.03, 0.22, 0.75),
    "made of made": (0.02, 0.60, 0.38), "made of made last": (0.01, 0.14, 0.85),
    "dbt staging": (0.02, 0.96, 0.02), "dbt staging by name": (0.30, 0.65, 0.05),
    "read by BI": (0.05, 0.15, 0.80), "read by readers": (0.10, 0.25, 0.65),
}  # fmt: skip
FORMATS: Final[dict[str, Belief]] = {
    "exchange": (0.70, 0.18, 0.12), "row": (0.50, 0.28, 0.22), "columnar": (0.24, 0.38, 0.38),
    "table": (0.14, 0.43, 0.43), "report": (0.10, 0.15, 0.75),
}  # fmt: skip


class Beliefs(_Model):
    """What is believed before the lake is looked at, as probabilities of raw, curated and consumption."""

    slip: float = Field(default=0.04, gt=0, lt=0.5)
    """Share of known words and declared zones that are wrong."""

    by_chance: float = Field(default=0.015, ge=0, lt=1)
    """Share of names in which a word of the lexicon stands by chance."""

    ambiguous: tuple[float, float] = (0.57, 0.38)
    """The first and the second meaning of an ambiguous word."""

    taken: float = Field(default=0.2, gt=0, le=1)
    """How much less likely an ambiguous word means a zone that known words of its account mean."""

    weight: float = Field(default=5.0, gt=0)
    """How many containers of the lake a belief counts for; what they say replaces it soon."""

    formats: dict[str, Belief] = Field(default=FORMATS)
    """By kind of format."""

    places: dict[str, Belief] = Field(default=PLACES)
    """By place in the lineage, and by who reads."""


class ZonesSettings(_Model):
    """Settings of ``zones.toml``."""

    lexicon: Lexicon = Lexicon()
    """Name tokens."""

    formats: Formats = Formats()
    """File formats."""

    beliefs: Beliefs = Beliefs()
    """What words, formats and places in the lineage are believed to say."""

    metadata_keys: tuple[str, ...] = ("zone", "layer", "medallion", "stage", "tier_name", "data_layer")
    """Keys of a container's metadata whose value names a zone outright; looked up in the lexicon."""

    bi_tools: Patterns = (
        "tableau|qlik|qliksense|looker|cognos|microstrategy|excel|webfocus|superset|metabase|grafana|ssrs|bobj",
        ".*power.?bi.*|pbi|business.?objects|dashboards?|exposures?|reports?",
    )
    """Tools in whose hands data is shown to people, whatever else they write."""

    dead_days: int = Field(default=400, ge=1)
    """A container unused and unchanged for so many days is dead, if use was assessed; a yearly load still lives."""

    few_people: int = Field(default=5, ge=1)
    """A sandbox is held by so many people at most."""

    review_below: float = Field(default=0.75, ge=0.0, le=1.0)
    """Containers with less confidence than this need a review."""
