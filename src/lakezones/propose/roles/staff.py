"""The people of the matrix as the layers see them: areas, departments, titles, and who is not of the bank's own staff.

In: facts, areas, the people of the matrix, settings. Out: `StaffEntries`.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.model.frames import Facts
from lakezones.model.words import counted
from lakezones.propose.roles.settings import RolesSettings


@dataclass(frozen=True, kw_only=True)
class StaffEntries:
    """What the directory says of some people; each of length n_people.

    Attributes
    ----------
    area, department, title
        None where unknown.
    internal
        Whether a person is of the bank's own staff, as far as ids, names, titles and departments tell.
    """

    area: list[str | None]
    department: list[str | None]
    title: list[str | None]
    internal: npt.NDArray[np.bool_]


def external_staff(facts: Facts, settings: RolesSettings) -> frozenset[str]:
    """Ids of people who are not of the bank's own staff, as far as ids, names, titles and departments tell."""
    found = set()
    rows = facts.table("principals").select("principal_id", "name", "title", "department")
    for person, name, title, department in rows.iter_rows():
        labels = [
            (settings.external_names, person),
            (settings.external_names, name),
            (settings.external_titles, title),
            (settings.external_departments, department),
        ]
        if any(label and fnmatchcase(label.strip().lower(), glob.lower()) for globs, label in labels for glob in globs):
            found.add(person)
    return frozenset(found)


def read_staff(facts: Facts, areas: pl.DataFrame, people: list[str], external: AbstractSet[str]) -> StaffEntries:
    """Look people up.

    Parameters
    ----------
    areas
        As `lakezones.model.areas.read_areas` gives them.
    people
        Ids.
    external
        As `external_staff` gives them.
    """
    area = dict(areas.select("principal_id", "area").iter_rows())
    rows = facts.table("principals").select("principal_id", "department", "title").iter_rows()
    entries = {person: [value.strip() or None if value else None for value in values] for person, *values in rows}
    nothing: list[str | None] = [None, None]
    return StaffEntries(
        area=[area.get(person) for person in people],
        department=[entries.get(person, nothing)[0] for person in people],
        title=[entries.get(person, nothing)[1] for person in people],
        internal=np.array([person not in external for person in people], dtype=np.bool_),
    )


def notes_on(staff: StaffEntries, least: int) -> list[str]:
    """What the directory does not say, and what that means for roles; `least` is the fewest people in a role."""
    if len(staff.area) < least:
        return [f"{counted(len(staff.area), 'person')} with access that can be in roles: a role needs {least}"]
    found = []
    if not any(staff.department):
        found.append("no departments in the directory: areas are not assessed, jobs are found in the access alone")
    elif not any(staff.area):
        found.append("departments lead to no business areas: areas are not assessed (see domains.departments)")
    elif len(set(staff.area) - {None}) == 1:
        found.append("all departments are of one business area: nothing is an area's alone")
    if not any(staff.title):
        found.append("no titles in the directory: jobs are not told apart by them")
    return found
