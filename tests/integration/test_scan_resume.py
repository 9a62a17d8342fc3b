"""Scans that are killed and go on, and scans of a part: the tables come out as if nothing had happened."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from azure.storage.blob import AccessPolicy, BlobServiceClient
from typer.testing import CliRunner

from lakezones.demo.emulators.azurite import Azurite
from lakezones.pipeline import Workspace
from lakezones.scan import ScanSettings, Selection, scan
from lakezones.scan.journal import Journal

pytestmark = pytest.mark.azurite

COUNT = 120
PROGRAM = """
import sys
from pathlib import Path
from lakezones.scan import ScanSettings, scan
from lakezones.scan import journal
journal._EVERY_READS = 1  # so that a scan this small leaves something to go on with
print("started", flush=True)
result = scan(["azurite"], settings=ScanSettings(page_size=7, concurrency=2), journal=Path(sys.argv[1]), resume=True)
for name, frame in result.tables.items():
    frame.write_parquet(Path(sys.argv[2]) / f"{name}.parquet")
print("done", result.complete, flush=True)
"""


@pytest.fixture
def lake(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite.connection_string)
    names = [f"resume-{number:03}" for number in range(COUNT)]
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        for found in client.list_containers():
            client.delete_container(found.name)
        for number, name in enumerate(names):
            container = client.create_container(name, metadata={"system": f"s{number % 3}"})
            if number % 5 == 0:
                policy = AccessPolicy(permission="r", expiry=datetime(2027, 1, 1, tzinfo=UTC))
                container.set_container_access_policy({"p": policy})
        yield names
        for name in names:
            client.delete_container(name)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))}


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [3, pytest.param(20, marks=pytest.mark.torture)])
def test_killed_again_and_again_the_tables_are_byte_identical(lake: list[str], tmp_path: Path, wanted: int) -> None:
    """Kills one scan at random moments until it has been killed often enough; the kills are counted, not assumed."""
    whole = tmp_path / "whole"
    whole.mkdir()
    run = [sys.executable, "-c", PROGRAM]
    subprocess.run([*run, str(tmp_path / "fresh"), str(whole)], check=True, env=os.environ)
    rng = random.Random(7)
    kills, taken_up = 0, []
    out, journal = tmp_path / "out", tmp_path / "journal"
    out.mkdir()
    while True:
        with subprocess.Popen([*run, str(journal), str(out)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            if kills < wanted:
                before = _finished(journal)
                goal = before + rng.randint(1, max(COUNT // wanted - 1, 1))
                deadline = time.monotonic() + 30
                while process.poll() is None and _finished(journal) < goal and time.monotonic() < deadline:
                    time.sleep(0.001)
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                    process.wait()
                    taken_up.append(_finished(journal))
                    continue
            assert process.stdout.readline() == "done True\n"
            break
    assert kills == wanted
    assert taken_up == sorted(taken_up)
    assert digests(out) == digests(whole)
    assert set(digests(out)) == {"accounts.parquet", "containers.parquet", "stored_policies.parquet"}


def _finished(journal: Path) -> int:
    path = journal / "scan.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_a_torn_line_is_a_read_that_was_not_finished(tmp_path: Path) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with Journal(tmp_path, scan={"a": 1}, resume=False, now=now) as journal:
        journal.record("part", "one", [1])
        journal.record("part", "two", [2])
    path = tmp_path / "scan.jsonl"
    assert path.stat().st_mode & 0o077 == 0
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with Journal(tmp_path, scan={"a": 1}, resume=True, now=now) as again:
            done = dict(again.done("part"))
            assert done in ({}, {"one": [1]}, {"one": [1], "two": [2]})
            assert len(done) == max(whole[:end].count(b"\n") - 1, 0)
            again.record("part", "three", [3])
        with Journal(tmp_path, scan={"a": 1}, resume=True, now=now) as third:
            assert dict(third.done("part")) == done | {"three": [3]}


def test_another_scan_is_not_taken_up_and_the_first_time_is_kept(tmp_path: Path) -> None:
    first, later = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    with Journal(tmp_path, scan={"a": 1}, resume=False, now=first) as journal:
        journal.record("part", "one", [1])
    with Journal(tmp_path, scan={"a": 1}, resume=True, now=later) as journal:
        assert journal.started == first
        assert journal.resumed == 1
    with Journal(tmp_path, scan={"a": 2}, resume=True, now=later) as journal:
        assert journal.started == later
        assert journal.resumed == 0


def test_include_and_exclude_are_listed(lake: list[str]) -> None:
    selection = Selection(include=("resume-00*",), exclude=("*-003",))
    result = scan(["azurite"], selection=selection)
    assert result.tables["containers"].get_column("container").to_list() == [
        name for name in lake[:10] if name != "resume-003"
    ]
    assert len(result.sources[0]["excluded"]) == COUNT - 9
    assert "resume-003" in result.sources[0]["excluded"]
    assert set(result.tables["stored_policies"].get_column("container")) == {"resume-000", "resume-005"}


def test_only_reads_a_part_again_and_keeps_the_rest(lake: list[str], tmp_path: Path) -> None:
    from lakezones.cli.app import app

    (tmp_path / "capture").mkdir()
    (tmp_path / "capture" / "grants.csv").write_text("principal,container\nann,resume-000\n")
    workspace = ["-w", str(tmp_path / "lake")]
    assert CliRunner().invoke(app, ["scan", "azurite", str(tmp_path / "capture"), *workspace]).exit_code == 0
    done = CliRunner().invoke(app, ["scan", "azurite", "--only", "containers", "--json", *workspace])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["rows"]
    assert rows == {"accounts": 1, "containers": COUNT, "stored_policies": COUNT // 5, "grants": 1}
    assert not (tmp_path / "lake" / ".scan").exists()
    assert Workspace(tmp_path / "lake").read_facts().table("grants").height == 1


def test_what_failed_is_asked_for_again(lake: list[str], tmp_path: Path, azurite: Azurite) -> None:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        settings = ScanSettings(page_size=7)
        scan(["azurite"], settings=settings, journal=tmp_path)
        journal = tmp_path / "scan.jsonl"
        lines = [line for line in journal.read_text().splitlines() if '"resume-005",[[' not in line]
        journal.write_text("\n".join(lines) + "\n")
        client.delete_container("resume-005")
        result = scan(["azurite"], settings=settings, journal=tmp_path, resume=True)
        assert result.gaps.select("source", "object_id", "code").rows() == [("stored_policies", "resume-005", "404")]
        policy = AccessPolicy(permission="w", expiry=datetime(2027, 1, 1, tzinfo=UTC))
        client.create_container("resume-005").set_container_access_policy({"new": policy})
        result = scan(["azurite"], settings=settings, journal=tmp_path, resume=True)
    assert result.complete
    assert result.tables["stored_policies"].filter(container="resume-005").get_column("policy").to_list() == ["new"]


@pytest.mark.slow
def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(lake: list[str], azurite: Azurite, tmp_path: Path) -> None:
    """Stopped while a stored policy never comes: code 130, one line, what was finished is kept."""
    from tests.torture.proxy import Proxy, Schedule

    class Stuck(Schedule):
        def draw(self, method: str, target: str, body: bytes) -> str | None:
            return "stall" if "comp=acl" in target else None

    with Proxy(azurite.endpoint.rpartition("/")[0]) as proxy:
        proxy.schedule = Stuck(seed=0)
        endpoint = f"{proxy.endpoint}/{azurite.account_name}"
        connection = f"AccountName={azurite.account_name};AccountKey={azurite.account_key};BlobEndpoint={endpoint}"
        command = [
            sys.executable,
            "-c",
            "from lakezones.cli import main; main()",
            "scan",
            "azurite",
            "-w",
            str(tmp_path),
        ]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"AZURE_STORAGE_CONNECTION_STRING": connection},
        ) as process:
            deadline = time.monotonic() + 60
            while not any("comp" for method, path in proxy.asked if "resume-" in path) and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    assert "--resume" in err
    assert _finished(tmp_path / ".scan") == 2  # the head and the one page of the listing
