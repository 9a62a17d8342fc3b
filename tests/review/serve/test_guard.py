"""Nothing but the page itself, from this machine, gets an answer."""

from functools import cache

import pytest

from lakezones.pipeline import Workspace
from lakezones.pipeline.serving import WorkspaceDesk
from lakezones.review.serve.app import application
from lakezones.review.serve.sessions import Sessions
from tests.review.serve.client import Client
from tests.review.serve.desks import PORT, proposed

NAMES = {"ana": "Ana Doe", "bob": "Bob <b>Roe</b>"}


@cache
def desk() -> WorkspaceDesk:
    """One desk for all: nothing here decides anything."""
    return WorkspaceDesk(Workspace(proposed()))


def page() -> tuple[Client, Sessions]:
    sessions = Sessions(list(NAMES))
    return Client(application(desk(), sessions, reviewers=NAMES, port=PORT)), sessions


def entered(name: str = "ana") -> Client:
    client, sessions = page()
    assert client.get(f"/enter?token={sessions.invite(name)}", {"sec-fetch-site": "none"}).status == 303
    return client


def test_a_token_lets_in_once_and_the_cookie_lasts() -> None:
    client, sessions = page()
    token = sessions.invite("ana")
    assert client.get("/").status == 401
    answer = client.get(f"/enter?token={token}", {"sec-fetch-site": "none"})
    assert (answer.status, answer.header("location")) == (303, "/")
    cookie = (answer.header("set-cookie") or "").lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert token not in cookie
    assert client.get("/").status == client.get("/").status == 200
    assert client.get(f"/enter?token={token}").status == 303  # the same browser, reloading the address
    assert Client(client.app).get(f"/enter?token={token}").status == 401  # anybody else
    assert Client(client.app, cookies={"lakezones-review-4711": "guessed"}).get("/").status == 401


def test_a_new_address_ends_the_earlier_one_and_its_visit() -> None:
    client, sessions = page()
    first, second = sessions.invite("ana"), sessions.invite("ana")
    assert client.get(f"/enter?token={first}").status == 401
    assert client.get(f"/enter?token={second}").status == 303
    sessions.invite("bob")
    assert client.get("/").status == 200
    sessions.invite("ana")
    assert client.get("/").status == 401


def test_two_reviewers_do_not_share_a_browser() -> None:
    client, sessions = page()
    client.get(f"/enter?token={sessions.invite('ana')}")
    token = sessions.invite("bob")
    refused = client.get(f"/enter?token={token}")
    assert refused.status == 409
    assert "Ana Doe is at work in this browser" in refused.text
    other = Client(client.app)
    assert other.get(f"/enter?token={token}").status == 303
    assert "Bob" in other.get("/").text
    assert "Ana" in client.get("/").text


def test_looking_ahead_does_not_use_a_token_up() -> None:
    client, sessions = page()
    token = sessions.invite("ana")
    assert client.get(f"/enter?token={token}", method="HEAD").status == 405
    assert client.get(f"/enter?token={token}", {"sec-purpose": "prefetch;prerender"}).status == 403
    assert client.get(f"/enter?token={token}", {"sec-fetch-site": "cross-site"}).status == 403
    assert client.get(f"/enter?token={token}", {"sec-fetch-site": "none"}).status == 303


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:4711",
        "127.0.0.1",
        "127.0.0.1:4712",
        "localhost:4711",
        "[::1]:4711",
        "127.0.0.1:4711.evil",
        "",
        None,
    ],
)
def test_only_its_own_address_is_answered(host: str | None) -> None:
    client = entered()
    assert client.get("/", {"host": host}).status == 421
    assert client.post("/drafts", {}, {"host": host}).status == 421


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense", ""])
def test_other_pages_are_refused(site: str) -> None:
    client = entered()
    for path in ("/", "/static/lakezones.css", "/enter?token=x"):
        assert client.get(path, {"sec-fetch-site": site}).status == 403
    assert client.post("/drafts", {}, {"sec-fetch-site": site}).status == 403


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1", "http://localhost:4711", "https://127.0.0.1:4711", None],
)
def test_a_post_comes_from_the_page(origin: str | None) -> None:
    client = entered()
    assert client.post("/drafts", {}, {"origin": origin}).status == 403
    assert client.post("/drafts", {}, {"origin": origin, "sec-fetch-site": None}).status == 403
    if origin is not None:
        assert client.get("/", {"origin": origin}).status == 403
    assert client.post("/drafts", {}, {"sec-fetch-site": "none"}).status == 403


def test_what_is_too_large_is_refused() -> None:
    client = entered()
    assert client.post("/drafts", body=b"a" * ((1 << 20) + 1)).status == 413
    assert client.post("/drafts", body=b"a" * ((1 << 20) + 1), headers={"content-length": "5"}).status == 413
    assert client.post("/drafts", body=b"a", headers={"content-length": "x"}).status == 413
    assert client.get("/?q=" + "a" * 9000).status == 414


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "X" * 50])
def test_other_methods_are_refused(method: str) -> None:
    assert entered().get("/", method=method).status == 405


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/../app.py", "/enter?token=x", "/static/lakezones.css"])
def test_every_answer_carries_its_headers(path: str) -> None:
    for client in (entered(), page()[0]):
        for headers in ({}, {"host": "evil"}):
            answer = client.get(path, headers)
            policy = answer.header("content-security-policy") or ""
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.header("x-content-type-options") == "nosniff"
            assert answer.header("referrer-policy") == "same-origin"
            assert answer.header("cache-control") == "no-store"
            assert answer.header("server") is None


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
def test_a_post_is_a_form(kind: str) -> None:
    assert entered().post("/drafts", body=b"kind=role", headers={"content-type": kind}).status == 415


def test_a_form_of_too_many_fields_or_broken_text_is_said() -> None:
    assert entered().post("/drafts", body=b"a=1&" * 25_000).status == 400
    assert entered().post("/drafts", body=b"\xff\xfe=%ff%fe").status == 404


@pytest.mark.parametrize(
    "name", ["../app.py", "..%2f..%2fapp.py", "%2e%2e/app.py", "/etc/passwd", "lakezones.css%00", "", "nothing.js"]
)
def test_no_file_but_those_of_the_page_is_served(name: str) -> None:
    assert entered().get(f"/static/{name}").status == 404
    assert entered().get("/static/lakezones.css").header("content-type") == "text/css; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/items/role/x", "/submit", "/history", "/campaign", "/signoff/x"])
def test_nothing_is_shown_without_a_cookie(path: str) -> None:
    answer = page()[0].get(path)
    assert answer.status in (401, 404)
    assert "Ana" not in answer.text
