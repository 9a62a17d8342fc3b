"""What a reviewer does on the page, and what comes of it, on a lake made by hand."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lakezones.pipeline.serving import WorkspaceDesk, find_reviewers
from tests.review.serve.client import Answer, Client
from tests.review.serve.desks import Handmade, browsers, handmade

HTMX = {"hx-request": "true"}


@dataclass
class Reviewer:
    """A browser of one reviewer, and the desk it looks at."""

    who: str
    desk: WorkspaceDesk
    client: Client

    def row(self, name: str) -> dict[str, Any]:
        return next(row for row in self.desk.state().rows if row["object_id"] == f"role-{name}")

    def open(self, name: str, query: str = "") -> Answer:
        return self.client.get(f"/items/role/role-{name}{query}")

    def decide(self, role: str, verdict: str = "approve", **more: Any) -> Answer:
        row = self.row(role)
        form = {"kind": "role", "id": row["object_id"], "content_hash": row["content_hash"], "verdict": verdict}
        return self.client.post("/drafts", {**form, "query": "", **more}, HTMX)

    def drafts(self) -> dict[tuple[str, str], str]:
        found = self.desk.pending.drafts(self.who)
        return {(one["object_id"].removeprefix("role-"), one["part_id"]): one["decision"] for one in found}

    def submit(self, ticket: str = "CHG1") -> Answer:
        return self.client.post("/submit", {"ticket": ticket, "comment": "", "confirm": "yes"})

    def standing(self, name: str) -> str:
        found = self.desk.state().standing(("role", f"role-{name}"))
        return found["standing"] if found else "undecided"


def reviewers(made: Handmade, *names: str) -> list[Reviewer]:
    desk = WorkspaceDesk(made.ws)
    found = find_reviewers(made.ws, names)
    return [Reviewer(who, desk, client) for who, client in zip(found, browsers(desk, found), strict=True)]


@pytest.fixture
def made(tmp_path: Path) -> Handmade:
    return handmade(tmp_path)


@pytest.fixture
def olga(made: Handmade) -> Reviewer:
    [one] = reviewers(made, "OWNER, olga")
    return one


def shown(answer: Answer) -> str:
    """The text of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))


def test_a_draft_is_pending_until_submitted_and_the_next_item_comes(olga: Reviewer) -> None:
    answer = olga.decide("fine", next="role/role-writes")
    assert answer.status == 200
    assert "Approved, pending: lake-fine" in answer.text
    assert 'data-item="role/role-fine"' not in answer.text.partition("<hx-partial")[0]
    assert olga.drafts() == {("fine", ""): "approve"}
    assert olga.standing("fine") == "undecided"
    assert "Pending, not submitted" in shown(olga.open("fine"))
    submitted = olga.submit()
    assert submitted.status == 200
    assert "lakezones/review" in submitted.text
    assert olga.drafts() == {}
    assert olga.standing("fine") == "approved"
    assert "Approve this role" in shown(olga.client.get("/history"))
    [batch, decision] = olga.desk.state().records
    assert (batch["kind"], decision["ticket"], decision["source"]) == ("batch", "CHG1", olga.desk.pending.source)


def test_undo_goes_back_draft_by_draft(olga: Reviewer) -> None:
    olga.decide("fine")
    olga.decide("fine", "deny", justification="not a job")
    assert olga.drafts() == {("fine", ""): "deny"}
    assert "Undone: Denied, pending: lake-fine" in olga.client.post("/drafts/undo", {"query": ""}, HTMX).text
    assert olga.drafts() == {("fine", ""): "approve"}
    olga.decide("writes", "defer")
    olga.client.post("/drafts/undo", {"draft_id": "role,role-fine,,", "query": ""}, HTMX)
    assert olga.drafts() == {("writes", ""): "defer"}
    olga.client.post("/drafts/undo", {"query": ""}, HTMX)
    olga.client.post("/drafts/undo", {"query": ""}, HTMX)
    assert olga.drafts() == {("fine", ""): "approve"} or olga.drafts() == {}
    for _ in range(5):
        last = olga.client.post("/drafts/undo", {"query": ""}, HTMX)
    assert "nothing to undo" in last.text
    assert olga.drafts() == {}


def test_without_scripts_every_post_leads_back(olga: Reviewer) -> None:
    row = olga.row("fine")
    form = {"kind": "role", "id": row["object_id"], "content_hash": row["content_hash"], "verdict": "approve"}
    answer = olga.client.post("/drafts", form | {"query": "risk=low"})
    assert (answer.status, answer.header("location")) == (303, "/items/role/role-fine?risk=low")
    assert olga.client.post("/drafts/undo", {"query": "risk=low"}).status == 303
    assert olga.client.post("/drafts/bulk", {"item": "role/role-fine", "query": "risk=low"}).header("location") == (
        "/?risk=low"
    )
    asked = {"draft_id": "role,role-fine,,", "query": ""}
    came = {"referer": f"{olga.client.origin}/submit"}
    assert olga.client.post("/drafts/undo", asked, came).header("location") == "/submit"


def test_what_a_verdict_needs_is_asked_for_and_what_was_typed_stays(olga: Reviewer) -> None:
    answer = olga.decide("fine", "deny", comment="typed <b>before</b>")
    assert answer.status == 422
    assert "a denial needs a justification" in shown(answer).lower()
    assert "typed &lt;b&gt;before&lt;/b&gt;" in answer.text
    assert olga.decide("fine", "deny", justification="x" * 4001).status == 422
    assert olga.decide("fine", "change", option="rename").status == 422
    assert olga.decide("fine", "change", option="rename", name="lake-writes").status == 422
    assert olga.decide("fine", "revoke").status == 422
    assert olga.decide("fine", "nonsense").status == 422
    assert olga.decide("fine", "change", option="leave_out", part_kind="member").status == 422
    assert olga.decide("fine", "revoke", part_kind="member", part_id="ann", effective="31.1.2027").status == 422
    assert olga.drafts() == {}


def test_parts_are_left_out_or_ended_and_said_in_other_words(olga: Reviewer) -> None:
    out = {"option": "leave_out", "part_kind": "member", "part_id": ["ann", "bob"], "justification": "another job"}
    assert olga.decide("fine", "change", **out).status == 200
    ends = {"part_kind": "member", "part_id": "cyd", "justification": "left", "effective": "2099-01-31"}
    assert olga.decide("fine", "revoke", **ends).status == 200
    assert olga.drafts() == {("fine", "ann"): "change", ("fine", "bob"): "change", ("fine", "cyd"): "revoke"}
    page = shown(olga.client.get("/submit"))
    assert "Leave this person out: access stays as it is" in page
    assert "Revoke this person's access from 31 January 2099: access ends" in page.replace("&#39;", "'")
    assert "Ann Berg" in page


def test_changes_are_checked_at_once(olga: Reviewer) -> None:
    everybody = {"option": "leave_out", "part_kind": "member", "part_id": ["ann", "bob", "cyd", "eve"]}
    refused = olga.decide("fine", "change", **everybody, justification="none of them")
    assert refused.status == 422
    assert "Nobody would be left in the role" in shown(refused)
    split = {"option": "split", "name": "lake-analysts-two", "split_members": ["ann"]}
    assert olga.decide("fine", "change", **split).status == 200
    assert "lake-analysts-two" in shown(olga.client.get("/submit"))
    assert olga.decide("fine", "change", option="split", name="x").status == 422
    assert olga.decide("fine", "change", option="merge", other="role-fine").status == 422
    assert olga.decide("fine", "change", option="move_domain", domain="payments").status == 200


def test_high_risk_is_not_approved_unopened(olga: Reviewer) -> None:
    assert olga.row("unused")["risk"] == "high"
    answer = olga.decide("unused")
    assert answer.status == 422
    assert "open it before you decide" in shown(answer)
    assert olga.drafts() == {}
    assert olga.open("unused").status == 200
    assert olga.decide("unused").status == 200
    # Another reviewer has not opened it by that.
    assert ("role", "role-unused") not in {(kind, one) for kind, one, _ in olga.desk.pending.seen("tom")}


def test_a_bulk_approval_takes_what_is_safe_and_says_why_of_the_rest(olga: Reviewer) -> None:
    for name in ("unused", "secret", "writes"):
        olga.open(name)  # not even then
    items = [f"role/role-{name}" for name in ("fine", "unused", "secret", "writes", "duties", "foreign", "gone")]
    answer = olga.client.post("/drafts/bulk", {"item": items, "verdict": "approve", "query": ""}, HTMX)
    assert answer.status == 200
    assert olga.drafts() == {("fine", ""): "approve"}
    assert "1 item approved together, pending; 6 not taken" in shown(answer)
    olga.client.post("/drafts/undo", {"query": ""}, HTMX)
    assert olga.drafts() == {}
    olga.client.post("/drafts/bulk", {"item": "role/role-fine", "verdict": "deny", "query": ""}, HTMX)
    assert olga.drafts() == {}


@pytest.mark.parametrize("spelled", ["ann", "ANN BERG", "Berg, Ann", "\u200bann  berg"])
def test_nobody_approves_access_of_their_own_however_they_spell_themselves(made: Handmade, spelled: str) -> None:
    [ann] = reviewers(made, spelled)
    assert ann.who == "ann"
    ann.open("secret")
    answer = ann.decide("secret")
    assert answer.status == 422
    assert "You cannot approve access for yourself" in shown(answer)
    assert "You cannot approve access for yourself" in shown(ann.open("secret"))
    assert ann.decide("secret", "deny", justification="not even for me").status == 200


def test_a_page_that_is_out_of_date_is_not_taken_and_says_what_changed(made: Handmade, olga: Reviewer) -> None:
    olga.decide("fine")
    before = olga.row("fine")["content_hash"]
    made.grow(fine="fay")
    answer = olga.decide("fine", "defer", content_hash=before)
    assert answer.status == 409
    assert "has changed since this page was made" in shown(answer)
    assert "Fay Ruiz is new" in shown(answer)
    assert olga.drafts() == {("fine", ""): "approve"}
    page = shown(olga.client.get("/submit"))
    assert "Changed since you looked" in page
    result = olga.submit()
    assert "has changed since it was reviewed" in shown(result)
    assert olga.drafts() == {("fine", ""): "approve"}
    assert olga.standing("fine") == "undecided"
    olga.open("fine")  # somebody of another department is of high risk
    assert olga.decide("fine").status == 200
    assert "1 decision submitted" in shown(olga.submit())


def test_a_new_proposal_is_said_once(made: Handmade, olga: Reviewer) -> None:
    olga.client.get("/")
    olga.decide("fine")
    olga.decide("writes", "defer")
    made.grow(fine="fay")
    fragment = olga.client.get("/items/role/role-fine", HTMX)  # has no place to say it: the whole page is asked for
    assert (fragment.header("hx-refresh"), fragment.text) == ("true", "")
    first, second = shown(olga.client.get("/")), shown(olga.client.get("/"))
    assert olga.client.get("/items/role/role-fine", HTMX).header("hx-refresh") is None
    assert "The lake was proposed again" in first
    assert "1 of your pending decisions no longer fit" in first
    assert "proposed again" not in second


def test_a_workspace_that_cannot_be_read_is_said_and_comes_back(made: Handmade, olga: Reviewer) -> None:
    olga.decide("fine")
    (made.ws.root / "proposal").rename(made.ws.root / "elsewhere")
    answer = olga.client.get("/")
    assert answer.status == 503
    assert "lakezones propose -w" in answer.text
    (made.ws.root / "elsewhere").rename(made.ws.root / "proposal")
    assert olga.client.get("/").status == 200
    assert olga.drafts() == {("fine", ""): "approve"}


def test_what_grew_lapses_and_comes_back_with_what_changed(made: Handmade, olga: Reviewer) -> None:
    olga.decide("fine")
    olga.submit()
    made.grow(fine="fay")
    assert olga.standing("fine") == "approved"
    assert olga.desk.state().by_key["role", "role-fine"]["standing"] == "lapsed"
    assert "Fay Ruiz is new" in shown(olga.open("fine"))


def test_an_item_that_is_gone_is_said_and_its_draft_is_kept(made: Handmade, olga: Reviewer) -> None:
    answer = olga.client.get("/items/role/role-gone")
    assert answer.status == 404
    assert "not in the proposal" in shown(answer)
    assert olga.client.get("/items/nonsense/x").status == 404
    assert olga.client.get("/nowhere").status == 404


def test_two_reviewers_agree_and_each_sees_the_others_decision(made: Handmade) -> None:
    olga, tom = reviewers(made, "olga", "tom")
    for one in (olga, tom):
        one.open("writes")
    assert olga.decide("writes").status == 200
    assert tom.drafts() == {}
    assert "CHG-1" not in shown(olga.submit("CHG-1"))
    assert olga.standing("writes") == "waiting"
    assert tom.decide("writes").status == 200
    tom.submit("CHG-2")
    # From one workspace: two tickets, one source, so that the second approval is asserted alone.
    assert olga.standing("writes") == "asserted"
    history = shown(olga.client.get("/history"))
    assert "Olga Owner" in history
    assert "Tom Pike" in history


def test_a_record_is_withdrawn_by_a_new_one_of_its_reviewer(made: Handmade) -> None:
    olga, tom = reviewers(made, "olga", "tom")
    olga.decide("fine")
    olga.submit()
    record = next(one["record_id"] for one in olga.desk.state().records if one["kind"] == "decision")
    assert tom.client.post(f"/records/{record}/withdraw", {"justification": "mine now"}).status == 422
    assert olga.client.post("/records/nothing/withdraw", {}).status == 422
    before = olga.desk.state().records
    assert olga.client.post(f"/records/{record}/withdraw", {"justification": "too early"}).status == 303
    assert olga.standing("fine") == "undecided"
    assert olga.desk.state().records[: len(before)] == before
    assert "too early" in shown(olga.client.get("/history"))
    made.grow(fine="fay")  # what was seen of the rest is still known
    assert olga.client.get("/").status == 200


def test_a_submission_needs_a_word_and_something_to_submit(olga: Reviewer) -> None:
    assert olga.submit().status == 422
    olga.decide("fine")
    answer = olga.client.post("/submit", {"ticket": "CHG1"})
    assert answer.status == 422
    assert "nothing was submitted" in shown(answer)
    assert olga.client.post("/submit", {"ticket": "x" * 300, "confirm": "yes"}).status == 422
    assert olga.drafts() == {("fine", ""): "approve"}


def test_a_log_that_was_changed_takes_nothing_more(made: Handmade, olga: Reviewer) -> None:
    olga.decide("fine")
    olga.submit()
    olga.decide("writes", "defer")
    log = made.ws.root / "review" / "audit.jsonl"
    log.write_text(log.read_text().replace("CHG1", "CHG2"))
    answer = olga.submit()
    assert answer.status == 422
    assert "Nothing was submitted, all of it is still pending" in shown(answer)
    assert olga.drafts() == {("writes", ""): "defer"}


def test_the_time_that_an_item_was_in_view_is_kept_without_a_name(olga: Reviewer) -> None:
    olga.open("duties")
    olga.decide("duties", "defer", next="role/role-fine", query="risk=low&kind=role")  # shows the next one
    olga.decide("fine", "deny")  # refused for want of a reason, and still in view
    olga.decide("fine", "defer", next="role/role-writes", query="risk=low&kind=role")
    olga.client.get("/")
    seen = {one.object_id: one for one in olga.desk.pending.activity()}
    assert set(seen) == {"role-duties", "role-fine", "role-writes"}
    assert all(one.opened == 1 and one.seconds > 0 and one.reviewer is None for one in seen.values())


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("risk=low&kind=role", {"duties", "fine", "writes"}),
        ("q=WRITES", {"writes"}),
        ("q=Dan+gone", {"leaver"}),
        ("domain=market&risk=low&kind=role", {"fine", "writes"}),
        ("kind=role&status=pending", {"writes"}),
        ("q=nothing+like+it", set()),
        ("reviewer=security+team&kind=role", {"unowned"}),
        ("sort=name&kind=role&risk=medium&reviewer=all", {"foreign", "public", "unowned"}),
    ],
)
def test_the_list_is_filtered_searched_and_sorted_by_its_address(olga: Reviewer, query: str, names: set[str]) -> None:
    olga.decide("writes", "defer")
    answer = olga.client.get(f"/?{query}")
    assert answer.status == 200
    assert set(re.findall(r'data-item="role/role-(\w+)"', answer.text)) == names
    assert set(re.findall(r'data-item="role/role-(\w+)"', olga.client.get(f"/?{query}", HTMX).text)) == names


def test_addresses_that_make_no_sense_show_the_list(olga: Reviewer) -> None:
    for query in ("page=-1", "page=99999999999", "sort=evil", "page=x", "risk=%00", "q=%F0%28", "status=nonsense"):
        assert olga.client.get(f"/?{query}").status == 200


def test_every_page_is_there(olga: Reviewer) -> None:
    olga.decide("fine")
    olga.submit()
    for path in ("/", "/submit", "/history", "/campaign", "/signoff", "/signoff/market", "/history?q=fine"):
        answer = olga.client.get(path)
        assert answer.status == 200, path
        assert "<script>" not in answer.text
    assert olga.client.get("/signoff/nonsense").status == 404
