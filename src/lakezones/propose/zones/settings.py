"""Settings of zones: the lexicon of name tokens, formats, and how sure is sure enough.

In: ``configs/zones.toml``. Out: `ZonesSettings`. Every entry of the lexicon is a regular expression that a whole
token has to match, so a plain word stands for itself.
"""

import re
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

LEXICON_RAW: Final = (
    "raw|rawdata|rawzone",
    "landing|land|lnd|ldg|landed",
    "src|source|sources|seed|seeds",
    "bronze|brz",
    "base",
    "ingest|ingested|ingestion|ing",
    "extract|extracts|extr|ext|unload|unld|dump|dumps",
    "inbound|incoming|inbox|drop|dropzone",
    "sqoop|kafka|cdc|goldengate|debezium|fivetran|airbyte|stitch",
    "hdfsraw|flatfile|feed|feeds",
    "archive|arch|hist_in|snapshot_in",
    "conformance",
    "db2?|ims|vsam|ebcdic|mainframe|mf",
)
LEXICON_CURATED: Final = (
    "stg|stage|staging|staged",
    "int|intermediate|interim",
    "std|standard|standardi[sz]ed|stdz",
    "cur|curated|crt",
    "silver|slv",
    "xf|snapshot|snapshots|snap",
    "clean|cleaned|cleansed|cln|refined|ref(ined)?zone",
    "conformed|conf|harmoni[sz]ed|integrated|integ",
    "enriched|enrich|enr",
    "base|core|ods|edw|dwh|vault|dv|hub|lnk|link|sat|psa",
    "prep|prepared|xform|transform|transformed|trf|wrk|work",
    "dedup|deduped|merged|joined|scd|scd2",
)
LEXICON_CONSUMPTION: Final = (
    "mart|marts|datamart|dm",
    "dim|dims|dimension",
    "fct|fact|facts|fat|fato",
    "rpt|report|reports|reporting|rep",
    "gold|gld",
    "agg|aggr|aggregate|aggregated|summary|summ|smry|rollup|cube",
    "consumption|consume|cons|serving|serve|presentation|prs|semantic",
    "dash|dashboard|kpi|kpis|scorecard|metric|metrics",
    "publish|published|pub|dataproduct|access_layer",
    "bi|wide|tableau|pbi|powerbi|webfocus|hyper|obt|export|outbound|extract_out",
)
LEXICON_SANDBOX: Final = (
    "sandbox(es)?|sbx|sandpit|playground|play|scratch",
    "junk|poc|deleteme|todelete",
)
LEXICON_MAYBE_SANDBOX: Final = (
    "tmp|temp|adhoc|test|tst|demo|trial|experiments?",
    "dev|labs?|bak|backup|bkp|copy|old|delete|user|private|my",
)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lexicon(_Model):
    """Words that name a zone, as regular expressions over whole tokens; case is ignored."""

    raw: tuple[str, ...] = LEXICON_RAW
    """As it came: landing, bronze, extracts, Hadoop and DB2 unloads."""

    curated: tuple[str, ...] = LEXICON_CURATED
    """Cleaned and integrated: staging, intermediate, silver, vault, warehouse core."""

    consumption: tuple[str, ...] = LEXICON_CONSUMPTION
    """Made to be used: marts, dimensions, facts, reports, gold."""

    sandbox: tuple[str, ...] = LEXICON_SANDBOX
    """Somebody's own: no zone at all, unless jobs or reports depend on it."""

    maybe_sandbox: tuple[str, ...] = LEXICON_MAYBE_SANDBOX
    """Perhaps somebody's own: only where no job touches it and few people hold it."""

    @field_validator("raw", "curated", "consumption", "sandbox", "maybe_sandbox")
    @classmethod
    def _compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"bad pattern {pattern!r}: {error}") from None
            if re.fullmatch(pattern, ""):
                raise ValueError(f"bad pattern {pattern!r}: it matches nothing at all, so it would match everything")
        return patterns


class Formats(_Model):
    """File formats by what they say of a zone; compared in lower case, without a leading dot."""

    exchange: tuple[str, ...] = (
        "csv", "tsv", "psv", "txt", "text", "dat", "json", "jsonl", "ndjson", "xml", "fixed", "ebcdic", "vsam",
        "seq", "sequencefile", "log", "gz", "zip", "ixf", "unl",
    )  # fmt: skip
    """Made to hand data over: mostly raw."""

    row: tuple[str, ...] = ("avro", "protobuf", "sas7bdat", "xpt", "spss", "dta")
    """Row stores and statistics packages."""

    columnar: tuple[str, ...] = ("parquet", "orc", "arrow", "feather")
    """Made to be computed with: curated or consumption."""

    table: tuple[str, ...] = ("delta", "iceberg", "hudi", "delta lake")
    """Table formats: curated or consumption."""

    report: tuple[str, ...] = ("xlsx", "xls", "pdf", "hyper", "tde", "twbx", "pbix", "yxdb", "fex", "html")
    """Made for people and their tools: consumption."""


class ZonesSettings(_Model):
    """Settings of ``zones.toml``."""

    lexicon: Lexicon = Lexicon()
    """Name tokens."""

    formats: Formats = Formats()
    """File formats."""

    metadata_keys: tuple[str, ...] = ("zone", "layer", "medallion", "stage", "tier_name", "data_layer")
    """Keys of a container's metadata whose value names a zone outright; looked up in the lexicon."""

    method: Literal["model", "rules"] = "model"
    """`model`: rules, clusters and lineage together; `rules`: the weak labels alone."""

    dead_days: int = Field(default=400, ge=1)
    """A container unused and unchanged for so many days is dead, if use was assessed; a yearly load still lives."""

    few_people: int = Field(default=5, ge=1)
    """A sandbox is held by so many people at most."""

    review_below: float = Field(default=0.75, ge=0.0, le=1.0)
    """Containers with less confidence than this need a review."""

    max_iter: int = Field(default=30, ge=1)
    """Rounds of counting and predicting."""

    trust: float = Field(default=5.0, gt=0)
    """How many containers one of the user's labels counts for."""

    random_state: int = 0
    """Seed of clustering and fits."""
