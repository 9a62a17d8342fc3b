"""What a role can be recognised by: the attributes that nearly all of its people share and few others have.

In: people of a role, the directory's entries. Out: `Basis`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lakezones.propose.roles.staff import StaffEntries

_SHARED = 0.8
"""Share of a role's people from which a value is theirs."""

_RULE = 0.75
"""Agreement (Jaccard) of a role's people with all who have a value, from which the value makes a rule."""


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a role was recognised by; all None where it was found in the access alone.

    Attributes
    ----------
    area
        The area that nearly all of its people belong to.
    department, title
        Values that nearly all of its people have and, together, few others.
    """

    area: str | None = None
    department: str | None = None
    title: str | None = None

    @property
    def rule(self) -> bool:
        """Whether a department or a title says who is in the role."""
        return self.department is not None or self.title is not None


def find_basis(people: Sequence[int], staff: StaffEntries) -> Basis:
    """What the people, by index, share: an area, and the department, the title or both that tell them from others."""
    area = _shared(people, staff.area)
    department, title = _shared(people, staff.department), _shared(people, staff.title)
    best, found = _RULE, Basis(area=area)
    # The shorter rule first: a longer one has to agree better.
    for one, other in ((department, None), (None, title), (department, title)):
        if (one or other) and (share := _agreement(people, one, other, staff)) > best:
            best, found = share + 0.05, Basis(area=area, department=one, title=other)
    return found


def _shared(people: Sequence[int], values: Sequence[str | None]) -> str | None:
    known = Counter(value for person in people if (value := values[person]))
    if not known:
        return None
    value, count = min(known.items(), key=lambda item: (-item[1], item[0]))
    # Blank entries neither speak for a value nor against it, as long as most people have one.
    return value if count >= _SHARED * known.total() and 2 * known.total() >= len(people) else None


def _agreement(people: Sequence[int], department: str | None, title: str | None, staff: StaffEntries) -> float:
    fits = {
        person
        for person in range(len(staff.area))
        if department in (None, staff.department[person]) and title in (None, staff.title[person])
    }
    return len(fits & set(people)) / len(fits | set(people))
