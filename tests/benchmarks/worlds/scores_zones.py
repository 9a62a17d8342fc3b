"""Zones of a world against the truth, beside the simple references and a ceiling.

Out: one row per world, and the same figures for dbt-shaped trees.
"""

import polars as pl
from sklearn.metrics import f1_score

from tests.benchmarks.worlds import references_zones as simple
from tests.benchmarks.worlds.clues import Clues, read_clues
from tests.benchmarks.worlds.lake import Lake
from tests.benchmarks.worlds.world import ZONES

SURE = 0.9
Row = dict[str, object]


def score(lake: Lake) -> list[Row]:
    """Figures of one world, in one row.

    Returns
    -------
    dict
        ``f1`` macro-F1 of the proposal, ``ref`` and ``ref2`` of the references, each with the words of `words` or with
        the product's, whichever does better in this world; ``ceiling``; ``sure`` share of containers with confidence
        0.9 or more, ``right`` of those (the reference's as ``ref_sure``, ``ref_right``); ``marked`` share with a word
        of `words`, a declared zone or a telling place; ``overruled`` words that the product knows and that the proposal
        goes against, ``direct`` the share of these with a declared zone or a lineage that says otherwise, ``review``
        the share that is sent to review; ``clashes`` words against the declared zone, ``clashes_review`` likewise.
    """
    facts, truth = lake.world.facts, dict(lake.world.truth.zones.iter_rows())
    clues = read_clues(facts)
    lexicon = lake.settings.zones.lexicon
    known = read_clues(facts, {zone: getattr(lexicon, zone) for zone in ZONES})
    ours = proposed(lake.zoning.zones)
    reference = max((simple.anchored_bayes(facts, one) for one in (clues, known)), key=lambda one: f1_of(truth, one))
    second = max((simple.word_else_lineage(one) for one in (clues, known)), key=lambda one: f1_of(truth, one))
    ceiling = simple.forest(facts, clues, truth)
    f1, ref, ref2 = (f1_of(truth, one) for one in (ours, reference, second))
    sure, right = confident(truth, ours)
    ref_sure, ref_right = confident(truth, reference)
    marked = sum(n in clues.word or n in clues.declared or clues.place(n) is not None for n in truth)
    row: Row = {
        "n": len(truth),
        "f1": f1,
        "ref": ref,
        "ref2": ref2,
        "ceiling": macro(truth, ceiling),
        "lag": f1 - ref,
        "sure": sure,
        "right": right,
        "ref_sure": ref_sure,
        "ref_right": ref_right,
        "marked": marked / len(truth),
        **contradictions(lake.zoning.zones, known),
    }
    return [row]


def proposed(zones: pl.DataFrame) -> simple.Guesses:
    """Zone and confidence per container; ``none`` where there is no zone."""
    rows = zones.select("container", pl.col("zone").cast(pl.String).fill_null("none"), "confidence").iter_rows()
    return {container: (zone, confidence) for container, zone, confidence in rows}


def f1_of(truth: dict[str, str], guesses: simple.Guesses) -> float:
    """Macro-F1 of guesses."""
    return macro(truth, {container: zone for container, (zone, _) in guesses.items()})


def macro(truth: dict[str, str], guessed: dict[str, str]) -> float:
    """Macro-F1 over the zones that the truth has."""
    there = [zone for zone in ZONES if zone in set(truth.values())]
    pairs = [(zone, guessed.get(name, "none")) for name, zone in sorted(truth.items())]
    return float(f1_score([t for t, _ in pairs], [g for _, g in pairs], labels=there, average="macro", zero_division=0))


def confident(truth: dict[str, str], guesses: simple.Guesses) -> tuple[float, float]:
    """Share of containers guessed with 0.9 or more, and the share of these that is right (1 where there are none)."""
    sure = [truth[name] == zone for name, (zone, confidence) in guesses.items() if name in truth and confidence >= SURE]
    return len(sure) / len(truth), sum(sure) / len(sure) if sure else 1.0


def contradictions(zones: pl.DataFrame, clues: Clues) -> Row:
    """Known words that were overruled or that clash with what is declared, and what became of them."""
    overruled, direct, reviewed, clashes, asked = 0, 0, 0, 0, 0
    for name, zone, review in zones.select("container", pl.col("zone").cast(pl.String), "needs_review").iter_rows():
        word = clues.word.get(name)
        if word is None or zone is None:
            continue
        linked = bool(clues.before[name] or clues.after[name] or name in clues.shown)
        evident = clues.declared.get(name, word) != word or (linked and clues.place(name) != word)
        if zone != word:
            overruled, direct, reviewed = overruled + 1, direct + evident, reviewed + review
        if clues.declared.get(name, word) != word:
            clashes, asked = clashes + 1, asked + review
    return {
        "overruled": overruled,
        "direct": direct / overruled if overruled else 1.0,
        "review": reviewed / overruled if overruled else 1.0,
        "clashes": clashes,
        "clashes_review": asked / clashes if clashes else 1.0,
    }
