"""A journal on a full disk, and errors that tasks raise side by side: one line with a hint, whichever came first."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lakezones.errors import ConfigError, UsageError, WorkspaceError
from lakezones.scan import ScanSettings
from lakezones.scan.azure.transport import transport
from lakezones.scan.journal import Journal
from lakezones.scan.run import _run
from lakezones.scan.sources import parse_source

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
def test_a_full_disk_is_told_and_what_was_written_is_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "lake" / ".scan", scan={"a": 1}, resume=False, now=NOW)
    journal.record("part", "one", 1)
    journal.flush()
    journal._file.close()
    journal._file = Path("/dev/full").open("wb")  # noqa: SIM115
    journal.record("part", "two", 2)
    with pytest.raises(WorkspaceError, match="No space left") as caught:
        journal.flush()
    assert "--resume" in str(caught.value.hint)
    journal.close()  # does not fail again
    again = Journal(tmp_path / "lake" / ".scan", scan={"a": 1}, resume=True, now=NOW)
    assert dict(again.done("part")) == {"one": 1}
    again.close()
    assert (tmp_path / "lake").stat().st_mode & 0o777 == 0o700


def test_of_errors_side_by_side_the_one_for_users_counts() -> None:
    async def fail(error: Exception) -> None:
        raise error

    async def both() -> None:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(fail(ValueError("a fault")))
            async with asyncio.TaskGroup() as inner:
                inner.create_task(fail(WorkspaceError("full", hint="make room")))

    with pytest.raises(WorkspaceError, match="full"):
        _run(both())

    async def faults() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(ValueError("a fault")))

    with pytest.raises(ExceptionGroup):
        _run(faults())


def test_an_authority_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")

    async def make(path: Path) -> None:
        transport(ScanSettings(ca_file=str(path)))

    for path in (tmp_path / "ca.pem", tmp_path / "nowhere.pem"):
        with pytest.raises(ConfigError, match="ca_file"):
            asyncio.run(make(path))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://bank/x",
        "https://",
        "https://[::1",
        "https://bank.blob.core.windows.net:99999",
        "https://bank.blob.core.windows.net/container",
        "https://bank.blob.core.windows.net#x",
        "bank.blob.core.windows.net",
        "http://127.0.0.1:10000",
        "http://127.0.0.1:10000/devstoreaccount1/container",
    ],
)
def test_odd_addresses_are_usage(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_source(text, settings=ScanSettings(), environ={})
    assert caught.value.hint


def test_an_address_is_an_address_in_capitals_too() -> None:
    found = parse_source("HTTPS://Bank.blob.core.windows.net/", settings=ScanSettings(), environ={})
    assert (found.kind, found.location) == ("storage", "https://bank.blob.core.windows.net")


def test_keys_of_the_emulators_accounts_are_theirs() -> None:
    environ = {"AZURITE_ACCOUNTS": "one:a2V5MQ==;two:a2V5Mg=="}
    found = parse_source("http://127.0.0.1:10000/two", settings=ScanSettings(), environ=environ)
    assert found.credential.named_key.name == "two"
    assert (
        parse_source("https://two.blob.core.windows.net", settings=ScanSettings(), environ=environ).credential is None
    )


def test_a_key_that_is_none_is_told_unseen() -> None:
    text = "AccountName=x;AccountKey=no-key!;BlobEndpoint=http://127.0.0.1:1/x"
    with pytest.raises(ConfigError, match="base64") as caught:
        parse_source("azurite", settings=ScanSettings(), environ={"AZURE_STORAGE_CONNECTION_STRING": text})
    assert "no-key!" not in f"{caught.value}{caught.value.hint}"


def _kept(tmp_path: Path, damage: Callable[[list[bytes]], list[bytes]]) -> dict[str, object]:
    """What a journal of three reads still knows once its lines were damaged."""
    journal = Journal(tmp_path, scan={"a": 1}, now=NOW)
    for number in range(3):
        journal.record("part", str(number), {"value": number})
    journal.close()
    lines = (tmp_path / "scan.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "scan.jsonl").write_bytes(b"".join(damage(lines)))
    again = Journal(tmp_path, scan={"a": 1}, resume=True, now=NOW)
    again.close()
    return dict(again.done("part"))


@pytest.mark.parametrize(
    ("damage", "known"),
    [
        (lambda lines: lines, 3),
        (lambda lines: [*lines[:2], lines[2].replace(b"1", b"7", 1), lines[3]], 1),
        (lambda lines: [*lines[:2], b"[]\n", lines[3]], 1),
        (lambda lines: [*lines[:2], b"5\n", lines[3]], 1),
        (lambda lines: [*lines[:2], b'{"part": 1}\n', lines[3]], 1),
        (lambda lines: [*lines[:2], b'["part","1",{}]\n', lines[3]], 1),
        (lambda lines: [*lines[:2], b'[[],{},1,"x"]\n', lines[3]], 1),
        (lambda lines: [*lines[:2], b"[" * 100_000 + b"\n", lines[3]], 1),
        (lambda lines: [*lines[:2], b"\xff\n", lines[3]], 1),
        (lambda lines: [b"[]\n", *lines[1:]], 0),
        (lambda lines: [b"null\n", *lines[1:]], 0),
        (lambda lines: [lines[0].replace(b"2026", b"soon"), *lines[1:]], 0),
        (lambda lines: [lines[0].replace(b"2026", b"9999"), *lines[1:]], 0),
        (lambda lines: [lines[0].replace(b'"started_at"', b'"x"'), *lines[1:]], 0),
        (lambda lines: [], 0),
    ],
)
def test_what_is_not_what_was_written_is_read_again(
    tmp_path: Path, damage: Callable[[list[bytes]], list[bytes]], known: int
) -> None:
    assert list(_kept(tmp_path, damage)) == [str(number) for number in range(known)]
