"""What the simple references and the ceilings know of a container: plain dicts, no machinery of the product.

In: facts, and a lexicon: by default the one of `words`, which does not move with the product. Out: `Clues`.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lakezones.model.frames import Facts
from tests.benchmarks.worlds.words import WORDS
from tests.benchmarks.worlds.world import ZONES

ZONE_KEYS = ("zone", "layer", "medallion", "stage", "tier_name", "data_layer")
READERS = re.compile(r"tableau|power.?bi|pbi|qlik|looker|cognos|microstrategy|excel|report|dashboard|exposure", re.I)
WIDEST = 400
"""Pairs of read and written containers of one artifact; a wider one says nothing of what feeds what."""


@dataclass
class Clues:
    """Per container what can be read off at once; a missing key is nothing known.

    Attributes
    ----------
    names
        Containers, sorted.
    words
        Words of the name in order, lower case, without digits at their end; of one letter with them.
    word
        The zone that the lexicon's words of the name agree on.
    declared
        The zone that the metadata declares.
    before, after
        Containers directly up and down the lineage.
    shown
        Read by tools that people look at.
    """

    names: list[str]
    words: dict[str, list[str]] = field(default_factory=dict)
    word: dict[str, str] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    format: dict[str, str] = field(default_factory=dict)
    before: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    after: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    written: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    tools: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def place(self, name: str) -> str | None:
        """The zone that the place in the lineage says: readers, then sources, then what is between."""
        if name in self.shown:
            return "consumption"
        if self.after[name] and name not in self.written:
            return "raw"
        return "curated" if self.before[name] and self.after[name] else None


def read_clues(facts: Facts, lexicon: Mapping[str, Sequence[str]] = WORDS) -> Clues:
    """Gather the clues of a lake; `lexicon` has patterns of words per zone."""
    clues = Clues(names=sorted(facts.table("containers")["container"].to_list()))
    zone_of = _Lexicon(lexicon)
    for name in clues.names:
        clues.words[name] = split(name)
        said = {zone for token in clues.words[name] if (zone := zone_of(token))}
        if len(said) == 1:
            clues.word[name] = said.pop()
    for name, value in facts.said(ZONE_KEYS, "zone").iter_rows():
        if zone := next((z for token in split(value) if (z := zone_of(token))), None):
            clues.declared[name] = zone
    for name, form in facts.table("containers").select("container", "format").iter_rows():
        if form:
            clues.format[name] = form.lower().lstrip(".")
    _lineage(facts, clues)
    return clues


def split(name: str) -> list[str]:
    """Words of a name.

    Examples
    --------
    >>> split("stg01_custOrders-z1")
    ['stg', 'cust', 'orders', 'z1']
    """
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    stems = ((word, word.rstrip("0123456789")) for word in re.split(r"[^a-z0-9]+", spaced.lower()))
    return [word if len(stem) == 1 else stem for word, stem in stems if stem]


class _Lexicon:
    """Word to the one zone that the lexicon gives it."""

    def __init__(self, lexicon: Mapping[str, Sequence[str]]) -> None:
        self._patterns = {z: re.compile("|".join(f"(?:{p})" for p in lexicon[z]), re.I) for z in ZONES}
        self._known: dict[str, str | None] = {}

    def __call__(self, word: str) -> str | None:
        if word not in self._known:
            zones = [zone for zone, pattern in self._patterns.items() if pattern.fullmatch(word)]
            self._known[word] = zones[0] if len(zones) == 1 else None
        return self._known[word]


def _lineage(facts: Facts, clues: Clues) -> None:
    rows = facts.table("references").select("tool", "artifact", "container", "direction").drop_nulls("container")
    touched: dict[tuple[str, str], tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    writing = set()
    for tool, artifact, container, direction in rows.iter_rows():
        touched[tool, artifact][direction == "write"].add(container)
        if direction == "write":
            writing.add(tool)
    for (tool, _), (reads, writes) in sorted(touched.items()):
        clues.written |= writes
        for container in reads | writes:
            clues.tools[container].add(f"{tool}:{'w' if container in writes else 'r'}")
        if not writes and (tool not in writing or READERS.search(tool)):
            clues.shown |= reads
        if len(reads) * len(writes) <= WIDEST:
            for source in reads:
                for target in writes - {source}:
                    clues.before[target].add(source)
                    clues.after[source].add(target)
