"""What is known of each container, as numbers: the evidence that zones are classified by.

In: facts and resolved access. Out: `Features`: one frame row per container in the order of `container_names`, null
where a table was not assessed, beside tokens and lineage. Nothing here knows of zones but the lexicon's words.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from lakezones.model import lineage as lin
from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import SENSITIVITY_KEYS, SYSTEM_KEYS, first_of
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.tokens import KINDS, lexicon_of, tokenize

PEOPLE: Final = "user"
SERVICES: Final = ("service_principal", "managed_identity")
_DAY: Final = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Features:
    """Evidence per container.

    Attributes
    ----------
    frame : DataFrame, one row per container
        See `FEATURE_DOC` for the columns besides ``container``.
    tokens : DataFrame
        node, position, last, token, word; tokens that are codes of systems have a # after them.
    words : DataFrame
        token, kind: the lexicon's entries met in this account.
    metadata : DataFrame
        node, value: other metadata as ``key=value``.
    lineage : Lineage
        Aligned with the rows of `frame`.
    not_assessed : tuple of str
        Tables and columns that were not there, in words.
    """

    frame: pl.DataFrame
    tokens: pl.DataFrame
    words: pl.DataFrame
    metadata: pl.DataFrame
    lineage: lin.Lineage
    not_assessed: tuple[str, ...]


FEATURE_DOC: Final[dict[str, str]] = {
    "class_id": "class of containers with the same grants",
    "declared": "zone its metadata names outright",
    "system": "system of record, from metadata",
    "sensitivity": "sensitivity, from metadata",
    "format": "file format, lower case",
    "format_kind": "exchange, row, columnar, table or report",
    "size": "bytes",
    "files": "number of blobs",
    "idle_days": "days since the newest change",
    "granted_people": "people with access to the data",
    "granted_departments": "departments of those people",
    "granted_services": "service principals with access to the data",
    "writing_people": "people who may write",
    "used_people": "people who read it in the window of the log",
    "used_departments": "departments of those people",
    "used_services": "service principals that read it",
    "wrote_people": "people who wrote it",
    "wrote_services": "service principals that wrote it",
    "unused_days": "days since the newest use",
    "operations": "requests in the window",
    "depth": "longest path from a source; null outside lineage",
    "copies": "steps of mere copying from a source; 0 where it is no copy",
    "rank": "as depth, all copies of a source being one step from it",
    "height": "longest path to a container that feeds none",
    "to_report": "edges to the nearest container that a report reads",
    "reports": "reports that read it: artifacts that write nothing, of tools that write nothing",
    "quiet_reads": "artifacts that read it and write nothing, though their tool writes elsewhere",
    "upstream": "containers it is made from",
    "downstream": "containers made from it",
    "job_written": "a job or service principal writes it",
}


def container_names(facts: Facts, access: Access) -> pl.Series:
    """Every container known, sorted: those scanned and those that a grant names."""
    parts = [access.container_classes["container"]]
    if facts.containers is not None:
        parts.append(facts.containers["container"])
    return pl.concat(parts).unique().sort().alias("container")


def build_features(facts: Facts, access: Access, *, settings: ZonesSettings) -> Features:
    """Gather the evidence.

    Parameters
    ----------
    facts, access
        The snapshot and the effective access of it.
    settings
        Lexicon, formats and metadata keys.
    """
    names = container_names(facts, access)
    lineage = lin.build(facts, names)
    frame = names.to_frame()
    for part in (
        _stored(facts, settings),
        _granted(facts, access),
        _used(facts),
    ):
        frame = frame.join(part, on="container", how="left", maintain_order="left")
    frame = frame.with_columns(_lineage_columns(lineage))
    zero = [
        *(["granted_people", "granted_departments", "granted_services", "writing_people"]),
        *(_USED if facts.usage is not None else []),
    ]
    frame = frame.with_columns(pl.col(zero).fill_null(0))
    tokens = _without_systems(tokenize(names), frame)
    return Features(
        frame=frame.select("container", *FEATURE_DOC),
        tokens=tokens,
        words=lexicon_of(tokens["token"].unique(), settings.lexicon),
        metadata=_metadata_pairs(facts, names, settings),
        lineage=lineage,
        not_assessed=_missing(facts, frame),
    )


def _without_systems(tokens: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Mark words that are the code of a system of record: ``core32`` is a system, not a core layer."""
    systems = frame["system"].drop_nulls().str.to_lowercase().unique()
    code = pl.col("word").is_in(systems.implode()) | pl.col("word").str.replace(r"[a-z]\d+$", "").is_in(
        systems.implode()
    )
    marked = code & pl.col("word").str.contains(r"\d")
    return tokens.with_columns(token=pl.when(marked).then(pl.format("{}#", "token")).otherwise("token"))


_USED: Final = [
    "used_people",
    "used_departments",
    "used_services",
    "wrote_people",
    "wrote_services",
    "operations",
]


def _stored(facts: Facts, settings: ZonesSettings) -> pl.DataFrame:
    """Columns from the container itself: format, size, age and metadata."""
    containers = facts.table("containers")
    as_of = pl.lit(facts.as_of)
    fmt = pl.col("format").str.to_lowercase().str.strip_chars(" .")
    kind = pl.lit(None, dtype=pl.String)
    for name in ("exchange", "row", "columnar", "table", "report"):
        kind = pl.when(fmt.is_in(list(getattr(settings.formats, name)))).then(pl.lit(name)).otherwise(kind)
    stored = containers.select(
        "container",
        format=fmt,
        format_kind=kind,
        size=pl.col("size_bytes"),
        files=pl.col("blob_count"),
        idle_days=(as_of - pl.col("last_modified")).dt.total_seconds() / _DAY,
    )
    read = read_metadata(facts.metadata, settings)
    return stored.join(read, on="container", how="left", maintain_order="left")


def read_metadata(long: pl.DataFrame, settings: ZonesSettings) -> pl.DataFrame:
    """Zone, system and sensitivity that metadata declares.

    Parameters
    ----------
    long : DataFrame
        Of `lakezones.model.frames.Facts.metadata`.

    Returns
    -------
    DataFrame
        Columns container, declared, system, sensitivity; containers without any of them are left out.
    """
    zone_words = first_of(long, settings.metadata_keys, "said")
    tokens = tokenize(zone_words["said"].unique().sort())
    words = lexicon_of(tokens["token"].unique(), settings.lexicon)
    order = {kind: i for i, kind in enumerate(KINDS)}
    said = zone_words["said"].unique().sort().to_frame().with_row_index("node")
    kinds = (
        tokens.join(words.filter(pl.col("kind") != "maybe_sandbox"), on="token")
        .with_columns(rank=pl.col("kind").replace_strict(order, return_dtype=pl.Int64))
        .sort("node", "position", "rank")
        .unique("node", keep="first", maintain_order=True)
        .join(said.with_columns(pl.col("node").cast(pl.Int64)), on="node")
        .select("said", declared="kind")
    )
    declared = zone_words.join(kinds, on="said").select("container", "declared")
    frame = long.select("container").unique().sort("container")
    for part in (declared, first_of(long, SYSTEM_KEYS, "system"), first_of(long, SENSITIVITY_KEYS, "sensitivity")):
        frame = frame.join(part, on="container", how="left", maintain_order="left")
    return frame


_KNOWN_ELSEWHERE: Final = frozenset({"table", "owner", "description", "domain"})


def _metadata_pairs(facts: Facts, names: pl.Series, settings: ZonesSettings) -> pl.DataFrame:
    """Metadata as columns node and value (``key=value``), less what is a view of its own or differs everywhere."""
    known = _KNOWN_ELSEWHERE | set(settings.metadata_keys) | set(SYSTEM_KEYS)
    index = names.to_frame().with_row_index("node").select("container", pl.col("node").cast(pl.Int64))
    return (
        facts.metadata.filter(~pl.col("key").is_in(sorted(known)))
        .join(index, on="container")
        .select("node", value=pl.format("{}={}", "key", "value").str.to_lowercase())
        .unique()
        .sort("node", "value")
    )


def _granted(facts: Facts, access: Access) -> pl.DataFrame:
    """Who holds data access, counted per class and spread to its containers."""
    who = facts.table("principals").select(
        "principal_id", kind=pl.col("kind").cast(pl.String), department=pl.col("department")
    )
    service = pl.col("kind").is_in(SERVICES)
    counted = (
        access.class_access.filter(pl.col("lane").cast(pl.String) == "data")
        .join(who, on="principal_id", how="left")
        .group_by("class_id")
        .agg(
            granted_people=(~service).fill_null(value=True).sum().cast(pl.Int64),
            granted_departments=pl.col("department").filter(~service).drop_nulls().n_unique().cast(pl.Int64),
            granted_services=service.fill_null(value=False).sum().cast(pl.Int64),
            writing_people=((~service).fill_null(value=True) & ((pl.col("level") & 2) > 0)).sum().cast(pl.Int64),
        )
    )
    return access.container_classes.join(counted, on="class_id", how="left")


def _used(facts: Facts) -> pl.DataFrame:
    """Who used it, from the log; empty where usage was not assessed."""
    who = facts.table("principals").select(
        "principal_id", kind=pl.col("kind").cast(pl.String), department=pl.col("department")
    )
    usage = facts.table("usage")
    service = pl.col("kind").is_in(SERVICES).fill_null(value=False)
    wrote = pl.col("access").cast(pl.String).fill_null("read") != "read"
    # Requests under a SAS token or a key carry no person.
    person = ~service & ~pl.col("principal_id").str.contains(r"^(?:sas|key):")
    read_by = pl.col("principal_id").filter(~wrote & person)
    return (
        usage.join(who, on="principal_id", how="left")
        .group_by("container")
        .agg(
            used_people=read_by.n_unique().cast(pl.Int64),
            used_departments=pl.col("department").filter(~wrote & person).drop_nulls().n_unique().cast(pl.Int64),
            used_services=pl.col("principal_id").filter(~wrote & service).n_unique().cast(pl.Int64),
            wrote_people=pl.col("principal_id").filter(wrote & person).n_unique().cast(pl.Int64),
            wrote_services=pl.col("principal_id").filter(wrote & service).n_unique().cast(pl.Int64),
            unused_days=(pl.lit(facts.as_of) - pl.col("last_used").max()).dt.total_seconds() / _DAY,
            operations=pl.col("operations").sum(),
        )
    )


def _lineage_columns(lineage: lin.Lineage) -> list[pl.Series]:
    """Lineage per container; null where there is no lineage at all."""
    columns = {
        "depth": lineage.depth,
        "copies": lineage.copies,
        "rank": lineage.rank,
        "height": lineage.height,
        "to_report": lineage.to_report,
        "reports": lineage.reports,
        "quiet_reads": lineage.quiet_reads,
        "upstream": lineage.n_upstream,
        "downstream": lineage.n_downstream,
    }
    series = []
    for name, values in columns.items():
        column = pl.Series(name, values, dtype=pl.Int64)
        if not lineage.assessed:
            column = pl.Series(name, [None], dtype=pl.Int64).new_from_index(0, len(values))
        elif name in ("depth", "rank", "height", "to_report"):
            column = pl.select(pl.when(column >= 0).then(column).alias(name)).to_series()
        series.append(column)
    return [*series, pl.Series("job_written", lineage.written, dtype=pl.Boolean)]


def _missing(facts: Facts, frame: pl.DataFrame) -> tuple[str, ...]:
    """What was not there to look at, in words."""
    missing = [name for name in ("containers", "principals", "usage", "references") if not facts.assessed(name)]
    for column, word in (("format", "formats"), ("idle_days", "times of change"), ("system", "system metadata")):
        if facts.assessed("containers") and frame.height and frame[column].null_count() == frame.height:
            missing.append(word)
    return tuple(missing)
