"""Roles the simple way: layer by layer with the directory as prior; and a flat greedy cover.

In: the directory and who holds what. Out: roles. The layers: what (nearly) all internal people hold; what (nearly) all
of an area hold, in every team; teams by a mixture of Bernoulli distributions over the rest, begun from department and
title; writing and restricted data, by who holds them together.
"""

import heapq
import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import polars as pl
from sklearn.cluster import AgglomerativeClustering

from tests.benchmarks.worlds.rolesets import Held, Role
from tests.benchmarks.worlds.world import PlantedRole

EXTERNAL = re.compile(r"\b(contractor|extern(al)?|consultant|temp|vendor|ext)\b|\(c\)|^(x|ext|c)([-_]|\d)", re.I)
MOST = 2 / 3
"""Share of all internal people who hold what is everybody's: some of those from outside are not marked."""
COMMON = 0.8
"""Share of an area's people who hold what is the area's."""
LEAST = 3
KNOWN = 0.7
"""Share of a role's people who hold what is in it, where the truth says who is in the role."""
OWN = 0.7
"""Prior of the mixture that people belong with their department and title."""

Bools = np.ndarray


def layered(principals: pl.DataFrame, held: Held) -> list[Role]:
    """Birthright, area, team, engineers, restricted; of the entitlements that people asked for."""
    directory = _directory(principals, held)
    people, units = list(directory), list(held.opens)
    rows = [held.asked.get(p, frozenset()) for p in people]
    has = np.array([[e in row for e in units] for row in rows], dtype=bool).reshape(-1, len(units))
    writing = sum(6 << offset for offset in held.position.values())
    write = np.array([bool(held.opens[e] & writing) for e in units], dtype=bool)
    secret = np.array([bool(held.opens[e] & held.restricted) for e in units], dtype=bool)
    internal = np.array([not external for *_, external in directory.values()], dtype=bool)
    areas = np.array([area for area, *_ in directory.values()])
    units_of = np.array([department for _, department, *_ in directory.values()])
    titles = np.array([title for _, _, title, _ in directory.values()])
    rest = ~write & ~secret
    blocks: list[tuple[str, Bools, Bools]] = []
    if internal.any():
        blocks.append(("birthright", internal, rest & (has[internal].mean(axis=0) >= MOST)))
        rest &= ~blocks[0][2]
    taken = np.zeros_like(has)
    for area in sorted(set(areas) - {""}):
        inside = internal & (areas == area)
        by = units_of if len(set(units_of[inside])) > 1 else titles
        groups = [inside & (by == name) for name in sorted(set(by[inside]))]
        groups = [group for group in groups if group.sum() >= LEAST]
        if len(groups) > 1:
            everywhere = np.all([has[group].mean(axis=0) >= 0.5 for group in groups], axis=0)
            blocks.append(("area", inside, rest & everywhere & (has[inside].mean(axis=0) >= COMMON)))
            taken |= np.outer(inside, blocks[-1][2])
    blocks += [("job", who, what) for who, what in _mixture(has & rest & ~taken, _teams(directory))]
    blocks += [("engineer", _most(has, what), what) for what in _alike(has, write)]
    blocks += [("restricted", _most(has, what), what) for what in _alike(has, secret & ~write)]
    return [
        held.role(layer, (p for p, one in zip(people, who, strict=True) if one), np.array(units)[what].tolist())
        for layer, who, what in blocks
        if what.any() and who.sum() >= LEAST
    ]


def _directory(principals: pl.DataFrame, held: Held) -> dict[str, tuple[str, str, str, bool]]:
    """First word of the department, department, title, whether external; of enabled people who hold anything."""
    found = {}
    columns = ("principal_id", "kind", "name", "department", "title", "enabled")
    for person, kind, name, department, title, enabled in principals.select(columns).sort(columns[0]).iter_rows():
        if person in held.held and kind in (None, "user") and enabled is not False:
            words = re.findall(r"[^\W\d_]+|\d+", (department or "").lower())
            external = any(EXTERNAL.search(text or "") for text in (person, name, title))
            found[person] = (words[0] if words else "", department or "", title or "", external)
    return found


def _teams(directory: dict[str, tuple[str, str, str, bool]]) -> list[str]:
    """Department and title; the department alone where too few share both; nothing for a blank department."""
    both = [f"{department}|{title}" if department else "" for _, department, title, _ in directory.values()]
    names = [name if both.count(name) >= LEAST else name.partition("|")[0] for name in both]
    return [name if names.count(name) >= LEAST else "" for name in names]


def _mixture(has: Bools, teams: list[str]) -> list[tuple[Bools, Bools]]:
    """Teams as people and content: expectation maximisation, begun from the directory or, without, from look-alikes."""
    start = _start(has, teams)
    labels = sorted(set(start) - {-1})
    if not labels:
        return []
    prior = np.full((len(teams), len(labels)), (1 - OWN) / len(labels))
    for i, label in enumerate(start):
        if label >= 0:
            prior[i, labels.index(label)] += OWN
    belongs = prior / prior.sum(axis=1, keepdims=True)
    for _ in range(40):
        holds = (belongs.T @ has + 0.1) / (belongs.sum(axis=0)[:, None] + 0.2)
        odds = has @ np.log(holds).T + ~has @ np.log1p(-holds).T + np.log(prior) + np.log(belongs.mean(axis=0) + 1e-9)
        odds -= odds.max(axis=1, keepdims=True)
        belongs = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    best = belongs.argmax(axis=1)
    found: dict[bytes, tuple[Bools, Bools]] = {}
    for k in range(len(labels)):
        who = (best == k) & has.any(axis=1)
        if who.sum() >= LEAST:
            what = has[who].mean(axis=0) >= 0.5
            known = found.get(what.tobytes())
            found[what.tobytes()] = (who | known[0] if known else who, what)
    return list(found.values())


def _start(has: Bools, teams: list[str]) -> list[int]:
    """First label of each person: department and title, or a cluster of those without; -1 where there is neither."""
    names = sorted(set(teams) - {""})
    start = [names.index(team) if team in names else -1 for team in teams]
    alone = [i for i, label in enumerate(start) if label < 0 and has[i].any()]
    if len(alone) > LEAST:
        model = AgglomerativeClustering(None, metric="jaccard", linkage="average", distance_threshold=0.5)
        clusters = model.fit_predict(has[alone])
        sizes = np.bincount(clusters)
        for i, cluster in zip(alone, clusters, strict=True):
            start[i] = len(names) + int(cluster) if sizes[cluster] >= LEAST else -1
    return start


def _most(has: Bools, content: Bools) -> Bools:
    """People who hold at least half of a content."""
    most: Bools = has[:, content].mean(axis=1) >= 0.5 if content.any() else np.zeros(len(has), dtype=bool)
    return most


def _alike(has: Bools, which: Bools) -> list[Bools]:
    """Units of which nearly the same people hold one as the other."""
    groups: list[list[int]] = []
    for j in np.flatnonzero(which & has.any(axis=0)):
        for group in groups:
            first = has[:, group[0]]
            if (first & has[:, j]).sum() / (first | has[:, j]).sum() >= 0.5:
                group.append(int(j))
                break
        else:
            groups.append([int(j)])
    return [np.isin(np.arange(has.shape[1]), group) for group in groups]


def ceiling(planted: Sequence[PlantedRole], held: Held) -> list[Role]:
    """Roles whose people are known from the truth, and whose content is read off what they asked for.

    Each entitlement is put into the roles that explain its holders, the one that explains most first, as long as at
    least half of a role's people are holders that no role explains yet. What remains hidden are contents that two ways
    of writing the same access share.
    """
    asked: dict[str, set[str]] = defaultdict(set)
    for person, entitlements in held.asked.items():
        for entitlement in entitlements:
            asked[entitlement].add(person)
    contents: dict[str, list[str]] = {role.name: [] for role in planted}
    for entitlement, holders in sorted(asked.items()):
        left = set(holders)
        likely = [role for role in planted if len(role.people & holders) >= KNOWN * len(role.people)]
        while likely:
            best = max(likely, key=lambda role: (2 * len(role.people & left) - len(role.people), role.name))
            if 2 * len(best.people & left) < len(best.people):
                break
            contents[best.name].append(entitlement)
            left -= best.people
            likely.remove(best)
    return [held.role(role.layer, role.people, contents[role.name]) for role in planted]


def greedy(held: Held, *, most: int) -> list[Role]:
    """At most so many roles, whichever gives most of what was asked for first.

    They are chosen among what each person asked for, what two people both asked for, and single entitlements; their
    people are all who hold them.
    """
    people = sorted(held.asked)
    distinct = sorted(set(held.asked.values()), key=sorted)
    contents = set(distinct) | {frozenset([e]) for row in distinct for e in row}
    contents |= {one & other for i, one in enumerate(distinct) for other in distinct[:i]}
    missing = {p: set(row) for p, row in held.asked.items()}
    holds = {p: held.within(held.held[p]) for p in people}
    holders = {content: [p for p in people if content <= holds[p]] for content in contents - {frozenset()}}
    heap = [(-len(c) * len(holders[c]), k, c) for k, c in enumerate(sorted(holders, key=sorted))]
    heapq.heapify(heap)
    roles: list[Role] = []
    while heap and len(roles) < most:
        _, k, content = heapq.heappop(heap)
        gain = sum(len(content & missing[p]) for p in holders[content])
        if heap and gain < -heap[0][0]:
            heapq.heappush(heap, (-gain, k, content))
        elif gain:
            roles.append(held.role("job", holders[content], content))
            for p in holders[content]:
                missing[p] -= content
    return roles
