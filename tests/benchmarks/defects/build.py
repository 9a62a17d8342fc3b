"""A workspace in which the planted roles are proposed, by the normal stages.

In: a lake, a folder. Out: a workspace, and the role of each job. Mining keeps leavers and separated duties out of
roles. They are therefore mined from the capture before; then the capture after is scanned and access resolved, and the
proposal is written again on top of it, so that a review reads a workspace whose stages fit.
"""

import csv
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from lakezones.model.frames import frames_of
from lakezones.model.outputs import Outputs
from lakezones.model.tables import Findings
from lakezones.pipeline import Workspace
from tests.benchmarks.defects.lake import Lake, Row


def build(lake: Lake, folder: Path) -> tuple[Workspace, dict[int, str]]:
    """Build the workspace; returns it and the id of the role of each job, by the job's place."""
    ws = Workspace(folder / "lake")
    ws.scan(str(capture(lake.before(), folder / "before")))
    ws.access()
    proposal = ws.propose()
    summary = ws.read_document("proposal")
    ws.overrides.write_text(policies(lake), "utf-8")
    ws.scan(str(capture(lake.after(), folder / "after")))
    ws.access()
    known = set(ws.read_access().container_classes["class_id"])
    if strange := set(proposal.role_classes["class_id"]) - known:
        raise RuntimeError(f"{len(strange)} classes of roles are not those of access")
    found = ws.read_frames("access", {"findings": Findings})["findings"]
    frames = {**frames_of(proposal), "findings": found}
    ws.write_stage("proposal", Outputs(frames=frames, documents={"summary": summary}), inputs=["access"])
    return ws, roles_of(lake, ws)


def roles_of(lake: Lake, ws: Workspace) -> dict[int, str]:
    """The role that has just the people and the containers of each job."""
    proposal, access = ws.read_proposal(), ws.read_access()
    people = dict(proposal.role_members.group_by("role_id").agg("principal_id").iter_rows())
    opened = proposal.role_classes.join(access.container_classes, on="class_id").group_by("role_id").agg("container")
    content = {role: (frozenset(people[role]), frozenset(some)) for role, some in opened.iter_rows()}
    by_content = {what: role for role, what in content.items()}
    found = {}
    for at, job in enumerate(lake.jobs):
        role = by_content.get((frozenset(job.members), frozenset(job.containers)))
        if role is not None:
            found[at] = role
    return found


def policies(lake: Lake) -> str:
    """Settings that name the duties to keep apart."""
    return "".join(
        f"[[policies.sod]]\nname = {json.dumps(name)}\nleft = {{ containers = {json.dumps(list(left))} }}\n"
        f"right = {{ containers = {json.dumps([right])} }}\n\n"
        for name, left, right in lake.pairs
    )


def capture(tables: Mapping[str, list[Row]], folder: Path) -> Path:
    """Write tables as CSV files."""
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        if not rows:
            continue
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows({column: text(value) for column, value in row.items()} for row in rows)
    return folder


def text(value: object) -> object:
    """A value as captures write it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value
