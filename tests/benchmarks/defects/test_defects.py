"""The lake is what it says, and the criterion takes and refuses what it should."""

from collections import Counter

import pytest

from tests.benchmarks.defects.judge import judge, names
from tests.benchmarks.defects.lake import EACH, KINDS, Job, Lake, draw
from tests.benchmarks.defects.screen import Block


def block(text: str, risk: str = "") -> Block:
    return Block(text=text, risk=risk, first=False, button=False)


@pytest.fixture(scope="module")
def lake() -> Lake:
    return draw(1)


def first(lake: Lake, kind: str) -> Job:
    return next(job for job in lake.jobs if job.kind == kind)


def test_every_role_has_one_defect(lake: Lake) -> None:
    assert Counter(job.kind for job in lake.jobs) == dict.fromkeys(KINDS, EACH)
    called = [container for job in lake.jobs for container in job.containers]
    assert len(called) == len(set(called))
    assert draw(1).tables == lake.tables != draw(2).tables


def test_leavers_are_there_before_and_gone_after(lake: Lake) -> None:
    before = {row["principal_id"]: row["enabled"] for row in lake.before()["principals"]}
    after = {row["principal_id"]: row["enabled"] for row in lake.after()["principals"]}
    assert all(before[one] for one in lake.gone)
    assert not any(after.get(one) for one in lake.gone)
    assert sum(one not in after for one in lake.gone) == EACH // 2
    assert all(after[one] for one in after.keys() - lake.gone.keys())


def test_a_sentence_names_the_kind_and_the_subject(lake: Lake) -> None:
    leaver, pair, idle = first(lake, "leaver"), first(lake, "duties"), first(lake, "unused")
    who = lake.names[pair.subject]
    assert names(lake, leaver, f"{lake.names[leaver.subject]} has a disabled account")
    assert not names(lake, leaver, "Somebody has a disabled account")
    assert names(lake, pair, f"{who} may do both: {pair.word}")
    assert not names(lake, pair, f"{who} holds two duties")
    assert names(lake, idle, f"nobody used {len(idle.part)} containers")
    assert not names(lake, idle, f"nobody used {len(idle.part) + 1} containers")
    assert not names(lake, idle, f"they used {len(idle.part)} containers")


def test_denials_and_low_risks_are_no_alarms(lake: Lake) -> None:
    job = first(lake, "foreign")
    assert not judge(lake, job, [block("Nothing stands out: no leaver, conflict or missing owner was found.")]).others
    assert not judge(lake, job, [block("It opens restricted data.", "low")]).others
    assert judge(lake, job, [block("It opens restricted data.", "high")]).others
    assert judge(lake, job, [block("high risk"), block("Nobody used 3 of its containers.")]).others
