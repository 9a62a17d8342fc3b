"""Which roles the ids of the next proposal are carried over from."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import frames_of
from lakezones.model.outputs import Outputs
from lakezones.pipeline import Workspace

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def roles(name: str) -> dict[str, pl.DataFrame]:
    return {
        "role_members": t.RoleMembers.cast(pl.DataFrame({"role_id": [name], "principal_id": ["ann"]})),
        "role_classes": t.RoleClasses.cast(
            pl.DataFrame({"role_id": [name], "class_id": ["c-1"], "level": [1]}, schema_overrides={"level": pl.UInt8})
        ),
    }


def test_ids_come_from_the_last_proposal_that_was_decided_on(tmp_path: Path) -> None:
    ws = Workspace(tmp_path)
    assert ws.reviewed_roles() is None
    ws.write_stage("proposal", Outputs(frames=roles("first")), inputs=[], started=NOW)
    assert ws.reviewed_roles() is None, "nobody has decided on it"
    ws.write_stage("review", Outputs(), inputs=[], started=NOW, extra={"reviewed": ws.digest("proposal")})
    found = ws.reviewed_roles()
    assert found is not None
    assert found.role_members.equals(roles("first")["role_members"])
    # Proposed again, not yet reviewed: the reviewed roles still count, from the copy that was kept.
    copies = {f"reviewed_{name}": frame for name, frame in frames_of(found).items()}
    ws.write_stage("proposal", Outputs(frames=roles("second") | copies), inputs=[], started=NOW)
    again = ws.reviewed_roles()
    assert again is not None
    assert again.role_classes["role_id"].to_list() == ["first"]
