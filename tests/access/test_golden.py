"""The golden tiny lake: access worked out by the product equals access worked out by hand."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lakezones.access import AccessSettings, resolve
from lakezones.model.frames import Access
from tests import golden


@pytest.fixture(scope="module")
def access() -> Access:
    return resolve(golden.facts(), settings=AccessSettings())


def labelled(access: Access, frame: pl.DataFrame) -> pl.DataFrame:
    """Replace class ids by the golden labels; null and empty text are the same in a CSV."""
    names = golden.labels(access.container_classes)
    renamed = frame.with_columns(
        pl.col("class_id").replace_strict({**names, "": ""}, return_dtype=pl.String).alias("class")
    ).drop("class_id")
    text = [pl.col(name).cast(pl.String).fill_null("") for name, dtype in renamed.schema.items() if dtype != pl.UInt8]
    return renamed.with_columns(text)


@pytest.mark.parametrize("table", ["container_classes", "class_access", "entitlement_classes", "requests"])
def test_golden(access: Access, table: str) -> None:
    wanted = golden.expected(table)
    got = labelled(access, getattr(access, table)).select(wanted.columns)
    assert_frame_equal(got.sort(wanted.columns), wanted.sort(wanted.columns))
