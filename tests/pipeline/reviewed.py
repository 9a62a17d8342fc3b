"""The golden lake with a review: two batches, a decision taken back, a checkpoint after each."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from lakezones.pipeline import Workspace
from lakezones.pipeline.deciding import ReviewBasis
from lakezones.review.decisions import Draft
from tests.journey import golden_lake


def drafts(basis: ReviewBasis, decision: str = "deny", reviewer: str = "ivy", kind: str = "role") -> list[Draft]:
    """The same decision on everything of a kind."""
    return [
        Draft(
            object_kind=kind,
            object_id=object_id,
            content_hash=seen,
            decision=decision,
            reviewer=reviewer,
            justification="not needed",
        )
        for object_id, seen in basis.hashes.filter(object_kind=kind).select("object_id", "content_hash").iter_rows()
    ]


@cache
def _reviewed() -> tuple[Path, list[str]]:
    folder = Path(tempfile.mkdtemp(prefix="reviewed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lake = Path(shutil.copytree(golden_lake(), folder / "lake"))
    ws = Workspace(lake)
    basis = ws.review_basis()
    first = ws.submit(drafts(basis), source="w-1", basis=basis, ticket="CHG-1")
    second = ws.submit(drafts(basis, "defer", "ben"), source="w-2", basis=basis, ticket="CHG-2")
    taken = second.recorded.records[-1]
    third = ws.withdraw(taken["record_id"], reviewer=taken["reviewer"], source="w-2", justification="too soon")
    return lake, [first.recorded.checkpoint, second.recorded.checkpoint, third.checkpoint]


def reviewed_lake(folder: Path) -> tuple[Path, list[str]]:
    """A workspace of one's own, and its checkpoints, oldest first."""
    lake, points = _reviewed()
    return Path(shutil.copytree(lake, folder / "lake")), points
