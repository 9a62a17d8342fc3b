"""Hostile names in every column of every table, taken through the whole journey; then every output is parsed.

A name may be anything a directory, a request system or a tester can write: formulas, quotes, markup, shell, options of
az and azcopy, characters that turn or hide text, escapes of terminals, paths, ten thousand letters.
"""

import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

import polars as pl
import pytest

from tests.journey import Ran, run
from tests.torture.lakes import ACCOUNT, REVIEWER, Spell, write_lake
from tests.torture.outputs import calls_of, check_csv, check_html, check_streams, check_workspace, check_xlsx

HOSTILE: Final = (
    '=HYPERLINK("http://evil.example","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "|=1",
    "\tx",
    "'quoted",
    "''",
    '"dq"',
    "a\nb",
    "a\r\nb",
    "a\rb",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{7*7}}",
    "{% raw %}",
    "${HOME}",
    "$(touch HACKED)",
    "`touch HACKED`",
    "; touch HACKED ;",
    "| touch HACKED",
    "&& touch HACKED",
    "'; touch HACKED; '",
    '"; touch HACKED; "',
    "\ntouch HACKED\n",
    "%0atouch HACKED",
    "$env:PATH; Remove-Item x",
    "!history",
    "~root",
    "-rf",
    "--help",
    "--account-key=x",
    "--recursive",
    "--from-to=LocalBlob",
    "\u202eevil\u202c",
    "\u2066a\u2069",
    "a\u200bb",
    "\ufeffbom",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x07bell",
    "\x7f",
    "\x9b31m",
    "../../etc/passwd",
    "..",
    "/",
    "C:\\x",
    "con",
    "nul.txt",
    "x" * 10_000,
    "[1,2]",
    '{"a":1}',
    "null",
    "';DROP TABLE x;--",
    "[l](javascript:x)",
    "# head",
    "*",
    "?",
    "[a-z]",
    "[",
    "role:x",
    "user:a:rwx",
    "a,b",
    "a;b",
    "a|b",
    "\u2028sep",
    "\u0085nel",
    "\ue000private",
    "\U0001f4a5",
    "e\u0301",
    "True",
    "1e309",
    "NaN",
    "0x10",
    "%s%n",
    "{0.__class__}",
    "{name!r}",
    "!important",
    "]]>",
    "<!--",
    "&amp;&lt;",
    " lead",
    "trail ",
    "\u00a0",
)
INSIDE: Final = "/blobServices/default/containers/"
COMMANDS: Final = ("csv", "az", "azcopy")


def spelling(seed: int) -> Spell:
    """Every name hostile, and different from every other."""
    rng = random.Random(seed)
    made: dict[tuple[str, int], str] = {}

    def spell(kind: str, number: int) -> str:
        if (kind, number) not in made:
            own, hostile = f"{kind[:3]}{number}", rng.choice(HOSTILE)
            made[kind, number] = f"{hostile}-{own}" if rng.random() < 0.7 else f"{own}-{hostile}"
        return made[kind, number]

    return spell


@cache
def journey(seed: int) -> tuple[Path, list[tuple[str, Ran]]]:
    """A finished workspace of hostile names, and what every command said on the way."""
    folder = Path(tempfile.mkdtemp(prefix="names-"))
    spell = spelling(seed)
    write_lake(folder / "capture", seed, spell=spell)
    lake = folder / "lake"
    said: list[tuple[str, Ran]] = []

    def go(*words: object, last: str | None = None) -> None:
        ran = run(*words, "-w", lake, *([] if last is None else ["--", last]))
        said.append((" ".join(map(str, [*words, *([] if last is None else [last])])), ran))

    go("scan", folder / "capture")
    go("access")
    go("propose", *([] if seed % 2 else ["--no-suggest"]))
    go("review", "export", folder / "review.csv", "--approve-all", REVIEWER)
    go("review", "export", folder / "review.xlsx", "--approve-all", REVIEWER)
    go("review", "import", folder / ("review.csv" if seed % 2 else "review.xlsx"))
    go("plan", "--accept-gaps", "-v")
    go("verify")
    for kind in COMMANDS:
        go("export", kind, "--draft")
    go("report")
    for json_too in ([], ["--json"]):
        for number in (0, 3):
            person, group, place = (spell(kind, number).strip() for kind in ("person", "group", "container"))
            for one in (person, group, place, "nobody\x1b[31m\u202e"):
                go("access", f"--explain={one}", *json_too)
            go("access", f"--explain={person}", *json_too, last=place)
            go("impact", *json_too, last=place)
        go("review", "status", *json_too)
        said.append(("diff", run("diff", lake, lake, *json_too)))
    return folder, said


@pytest.fixture(scope="module", autouse=True)
def _tidy() -> Iterator[None]:
    yield
    journey.cache_clear()


def check_said(seed: int) -> None:
    folder, said = journey(seed)
    rejected = rejected_names(folder / "lake")
    codes = Counter(ran.code for _, ran in said)
    assert set(codes) <= {0, 1, 3}, [
        (words, ran.code, ran.err[:300]) for words, ran in said if ran.code not in (0, 1, 3)
    ]
    for words, ran in said:
        if "--json" in words and ran.code == 0:
            ran.json  # noqa: B018 one document, whatever is in it
        else:
            check_streams(ran)
        if ran.code == 1:
            assert ran.err.startswith("error: "), (words, ran.err)
            assert "nobody" in words or any(name in words for name in rejected), (words, ran.err)


def rejected_names(lake: Path) -> set[str]:
    """What the rows say that the scan could not use: nothing is called that."""
    (path,) = (lake / "snapshots").glob("*/rejected.csv")
    rows = [json.loads(row) for row in pl.read_csv(path, infer_schema=False)["row"].drop_nulls()]
    return {str(value).strip() for row in rows for value in row.values() if value}


def check_files(seed: int) -> None:
    folder, _ = journey(seed)
    check_workspace(folder / "lake")
    check_csv((folder / "review.csv").read_bytes(), "review.csv")
    check_xlsx(folder / "review.xlsx")
    check_html((folder / "lake" / "report" / "index.html").read_text("utf-8"))
    beyond = {path.relative_to(folder).parts[0] for path in folder.rglob("*")}
    assert beyond <= {
        "capture",
        "lake",
        "review.csv",
        "review.xlsx",
        "bin",
        "work",
        "plan.az.sh.calls",
        "plan.azcopy.sh.calls",
    }


def check_scripts(seed: int) -> None:
    """What az and azcopy were called with is what the plan says, word by word."""
    folder, _ = journey(seed)
    purposes = pl.read_parquet(folder / "lake" / "proposal" / "roles.parquet")["purpose"]
    values = FIXED | expected(names_of(folder / "lake")) | set(purposes)
    for kind in ("az", "azcopy"):
        for call in calls_of(folder / "lake" / "export" / kind / f"plan.{kind}.sh", folder):
            assert call[0] == kind
            for word in call[1:]:
                option, _, value = word.partition("=") if word.startswith("--") else ("", "", word)
                assert not word.startswith("-") or option in OPTIONS, word
                assert not value or value in values or value.partition(INSIDE)[2] in values, word


def expected(names: set[str]) -> set[str]:
    """Every value that a call may have: a name, a place taken apart, an ACL entry, a scope or an address of it."""
    parts = {part for name in names if "/" in name for part in name.split("/", 1)}
    whole = names | parts | {"OID"}
    rights = ("r-x", "rwx")
    kinds = ("user", "group")
    acls = {f"{kind}:{name},default:{kind}:{name}" for name in whole for kind in kinds}
    acls |= {f"{kind}:{name}:{x},default:{kind}:{name}:{x}" for name in whole for kind in kinds for x in rights}
    places = {tuple(name.split("/", 1)) if "/" in name else (ACCOUNT, name) for name in whole}
    hosts = {(ACCOUNT, name) for name in whole} | places
    addresses = {f"https://{one}.blob.core.windows.net/{quote(place)}" for one, place in hosts}
    return whole | acls | addresses | {f"{address}/*" for address in addresses}


OPTIONS: Final = frozenset(
    [
        "--output",
        "--group",
        "--query",
        "--account-name",
        "--file-system",
        "--auth-mode",
        "--description",
        "--display-name",
        "--mail-nickname",
        "--member-id",
        "--name",
        "--path",
        "--acl",
        "--assignee-object-id",
        "--assignee-principal-type",
        "--role",
        "--scope",
        "--ids",
        "--recursive",
    ]
)
FIXED: Final = frozenset(
    [
        "ad",
        "group",
        "show",
        "create",
        "member",
        "add",
        "remove",
        "storage",
        "fs",
        "directory",
        "access",
        "update-recursive",
        "remove-recursive",
        "role",
        "assignment",
        "delete",
        "copy",
        "sync",
        "none",
        "login",
        "id",
        "tsv",
        "Group",
        "ServicePrincipal",
        ACCOUNT,
        "/",
    ]
) | {"Storage Blob Data Reader", "Storage Blob Data Contributor", "Storage Blob Data Owner"}


def names_of(lake: Path) -> set[str]:
    """Whatever the plan names."""
    names: set[str] = set()
    for file in ("plan", "items"):
        rows = check_csv((lake / "export" / "csv" / f"{file}.csv").read_bytes(), file)
        for row in rows:
            for column in ("principal_id", "group", "object_id", "container", "path", "target", "role"):
                cell = row.get(column) or ""
                names.add(cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@\t\r'" else cell)
    return {name for name in names if name}


QUICK: Final = (1,)


@pytest.mark.slow
@pytest.mark.parametrize("seed", QUICK)
def test_hostile_names_stay_text_everywhere(seed: int) -> None:
    check_said(seed)
    check_files(seed)
    check_scripts(seed)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(10, 30))
def test_many_draws_of_hostile_names_stay_text_everywhere(seed: int) -> None:
    check_said(seed)
    check_files(seed)
    check_scripts(seed)
