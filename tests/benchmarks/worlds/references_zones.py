"""Zones the simple way: anchored naive Bayes; the name's word, else the lineage; a forest that knows half.

In: facts. Out: `Guesses`: zone and confidence per container.
"""

from collections import Counter
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import MultinomialNB

from lakezones.model.frames import Facts
from lakezones.propose.zones.settings import ZonesSettings
from tests.benchmarks.worlds.clues import Clues
from tests.benchmarks.worlds.world import ZONES

Guesses = dict[str, tuple[str, float]]
"""Container to zone and confidence."""

MOST_TOKENS = 400


def anchors(clues: Clues) -> dict[str, str]:
    """Containers whose zone is known beforehand: declared, a word, the place in the lineage, a telling format."""
    formats = ZonesSettings().formats
    telling = dict.fromkeys(formats.exchange, "raw") | dict.fromkeys(formats.report, "consumption")
    known = {}
    for name in clues.names:
        zone = (
            clues.declared.get(name)
            or clues.word.get(name)
            or clues.place(name)
            or telling.get(clues.format.get(name, ""))
        )
        if zone:
            known[name] = zone
    return known


def anchored_bayes(facts: Facts, clues: Clues) -> Guesses:
    """Naive Bayes over everything discrete, trained on the anchored containers; known words are kept."""
    known = anchors(clues)
    if not known:
        return dict.fromkeys(clues.names, ("curated", 0.34))
    matrix = _matrix(_tokens(facts, clues, known))
    rows = np.array([i for i, name in enumerate(clues.names) if name in known])
    model = MultinomialNB(alpha=0.5).fit(matrix[rows], [known[clues.names[i]] for i in rows])
    chances, zones = model.predict_proba(matrix), [str(zone) for zone in model.classes_]
    guesses: Guesses = {}
    for i, name in enumerate(clues.names):
        kept = clues.declared.get(name) or clues.word.get(name)
        best = zones.index(kept) if kept else int(chances[i].argmax())
        guesses[name] = (zones[best], float(chances[i, best]))
    return guesses


def word_else_lineage(clues: Clues) -> Guesses:
    """The zone of the name's word; else its place, the last of a lineage being made for readers."""
    guesses: Guesses = {}
    for name in clues.names:
        last = "consumption" if clues.before[name] and not clues.after[name] else None
        guesses[name] = (clues.word.get(name) or clues.place(name) or last or "curated", 0.9)
    return guesses


def forest(facts: Facts, clues: Clues, truth: dict[str, str]) -> dict[str, str]:
    """The ceiling: a random forest trained on half of the truth predicts the other half, and the other way round."""
    named = [name for name in clues.names if name in truth]
    target = np.array([truth[name] for name in named])
    if min(Counter(target.tolist()).values()) < 2:
        return dict.fromkeys(named, str(target[0]))
    index = {name: i for i, name in enumerate(clues.names)}
    rows = np.array([index[name] for name in named])
    features = _dense(facts, clues)[rows]
    predicted = np.empty(len(named), dtype=object)
    for train, test in StratifiedKFold(2, shuffle=True, random_state=0).split(features, target):
        model = RandomForestClassifier(200, min_samples_leaf=1, random_state=0, n_jobs=1)
        predicted[test] = model.fit(features[train], target[train]).predict(features[test])
    return dict(zip(named, map(str, predicted), strict=True))


def _tokens(facts: Facts, clues: Clues, known: dict[str, str]) -> list[list[str]]:
    sizes, ages = (_binned(facts, column) for column in ("size_bytes", "last_modified"))
    lines = []
    for name in clues.names:
        around = [f"before:{known.get(other, '-')}" for other in clues.before[name]]
        around += [f"after:{known.get(other, '-')}" for other in clues.after[name]]
        place = f"place:{name in clues.written}{bool(clues.after[name])}{name in clues.shown}"
        plain = [f"format:{clues.format.get(name)}", f"size:{sizes.get(name)}", f"age:{ages.get(name)}", place]
        lines.append([*clues.words[name], *plain, *sorted(set(around)), *sorted(clues.tools.get(name, ()))])
    return lines


def _binned(facts: Facts, column: str) -> dict[str, int]:
    """Fifth of the containers by a number or a time."""
    frame = facts.table("containers").select("container", pl.col(column).cast(pl.Int64).alias("value")).drop_nulls()
    if frame.is_empty():
        return {}
    edges = np.quantile(frame["value"].to_numpy(), [0.2, 0.4, 0.6, 0.8])
    return dict(zip(frame["container"], np.searchsorted(edges, frame["value"].to_numpy()).tolist(), strict=True))


def _matrix(lines: list[list[str]], *, least: int = 1, most: int | None = None) -> sparse.csr_matrix:
    counts = Counter(token for line in lines for token in set(line))
    chosen = sorted((token for token, n in counts.items() if n >= least), key=lambda t: (-counts[t], t))[:most]
    index = {token: i for i, token in enumerate(chosen)}
    cells = [(i, index[token]) for i, line in enumerate(lines) for token in set(line) if token in index]
    rows, columns = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    return sparse.csr_matrix((np.ones(rows.size), (rows, columns)), shape=(len(lines), len(chosen)))


def _dense(facts: Facts, clues: Clues) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Everything the references see, the numbers as they are, and what naive Bayes makes of it."""
    guesses = anchored_bayes(facts, clues)
    tokens = _matrix(_tokens(facts, clues, anchors(clues)), least=3, most=MOST_TOKENS).toarray()
    columns = facts.table("containers").select(
        "container", *(pl.col(c).cast(pl.Float64).fill_null(-1.0) for c in ("size_bytes", "blob_count"))
    )
    ages = facts.table("containers").select(pl.col("last_modified").cast(pl.Int64).cast(pl.Float64).fill_null(-1.0))
    numbers = {row[0]: row[1:] for row in columns.hstack(ages).iter_rows()}
    extra = [
        [
            *numbers[name],
            len(clues.before[name]),
            len(clues.after[name]),
            *(guesses[name][1] if guesses[name][0] == zone else 0.0 for zone in ZONES),
        ]
        for name in clues.names
    ]
    return np.hstack([tokens, np.array(extra, dtype=np.float64)])
