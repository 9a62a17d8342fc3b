"""The files of a proposal: what stands beside roles is written for people, and read back by later stages."""

from pathlib import Path

import polars as pl

from lakezones.model import tables as t
from lakezones.pipeline import Workspace
from tests import golden

BESIDE = ("role_rules", "role_rule_people", "role_variants", "variant_classes", "excess")


def test_what_stands_beside_roles_is_written_and_read_back(tmp_path: Path) -> None:
    ws = Workspace(tmp_path / "lake")
    ws.scan(str(golden.CAPTURE))
    ws.access()
    proposal = ws.propose()
    again = ws.read_proposal()
    roles = set(proposal.roles["role_id"])
    assert roles
    for name in BESIDE:
        frame = getattr(again, name)
        assert frame.equals(getattr(proposal, name))
        written = pl.read_csv(ws.root / "proposal" / f"{name}.csv", infer_schema=False)
        assert written.columns == t.PROPOSAL_TABLES[name].column_names()
        assert written.height == frame.height
    assert set(proposal.role_rules["role_id"]) == set(proposal.role_variants["role_id"]) == roles
    assert set(proposal.role_rule_people["role_id"]) | set(proposal.variant_classes["role_id"]) <= roles
    assert proposal.roles["purpose"].str.contains("role-").all()
    assert ws.plan().steps.height
    assert ws.verify().holds
