"""Scans of an account that lies: each lie is a gap with a name, within seconds, and the rest is read.

No lie may end in a traceback, a hang, or fewer rows without a gap.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from lakezones.errors import LakezonesError
from lakezones.scan import ScanResult, ScanSettings, scan

from .lying import KEY, LIES, NAMES, VICTIM, Liar, Lie, http, page, policies, says

SECONDS = 60.0
"""Longest a scan of the liar may take; most take a tenth of a second, and those that wait for a bound two."""

BOUNDS: dict[str, Any] = {
    "cloud": "never",
    "retries": 2,
    "backoff_seconds": 0.001,
    "answer_timeout_seconds": 2,
    "max_answer_bytes": 1 << 20,
    "max_pages": 40,
    "max_wait_seconds": 1,
    "concurrency": 4,
}


@pytest.fixture(autouse=True)
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURITE_ACCOUNTS", f"lake:{KEY}")
    for name in ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_SAS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def read(liar: Liar, **changes: Any) -> ScanResult:
    started = time.monotonic()
    try:
        return scan([liar.endpoint], settings=ScanSettings(**BOUNDS | changes), now=datetime(2026, 11, 1, tzinfo=UTC))
    finally:
        assert time.monotonic() - started < SECONDS


def listed(result: ScanResult) -> list[str]:
    return result.tables["containers"].get_column("container").to_list()


def gaps(result: ScanResult) -> list[tuple[str, str, str]]:
    return result.gaps.select("source", "object_id", "code").rows()


def test_the_truth_has_no_gap() -> None:
    with Liar() as liar:
        result = read(liar)
    assert gaps(result) == []
    assert listed(result) == NAMES
    assert result.tables["stored_policies"].get_column("container").to_list() == NAMES
    assert result.tables["stored_policies"].null_count().row(0) == (0,) * 5


@pytest.mark.parametrize("name", list(LIES)[::8])
def test_a_lie_about_a_page_ends_the_listing_there(name: str) -> None:
    check_page(name)


@pytest.mark.parametrize("name", list(LIES)[4::8])
def test_a_lie_about_one_container_is_a_gap_of_it(name: str) -> None:
    check_policy(name)


@pytest.mark.torture
@pytest.mark.parametrize("name", LIES)
def test_every_lie(name: str) -> None:
    check_page(name)
    check_policy(name)


def check_page(name: str) -> None:
    lie, code = LIES[name]
    with Liar() as elsewhere, Liar(pointing(lie, elsewhere), "page") as liar:
        result = read(liar)
    assert gaps(result) == [("containers", f"lake: after {NAMES[3]}", code)]
    assert listed(result) == NAMES[:4]
    assert result.tables["stored_policies"].height == 4
    assert elsewhere.asked == []


def check_policy(name: str) -> None:
    lie, code = LIES[name]
    with Liar() as elsewhere, Liar(pointing(lie, elsewhere), "policy") as liar:
        result = read(liar)
    assert gaps(result) == [("stored_policies", VICTIM, code)]
    assert listed(result) == NAMES
    assert result.tables["stored_policies"].height == len(NAMES) - 1
    assert elsewhere.asked == []


def pointing(lie: Lie, elsewhere: Liar) -> Lie:
    """The lie, its address filled in."""

    async def pointed(writer: Any, body: bytes) -> None:
        class To:
            def write(self, content: bytes) -> None:
                writer.write(content.replace(b"{elsewhere}", elsewhere.endpoint.encode()))

            async def drain(self) -> None:
                await writer.drain()

        await lie(To(), body)  # type: ignore[arg-type]

    return pointed


def test_a_first_page_that_lies_is_an_error_of_one_line() -> None:
    with Liar() as liar:
        liar.pages = lambda _marker: "<oops>"
        with pytest.raises(LakezonesError, match=r"cannot be listed \(bad_answer"):
            read(liar)


def test_answers_that_are_odd_and_whole_are_read() -> None:
    with Liar(says(version="1.0"), "page") as liar:
        assert gaps(read(liar)) == []
    with Liar() as liar:
        liar.pages = lambda marker: page(
            NAMES[4:] if marker else NAMES[:4], "" if marker else "m1", "<!-- x --><a>1</a>"
        )
        result = read(liar)
    assert gaps(result) == []
    assert set(result.tables["containers"].get_column("metadata")) == {'{"a": "1"}'}


def endless(marker: str) -> str:
    number = int(marker[1:] or 0)
    return page([f"page-{number}"] if number < 8 else [], f"m{number + 1}")


@pytest.mark.parametrize(
    ("pages", "names"),
    [
        (lambda marker: page([f"again-{int(bool(marker))}"], "m1"), 2),
        (lambda marker: page([f"to-{marker or 'a'}-fro"], {"": "mb", "mb": "mc", "mc": "mb"}[marker]), 3),
        (endless, 8),
    ],
    ids=["the same", "to and fro", "always another"],
)
def test_a_listing_without_an_end_is_a_gap(pages: Callable[[str], str], names: int) -> None:
    with Liar() as liar:
        liar.pages = pages
        result = read(liar)
    assert [code for _, _, code in gaps(result)] == ["endless"]
    assert len(listed(result)) == names
    assert len([target for target in liar.asked if "comp=list" in target]) <= BOUNDS["max_pages"]


def test_names_that_no_container_can_have_are_gaps_and_nothing_is_asked_of_them() -> None:
    bad = ["../elsewhere", "a/b", "Mixed-Case", "x", "a--b", "-a-b", "na me", "caf\u00e9s", "tab\tbed", "n" * 64]
    with Liar() as liar:
        liar.pages = lambda _marker: page([*bad, "$root", "$logs", "good-one"])
        result = read(liar)
    assert {code for _, _, code in gaps(result)} == {"bad_name"}
    assert result.gaps.height == len(bad)
    assert listed(result) == ["$logs", "$root", "good-one"]
    assert len(liar.asked) == 1 + 3
    assert all(gap.isascii() and gap.isprintable() for gap in result.gaps.get_column("object_id"))


def test_names_that_come_again_are_kept_once() -> None:
    with Liar() as liar:
        liar.pages = lambda marker: page(NAMES[2:], "") if marker else page(NAMES[:4], "m1")
        result = read(liar)
    assert gaps(result) == []
    assert listed(result) == NAMES
    assert result.warnings == ["the listing of lake names 2 containers again"]
    with Liar() as liar:
        liar.pages = lambda marker: page(NAMES[3:], "", "<system>t</system>") if marker else page(NAMES[:4], "m1")
        result = read(liar)
    assert gaps(result) == [("containers", NAMES[3], "listed_twice")]
    assert listed(result) == NAMES


@pytest.mark.parametrize("expiry", ["2027-13-01", "2027-02-30T00:00:00Z", "soon", "2027-01-01T25:00:00Z", "0"])
def test_a_policy_with_a_time_that_is_none_is_a_gap_of_that_policy(expiry: str) -> None:
    with Liar() as liar:
        liar.policies = lambda name: policies(name, expiry if name == VICTIM else "2027-01-01")
        result = read(liar)
    assert gaps(result) == [("stored_policies", f"{VICTIM}|p", "malformed")]
    assert "expires_at" in result.gaps.row(0, named=True)["reason"]
    assert result.tables["stored_policies"].height == len(NAMES) - 1


def test_retries_are_spent_once() -> None:
    """A service that fails for good is not asked again for each of many containers."""
    names = [f"many-{number:03}" for number in range(200)]

    async def busy(writer: Any, _body: bytes) -> None:
        writer.write(http(b"", status="503 Busy"))

    with Liar(busy, "policy") as liar:
        liar.pages = lambda _marker: page(names)
        liar._truth = lambda target: ("policy" if "comp=acl" in target else "", page(names).encode())  # type: ignore[method-assign]
        result = read(liar, max_retries=30)
    assert set(result.gaps.get_column("code")) == {"503", "retries_spent"}
    assert result.gaps.height == len(names)
    assert result.gaps.filter(pl.col("code") == "retries_spent")["reason"][0] == (
        "the service failed, and scan.max_retries (30 in all) are spent"
    )
    assert len(liar.asked) <= 1 + len(names) + 30


def test_half_of_many_pages_is_read_and_the_rest_is_a_gap() -> None:
    with Liar() as liar:

        def pages(marker: str) -> str:
            number = int(marker[1:] or 0)
            return page([f"page-{number}"], f"m{number + 1}") if number < 10 else "<Error/>"

        liar.pages = pages
        result = read(liar)
    assert gaps(result) == [("containers", "lake: after page-9", "bad_answer")]
    assert len(listed(result)) == 10


def test_bounds_name_their_settings() -> None:
    """What a gap says is enough to know what to change."""
    for name, setting in (
        ("a byte a second", "answer_timeout_seconds"),
        ("endless chunks", "max_answer_bytes"),
        ("a wait of a day", "max_wait_seconds"),
    ):
        with Liar(LIES[name][0], "policy") as liar:
            assert f"scan.{setting}" in read(liar).gaps.row(0, named=True)["reason"]
    with Liar() as liar:
        liar.pages = endless
        assert "scan.max_pages" in read(liar).gaps.row(0, named=True)["reason"]
