"""How results and talk are shown: stdout is data, stderr is talk, gone with ``-q``.

In: summaries and rows. Out: tables for people, or one JSON document with ``--json``. Rich is loaded with the first
table: help and errors do without it.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


NARROW: Final = 20
"""Columns below which a table shows nothing any more."""


@dataclass(frozen=True, kw_only=True)
class Talk:
    """Where a command's results and words go.

    Parameters
    ----------
    as_json
        Results as one JSON document instead of tables.
    quiet
        Nothing on stderr but errors.
    verbose
        Details on stderr.
    """

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def err(self) -> "Console":
        """The console for talk."""
        from rich.console import Console

        return Console(stderr=True, quiet=self.quiet, highlight=False, markup=False, emoji=False)

    @property
    def out(self) -> "Console":
        """The console for results; in JSON mode nothing else is printed on it."""
        from rich.console import Console

        return Console(quiet=self.as_json, highlight=False, markup=False, emoji=False, width=_width())

    def say(self, message: str) -> None:
        """A line of talk."""
        if not self.quiet:
            print(printable(message), file=sys.stderr)

    def detail(self, message: str) -> None:
        """A line of talk for ``-v``."""
        if self.verbose:
            self.say(message)

    def result(self, summary: Mapping[str, Any], *tables: "Table") -> None:
        """The result of the command: JSON, or tables for people."""
        if self.as_json:
            print(as_document(summary), flush=True)
            return
        for index, table in enumerate(tables):
            if index:
                self.out.print()
            if table.title:  # on a line of its own: a table narrower than its title would wrap it
                self.out.print(printable(str(table.title)), style="bold", soft_wrap=True)
                table.title = None
            if self.out.is_terminal:
                self.out.print(table)
            else:  # a table pads every line to its width: noise in a file, and in whatever compares two
                console = self.out
                with console.capture() as captured:
                    console.print(table)
                lines = [line.rstrip() for line in captured.get().splitlines()]
                self.out.print("\n".join(lines), soft_wrap=True)

    @contextmanager
    def status(self, message: str) -> Iterator[None]:
        """A spinner while something runs; nothing when stderr is no terminal."""
        console = self.err
        if console.is_terminal and not self.quiet:
            with console.status(message):
                yield
        else:
            self.detail(message)
            yield


def _width() -> int | None:
    """Columns to fill: those of the terminal or of COLUMNS; 120 for a file or a pipe, which have none."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal():
        return max(int(columns), NARROW)
    return None if sys.stdout.isatty() else 120


def key_values(title: str, rows: Mapping[str, Any] | Sequence[tuple[str, Any]]) -> "Table":
    """A two-column table."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for key, value in rows.items() if isinstance(rows, Mapping) else rows:
        table.add_row(printable(str(key)), shown(value))
    return table


def grid(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> "Table":
    """A table with a header; numbers are right-aligned."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for index, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(shown(value) for value in row))
    return table


def shown(value: Any) -> str:
    """A value as people read it.

    Examples
    --------
    >>> shown(1208560), shown(0.934), shown(None)
    ('1,208,560', '0.934', '-')
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:,.1f}"
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value) or "-"
    return printable(str(value))


def listed(counts: dict[str, Any]) -> str:
    """Counts that are not zero, for instance ``2 raw, 1 curated``."""
    return ", ".join(f"{shown(count)} {name}" for name, count in counts.items() if count) or "none"


def printable(text: str) -> str:
    """Text on one line, without what steers a terminal, hides or turns text: a hostile name stays a name.

    Examples
    --------
    >>> printable("a\\x1b[31mb\\nerror: c")
    'a\\\\x1b[31mb\\\\nerror: c'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def as_document(summary: Mapping[str, Any]) -> str:
    """One JSON document of many lines; what no terminal should get is written as JSON escapes it.

    Examples
    --------
    >>> print(as_document({"name": "Ren\u00e9\u202e"}))
    {
      "name": "Ren\u00e9\\u202e"
    }
    """
    text = json.dumps(summary, indent=2, ensure_ascii=False, default=str)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
