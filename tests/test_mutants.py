"""The sampler of mutants: what it changes, what it leaves alone, and that it notices a test that notices."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = '''\
"""Text with 1 < 2."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    LIMIT = 3


def over(value: "int | None" = None, *, strict: bool = False) -> bool:
    """1 == 2."""
    assert value is not None
    return value > 28 or not strict
'''


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "scripts" / "mutants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


def test_changes_each_expression_that_runs_and_nothing_else(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "over.py").write_text(SOURCE, encoding="utf-8")
    changed = {mutant.diff().splitlines()[-1] for mutant in script.mutants(tmp_path / "over.py")}
    assert changed == {
        '+def over(value: "int | None" = None, *, strict: bool = True) -> bool:',
        "+    return (value > 28 and (not strict))",
        "+    return (value >= 28) or not strict",
        "+    return value > 29 or not strict",
        "+    return value > 28 or (strict)",
    }


def test_a_mutant_survives_tests_that_do_not_notice_it(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "over.py").write_text(SOURCE, encoding="utf-8")
    test = "from over import over\n\ndef test_over():\n    assert over(29, strict=True) and not over(1, strict=True)\n"
    (tmp_path / "test_over.py").write_text(test, encoding="utf-8")
    monkeypatch.setattr(script, "tests_of", lambda *_: ["test_over.py"])
    monkeypatch.setattr(script, "QUICK", "")
    copies = script.SimpleQueue()
    copies.put(tmp_path)
    fates = {
        mutant.diff().splitlines()[-1]: script.survives(mutant, "room", copies, sys.float_info.max)
        for mutant in script.mutants(tmp_path / "src" / "over.py")
    }
    assert [line for line, survived in fates.items() if survived] == [
        '+def over(value: "int | None" = None, *, strict: bool = True) -> bool:',
        "+    return (value >= 28) or not strict",
    ]
    assert (tmp_path / "src" / "over.py").read_text(encoding="utf-8") == SOURCE
