"""What is known of each container: the evidence that zones are classified by.

In: facts and resolved access. Out: `Features`: one frame row per container in the order of `container_names`, null
where a table was not assessed, beside tokens, jobs and lineage. Nothing here decides about zones.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from lakezones.model import lineage as lin
from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import SYSTEM_KEYS, first_of
from lakezones.model.principals import MACHINES
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.tokens import KINDS, ZONES, lexicon_of, tokenize, zone_words

_DAY: Final = 86_400.0

# Keys of metadata that differ from container to container, or say whose it is rather than what.
OF_ITS_OWN: Final = ("table", "owner", "description", "domain")


@dataclass(frozen=True, kw_only=True)
class Features:
    """Evidence per container.

    Attributes
    ----------
    frame : DataFrame, one row per container, in the order of `container_names`
        container; node (position in the frame); class_id (of equal grants); declared (kind of word that metadata names
        as its zone) and system, from metadata; format, in lower case; size, in bytes; files (blobs); idle_days, since
        the newest change; granted_people, granted_departments, writing_people (with access to the data); used_people,
        used_departments, used_services (read it in the window of the log), wrote_people, wrote_services, unused_days,
        operations (requests); upstream, downstream (containers before and after it); job_written (by a job or service
        principal); place (in the lineage, a key of `Beliefs.places`) and served (who reads it of those that write
        nothing: likewise, or ``not read``); reports (such readers). Null is not assessed.
    tokens : DataFrame
        Of `tokenize`; tokens that are codes of systems have a # after them.
    words : DataFrame
        The word of each name that says its zone, see `zone_words`.
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


def container_names(facts: Facts, access: Access) -> pl.Series:
    """Every container known, sorted: those scanned and those that a grant names."""
    parts = [access.container_classes["container"], facts.table("containers")["container"]]
    return pl.concat(parts).unique().sort().alias("container")


def build_features(facts: Facts, access: Access, *, settings: ZonesSettings) -> Features:
    """Gather the evidence.

    Parameters
    ----------
    facts, access
        The snapshot and the effective access of it.
    settings
        Lexicon, tools and metadata keys.
    """
    names = container_names(facts, access)
    frame = _indexed(names)
    for part in (_stored(facts, settings), _granted(facts, access), _used(facts)):
        frame = frame.join(part, on="container", how="left", maintain_order="left")
    tokens = _without_systems(tokenize(names), frame)
    words = zone_words(tokens, settings.lexicon)
    lineage, touches = lin.build(facts, names), lin.touches(facts, names)
    zero = [
        "^granted_.*$",
        "writing_people",
        *(["^(?:used|wrote)_.*$", "operations"] if facts.assessed("usage") else []),
    ]
    metadata = facts.metadata.filter(~pl.col("key").is_in(sorted({*OF_ITS_OWN, *SYSTEM_KEYS, *settings.metadata_keys})))
    metadata = metadata.with_columns(value=pl.format("{}={}", "key", "value").str.to_lowercase())
    frame = frame.with_columns(pl.col(zero).fill_null(0), *_places(lineage, touches, words, settings))
    # What a dbt project makes and calls staging is curated by dbt's own conventions: there `stg` is not ambiguous.
    staging = pl.col("node").is_in(frame.filter(place="dbt staging")["node"].implode())
    words = words.with_columns(kind=pl.when(staging).then(pl.lit("curated")).otherwise("kind"))
    return Features(
        frame=frame,
        tokens=tokens,
        words=words,
        touches=touches,
        metadata=metadata.join(_indexed(names), on="container").select("node", "value"),
        lineage=lineage,
        not_assessed=_missing(facts, frame),
    )


def _indexed(names: pl.Series) -> pl.DataFrame:
    """Values with their position as column node."""
    return names.to_frame().with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))


def _without_systems(tokens: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Mark words that are the code of a system of record: ``core32`` is a system, not a core layer."""
    systems = frame["system"].drop_nulls().str.to_lowercase().unique().implode()
    own = tokens.join(frame.select("node", "system"), on="node", how="left", maintain_order="left")["system"]
    code = pl.col("word").is_in(systems) | pl.col("word").str.replace(r"[a-z]\d+$", "").is_in(systems)
    marked = (code & pl.col("word").str.contains(r"\d")) | (pl.col("word") == own.str.to_lowercase()).fill_null(
        value=False
    )
    return tokens.with_columns(token=pl.when(marked).then(pl.format("{}#", "token")).otherwise("token"))


def _stored(facts: Facts, settings: ZonesSettings) -> pl.DataFrame:
    """Columns from the container itself: format, size, age and metadata."""
    stored = facts.table("containers").select(
        "container",
        format=pl.col("format").str.to_lowercase().str.strip_chars(" ."),
        size="size_bytes",
        files="blob_count",
        idle_days=(pl.lit(facts.as_of) - pl.col("last_modified")).dt.total_seconds() / _DAY,
    )
    for part in (_declared(facts, settings), first_of(facts.metadata, SYSTEM_KEYS, "system")):
        stored = stored.join(part, on="container", how="left", maintain_order="left")
    return stored


def _declared(facts: Facts, settings: ZonesSettings) -> pl.DataFrame:
    """What metadata declares: columns container and declared (a kind of the lexicon's words); others are left out."""
    said = first_of(facts.metadata, settings.metadata_keys, "said")
    values = _indexed(said["said"].unique().sort())
    tokens = tokenize(values["said"])
    words = lexicon_of(tokens["token"].unique(), settings.lexicon).filter(pl.col("kind") != "maybe_sandbox")
    # A zone's own name is clear in metadata, whatever it means in names.
    words = words.with_columns(kind=pl.when(pl.col("token").is_in(list(ZONES))).then("token").otherwise("kind"))
    first = tokens.join(words, on="token").sort("node", "position", pl.col("kind").cast(pl.Enum(KINDS)))
    kinds = values.join(first.unique("node", keep="first", maintain_order=True), on="node")
    return said.join(kinds, on="said").select("container", declared="kind")


def _people(facts: Facts) -> pl.DataFrame:
    """Columns principal_id, service (whether it is none of flesh and blood) and department."""
    service = pl.col("kind").cast(pl.String).is_in(MACHINES)
    return facts.table("principals").select("principal_id", service=service, department=pl.col("department"))


def _granted(facts: Facts, access: Access) -> pl.DataFrame:
    """Who holds data access, counted per class and spread to its containers."""
    person = ~pl.col("service").fill_null(value=False)
    counted = (
        access.data_lane.join(_people(facts), on="principal_id", how="left")
        .group_by("class_id")
        .agg(
            granted_people=person.sum().cast(pl.Int64),
            granted_departments=pl.col("department").filter(person).drop_nulls().n_unique().cast(pl.Int64),
            writing_people=(person & ((pl.col("level") & 2) > 0)).sum().cast(pl.Int64),
        )
    )
    return access.container_classes.join(counted, on="class_id", how="left")


def _used(facts: Facts) -> pl.DataFrame:
    """Who used it, from the log; empty where usage was not assessed."""
    service, who = pl.col("service").fill_null(value=False), pl.col("principal_id")
    wrote = pl.col("access").cast(pl.String).fill_null("read") != "read"
    # Requests under a SAS token or a key carry no person.
    person = ~service & ~who.str.contains(r"^(?:sas|key):")
    count = {
        "used_people": who.filter(~wrote & person),
        "used_departments": pl.col("department").filter(~wrote & person).drop_nulls(),
        "used_services": who.filter(~wrote & service),
        "wrote_people": who.filter(wrote & person),
        "wrote_services": who.filter(wrote & service),
    }
    return (
        facts.table("usage")
        .join(_people(facts), on="principal_id", how="left")
        .group_by("container")
        .agg(
            **{name: values.n_unique().cast(pl.Int64) for name, values in count.items()},
            unused_days=(pl.lit(facts.as_of) - pl.col("last_used").max()).dt.total_seconds() / _DAY,
            operations=pl.col("operations").sum(),
        )
    )


def _places(
    lineage: lin.Lineage, touches: pl.DataFrame, words: pl.DataFrame, settings: ZonesSettings
) -> list[pl.Series]:
    """Lineage per container; places are null where there is no lineage at all."""
    node, tool = pl.int_range(pl.len()), pl.col("actor").str.split("/").list.first().str.to_lowercase()
    artifacts = touches.filter(kind="artifact")
    shown = artifacts.filter(tool.str.contains(rf"^(?:{'|'.join(settings.bi_tools)})$"), direction="read")
    dbt = artifacts.filter(tool.str.contains("dbt", literal=True))
    # Where dbt touches most of what is touched at all, the lake is a dbt project.
    project = 0 < touches["node"].n_unique() <= 2 * dbt["node"].n_unique()
    staging = node.is_in(words.filter(pl.col("kind").is_in(["curated", "raw_or_curated"]))["node"].implode())
    made_by_dbt = node.is_in(dbt.filter(direction="write")["node"].implode())
    last = pl.when(pl.col("downstream") > 0).then(pl.lit("")).otherwise(pl.lit(" last"))
    fed, written = pl.col("upstream") > 0, pl.col("job_written")
    place = (
        pl.when(made_by_dbt & staging & fed).then(pl.lit("dbt staging"))
        .when((project | node.is_in(dbt["node"].implode())) & staging & ~written).then(pl.lit("dbt staging by name"))
        .when(~fed & ~written & (pl.col("downstream") > 0)).then(pl.lit("source"))
        .when(~fed & ~written).then(pl.lit("untouched"))
        .when(~fed).then(pl.lit("loaded") + last)
        .when(pl.col("copies") == 1).then(pl.lit("copy") + last)
        .when(pl.col("rank") <= 1).then(pl.lit("made") + last)
        .otherwise(pl.lit("made of made") + last)
    )  # fmt: skip
    served = (
        pl.when((pl.col("only_read") > 0) | node.is_in(shown["node"].implode())).then(pl.lit("read by BI"))
        .when(pl.col("quiet") > 0).then(pl.lit("read by readers"))
        .otherwise(pl.lit("not read"))
    )  # fmt: skip
    numbers = pl.DataFrame({
        "upstream": lineage.n_upstream, "downstream": lineage.n_downstream, "job_written": lineage.written,
        "copies": lineage.copies, "rank": lineage.rank, "only_read": lineage.reports, "quiet": lineage.quiet_reads,
    })  # fmt: skip
    made = numbers.with_columns(place=place, served=served, reports=pl.col("only_read") + pl.col("quiet"))
    unread = pl.lit(not lineage.assessed) | (pl.col("served") == "not read").all()
    return made.select(
        "upstream", "downstream", "job_written",
        *(pl.when(lineage.assessed).then(name).alias(name) for name in ("place", "reports")),
        pl.when(~unread).then("served").alias("served"),
    ).get_columns()  # fmt: skip


def _missing(facts: Facts, frame: pl.DataFrame) -> tuple[str, ...]:
    """What was not there to look at, in words."""
    missing = [name for name in ("containers", "principals", "usage", "references") if not facts.assessed(name)]
    columns = {"format": "formats", "idle_days": "times of change", "system": "system metadata"}
    if facts.assessed("containers") and frame.height:
        missing += [words for column, words in columns.items() if frame[column].null_count() == frame.height]
    return tuple(missing)
