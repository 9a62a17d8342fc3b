"""Roles of the same matrices by several methods, none of which may give new access.

In: the shared matrices where they are present, two generated companies of jobs (`jobs`), the Firm, and a large company
(`scale`). Out: a row per matrix and
method: roles, what is proven of them, the share of assignments they give, seconds.

What scikit-learn's factorisations and co-clusterings find gives new access; it is cut to the largest part of each
block that its people hold in full. `ours, 100 roles` and the methods beside it choose at most 100 roles of three people
or more; `ours, exact` and `greedy cover` give everything.
"""

import csv
import heapq
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.cluster import SpectralCoclustering
from sklearn.decomposition import NMF

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.matrix import mine_matrix
from lakezones.mining.practical.candidates import Candidate
from lakezones.mining.practical.grow import Search, gain_of, grow, left_by, regrow
from tests.benchmarks import scale
from tests.benchmarks.firm_roles import CLEAN, measure
from tests.benchmarks.jobs import generate

HELD_OUT = 208
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "rolemining"
MOST = 100
LEAST = 3
PATIENCE = 20.0
"""Seconds that our own methods may search in one matrix; what stopped them is in the figures."""

Row = dict[str, object]
Lines = list[int]


def main() -> Iterable[Row]:
    """Run every method on every matrix."""
    for name, rows, departments in matrices():
        columns = transposed(rows)
        cells = sum(row.bit_count() for row in rows)
        methods: list[tuple[str, Callable[[], tuple[list[Candidate], str]]]] = [
            ("ours, exact", lambda rows=rows, columns=columns: exact(rows, columns)),
            ("greedy cover", lambda rows=rows, columns=columns: greedy_cover(rows, columns)),
            ("ours, 100 roles", lambda rows=rows, columns=columns: practical(rows, columns)),
            ("NMF, cut", lambda rows=rows, columns=columns: cut(nmf(rows, columns), rows, columns)),
            ("co-clustering, cut", lambda rows=rows, columns=columns: cut(spectral(rows, columns), rows, columns)),
        ]
        if departments:
            methods.append(
                (
                    "department",
                    lambda rows=rows, columns=columns, d=departments: cut(by_department(d, columns), rows, columns),
                )
            )
        for method, run in methods:
            started = time.perf_counter()
            roles, bound = run()
            seconds = time.perf_counter() - started
            given = [0] * len(columns)
            for role in roles:
                for unit in bits.elements(role.units):
                    given[unit] |= role.people
            assert all(part & ~whole == 0 for part, whole in zip(given, columns, strict=True)), "new access"
            yield {
                "matrix": name,
                "method": method,
                "roles": len(roles),
                "bound": bound,
                "coverage": sum(part.bit_count() for part in given) / cells,
                "seconds": seconds,
            }
    yield from firm()
    yield from large()


def firm() -> Iterable[Row]:
    """The generated Firm through the whole stage, on a seed that nothing was tuned on."""
    for name, noise in (("Firm", {}), ("Firm, clean directory", CLEAN)):
        figures = measure(HELD_OUT, max_roles=MOST, **noise)
        yield {
            "matrix": name,
            "method": "ours, 100 roles",
            "roles": MOST,
            "coverage": figures["coverage"],
            "seconds": figures["cpu seconds"],
        }
        yield {
            "matrix": name,
            "method": "ours, with suggestions",
            "roles": MOST,
            "bound": f"{figures['found']:.0%} of planted roles found, {figures['needed']:.0%} of "
            f"{figures['suggested']} suggested grants needed",
            "coverage": figures["with suggestions"],
        }
        yield {
            "matrix": name,
            "method": "department and title",
            "bound": f"{figures['group-by found']:.0%} of planted roles found",
        }


def large() -> Iterable[Row]:
    """A tenth of the largest estate: 5,000 people, 100,000 permissions in 2,000 classes."""
    company = scale.generate(1, people=5_000, permissions=100_000, classes=2_000)
    started = time.perf_counter()
    mined = mine_matrix(company.access, mode="practical", time_limit=60)
    yield {
        "matrix": "5,000 x 100,000",
        "method": "ours, practical",
        "roles": len(mined.roles),
        "bound": f">= {mined.lower_bound} roles" + (f", stopped by {mined.stopped_by}" if mined.stopped_by else ""),
        "coverage": 1 - mined.residual[0].size / company.access.nnz,
        "seconds": time.perf_counter() - started,
    }


def matrices() -> Iterable[tuple[str, Lines, list[str | None]]]:
    """Name, units per person, department per person where there is a directory."""
    for path in sorted(SHARED.glob("*.csv")):
        people: dict[str, int] = {}
        units: dict[str, int] = {}
        rows: dict[int, int] = {}
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                person = people.setdefault(line["principal"], len(people))
                unit = units.setdefault(line["container"], len(units))
                rows[person] = rows.get(person, 0) | 1 << unit
        yield path.stem, [rows[i] for i in range(len(people))], []
    for name, noise in (("company", 0.0), ("company, noisy directory", 0.3)):
        company = generate(7, jobs=60, noise=noise)
        labels = [
            f"{department} {title}" if department else None
            for department, title in zip(company.department, company.title, strict=True)
        ]
        yield name, [bits.from_indices(held) for held in company.held], labels


def transposed(rows: Lines) -> Lines:
    """People per unit."""
    columns = [0] * max(row.bit_length() for row in rows)
    for i, row in enumerate(rows):
        for unit in bits.elements(row):
            columns[unit] |= 1 << i
    return columns


def exact(rows: Lines, columns: Lines) -> tuple[list[Candidate], str]:
    """Fewest roles that give everything."""
    mined = mine_matrix(dense(rows, columns), mode="exact", time_limit=PATIENCE)
    roles = [
        Candidate(bits.from_indices(map(int, who)), bits.from_indices(map(int, what))) for who, what in mined.roles
    ]
    return roles, f">= {mined.lower_bound} roles" + (", proven" if mined.optimal else "")


def practical(rows: Lines, columns: Lines) -> tuple[list[Candidate], str]:
    """At most a hundred roles of three people, giving the most."""
    budget = Budget(60_000_000, PATIENCE)
    search = Search(min_members=LEAST, max_roles=MOST)
    found = grow(rows, columns, columns, search, budget=budget)
    return regrow(found, rows, columns, columns, search, rounds=120, budget=budget).roles, ""


def greedy_cover(rows: Lines, columns: Lines) -> tuple[list[Candidate], str]:
    """Plain greedy set cover: each person's row and each unit's column, whichever gives most first."""
    candidates = []
    for row in dict.fromkeys(rows):
        if row:
            candidates.append(Candidate(bits.from_indices(i for i, other in enumerate(rows) if row & ~other == 0), row))
    candidates += [Candidate(column, 1 << j) for j, column in enumerate(columns) if column]
    left, chosen = list(columns), []
    # What a candidate adds only falls, so that one whose figure is still true and the highest is the best.
    heap = [(-gain_of(role, left), k) for k, role in enumerate(candidates)]
    heapq.heapify(heap)
    while heap:
        promised, k = heapq.heappop(heap)
        gain = gain_of(candidates[k], left)
        if gain and gain == -promised:
            chosen.append(candidates[k])
            left = left_by([candidates[k]], left)
        elif gain:
            heapq.heappush(heap, (-gain, k))
    return chosen, ""


def nmf(rows: Lines, columns: Lines) -> list[Candidate]:
    """Factors of non-negative matrix factorisation, people and units above half of each factor's largest."""
    matrix = dense(rows, columns).astype(float)
    count = max(2, min(MOST, min(matrix.shape) // 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = NMF(n_components=count, init="nndsvd", max_iter=60, random_state=0)
        people, units = model.fit_transform(matrix), model.components_
    return [
        Candidate(above(people[:, k]), above(units[k]))
        for k in range(count)
        if people[:, k].max() > 0 and units[k].max() > 0
    ]


def spectral(rows: Lines, columns: Lines) -> list[Candidate]:
    """Blocks of spectral co-clustering, which cannot take people or units without any access."""
    who = [i for i, row in enumerate(rows) if row]
    what = [j for j, column in enumerate(columns) if column]
    matrix = dense(rows, columns).astype(float).toarray()[np.ix_(who, what)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SpectralCoclustering(n_clusters=max(2, min(MOST, min(matrix.shape) // 6)), random_state=0).fit(matrix)
    return [
        Candidate(
            bits.from_indices(who[i] for i in np.flatnonzero(people)),
            bits.from_indices(what[j] for j in np.flatnonzero(units)),
        )
        for people, units in zip(model.rows_, model.columns_, strict=True)
    ]


def by_department(labels: list[str | None], columns: Lines) -> list[Candidate]:
    """People of one department and title, and what half of them hold."""
    groups: dict[str, int] = {}
    for i, label in enumerate(labels):
        if label:
            groups[label] = groups.get(label, 0) | 1 << i
    return [
        Candidate(
            members,
            bits.from_indices(j for j, c in enumerate(columns) if 2 * (c & members).bit_count() >= members.bit_count()),
        )
        for members in groups.values()
    ]


def cut(blocks: list[Candidate], rows: Lines, columns: Lines) -> tuple[list[Candidate], str]:
    """The largest part of each block that needs no new access."""
    found = []
    for block in blocks:
        inner = [row & block.units if block.people >> i & 1 else 0 for i, row in enumerate(rows)]
        whole = [column & block.people if block.units >> j & 1 else 0 for j, column in enumerate(columns)]
        found += grow(inner, whole, whole, Search(min_members=LEAST, max_roles=1), budget=Budget(300_000)).roles
    return list(dict.fromkeys(found)), ""


def above(values: np.ndarray) -> int:
    """Positions at half of the largest value or more."""
    return bits.from_indices(np.flatnonzero(values >= 0.5 * values.max()).tolist())


def dense(rows: Lines, columns: Lines) -> sparse.csr_matrix:
    """The matrix for libraries."""
    lines = [bits.to_array(row) for row in rows]
    indptr = np.concatenate([[0], np.cumsum([line.size for line in lines])])
    indices = np.concatenate(lines)
    matrix = sparse.csr_matrix(
        (np.ones(indices.size, dtype=np.bool_), indices, indptr), shape=(len(rows), len(columns))
    )
    matrix.sort_indices()
    return matrix
