"""The files of the report: the page, and beside access the matrices for people."""

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.model.outputs import Outputs
from lakezones.report.matrix import matrices


def page_outputs(html: str) -> Outputs:
    """``index.html``."""
    return Outputs(texts={"index.html": html})


def matrix_outputs(facts: Facts, access: Access) -> Outputs:
    """The matrices by department, by person and by container, each as Parquet and as CSV."""
    frames: dict[str, pl.DataFrame] = matrices(facts, access)
    return Outputs(frames=frames, csv=frames)
