"""The page: escaped, self-contained, redacted when asked, and said where it is cut."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest

from lakezones import report
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Plan, Proof, Proposal
from lakezones.pipeline import Workspace
from lakezones.report import charts
from lakezones.report.content import ROWS, content
from lakezones.report.heatmap import MAX_COLUMNS, MAX_ROWS, heatmap_frame
from tests.journey import golden_lake

Everything = tuple[Facts, Access, pl.DataFrame, Proposal, Plan, Proof]


@pytest.fixture(scope="module")
def everything() -> Everything:
    ws = Workspace(golden_lake())
    found = ws.read_frames("proposal", {"findings": t.Findings})["findings"]
    document = ws.read_document("verify", "proof")
    proof = Proof(holds=document["holds"], claims=document["claims"], counterexample=t.Counterexample.create_empty())
    return (
        ws.facts_used(),
        ws.read_access(),
        found,
        ws.read_proposal(),
        ws.read_plan(),
        proof,
    )


def page(all_of_it: Everything, *, redact: bool = False) -> str:
    facts, access, found, proposal, plan, proof = all_of_it
    cells = heatmap_frame(facts, access)
    return report.render(facts, access, found, proposal=proposal, plan=plan, proof=proof, cells=cells, redact=redact)


class Tags(HTMLParser):
    """Collects tags and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.found


def test_the_page_loads_nothing(everything: Everything) -> None:
    html = page(everything)
    for tag, attributes in tags(html):
        assert tag not in ("script", "link", "iframe", "object", "embed", "base", "form")
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("src", "href", "xlink:href", "action", "data"):
                assert (value or "").startswith("#"), (tag, name, value)
    assert not re.search(r"url\(\s*['\"]?(?!#)", html)
    assert "@import" not in html
    policy = next(a["content"] for tag, a in tags(html) if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in str(policy)
    assert not set(re.findall(r"https?://[^\s\"'<]+", html)) - {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_the_page_says_what_matters(everything: Everything) -> None:
    html = page(everything)
    for words in ("public container", "What to do first", "Proof: ", "draft: nobody has decided yet", "retail-raw"):
        assert words in html
    assert html.count("<svg") == 3
    assert html == page(everything)


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}"


def test_hostile_names_are_text(everything: Everything) -> None:
    facts, access, found, proposal, plan, proof = everything
    hostile = pl.lit(HOSTILE)
    metadata = facts.table("containers").with_columns(metadata=pl.lit('{"system": "<script>alert(2)</script>"}'))
    changed = (
        replace(facts, containers=metadata),
        access,
        found.with_columns(title=hostile, evidence=hostile, action=hostile, object_id=pl.col("object_id") + HOSTILE),
        replace(
            proposal,
            zones=proposal.zones.with_columns(domain=hostile, evidence=hostile, needs_review=True),
            roles=proposal.roles.with_columns(name=hostile, evidence=hostile),
            layout=proposal.layout.with_columns(target_container=hostile),
        ),
        replace(plan, waves=plan.waves.with_columns(domain=hostile)),
        replace(proof, claims=[{**claim, "claim": HOSTILE, "detail": HOSTILE} for claim in proof.claims]),
    )
    html = page(changed)
    assert "alert(1)" in html
    assert "{{7*7}}" in html
    assert not [tag for tag, _ in tags(html) if tag in ("script", "img")]
    assert "<script" not in html


def recognisable(facts: Facts) -> set[str]:
    people = facts.table("principals").filter(pl.col("kind").cast(pl.String) == "user")
    words = {str(word) for row in people.select("principal_id", "name").iter_rows() for word in row if word}
    return words | set(facts.table("usage")["principal_id"])


def named(words: set[str], html: str) -> set[str]:
    text = re.sub(r"<[^>]*>", " ", re.sub(r"<(style|svg).*?</\1>", " ", html, flags=re.S))
    return {w for w in words if re.search(rf"(?<![^\W_]){re.escape(w)}(?![^\W_])", text, re.IGNORECASE)}


def test_redacted_pages_name_nobody(everything: Everything) -> None:
    facts, access, found, proposal, plan, proof = everything
    words = recognisable(facts)
    assert len(words) > 10
    # Names, ids and mail addresses wherever text can hold them, a sandbox's name and a limit's object included.
    names = facts.table("principals")["name"].drop_nulls().to_list()
    text = f"asked {names[0]}, {names[1].upper()} and nobody.else@bank.example about sandbox-ana"
    found = found.with_columns(evidence=pl.lit(text))
    full = page((facts, access, found, proposal, plan, proof))
    assert len(named(words, full)) > 3
    html = page((facts, access, found, proposal, plan, proof), redact=True)
    assert named(words, html) == set()
    assert "@" not in re.sub(r"<style.*?</style>", "", html, flags=re.S)
    assert "sandbox-person " in html
    assert "people replaced by numbers" in html
    assert "analyst" in html, "words that only contain a name stay"


def test_tables_are_cut_and_say_so(everything: Everything) -> None:
    facts, access, found, proposal, plan, proof = everything
    role = proposal.roles.head(1)
    many = pl.concat([role.with_columns(role_id=pl.lit(f"r{n}"), name=pl.lit(f"name-{n:03}")) for n in range(ROWS + 7)])
    html = page((facts, access, found, replace(proposal, roles=many), plan, proof))
    assert f"{ROWS} of {ROWS + 7} rows; all of them in proposal/roles.csv" in html
    assert html.count(">name-0") == ROWS


def test_pages_without_charts_keep_their_tables(everything: Everything, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "available", lambda: False)
    html = page(everything)
    assert html.count("<svg") == 2, "the map and the flow are drawn by hand"
    assert "lake-prd-job-" in html


def test_access_alone_makes_a_page(everything: Everything) -> None:
    facts, access, found, *_ = everything
    html = report.render(facts, access, found)
    assert "Access today" in html
    assert '<h2 id="zones"' not in html
    assert "Not assessed:" in html


def test_a_large_map_stays_small() -> None:
    rows = [
        (f"c{c:03}", f"p{p:04}", "data", (1, 3, 7)[(c + p) % 3])
        for p in range(MAX_ROWS)
        for c in range(p % 2, MAX_COLUMNS, 2)
    ]
    cells = pl.DataFrame(rows, schema=["class_id", "principal_id", "lane", "level"], orient="row")
    shown = cells.select(
        row=pl.col("principal_id").rank("dense") - 1,
        column=pl.col("class_id").rank("dense") - 1,
        level=pl.col("level").cast(pl.UInt8),
        department=pl.lit("all"),
        system=pl.col("class_id"),
    )
    drawn = charts.class_map(shown)
    assert drawn is not None
    assert len(drawn) < 1_000_000
    assert drawn.count("<path") == 3


def test_the_map_names_departments_and_systems_unless_redacted(everything: Everything) -> None:
    facts, access, *_ = everything
    hostile = facts.table("principals").with_columns(department=pl.lit("<script>&"))
    facts = replace(facts, principals=hostile)
    drawn = charts.class_map(heatmap_frame(facts, access))
    assert drawn is not None
    assert "<title>CRM</title>" in drawn
    assert ">&lt;script&gt;&amp;</text>" in drawn
    assert "<script" not in drawn
    unnamed = charts.class_map(heatmap_frame(facts, access), named=False)
    assert unnamed is not None
    assert "<title" not in unnamed
    assert "<text" not in unnamed


def test_findings_name_people_once(everything: Everything) -> None:
    """The name in place of the id, and not in front of the evidence again; two of one name keep their ids."""
    facts, access, *_ = everything
    people = facts.table("principals").filter(pl.col("kind").cast(pl.String) == "user").head(3)
    first, second, third = people["principal_id"]
    named = facts.table("principals").with_columns(
        name=pl.col("principal_id").replace_strict({first: "Ann A", second: "Same", third: "Same"}, default=None)
    )
    rows = [(first, "Ann A: holds much"), (second, "Same: holds much"), ("stranger", "holds much")]
    every = pl.DataFrame(rows, schema=["object_id", "evidence"], orient="row").with_columns(
        object_kind=pl.lit("principal"), finding_id=pl.lit("x"), severity=pl.lit("high"), affected=1
    )
    every = every.with_columns(title=pl.lit("t"), action=pl.lit("a.")).cast({"affected": pl.Int64})
    shown = content(replace(facts, principals=named), access, t.Findings.validate(every, cast=True))["findings"]
    assert [(row["object_id"], row["evidence"]) for row in shown[0]["rows"]] == [
        ("Ann A", "holds much"),
        (f"Same ({second})", "holds much"),
        ("stranger", "holds much"),
    ]


@pytest.mark.parametrize(("gaps", "said"), [(1, "; 1 read failed."), (2, "; 2 reads failed.")])
def test_failed_reads_are_counted(everything: Everything, gaps: int, said: str) -> None:
    facts, *others = everything
    row = dict.fromkeys(t.Gaps.column_names(), "x")
    failed = t.Gaps.validate(pl.DataFrame([row] * gaps).select(t.Gaps.column_names()), cast=True)
    assert said in page((replace(facts, gaps=failed), *others))
