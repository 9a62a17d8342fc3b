"""Workbooks as values: sheets of rows and pages of text, before anybody knows the format of a file.

In: frames and words. Out: `Book`, which `lakezones.store.sheets` writes. Nothing here draws or reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import polars as pl

Form = Literal["text", "name", "count", "gain", "share", "date", "risk", "code", "key"]
"""How the cells of a column look: ``name`` is bold, ``gain`` has its sign and the colour of new access, ``code`` is
muted, ``key`` is hidden."""

Style = Literal[
    "title",
    "lead",
    "heading",
    "label",
    "strong",
    "text",
    "count",
    "number_text",
    "muted",
    "muted_number",
    "link",
    "head",
    "head_number",
    "fill",
]
"""How a cell of a page looks: ``head`` and ``head_number`` head a table, ``fill`` is for people to fill in."""


@dataclass(frozen=True, kw_only=True)
class BookColumn:
    """A column of a sheet.

    Attributes
    ----------
    name
        Column of the frame.
    heading
        What people read above it; by it the column is found again.
    width
        Characters per line; longer text wraps.
    fill
        Whether people fill it in. All other cells are protected.
    words
        List of the book that its cells are chosen from; by the value of the column `by`, where lists differ by row.
    missing
        What a cell says that has no value.
    """

    name: str
    heading: str
    width: int = 12
    form: Form = "text"
    fill: bool = False
    words: str | Mapping[str, str] | None = None
    by: str = ""
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class BookTable:
    """A sheet of rows: a header that stays and filters, then a row of the frame each.

    Attributes
    ----------
    frozen
        Columns that stay when scrolling sideways.
    printed
        Columns that are printed, from the first; 0 for all that are not hidden.
    lines, most_lines
        Lines of text that a row has room for, and at most where its text is longer; the rest is in the cell.
    empty
        What the sheet says when it has no rows.
    """

    name: str
    columns: Sequence[BookColumn]
    frame: pl.DataFrame
    frozen: int = 2
    printed: int = 0
    lines: int = 2
    most_lines: int = 4
    empty: str = "Nothing to decide here."


@dataclass(frozen=True)
class BookCell:
    """A cell of a page: its value, its look, and where it leads.

    Attributes
    ----------
    formula
        A formula of ours in place of the value, which is then what it gives now.
    sheet
        Sheet that it links to.
    across
        Columns that it spans.
    """

    value: str | int | float | date | None
    style: Style = "text"
    formula: str = ""
    sheet: str = ""
    across: int = 1


@dataclass(frozen=True, kw_only=True)
class BookPage:
    """A sheet to read: rows of cells under columns of the given widths, in characters."""

    name: str
    widths: Sequence[int]
    rows: Sequence[Sequence[BookCell]]


@dataclass(frozen=True, kw_only=True)
class BookLists:
    """The sheet that the lists of a book lie on, a column each."""

    name: str = "Lists"


@dataclass(frozen=True, kw_only=True)
class Book:
    """A workbook.

    Attributes
    ----------
    created
        The day that its file says it was made on, so that the same content gives the same bytes.
    lists
        Words by the name of their list, for columns that are chosen from it.
    colours
        For the words of lists: what choosing them does to access (``added`` or ``ended``), shown in its colour.
    """

    title: str
    created: datetime
    sheets: Sequence[BookPage | BookTable | BookLists]
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    colours: Mapping[str, Literal["added", "ended"]] = field(default_factory=dict)

    def rows(self) -> dict[str, int]:
        """How many rows each sheet of rows has."""
        return {sheet.name: sheet.frame.height for sheet in self.sheets if isinstance(sheet, BookTable)}


@dataclass(frozen=True, kw_only=True)
class SheetCells:
    """A sheet that came back, as text; nothing is known yet of what is in it.

    Attributes
    ----------
    file, sheet
        Name of the file, and of the sheet; a CSV has none.
    header
        Names of the columns; None where the header is a row among others.
    frame
        Strings, null where a cell is empty.
    lines
        Row or line of each row of the frame in the file.
    """

    file: str
    sheet: str
    header: Sequence[str] | None
    frame: pl.DataFrame
    lines: Sequence[int]
