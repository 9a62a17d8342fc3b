"""What a reviewer has in hand and has not submitted.

In: a page, a workbook or a sheet. Out: `Draft`, which `lakezones.review.decisions.accept` makes a decision or rejects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

Key = tuple[str, str, str, str]
"""What is decided on: kind, id, kind of part, id of part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A decision before it is taken.

    Attributes
    ----------
    object_kind, object_id, part_kind, part_id
        What is decided on; `part_kind` and `part_id` empty for all of it.
    content_hash
        Hash of what the reviewer saw.
    decision, option, detail
        The verdict, the kind of approval or change, and what the change needs, as JSON.
    effective
        Day on which access ends, on which an exception is reviewed again, or until which a risk is accepted.
    justification, comment
        Why, and a remark for others.
    reviewer
        Who decides, as they spell themselves.
    ticket
        Ticket that they give as evidence.
    line
        Line of the file, or row of the sheet, that it came from.
    sheet
        Sheet of a workbook that it came from.
    bulk
        Whether it was made together with others, none of them opened.
    """

    object_kind: str
    object_id: str
    content_hash: str
    decision: str
    reviewer: str
    part_kind: str = ""
    part_id: str = ""
    option: str | None = None
    detail: str | None = None
    effective: date | None = None
    justification: str | None = None
    comment: str | None = None
    ticket: str | None = None
    line: int | None = None
    sheet: str | None = None
    bulk: bool = False

    @classmethod
    def of_cells(cls, row: Mapping[str, Any], *, line: int | None = None) -> Self:
        """A draft from cells of text: no blanks around words, what is empty missing, verdicts in lower case."""
        cells = {name: _text(row.get(name)) for name in _TEXTS}
        given: dict[str, Any] = {name: cells[name] or "" if name in _NEEDED else cells[name] for name in _TEXTS}
        given["decision"] = given["decision"].lower()
        effective = row.get("effective")
        return cls(**given, effective=effective if isinstance(effective, date) else None, line=line)

    @property
    def key(self) -> Key:
        """What is decided on."""
        return self.object_kind, self.object_id, self.part_kind, self.part_id

    @property
    def what(self) -> str:
        """What is decided on, for messages."""
        part = f", {self.part_kind} {self.part_id}" if self.part_kind else ""
        return f"{self.object_kind} {self.object_id}{part}"


_NEEDED = ("object_kind", "object_id", "content_hash", "decision", "reviewer", "part_kind", "part_id")
_TEXTS = (
    *_NEEDED,
    "option",
    "detail",
    "justification",
    "comment",
    "ticket",
    "sheet",
)


def _text(cell: Any) -> str | None:
    return (str(cell).strip() or None) if cell is not None else None
