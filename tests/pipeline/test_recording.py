"""What was acknowledged is in the log, whatever happens to the process; nothing is added to a log that was changed."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lakezones.errors import CheckFailed, ConfigError, StaleInputError, WorkspaceError
from lakezones.model.outputs import Outputs
from lakezones.pipeline import Workspace
from lakezones.review.log import Checkpoint, all_of, read, verify
from lakezones.review.log.signing import public_key, signature_fault
from lakezones.store.manifest import MANIFEST
from tests.pipeline.recorders import record

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    (tmp_path / "lake").mkdir()
    return tmp_path / "lake"


def test_each_batch_ends_with_a_checkpoint(lake: Path) -> None:
    for number in range(3):
        record(lake, number)
    ws = Workspace(lake)
    log = ws.read_log()
    assert [one["kind"] for one in read(log)] == ["decision", "decision", "decision", "batch"] * 3
    known = all_of((lake / "review" / "checkpoints.txt").read_text("utf-8"))
    assert [one.size for one in known] == [4, 8, 12]
    assert str(known[-1]) == ws.read_checkpoint() == (lake / "review" / "checkpoint.txt").read_text("utf-8")
    assert verify(log, known[-1], older=known[0], known=known).holds
    assert (lake / "review" / "audit.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_is_recorded_is_said(lake: Path) -> None:
    ws = Workspace(lake)
    first = ws.record([{"kind": "campaign", "name": "Spring"}], render=lambda _: Outputs())
    assert [one["record_id"] for one in first.records] == ["r000001"]
    assert first.checkpoint.split("\n")[:2] == ["lakezones/review", "1"]
    assert first.key_id is None
    again = ws.record([], render=lambda records: Outputs(documents={"summary": {"records": len(records)}}))
    assert again.records == []
    assert again.checkpoint == first.checkpoint
    assert ws.read_document("review") == {"records": 1}


def test_an_old_log_is_carried_over(lake: Path) -> None:
    old = '{"object_id": "R1", "decision": "approve", "reviewer": "Ana"}\n'
    Workspace(lake).write_stage("review", Outputs(texts={"audit.jsonl": old}), inputs=[])
    record(lake, 0)
    records = read(Workspace(lake).read_log())
    assert [one["kind"] for one in records] == ["carried", "decision", "decision", "decision", "batch"]
    assert records[0]["line"] + "\n" == old


def test_files_that_are_not_written_again_stay(lake: Path) -> None:
    record(lake, 0)
    folder = lake / "review"
    (folder / "signoff").mkdir()
    (folder / "signoff" / "risk.html").write_text("signed")
    (folder / "review.xlsx").write_text("somebody's")
    record(lake, 1)
    (folder / "review.xlsx").write_text("somebody's, changed")
    record(lake, 2)
    assert (folder / "signoff" / "risk.html").read_text() == "signed"
    assert (folder / "review.xlsx").read_text() == "somebody's, changed"
    manifest = json.loads((folder / MANIFEST).read_text())
    assert set(manifest["outputs"]) == {"audit.jsonl", "checkpoint.txt", "checkpoints.txt", "summary.json"}


def test_nothing_is_added_to_a_log_that_was_changed(lake: Path) -> None:
    record(lake, 0)
    path = lake / "review" / "audit.jsonl"
    before = path.read_text("utf-8")
    path.write_text(before.replace("0-1", "9-1"), "utf-8")
    with pytest.raises(StaleInputError, match=r"audit\.jsonl is not the file that was written"):
        record(lake, 1)
    # Whoever changes the log may well make the manifest fit it; the checkpoint remains.
    manifest = lake / "review" / MANIFEST
    held = json.loads(manifest.read_text())
    import hashlib

    held["outputs"]["audit.jsonl"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(held))
    with pytest.raises(CheckFailed, match="are not those that the checkpoint was made of"):
        record(lake, 1)
    assert path.read_text("utf-8") == before.replace("0-1", "9-1")


def test_a_log_without_its_manifest_is_not_written_over(lake: Path) -> None:
    record(lake, 0)
    path = lake / "review" / "audit.jsonl"
    before = path.read_bytes()
    manifest = lake / "review" / MANIFEST
    held = json.loads(manifest.read_text())
    del held["outputs"]["audit.jsonl"]
    for broken in (json.dumps(held), None):
        if broken is None:
            manifest.unlink()
        else:
            manifest.write_text(broken)
        with pytest.raises(WorkspaceError, match="no manifest"):
            record(lake, 1)
        assert path.read_bytes() == before


def killed(lake: Path, *, kills: int, seed: int) -> None:
    """Recorders that are killed: everything they acknowledged is there, and whole batches alone."""
    chance = random.Random(seed)
    done = first = 0
    for kill in range(kills):
        command = [sys.executable, "-m", "tests.pipeline.recorders", str(lake), str(first)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged = [int(process.stdout.readline())]
            time.sleep(chance.uniform(0, 0.05))
            process.kill()
            acknowledged += [int(line) for line in process.stdout.read().splitlines()]
        log = Workspace(lake).read_log()
        batches = [one["batch"] for one in read(log) if one["kind"] == "batch"]
        where = f"seed {seed}, kill {kill}"
        assert set(acknowledged) <= set(batches), where
        assert len(read(log)) == 4 * len(batches), where
        assert verify(log, Checkpoint.parse(Workspace(lake).read_checkpoint())).document()["not_covered"] == 0, where
        assert len(batches) - done <= len(acknowledged) + 1, where
        done, first = len(batches), batches[-1] + 1
    record(lake, first)
    assert not [path.name for path in lake.iterdir() if path.name.endswith((".tmp", ".previous"))]


def test_what_was_acknowledged_outlives_a_kill(lake: Path) -> None:
    killed(lake, kills=2, seed=5)


@pytest.mark.torture
def test_what_was_acknowledged_outlives_forty_kills(lake: Path) -> None:
    killed(lake, kills=40, seed=time.time_ns() % 10_000)


def configure(lake: Path, key: Path | str) -> None:
    (lake / "lakezones.toml").write_text(f'[review.signing]\nkey = "{key}"\n')


def pem_of(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_configured_key_signs_each_checkpoint(lake: Path) -> None:
    key = Ed25519PrivateKey.generate()
    (lake / "signing.pem").write_bytes(pem_of(key))
    configure(lake, "signing.pem")
    record(lake, 0)
    record(lake, 1)
    public = public_key(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), name="key.pub")
    folder = lake / "review"
    known = all_of((folder / "checkpoints.txt").read_text("utf-8"))
    signed = (folder / "checkpoints.dsse.jsonl").read_text("utf-8").splitlines()
    assert [signature_fault(one, public, point) for one, point in zip(signed, known, strict=True)] == ["", ""]
    assert (folder / "checkpoint.dsse.json").read_text("utf-8") == signed[-1] + "\n"
    configure(lake, "")
    record(lake, 2)
    assert (folder / "checkpoint.dsse.json").read_text("utf-8") == ""
    secret = pem_of(key).splitlines()[1]
    assert not [path for path in folder.iterdir() if secret in path.read_bytes()]


def test_a_key_that_is_missing_or_none_stops_the_recording(lake: Path) -> None:
    record(lake, 0)
    configure(lake, "nowhere.pem")
    with pytest.raises(ConfigError, match=r"nowhere\.pem cannot be read: No such file"):
        record(lake, 1)
    (lake / "bad.pem").write_text("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")
    configure(lake, "bad.pem")
    with pytest.raises(ConfigError, match="cannot be read: an Ed25519 or ECDSA P-256 key") as caught:
        record(lake, 1)
    assert "c2VjcmV0" not in str(caught.value)
    configure(lake, "https://keys.example/keys/mine")
    with pytest.raises(ConfigError, match="is not in Azure Key Vault"):
        record(lake, 1)
    assert len(read(Workspace(lake).read_log())) == 4
