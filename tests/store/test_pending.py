"""Drafts that nobody submitted yet: kept, undone, set aside, and refused where the file is not what it should be."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.errors import WorkspaceError
from lakezones.store.pending import UNDO, Pending


def draft(object_id: str, decision: str = "approve", *, part: str = "", **more: Any) -> dict[str, Any]:
    kind = "member" if part else ""
    keys = {"object_kind": "role", "object_id": object_id, "part_kind": kind, "part_id": part}
    return {**keys, "decision": decision, **more}


def said(pending: Pending, reviewer: str = "ana") -> dict[tuple[str, str], str]:
    return {(one["object_id"], one["part_id"]): one["decision"] for one in pending.drafts(reviewer)}


def test_a_draft_is_there_after_the_file_is_opened_again(tmp_path: Path) -> None:
    pending = Pending(tmp_path)
    pending.put("ana", [draft("r1", detail={"name": "Ärzte"})], label="one")
    pending.put("ana", [draft("r1", "deny"), draft("r1", "revoke", part="bob")], label="two")
    pending.put("bob", [draft("r1")], label="one")
    pending.close()
    again = Pending(tmp_path)
    assert said(again) == {("r1", ""): "deny", ("r1", "bob"): "revoke"}
    assert said(again, "bob") == {("r1", ""): "approve"}
    assert again.waiting() == {"ana": 2, "bob": 1}


def test_undo_goes_back_action_by_action_and_ends(tmp_path: Path) -> None:
    pending = Pending(tmp_path)
    pending.put("ana", [draft("r1")], label="approve r1")
    pending.put("ana", [draft("r1", "deny"), draft("r2")], label="two at once")
    pending.put("ana", [draft("r1", "")], label="clear r1")
    assert said(pending) == {("r2", ""): "approve"}
    last = pending.last("ana")
    assert last is not None
    assert (last.label, last.keys) == ("clear r1", (("role", "r1", "", ""),))

    def undone() -> tuple[str, dict[tuple[str, str], str]]:
        taken = pending.undo("ana")
        return taken.label if taken else "", said(pending)

    assert undone() == ("clear r1", {("r1", ""): "deny", ("r2", ""): "approve"})
    assert undone() == ("two at once", {("r1", ""): "approve"})
    assert undone() == ("approve r1", {})
    assert pending.undo("ana") is None
    assert pending.last("ana") is None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["r1", "r2", "r3"]), st.sampled_from(["approve", "deny", ""])), min_size=1),
        max_size=8,
    )
)
def test_undo_of_everything_gives_every_state_there_was(tmp_path_factory: Any, actions: list[Any]) -> None:
    pending = Pending(tmp_path_factory.mktemp("undo"))
    states = [said(pending)]
    for action in actions:
        pending.put("ana", [draft(name, verdict) for name, verdict in action], label="x")
        states.append(said(pending))
    for state in reversed(states):
        assert said(pending) == state
        pending.undo("ana")
    pending.close()


def test_the_undo_stack_is_bounded(tmp_path: Path) -> None:
    pending = Pending(tmp_path)
    for number in range(UNDO + 5):
        pending.put("ana", [draft(f"r{number}")], label=str(number))
    taken = 0
    while pending.undo("ana") is not None:
        taken += 1
    assert taken == UNDO
    assert len(said(pending)) == 5


def test_two_servers_share_the_file_and_lose_nothing(tmp_path: Path) -> None:
    servers = [Pending(tmp_path), Pending(tmp_path)]
    assert servers[0].source == servers[1].source

    def work(server: Pending, name: str) -> None:
        for number in range(25):
            server.put(name, [draft(f"{name}{number}")], label="x")
            server.put("both", [draft(f"{name}{number}")], label="x")

    threads = [
        threading.Thread(target=work, args=(server, name)) for server, name in zip(servers, ("a", "b"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert servers[0].waiting() == {"a": 25, "b": 25, "both": 50}


def test_what_is_submitted_goes_and_the_rest_stays(tmp_path: Path) -> None:
    pending = Pending(tmp_path)
    pending.put("ana", [draft("r1"), draft("r2")], label="x")
    pending.put("bob", [draft("r1")], label="x")
    first = [one for one in pending.drafts("ana") if one["object_id"] == "r1"]
    pending.submitted("ana", first, batch_id="b1")
    assert said(pending) == {("r2", ""): "approve"}
    assert said(pending, "bob") == {("r1", ""): "approve"}
    assert pending.undo("ana") is None
    assert pending.undo("bob") is not None


def test_a_draft_made_while_its_predecessor_is_submitted_stays(tmp_path: Path) -> None:
    pending = Pending(tmp_path)
    pending.put("ana", [draft("r1")], label="x")
    before = pending.drafts("ana")
    pending.put("ana", [draft("r1", "deny")], label="x")
    pending.submitted("ana", before, batch_id="b1")
    assert said(pending) == {("r1", ""): "deny"}


def test_activity_names_nobody_unless_asked_to(tmp_path: Path) -> None:
    pending = Pending(tmp_path)
    pending.opened("ana", "role", "r1", "h1")
    pending.stayed("ana", "role", "r1", "h1", 2.5)
    pending.opened("ana", "role", "r1", "h1")
    pending.opened("bob", "role", "r1", "h1")
    pending.stayed("bob", "role", "r2", "h2", 1.0)
    assert pending.seen("ana") == {("role", "r1", "h1")} == pending.seen("bob")
    rows = pending.activity()
    assert {(one.reviewer, one.object_id, one.opened, one.seconds) for one in rows} == {
        (None, "r1", 2, 2.5),
        (None, "r1", 1, 0.0),
        (None, "r2", 0, 1.0),
    }
    pending.close()
    assert b"ana" not in b"".join(path.read_bytes() for path in pending.path.parent.iterdir())
    named = Pending(tmp_path, by_person=True)
    named.opened("ana", "role", "r3", "h3")
    assert [one.reviewer for one in named.activity() if one.object_id == "r3"] == ["ana"]


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    pending = Pending(tmp_path)
    pending.put("ana", [draft("r1")], label="x")
    assert pending.path.parent.stat().st_mode & 0o777 == 0o700
    files = list(pending.path.parent.iterdir())
    assert len(files) == 3
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def made(folder: Path) -> Path:
    pending = Pending(folder)
    for number in range(200):
        pending.put("ana", [draft(f"r{number}", comment="x" * 200)], label="x")
    pending.close()
    return pending.path


def refusal(folder: Path) -> str:
    with pytest.raises(WorkspaceError) as caught:
        Pending(folder, patience=0.1)
    assert caught.value.hint
    return caught.value.message


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=2")
    db.close()
    assert "format 2, this version reads format 1" in refusal(tmp_path)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ".review" / "pending.db"
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE notes (text)")
    db.close()
    assert "not a file of pending decisions" in refusal(tmp_path)
    path.write_bytes(b"not a database" * 100)
    assert "damaged" in refusal(tmp_path)


def test_a_file_that_was_half_written_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(tmp_path)


def test_a_file_that_another_program_holds_is_not_waited_for_without_end(tmp_path: Path) -> None:
    path = made(tmp_path)
    pending = Pending(tmp_path, patience=0.1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(WorkspaceError, match="another program holds"):
        pending.put("ana", [draft("r1")], label="x")
    other.execute("ROLLBACK")
    other.close()
    pending.put("ana", [draft("r1", "deny")], label="x")
    assert said(pending)["r1", ""] == "deny"


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / ".review").write_text("a file in its place")
    assert "cannot be written" in refusal(tmp_path)
