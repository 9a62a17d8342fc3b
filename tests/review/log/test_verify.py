"""A log is held against what somebody kept of it."""

import json
import random

import pytest

from lakezones.review.log import Checkpoint, append, checkpoint, verify
from lakezones.review.log.records import tree
from tests.review.log.tampering import TAMPERINGS, log, tampered

ORIGIN = "bank.example/lake"


def at(text: str, size: int, origin: str = ORIGIN) -> Checkpoint:
    """The checkpoint of the first records."""
    return Checkpoint(origin, size, tree(text).root(size))


@pytest.mark.parametrize("seed", range(120))
def test_no_tampering_with_what_is_covered_goes_unseen(seed: int) -> None:
    before, after, what, covered = tampered(seed)
    kept = at(before, covered)
    assert verify(before, kept).holds
    verdict = verify(after, kept, known=[at(before, size) for size in range(0, covered, 5)])
    assert not verdict.holds, what
    assert all(fault and "\n" not in fault for fault in verdict.faults)


def test_every_kind_of_tampering_is_tried() -> None:
    assert {tampered(seed)[2] for seed in range(120)} == {work.__name__ for work in TAMPERINGS}


def test_records_after_the_checkpoint_are_named_as_not_covered() -> None:
    text = log()
    kept = at(text, 30)
    verdict = verify(text, kept)
    assert verdict.holds
    assert verdict.document()["not_covered"] == 10
    assert "records 31 to 40" in verdict.proven[1]
    assert "decision" in verdict.proven[1]
    more = append(text, [{"kind": "campaign", "name": "later"}])
    assert verify(more, kept).holds
    assert "record 31" not in "".join(verify(text, at(text, 40)).proven)


def test_an_edit_is_looked_for_where_the_checkpoints_of_the_workspace_stop_fitting() -> None:
    text = log()
    rows = text.split("\n")
    rows[19] = rows[19].replace("R019", "R018")
    known = [at(text, size) for size in (8, 16, 24, 32, 40)]
    faults = verify("\n".join(rows), at(text, 40), known=known).faults
    assert len(faults) == 1
    assert "still fit records 1 to 16, look at records 17 to 24" in faults[0]


def test_a_record_that_is_gone_is_named() -> None:
    text = log()
    rows = text.split("\n")
    del rows[11]
    faults = verify("\n".join(rows), at(text, 40)).faults
    assert faults[0] == "line 12: record number 13 stands where number 12 belongs"
    assert "1 record of before the checkpoint gone" in faults[-1]


def test_a_log_that_is_gone_fails() -> None:
    assert not verify("", at(log(), 40)).holds
    assert verify("", at(log(), 0)).holds


def test_between_two_checkpoints_the_log_only_grew() -> None:
    text = log()
    for older in range(41):
        verdict = verify(text, at(text, 40), older=at(text, older))
        assert verdict.holds, older
        assert "only grew" in verdict.proven[-1]


def test_a_log_rewritten_between_two_checkpoints_is_found() -> None:
    text = log()
    other = log(seed=3)
    verdict = verify(other, at(other, 40), older=at(text, 16))
    assert not verdict.holds
    assert "not of a log that only grew" in verdict.faults[0]
    swapped = verify(text, at(text, 16), older=at(text, 40))
    assert "wrong order" in swapped.faults[0]
    elsewhere = verify(text, at(text, 40), older=at(text, 16, "bank.example/other"))
    assert "another log" in elsewhere.faults[0]


def test_what_came_after_must_be_records_too() -> None:
    text = log()
    kept = at(text, 40)
    for more in ("{}\n", "\n", "not json\n", "[]\n", json.dumps({"kind": "decision"}) + "\n", '{"kind":'):
        assert not verify(text + more, kept).holds, more


def test_a_copy_of_a_record_is_found_wherever_it_stands() -> None:
    text = log()
    copy = json.dumps({**json.loads(text.split("\n")[3]), "number": 41})
    assert verify(f"{text}{copy}\n", at(text, 40)).faults == ("line 41: its salt is that of record 4",)


def test_a_log_of_before_is_called_that() -> None:
    text = '{"object_id": "R1", "decision": "deny"}\n' * 30
    faults = verify(text, at(text, 30)).faults
    assert len(faults) == 1
    assert "a version of before wrote it" in faults[0]


def test_many_faults_are_cut_short() -> None:
    text = "".join('{"kind": "decision"}\n' for _ in range(100))
    faults = verify(text, at(text, 100)).faults
    assert len(faults) == 21
    assert faults[-1] == "80 more lines are not as they should be"


def test_the_checkpoint_is_of_the_bytes_in_the_file() -> None:
    text = append("", [{"kind": "decision", "reviewer": "Zoë\u2028\u0085 \ud800"}], salt=random.Random(0).randbytes)
    assert text.count("\n") == 1
    assert verify(text, Checkpoint.parse(checkpoint(text, ORIGIN))).holds
    assert text.encode().decode() == text
    assert json.loads(text)["reviewer"] == "Zoë\u2028\u0085 \ud800"
