"""Decisions of another workspace: taken once, with the evidence they have there, out of a log that is what it was."""

import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakezones.errors import CheckFailed, InputError, UsageError
from lakezones.pipeline import Workspace
from lakezones.pipeline.deciding import ReviewBasis
from lakezones.pipeline.federating import import_files, import_log
from lakezones.pipeline.workbooks import ImportedSheets
from lakezones.review.decisions import Draft, fold
from lakezones.review.decisions.records import withdrawn
from lakezones.review.log import checkpoint, read
from tests.golden import CAPTURE
from tests.journey import run

RESTRICTED = '""domain"": ""retail"", ""sensitivity"": ""restricted""'


BASES: dict[str, ReviewBasis] = {}


class Quick(Workspace):
    """A workspace that works out once what there is to decide on, also for its copies."""

    def review_basis(self) -> ReviewBasis:
        proposed = self.digest("proposal")
        if proposed not in BASES:
            BASES[proposed] = super().review_basis()
        return BASES[proposed]


@cache
def scanned(base: Path) -> Path:
    """A capture whose customer data is restricted, so that two must agree on the role that reads it."""
    capture = Path(shutil.copytree(CAPTURE, base / "capture"))
    file = capture / "containers.csv"
    file.write_text(file.read_text("utf-8").replace('""domain"": ""retail""', RESTRICTED), "utf-8")
    for name in ("one", "two"):
        for words in (("scan", capture), ("access",), ("propose",)):
            assert run(*words, "-w", base / name).code == 0
    return base


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scanned(tmp_path_factory.mktemp("two"))


@pytest.fixture
def both(lakes: Path, tmp_path: Path) -> tuple[Workspace, Workspace]:
    """Two workspaces, each made by itself from the same capture."""
    one, two = (Quick(shutil.copytree(lakes / name, tmp_path / name)) for name in ("one", "two"))
    return one, two


def restricted(ws: Workspace) -> tuple[str, str]:
    """The role on which two must agree, and its hash."""
    items = ws.review_basis().built.items.filter(
        pl.col("needs_two") & (pl.col("object_kind").cast(pl.String) == "role")
    )
    return items.select("object_id", "content_hash").row(0)


def decide(ws: Workspace, reviewer: str, decision: str = "approve", *, ticket: str | None = None, **more: Any) -> str:
    """A decision on the restricted role, submitted as the page does; the id of its record."""
    role_id, seen = restricted(ws)
    draft = Draft(
        object_kind="role",
        object_id=role_id,
        content_hash=seen,
        decision=decision,
        reviewer=reviewer,
        justification="as agreed",
        **more,
    )
    done = ws.submit([draft], source=ws.source(), ticket=ticket)
    assert done.rejected.is_empty(), done.rejected["reason"].to_list()
    return str(done.recorded.records[-1]["record_id"])


def log(ws: Workspace) -> Path:
    return ws.root / "review" / "audit.jsonl"


def standing(ws: Workspace) -> tuple[str, str]:
    role_id, _ = restricted(ws)
    row = ws.review_stand().standings.filter(object_id=role_id, part_kind="").row(0, named=True)
    return row["standing"], row["reason"] or ""


def test_two_people_in_two_workspaces_agree(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    decide(one, "ivy", ticket="CHG-1")
    taken = decide(two, "kim", ticket="CHG-2", comment="seen")
    assert standing(one)[0] == "waiting"
    done = import_log(one, log(two))
    assert done.sentence == f"{log(two)}: 1 decision: 1 role approved; 0 decisions unchanged"
    assert standing(one)[0] == "approved"
    made = one.in_force().filter(reviewer="kim").row(0, named=True)
    assert (made["source"], made["ticket"], made["comment"]) == (two.source(), "CHG-2", "seen")
    origin, size, root = two.read_checkpoint().split()
    batch, record = read(one.read_log())[-2:]
    assert {name: batch["from_log"][name] for name in ("origin", "size", "root")} == {
        "origin": origin,
        "size": int(size),
        "root": root,
    }
    there = read(two.read_log())[record["taken_from"]["number"] - 1]
    assert there["record_id"] == record["taken_from"]["record_id"] == taken
    assert there["decided_at"] == record["decided_at"]
    ticket = one.root.parent / "ticket.txt"
    ticket.write_text(one.read_checkpoint())
    assert run("review", "verify", "--checkpoint", ticket, "-w", one.root).code == 0


@pytest.mark.parametrize(
    ("reviewer", "ticket", "expected"),
    [("ivy", "CHG-2", "waiting"), ("kim", None, "asserted"), ("kim", "chg-1 ", "asserted")],
)
def test_without_a_second_person_or_evidence_it_is_not_approved(
    both: tuple[Workspace, Workspace], reviewer: str, ticket: str | None, expected: str
) -> None:
    one, two = both
    decide(one, "ivy", ticket="CHG-1")
    decide(two, reviewer, ticket=ticket)
    import_log(one, log(two))
    assert standing(one)[0] == expected


def test_a_copy_is_no_second_source(both: tuple[Workspace, Workspace]) -> None:
    one, _ = both
    one.source()
    other = Quick(shutil.copytree(one.root, one.root.parent / "copy"))
    decide(one, "ivy", ticket="CHG-1")
    decide(other, "kim", ticket="CHG-2")
    done = import_log(one, log(other))
    assert standing(one) == (
        "asserted",
        "approved by ivy@golden.example and kim@golden.example, but not from two workspaces or workbooks",
    )
    assert "is the log of a copy of this workspace" in done.notes[0]


def test_a_copy_that_was_given_another_id_is_no_second_source(both: tuple[Workspace, Workspace]) -> None:
    one, _ = both
    decide(one, "ivy", ticket="CHG-1")
    other = Quick(shutil.copytree(one.root, one.root.parent / "copy"))
    shutil.rmtree(other.root / ".review")
    assert other.source() != one.source()
    decide(other, "kim", ticket="CHG-2")
    assert import_log(one, log(other)).notes
    assert standing(one)[0] == "asserted"
    assert one.in_force()["source"].n_unique() == 1


def test_a_log_is_imported_once_and_what_is_new_of_it(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    decide(two, "kim", ticket="CHG-2")
    import_log(one, log(two))
    before = {path.name: path.read_bytes() for path in (one.root / "review").iterdir()}
    again = import_log(one, log(two))
    assert again.summary["changed"] == 0
    assert again.summary["unchanged"] == 1
    assert {path.name: path.read_bytes() for path in (one.root / "review").iterdir()} == before
    decide(two, "ivy", "deny", ticket="CHG-3")
    assert import_log(one, log(two)).summary["changed"] == 1
    assert standing(one)[0] == "denied"
    # The way back: what came from here is not taken as somebody else's.
    assert import_log(two, log(one)).summary["changed"] == 0
    assert len(read(two.read_log())) == 4


def test_a_withdrawal_there_withdraws_here(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    taken = decide(two, "kim", ticket="CHG-2")
    import_log(one, log(two))
    here = one.in_force()["record_id"][0]
    back = two.withdraw(taken, reviewer="kim", source=two.source(), justification="too soon").records[0]
    done = import_log(one, log(two))
    assert done.sentence.endswith("; 1 decision withdrawn")
    record = read(one.read_log())[-1]
    assert (record["kind"], record["withdraws"], record["justification"]) == ("withdrawal", here, "too soon")
    assert record["taken_from"]["record_id"] == back["record_id"]
    assert one.in_force().is_empty()
    assert import_log(one, log(two)).summary["changed"] == 0
    two.withdraw(back["record_id"], reviewer="kim", source=two.source())
    import_log(one, log(two))
    assert one.in_force()["record_id"].to_list() == [here]


def test_a_log_that_was_changed_is_refused(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    decide(two, "kim", "deny", ticket="CHG-2")
    whole = log(two).read_text("utf-8")
    for changed in (whole.replace("as agreed", "as argued"), whole[:-1], whole[: whole.index("\n") + 1]):
        log(two).write_text(changed, "utf-8")
        with pytest.raises(CheckFailed, match="is not what its checkpoint says"):
            import_log(one, log(two))
    assert run("review", "import", log(two), "-w", one.root).code == 4
    log(two).write_text(whole, "utf-8")
    point = two.root / "review" / "checkpoint.txt"
    ticket = one.root.parent / "ticket.txt"
    point.rename(ticket)
    with pytest.raises(InputError, match="no other checkpoint") as caught:
        import_log(one, log(two))
    assert "--checkpoint FILE" in str(caught.value.hint)
    assert not one.has("review")
    assert run("review", "import", log(two), "--checkpoint", ticket, "-w", one.root).code == 0
    assert one.in_force().height == 1


def test_a_log_that_was_written_again_after_an_import_is_refused(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    decide(two, "kim", ticket="CHG-2")
    decide(two, "ivy", ticket="CHG-3")
    import_log(one, log(two))
    rows = log(two).read_text("utf-8").replace("CHG-3", "CHG-4")
    log(two).write_text(rows, "utf-8")
    (two.root / "review" / "checkpoint.txt").write_text(checkpoint(rows, "lakezones/review"))
    with pytest.raises(CheckFailed, match="some were written again"):
        import_log(one, log(two))
    shorter = "".join(rows.splitlines(keepends=True)[:2])
    log(two).write_text(shorter, "utf-8")
    (two.root / "review" / "checkpoint.txt").write_text(checkpoint(shorter, "lakezones/review"))
    with pytest.raises(InputError, match="4 were imported before"):
        import_log(one, log(two))


def test_only_what_the_checkpoint_covers_is_taken(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    decide(two, "kim", ticket="CHG-2")
    ticket = one.root.parent / "ticket.txt"
    ticket.write_text(two.read_checkpoint())
    decide(two, "ivy", ticket="CHG-3")
    done = import_log(one, log(two), checkpoint=ticket)
    assert one.in_force()["reviewer"].to_list() == ["kim"]
    assert "2 records after the checkpoint not read" in done.notes[0]


def test_what_was_seen_otherwise_is_rejected_with_its_line(both: tuple[Workspace, Workspace], lakes: Path) -> None:
    one, two = both
    decide(two, "kim", ticket="CHG-2")
    capture = Path(shutil.copytree(lakes / "capture", one.root.parent / "later"))
    file = capture / "containers.csv"
    file.write_text(file.read_text("utf-8").replace('""restricted""', '""secret""'), "utf-8")
    for words in (("scan", capture), ("access",), ("propose",)):
        assert run(*words, "-w", one.root).code == 0
    ran = run("review", "import", log(two), "-w", one.root)
    assert ran.code == 3
    assert f"{log(two)} line 2: " in ran.err
    assert "has changed since it was reviewed (container crm-mart-churn has another sensitivity (" in ran.err
    shutil.copy(log(two), one.root.parent)
    shutil.copy(two.root / "review" / "checkpoint.txt", one.root.parent)
    unseen = run("review", "import", one.root.parent / "audit.jsonl", "-w", one.root)
    assert "has changed since it was reviewed (its people, containers" in unseen.err
    for damaged in (b"none", b"PAR1"):
        (one.root.parent / "seen.parquet").write_bytes(damaged)
        assert run("review", "import", one.root.parent / "audit.jsonl", "-w", one.root).err == unseen.err
    pl.DataFrame({"object_kind": ["role"]}).write_parquet(one.root.parent / "seen.parquet")
    assert run("review", "import", one.root.parent / "audit.jsonl", "-w", one.root).err == unseen.err
    assert one.in_force().is_empty()


def test_nobody_decides_for_themselves_from_elsewhere(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    decide(two, "kim", ticket="CHG-2")
    path = log(two)
    text = path.read_text("utf-8").replace('"reviewer": "kim"', '"reviewer": "Ana@golden.example"')
    path.write_text(text, "utf-8")
    (path.parent / "checkpoint.txt").write_text(checkpoint(text, "lakezones/review"))
    done = import_log(one, path)
    assert "cannot approve access for themselves" in done.rejected["reason"][0]
    assert one.in_force().is_empty()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"decision": "approve"', '"decision": 7'),
        ('"reviewer": "kim"', '"reviewer": null'),
        ('"decided_at": "', '"decided_at": "at '),
        ('"kind": "decision"', '"kind": "withdrawal"'),
        ('"kind": "decision"', '"kind": "withdrawal", "withdraws": ["r1"]'),
    ],
)
def test_a_log_that_somebody_made_by_hand_is_refused_in_words(
    both: tuple[Workspace, Workspace], old: str, new: str
) -> None:
    one, two = both
    decide(two, "kim", ticket="CHG-2")
    text = log(two).read_text("utf-8")
    assert old in text
    text = text.replace(old, new)
    log(two).write_text(text, "utf-8")
    (two.root / "review" / "checkpoint.txt").write_text(checkpoint(text, "lakezones/review"))
    with pytest.raises(InputError, match="a record lacks what a decision needs"):
        import_log(one, log(two))
    assert not one.has("review")


def test_a_sign_off_shows_what_was_taken(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    decide(two, "kim", ticket="CHG-2")
    import_log(one, log(two))
    assert run("review", "signoff", "-w", one.root).code == 0
    page = next(path for path in (one.root / "review" / "signoff").iterdir() if "CHG-2" in path.read_text("utf-8"))
    ticket = one.root.parent / "ticket.txt"
    ticket.write_text(one.read_checkpoint())
    assert run("review", "verify", "--signoff", page, "--checkpoint", ticket).code == 0


def test_what_its_reviewer_decided_here_later_stands(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    decide(two, "kim", ticket="CHG-2")
    decide(one, "kim", "deny", ticket="CHG-1")
    done = import_log(one, log(two))
    assert "here later" in done.rejected["reason"][0]
    assert standing(one)[0] == "denied"


def test_a_decision_that_went_through_another_workspace_is_the_same(
    both: tuple[Workspace, Workspace], lakes: Path, tmp_path: Path
) -> None:
    one, two = both
    three = Quick(shutil.copytree(lakes / "one", tmp_path / "three"))
    decide(three, "kim", ticket="CHG-3")
    import_log(two, log(three))
    import_log(one, log(two))
    assert one.in_force()["source"].to_list() == [three.source()]
    done = import_log(one, log(three))
    assert (done.summary["changed"], done.summary["unchanged"]) == (0, 1)
    three.withdraw(three.in_force()["record_id"][0], reviewer="kim", source=three.source())
    assert import_log(one, log(three)).summary["withdrawn"] == 1
    import_log(two, log(three))
    assert import_log(one, log(two)).summary["changed"] == 0


def test_logs_and_workbooks_go_together(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    decide(two, "kim", ticket="CHG-2")
    sheet = one.root.parent / "sheet.csv"
    assert run("review", "export", sheet, "--approve-all", "ivy", "-w", one.root).code == 0
    sheet.write_text(sheet.read_text("utf-8").replace("approve,", "aprove,", 1), "utf-8")
    (two.root / "review" / "seen.parquet").write_bytes(b"none")
    ran = run("review", "import", sheet, log(two), "--ticket", "CHG-1", "--json", "-w", one.root)
    assert ran.code == 3
    assert ran.json["rejected"] == 1
    assert one.in_force().filter(reviewer="kim")["ticket"].to_list() == ["CHG-2"]
    assert set(one.in_force().filter(reviewer="ivy")["ticket"]) == {"CHG-1"}
    assert "aprove" in (one.root / "review" / "rejected.csv").read_text("utf-8")


def test_the_own_log_is_refused(both: tuple[Workspace, Workspace]) -> None:
    one, _ = both
    decide(one, "kim", ticket="CHG-2")
    with pytest.raises(UsageError, match="this workspace's own log"):
        import_log(one, log(one))
    copied = one.root.parent / "audit.jsonl"
    shutil.copy(log(one), copied)
    with pytest.raises(UsageError, match="a copy of this workspace's own log"):
        import_log(one, copied)
    with pytest.raises(UsageError, match="--ticket without a workbook"):
        import_files(one, [], [copied], ticket="CHG-1")


def test_a_key_counts_where_its_signature_is_kept(both: tuple[Workspace, Workspace]) -> None:
    one, two = both
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = two.root.parent / "key.pem"
    key.write_bytes(pem)
    signing = Quick(two.root)
    (two.root / "lakezones.toml").write_text(f'[review.signing]\nkey = "{key}"\n')
    decide(signing, "kim")
    decide(one, "ivy", ticket="CHG-1")
    import_log(one, log(two))
    made = one.in_force().filter(reviewer="kim").row(0, named=True)
    assert made["key_id"]
    assert standing(one)[0] == "approved"
    assert read(one.read_log())[-2]["key_id"] is None  # nothing was signed here
    fresh = Quick(shutil.copytree(one.root, one.root.parent / "fresh"))
    shutil.rmtree(fresh.root / "review")
    (log(two).parent / "checkpoints.dsse.jsonl").unlink()
    import_log(fresh, log(two))
    assert fresh.in_force()["key_id"].to_list() == [None]


STEPS = st.lists(
    st.sampled_from(["ivy approve", "kim approve", "kim deny", "ivy defer", "withdraw", "import"]), max_size=6
)


def said(ws: Workspace) -> list[Sequence[Any]]:
    columns = ["object_id", "reviewer", "decision", "ticket", "source", "decided_at"]
    return sorted(ws.in_force().select(pl.col(columns).cast(pl.String)).rows())


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_however_a_log_came_to_be_an_import_gives_what_is_in_force_there(
    lakes: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("steps")
    one, two = (Quick(shutil.copytree(lakes / name, folder / name)) for name in ("one", "two"))
    for number, step in enumerate(["kim approve", *steps, "import"]):
        records = read(two.read_log()) if two.has("review") else []
        if step == "import":
            done: ImportedSheets = import_log(one, log(two))
            assert done.rejected.is_empty()
            assert said(one) == said(two)
            before = one.read_log()
            assert import_log(one, log(two)).summary["changed"] == 0
            assert one.read_log() == before
        elif step == "withdraw":
            gone = withdrawn(records)
            last = next((r for r in reversed(records) if r["kind"] != "batch" and r["record_id"] not in gone), None)
            if last is not None:
                two.withdraw(last["record_id"], reviewer=last["reviewer"], source=two.source())
        else:
            decide_again(two, *step.split(), number)
    assert fold(read(one.read_log())).height == two.in_force().height


def decide_again(ws: Workspace, reviewer: str, decision: str, number: int) -> None:
    decide(ws, reviewer, decision, ticket=f"CHG-{number}")
