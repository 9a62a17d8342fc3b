"""Lakes of which only lineage is known, from public dbt projects: the lineage carries what names do not say.

Floors are well below what `make bench NAME=dbt` prints, and above what names alone or chance would reach.
"""

from collections import Counter

import numpy as np
import pytest

from tests.propose.zones.dbt_projects import (
    BUILT_ON,
    HELD_OUT,
    as_db2,
    as_ids,
    as_named,
    confident,
    macro,
    read,
    renamed,
    scored,
)


@pytest.mark.parametrize("name", [*BUILT_ON, *HELD_OUT])
def test_a_project_is_whole(name: str) -> None:
    project = read(name)
    assert len(project.truth) >= 15
    assert {table for edge in project.edges for table in edge} <= set(project.truth)
    assert len(renamed(project, as_db2).truth) == len(project.truth), "no two tables become one"
    ids = renamed(project, as_ids)
    assert not set(ids.truth) & set(project.truth)
    assert Counter(ids.truth.values()) == Counter(project.truth.values())


def test_projects_that_nobody_looked_at() -> None:
    named, nameless, sure = [], [], []
    for name in HELD_OUT:
        truth, predicted, chances = scored(renamed(read(name), as_named))
        named.append(macro(truth, predicted))
        share, right = confident(truth, predicted, chances)
        sure.append((share * len(truth), right * share * len(truth) if share else 0.0))
        nameless.append(macro(*scored(renamed(read(name), as_ids))[:2]))
    assert np.mean(named) >= 0.95
    assert np.mean(nameless) >= 0.8, "with names that mean nothing"
    told_sure, right_sure = np.sum(sure, axis=0)
    assert right_sure >= 0.97 * told_sure > 0


def test_one_voice_of_names_outweighs_what_a_place_usually_means() -> None:
    # No source was scanned: what feeds everything is called staging, and is.
    truth, predicted, _ = scored(read("northwind"))
    assert truth == predicted
