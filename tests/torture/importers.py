"""Processes that import review sheets into one workspace, all at the same moment or killed on the way."""

import multiprocessing
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path
from queue import Queue
from types import TracebackType
from typing import Any, Self

CONTEXT = multiprocessing.get_context("spawn")


def take(root: Path, sheet: Path) -> dict[str, int]:
    """Import one sheet."""
    from lakezones.pipeline import Workspace
    from lakezones.pipeline.workbooks import import_sheets
    from lakezones.store.sheets import read_cells

    return import_sheets(Workspace(root), read_cells(sheet)).summary


def work(jobs: "Queue[Any]", done: "Queue[Any]", start: Barrier) -> None:
    """Import what comes in until nothing does; all importers begin together."""
    while job := jobs.get():
        start.wait(60)
        try:
            done.put(take(*job))
        except Exception as error:  # the test says what went wrong
            done.put(repr(error))


class Importers:
    """Some processes that import at the same moment, again and again."""

    def __init__(self, count: int) -> None:
        self.jobs: list[Any] = [CONTEXT.Queue() for _ in range(count)]
        self.done: Any = CONTEXT.Queue()
        self.start = CONTEXT.Barrier(count)  # kept: its semaphores go when it does
        self.processes = [CONTEXT.Process(target=work, args=(jobs, self.done, self.start)) for jobs in self.jobs]

    def __enter__(self) -> Self:
        for process in self.processes:
            process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for jobs in self.jobs:
            jobs.put(None)
        for process in self.processes:
            process.join(10)
            if process.is_alive():
                process.kill()

    def run(self, root: Path, sheets: list[Path]) -> list[Any]:
        """Import a sheet in each process; what each of them answered."""
        for jobs, sheet in zip(self.jobs, sheets, strict=True):
            jobs.put((root, sheet))
        return [self.done.get(timeout=60) for _ in sheets]


if __name__ == "__main__":  # to be killed: says when it begins
    import lakezones.pipeline
    import lakezones.review.outputs  # noqa: F401

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        take(Path(sys.argv[1]), Path(sys.argv[2]))
        take(Path(sys.argv[1]), Path(sys.argv[3]))
