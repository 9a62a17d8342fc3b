"""Drafts that cannot be taken, as rows with the line and the reason.

In: drafts with reasons. Out: `lakezones.model.tables.Rejected`.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict

import dataframely as dy
import polars as pl

from lakezones.model.tables import Rejected
from lakezones.review.decisions.drafts import Draft


def rejected_rows(drafts: Iterable[tuple[Draft, str]], *, file: str) -> dy.DataFrame[Rejected]:
    """Rejected drafts, in their order.

    Parameters
    ----------
    drafts
        Each with the reason.
    file
        Where they came from; a draft of a workbook adds its sheet.
    """
    rows = [
        {
            "table": "decisions",
            "file": f"{file}, sheet {draft.sheet}" if draft.sheet else file,
            "line": draft.line,
            "reason": reason,
            "row": json.dumps(
                {name: str(value) for name, value in asdict(draft).items() if value not in (None, "", False)},
                ensure_ascii=False,
            ),
        }
        for draft, reason in drafts
    ]
    return Rejected.validate(pl.DataFrame(rows, schema=Rejected.create_empty().schema))
