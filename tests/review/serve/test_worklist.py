"""Lists of items: what filters leave, how many each value has, and what comes next, held to a naive reading."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lakezones.review.serve.worklist import ALL, DONE, FIELDS, MINE, SORTS, Query, Worklist, key, page_of, search_text

STANDINGS = ["undecided", "approved", "denied", "waiting", "lapsed", "deferred", "conflicting"]


def row(number: int, drawn: tuple[Any, ...]) -> dict[str, Any]:
    risk, kind, domain, zones, standing, reviewer, decided, asked = drawn
    one = {
        "object_kind": kind,
        "object_id": f"{kind}-{number}",
        "name": f"item {number}",
        "sentence": "",
        "domain": domain,
        "area": None,
        "zones": zones,
        "risk": risk,
        "risk_reason": "",
        "evidence": "",
        "reviewer_id": reviewer,
        "reviewer": {"ana": "Ana Doe", "bob": "Bob Roe", None: "security team"}[reviewer],
        "worklist": "w" if asked else "",
        "pairs": number % 3,
        "people": number % 4,
        "containers": number % 5,
        "new_access": 0,
        "used_share": None if number % 2 else 0.5,
        "due": None,
        "minutes": 1.0,
        "standing": standing,
        "deciders": frozenset(["ana"] if decided else []),
        "asked": asked,
    }
    return one | {"search": search_text(one)}


rows = st.lists(
    st.tuples(
        st.sampled_from(["low", "medium", "high"]),
        st.sampled_from(["role", "suggestion", "zone"]),
        st.sampled_from(["risk", "hr", None]),
        st.sampled_from(["raw", "raw, curated", None]),
        st.sampled_from(STANDINGS),
        st.sampled_from(["ana", "bob", None]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
).map(lambda drawn: [row(number, one) for number, one in enumerate(drawn)])


@given(rows, st.data())
def test_a_filter_counts_what_choosing_it_shows(items: list[dict[str, Any]], data: st.DataObject) -> None:
    drafted = [key(one) for one in items if data.draw(st.booleans())]
    worklist = Worklist(items, reviewer="ana", drafted=drafted)
    query = Query({"risk": "high"} if data.draw(st.booleans()) else {})
    for one in worklist.filters(query):
        for choice in one.choices:
            chosen = worklist.chosen(Query({**query.filters, one.name: choice.value}))
            assert len(chosen) == choice.count, (one.name, choice)


@given(rows, st.sampled_from(list(SORTS)))
def test_every_order_has_every_item_once_and_pages_add_up(items: list[dict[str, Any]], sort: str) -> None:
    worklist = Worklist(items, reviewer="ana", drafted=[])
    whole = worklist.chosen(Query({"reviewer": ALL}, sort=sort))
    asked = [one for one in items if one["asked"] or one["standing"] != "undecided"]
    assert sorted(map(key, whole)) == sorted(map(key, asked))
    assert page_of(whole, Query({}, page=1), alone=False) == whole[:100]


@given(rows, st.data())
def test_what_comes_next_is_open_and_nothing_open_is_passed_over(
    items: list[dict[str, Any]], data: st.DataObject
) -> None:
    drafted = {key(one) for one in items if data.draw(st.booleans())}
    worklist = Worklist(items, reviewer="ana", drafted=drafted)
    query = Query({"reviewer": ALL})
    order = worklist.chosen(query)
    seen = set()
    here = key(order[0]) if order else ("role", "x")
    while (after := worklist.next_open(query, here)) is not None and after not in seen:
        seen.add(after)
        here = after
    wanted = {key(one) for one in order if worklist.is_open(one)}
    assert seen == wanted if len(wanted) > 1 else seen <= wanted
    for one in order:
        if worklist.is_open(one):
            assert one["standing"] not in DONE
            assert key(one) not in drafted


def test_whoever_has_items_sees_these_first_and_others_see_all() -> None:
    items = [row(n, ("low", "role", None, None, "undecided", who, False, True)) for n, who in enumerate(["ana", "bob"])]
    assert Worklist(items, reviewer="ana", drafted=[]).whose(Query({})) == MINE
    assert len(Worklist(items, reviewer="ana", drafted=[]).chosen(Query({}))) == 1
    assert len(Worklist(items, reviewer="cyd", drafted=[]).chosen(Query({}))) == 2


@given(st.dictionaries(st.sampled_from([*FIELDS, "q", "sort", "page", "other"]), st.text(max_size=30)))
def test_any_address_is_a_query_that_says_itself_again(given_: dict[str, str]) -> None:
    from urllib.parse import parse_qsl

    query = Query.of(given_)
    again = Query.of(dict(parse_qsl(query.text())))
    assert (again.q, again.sort, dict(again.filters)) == (query.q, query.sort, dict(query.filters))
