"""The files of findings, written in the folder of the stage that they were found after."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from lakezones.model.outputs import Outputs
from lakezones.model.tables import SEVERITIES


def outputs(found: pl.DataFrame, figures: Mapping[str, Any]) -> Outputs:
    """Table ``findings`` as Parquet and CSV; in ``summary.json`` how many there are by severity, and the figures.

    Parameters
    ----------
    found, figures
        As `lakezones.findings.assess` gives them.
    """
    counts = dict(found.group_by("severity").len().iter_rows())
    severities = {severity: int(counts.get(severity, 0)) for severity in SEVERITIES}
    return Outputs(
        frames={"findings": found},
        csv={"findings": found},
        documents={"summary": {"findings": severities, **figures}},
    )
