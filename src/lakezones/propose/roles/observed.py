"""What is known beside the matrix: the directory's entries and observed use, by person and unit.

In: facts, access, minable access, the matrix. Out: `Evidence` for blocks and suggestions, and use per class for roles.
"""

from collections import defaultdict

import polars as pl

from lakezones.mining.practical.peers import Evidence, Person
from lakezones.model.frames import Access, Facts
from lakezones.model.usage import observe
from lakezones.propose.roles.units import MinableAccess, RequestMatrix

Use = dict[str, dict[str, int]]
"""Person to class to the number of its containers that the person used."""


def read_use(facts: Facts, access: Access) -> Use | None:
    """Containers used in the window, per person and class; None where the logs show no reading anywhere."""
    seen = observe(facts, access.container_classes)
    if seen.reads.is_empty():
        return None
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


def read_evidence(facts: Facts, minable: MinableAccess, matrix: RequestMatrix, use: Use | None) -> Evidence:
    """The directory's entries and use, by index of person and unit."""
    entries = {
        person: Person(department=_said(department), title=_said(title), manager=_said(manager))
        for person, department, title, manager in facts.table("principals")
        .select("principal_id", "department", "title", "manager_id")
        .iter_rows()
    }
    opening: dict[str, list[int]] = defaultdict(list)
    for unit, content in enumerate(matrix.contents):
        for class_id, _ in content:
            opening[class_id].append(unit)
    used = None
    if use is not None:
        used = []
        for person in matrix.people:
            own: dict[int, int] = defaultdict(int)
            for class_id, count in use.get(person, {}).items():
                for unit in opening.get(class_id, ()):
                    own[unit] += count
            used.append(dict(own))
    return Evidence(
        people=[entries.get(person, Person()) for person in matrix.people],
        use=used,
        sizes=[sum(minable.class_sizes[class_id] for class_id, _ in content) for content in matrix.contents],
    )


def _said(text: str | None) -> str | None:
    return text.strip() or None if text else None
