"""Records are appended whole, never changed, and read back as they were."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakezones.errors import InputError
from lakezones.review.decisions.records import fold
from lakezones.review.log import Checkpoint, all_of, append, carry, checkpoint, read, root
from lakezones.review.log.records import KINDS
from tests.review.log.tampering import log

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.text(min_size=1).filter(lambda name: name not in ("kind", "record_id", "number", "salt"))
ENTRIES = st.lists(
    st.builds(
        lambda kind, columns: {**columns, "kind": kind},
        st.sampled_from(KINDS),
        st.dictionaries(NAMES, VALUES, max_size=4),
    ),
    max_size=5,
)


@given(ENTRIES, ENTRIES)
def test_records_come_back_as_they_were(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> None:
    one = append("", first)
    both = append(one, second)
    assert both.startswith(one)
    found = read(both)
    given = [{k: v for k, v in record.items() if k not in ("record_id", "number", "salt")} for record in found]
    assert given == first + second
    assert [record["number"] for record in found] == list(range(1, len(found) + 1))
    assert [record["record_id"] for record in found] == [f"r{number:06}" for number in range(1, len(found) + 1)]
    assert len({record["salt"] for record in found}) == len(found)
    assert both.encode().decode() == both


def test_the_same_decision_twice_has_two_hashes() -> None:
    same = {"kind": "decision", "object_id": "R1"}
    assert append("", [same]) != append("", [same])


def test_times_are_in_utc() -> None:
    [record] = read(
        append("", [{"kind": "decision", "at": datetime(2026, 1, 2, 3, tzinfo=UTC), "effective": date(2026, 2, 3)}])
    )
    assert (record["at"], record["effective"]) == ("2026-01-02T03:00:00+00:00", "2026-02-03")


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(ValueError, match="are of kind"):
        append("", [{"kind": "note"}])
    with pytest.raises(ValueError, match="given by the log"):
        append("", [{"kind": "decision", "number": 7}])
    with pytest.raises(TypeError):
        append("", [{"kind": "decision", "what": object()}])
    for name, found in ((None, "r000001"), ("d-77", "d-77")):
        assert read(append("", [{"kind": "decision", "record_id": name}]))[0]["record_id"] == found


def test_a_log_that_is_cut_off_or_edited_is_not_read() -> None:
    text = log()
    with pytest.raises(InputError, match="ends in the middle of line 40"):
        append(text[:-5], [])
    with pytest.raises(InputError, match="line 41: not a JSON object"):
        read(text + "x\n")
    with pytest.raises(InputError, match="line 1: record number 2 stands where number 1 belongs"):
        read(text[text.index("\n") + 1 :])


def test_old_lines_are_carried_over_word_by_word() -> None:
    old = '{"object_id": "R1", "decision": "approve", "reviewer": "Ana"}\n{"object_id":  "R2"}\nscribble\n'
    carried = carry(old)
    assert [record["line"] for record in read(carried)] == old.split("\n")[:-1]
    assert {record["kind"] for record in read(carried)} == {"carried"}
    assert carry(carried) == carried
    assert carry("") == ""


def test_an_old_decision_is_one_still() -> None:
    row = {"object_kind": "role", "object_id": "R1", "content_hash": "h", "decision": "deny", "reviewer": "ana"}
    row |= {"justification": "no", "decided_at": "2026-10-01T00:00:00+00:00", "file": "review.csv", "salt": "pepper"}
    carried = read(carry(json.dumps(row) + "\nscribble\n"))
    decisions = fold(carried)
    assert decisions.select("object_id", "reviewer", "part_kind", "record_id").rows() == [("R1", "ana", "", "r000001")]
    assert json.loads(carried[0]["line"]) == row


def test_a_log_of_records_that_was_edited_is_not_taken_for_an_old_one() -> None:
    text = log() + "scribble\n"
    assert carry(text) == text


def test_a_checkpoint_is_three_lines_and_comes_back() -> None:
    text = log()
    three = checkpoint(text, "bank.example/lake")
    assert three.split("\n")[:2] == ["bank.example/lake", "40"]
    assert three.count("\n") == 3
    for kept in (three, three.replace("\n", "\r\n"), "\n\n" + three + "\n", "".join(f"> {r}\n" for r in three.split())):
        found = Checkpoint.parse(kept)
        assert str(found) == three
        assert found.root == root(text)
    assert all_of(three + "\n" + three) == [Checkpoint.parse(three)] * 2
    assert all_of("") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bank\n1\n",
        "bank\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "bank\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "bank\n１\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "bank\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
        "bank\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n",
        "bank\n1\nAAAA\n",
        "b nk\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "bank\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n",
    ],
)
def test_what_is_no_checkpoint_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(InputError) as caught:
        Checkpoint.parse(text, name="ticket.txt")
    assert caught.value.message.startswith("ticket.txt: ")
    assert caught.value.hint


def test_an_origin_has_no_blanks() -> None:
    for origin in ("", "a b", "a+b", "bänk", "a\nb"):
        with pytest.raises(ValueError, match="origin"):
            checkpoint("", origin)


def test_a_record_is_readable_by_any_json_reader() -> None:
    assert all(json.loads(line)["kind"] for line in log().split("\n")[:-1])
