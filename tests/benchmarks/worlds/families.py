"""The families of worlds, and which of their seeds may be looked at while something is developed.

Odd seeds are for development. Even seeds, and every seed of a family in `REPORT_ONLY`, are for reporting only: whoever
tunes anything on them has nothing left to measure it by.
"""

import importlib
from typing import Final, Literal

from tests.benchmarks.worlds.world import World

FAMILIES: Final = ("ledger", "atlas", "sealed")
FIXTURES: Final = ("plain",)
"""Families that only tests of the benchmark use."""
REPORT_ONLY: Final = ("sealed",)

Use = Literal["dev", "report"]
Chosen = tuple[str, int]
"""Family and seed."""


def there(family: str) -> bool:
    """Whether the module of a family is in this checkout."""
    try:
        importlib.import_module(f"{__package__}.{family}")
    except ModuleNotFoundError:
        return False
    return True


def seeds(family: str, use: Use, count: int) -> list[int]:
    """The first `count` seeds of a family for development or for reporting.

    Examples
    --------
    >>> seeds("ledger", "dev", 3), seeds("ledger", "report", 3), seeds("sealed", "dev", 3), seeds("sealed", "report", 3)
    ([1, 3, 5], [2, 4, 6], [], [1, 2, 3])
    """
    if family in REPORT_ONLY:
        return list(range(1, count + 1)) if use == "report" else []
    start = 1 if use == "dev" else 2
    return list(range(start, start + 2 * count, 2))


def refusal(family: str, seed: int) -> str | None:
    """Why a world may not be looked at in development, or None."""
    if family in REPORT_ONLY:
        return f"the family {family} is for reporting only"
    return f"seed {seed} is even: even seeds are for reporting only" if seed % 2 == 0 else None


def generate(family: str, seed: int, *, size: Literal["small", "large"] = "small") -> World:
    """One world."""
    module = importlib.import_module(f"{__package__}.{family}")
    world: World = module.generate(seed, size=size)
    return world
