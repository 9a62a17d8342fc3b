"""Words that name a zone, as they stood when the worlds were written: the references' own.

Regular expressions over whole words. A word in two lists names no zone.
"""

from typing import Final

RAW: Final = (
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
CURATED: Final = (
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
CONSUMPTION: Final = (
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

WORDS: Final = {"raw": RAW, "curated": CURATED, "consumption": CONSUMPTION}
