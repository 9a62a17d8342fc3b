"""Many grants read in batches, and questions that read few rows: the same files and the same answers."""

from pathlib import Path

import pytest

from lakezones.access.explanations.explanation import explain
from lakezones.config import Settings
from lakezones.model.facts import FACTS
from lakezones.pipeline import Workspace
from lakezones.store import results
from tests import golden


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = Workspace(tmp_path_factory.mktemp("batches") / "lake")
    facts = golden.facts()
    ws.write_snapshot({n: facts.table(n) for n in FACTS if facts.assessed(n)}, as_of=facts.as_of)
    ws.access(Settings())
    return ws


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "manifest.json"}


def journey(ws: Workspace) -> dict[str, dict[str, bytes]]:
    """Every stage from access to proof, and what each wrote."""
    settings = Settings()
    ws.access(settings)
    ws.propose(settings)
    ws.plan(settings, accept_gaps=True)
    ws.verify(settings)
    return {stage: outputs(ws.root / stage) for stage in ("access", "proposal", "plan", "verify")}


def test_grants_in_batches_give_the_same_files_in_every_stage(lake: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = journey(lake)
    monkeypatch.setattr(results, "MAX_GRANTS", 2)
    assert lake.rows("grants") > 2
    assert journey(lake) == whole


def test_a_question_reads_few_rows_and_answers_the_same(lake: Workspace) -> None:
    facts, access = lake.facts_used(), lake.read_access()
    zones = lake.read_zones() if lake.has("proposal") else None
    who, what = "jon", "risk-mart-limit"
    for asked, question in (
        (["JON"], {"principal": who, "zones": zones}),
        (["risk-mart-limit"], {"container": what}),
        (["JON", "Risk-Mart-Limit"], {"principal": who, "container": what}),
    ):
        assert lake.explain(*asked) == explain(facts, access, **question)
