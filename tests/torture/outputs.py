"""Every file and stream that a journey leaves, parsed by its own reader.

In: a workspace, or what a command said. Out: nothing, or an assertion that names the file and what in it could run,
steer a terminal, or is no longer the text that went in.
"""

import csv
import io
import json
import re
import subprocess
import unicodedata
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import polars as pl
from lxml import etree

from tests.journey import Ran
from tests.torture.lakes import ACCOUNT

csv.field_size_limit(1 << 27)

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")
CONTROL: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that steer a terminal or hide text: controls, formats, surrogates, separators of lines."""

STUBS: Final = """#!/bin/bash
{ printf '%s\\0' "$(basename "$0")" "$@"; printf '\\n\\0'; } >> "$CALLS"
case "$*" in *"group show"*) printf 'OID' ;; esac
"""
"""Stands for az and azcopy: writes down its arguments, each ended by NUL, a call ended by a line of its own."""


def check_workspace(root: Path) -> None:
    """Every file of a workspace; scripts are run with stubs."""
    for path in sorted(root.rglob("*")):
        if not path.is_file():
            continue
        match path.suffix:
            case ".csv":
                check_csv(path.read_bytes(), str(path))
            case ".json":
                strict_json(path.read_text("utf-8"))
            case ".jsonl":
                for line in path.read_text("utf-8").split("\n")[:-1]:
                    strict_json(line)
            case ".html":
                check_html(path.read_text("utf-8"))
            case ".parquet":
                pl.read_parquet(path)


def strict_json(text: str) -> object:
    """One JSON document, without NaN or infinities, which are none."""

    def refuse(word: str) -> object:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def check_csv(content: bytes, name: str) -> list[dict[str, str]]:
    """A CSV: as many cells everywhere, and none that a spreadsheet would run."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    assert rows, f"{name} is empty"
    header, *body = rows
    for row in body:
        assert len(row) == len(header), f"{name}: {len(row)} cells where the header has {len(header)}"
        for cell in row:
            assert not cell.startswith(FORMULA) or NUMBER.fullmatch(cell), f"{name}: {cell[:60]!r} is a formula"
    return [dict(zip(header, row, strict=True)) for row in body]


COUNTING = re.compile(r"(\d+-)?COUNTA\('[A-Za-z ]+'!\$A\$2:\$A\$\d+\)")
"""The formulas of the summary, which count decisions."""


def check_xlsx(path: Path) -> None:
    """A workbook: no formula but those that count, no link but to its own sheets, nothing outside itself."""
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            root = etree.fromstring(book.read(name))
            tags = {etree.QName(one).localname for one in root.iter() if isinstance(one.tag, str)}
            assert not tags & {"externalLink", "ddeLink", "oleObject"}, name
            assert not root.xpath("//*[@TargetMode='External']"), name
            for text in root.xpath("//*[local-name()='f']/text()"):
                assert COUNTING.fullmatch(str(text)), f"{name}: {str(text)[:60]!r}"
            for link in root.xpath("//*[local-name()='hyperlink']"):
                assert link.get("location"), name
                assert not [key for key in link.attrib if key.endswith("}id")], name
            for text in root.xpath("//*[local-name()='t']/text()"):
                assert not str(text).startswith(FORMULA), f"{name}: {str(text)[:60]!r} is a formula once saved as CSV"


class _Page(HTMLParser):
    """Collects what a page could run or ask for."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def check_html(text: str) -> None:
    """A page: no script, no frame, no handler, and no address but its own anchors."""
    page = _Page()
    page.feed(text)
    page.close()
    assert not page.tags & {"script", "iframe", "object", "embed", "form", "base", "link", "img", "foreignobject"}
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), f"<{tag} {name}={value[:60]!r}>"
        if name in ("href", "src", "xlink:href", "action", "formaction", "data"):
            assert value.startswith("#"), f"<{tag} {name}={value[:60]!r}>"
        if name == "style":
            assert "url(" not in value.lower(), f"<{tag} style={value[:60]!r}>"


def check_streams(ran: Ran) -> None:
    """What a command said: no control character, no character that hides or turns text, no traceback."""
    for stream, text in (("stdout", ran.out), ("stderr", ran.err)):
        odd = {char for char in text if char != "\n" and unicodedata.category(char) in CONTROL}
        assert not odd, f"{stream}: {sorted(map(ascii, odd))}"
    assert "Traceback" not in ran.err
    assert "unexpected" not in ran.err, ran.err


def calls_of(script: Path, folder: Path, *, answers: str = "yes\n" * 2000) -> list[list[str]]:
    """Run an exported script with stubs in its PATH; the arguments of each call, in order."""
    bin_ = folder / "bin"
    bin_.mkdir(exist_ok=True)
    for name in ("az", "azcopy"):
        (bin_ / name).write_text(STUBS)
        (bin_ / name).chmod(0o700)
    calls = folder / f"{script.name}.calls"
    calls.unlink(missing_ok=True)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    assert subprocess.run(["bash", "-n", script], capture_output=True, timeout=60).returncode == 0
    environment = {
        "PATH": f"{bin_}:/usr/bin:/bin",
        "CALLS": str(calls),
        "ACCOUNT": ACCOUNT,
        "STORAGE": "/sub/storageAccounts",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", script], cwd=work, env=environment, input=answers.encode(), capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert list(work.iterdir()) == [], "the script made files"
    content = calls.read_bytes() if calls.exists() else b""
    return [[word.decode() for word in call.split(b"\0")[:-1]] for call in content.split(b"\n\0") if call]


def printed(text: str) -> Iterator[str]:
    """Lines that hold a control character, escaped, for messages."""
    for line in text.split("\n"):
        if any(unicodedata.category(char) in CONTROL for char in line):
            yield line.encode("unicode_escape").decode()
