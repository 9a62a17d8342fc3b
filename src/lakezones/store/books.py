"""Workbooks as bytes: what `lakezones.model.book` describes, drawn as every page of ours is.

In: a `Book`. Out: an XLSX. Text is never a formula or a link (`lakezones.store.tables.escape`); what people do not fill
in is protected, without a password, so that nobody changes it by mistake. The same book gives the same bytes.
"""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl

from lakezones.model.book import Book, BookCell, BookColumn, BookLists, BookPage, BookTable
from lakezones.store.tables import escape
from lakezones.store.text import escape as escape_text

INK: Final = "#1b1f24"
MUTED: Final = "#57606a"
LINE: Final = "#d0d7de"
SUBTLE: Final = "#f6f8fa"
ACCENT: Final = "#0a5fb4"
ACCESS: Final = {"added": "#a63d00", "ended": "#6e40c9"}
"""Colours of access that is gained and lost."""
RISKS: Final = {"high": "#b42318", "medium": "#8a5300", "low": "#3b6b35"}

FONT: Final = {"font_name": "Calibri", "font_size": 10.5, "font_color": INK}
POINTS: Final = 13.5
"""Height of a line of text."""
UNSEEN: Final = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
"""Characters that steer, hide or turn text round; each is shown as U+FFFD, so that no two names look alike by them."""
LONGEST: Final = 32_000
"""Characters of a cell; a workbook takes 32,767 (Microsoft, Excel specifications and limits)."""

_CELL: Final = {**FONT, "text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": LINE}
_RIGHT: Final = {"align": "right", "indent": 1, "text_wrap": False}
_FORMS: Final[dict[str, dict[str, Any]]] = {
    "text": {},
    "name": {"bold": True},
    "count": {"num_format": "#,##0", **_RIGHT},
    "gain": {"num_format": "+#,##0;-#,##0;0", **_RIGHT},
    "share": {"num_format": "0%", **_RIGHT},
    "date": {"num_format": "yyyy-mm-dd", "align": "left"},
    "risk": {},
    "code": {"font_name": "Consolas", "font_size": 9, "font_color": MUTED},
    "key": {"font_size": 8, "font_color": MUTED, "text_wrap": False},
}
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "title": {"font_size": 20, "bold": True},
    "lead": {"font_size": 12, "text_wrap": True, "valign": "top"},
    "heading": {"font_size": 14, "bold": True, "valign": "bottom"},
    "label": {"font_color": MUTED, "text_wrap": True, "valign": "top"},
    "strong": {"bold": True, "valign": "top"},
    "number_text": {"align": "right", "valign": "top"},
    "muted_number": {"font_color": MUTED, "align": "right", "valign": "top"},
    "text": {"text_wrap": True, "valign": "top"},
    "count": {"num_format": "#,##0", "align": "right", "valign": "top"},
    "share": {"num_format": "0%", "align": "right", "valign": "top"},
    "head": {"bold": True, "bg_color": SUBTLE, "bottom": 1, "bottom_color": MUTED, "text_wrap": True},
    "head_number": {
        "bold": True,
        "bg_color": SUBTLE,
        "bottom": 1,
        "bottom_color": MUTED,
        "text_wrap": True,
        "align": "right",
    },
    "fill": {"border": 1, "border_color": ACCENT, "locked": False, "text_wrap": True, "valign": "top"},
    "muted": {"font_color": MUTED, "text_wrap": True, "valign": "top"},
    "link": {"font_color": ACCENT, "underline": 1, "valign": "top"},
}
_HEAD: Final = {**FONT, "bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": SUBTLE}
_HEAD_LINE: Final = {"bottom": 2, "bottom_color": MUTED}
_HEAD_FILL: Final = {"bottom": 2, "bottom_color": ACCENT, "font_color": ACCENT}
_MAY: Final = {
    "sort": True,
    "autofilter": True,
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
}
"""What a protected sheet still lets people do."""


def to_book(book: Book) -> bytes:
    """The workbook as the bytes of an XLSX."""
    import xlsxwriter  # here, since it takes a third of a second that no other command should wait for

    content = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, {"in_memory": True, "nan_inf_to_errors": True, **plain}) as workbook:
        workbook.set_properties({"title": book.title, "created": book.created.astimezone(UTC).replace(tzinfo=None)})
        workbook.set_size(1366 * 15, 720 * 15)  # twips of a laptop's screen
        drawn = _Drawing(workbook, book)
        for sheet in book.sheets:
            drawn.sheet(sheet)
    return content.getvalue()


class _Drawing:
    """A workbook being written; formats are made once."""

    def __init__(self, workbook: Any, book: Book) -> None:
        self._workbook = workbook
        self._book = book
        self._formats: dict[tuple[Any, ...], Any] = {}

    def format(self, *layers: Mapping[str, Any]) -> Any:
        properties: dict[str, Any] = {}
        for layer in layers:
            properties |= layer
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format(properties)
        return self._formats[key]

    def sheet(self, sheet: BookPage | BookTable | BookLists) -> None:
        """A sheet of any kind."""
        match sheet:
            case BookPage():
                self.page(sheet)
            case BookTable():
                self.table(sheet)
            case BookLists():
                self.lists(sheet.name)

    def table(self, table: BookTable) -> None:
        """A sheet of rows."""
        sheet = self._workbook.add_worksheet(table.name)
        rows = table.frame.height
        last = len(table.columns) - 1
        sheet.set_row(0, 2 * POINTS + 4)
        sheet.set_default_row(table.lines * POINTS + 3)
        for row, lines in enumerate(_lines(table), start=1):
            if lines > table.lines:
                sheet.set_row(row, lines * POINTS + 3)
        for place, column in enumerate(table.columns):
            hidden = {"hidden": True} if column.form == "key" else {}
            sheet.set_column(place, place, column.width, None, hidden)
            look = _HEAD_FILL if column.fill else _HEAD_LINE
            right = {"align": "right", "indent": 1} if column.form in ("count", "gain", "share") else {}
            sheet.write_string(0, place, column.heading, self.format(_HEAD, look, right))
            cell = self.format(_CELL, _FORMS[column.form], {"locked": not column.fill})
            self._column(sheet, place, column, table.frame[column.name], cell)
            if rows:
                self._words(sheet, place, column, table)
                self._colours(sheet, place, column, rows)
        if not rows:
            sheet.write_string(1, 1, table.empty, self.format(FONT, {"font_color": MUTED}))
        sheet.freeze_panes(1, table.frozen)
        sheet.autofilter(0, 0, max(rows, 1), last)
        sheet.protect("", _MAY)
        shown = [place for place, column in enumerate(table.columns) if column.form != "key"]
        self._paper(sheet, max(rows, 1), (table.printed or len(shown)) - 1)
        sheet.repeat_rows(0)

    def _column(self, sheet: Any, place: int, column: BookColumn, values: pl.Series, cell: Any) -> None:
        absent = self.format(_CELL, {"font_color": MUTED, "locked": not column.fill})
        if isinstance(values.dtype, pl.Enum | pl.Categorical):
            values = values.cast(pl.String)
        if values.dtype == pl.String and column.form != "key":
            shown = values.str.replace_all(UNSEEN, "\ufffd")
            values = shown.to_frame("text").select(escape("text")).to_series()
        for row, value in enumerate(values, start=1):
            if value is None:
                if column.missing:
                    sheet.write_string(row, place, column.missing, absent)
                else:
                    sheet.write_blank(row, place, None, cell)
            elif isinstance(value, str):
                sheet.write_string(row, place, value if len(value) <= LONGEST else value[:LONGEST] + " ...", cell)
            elif isinstance(value, date):
                sheet.write_datetime(row, place, _day(value), cell)
            else:
                sheet.write_number(row, place, value, cell)

    def _words(self, sheet: Any, place: int, column: BookColumn, table: BookTable) -> None:
        """Let cells be chosen from a list, or be a day."""
        if not column.fill:
            return
        last = table.frame.height
        if column.form == "date":
            day = _day(self._book.created)
            wrong = {"error_title": "No day to come", "error_message": "Give a day to come, such as 2027-01-31."}
            check = {"validate": "date", "criteria": ">=", "value": day, "ignore_blank": True, **wrong}
            sheet.data_validation(1, place, last, place, check)
        elif column.words:
            names = {"": column.words} if isinstance(column.words, str) else dict(column.words)
            known = list(dict.fromkeys(word for name in names.values() for word in self._book.lists[name]))
            wrong = {"error_title": "Not one of the words", "error_message": f"Choose from: {', '.join(known)}."[:255]}
            source = self._source(names, table, column.by)
            check = {"validate": "list", "source": source, "ignore_blank": True, **wrong}
            sheet.data_validation(1, place, last, place, check)

    @staticmethod
    def _source(names: Mapping[str, str], table: BookTable, by: str) -> str:
        """A formula for the list that the words of a row come from; it moves with the row when people sort."""
        *others, fallback = names.items()
        formula = fallback[1]
        if others:
            from xlsxwriter.utility import xl_col_to_name

            place = [column.name for column in table.columns].index(by)
            cell = f"${xl_col_to_name(place)}2"
            for value, name in reversed(others):
                formula = f'IF({cell}="{value}",{name},{formula})'
        return f"={formula}"

    def _colours(self, sheet: Any, place: int, column: BookColumn, rows: int) -> None:
        """Show what words and numbers mean for access, as they change."""

        def when(rule: Mapping[str, Any], **look: Any) -> None:
            sheet.conditional_format(1, place, rows, place, {**rule, "format": self.format(look)})

        if column.form == "gain":
            when({"type": "cell", "criteria": ">", "value": 0}, font_color=ACCESS["added"], bold=True)
        elif column.form == "risk":
            for word, colour in RISKS.items():
                when({"type": "cell", "criteria": "==", "value": f'"{word}"'}, font_color=colour, bold=word == "high")
        elif column.words:
            names = [column.words] if isinstance(column.words, str) else list(column.words.values())
            words = dict.fromkeys(word for name in names for word in self._book.lists[name])
            for word in words:
                if word in self._book.colours:
                    colour = ACCESS[self._book.colours[word]]
                    when({"type": "cell", "criteria": "==", "value": f'"{word}"'}, font_color=colour, bold=True)

    def page(self, page: BookPage) -> None:
        """A sheet to read."""
        sheet = self._workbook.add_worksheet(page.name)
        sheet.hide_gridlines(2)
        for place, width in enumerate(page.widths):
            sheet.set_column(place, place, width)
        for row, cells in enumerate(page.rows):
            place, height = 0, 0.0
            for cell in cells:
                lines = self._page_cell(sheet, row, place, cell, page.widths)
                height = max(height, lines)
                place += cell.across
            if height:
                sheet.set_row(row, height)
        sheet.protect("", _MAY)
        self._paper(sheet, max(len(page.rows) - 1, 0), len(page.widths) - 1, pages=1)

    def _page_cell(self, sheet: Any, row: int, place: int, cell: BookCell, widths: Sequence[int]) -> float:
        """Write a cell of a page; return the height in points that it takes."""
        look = {**FONT, **_STYLES[cell.style]}
        made = self.format(look)
        value = escape_text(re.sub(UNSEEN, "\ufffd", cell.value)) if isinstance(cell.value, str) else cell.value
        if cell.across > 1:
            sheet.merge_range(row, place, row, place + cell.across - 1, "", made)
        if cell.formula:
            sheet.write_formula(row, place, cell.formula, made, 0 if value is None else value)
        elif cell.sheet:
            sheet.write_url(row, place, f"internal:'{cell.sheet}'!A1", made, str(value))
        elif value is None:
            sheet.write_blank(row, place, None, made)
        elif isinstance(value, str):
            sheet.write_string(row, place, value, made)
        elif isinstance(value, date):
            sheet.write_datetime(row, place, _day(value), self.format(look, _FORMS["date"]))
        else:
            sheet.write_number(row, place, value, made)
        size = float(look["font_size"])
        room = max(int(sum(widths[place : place + cell.across]) * _PER_UNIT["text"] * 10.5 / size), 1)
        wraps = isinstance(value, str) and look.get("text_wrap")
        lines = sum(max(-(-len(part) // room), 1) for part in str(value).split("\n")) if wraps else 1
        return max(lines, 1) * size * 1.38 + 2

    def lists(self, name: str) -> None:
        """The words that cells are chosen from, a column per list."""
        from xlsxwriter.utility import xl_col_to_name

        sheet = self._workbook.add_worksheet(name)
        for place, (key, words) in enumerate(self._book.lists.items()):
            sheet.set_column(place, place, 24)
            sheet.write_string(0, place, key.replace("_", " "), self.format(_HEAD, _HEAD_LINE))
            for row, word in enumerate(words, start=1):
                sheet.write_string(row, place, word, self.format(FONT))
            letter = xl_col_to_name(place)
            self._workbook.define_name(key, f"='{name}'!${letter}$2:${letter}${len(words) + 1}")
        sheet.freeze_panes(1, 0)
        sheet.protect("", _MAY)
        self._paper(sheet, max(map(len, self._book.lists.values()), default=0), max(len(self._book.lists) - 1, 0))

    @staticmethod
    def _paper(sheet: Any, last_row: int, last_column: int, *, pages: int = 0) -> None:
        """A4, as wide as the page and on so many pages (0: as many as it takes), with its name and number."""
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(0.4, 0.4, 0.5, 0.6)
        sheet.fit_to_pages(1, pages)
        sheet.print_area(0, 0, last_row, last_column)
        sheet.set_footer("&L&9&A&C&9Page &P of &N&R&9&F")


_PER_UNIT: Final = {"text": 1.12, "name": 1.05}
"""Characters of text in a unit of width, which is that of a digit; words that wrap leave room at the end."""


def _lines(table: BookTable) -> list[int]:
    """Lines that each row needs so that nothing of what is printed is cut, up to the most that it may have."""
    shown = table.columns[: table.printed or len(table.columns)]
    needed = [
        (pl.col(column.name).str.len_chars() / (column.width * _PER_UNIT[column.form])).ceil()
        for column in shown
        if table.frame.schema[column.name] == pl.String and column.form in ("text", "name")
    ]
    lines = pl.max_horizontal(pl.lit(table.lines), *needed).clip(table.lines, table.most_lines)
    return table.frame.select(lines.cast(pl.Int64).alias("lines"))["lines"].to_list() if table.frame.height else []


def _day(value: date | datetime) -> datetime:
    """Midnight of a day, as a workbook counts days."""
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001
