"""Draws that every part of the Firm shares.

In: a seed and the name of a part. Out: generators that do not disturb each other, object ids, picks, times.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.model.facts import TIME

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Rng: TypeAlias = np.random.Generator

DAY = 86_400


def stream(seed: int, part: str) -> Rng:
    """Return the generator of one part: adding draws to one part leaves all others as they were."""
    digest = hashlib.sha256(part.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def object_ids(rng: Rng, count: int) -> list[str]:
    """Return `count` directory object ids, as random (version 4) GUIDs."""
    raw = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
    raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
    found = []
    for row in raw:
        text = row.tobytes().hex()
        found.append(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")
    return found


def pick(rng: Rng, words: Sequence[str], count: int, *, weights: Sequence[float] | Floats | None = None) -> pl.Series:
    """Return `count` words drawn with replacement."""
    p = None if weights is None else np.asarray(weights, dtype=float) / np.sum(weights)
    return pl.Series(words, dtype=pl.String).gather(rng.choice(len(words), count, p=p))


def share_out(total: int, weights: Floats) -> Ints:
    """Split `total` into whole parts in proportion to `weights`, each part at least one."""
    parts = len(weights)
    exact = weights / weights.sum() * (total - parts)
    counts: Ints = np.floor(exact).astype(np.int64)
    left = total - parts - int(counts.sum())
    # Largest remainders first; a stable sort keeps ties in order.
    counts[np.argsort(-(exact - counts), kind="stable")[:left]] += 1
    counts += 1
    return counts


def before(today: datetime, days: Floats) -> pl.Series:
    """Return moments `days` before today, and none after it, as `moments` does."""
    return moments(today, np.maximum(days, 0))


def moments(today: datetime, days: Floats) -> pl.Series:
    """Return moments `days` before today, or after it where negative, to the second, as the facts' time type."""
    seconds = np.floor(today.timestamp() - days * DAY).astype(np.int64)
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").cast(TIME)


def some(rng: Rng, count: int, share: float) -> Ints:
    """Return sorted positions of a random `share` of `count` things, rounded to the nearest whole number."""
    chosen: Ints = rng.choice(count, round(count * share), replace=False).astype(np.int64)
    chosen.sort()
    return chosen
