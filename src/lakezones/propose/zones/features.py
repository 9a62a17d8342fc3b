"""What is known of each container: the evidence that zones are classified by.

In: facts and resolved access. Out: `Features`: one frame row per container in the order of `container_names`, null
where a table was not assessed, beside tokens, jobs and lineage. Nothing here decides about zones.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from lakezones.model import lineage as lin
from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import SYSTEM_KEYS, first_of
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.tokens import KINDS, ZONES, lexicon_of, tokenize, zone_words

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
        node, token, kind: the word of each name that says its zone, see `zone_words`.
    touches : DataFrame
        actor, kind, node, direction: see `lakezones.model.lineage.touches`.
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
    touches: pl.DataFrame
    metadata: pl.DataFrame
    lineage: lin.Lineage
    not_assessed: tuple[str, ...]


FEATURE_DOC: Final[dict[str, str]] = {
    "node": "position in the frame",
    "class_id": "class of containers with the same grants",
    "declared": "zone its metadata names outright",
    "system": "system of record, from metadata",
    "format": "file format, lower case",
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
    "upstream": "containers it is made from",
    "downstream": "containers made from it",
    "place": "place in the lineage, a key of `Beliefs.places` or ``untouched``; null where lineage was not assessed",
    "served": "who reads it of those that write nothing: a key of `Beliefs.places`, or ``not read``",
    "reports": "reports that read it",
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
    frame = names.to_frame().with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    for part in (_stored(facts, settings), _granted(facts, access), _used(facts)):
        frame = frame.join(part, on="container", how="left", maintain_order="left")
    tokens = _without_systems(tokenize(names), frame)
    words = zone_words(tokens, settings.lexicon)
    lineage, touches = lin.build(facts, names), lin.touches(facts, names)
    frame = frame.with_columns(_lineage_columns(lineage, touches, words, settings))
    zero = ["granted_people", "granted_departments", "granted_services", "writing_people"]
    zero += _USED if facts.usage is not None else []
    frame = frame.with_columns(pl.col(zero).fill_null(0))
    return Features(
        frame=frame.select("container", *FEATURE_DOC),
        tokens=tokens,
        words=words,
        touches=touches,
        metadata=_metadata_pairs(facts, names, settings),
        lineage=lineage,
        not_assessed=_missing(facts, frame),
    )


def _without_systems(tokens: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Mark words that are the code of a system of record: ``core32`` is a system, not a core layer."""
    systems = frame["system"].drop_nulls().str.to_lowercase().unique().implode()
    own = tokens.join(frame.select("node", "system"), on="node", how="left", maintain_order="left")["system"]
    code = pl.col("word").is_in(systems) | pl.col("word").str.replace(r"[a-z]\d+$", "").is_in(systems)
    marked = (code & pl.col("word").str.contains(r"\d")) | (pl.col("word") == own.str.to_lowercase())
    return tokens.with_columns(
        token=pl.when(marked.fill_null(value=False)).then(pl.format("{}#", "token")).otherwise("token")
    )


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
    stored = facts.table("containers").select(
        "container",
        format=pl.col("format").str.to_lowercase().str.strip_chars(" ."),
        size=pl.col("size_bytes"),
        files=pl.col("blob_count"),
        idle_days=(pl.lit(facts.as_of) - pl.col("last_modified")).dt.total_seconds() / _DAY,
    )
    for part in (declared_zones(facts, settings), first_of(facts.metadata, SYSTEM_KEYS, "system")):
        stored = stored.join(part, on="container", how="left", maintain_order="left")
    return stored


def declared_zones(facts: Facts, settings: ZonesSettings) -> pl.DataFrame:
    """What metadata declares: columns container and declared (a kind of the lexicon's words); others are left out."""
    said = first_of(facts.metadata, settings.metadata_keys, "said")
    values = said["said"].unique().sort()
    tokens = tokenize(values)
    words = lexicon_of(tokens["token"].unique(), settings.lexicon).filter(pl.col("kind") != "maybe_sandbox")
    # A zone's own name is clear in metadata, whatever it means in names.
    words = words.with_columns(kind=pl.when(pl.col("token").is_in(list(ZONES))).then("token").otherwise("kind"))
    kinds = (
        tokens.join(words, on="token")
        .with_columns(rank=pl.col("kind").replace_strict(list(KINDS), list(range(len(KINDS))), return_dtype=pl.Int64))
        .sort("node", "position", "rank")
        .unique("node", keep="first", maintain_order=True)
        .join(values.to_frame().with_row_index("node").with_columns(pl.col("node").cast(pl.Int64)), on="node")
        .select("said", declared="kind")
    )
    return said.join(kinds, on="said").select("container", "declared")


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


def _lineage_columns(
    lineage: lin.Lineage, touches: pl.DataFrame, words: pl.DataFrame, settings: ZonesSettings
) -> list[pl.Series]:
    """Lineage per container; places are null where there is no lineage at all."""
    n = lineage.depth.size
    tool = pl.col("actor").str.split("/").list.first().str.to_lowercase()
    shown = touches.filter(
        tool.str.contains(rf"^(?:{'|'.join(settings.bi_tools)})$"), direction="read", kind="artifact"
    )
    dbt = touches.filter(tool.str.contains("dbt", literal=True), kind="artifact")
    # Where dbt touches most of what is touched at all, the lake is a dbt project.
    project = 0 < touches["node"].n_unique() <= 2 * dbt["node"].n_unique()
    staging = words.filter(pl.col("kind").is_in(["curated", "raw_or_curated"]))
    frame = (
        pl.DataFrame(
            {
                "upstream": lineage.n_upstream,
                "downstream": lineage.n_downstream,
                "job_written": lineage.written,
                "copies": lineage.copies,
                "rank": lineage.rank,
                "quiet": lineage.quiet_reads,
            }
        )
        .with_row_index("node")
        .with_columns(
            reports=pl.Series(lineage.reports) + pl.Series(np.bincount(shown["node"].to_numpy(), minlength=n)),
            dbt=pl.lit(project) | pl.col("node").is_in(dbt["node"].implode()),
            dbt_made=pl.col("node").is_in(dbt.filter(direction="write")["node"].implode()),
            staging=pl.col("node").is_in(staging["node"].implode()),
        )
    )
    place = (
        pl.when(pl.col("dbt_made") & pl.col("staging") & (pl.col("upstream") > 0)).then(pl.lit("dbt staging"))
        .when(pl.col("dbt") & pl.col("staging") & ~pl.col("job_written")).then(pl.lit("dbt staging by name"))
        .when((pl.col("upstream") == 0) & ~pl.col("job_written") & (pl.col("downstream") > 0)).then(pl.lit("source"))
        .when((pl.col("upstream") == 0) & ~pl.col("job_written")).then(pl.lit("untouched"))
        .when(pl.col("upstream") == 0).then(pl.lit("loaded") + _last())
        .when(pl.col("copies") == 1).then(pl.lit("copy") + _last())
        .when(pl.col("rank") <= 1).then(pl.lit("made") + _last())
        .otherwise(pl.lit("made of made") + _last())
    )  # fmt: skip
    served = (
        pl.when(pl.col("reports") > 0)
        .then(pl.lit("read by BI"))
        .when(pl.col("quiet") > 0)
        .then(pl.lit("read by readers"))
        .otherwise(pl.lit("not read"))
    )
    known = pl.lit(lineage.assessed)
    return frame.select(
        pl.col("upstream", "downstream", "job_written"),
        pl.when(known).then(place).alias("place"),
        pl.when(known & (pl.max_horizontal("reports", "quiet").sum() > 0)).then(served).alias("served"),
        pl.when(known).then(pl.col("reports") + pl.col("quiet")).alias("reports"),
    ).get_columns()


def _last() -> pl.Expr:
    return pl.when(pl.col("downstream") > 0).then(pl.lit("")).otherwise(pl.lit(" last"))


def _missing(facts: Facts, frame: pl.DataFrame) -> tuple[str, ...]:
    """What was not there to look at, in words."""
    missing = [name for name in ("containers", "principals", "usage", "references") if not facts.assessed(name)]
    for column, word in (("format", "formats"), ("idle_days", "times of change"), ("system", "system metadata")):
        if facts.assessed("containers") and frame.height and frame[column].null_count() == frame.height:
            missing.append(word)
    return tuple(missing)
