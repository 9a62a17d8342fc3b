"""Progress of a scan on a terminal: a bar per running task, with its rate and the time left."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn


@contextmanager
def live(console: "Console") -> Iterator[Any]:
    """Progress bars with rate and time left on a terminal; nothing elsewhere."""
    from lakezones.scan.progress import Silent

    if not console.is_terminal or console.quiet:
        yield Silent()
        return
    from rich.progress import Progress

    with Progress(*_columns(console.width), console=console, transient=True) as bars:
        yield Bars(bars)


def _columns(width: int) -> list["ProgressColumn"]:
    """What a line of progress shows: as much of the name as there is room for, and a bar where there is more."""
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.table import Column

    numbers = 13 + 9 + 5 + 4  # "50,000/50,000", "10,000/s", "05:00", and what is between
    name = max(8, min(40, width - numbers))
    bar = min(40, width - numbers - name - 1)
    columns: list[ProgressColumn] = [
        TextColumn("{task.description}", table_column=Column(width=name, no_wrap=True, overflow="ellipsis"))
    ]
    if bar >= 8:
        columns.append(BarColumn(bar_width=bar))
    return [
        *columns,
        TextColumn("{task.fields[count]}", justify="right"),
        TextColumn("{task.fields[rate]}", justify="right"),
        TimeRemainingColumn(compact=True),
    ]


class Bars:
    """Shows tasks as bars of rich; one that is done goes."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars

    @contextmanager
    def task(self, name: str, total: int | None = None) -> Iterator["_TaskBar"]:
        """A bar for one piece of work."""
        identifier = self._bars.add_task(name, total=total, count="", rate="")
        try:
            yield _TaskBar(self._bars, identifier, total)
        finally:
            self._bars.remove_task(identifier)


class _TaskBar:
    """One bar; moves ten times a second at most."""

    def __init__(self, bars: Any, identifier: Any, total: int | None) -> None:
        self._bars = bars
        self._identifier = identifier
        self._total = "" if total is None else f"/{total:,}"
        self._done = 0
        self._shown = 0.0

    def advance(self, steps: int) -> None:
        """Move the bar."""
        self._done += steps
        now = monotonic()
        if now - self._shown < 0.1:
            return
        self._shown = now
        speed = self._bars.tasks[self._bars.task_ids.index(self._identifier)].speed
        self._bars.update(
            self._identifier,
            completed=self._done,
            count=f"{self._done:,}{self._total}",
            rate=f"{speed:,.0f}/s" if speed else "",
        )
