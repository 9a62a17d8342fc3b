"""The review of the Firm with 500 roles: what there is to see, items, dossiers, standings, the workbook.

Out: a row per step with its seconds of one core and how much it worked on; the target is a second for the items and 200
milliseconds for whatever a page asks for. ``BENCH_SIZE=small`` takes a small Firm, ``BENCH_WORKSPACE`` a folder with a
proposal in place of a generated one. Roles that the proposal lacks are copied from its own, under ids of their own.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import polars as pl

from lakezones import api
from lakezones.access import AccessSettings, resolve
from lakezones.config import Settings
from lakezones.demo.firm.generate import generate
from lakezones.demo.firm.settings import load
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.pipeline import Workspace
from lakezones.review.binding import content, hashes
from lakezones.review.decisions import standings
from lakezones.review.dossier import Dossiers
from lakezones.review.items import build_all
from lakezones.review.status import status
from lakezones.review.workbook import build as build_workbook
from lakezones.store.books import to_book

SIZE = os.environ.get("BENCH_SIZE", "firm")
ROLES = int(os.environ.get("BENCH_ROLES", "500"))
WORKSPACE = os.environ.get("BENCH_WORKSPACE", "")

Made = TypeVar("Made")


def main() -> Iterable[Mapping[str, object]]:
    """Measure every step."""
    facts, access, given, found = lake()
    proposal = widened(given, ROLES)
    settings = Settings()
    rows: list[dict[str, object]] = []

    def timed(step: str, make: Callable[[], Made], size: Callable[[Made], int], of: str) -> Made:
        started = time.process_time()
        made = make()
        rows.append({"step": step, "seconds": time.process_time() - started, "size": size(made), "of": of})
        return made

    timed("metadata", lambda: facts.metadata, lambda made: made.height, "values")
    seen = timed("content", lambda: content(facts, access, proposal, found), lambda made: made.parts.height, "parts")
    known = timed("hashes", lambda: hashes(seen), lambda made: made.height, "objects")
    dossiers = timed(
        "dossiers: prepared",
        lambda: Dossiers(facts, access, proposal, policies=settings.policies, findings=found),
        lambda _: proposal.roles.height,
        "roles",
    )
    built = timed(
        "items",
        lambda: build_all(
            facts,
            access,
            proposal,
            seen,
            known,
            settings=settings.review,
            policies=settings.policies,
            findings=found,
            known=dossiers.known,
        ),
        lambda made: made.items.height,
        "items",
    )
    stand = timed(
        "standings",
        lambda: standings(
            known,
            t.Changed.create_empty(),
            t.Decisions.create_empty(),
            settings=settings.review,
            items=built.items,
        ),
        lambda made: made.height,
        "rows",
    )
    timed("status", lambda: status(built.items, stand, contents=seen), lambda made: made["items"], "items")
    rows += slowest(dossiers, proposal.roles["role_id"].to_list())
    book = timed(
        "workbook: frames",
        lambda: build_workbook(
            built.items,
            {role_id: dossiers.role(role_id) for role_id in proposal.roles["role_id"]},
            as_of=facts.as_of,
            standings=stand,
        ),
        lambda made: sum(made.rows().values()),
        "rows",
    )
    timed("workbook: xlsx", lambda: to_book(book), len, "bytes")
    return rows


def slowest(dossiers: Dossiers, roles: list[str]) -> list[dict[str, object]]:
    """The median and the slowest of the dossiers of some roles, each asked for the first time."""
    times = []
    for role_id in roles:
        started = time.process_time()
        dossiers.role(role_id)
        times.append(time.process_time() - started)
    times.sort()
    return [
        {"step": "dossier: median", "seconds": times[len(times) // 2], "size": len(times), "of": "roles"},
        {"step": "dossier: slowest", "seconds": times[-1], "size": len(times), "of": "roles"},
    ]


def lake() -> tuple[Facts, Access, Proposal, Any]:
    """Facts, access, a proposal and its findings."""
    if WORKSPACE:
        ws = Workspace(WORKSPACE)
        return ws.facts_used(), ws.read_access(), ws.read_proposal(), ws.read_findings()
    facts = generate(load(SIZE), 1).snapshot()
    access = resolve(facts, settings=AccessSettings())
    made = api.propose(facts, access, settings=Settings(flags={"roles": {"max_roles": ROLES}}))
    found, _ = api.findings(facts, access, settings=Settings())
    return facts, access, made.proposal, found


def widened(proposal: Proposal, roles: int) -> Proposal:
    """The proposal with copies of its roles, until there are so many."""
    own = proposal.roles.sort("role_id").height
    times = -(-roles // max(own, 1))
    kept = proposal.roles.sort("role_id").head(roles - own * (times - 1))["role_id"].implode()
    names = ("roles", "role_members", "role_classes", "role_rules", "role_variants", "variant_classes")
    frames: dict[str, Any] = {}
    for name in names:
        frame, copied = getattr(proposal, name), ["role_id", "name"] if name == "roles" else ["role_id"]
        copies = [
            (frame.filter(pl.col("role_id").is_in(kept)) if at == times - 1 else frame).with_columns(
                [pl.format("{}{}", column, pl.lit(f"-{at}" if at else "")).alias(column) for column in copied]
            )
            for at in range(times)
        ]
        schema = t.PROPOSAL_TABLES[name]
        frames[name] = schema.validate(pl.concat(copies), cast=True)
    return replace(proposal, **frames)
