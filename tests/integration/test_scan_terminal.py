"""A scan on a real terminal: lines that fit, nothing left behind, a clean end by Ctrl-C and going on after it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from lakezones.demo.emulators.azurite import Azurite

pytestmark = [pytest.mark.azurite, pytest.mark.slow]

COUNT = 600
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(scope="module")
def lake(azurite: Azurite) -> Iterator[Azurite]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        for found in client.list_containers():
            client.delete_container(found.name)
        for number in range(COUNT):
            client.create_container(f"terminal-{number:04}").close()
        yield azurite
        for number in range(COUNT):
            client.delete_container(f"terminal-{number:04}")


def on_terminal(lake: Azurite, columns: int, *arguments: str, stop_at: str = "") -> tuple[int, str]:
    """Exit code and everything the terminal was sent; it is interrupted once it shows `stop_at`."""
    command = [sys.executable, "-c", "from lakezones.cli import main; main()", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    environment |= {
        "AZURE_STORAGE_CONNECTION_STRING": lake.connection_string,
        "LAKEZONES_SCAN__CONCURRENCY": "1",
        "TERM": "xterm-256color",
    }
    terminal, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 1)[0]:
            try:
                part = os.read(terminal, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        if stop_at and stop_at.encode() in shown:
            process.send_signal(signal.SIGINT)  # what a terminal does with Ctrl-C
            stop_at = ""
    os.close(terminal)
    return process.wait(60), shown.decode()


def lines(shown: str) -> list[str]:
    return [CONTROL.sub("", line) for line in re.split(r"[\r\n]+", shown)]


@pytest.mark.parametrize("columns", [50, 80])
def test_lines_fit_and_go(lake: Azurite, tmp_path: Path, columns: int) -> None:
    code, shown = on_terminal(lake, columns, "scan", "azurite", "-w", str(tmp_path / "lake"))
    assert code == 0, shown
    progress = [line for line in lines(shown) if "stored poli" in line]
    counts = [line for line in progress if re.search(rf"\d+/{COUNT} +[\d,]+/s +(\d\d:\d\d|-+:-+)", line)]
    assert counts  # how many of how many, how fast, and how long it will take
    assert max(len(line) for line in progress) <= columns
    after = shown.rpartition("\x1b[?25h")[2]  # the cursor comes back when the bars are gone
    assert "stored_policies" in after
    assert "stored policies" not in after


def test_ctrl_c_ends_cleanly_and_is_gone_on_with(lake: Azurite, tmp_path: Path) -> None:
    folder = str(tmp_path / "lake")
    code, shown = on_terminal(lake, 80, "scan", "azurite", "-w", folder, stop_at="stored policies")
    assert code == 130
    assert "Traceback" not in shown
    assert f"lakezones scan azurite -w {folder} --resume" in " ".join(shown.split())
    assert shown.rstrip().endswith("stopped")
    kept = (tmp_path / "lake" / ".scan" / "scan.jsonl").read_text().count("\n")
    assert 1 < kept < COUNT
    code, shown = on_terminal(lake, 80, "scan", "azurite", "-w", folder, "--resume")
    assert code == 0
    assert f"containers              {COUNT}" in CONTROL.sub("", shown)
