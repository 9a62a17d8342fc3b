"""Child processes: ready or a clear reason, ended with all they started, never left behind."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakezones.demo.emulators.child import Child, last_lines, run
from lakezones.errors import ServiceUnavailable

from .processes import gone

READY = re.compile(r"ready (\d+)")


@pytest.fixture
def child() -> Iterator[Child]:
    with contextlib.closing(Child("the helper")) as made:
        yield made


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_it_is_ready_when_it_says_so_and_reads_what_it_is_sent(child: Child) -> None:
    child.start(python("print('ready', int(input()) + 1, flush=True); input()"))
    child.send("41")
    assert child.wait_for(READY, seconds=20)[1] == "42"


def test_one_that_ends_early_is_an_error_with_its_last_lines(child: Child) -> None:
    child.start(python("print('loading'); print('port 80'); raise SystemExit('is taken')"))
    with pytest.raises(ServiceUnavailable, match="the helper did not start: loading; port 80; is taken"):
        child.wait_for(READY, seconds=20)


def test_waiting_is_bounded(child: Child) -> None:
    child.start(python("print('loading', flush=True); input()"))
    with pytest.raises(ServiceUnavailable, match=r"the helper did not answer within 0\.5 s"):
        child.wait_for(READY, seconds=0.5)


def test_closing_ends_one_that_ignores_its_pipe_and_all_it_started(child: Child) -> None:
    code = "import subprocess as s, sys, time\nprint('ready', s.Popen([sys.executable, '-c', 'import time; "
    child.start(python(code + "time.sleep(60)']).pid, flush=True)\ntime.sleep(60)"))
    pid, grandchild, folder = child.pid, int(child.wait_for(READY, seconds=20)[1]), child.folder
    assert pid is not None
    child.close(grace=0.1)
    assert gone(pid)
    assert gone(grandchild)
    assert child.pid is None
    assert not folder.exists()
    child.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=lambda end: end.name)
def test_it_ends_with_a_parent_that_is_killed(end: signal.Signals) -> None:
    code = (
        "import sys, time; from lakezones.demo.emulators.child import Child\n"
        "child = Child('c'); child.start([sys.executable, '-c', 'input()'])\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(python(code), stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.send_signal(end)
        parent.wait(10)
    assert gone(pid)


def test_run_returns_the_exit_code_and_the_output(tmp_path: Path) -> None:
    code, printed = run(
        python("import os, sys; print(os.getcwd(), os.environ['WORD']); sys.exit(3)"),
        name="python",
        seconds=20,
        folder=tmp_path,
        environment={**os.environ, "WORD": "hello"},
    )
    assert (code, printed) == (3, f"{tmp_path} hello\n")


def test_run_ends_a_command_that_takes_too_long() -> None:
    started = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="python did not finish within 1 s: working"):
        run(python("import time; print('working', flush=True); time.sleep(60)"), name="python", seconds=1)
    assert time.monotonic() - started < 20


def test_a_command_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="no-such-command"):
        run(["/no-such-command"], name="nothing", seconds=1)


def test_last_lines_of_nothing() -> None:
    assert last_lines(" \n\n") == "it printed nothing"
