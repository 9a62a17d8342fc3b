"""Whether the page of a role names, on its first screen, the one thing that is wrong with the role.

The lake has 60 roles with exactly one defect each, ten of each kind (`defects.lake`): a leaver, duties that meet in a
member, restricted data among other data, unused access, a member of a foreign department, data without an owner.

The criterion was written down before any page was looked at. Each role's page is opened at 1440 x 900 in Chromium, as
`lakezones review serve` shows it, and not scrolled. Of its text the blocks (paragraph, item of a list, heading, cell)
count that are in view in the item's pane; the list of other items beside it does not count, and neither does a row of
a table, which lists and does not name. A role is *named* where one of these blocks has the kind and its subject:

- leaver: that the account is disabled, has left or is not known, and the person's name (or the first eight characters
  of the id that the directory does not know);
- duties: the name of the pair and the name of the person;
- restricted: the word restricted, and one of the containers' names or the number of restricted ones;
- unused: that it is not used, and one of the unused containers' names or the number of unused ones;
- foreign: the person's name and the department's, as the directory has them;
- ownerless: that nobody is known to answer for the data, or that it has no owner.

A *false alarm* is a role whose first screen claims, in such a block, a defect of another kind of the six, and calls it
of medium or high risk: by the word beside it or, where there is none, as the risk of the role. Sentences that deny the
defect, and the names of the buttons, are no claims. Wanted: at least 57 of 60 named, and no false alarm.

Out: a row per kind and one in all: how many are named, how many of these in the list of what to look at first
(`at_the_top`), and on how many screens a sentence denies the defect (`denied`), named or not. Misses, denials and
false alarms are printed with what the screen says instead.
``BENCH_SEEDS`` are the seeds of the lakes (one by default), ``BENCH_KEEP`` a folder that keeps the workspaces.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.defects.build import build
from tests.benchmarks.defects.judge import Verdict, judge
from tests.benchmarks.defects.lake import KINDS, REVIEWER, Job, draw
from tests.benchmarks.defects.screen import Block, first_screens

SEEDS = tuple(int(seed) for seed in os.environ.get("BENCH_SEEDS", "1").split(","))
KEEP = os.environ.get("BENCH_KEEP")
WANTED = 57

Judged = list[tuple[Job, Verdict | None]]


def main() -> list[Mapping[str, object]]:
    """Judge the roles of each seed."""
    rows: list[Mapping[str, object]] = []
    for seed in SEEDS:
        judged = measure(seed)
        rows += [row(seed, kind, [one for one in judged if one[0].kind == kind]) for kind in KINDS]
        rows.append({**row(seed, "all", judged), "wanted": WANTED})
    return rows


def measure(seed: int) -> Judged:
    """Build the lake of a seed and look at the page of each role."""
    folder = Path(tempfile.mkdtemp()) if KEEP is None else Path(KEEP) / str(seed)
    try:
        lake = draw(seed)
        ws, roles = build(lake, folder)
        screens = first_screens(ws.root, REVIEWER, roles.values())
        judged: Judged = []
        for at, job in enumerate(lake.jobs):
            verdict = judge(lake, job, screens[roles[at]]) if at in roles else None
            judged.append((job, verdict))
            tell(seed, job, verdict, screens.get(roles.get(at, ""), []))
        return judged
    finally:
        if KEEP is None:
            shutil.rmtree(folder)


def row(seed: int, kind: str, judged: Judged) -> Mapping[str, object]:
    """Figures of some roles."""
    verdicts = [verdict for _, verdict in judged if verdict is not None]
    return {
        "seed": str(seed),
        "kind": kind,
        "roles": len(judged),
        "proposed": len(verdicts),
        "named": sum(bool(one.named) for one in verdicts),
        "at_the_top": sum(any(block.first for block in one.named) for one in verdicts),
        "denied": sum(bool(one.denied) for one in verdicts),
        "false_alarms": sum(bool(one.others) for one in verdicts),
    }


def tell(seed: int, job: Job, verdict: Verdict | None, screen: list[Block]) -> None:
    """Print a miss, a denial, a false alarm."""
    where = f"seed {seed}, {job.kind}: {job.department} {job.title} ({len(job.members)} people, {job.variant})"
    if verdict is None:
        sys.stdout.write(f"no role: {where}\n")
        return
    if not verdict.named:
        sys.stdout.write(f"miss: {where}: {' | '.join(block.text for block in screen)}\n")
    elif verdict.denied:
        sys.stdout.write(f"named and denied: {where}: {verdict.named[0].text} | {verdict.denied[0]}\n")
    for kind, text in verdict.others:
        sys.stdout.write(f"false alarm: {where}: {kind}: {text}\n")
