"""Who used which unit of the matrix, as bits.

In: observed use by person and class, the matrix. Out: people per unit.
"""

from collections import defaultdict
from functools import reduce
from operator import or_

from lakezones.model.usage import Use
from lakezones.propose.roles.units import RequestMatrix


def users_of(use: Use, matrix: RequestMatrix) -> list[int]:
    """Per unit of the matrix, the people who used a container of it, as bits."""
    opening: dict[str, int] = defaultdict(int)
    for i, person in enumerate(matrix.people):
        for class_id, count in use.get(person, {}).items():
            opening[class_id] |= bool(count) << i
    return [reduce(or_, (opening.get(class_id, 0) for class_id, _ in content), 0) for content in matrix.contents]
