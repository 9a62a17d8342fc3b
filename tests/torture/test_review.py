"""Reviews under attack: many importers at once, importers that are killed, sheets and decisions made to deceive."""

import json
import random
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from lakezones.pipeline import Workspace
from lakezones.pipeline.workbooks import BookWish, review_flat
from tests.journey import golden_lake
from tests.torture import importers

ROOT = Path(__file__).resolve().parents[2]
REVIEWERS = ["ana", "ben", "cat", "dan"]


@cache
def rows() -> pl.DataFrame:
    """Roles and suggestions of the golden lake, as they are given out to scripts."""
    table = review_flat(Workspace(golden_lake()), BookWish())
    return table.filter(pl.col("object_kind").is_in(["role", "suggestion"]))


def lake(folder: Path) -> Path:
    """The stages that a review reads, and no review."""
    folder.mkdir()
    for name in ("snapshots", "access", "proposal"):
        shutil.copytree(golden_lake() / name, folder / name)
    return folder


def filled(path: Path, *, reviewer: str, decision: str = "deny") -> Path:
    """A sheet that one reviewer has filled in to the end."""
    words = {"decision": decision, "reviewer": reviewer, "justification": f"as {reviewer} says"}
    rows().with_columns(**{name: pl.lit(word) for name, word in words.items()}).write_csv(path)
    return path


def decided(root: Path) -> list[tuple[str, str, str, str]]:
    frame = Workspace(root).read_decisions()
    assert frame is not None
    return sorted(frame.select("object_id", "reviewer", pl.col("decision").cast(pl.String), "justification").rows())


def logged(root: Path) -> list[tuple[str, str, str, str]]:
    lines = [json.loads(line) for line in (root / "review" / "audit.jsonl").read_text("utf-8").splitlines()]
    made = [one for one in lines if one["kind"] == "decision"]
    return sorted((one["object_id"], one["reviewer"], one["decision"], one["justification"]) for one in made)


def together(folder: Path, *, count: int, runs: int) -> None:
    """Importers at once: every decision and every line of the log is there."""
    sheets = [filled(folder / f"{name}.csv", reviewer=name) for name in REVIEWERS[:count]]
    expected = sorted(
        (role, name, "deny", f"as {name} says") for role in rows()["object_id"] for name in REVIEWERS[:count]
    )
    with importers.Importers(count) as crew:
        for number in range(runs):
            root = lake(folder / f"lake-{number}")
            answers = crew.run(root, sheets)
            assert all(isinstance(one, dict) and one["changed"] == rows().height for one in answers), answers
            assert decided(root) == expected
            assert logged(root) == expected
            shutil.rmtree(root)


@pytest.mark.parametrize("count", [2, 4])
def test_importers_at_once_lose_nothing(count: int, tmp_path: Path) -> None:
    together(tmp_path, count=count, runs=5)


@pytest.mark.torture
@pytest.mark.parametrize("count", [2, 4])
def test_importers_at_once_lose_nothing_fifty_times(count: int, tmp_path: Path) -> None:
    together(tmp_path, count=count, runs=50)


def killed(folder: Path, *, seed: int, kills: int) -> None:
    """Importers that are killed: either all of a sheet is in force and logged, or none of it."""
    chance = random.Random(seed)
    root = lake(folder / "lake")
    sheets = {word: filled(folder / f"{word}.csv", reviewer="ana", decision=word) for word in ("deny", "defer")}
    importers.take(root, sheets["defer"])
    command = [sys.executable, "-m", "tests.torture.importers", str(root), *map(str, sheets.values())]
    for number in range(kills):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.6))
            process.kill()
        where = f"seed {seed}, kill {number}"
        assert len({verdict for _, _, verdict, _ in decided(root)}) == 1, where
        lines = logged(root)
        assert len(lines) % rows().height == 0, where
        last = [json.loads(one) for one in (root / "review" / "audit.jsonl").read_text("utf-8").splitlines()]
        last = [one for one in last if one["kind"] == "decision"]
        assert {one["decision"] for one in last[-rows().height :]} == {one[2] for one in decided(root)}, where
        assert set(Workspace(root).review_status()) >= {"items", "left"}, where
    importers.take(root, sheets["deny"])
    assert {verdict for _, _, verdict, _ in decided(root)} == {"deny"}
    assert not [path.name for path in root.iterdir() if path.name.endswith((".tmp", ".previous"))]


def test_an_import_that_is_killed_leaves_nothing_half_done(tmp_path: Path) -> None:
    killed(tmp_path, seed=1, kills=2)


@pytest.mark.torture
def test_an_import_that_is_killed_twenty_times_leaves_nothing_half_done(tmp_path: Path) -> None:
    killed(tmp_path, seed=time.time_ns() % 10_000, kills=20)
