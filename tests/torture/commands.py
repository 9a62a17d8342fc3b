"""The command line as other processes see it: killed, starved of space, called at once, in odd surroundings."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.journey import Ran

MAIN: Final = (sys.executable, "-c", "from lakezones.cli import main; main()")


def start(*words: object, env: Mapping[str, str] | None = None, **more: object) -> "subprocess.Popen[bytes]":
    """Start a command and do not wait for it."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.Popen([*MAIN, *map(str, words)], env=dict(os.environ) | dict(env or {}), **options)  # type: ignore[call-overload,no-any-return]


def finish(running: "subprocess.Popen[bytes]", *, timeout: float = 120) -> Ran:
    """What a command said, once it has ended."""
    out, err = running.communicate(timeout=timeout)
    return Ran(running.returncode, (out or b"").decode("utf-8", "replace"), (err or b"").decode("utf-8", "replace"))


def run_apart(*words: object, env: Mapping[str, str] | None = None, **more: object) -> Ran:
    """Run a command in a process of its own."""
    return finish(start(*words, env=env, **more))


def content(root: Path, *, without: Sequence[str] = ("manifest.json", "audit.jsonl", ".lock")) -> dict[str, bytes]:
    """Every file of a workspace that the same input makes the same, by its path."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in without and not {".scan", ".review"} & set(path.parts)
    }


def sane(ran: Ran) -> None:
    """No traceback, no fault of lakezones, and an exit code that is documented."""
    assert ran.code in (0, 1, 2, 3, 4, 130), (ran.code, ran.err[-600:])
    assert "Traceback" not in ran.err, ran.err[-900:]
    assert "unexpected" not in ran.err, ran.err[-600:]
    if ran.code in (1, 2):
        assert "error" in ran.err.lower() or "usage" in ran.err.lower(), ran.err[-600:]
