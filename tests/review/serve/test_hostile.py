"""Names that are markup, formulas, or turn text round, walked through every page: none of it is anything but text."""

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest

from lakezones.model.frames import Facts, conform, frames_of
from lakezones.model.tables import Roles
from lakezones.pages.formats import legible
from lakezones.pipeline.serving import WorkspaceDesk
from tests.review.lake import ROLES, SmallLake
from tests.review.lake import proposed as proposed_by_hand
from tests.review.serve.client import Client
from tests.review.serve.desks import browsers, handmade, people

SCRIPT = "<script>alert(1)</script>"
NAMES = {
    "ann": f"Ann {SCRIPT}",
    "bob": '"><img src=x onerror=alert(2)>',
    "cyd": "\u202eymac\u202c Moss",
    "eve": '=HYPERLINK("http://evil.example","Eve")',
    "tom": "' onmouseover='alert(3)",
    "olga": "Olga {{7*7}} </title><svg/onload=alert(4)>",
}
ROLE = '</h1><a href="javascript:alert(5)">role</a> '
TEXT = "{% raw %}<style>*{}</style>&amp;<b>"


def hostile(lake: SmallLake) -> SmallLake:
    """The lake made by hand with names that are something else than names."""
    tables = {name: frame for name, frame in frames_of(lake.facts).items() if name != "gaps"}
    named = pl.col("principal_id").replace_strict(NAMES, default=None, return_dtype=pl.String)
    tables["principals"] = tables["principals"].with_columns(
        name=pl.coalesce(named, "name"), title=pl.lit(f"Title {SCRIPT}"), department=pl.col("department") + pl.lit(TEXT)
    )
    facts = Facts.of(tables, as_of=lake.facts.as_of)
    proposal = proposed_by_hand(facts, lake.access, ROLES)
    roles = proposal.roles.with_columns(
        name=pl.lit(ROLE) + pl.col("name"),
        domain=pl.lit(SCRIPT) + pl.col("domain"),
        purpose=pl.lit(TEXT),
        evidence=pl.lit(f"by {SCRIPT}"),
    )
    return SmallLake(facts, lake.access, replace(proposal, roles=conform(roles, Roles)))


@dataclass
class Page(HTMLParser):
    """The elements and the text of a page."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


ADDRESSES = ("href", "src", "action", "hx-get", "hx-post", "formaction")


def check(html: str, where: str) -> str:
    """The text of a page, in which nothing is what a name says it is."""
    page = Page()
    page.feed(html)
    for tag, attributes in page.tags:
        assert tag not in ("img", "iframe", "object", "embed", "base"), (where, tag)
        assert tag != "svg" or "onload" not in attributes
        assert "style" not in attributes, (where, tag, attributes)
        assert not [name for name in attributes if name.startswith(("on", "hx-on"))], (where, attributes)
        for name in ADDRESSES:
            value = attributes.get(name, "")
            assert value == "" or value.startswith(("/", "#", "?", "data:,")), (where, tag, value)
            assert not value.startswith("//"), (where, tag, value)
        if tag == "script":
            assert attributes.get("src", "").startswith("/static/") or attributes.get("type") == "application/json", (
                where
            )
        if tag == "style":
            raise AssertionError(where)
    text = " ".join(page.said)
    assert "49" not in text or "{{7*7}}" in text
    return text


@pytest.fixture
def client(tmp_path: Path) -> Client:
    made = handmade(tmp_path, hostile)
    desk = WorkspaceDesk(made.ws)
    [browser] = browsers(desk, {"olga": people(made.ws)["olga"]})
    return browser


def test_names_are_text_on_every_page(client: Client) -> None:
    listed = check(client.get("/").text, "/")
    assert ROLE.strip() in listed
    assert SCRIPT in listed
    desk_rows = [f"/items/role/role-{name}" for name in ROLES]
    for path in desk_rows:
        for headers in ({}, {"hx-request": "true"}):
            text = check(client.get(path, headers).text, path)
            assert ROLE.strip() in text
    assert NAMES["bob"] in check(client.get("/items/role/role-fine").text, "item")
    assert NAMES["tom"] in check(client.get("/items/role/role-foreign").text, "item")
    for path in ("/history", "/campaign", "/signoff", "/submit", f"/?q={quote(SCRIPT)}", f"/?domain={quote(SCRIPT)}"):
        answer = client.get(path)
        assert answer.status == 200
        check(answer.text, path)


def test_what_is_typed_is_text_too(client: Client) -> None:
    page = Page()
    page.feed(client.get("/items/role/role-fine").text)
    shown = next(attributes["data-hash"] for _, attributes in page.tags if "data-hash" in attributes)
    form = {
        "kind": "role",
        "id": "role-fine",
        "content_hash": shown,
        "verdict": "deny",
        "query": SCRIPT,
        "next": SCRIPT,
    }
    refused = client.post("/drafts", {**form, "comment": SCRIPT}, {"hx-request": "true"})
    assert refused.status == 422
    check(refused.text, "refused")
    taken = client.post("/drafts", {**form, "comment": SCRIPT, "justification": TEXT}, {"hx-request": "true"})
    assert taken.status == 200
    check(taken.text, "taken")
    assert TEXT in check(client.get("/submit").text, "submit")
    check(client.post("/submit", {"ticket": SCRIPT, "comment": TEXT, "confirm": "yes"}).text, "submitted")
    history = check(client.get("/history").text, "history")
    assert TEXT in history
    assert SCRIPT in history
    check(client.get(f"/signoff/{quote(SCRIPT + 'market')}").text, "signoff")
    for path in (
        f"/items/role/{quote(SCRIPT)}",
        f"/items/{quote(SCRIPT)}/x",
        f"/signoff/{quote(SCRIPT)}",
        f"/{quote(SCRIPT)}",
    ):
        answer = client.get(path)
        assert answer.status == 404
        check(answer.text, path)
    check(client.post(f"/records/{quote(SCRIPT)}/withdraw", {"justification": SCRIPT}).text, "withdraw")


def test_text_that_turns_round_is_kept_apart(client: Client) -> None:
    """A right-to-left override in a name is named, and the name stands in an element of its own direction."""
    html = client.get("/items/role/role-fine").text
    start = html.index(str(legible(NAMES["cyd"])))
    assert html.rfind("<bdi", 0, start) > html.rfind("</bdi>", 0, start)
