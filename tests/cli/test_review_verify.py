"""`review verify` says in a sentence what holds, and with exit 4 what does not and where."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.journey import Ran, run
from tests.pipeline.reviewed import drafts, reviewed_lake
from tests.review.log.test_signing import private_pem

from lakezones.pipeline import Workspace
from lakezones.review.log import Checkpoint, checkpoint, read
from lakezones.review.log.signing import local_signer, sign


class Case:
    """A reviewed lake, and its checkpoints as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake, points = reviewed_lake(folder)
        self.points = []
        for number, point in enumerate(points):
            self.points.append(folder / f"ticket-{number}.txt")
            self.points[-1].write_text(point)
        self.log = self.lake / "review" / "audit.jsonl"

    def verify(self, *words: object, point: int = -1) -> Ran:
        return run("review", "verify", "--checkpoint", self.points[point], *words, "-w", self.lake)


def words_of(ran: Ran) -> str:
    """What was printed, however the terminal wrapped it."""
    return " ".join(ran.out.split())


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_what_holds_is_said(case: Case) -> None:
    ran = case.verify()
    assert ran.code == 0, ran.err
    assert "are exactly those that the checkpoint was made of" in words_of(ran)
    assert "decisions.parquet and decisions.csv say what follows from the log" in words_of(ran)


def test_what_is_not_covered_is_named(case: Case) -> None:
    ran = case.verify("--json", point=0)
    document = json.loads(ran.out)
    assert (ran.code, document["holds"], document["covered"], document["not_covered"]) == (0, True, 5, 6)
    assert "records 6 to 11 (1 batch, 4 decision, 1 withdrawal) came after the checkpoint" in " ".join(
        document["proven"]
    )


def test_growth_between_two_checkpoints_is_proven(case: Case) -> None:
    ran = case.verify("--older", case.points[0])
    assert ran.code == 0
    assert "the log only grew" in words_of(ran)
    assert case.verify("--older", case.points[2], point=0).code == 4


def test_an_edit_is_found_and_narrowed_down(case: Case) -> None:
    text = case.log.read_text("utf-8")
    rows = text.splitlines()
    rows[7] = rows[7].replace('"defer"', '"approve"')
    case.log.write_text("\n".join(rows) + "\n", "utf-8")
    ran = case.verify()
    assert ran.code == 4
    assert "still fit records 1 to 5, look at records 6 to 10" in ran.err
    assert "Traceback" not in ran.err


def test_a_whole_rewrite_with_all_its_files_is_found(case: Case, tmp_path: Path) -> None:
    """Somebody writes the history again, with every file of the workspace fitting it."""
    kept = case.points[-1]
    records = read(case.log.read_text("utf-8"))
    for record in records:
        record.pop("number")
        record.pop("salt")
        if record.get("decision") == "deny":
            record["decision"] = "approve"
    shutil.rmtree(case.lake / "review")
    ws = Workspace(case.lake)
    ws.record(records, render=ws.rendering(None, None))
    own = tmp_path / "own.txt"
    own.write_text(ws.read_checkpoint())
    assert run("review", "verify", "--checkpoint", own, "-w", case.lake).code == 0, "by itself it is in order"
    ran = run("review", "verify", "--checkpoint", kept, "-w", case.lake)
    assert ran.code == 4
    assert "are not those that the checkpoint was made of" in ran.err


def test_truncation_and_loss_are_found(case: Case) -> None:
    whole = case.log.read_text("utf-8")
    case.log.write_text("\n".join(whole.splitlines()[:-2]) + "\n", "utf-8")
    assert "2 records of before the checkpoint gone" in case.verify().err
    case.log.write_text(whole[:-10], "utf-8")
    assert case.verify().code == 4
    case.log.unlink()
    ran = case.verify()
    assert ran.code == 1
    assert "the log is gone" in ran.err


def test_decisions_that_do_not_follow_from_the_log_are_named(case: Case) -> None:
    path = case.lake / "review" / "decisions.parquet"
    frame = pl.read_parquet(path)
    frame.with_columns(decision=pl.lit("approve").cast(frame.schema["decision"])).write_parquet(path)
    ran = case.verify()
    assert ran.code == 4
    assert "approve of role" in words_of(ran)
    assert "does not follow from the log" in words_of(ran)
    frame.write_parquet(path)
    table = case.lake / "review" / "decisions.csv"
    table.write_text(table.read_text("utf-8").replace("deny", "approve", 1), "utf-8")
    ran = case.verify()
    assert ran.code == 4
    assert "decisions.csv is not what follows from the log, from line" in ran.err
    path.write_bytes(b"PAR1")
    assert "decisions.parquet cannot be read" in case.verify().out
    path.unlink()
    table.unlink()
    ran = case.verify()
    assert ran.code == 4
    assert "Traceback" not in ran.err


def test_a_signature_is_held_against_a_key(case: Case) -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    for name, one in (("key.pub", key), ("other.pub", other)):
        pem = one.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (case.folder / name).write_bytes(pem)
    point = Checkpoint.parse(case.points[-1].read_text())
    signature = case.folder / "signed.json"
    signature.write_text(sign(point, local_signer(private_pem(key), name="key")))
    ran = case.verify("--signature", signature, "--key", case.folder / "key.pub")
    assert ran.code == 0
    assert "the checkpoint is signed with the key" in words_of(ran)
    assert "signed by another key" in case.verify("--signature", signature, "--key", case.folder / "other.pub").err
    assert (
        "over another checkpoint"
        in case.verify("--signature", signature, "--key", case.folder / "key.pub", point=0).err
    )
    ran = case.verify("--signature", signature)
    assert (ran.code, "--signature without --key" in ran.err) == (2, True)


def test_each_batch_that_names_a_key_has_a_signature(case: Case) -> None:
    key = Ed25519PrivateKey.generate()
    (case.lake / "key.pem").write_bytes(private_pem(key))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (case.folder / "key.pub").write_bytes(pem)
    (case.lake / "lakezones.toml").write_text('[review.signing]\nkey = "key.pem"\n')
    ws = Workspace(case.lake)
    for reviewer in ("dan", "eve"):
        ws.submit(drafts(ws.review_basis(), reviewer=reviewer), source="w-1")
    point = case.folder / "signed.txt"
    point.write_text(ws.read_checkpoint())
    words = ("review", "verify", "--checkpoint", point, "-w", case.lake)
    ran = run(*words)
    assert ran.code == 0, ran.err
    assert "a signature is kept of every batch that names a key (2, not verified without --key)" in words_of(ran)
    signature = case.lake / "review" / "checkpoint.dsse.json"
    ran = run(*words, "--signature", signature, "--key", case.folder / "key.pub")
    assert ran.code == 0, ran.err
    assert "verified" in words_of(ran)
    kept = case.lake / "review" / "checkpoints.dsse.jsonl"
    both = kept.read_text("utf-8").splitlines(keepends=True)
    kept.write_text(both[0])
    ran = run(*words)
    assert ran.code == 4
    assert "and no signature of it over a checkpoint with that batch is kept" in ran.err
    forged = json.loads(both[1])
    forged["signatures"][0]["sig"] = json.loads(both[0])["signatures"][0]["sig"]
    kept.write_text(both[0] + json.dumps(forged) + "\nscribble\n")
    assert run(*words).code == 0, "without the public key nobody can tell"
    assert run(*words, "--signature", signature, "--key", case.folder / "key.pub").code == 4
    kept.unlink()
    assert run(*words).code == 4


def test_a_checkpoint_can_be_pasted(case: Case) -> None:
    words = [sys.executable, "-m", "lakezones", "review", "verify", "--checkpoint", "-", "-w", str(case.lake)]
    ran = subprocess.run(words, input=case.points[-1].read_text(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("words", [(), ("--checkpoint", "nowhere.txt"), ("--checkpoint", "{log}")])
def test_what_is_no_checkpoint_is_an_error_with_a_hint(words: tuple[str, ...], case: Case) -> None:
    ran = run("review", "verify", *(word.format(log=case.log) for word in words), "-w", case.lake)
    assert ran.code in (1, 2)
    assert "hint:" in ran.err
    assert "Traceback" not in ran.err


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "ticket.txt").write_text(checkpoint("", "bank.example/lake"))
    ran = run("review", "verify", "--checkpoint", tmp_path / "ticket.txt", "-w", tmp_path / "lake")
    assert ran.code == 1
    assert "nothing was recorded" in ran.err


def test_a_broken_log_never_ends_in_a_traceback(case: Case) -> None:
    whole = case.log.read_bytes()
    draw = random.Random(4)
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 30)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        case.log.write_bytes(bytes(data))
        ran = case.verify()
        assert ran.code == 4
        assert "Traceback" not in ran.err
