"""How much search is allowed.

In: a limit on work units (deterministic) and an optional limit on seconds (not deterministic).
Out: a :class:`Budget` that the stages of the miner charge and ask; once it is exhausted it says by what.

One unit is about a microsecond of a 2020s core: a few operations on bit sets, or a thousand floating
point operations. Only work units steer the search, so that equal input gives equal output; the clock is
read for nothing but stopping.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

StoppedBy = Literal["time_limit", "work_limit"]


@dataclass(slots=True)
class Budget:
    """Work and time that may still be spent.

    Parameters
    ----------
    max_work : int
        Work units.
    time_limit : float or None
        Seconds from the creation of the budget; None for no limit.
    clock : callable
        Seconds since some moment.
    """

    max_work: int
    time_limit: float | None = None
    work: int = 0
    stopped_by: StoppedBy | None = None
    clock: Callable[[], float] = time.monotonic
    _deadline: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.time_limit is not None:
            self._deadline = self.clock() + self.time_limit

    def spend(self, units: float) -> bool:
        """Charge `units`; True while there is budget left."""
        self.work += int(units) + 1
        return not self.exhausted()

    def exhausted(self) -> bool:
        """Whether a limit has been reached; remembers the first one in `stopped_by`."""
        if self.stopped_by is None:
            if self.late():
                self.stopped_by = "time_limit"
            elif self.work >= self.max_work:
                self.stopped_by = "work_limit"
        return self.stopped_by is not None

    def late(self) -> bool:
        """Whether time is up, whatever work is left: ends what a limit on work may not cut short."""
        return self._deadline is not None and self.clock() >= self._deadline

    def left(self) -> int:
        """Work units left."""
        return max(0, self.max_work - self.work)

    def seconds_left(self) -> float:
        """Seconds left, infinity without a time limit."""
        return float("inf") if self._deadline is None else max(0.0, self._deadline - self.clock())

    def used(self) -> float:
        """Share of the budget that is gone, by work or by time, whichever is more."""
        by_work = self.work / self.max_work
        if self.time_limit is None:
            return by_work
        return max(by_work, 1.0 - self.seconds_left() / self.time_limit)

    def part(self, share: float, *, of_time: float | None = None) -> "Budget":
        """A budget of a share of what is left, by work and by time; what it spends is to be charged here."""
        seconds = (share if of_time is None else of_time) * self.seconds_left()
        return self._of(int(share * self.left()), seconds)

    def without(self, seconds: float) -> "Budget":
        """A budget that ends so many seconds earlier; what it spends is to be charged here."""
        return self._of(self.left(), self.seconds_left() - seconds)

    def _of(self, work: int, seconds: float) -> "Budget":
        limit = None if self.time_limit is None else max(0.001, seconds)
        return Budget(max(1, work), limit, clock=self.clock)
