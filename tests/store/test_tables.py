"""CSV and XLSX as people get them: every text survives the round trip, and no cell is a formula."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.errors import EncodingError, InputError, MissingColumnError
from lakezones.model.tables import Decisions, ResourceGroups, Steps
from lakezones.store import tables as csvio
from lakezones.store.files import replace_private

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "'",
    "''",
    "'=x",
    "'plain",
    'a"b',
    "a,b",
    "a\nb",
    "é漢🙂",
    "- x",
]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(TEXT, st.sampled_from(HOSTILE), st.none()), min_size=1))
def test_every_text_survives_the_round_trip(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": texts, "row": [str(number) for number in range(len(texts))]})
    assert csvio.from_csv(csvio.to_csv(frame)).equals(frame)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=1))
def test_no_cell_starts_a_formula_and_quotes_are_unambiguous(texts: list[str]) -> None:
    cells = pl.DataFrame({"text": texts}).select(csvio.escape("text"))["text"].to_list()
    for text, cell in zip(texts, cells, strict=True):
        assert cell[0] not in "=+-@\t\r"
        assert cell == (f"'{text}" if text[0] in "=+-@\t\r'" else text)


@pytest.mark.parametrize("text", HOSTILE)
def test_another_reader_of_csv_sees_the_same_cells(text: str) -> None:
    content = csvio.to_csv(pl.DataFrame({"a": [text], "b": ["end"]})).decode()
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert rows[0] == ["a", "b"]
    assert rows[1] == [f"'{text}" if text[0] in "=+-@\t\r'" else text, "end"]


def test_numbers_are_never_escaped_and_times_are_iso() -> None:
    frame = pl.DataFrame(
        {
            "number": [-1],
            "share": [-0.12345678],
            "flag": [True],
            "when": [datetime(2026, 9, 30, 1, 2, 3, tzinfo=UTC)],
            "names": [["a", "é"]],
        }
    )
    assert csvio.to_csv(frame).decode().splitlines()[1] == '-1,-0.123457,true,2026-09-30T01:02:03Z,"[""a"", ""é""]"'


def test_empty_tables_keep_their_header() -> None:
    assert csvio.to_csv(Decisions.create_empty()).decode().startswith("object_kind,object_id,")
    assert csvio.read_table.__name__  # read back below
    assert csvio.from_csv(csvio.to_csv(Decisions.create_empty())).height == 0


def test_a_byte_order_mark_is_not_part_of_the_first_name() -> None:
    assert csvio.from_csv(b"\xef\xbb\xbfa,b\n1,2\n").columns == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", InputError, "empty"),
        (b"a,b\n1,caf\xe9\n", EncodingError, "line 2 is not UTF-8"),
        (b"a,b\n1,2,3\n", InputError, "not a CSV"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, error: type[InputError], message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(error, match=message) as raised:
        csvio.read_csv(path)
    assert str(path) in raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize("mark", [";", "\t"])
def test_what_excel_writes_where_the_comma_is_the_decimal_mark(mark: str) -> None:
    content = f'\ufeffa{mark}b\r\n"x\ny"{mark}1,5\r\n"p{mark}q"{mark}\r\n'.encode()
    assert csvio.from_csv(content).rows() == [("x\ny", "1,5"), (f"p{mark}q", None)]
    assert csvio.lines(content) == [2, 4]


def test_lines_count_line_breaks_inside_cells() -> None:
    assert csvio.lines(b'a,b\r\n1,"x\ny\nz"\r\n\r\n2,z\r\n3,"\n"\r\n') == [2, 6, 7]


# --------------------------------------------------------------------------------------- typed tables

GROUPS = "group_id,name,class_id,access,containers,replaces\n"


def test_typed_tables_come_back(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(GROUPS + "g1,'=g,c1,write,3,\n")
    row = csvio.read_table(path, ResourceGroups).row(0, named=True)
    assert row == {
        "group_id": "g1", "name": "=g", "class_id": "c1", "access": "write", "containers": 3, "replaces": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("g1,n,c1,owner,3,", "line 4: access cannot be 'owner'"),
        ("g1,n,c1,read,many,", "line 4: containers cannot be 'many'"),
        (",n,c1,read,3,", "line 4: group_id cannot be None"),
    ],
)
def test_bad_cells_name_their_line(row: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(GROUPS + 'g0,"two\nlines",c1,read,3,\n' + row + "\n")
    with pytest.raises(InputError, match=message):
        csvio.read_table(path, ResourceGroups)


def test_a_broken_rule_over_rows_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(GROUPS + "g1,n,c1,read,3,\ng2,n,c1,read,3,\ng1,n,c1,read,3,\n")
    with pytest.raises(InputError, match="line 2: breaks the rule 'primary_key'"):
        csvio.read_table(path, ResourceGroups)


def test_a_missing_column_is_named_and_optional_ones_are_not_needed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("group_id,name,class_id,access\n")
    with pytest.raises(MissingColumnError, match="no column 'containers'"):
        csvio.read_table(path, ResourceGroups)
    path.write_text(GROUPS.replace(",replaces", ""))
    assert csvio.read_table(path, ResourceGroups).schema == ResourceGroups.create_empty().schema


def test_steps_survive_a_round_trip(tmp_path: Path) -> None:
    from lakezones.plan.steps import Step, to_frame

    steps = [Step(step_id="a", wave=0, sequence=0, action="gate", check="=yes"), Step(
        step_id="b", wave=1, sequence=1, action="grant", object_kind="acl_entry", access="read", depends_on=("a",)
    )]  # fmt: skip
    path = tmp_path / "plan.csv"
    path.write_bytes(csvio.to_csv(to_frame(steps)))
    assert csvio.read_table(path, Steps).equals(to_frame(steps))


def test_no_link_that_lies_in_wait_is_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    target = tmp_path / "out.csv"
    for name in (".out.csv.tmp", "out.csv"):
        (tmp_path / name).symlink_to(victim)
    replace_private(target, "new")
    assert (victim.read_text(), target.read_text(), target.is_symlink()) == ("precious", "new", False)
