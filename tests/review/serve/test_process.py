"""The server as a process: killed, interrupted, asked for what it cannot give."""

import contextlib
import http.client
import random
import shutil
import signal
import socket
import sqlite3
import threading
from pathlib import Path

import pytest

from lakezones.pipeline import Workspace
from lakezones.pipeline.serving import WorkspaceDesk
from lakezones.store.pending import Pending
from tests.journey import run
from tests.review.serve.desks import lake, people, proposed
from tests.review.serve.processes import Wire, served

TORTURE = pytest.mark.torture
VERDICTS = [("approve", ""), ("deny", "Not this job"), ("defer", "")]


def refused(folder: Path, *words: str) -> tuple[int, str]:
    """What the command says where it does not serve."""
    done = run("review", "serve", "--no-open", "-w", folder, *words)
    assert "Traceback" not in done.err
    return done.code, done.err


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=[] if seed % 10 == 0 else TORTURE) for seed in range(20)])
def test_a_kill_loses_nothing_that_was_acknowledged(seed: int, tmp_path: Path) -> None:
    ws, draw = lake(tmp_path), random.Random(seed)
    ana = next(iter(people(ws)))
    rows = [row for row in WorkspaceDesk(ws).state().rows if row["object_kind"] == "role"]
    known: dict[str, str] = {}
    flying: dict[str, str] = {}
    submitted: set[str] = set()
    with served(ws.root, ana) as server:
        wire = Wire(server.addresses[people(ws)[ana]])
        timer = threading.Timer(draw.uniform(0.02, 1.2), server.kill)
        timer.start()
        with contextlib.suppress(OSError, http.client.HTTPException):
            for turn in range(10_000):
                row = draw.choice(rows)
                if turn % 15 == 14:
                    status, _ = wire.post("/submit", {"confirm": "yes", "ticket": "CHG1"})
                    if status == 200:
                        submitted |= set(known)
                        known.clear()
                    continue
                verdict, why = draw.choice(VERDICTS)
                form = {"kind": "role", "id": row["object_id"], "content_hash": row["content_hash"]}
                flying = {row["object_id"]: verdict}
                status, _ = wire.post("/drafts", form | {"verdict": verdict, "justification": why, "query": ""})
                if status == 200:
                    known |= flying
                    flying = {}
        timer.join()
        wire.close()
    assert known or flying or submitted
    desk = WorkspaceDesk(Workspace(ws.root))
    state = desk.state()
    pending = {one["object_id"]: one["decision"] for one in desk.pending.drafts(ana)}
    recorded = {row["object_id"]: row["decision"] for row in state.decisions.iter_rows(named=True)}
    for object_id, verdict in known.items():
        kept = {pending.get(object_id), recorded.get(object_id)}
        assert verdict in kept or flying.get(object_id) in kept, object_id
    assert submitted <= set(recorded)


def test_the_log_is_whole_and_what_was_recorded_is_not_pending_after_a_kill(tmp_path: Path) -> None:
    """The moment between the log and the drafts: drafts that are in the log already are let go of."""
    ws = lake(tmp_path)
    ana = next(iter(people(ws)))
    desk = WorkspaceDesk(ws)
    [row, other, *_] = [row for row in desk.state().rows if row["object_kind"] == "role"]
    drafts = [
        {"object_kind": "role", "object_id": one["object_id"], "part_kind": "", "part_id": "", "decision": "defer"}
        | {"content_hash": one["content_hash"]}
        for one in (row, other)
    ]
    desk.pending.put(ana, drafts, label="x")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    from lakezones.review.serve.drafting import draft_of

    desk.pending.submitted = killed  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        desk.submit(ana, [draft_of(ana, drafts[0])], ticket=None, comment=None)
    again = WorkspaceDesk(Workspace(ws.root))
    assert {one["object_id"] for one in again.state().decisions.iter_rows(named=True)} == {row["object_id"]}
    assert [one["object_id"] for one in again.pending.drafts(ana)] == [other["object_id"]]


def test_two_servers_on_one_workspace_lose_nothing(tmp_path: Path) -> None:
    ws = lake(tmp_path)
    reviewers = dict(list(people(ws).items())[:2])
    rows = [row for row in WorkspaceDesk(ws).state().rows if row["object_kind"] == "role"]
    one, other = reviewers
    with served(ws.root, one) as first, served(ws.root, other) as second:
        wires = [Wire(next(iter(server.addresses.values()))) for server in (first, second)]
        done: list[list[int]] = [[], []]

        def work(number: int) -> None:
            wire = wires[number]
            for row in rows:
                form = {"kind": "role", "id": row["object_id"], "content_hash": row["content_hash"], "query": ""}
                status, _ = wire.post("/drafts", form | {"verdict": "defer"})
                done[number].append(status)
            status, _ = wire.post("/submit", {"confirm": "yes", "ticket": f"CHG{number}"})
            done[number].append(status)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for wire in wires:
            wire.close()
    assert set(done[0]) == set(done[1]) == {200}
    made = Workspace(ws.root).in_force()
    assert made.height == 2 * len(rows)
    assert set(made["reviewer"]) == set(reviewers)


# ------------------------------------------------------------------------------------- what it refuses


def test_nothing_proposed_yet(tmp_path: Path) -> None:
    ws = lake(tmp_path)
    shutil.rmtree(ws.root / "proposal")
    code, said = refused(ws.root, "--reviewer", "x")
    assert code == 1
    assert "nothing has been proposed" in said
    assert "hint: run: lakezones propose" in said
    code, said = refused(tmp_path / "nowhere")
    assert code == 1
    assert "hint:" in said


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = refused(proposed(), "--reviewer", next(iter(people(Workspace(proposed())))), "--port", str(port))
    assert code == 1
    assert f"port {port} cannot be used: another program listens there" in said
    assert "hint: leave --port out" in said


def test_reviewers_who_are_none(tmp_path: Path) -> None:
    ws = Workspace(proposed())
    directory = ws.facts_used({"principals": None}).table("principals")
    disabled = directory.filter(kind="user", enabled=False)["principal_id"].to_list()
    groups = directory.filter(kind="group")["principal_id"].to_list()
    machines = directory.filter(kind="service_principal")["principal_id"].to_list()
    for name, why in [
        ("Nobody Known", "is not in the directory"),
        (" \u200b ", "a reviewer has no name"),
        *((one, "is a disabled account") for one in disabled[:1]),
        *((one, "is a group, not a person") for one in groups[:1]),
        *((one, "is a service principal, not a person") for one in machines[:1]),
    ]:
        code, said = refused(ws.root, "--reviewer", name)
        assert (code, why in said, "hint: say who reviews" in said) == (2, True, True), said


def test_a_pending_file_that_is_locked_damaged_or_of_the_future(tmp_path: Path) -> None:
    ws = lake(tmp_path)
    ana = next(iter(people(ws)))
    Pending(ws.root).close()
    path = ws.root / ".review" / "pending.db"
    whole = path.read_bytes()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=9")
    db.close()
    code, said = refused(ws.root, "--reviewer", ana)
    assert (code, "format 9" in said, "hint:" in said) == (1, True, True)
    path.write_bytes(whole[: len(whole) // 2])
    code, said = refused(ws.root, "--reviewer", ana)
    assert (code, "is damaged" in said, "hint:" in said) == (1, True, True)
    path.write_bytes(whole)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        code, said = refused(ws.root, "--reviewer", ana)
    finally:
        other.close()
    assert (code, "another program holds" in said, "hint:" in said) == (1, True, True)


def test_it_listens_on_loopback_alone_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    ws = Workspace(proposed())
    with served(lake(tmp_path).root, next(iter(people(ws)))) as server:
        listening = Path(f"/proc/{server.process.pid}/net/tcp")
        if listening.exists():  # Linux alone says who listens where
            port = f"{server.port:04X}"
            rows = [line.split() for line in listening.read_text().splitlines()[1:]]
            assert [row[1] for row in rows if row[1].endswith(f":{port}") and row[3] == "0A"] == [f"0100007F:{port}"]
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=20) == 0
        assert server.process.stderr is not None
        said = server.process.stderr.read()
    assert "ended; what is not submitted is kept" in said
    assert "Traceback" not in said
