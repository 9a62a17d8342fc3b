"""Observed use, by person and class.

In: use in a window, access. Out: `Use`.
"""

from collections import defaultdict
from functools import reduce
from operator import or_

import polars as pl

from lakezones.model.frames import Access
from lakezones.model.usage import ObservedUse
from lakezones.propose.roles.units import RequestMatrix

Use = dict[str, dict[str, int]]
"""Person to class to the number of its containers that the person used."""


def read_use(seen: ObservedUse, access: Access) -> Use:
    """Containers used in the window, per person and class."""
    counted = (
        seen.rows.join(access.container_classes, on="container")
        .group_by("principal_id", "class_id")
        .agg(used=pl.col("container").n_unique())
        .sort("principal_id", "class_id")
    )
    use: Use = defaultdict(dict)
    for person, class_id, used in counted.iter_rows():
        use[person][class_id] = used
    return dict(use)


def users_of(use: Use, matrix: RequestMatrix) -> list[int]:
    """Per unit of the matrix, the people who used a container of it, as bits."""
    opening: dict[str, int] = defaultdict(int)
    for i, person in enumerate(matrix.people):
        for class_id, count in use.get(person, {}).items():
            opening[class_id] |= bool(count) << i
    return [reduce(or_, (opening.get(class_id, 0) for class_id, _ in content), 0) for content in matrix.contents]
