"""Text tables: whichever reader takes a file, cells and lines are the same."""

import csv
import io
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.store.readers import LINE, _header, _plain, _quoted

cell = st.text(st.characters(exclude_characters='\r\n,"\x00', exclude_categories=["Cs"]), max_size=4)


@given(rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_plain_files_are_read_as_the_reader_for_quotes_reads_them(rows: list[tuple[str, str, str]]) -> None:
    text = "a,b,c\n" + "".join(",".join(row) + "\n" for row in rows)
    header = _header(Path("x"), text, ",")
    columns = [LINE, "a", "b", "c"]
    quoted = _quoted(Path("x"), text, header, ",").frame
    assert _plain(text.encode(), header, ",").select(columns).equals(quoted.select(columns))


@given(rows=st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]), max_size=5)] * 2), max_size=8))
@settings(max_examples=150, deadline=None)
def test_lines_are_physical_whatever_the_values_hold(rows: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(("a", "b"))
    starts: list[Any] = []
    for row in rows:
        starts.append(1 + _lines(text.getvalue()))
        writer.writerow(row)
    raw = _quoted(Path("x"), text.getvalue(), ["a", "b"], ",")
    assert raw.frame.get_column(LINE).to_list() == starts
    assert raw.frame.select("a", "b").rows() == [tuple(value or None for value in row) for row in rows]


def _lines(text: str) -> int:
    """Lines as Python's csv module counts them: \\n, \\r\\n and lone \\r."""
    return len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
