"""A sign-off says what was decided in one domain, proves it, and names nobody of another."""

import json
import random
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from lakezones.errors import InputError, NotFoundError
from lakezones.review.log import append, carry
from lakezones.review.signoff import NOWHERE, Gathering, check_signoff, file_name, page
from lakezones.review.signoff.page import Totals, totals, view
from tests.review.signoff.decided import PEOPLE, decision, gather, items, log, point, standings

HOSTILE = list(PEOPLE)[2]


def signoff(domain: str, text: str | None = None, **more: Any) -> str:
    text = log() if text is None else text
    return page(gather(domain, text, point(text), items=items(), **more))


@pytest.mark.parametrize("domain", PEOPLE)
def test_a_sign_off_names_nobody_of_another_domain(domain: str) -> None:
    html = signoff(domain)
    document = json.loads(re.findall(r'id="signoff">(.*)</script>', html)[0])
    said = html + json.dumps(document, ensure_ascii=False)
    for other, people in PEOPLE.items():
        found = [name for name in people if name in said]
        assert (found != []) == (other == domain), (other, found)
    numbers = {number for number in range(30) if list(PEOPLE)[number % 3] == domain}
    assert {int(found) for found in re.findall(r"role (\d+)\b", said)} == numbers
    assert "all of us" not in said, "a batch may speak of other domains"


@pytest.mark.parametrize("domain", PEOPLE)
def test_a_sign_off_holds_by_its_checkpoint(domain: str) -> None:
    html = signoff(domain)
    verdict = check_signoff(html, point(log()))
    assert verdict.holds, verdict.faults
    assert verdict.records == len(json.loads(re.findall(r'id="signoff">(.*)</script>', html)[0])["records"])
    assert "every word on the page" in verdict.proven[-1]
    assert check_signoff(html, None).holds
    assert signoff(domain) == html, "the same log gives the same page"


class Shape(HTMLParser):
    """Elements and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["script"]:
            self.texts.append(data)


def test_names_are_text_whatever_they_are() -> None:
    shape = Shape()
    shape.feed(signoff(HOSTILE))
    assert shape.tags.count("script") == 1
    text = "".join(shape.texts)
    assert HOSTILE in text
    assert "Eve <b>Bold</b>" in text


def replace(html: str, old: str, new: str) -> str:
    assert old in html
    return html.replace(old, new, 1)


def test_every_change_of_a_page_is_found() -> None:
    html = signoff("risk")
    kept = point(log())
    shown, block = html.split('<script type="application/json"')
    draw = random.Random(1)
    for _ in range(120):
        place = draw.randrange(len(shown))
        letter = draw.choice("abcxyz0189")
        if shown[place] != letter:
            changed = f'{shown[:place]}{letter}{shown[place + 1 :]}<script type="application/json"{block}'
            assert not check_signoff(changed, kept).holds, shown[place - 20 : place + 20]
    for old, new in (("Deny this role", "Approve this role"), ("Cy Hazard", "Ana Payer"), ("CHG-1", "CHG-2")):
        assert not check_signoff(replace(html, old, new), kept).holds
        everywhere = check_signoff(html.replace(old, new), kept)
        assert "is not in the log that the checkpoint is of" in everywhere.faults[0]


def changed_document(html: str, change: Any) -> str:
    """The page with another document, written as it would be."""
    document = json.loads(re.findall(r'id="signoff">(.*)</script>', html)[0])
    change(document)
    return page(document)


def test_a_page_made_of_other_records_is_found() -> None:
    html, kept = signoff("risk"), point(log())

    def edit(document: Any) -> None:
        document["records"][0]["line"] = document["records"][0]["line"].replace("deny", "approve")

    def move(document: Any) -> None:
        document["records"][0]["index"] += 1

    def forge(document: Any) -> None:
        own = append(
            "", [json.loads(one["line"]) for one in document["records"]][:0] or [decision(1, "risk", "Cy Hazard")]
        )
        document.update(gather("risk", own, point(own), items=items()))

    assert not check_signoff(changed_document(html, edit), kept).holds
    assert not check_signoff(changed_document(html, move), kept).holds
    forged = changed_document(html, forge)
    assert check_signoff(forged, None).holds, "by itself it is in order"
    assert "covers 1 record, the one that was given" in check_signoff(forged, kept).faults[0]


def test_a_record_that_is_left_out_of_a_page_is_not_found_and_nobody_says_it_is() -> None:
    """A sign-off proves what it shows; whether it shows all is seen by making it again from the log."""
    html = signoff("risk")
    less = changed_document(html, lambda document: document["records"].pop())
    assert check_signoff(less, point(log())).holds
    assert less != html


def test_what_is_no_sign_off_is_an_error() -> None:
    html = signoff("risk")
    for text in ("", "<html>", html.replace('id="signoff"', 'id="x"'), re.sub(r'(id="signoff">).', r"\1[", html)):
        with pytest.raises(InputError, match="is not a sign-off"):
            check_signoff(text, None)
    with pytest.raises(InputError, match="in format 2, this version reads format 1"):
        check_signoff(replace(html, '"format":1', '"format":2'), None)
    for old, new in (('"index":', '"indx":'), ('"path":["', '"path":["!'), ('"path":[', '"path":7,"x":[')):
        with pytest.raises(InputError, match="is not a sign-off"):
            check_signoff(replace(html, old, new), None)


def test_what_is_not_in_force_is_apart() -> None:
    shown = view(gather("payments", log(), point(log()), items=items()))
    assert [line.record_id for line in shown.past] == ["d-0"]
    assert shown.past[0].state == "taken back by record 61: x"
    assert shown.decisions == 9
    replaced = view(gather("risk", log(), point(log()), items=items()))
    assert [(line.record_id, line.state) for line in replaced.past] == [
        ("d-1", "replaced by a later decision of the same reviewer")
    ]


def test_domains_are_those_in_which_something_was_decided() -> None:
    text = append("", [decision(1, None, "ana"), decision(2, "risk", "ana"), {"kind": "batch"}])
    assert Gathering(text, point(text), items=items()).domains == ["risk", NOWHERE]
    assert "role 1" in signoff(NOWHERE, text)
    with pytest.raises(NotFoundError, match="nothing was decided in a domain 'sales'") as caught:
        signoff("sales", text)
    assert caught.value.hint == f"domains with decisions: risk, {NOWHERE}"


def test_what_moved_to_another_domain_goes_there_with_its_past() -> None:
    text = append("", [decision(1, "risk", "ana"), decision(1, "payments", "ana", record_id="d-2")])
    assert Gathering(text, point(text), items=items()).domains == ["payments"]
    assert len(view(gather("payments", text, point(text), items=items())).past) == 1


def test_records_of_before_are_named_by_what_is_proposed_now() -> None:
    row = {"object_kind": "role", "object_id": "R1", "content_hash": "h", "decision": "deny", "reviewer": "ana"}
    text = carry(json.dumps(row | {"justification": "no", "decided_at": "2026-10-01T00:00:00+00:00"}) + "\n")
    now = items({"R1": "risk", "R2": "risk", "R3": "payments"})
    document = gather("risk", text, point(text), items=now)
    shown = view(document)
    assert shown.sections[0].lines[0].name == "R1"
    assert shown.sections[0].lines[0].effect == "Deny this role: nobody loses anything"
    assert (shown.undecided, shown.totals.uncounted) == (1, 1)
    assert "1 item of this domain is undecided and stays as it is" in page(document)


def test_what_waits_is_said_and_not_counted() -> None:
    rows = standings([("R4", "waiting"), ("R7", "denied"), ("R1", "undecided")])
    document = gather("risk", log(), point(log()), items=items(), standings=rows)
    html = page(document)
    assert "<b>waiting</b>" in html
    assert "it is waiting" in html
    assert view(document).totals.waiting == 2
    assert check_signoff(html, point(log())).holds


def made(number: int, **more: Any) -> dict[str, Any]:
    return decision(number, "risk", more.pop("reviewer", "ana"), **more)


@pytest.mark.parametrize(
    ("records", "where", "expected"),
    [
        ([made(1), made(2, access_kept=5)], {}, (15, 0, 0, 0, 0)),
        ([made(1), made(1, reviewer="ben")], {}, (10, 0, 0, 0, 0)),
        (
            [made(1), made(1, part_kind="member", part_id="p", access_kept=0, access_ended=3)],
            {},
            (7, 3, 0, 0, 0),
        ),
        ([made(1, part_kind="member", part_id="p", access_kept=4)], {}, (4, 0, 0, 0, 0)),
        ([made(1), made(1, part_kind="member", part_id="p", access_kept=4)], {}, (10, 0, 0, 0, 0)),
        ([made(1, access_kept=None, access_ended=None, access_added=None)], {}, (0, 0, 0, 1, 0)),
        ([made(1, access_kept=0, access_added=8)], {("role", "R1", "", ""): ("asserted", "")}, (0, 0, 0, 0, 1)),
        (
            [made(1, access_kept=10), made(1, reviewer="ben", decision="revoke", access_kept=0, access_ended=9)],
            {("role", "R1", "", ""): ("denied", "")},
            (10, 0, 0, 0, 0),
        ),
    ],
)
def test_totals_count_each_pair_once(records: Any, where: Any, expected: tuple[int, ...]) -> None:
    assert totals(records, where) == Totals(*expected)


def test_a_log_that_is_not_the_checkpoint_s_gives_no_sign_off() -> None:
    text = log()
    with pytest.raises(InputError, match="not what its newest checkpoint says"):
        gather("risk", text.replace("CHG-1", "CHG-2"), point(text), items=items())


def test_files_are_named_apart_and_stay_in_their_folder() -> None:
    names = ["payments", "Payments", "pay ments", "../../etc", "", "ä", "ö", "x" * 300, "a/b", NOWHERE, "con\u202e"]
    files = [file_name(name) for name in names]
    assert len(set(files)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*\.html", one) for one in files)
