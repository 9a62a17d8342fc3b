"""What tests of child processes share."""

import time
from pathlib import Path


def gone(pid: int, *, within: float = 10.0) -> bool:
    """Whether a process of ours has ended; a zombie counts as ended."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
