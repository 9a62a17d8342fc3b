"""What a reviewer waits for: dossiers of roles, defects, and checks of changes, on the generated Firm.

In: nothing; the Firm with as many roles as can be found. Out: a row per figure with its target: seconds to prepare
dossiers, milliseconds of the slowest and of the median role, seconds for the defects of all, milliseconds to check one
change beside all others, seconds to check all of them.
"""

import statistics
import time
from collections.abc import Mapping

from lakezones import Settings, api
from lakezones.review.checks import Checker
from lakezones.review.decisions import Draft
from lakezones.review.dossier import Dossiers
from tests.benchmarks.firm_roles import NOISY, lake


def main() -> list[Mapping[str, object]]:
    """Measure on the Firm, with the noise of years in its directory."""
    made = lake(11, **NOISY)
    settings = Settings(flags={"roles": {"max_roles": 500}})
    proposal = api.propose(made.facts, made.access, settings=settings).proposal
    size = f"{made.access.container_classes.height:,} containers, {proposal.roles.height:,} roles"

    def dossiers() -> Dossiers:
        return Dossiers(made.facts, made.access, proposal, policies=settings.policies)

    dossiers()  # imports are not what is measured
    started = time.perf_counter()
    one = dossiers()
    rows = [_row(size, "prepare", "seconds", time.perf_counter() - started, 1.5)]
    taken = []
    for role_id in one.known.roles:
        started = time.perf_counter()
        one.role(role_id)
        taken.append(1000 * (time.perf_counter() - started))
    rows.append(_row(size, "slowest role", "milliseconds", max(taken), 20.0))
    rows.append(_row(size, "median role", "milliseconds", statistics.median(taken), 20.0))
    started = time.perf_counter()
    found = one.defects
    rows.append(_row(f"{found.height:,} defects", "all defects", "seconds", time.perf_counter() - started, 1.0))
    checker = Checker(one.known, naming=settings.naming, limits=settings.limits)
    drafts = [_draft("role", role_id, "approve", "proposed") for role_id in one.known.roles]
    drafts += [_draft("suggestion", given, "approve") for given in one.known.suggestions]
    drafts += [_draft(kind, object_id, "revoke") for kind, object_id in one.known.outside]
    checker.check(drafts[0])
    started = time.perf_counter()
    checker.check(drafts[0], drafts)
    rows.append(_row(size, "check one change", "milliseconds", 1000 * (time.perf_counter() - started), 20.0))
    started = time.perf_counter()
    checker.refusals(drafts)
    rows.append(_row(f"{len(drafts):,} changes", "check all", "seconds", time.perf_counter() - started, 2.0))
    return rows


def _draft(kind: str, object_id: str, decision: str, option: str | None = None) -> Draft:
    return Draft(
        object_kind=kind, object_id=object_id, content_hash="", decision=decision, option=option, reviewer="bench"
    )


def _row(of: str, what: str, unit: str, value: float, target: float) -> dict[str, object]:
    return {"of": of, "what": what, "unit": unit, "value": value, "target": target, "holds": value <= target}
