"""Domains the simple way: the first word of the department of those who write, or of readers; and what truth allows.

In: a `Lake`. Out: container to domain.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

import numpy as np
from scipy import sparse
from sklearn.model_selection import GroupKFold, KFold
from sklearn.naive_bayes import MultinomialNB

from tests.benchmarks.worlds.clues import split
from tests.benchmarks.worlds.lake import Lake

SYSTEM_KEYS = ("system", "system_of_record", "source_system", "application", "app")
OWNER_KEYS = ("owner", "data_owner", "steward")
TAG_KEYS = ("domain", "data_domain", "business_domain", "subject_area")


def people(lake: Lake) -> dict[str, str]:
    """First word of the department of each enabled person, codes looked up where the bank gave a lookup."""
    given = lake.world.settings.get("domains", {}).get("departments", {})
    lookup = {str(code).lower(): str(name) for code, name in given.items()}
    found = {}
    rows = lake.world.facts.table("principals").select("principal_id", "kind", "department", "enabled")
    for person, kind, department, enabled in rows.iter_rows():
        text = (department or "").strip().lower()
        words = re.findall(r"[^\W_]+", lookup.get(text, text).lower())
        if words and kind in (None, "user") and enabled is not False:
            found[person] = lookup.get(words[0], words[0]).lower()
    return found


def by_writers(lake: Lake) -> dict[str, str]:
    """The first word that most writers of a container share; of readers where nobody with a department writes."""
    words = people(lake)
    writers, readers = _holders(lake, words)
    return _spread(lake, {c: writers.get(c, readers[c]).most_common(1)[0][0] for c in readers})


def by_readers(lake: Lake) -> dict[str, str]:
    """The first word the largest part of whose people read a container."""
    words = people(lake)
    sizes = Counter(words.values())
    _, readers = _holders(lake, words)
    best = {c: max((n / sizes[word], word) for word, n in found.items())[1] for c, found in readers.items()}
    return _spread(lake, best)


def ceiling(lake: Lake, truth: Mapping[str, str], *, apart: bool = False) -> float:
    """Share of containers in the right area by the best of several classifiers trained on half of the truth.

    With `apart` the containers of a system (without one, of a class) are all in one half: the truth says whose people,
    tags and words are whose, but of no system to which area it belongs.

    By majority: per system, class, word of the name, tag, owner, writers' area and readers' area; and naive Bayes over
    all of them.
    """
    keys = _keys(lake)
    names = sorted(truth)
    area = np.array([truth[name] for name in names])
    right: Counter[str] = Counter()
    tokens = [[f"{kind}:{value}" for kind, values in keys.items() for value in values.get(name, ())] for name in names]
    matrix = _matrix(tokens)
    groups = [next(iter(keys["system"].get(n) or keys["class"].get(n) or [n])) for n in names]
    halves = GroupKFold(2).split(names, groups=groups) if apart else KFold(2, shuffle=True, random_state=0).split(names)
    for train, test in halves:
        for kind, values in keys.items():
            counts: dict[str, Counter[str]] = defaultdict(Counter)
            for i in train:
                for value in values.get(names[i], ())[:1]:
                    counts[value][area[i]] += 1
            usual = Counter(area[train].tolist()).most_common(1)[0][0]
            for i in test:
                found = counts.get(next(iter(values.get(names[i], ())), ""))
                right[kind] += (found.most_common(1)[0][0] if found else usual) == area[i]
        if matrix.shape[1]:
            predicted = MultinomialNB(alpha=0.1).fit(matrix[train], area[train]).predict(matrix[test])
            right["all"] += int((predicted == area[test]).sum())
    return max(right.values()) / len(names)


def _holders(lake: Lake, words: Mapping[str, str]) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Per class, first words of those who write and of those who read, with how many they are; never empty."""
    writers: dict[str, Counter[str]] = defaultdict(Counter)
    readers: dict[str, Counter[str]] = defaultdict(Counter)
    for class_id, person, level in lake.access.data_lane.sort("class_id", "principal_id").iter_rows():
        if word := words.get(person):
            readers[class_id][word] += 1
            if level & 2:
                writers[class_id][word] += 1
    return dict(writers), dict(readers)


def _spread(lake: Lake, by_class: Mapping[str, str]) -> dict[str, str]:
    rows = lake.access.container_classes.select("container", "class_id").iter_rows()
    return {container: by_class[class_id] for container, class_id in rows if class_id in by_class}


def _keys(lake: Lake) -> dict[str, dict[str, list[str]]]:
    """What containers share with others, by kind."""
    facts = lake.world.facts
    keys: dict[str, dict[str, list[str]]] = {
        kind: {container: [value] for container, value in facts.said(names, kind).iter_rows()}
        for kind, names in (("system", SYSTEM_KEYS), ("owner", OWNER_KEYS), ("tag", TAG_KEYS))
    }
    keys["class"] = {c: [k] for c, k in lake.access.container_classes.select("container", "class_id").iter_rows()}
    keys["writers"] = {c: [word] for c, word in by_writers(lake).items()}
    keys["readers"] = {c: [word] for c, word in by_readers(lake).items()}
    words = {c: split(c) for c in keys["class"]}
    keys["first"] = {c: found[:1] for c, found in words.items()}
    keys["second"] = {c: found[1:2] for c, found in words.items()}
    keys["word"] = words
    return keys


def _matrix(lines: list[list[str]]) -> sparse.csr_matrix:
    index = {token: i for i, token in enumerate(sorted({token for line in lines for token in line}))}
    cells = [(i, index[token]) for i, line in enumerate(lines) for token in set(line)]
    rows, columns = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    return sparse.csr_matrix((np.ones(rows.size), (rows, columns)), shape=(len(lines), len(index)))
