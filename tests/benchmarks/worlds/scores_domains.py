"""Domains of a world against its business areas, beside simple references and a ceiling.

Out: a row per world.
"""

import re
from collections import Counter
from collections.abc import Mapping

import numpy as np
from scipy.optimize import linear_sum_assignment

from tests.benchmarks.worlds import references_domains as simple
from tests.benchmarks.worlds.lake import Lake

SURE = 0.9
Row = dict[str, object]


def score(lake: Lake) -> list[Row]:
    """Figures of one world.

    Returns
    -------
    dict
        ``knowable`` whether anything leads to areas; ``ours`` share of containers in the right area, ``ref`` and
        ``ref2`` of the references, ``ceiling``, ``apart`` the same told only of other systems; ``lag`` behind the
        reference, ``short`` of the ceiling, ``short2`` of the second; ``domains`` proposed, ``areas`` there are;
        ``teams`` domains that are names of teams; ``levels`` distinct confidences, ``sure`` share of containers at 0.9
        or more, ``right`` of those; ``none`` share without a domain, ``honest`` share without one or in the right area;
        ``asked`` questions.
    """
    truth = dict(lake.world.truth.areas.iter_rows())
    rows = lake.domaining.domains.select("container", "domain", "domain_confidence").iter_rows()
    proposed = {c: (domain, confidence) for c, domain, confidence in rows if c in truth}
    named = {c: domain for c, (domain, _) in proposed.items() if domain}
    same = matched(truth, named)
    ours = right_share(truth, named)
    ref, ref2 = (right_share(truth, guess) for guess in (simple.by_writers(lake), simple.by_readers(lake)))
    ceiling, apart = simple.ceiling(lake, truth), simple.ceiling(lake, truth, apart=True)
    sure = [same.get(d) == truth[c] for c, (d, confidence) in proposed.items() if d and confidence >= SURE]
    right = sum(same.get(domain) == truth[c] for c, domain in named.items())
    domains = sorted(set(named.values()))
    return [
        {
            "knowable": lake.world.truth.areas_knowable,
            "ours": ours,
            "ref": ref,
            "ref2": ref2,
            "ceiling": ceiling,
            "apart": apart,
            "lag": ours - ref,
            "short": ours - ceiling,
            "short2": ours - apart,
            "domains": len(domains),
            "areas": len(set(truth.values())),
            "teams": sum(plain(domain) in _teams(lake) for domain in domains),
            "levels": len({round(confidence, 2) for _, confidence in proposed.values()}),
            "sure": len(sure) / len(truth),
            "right": sum(sure) / len(sure) if sure else 1.0,
            "none": 1 - len(named) / len(truth),
            "honest": (right + len(truth) - len(named)) / len(truth),
            "asked": lake.domaining.questions.height,
        }
    ]


def matched(truth: Mapping[str, str], guessed: Mapping[str, str]) -> dict[str, str]:
    """Guessed name to true area, one to one, so that most containers are right (Hungarian method)."""
    counts = Counter((guess, truth[container]) for container, guess in guessed.items() if container in truth)
    guesses, areas = sorted({g for g, _ in counts}), sorted({a for _, a in counts})
    table = np.array([[counts[g, a] for a in areas] for g in guesses]).reshape(len(guesses), len(areas))
    rows, columns = linear_sum_assignment(table, maximize=True)
    return {guesses[i]: areas[j] for i, j in zip(rows, columns, strict=True) if table[i, j]}


def right_share(truth: Mapping[str, str], guessed: Mapping[str, str]) -> float:
    """Share of the containers of the truth that are in the area their guess is matched with."""
    same = matched(truth, guessed)
    return sum(same.get(guessed[c]) == area for c, area in truth.items() if c in guessed) / max(1, len(truth))


def plain(name: str) -> str:
    """A name without case and signs.

    Examples
    --------
    >>> plain("Risk / Unit-07")
    'riskunit07'
    """
    return re.sub(r"[\W_]+", "", name.lower())


def _teams(lake: Lake) -> set[str]:
    truth = lake.world.truth
    areas = {plain(area) for area in truth.areas["area"].unique()} | {plain(area) for area in truth.area_of.values()}
    return {plain(team) for team in truth.teams} - areas
