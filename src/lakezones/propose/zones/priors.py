"""Priors: what a value is believed to say about the zone before an account is looked at.

In: nothing. Out: probabilities of raw, curated and consumption by value, with the number of containers that each is
worth, and the weights that views start with.
"""

from typing import Final

UNIFORM: Final = (1 / 3, 1 / 3, 1 / 3)

Prior = tuple[tuple[float, float, float], float]
"""Chances of raw, curated and consumption, and how many containers the belief is worth."""

KIND_PRIOR: Final[dict[str, Prior]] = {
    "raw": ((0.90, 0.06, 0.04), 16.0),
    "curated": ((0.05, 0.89, 0.06), 16.0),
    "consumption": ((0.03, 0.06, 0.91), 16.0),
}
"""A word of the lexicon."""

DECLARED_PRIOR: Final[dict[str, Prior]] = {
    "raw": ((0.97, 0.02, 0.01), 200.0),
    "curated": ((0.02, 0.96, 0.02), 200.0),
    "consumption": ((0.01, 0.02, 0.97), 200.0),
}
"""What metadata says outright."""

FORMAT_PRIOR: Final[dict[str, Prior]] = {
    "exchange": ((0.70, 0.18, 0.12), 10.0),
    "row": ((0.50, 0.28, 0.22), 6.0),
    "columnar": ((0.24, 0.38, 0.38), 6.0),
    "table": ((0.14, 0.43, 0.43), 8.0),
    "report": ((0.10, 0.15, 0.75), 10.0),
}
"""What a kind of format says."""

POSITION_PRIOR: Final[dict[str, Prior]] = {
    "source, feeds": ((0.93, 0.05, 0.02), 15.0),
    "loaded, feeds": ((0.80, 0.15, 0.05), 10.0),
    "loaded, last": ((0.55, 0.20, 0.25), 4.0),
    "copy of a source, feeds": ((0.05, 0.88, 0.07), 15.0),
    "copy of a source, last": ((0.06, 0.62, 0.32), 8.0),
    "copy of a copy, feeds": ((0.02, 0.62, 0.36), 6.0),
    "copy of a copy, last": ((0.02, 0.26, 0.72), 6.0),
    "joined from sources, feeds": ((0.03, 0.72, 0.25), 10.0),
    "joined from sources, last": ((0.03, 0.22, 0.75), 10.0),
    "made of copies, feeds": ((0.01, 0.70, 0.29), 15.0),
    "made of made, feeds": ((0.01, 0.56, 0.43), 10.0),
    "drawn from one, last": ((0.01, 0.24, 0.75), 10.0),
    "made of made, last": ((0.01, 0.11, 0.88), 15.0),
}
"""Where a container stands in the lineage."""

REPORT_PRIOR: Final[dict[str, Prior]] = {
    "read by reports": ((0.08, 0.17, 0.75), 12.0),
    "read by read-only jobs": ((0.12, 0.33, 0.55), 5.0),
}
"""Who reads it that writes nothing."""

SPAN_PRIOR: Final[dict[str, Prior]] = {
    "deep, one step from the end": ((0.03, 0.60, 0.37), 6.0),
    "deep, far from the end": ((0.03, 0.70, 0.27), 6.0),
    "deep, feeds many": ((0.05, 0.60, 0.35), 4.0),
}
"""How much comes after a container that is made of made ones."""

START_WEIGHTS: Final[dict[str, float]] = {
    "declared": 1.0,
    "name": 1.0,
    "words": 0.3,
    "prefix": 0.8,
    "suffix": 0.5,
    "metadata": 0.3,
    "format": 0.8,
    "shape": 0.4,
    "position": 1.0,
    "reports": 0.8,
    "span": 0.6,
    "readers": 0.4,
    "writer": 0.5,
    "class": 0.5,
    "system": 0.4,
    "cluster": 0.4,
}
"""How far each view is believed before its agreement with the names is measured."""
