"""Makes tables of rows that live readers collect.

In: rows as dicts with the columns of a fact table, times as ISO text. Out: a validated frame; a row that does not fit
is a gap, so that one odd value of one object does not end the reading of all others.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from lakezones.model.facts import FACTS, KEYS
from lakezones.scan.result import Gap, Outcome

_DAY: Final = r"^(\d{4}-\d\d-\d\d)$"
_MINUTE: Final = r"^(\d{4}-\d\d-\d\dT\d\d:\d\d)Z$"
_FRACTION: Final = r"\.(\d{6})\d+"


def table_of(name: str, rows: Sequence[dict[str, Any]], *, outcome: Outcome | None = None) -> pl.DataFrame:
    """A fact table of rows; missing columns are null, repeated keys are taken once.

    Parameters
    ----------
    outcome
        Where rows that do not fit are noted as gaps, by their keys; without it they are an error.

    Examples
    --------
    >>> table_of("memberships", [{"group_id": "g", "member_id": "m"}]).row(0)
    ('g', 'm', None, None)
    >>> found = Outcome(source="x", kind="storage")
    >>> policy = {"container": "c", "policy": "p", "expires_at": "2026-13-01"}
    >>> table_of("stored_policies", [policy], outcome=found).height, found.gaps[0].object_id
    (0, 'c|p')
    """
    schema, strict = FACTS[name], outcome is None
    columns, lost = {}, pl.Series([""] * len(rows), dtype=pl.String)
    for column_name, column in schema.columns().items():
        values = [row.get(column_name) for row in rows]
        if isinstance(column.dtype, pl.Datetime):
            found = _times(values, strict=strict)
        else:
            found = pl.Series(values, dtype=column.dtype, strict=strict)
        columns[column_name] = found
        given = pl.Series([value is not None for value in values], dtype=pl.Boolean)
        if (odd := given & found.is_null()).any():
            lost = pl.select(pl.when(odd).then(lost + f" {column_name}").otherwise(lost)).to_series()
    frame = pl.DataFrame(columns)
    if outcome is not None:
        fit = lost == ""
        if not fit.all():
            _note(name, frame.filter(~fit), lost.filter(~fit), outcome)
            frame = frame.filter(fit)
        frame, failure = schema.filter(frame, cast=True)
        unfit = failure.invalid()
        _note(name, unfit, pl.Series(["a column"] * unfit.height, dtype=pl.String), outcome)
    return schema.validate(frame.unique(KEYS[name], keep="first", maintain_order=True), cast=True)


def _note(name: str, rows: pl.DataFrame, lost: pl.Series, outcome: Outcome) -> None:
    keys = rows.select(pl.concat_str(pl.col(KEYS[name]).cast(pl.String), separator="|", ignore_nulls=True)).to_series()
    for key, columns in zip(keys, lost, strict=True):
        reason = f"the service gave a value of {columns.strip()} that cannot be read; the row was left out"
        outcome.gaps.append(Gap(source=name, object_id=key, code="malformed", reason=reason))


def _times(values: Sequence[str | None], *, strict: bool) -> pl.Series:
    text = pl.Series(values, dtype=pl.String, strict=strict)
    # Stored policies may carry a day alone, or no seconds.
    whole = text.str.replace(_DAY, "${1}T00:00:00Z").str.replace(_MINUTE, "${1}:00Z").str.replace(_FRACTION, ".${1}")
    return whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=strict)


def iso(moment: datetime | str | None) -> str | None:
    """A time of an SDK's model as ISO text; text stays as it is.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> iso(datetime(2026, 1, 1, tzinfo=UTC))
    '2026-01-01T00:00:00+00:00'
    """
    return moment.isoformat() if isinstance(moment, datetime) else moment
