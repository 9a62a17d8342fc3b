"""Odd surroundings: paths, widths, locales, homes, closed streams, the wrong order; a clear line, never a traceback."""

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.golden import CAPTURE
from tests.journey import STAGES, copy_of_golden_lake, golden_lake, run
from tests.torture.commands import MAIN, run_apart, sane
from tests.torture.outputs import check_streams

LEAVES = (
    ("access",),
    ("propose",),
    ("plan",),
    ("verify",),
    ("report",),
    ("export", "csv"),
    ("export", "az", "--draft"),
    ("export", "azcopy", "--draft"),
    ("review", "status"),
    ("review", "export", "sheet.csv"),
    ("review", "import", "sheet.csv"),
    ("impact", "x"),
    ("access", "--explain", "x"),
)
ODD_PATHS = (
    "a b",
    "a\nb",
    "é\u200b漢",
    "a\"b'c",
    "*[a]?",
    "-x",
    "%20",
    "{x}",
    "$HOME",
    "..x",
    "x" * 200,
)
SURROUNDINGS: dict[str, dict[str, str]] = {
    "narrow": {"COLUMNS": "20"},
    "one column": {"COLUMNS": "1"},
    "no columns": {"COLUMNS": "0"},
    "columns are a word": {"COLUMNS": "wide"},
    "fewer than no columns": {"COLUMNS": "-5"},
    "no colour": {"NO_COLOR": "1"},
    "C": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "no such home": {"HOME": "/proc/nowhere"},
    "empty home": {"HOME": ""},
    "far east": {"TZ": "Pacific/Kiritimati"},
    "no such zone": {"TZ": "Nonsense/Zone"},
    "warnings": {"PYTHONWARNINGS": "error"},
    # Not 2: altair reads its own docstrings when it is imported, which that leaves out.
    "optimised": {"PYTHONOPTIMIZE": "1"},
    "one thread": {"POLARS_MAX_THREADS": "1"},
    "no temporary folder": {"TMPDIR": "/proc/nowhere"},
    "another seed of hashes": {"PYTHONHASHSEED": "4711"},
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
@pytest.mark.parametrize("kind", ["missing", "file", "empty", "dangling", "too long", "device"])
def test_a_workspace_that_is_none(kind: str, words: tuple[str, ...], here: Path) -> None:
    (here / "file").write_text("")
    (here / "empty").mkdir()
    (here / "dangling").symlink_to(here / "nowhere")
    (here / "sheet.csv").write_text("object_kind,object_id,content_hash,decision,reviewer\n")
    place = {"too long": "x" * 5000, "device": "/dev/null"}.get(kind, kind)
    ran = run(*words, "-w", place)
    sane(ran)
    check_streams(ran)
    assert ran.code in (1, 2)
    assert "hint: " in ran.err
    assert max(map(len, ran.err.splitlines())) < 12_000
    assert not (here / "nowhere").exists()


@pytest.mark.torture
@pytest.mark.parametrize("name", ODD_PATHS, ids=ascii)
def test_every_odd_name_of_a_workspace(name: str, here: Path) -> None:
    check_odd_name(name, here)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a\nb", "*[a]?"], ids=ascii)
def test_odd_names_of_workspaces(name: str, here: Path) -> None:
    check_odd_name(name, here)


def check_odd_name(name: str, here: Path) -> None:
    (here / "in").mkdir()
    lake = here / "in" / name
    shutil.copytree(golden_lake(), lake)
    for words in (("verify",), ("export", "csv"), ("review", "export", str(lake) + ".csv"), ("report",)):
        ran = run(*words, "-w", lake)
        sane(ran)
        check_streams(ran)
        assert ran.code == 0
    assert sorted(path.name for path in here.iterdir()) == ["in"]
    assert len(list((here / "in").iterdir())) == 2


def test_a_workspace_whose_name_is_not_text_is_refused(here: Path) -> None:
    for words in LEAVES:
        ran = run(*words, "-w", here / b"\xff\xfe".decode("utf-8", "surrogateescape"))
        sane(ran)
        assert ran.code == 1
        assert "is not UTF-8" in ran.err


def test_a_workspace_behind_a_link_is_the_same(here: Path) -> None:
    lake = copy_of_golden_lake(here)
    link = here / "link"
    link.symlink_to(lake)
    before = (lake / "plan" / "plan.csv").read_bytes()
    for stage in ("plan", "verify"):
        assert run(stage, "-w", link).code == 0
    assert link.is_symlink()
    assert (lake / "plan" / "plan.csv").read_bytes() == before


@pytest.mark.parametrize(
    "source", ["", "-", "/dev/null", "a\nb", "x" * 5000, "file:///etc/passwd", "http://", "https://["]
)
def test_sources_that_are_none(source: str, here: Path) -> None:
    ran = run("scan", "-w", here / "lake", "--", source)
    sane(ran)
    check_streams(ran)
    assert ran.code in (1, 2)
    assert not (here / "lake" / "snapshots").exists()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.torture) for seed in range(1, 6))])
def test_stages_in_any_order_say_what_to_run(seed: int, here: Path) -> None:
    rng = random.Random(seed)
    lake = here / "lake"
    scanned = False
    for _ in range(12):
        words = rng.choice((*LEAVES, ("scan", str(CAPTURE))))
        ran = run(*words, "-w", lake)
        sane(ran)
        check_streams(ran)
        assert ran.code in (0, 1, 2, 3, 4)
        assert scanned or words[0] == "scan" or ran.code == 1, (seed, words, ran)
        scanned = scanned or words[0] == "scan"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["no columns", "warnings"])
def test_a_command_in_odd_surroundings(name: str, here: Path) -> None:
    check_surroundings(name, here, ("verify",))


@pytest.mark.torture
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_every_stage_in_odd_surroundings(name: str, here: Path) -> None:
    check_surroundings(
        name, here, *((stage,) for stage in STAGES), ("access", "--explain", "ana"), ("scan", str(CAPTURE))
    )


def check_surroundings(name: str, here: Path, *commands: tuple[str, ...]) -> None:
    """The same files as in ordinary surroundings, and something to read."""
    lake = copy_of_golden_lake(here)
    plan = (lake / "plan" / "plan.csv").read_bytes()
    for words in commands:
        ran = run_apart(*words, "-w", lake, env=SURROUNDINGS[name])
        sane(ran)
        check_streams(ran)
        assert ran.code == 0, (words, ran.err)
        assert ran.out.strip()
    assert (lake / "plan" / "plan.csv").read_bytes() == plan


@pytest.mark.torture
def test_without_a_home_a_stdin_or_a_mask(here: Path) -> None:
    lake = copy_of_golden_lake(here)
    environment = {key: value for key, value in os.environ.items() if key not in ("HOME", "USER", "LOGNAME")}
    script = f"umask 000; exec {' '.join(map(repr, MAIN))} plan -w '{lake}' <&-"
    import subprocess

    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    modes = {path.stat().st_mode & 0o777 for path in (lake / "plan").iterdir()}
    assert modes == {0o600}


@pytest.mark.torture
@pytest.mark.parametrize(
    "words", [("access", "--json"), ("verify",), ("access", "--explain", "ana"), ("plan",)], ids=" ".join
)
@pytest.mark.parametrize("closing", ["| head -1", "| true", ">&-", "> /dev/full"])
def test_a_stdout_that_ends_early(words: tuple[str, ...], closing: str, here: Path) -> None:
    import subprocess

    lake = copy_of_golden_lake(here)
    before = (lake / "plan" / "plan.csv").read_bytes()
    script = f"{' '.join(map(repr, MAIN))} {' '.join(words)} -w '{lake}' {closing}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    assert "unexpected" not in done.stderr, done.stderr
    assert (lake / "plan" / "plan.csv").read_bytes() == before
