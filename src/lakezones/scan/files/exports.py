"""Reads exports of an access-request system, or of anything else, by a mapping of their columns to ours.

In: a TOML file beside the exported CSV or Parquet files. Out: an `Outcome` with the tables it maps, and rules that
say which containers an entitlement opens by a key of their metadata; `apply_rules` applies them once all sources are
read and the containers are known. Statuses are kept as the export has them unless the mapping renames them.

A section per fact table::

    [entitlements]
    file = "requests.csv"
    columns = { principal_id = "User", entitlement = "Access", status = "State", requested_at = "Requested" }
    times = "%d/%m/%Y"
    values.status = { Provisioned = "approved", Awaiting = "pending" }

    [entitlement_containers]
    file = "map.csv"
    columns = { entitlement = "Access", container = "Bucket" }

    [[rules]]
    metadata = "system"
    entitlement = "LAKE-{value}-READ"
    access = "read"
"""

import string
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lakezones.errors import ConfigError, InputError, MissingColumnError
from lakezones.model.facts import FACTS
from lakezones.scan.files.facts import add_facts, read_facts
from lakezones.scan.gate import newest_time
from lakezones.scan.result import Outcome
from lakezones.scan.rows import table_of
from lakezones.store.readers import LINE, read_text


def _one_value(text: str) -> str:
    fields = [field for _, *field in string.Formatter().parse(text) if field[0] is not None]
    if fields != [["value", "", None]]:
        raise ValueError("must hold {value} once and nothing else in braces")
    return text


class TableMap(BaseModel):
    """How one exported file becomes one fact table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    times: str | None = None


class Rule(BaseModel):
    """Containers whose metadata has a key are opened by the entitlement that the key's value names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metadata: str
    entitlement: Annotated[str, AfterValidator(_one_value)] = "{value}"
    access: Literal["read", "write", "manage"] = "read"
    group_id: str | None = None


def read_export(path: Path, *, moment: datetime | None = None) -> tuple[Outcome, list[Rule]]:
    """Read a mapping and the files it names; what happened after `moment`, the scan's, does not count.

    Raises
    ------
    ConfigError
        If the mapping is not TOML, names a table or column that does not exist, or has an unknown key.
    InputError
        If a file cannot be used as a whole.
    """
    maps, rules = _load(path)
    outcome = Outcome(source=str(path), kind="export")
    for table in FACTS:
        if table in maps:
            _read(path, table, maps[table], outcome, moment)
    outcome.as_of = newest_time(outcome.tables, moment=moment)
    return outcome, rules


def apply_rules(rules: Sequence[Rule], tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Add what the rules say to entitlement_containers, from the metadata of all containers.

    Examples
    --------
    >>> from lakezones.scan.rows import table_of
    >>> tables = {"containers": table_of("containers", [{"container": "a", "metadata": '{"system": "db2"}'}])}
    >>> apply_rules([Rule(metadata="system", entitlement="{value}-R")], tables)["entitlement_containers"].row(0)
    ('db2-R', 'a', 'read', None)
    """
    if not rules or "containers" not in tables:
        return tables
    rows: list[dict[str, Any]] = []
    containers = tables["containers"].drop_nulls("metadata")
    for rule in rules:
        value = pl.col("metadata").str.json_path_match(f"$['{rule.metadata}']")
        found = containers.select("container", value.alias("value")).drop_nulls("value").sort("container")
        rows += [
            {
                "entitlement": rule.entitlement.format(value=row["value"]),
                "container": row["container"],
                "access": rule.access,
                "group_id": rule.group_id,
            }
            for row in found.iter_rows(named=True)
        ]
    made = table_of("entitlement_containers", rows)
    known = tables.get("entitlement_containers")
    both = made if known is None else pl.concat([known, made]).unique(maintain_order=True)
    return tables | {"entitlement_containers": both.sort(both.columns)}


def _load(path: Path) -> tuple[dict[str, TableMap], list[Rule]]:
    try:
        document: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error})") from None
    if unknown := sorted(set(document) - set(FACTS) - {"rules"}):
        raise ConfigError(f"{path}: no table {unknown[0]!r}", hint="sections: " + ", ".join([*FACTS, "rules"]))
    try:
        maps = {name: TableMap.model_validate(value) for name, value in document.items() if name != "rules"}
        rules = [Rule.model_validate(value) for value in document.get("rules", [])]
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key}: {first['msg']}") from None
    for table, mapping in maps.items():
        ours = set(FACTS[table].column_names())
        if wrong := sorted((set(mapping.columns) | set(mapping.constants) | set(mapping.values)) - ours):
            raise ConfigError(f"{path}: {table} has no column {wrong[0]!r}", hint="columns: " + ", ".join(sorted(ours)))
    return maps, rules


def _read(path: Path, table: str, mapping: TableMap, outcome: Outcome, moment: datetime | None) -> None:
    started = time.perf_counter()
    file = path.parent / mapping.file
    if file.suffix not in (".csv", ".parquet"):
        raise InputError(f"{file}: exports are read as .csv or .parquet")
    text = read_text(file, marks=",")
    if missing := sorted(set(mapping.columns.values()) - set(text.columns)):
        raise MissingColumnError(
            f"{file}: no column {missing[0]!r}; found: {', '.join(text.columns)}", hint=f"correct it in {path.name}"
        )
    found = read_facts(replace(text, frame=_renamed(text.frame, table, mapping)), table, moment=moment)
    add_facts(outcome, table, found, file=file.name, seconds=time.perf_counter() - started)


def _renamed(frame: pl.DataFrame, table: str, mapping: TableMap) -> pl.DataFrame:
    """The export's columns under our names; columns it does not map stay behind."""
    columns = [pl.col(LINE)]
    schema = FACTS[table].columns()
    names = mapping.columns or {name: name for name in frame.columns if name in schema}
    for ours, theirs in names.items():
        value = pl.col(theirs)
        if ours in mapping.values:
            value = value.cast(pl.String).str.strip_chars().replace(mapping.values[ours])
        if mapping.times and isinstance(schema[ours].dtype, pl.Datetime) and frame.schema[theirs] == pl.String:
            text = value.str.strip_chars()
            known = text.str.to_datetime(mapping.times, strict=False).dt.strftime("%Y-%m-%dT%H:%M:%S")
            value = pl.coalesce(known, text)  # what does not fit stays, and is rejected with its line
        columns.append(value.alias(ours))
    columns += [pl.lit(value).alias(ours) for ours, value in mapping.constants.items()]
    return frame.select(columns)
