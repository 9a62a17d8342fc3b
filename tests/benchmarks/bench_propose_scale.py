"""Seconds and memory of domains, zones and layout together, on a lake of the Firm's habits.

Out: one row: seconds of each stage and of all three, the process's largest memory (the lake itself included). 50,000
containers by default; ``BENCH_CONTAINERS=500000`` takes about five minutes, most of it to make the lake and its roles.
Targets: 15 s and 2 GB at 50,000; 180 s at 500,000.
"""

import os
import resource
import time
from collections.abc import Iterable, Mapping

from lakezones.access import AccessSettings, resolve
from lakezones.demo.firm.generate import generate
from lakezones.demo.firm.settings import load
from lakezones.model.limits import LimitsSettings
from lakezones.model.naming import NamingSettings
from lakezones.propose.domains import DomainsSettings, propose_domains
from lakezones.propose.layout import LayoutSettings, propose_layout
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import propose_roles
from lakezones.propose.zones import ZonesSettings, zone_lake

CONTAINERS = int(os.environ.get("BENCH_CONTAINERS", "50000"))


def main() -> Iterable[Mapping[str, object]]:
    """Time the three stages on one lake."""
    facts = generate(load("firm").model_copy(update={"containers": CONTAINERS}), seed=1).snapshot()
    access = resolve(facts, settings=AccessSettings())
    started = time.perf_counter()
    domains = propose_domains(facts, access, settings=DomainsSettings())
    after_domains = time.perf_counter()
    zones = zone_lake(facts, access, domains, settings=ZonesSettings()).zones
    after_zones = time.perf_counter()
    # What the layout needs of roles is no part of these three.
    roles = propose_roles(facts, access, zones, settings=RolesSettings(), naming=NamingSettings())
    before_layout = time.perf_counter()
    propose_layout(facts, access, zones, roles, settings=LayoutSettings(), limits=LimitsSettings())
    seconds = {
        "domains_s": after_domains - started,
        "zones_s": after_zones - after_domains,
        "layout_s": time.perf_counter() - before_layout,
    }
    yield {
        "containers": CONTAINERS,
        **seconds,
        "together_s": sum(seconds.values()),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
