"""Large lakes: seconds and memory of ``propose``, and what a hundred roles of the Firm cover before any approval.

``measure(name)`` builds the lake in one child process and proposes in another, so that the memory is that of the
stage and of what it reads. Out: a row per lake.
"""

import json
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import polars as pl

from lakezones import api
from lakezones.access import AccessSettings, resolve
from lakezones.config import Settings
from lakezones.demo.firm.generate import generate as generate_firm
from lakezones.demo.firm.settings import load
from tests.benchmarks.worlds import families
from tests.benchmarks.worlds.lake import Lake
from tests.benchmarks.worlds.references_roles import greedy
from tests.benchmarks.worlds.rolesets import Held, given, proposed
from tests.benchmarks.worlds.world import Truth, World

FIRM = "firm"
MOST = 100
Row = dict[str, object]
NOTHING: Final = pl.DataFrame()
UNKNOWN: Final = Truth(
    zones=NOTHING, areas=NOTHING, area_of={}, areas_knowable=True, teams=frozenset(), roles=(), layered=True,
    needed=NOTHING, leftovers=NOTHING,
)  # fmt: skip


def measure(name: str) -> Row:
    """Build the lake ``firm-SEED``, or ``FAMILY-SEED`` at its large size, and propose."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lake"
        _child("build", name, path)
        return {"lake": name, **json.loads(_child("propose", name, path))}


def _child(step: str, name: str, path: Path) -> str:
    command = [sys.executable, "-m", __spec__.name, step, name, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def build(name: str, path: Path) -> None:
    """Generate a lake and write it with its effective access."""
    family, _, seed = name.partition("-")
    if family == FIRM:
        facts, flags = generate_firm(load("firm"), seed=int(seed)).snapshot(), {}
    else:
        world = families.generate(family, int(seed), size="large")
        facts, flags = world.facts, {section: dict(values) for section, values in world.settings.items()}
    access = resolve(facts, settings=AccessSettings())
    path.write_bytes(pickle.dumps((facts, access, flags)))


def propose(name: str, path: Path) -> Row:
    """Time the stage; on the Firm also say what a hundred roles cover."""
    facts, access, flags = pickle.loads(path.read_bytes())
    started, busy = time.perf_counter(), time.process_time()
    api.propose(facts, access, settings=Settings(flags=flags))
    row: Row = {
        "containers": access.summary["containers"],
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - busy,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if name.startswith(FIRM):
        lake = Lake(World(name=name, facts=facts, truth=UNKNOWN), {"roles": {"max_roles": MOST, "suggest": False}})
        row |= covered(lake)
    return row


def covered(lake: Lake) -> Row:
    """Share of requests that at most a hundred roles give today: all, lasting ones alone, and a flat greedy cover's."""
    held = Held.of(lake)
    roles = proposed(lake, held)
    lasting = [role for role in roles if role.layer != "transitional"]
    counts = [sum(person in role.people for role in lasting) for person in given(lasting, after=False)]
    return {
        "roles": len(lasting),
        "transitional": len(roles) - len(lasting),
        "covered": requests_covered(held, given(roles, after=False)),
        "by_lasting": requests_covered(held, given(lasting, after=False)),
        "greedy": requests_covered(held, given(greedy(held, most=MOST), after=False)),
        "a_person": sum(counts) / max(1, len(counts)),
    }


def requests_covered(held: Held, cells: dict[str, int]) -> float:
    """Share of what people asked for that they get."""
    pairs = [entitlement in held.within(cells.get(p, 0)) for p, asked in held.asked.items() for entitlement in asked]
    return sum(pairs) / max(1, len(pairs))


if __name__ == "__main__":
    if sys.argv[1] == "build":
        build(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.stdout.write(json.dumps(propose(sys.argv[2], Path(sys.argv[3]))))
