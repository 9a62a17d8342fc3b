"""A process that records one thing after the other, and says so each time, until it is killed."""

import sys
from pathlib import Path

from lakezones.model.outputs import Outputs
from lakezones.pipeline import Workspace


def record(root: Path, number: int, records: int = 3) -> None:
    """One batch."""
    entries = [{"kind": "decision", "object_id": f"{number}-{part}"} for part in range(records)]
    Workspace(root).record(
        [*entries, {"kind": "batch", "batch": number}],
        render=lambda found: Outputs(documents={"summary": {"records": len(found)}}),
    )


if __name__ == "__main__":
    root, first = Path(sys.argv[1]), int(sys.argv[2])
    for number in range(first, first + 10_000):
        record(root, number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
