"""The library: what importing it loads, stages on frames and on files give the same, and its examples run."""

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import lakezones
from lakezones import api
from lakezones.model.frames import Access, frames_of
from lakezones.store.tables import from_csv
from tests import golden
from tests.journey import golden_lake, run

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTED = sorted(path for path in (ROOT / "src").rglob("*.py") if ">>> " in path.read_text("utf-8"))


def loaded(statement: str) -> set[str]:
    """Top-level modules that are there after a statement in a process of its own."""
    script = f"{statement}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import lakezones", "from lakezones import api", "import lakezones.api"])
def test_importing_the_library_loads_neither_frames_nor_azure(statement: str) -> None:
    names = loaded(statement)
    assert "lakezones" in names
    assert not names & {"polars", "azure", "aiohttp", "dataframely", "scipy", "sklearn", "typer", "rich", "pydantic"}


def test_the_library_says_what_it_has() -> None:
    assert {"Settings", "Workspace", "api", "__version__"} <= set(dir(lakezones))
    assert lakezones.Workspace.__name__ == "Workspace"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        lakezones.nothing  # noqa: B018
    for name in api.__all__:
        assert getattr(api, name).__doc__


def same(one: Access, other: Access) -> bool:
    frames = frames_of(other)
    return all(frame.equals(frames[name]) for name, frame in frames_of(one).items())


def test_a_workspace_gives_what_the_functions_give() -> None:
    ws = lakezones.Workspace(golden_lake())
    facts = api.scan(str(golden.CAPTURE)).facts
    access = api.access(facts)
    assert same(access, ws.read_access())
    found, _ = api.findings(facts, access)
    assert found.height
    plan = api.plan(facts, access, api.target(facts, access, ws.read_proposal()))
    assert plan.steps.equals(ws.read_plan().steps)
    assert api.verify(facts, access, ws.read_proposal(), plan).holds


def test_mining_a_frame_is_mining_its_file(tmp_path: Path) -> None:
    rows = [(f"p{i}", f"c{j}", "read" if i % 2 else "write") for i in range(12) for j in range(9) if (i * j) % 4 < 2]
    frame = pl.DataFrame([*rows, ("=odd", "'x", None), ("", "c1", "read")], schema=["a", "b", "c"], orient="row")
    mined = api.mine(frame)
    assert mined.summary["rejected_rows"] == 1
    file = tmp_path / "m.csv"
    file.write_text("user,permission,access\n" + "".join(",".join(row) + "\n" for row in rows) + "=odd,'x,\n")
    assert run("mine", file, "--out", tmp_path / "out").code == 0
    for name in ("roles", "role_members", "role_containers", "residual"):
        written = from_csv((tmp_path / "out" / f"{name}.csv").read_bytes())
        same = getattr(mined, name).with_columns(pl.all().cast(pl.String))
        assert same.fill_null("").rows() == written.fill_null("").rows()
    assert api.mine(frame.head(0)).roles.is_empty()


def test_settings_are_given_by_section() -> None:
    ws = lakezones.Workspace(golden_lake())
    assert ws.settings(roles={"max_roles": 3}).roles.max_roles == 3


@pytest.mark.parametrize("path", DOCUMENTED, ids=lambda path: str(path.relative_to(ROOT / "src" / "lakezones")))
def test_examples_of_docstrings_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted or "doctest: +SKIP" in path.read_text("utf-8")
    assert not result.failed
