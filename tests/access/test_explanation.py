"""Explanations: they agree with access on random estates, name what remains, and help with a typo."""

import random

import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.access.explanations import about
from lakezones.access.explanations.explanation import explain
from lakezones.access.explanations.tree import Branch, label_in
from lakezones.errors import NotFoundError, UsageError
from lakezones.model.facts import FACTS
from lakezones.model.frames import Access, Facts
from tests import golden
from tests.access.estates import estate, merge, to_facts


@pytest.fixture(scope="module")
def lake() -> tuple[Facts, Access]:
    facts = golden.facts()
    return facts, resolve(facts, settings=AccessSettings())


def lines(branch: Branch, depth: int = 0) -> list[str]:
    return ["  " * depth + branch.label, *(line for child in branch.children for line in lines(child, depth + 1))]


def test_nested_groups(lake: tuple[Facts, Access]) -> None:
    answer = explain(*lake, principal="eve", container="risk-mart-limit")
    assert lines(answer.tree) == [
        "eve@golden.example (eve) on risk-mart-limit: read",
        "  in t-risk",
        "    in g-risk-r",
        "      role assignment Storage Blob Data Reader for RISK_READ: read on risk-mart-limit",
    ]
    assert answer.tree.children[0].notes["without"] == "nothing"
    assert answer.summary["paths"] == 1


def test_a_cycle_of_groups_ends(lake: tuple[Facts, Access]) -> None:
    answer = explain(*lake, principal="hal", container="aux-std-fx")
    assert [line.strip() for line in lines(answer.tree)[1:]] == [
        "in g-cyc-b",
        "in g-cyc-a",
        "in g-fx-rw",
        "ACL entry: read on aux-std-fx",
    ]


def nested(edges: list[tuple[str, str]]) -> tuple[Facts, Access]:
    """A lake of groups in which ``top`` may read ``c``."""
    tables = {
        "memberships": pl.DataFrame(edges, schema=["group_id", "member_id"], orient="row"),
        "grants": pl.DataFrame({"principal_id": ["top"], "container": ["c"]}),
    }
    every = {name: FACTS[name].create_empty() for name in tables}
    whole = {name: pl.concat([every[name], tables[name]], how="diagonal_relaxed") for name in tables}
    facts = Facts.of(whole, as_of=golden.facts().as_of)
    return facts, resolve(facts, settings=AccessSettings())


def depth(branch: Branch) -> int:
    return 1 + max(map(depth, branch.children), default=0)


def test_a_chain_of_thousands_is_drawn_to_a_depth() -> None:
    chain = [f"g{i}" for i in range(5_000)] + ["top"]
    answer = explain(*nested([("g0", "ann"), *zip(chain[1:], chain, strict=False)]), principal="ann", container="c")
    assert depth(answer.tree) <= 55
    assert [line.strip() for line in lines(answer.tree)[-2:]] == [
        "in 4,951 groups further up",
        "grant worked out elsewhere: read on c",
    ]
    assert answer.summary["paths"] == 1
    answer.to_dict()


def test_groups_that_all_contain_each_other_end() -> None:
    """More ways around than time: none of those through the clique leads anywhere but back."""
    clique = [f"k{i}" for i in range(30)]
    edges = [(a, b) for a in [*clique, "a"] for b in [*clique, "a"] if a != b]
    answer = explain(*nested([*edges, ("a", "ann"), ("top", "a")]), principal="ann", container="c")
    assert answer.summary["access"] == {"data": "read"}
    assert answer.summary["paths"] >= 1
    assert not answer.summary["paths_complete"]


def test_use_and_what_remains(lake: tuple[Facts, Access]) -> None:
    answer = explain(*lake, principal="jon@golden.example", container="risk-mart-limit")
    assert answer.summary["used"][0]["operations"] == 40
    assert answer.tree.notes["used"] == "read 40 times, last 2026-09-28"
    both = explain(*lake, principal="ben", container="crm-mart-churn")
    remains = {child.label.split(":")[0]: child.notes["without"] for child in both.tree.children}
    assert remains == {
        "role assignment Storage Blob Data Contributor": "read",
        "in g-crm-r": "write (conditional), delete or move (destroy)",
    }


def test_a_deny_is_shown(lake: tuple[Facts, Access]) -> None:
    answer = explain(*lake, principal="kim", container="hr-raw-salary")
    assert answer.summary["access"] == {"control": "manage", "destroy": "delete or move"}
    assert any(child.label.startswith("denied read") for child in answer.tree.children)


def test_a_person_by_system(lake: tuple[Facts, Access]) -> None:
    answer = explain(*lake, principal="jon")
    assert answer.summary == {
        "containers": {"conditional": 1, "data": 22},
        "groups": 3,
        "requests": 3,
        "used_containers": 1,
    }
    zones = golden.expected("zones").select("container", pl.col("zone").replace("", None))
    zoned = explain(*lake, principal="jon", zones=zones)
    assert "    CRM, raw: read on 4 containers, 0 used" in lines(zoned.tree)


def test_a_container_by_reader(lake: tuple[Facts, Access]) -> None:
    answer = explain(*lake, container="risk-mart-limit")
    assert answer.summary["principals"] == {"data": 6, "control": 1, "destroy": 1}
    assert "    gus@golden.example (gus): read by Storage Blob Data Reader" in lines(answer.tree)


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ({"principal": "evee"}, "did you mean eve"),
        ({"principal": "anna@golden.example"}, "did you mean ana@golden.example"),
        ({"container": "risk-mart-limits"}, "did you mean risk-mart-limit"),
        ({"principal": "zzzzzz"}, "it is none of the"),
    ],
)
def test_a_typo_gets_a_suggestion(lake: tuple[Facts, Access], question: dict[str, str], hint: str) -> None:
    with pytest.raises(NotFoundError) as raised:
        explain(*lake, **question)
    assert (raised.value.hint or "").startswith(hint)


def test_characters_that_nobody_sees_do_not_matter(lake: tuple[Facts, Access]) -> None:
    unseen = explain(*lake, principal="\u2066E\u200bve\u2069", container=" risk-mart\u200b-LIMIT\u2069")
    assert lines(unseen.tree) == lines(explain(*lake, principal="eve", container="risk-mart-limit").tree)


def test_an_ambiguous_name_lists_the_ids(lake: tuple[Facts, Access]) -> None:
    facts, access = lake
    twins = facts.table("principals").with_columns(name=pl.lit("The Same"))
    with pytest.raises(UsageError, match=f"{twins.height} principals"):
        explain(Facts(**{**vars(facts), "principals": twins}), access, principal="the same")


def test_nothing_to_explain(lake: tuple[Facts, Access]) -> None:
    with pytest.raises(UsageError):
        explain(*lake)


@pytest.mark.parametrize("seed", range(3))
def test_explanations_agree_with_access(seed: int) -> None:
    """For every person and container of random estates, denies and entangled ACLs included."""
    rnd = random.Random(seed)
    facts = to_facts(merge([estate(rnd, f"x{i}-", bare=False) for i in range(30)]))
    access = resolve(facts, settings=AccessSettings())
    pairs = access.class_access.join(access.container_classes, on="class_id").filter(
        ~pl.col("principal_id").str.contains("sas:|public|authenticated")
    )
    held: dict[tuple[str, str], dict[str, str]] = {}
    for who, what, lane, level in pairs.select("principal_id", "container", "lane", "level").iter_rows():
        held.setdefault((who, what), {})[lane] = label_in(lane, level)
    some = rnd.sample(sorted(held), 40)
    for who, what in some:
        assert explain(facts, access, principal=who, container=what).summary["access"] == held[who, what]


def reduced(facts: Facts, rows: dict[str, pl.Expr | None]) -> Facts:
    """The facts a question reads: the rows it names, and empty tables for the rest."""
    tables = {}
    for name in FACTS:
        if facts.assessed(name):
            wanted = rows.get(name, pl.lit(value=False))
            tables[name] = facts.table(name) if wanted is None else facts.table(name).filter(wanted)
    return Facts(as_of=facts.as_of, **tables)


@pytest.mark.parametrize("seed", range(3))
def test_the_rows_of_a_question_are_enough(seed: int) -> None:
    """What a question leaves unread does not change its answer; metadata of other containers decide conditions too."""
    rnd = random.Random(seed + 50)
    facts = to_facts(merge([estate(rnd, f"y{i}-", bare=False) for i in range(20)]))
    access = resolve(facts, settings=AccessSettings())
    known = facts.table("containers")["container"]
    for container in rnd.sample(sorted(known), 12):
        few = reduced(facts, about.container(container))
        assert explain(few, access, container=container) == explain(facts, access, container=container)
    for who in rnd.sample(sorted(access.class_access["principal_id"].unique()), 12):
        few = reduced(facts, about.principal(who))
        assert explain(few, access, principal=who) == explain(facts, access, principal=who)
        what = rnd.choice(sorted(known))
        few = reduced(facts, about.container(what))
        both = {"principal": who, "container": what}
        assert explain(few, access, **both) == explain(facts, access, **both)
