"""The golden tiny lake taken through every stage by the command line, once per test process."""

import atexit
import contextlib
import io
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from lakezones.cli import main
from tests.golden import CAPTURE

STAGES = ("access", "propose", "plan", "verify", "report")


@dataclass(frozen=True)
class Ran:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as the one JSON document it must be."""
        return json.loads(self.out)


def run(*arguments: object) -> Ran:
    """Run the command line in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    words = ["lakezones", *map(str, arguments)]
    code = 0
    with mock.patch.object(sys, "argv", words), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        out.flush()
        err.flush()
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return Ran(code, *texts)


def make(root: Path, *stages: str) -> Path:
    """Scan the golden capture and run stages on it."""
    ran = run("scan", CAPTURE, "-w", root)
    assert ran.code == 0, ran.err
    for stage in stages:
        ran = run(stage, "-w", root)
        assert ran.code == 0, f"{stage}: {ran.err}"
    return root


@cache
def golden_lake() -> Path:
    """A finished workspace; tests that change it take `copy_of_golden_lake`."""
    folder = Path(tempfile.mkdtemp(prefix="golden-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make(folder / "lake", *STAGES)


def copy_of_golden_lake(folder: Path) -> Path:
    """A finished workspace of one's own."""
    return Path(shutil.copytree(golden_lake(), folder / "lake"))
