"""Kills and full disks at every stage: what is there afterwards is whole, and a rerun gives the same bytes."""

import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from lakezones.store import files
from tests.golden import CAPTURE
from tests.journey import copy_of_golden_lake, golden_lake, run
from tests.torture.commands import content, finish, run_apart, sane, start
from tests.torture.outputs import check_workspace

ALL = (
    ("scan", str(CAPTURE)),
    ("access",),
    ("propose",),
    ("review", "import", "review.csv"),
    ("plan",),
    ("verify",),
    ("export", "csv"),
    ("report",),
)
IDS = [words[0] for words in ALL]
LONG = pytest.mark.torture


def ready(folder: Path) -> Path:
    """A finished workspace with a sheet that has been handed in once."""
    lake = copy_of_golden_lake(folder)
    assert run("review", "export", folder / "review.csv", "--approve-all", "ivy", "-w", lake).code == 0
    return lake


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return ready(tmp_path)


@pytest.mark.parametrize("words", ALL, ids=IDS)
@pytest.mark.parametrize(
    "moment", [*(pytest.param(one, marks=LONG) for one in ("first write", "rename")), "last write"]
)
def test_a_disk_that_fills_up(words: tuple[str, ...], moment: str, lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(lake)
    calls = 0

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    real = files.write_private

    def last(path: Path, data: str | bytes) -> None:
        if path.name == "manifest.json":
            full()
        real(path, data)

    with monkeypatch.context() as broken:
        match moment:
            case "first write":
                broken.setattr(files, "write_private", full)
            case "last write":
                broken.setattr(files, "write_private", last)
            case "rename":
                broken.setattr(files, "swap", full)
        ran = run(*words, "-w", lake)
    sane(ran)
    assert ran.code == 1, calls
    assert "No space left" in ran.err
    assert content(lake) == before
    assert run(*words, "-w", lake).code == 0
    check_workspace(lake)


@LONG
@pytest.mark.parametrize("words", ALL, ids=IDS)
def test_killed_while_writing(words: tuple[str, ...], lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was written beside its place is swept away by the next run."""
    before = content(lake)
    torn = lake / f".{'snapshot' if words[0] == 'scan' else words[0]}.999999.tmp"
    torn.mkdir()
    (torn / "manifest.json").write_text("{")
    assert run(*words, "-w", lake).code == 0
    assert not torn.exists()
    assert {path: data for path, data in content(lake).items() if path in before and "review" not in path} == {
        path: data for path, data in before.items() if "review" not in path
    }


@pytest.mark.parametrize("stage", ["access", "proposal", "plan", "verify", "report"])
def test_killed_between_the_renames(stage: str, lake: Path) -> None:
    before = content(lake)
    (lake / stage).rename(files.previous(lake / stage))
    assert run("report", "-w", lake).code == 0
    assert run("review", "status", "-w", lake).code == 0
    assert content(lake) == before


@pytest.mark.torture
@pytest.mark.parametrize("words", ALL, ids=IDS)
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_a_random_moment(words: tuple[str, ...], seed: int, lake: Path) -> None:
    rng = random.Random(f"{seed}{words[0]}")
    whole = lake.parent / "whole"
    shutil.copytree(lake, whole)
    begun = time.monotonic()
    assert run_apart(*words, "-w", whole).code == 0
    seconds = time.monotonic() - begun
    for _ in range(3):
        running = start(*words, "-w", lake)
        time.sleep(rng.uniform(0.3, 1.0) * seconds)
        running.send_signal(signal.SIGKILL)
        finish(running)
    again = run_apart(*words, "-w", lake)
    sane(again)
    assert again.code == 0, again.err
    check_workspace(lake)
    if words[0] != "review":
        assert content(lake) == content(whole)


@pytest.mark.torture
@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("words", ALL, ids=IDS)
def test_the_same_command_at_once(words: tuple[str, ...], count: int, lake: Path) -> None:
    running = [start(*words, "-w", lake) for _ in range(count)]
    said = [finish(one) for one in running]
    for ran in said:
        sane(ran)
        assert ran.code == 0 or "another lakezones" in ran.err or "was made from" in ran.err, ran.err
    assert any(ran.code == 0 for ran in said)
    check_workspace(lake)
    assert run("report", "-w", lake).code in (0, 1)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(4))
def test_different_commands_at_once(seed: int, lake: Path) -> None:
    rng = random.Random(seed)
    for _ in range(2):
        running = [start(*rng.choice(ALL), "-w", lake) for _ in range(4)]
        for one in running:
            ran = finish(one)
            sane(ran)
            assert ran.code in (0, 1, 3), ran.err
    for words in (*ALL[1:3], *ALL[4:]):
        assert run(*words, "-w", lake).code == 0
    check_workspace(lake)


def test_a_folder_that_cannot_be_written_is_read_all_the_same(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    before = content(lake)
    monkeypatch.setattr(files.os, "open", refused)
    for words in ALL[1:]:
        ran = run(*words, "-w", lake)
        sane(ran)
        assert ran.code == 1
        assert "Permission denied" in ran.err
    for words in (("review", "status"), ("access", "--explain", "ana"), ("impact", "crm-raw-customer")):
        assert run(*words, "-w", lake).code == 0
    assert content(lake) == before
    assert golden_lake().is_dir()
