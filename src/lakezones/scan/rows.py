"""Makes tables of rows that live readers collect.

In: rows as dicts with the columns of a fact table, times as ISO text. Out: a validated frame.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from lakezones.model.facts import FACTS, KEYS


def table_of(name: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """A fact table of rows; missing columns are null, repeated keys are taken once.

    Examples
    --------
    >>> table_of("memberships", [{"group_id": "g", "member_id": "m"}]).row(0)
    ('g', 'm', None, None)
    """
    schema = FACTS[name]
    columns = {}
    for column_name, column in schema.columns().items():
        values = [row.get(column_name) for row in rows]
        if isinstance(column.dtype, pl.Datetime):
            columns[column_name] = _times(values)
        else:
            columns[column_name] = pl.Series(values, dtype=column.dtype)
    frame = pl.DataFrame(columns)
    return schema.validate(frame.unique(KEYS[name], keep="first", maintain_order=True), cast=True)


def _times(values: Sequence[str | None]) -> pl.Series:
    text = pl.Series(values, dtype=pl.String).str.replace(r"\.(\d{6})\d+", ".${1}")
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=True)


def iso(moment: datetime | str | None) -> str | None:
    """A time of an SDK's model as ISO text; text stays as it is.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> iso(datetime(2026, 1, 1, tzinfo=UTC))
    '2026-01-01T00:00:00+00:00'
    """
    return moment.isoformat() if isinstance(moment, datetime) else moment
