"""The audit log at the size of years of reviews: 20,000 records.

In: nothing. Out: a row per figure with its target: seconds to append, to make a checkpoint, to read, to fold into
decisions, to verify, to prove that it only grew, and to write and check the sign-off of a domain with 1,600 decisions;
bytes of a record.
"""

import time
from collections.abc import Callable, Mapping

from lakezones.review.decisions import fold
from lakezones.review.log import append, checkpoint, read, verify
from lakezones.review.log.records import tree
from lakezones.review.signoff import Gathering, check_signoff, page
from tests.review.signoff.decided import ORIGIN, decision, items, point

RECORDS = 20_000
DOMAINS = 12


def main() -> list[Mapping[str, object]]:
    """Measure each part once, best of three."""
    entries = [decision(number, f"domain-{number % DOMAINS}", f"p{number % 40}") for number in range(RECORDS)]
    log = append("", entries)
    records, newest = read(log), point(log)
    older = point("".join(line + "\n" for line in log.split("\n")[: RECORDS // 3]))
    gathering = Gathering(log, newest, items=items())
    document = gathering.of("domain-1")
    html = page(document)
    parts: list[tuple[str, Callable[[], object], float]] = [
        ("append", lambda: append("", entries), 2.0),
        ("checkpoint", lambda: checkpoint(log, ORIGIN), 0.3),
        ("read", lambda: read(log), 1.0),
        ("fold", lambda: fold(records), 2.0),
        ("verify", lambda: verify(log, newest, older=older), 1.5),
        ("prove growth", lambda: tree(log).consistency_proof(RECORDS // 3), 0.3),
        ("prepare sign-offs", lambda: Gathering(log, newest, items=items()), 2.0),
        ("gather a sign-off", lambda: gathering.of("domain-1"), 0.3),
        ("write a sign-off", lambda: page(document), 2.0),
        ("check a sign-off", lambda: check_signoff(html, newest), 3.0),
    ]
    rows = [_row(what, "seconds", min(_timed(work) for _ in range(3)), target) for what, work, target in parts]
    return [*rows, _row("size of a record", "bytes", len(log.encode()) / RECORDS, 800.0)]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _row(what: str, unit: str, value: float, target: float) -> dict[str, object]:
    return {"of": f"{RECORDS:,} records", "what": what, "unit": unit, "value": value, "target": target} | {
        "holds": value <= target
    }
