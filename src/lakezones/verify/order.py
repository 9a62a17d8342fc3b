"""Orders that ``depends_on`` allows, and what each step has behind it.

In: steps. Out: ancestors as bit sets over positions, topological orders, the cycle where there is one.
"""

from collections.abc import Callable, Iterable, Sequence

from lakezones.plan.steps import Step


class Order:
    """The partial order of a plan.

    Parameters
    ----------
    steps
        Steps with unique ids; dependencies on unknown ids are ignored here and reported as malformed elsewhere.

    Attributes
    ----------
    cycle
        Ids of steps that wait for each other; empty in a plan that can be carried out.
    above
        For each position the bit set of positions that must come first; valid where `cycle` is empty.
    sequence
        Positions as given, or in another order where the given one contradicts depends_on; valid like `above`.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.position = {step.step_id: at for at, step in enumerate(steps)}
        self.direct = [[self.position[one] for one in step.depends_on if one in self.position] for step in steps]
        given, self.cycle = self._topological()
        self.above = [0] * len(steps)
        for at in given:
            bits = 0
            for before in self.direct[at]:
                bits |= self.above[before] | (1 << before)
            self.above[at] = bits
        # The sequence itself, but where it contradicts depends_on.
        self.sequence = list(range(len(steps))) if self.is_order(range(len(steps))) is None else given
        self._rank = {at: rank for rank, at in enumerate(self.sequence)}

    def _topological(self) -> tuple[list[int], list[str]]:
        waiting = [len(set(before)) for before in self.direct]
        after: list[list[int]] = [[] for _ in self.steps]
        for at, befores in enumerate(self.direct):
            for before in set(befores):
                after[before].append(at)
        ready = [at for at, count in enumerate(waiting) if count == 0]
        done: list[int] = []
        while ready:
            at = ready.pop()
            done.append(at)
            for later in after[at]:
                waiting[later] -= 1
                if waiting[later] == 0:
                    ready.append(later)
        stuck = sorted(self.steps[at].step_id for at, count in enumerate(waiting) if count > 0)
        return done, stuck

    def before(self, at: int) -> list[int]:
        """Positions that must come before `at`, in sequence."""
        return elements(self.above[at])

    def precedes(self, first: str, second: str) -> bool:
        """Whether `first` comes before `second` in every order."""
        return bool(self.above[self.position[second]] >> self.position[first] & 1)

    def eager(self, wanted: Callable[[Step], bool]) -> list[int]:
        """An order in which the wanted steps come as early as depends_on lets them.

        Of the wanted steps, always the one that needs the fewest others first; everything else waits for the end.
        """
        done = 0
        order: list[int] = []
        left = [at for at, step in enumerate(self.steps) if wanted(step)]
        while left:
            at = min(left, key=lambda one: ((self.above[one] & ~done).bit_count(), one))
            left.remove(at)
            for one in [*sorted(elements(self.above[at] & ~done), key=self._rank.__getitem__), at]:
                order.append(one)
                done |= 1 << one
            left = [one for one in left if not done >> one & 1]
        order.extend(at for at in self.sequence if not done >> at & 1)
        return order

    def is_order(self, sequence: Iterable[int]) -> int | None:
        """The first position that comes too early in `sequence`, or None where it respects depends_on."""
        done = 0
        for at in sequence:
            if self.above[at] & ~done:
                return at
            done |= 1 << at
        return None


def elements(bits: int) -> list[int]:
    """Ascending elements of a bit set."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
