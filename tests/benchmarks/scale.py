"""A company of any size, drawn with arrays: jobs of departments, second jobs, movers, what is missing and what is odd.

In: sizes and a seed. Out: `Scaled`, who has which permission as a CSR matrix, permissions in classes of equal holders.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """A generated company.

    Attributes
    ----------
    access : csr_matrix of bool, shape (n_people, n_permissions)
        Who holds what; columns of a class are equal, and apart from one another.
    class_of
        Class of each permission.
    jobs
        Planted jobs.
    """

    access: sparse.csr_matrix
    class_of: Ints
    jobs: int


def generate(
    seed: int,
    *,
    people: int = 50_000,
    permissions: int = 1_000_000,
    classes: int = 20_000,
    per_job: int = 25,
    content: tuple[int, int] = (15, 40),
    everybody: int = 5,
    missing: float = 0.05,
    odd: float = 0.03,
    movers: float = 0.15,
    second: float = 0.10,
) -> Scaled:
    """Generate a company; a job has about `per_job` people and opens `content` classes, two thirds of them near."""
    rng = np.random.default_rng(seed)
    jobs = max(2, people // per_job)
    departments = max(1, jobs // 20)
    home = rng.integers(0, departments, classes)
    order = np.argsort(home, kind="stable")
    edges = np.searchsorted(home[order], np.arange(departments + 1))
    contents = []
    for job in range(jobs):
        size = int(rng.integers(content[0], content[1] + 1))
        department = job % departments
        near = order[edges[department] : edges[department + 1]]
        own = rng.choice(near, min(near.size, round(0.67 * size)), replace=False)
        far = rng.integers(everybody, classes, size - own.size)
        contents.append(np.unique(np.concatenate([np.arange(everybody), own, far])))
    weights = rng.lognormal(0, 0.6, jobs)
    main = rng.choice(jobs, people, p=weights / weights.sum())
    held = [_cells(rng, np.arange(people), main, contents, 1 - missing)]
    for share, kept in ((second, 1 - missing), (movers, 0.85)):
        some = rng.choice(people, round(share * people), replace=False)
        held.append(_cells(rng, some, rng.integers(0, jobs, some.size), contents, kept))
    count = round(odd * held[0][0].size)
    # An odd class each at least, so that every class has a holder and each differs from every other.
    held.append((rng.integers(0, people, count), rng.integers(0, classes, count)))
    held.append((rng.integers(0, people, classes), np.arange(classes)))
    who, what = (np.concatenate(side) for side in zip(*held, strict=True))
    core = sparse.csr_matrix((np.ones(who.size, dtype=np.bool_), (who, what)), shape=(people, classes))
    class_of = np.sort(np.concatenate([np.arange(classes), rng.integers(0, classes, permissions - classes)]))
    return Scaled(access=spread(core, class_of), class_of=class_of, jobs=jobs)


def _cells(rng: np.random.Generator, who: Ints, job: Ints, contents: list[Ints], kept: float) -> tuple[Ints, Ints]:
    sizes = np.array([contents[j].size for j in job], dtype=np.int64)
    rows = np.repeat(who, sizes)
    columns = np.concatenate([contents[j] for j in job])
    stays = rng.random(rows.size) < kept
    return rows[stays], columns[stays]


def spread(core: sparse.csr_matrix, class_of: Ints) -> sparse.csr_matrix:
    """The matrix of permissions from that of classes; `class_of` ascends."""
    core.sort_indices()
    first = np.searchsorted(class_of, np.arange(core.shape[1] + 1))
    widths = np.diff(first)[core.indices]
    ends = np.cumsum(widths)
    indices = np.arange(ends[-1] if ends.size else 0, dtype=np.int64)
    indices += np.repeat(first[core.indices] - (ends - widths), widths)
    indptr = np.concatenate([[0], ends])[core.indptr]
    matrix = sparse.csr_matrix((core.shape[0], class_of.size), dtype=np.bool_)
    matrix.indptr, matrix.indices = indptr.astype(np.int32), indices.astype(np.int32)
    matrix.data = np.ones(indices.size, dtype=np.bool_)
    return matrix
