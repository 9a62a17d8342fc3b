"""Why people hold a part of a role outside it: kept from a former job, or not yet completed.

In: roles, what people hold. Out: reasons by person and class.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from lakezones.mining import bits
from lakezones.propose.roles.choose import ProposedRole

KEPT = 0.5
"""Share of a role's classes from which what somebody outside holds of it is a part of it, not chance."""

_WAITS = "a role gives it once what is suggested for it is approved"


def explain_parts(
    roles: Sequence[ProposedRole], people: Sequence[str], cells: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Reasons for (person, class) that a role has and does not give the person.

    Parameters
    ----------
    people
        Ids of the matrix, for the people of completions.
    cells
        (class, person) pairs that are held.
    """
    holders: dict[str, list[str]] = defaultdict(list)
    for class_id, person in cells:
        holders[class_id].append(person)
    reasons: dict[tuple[str, str], str] = {}
    for role in roles:
        done = role.completion
        joining = {people[i] for i in bits.elements(done.people)} if done is not None else set()
        inside = joining | set(role.people)
        parts = Counter(person for class_id in role.content for person in holders[class_id] if person not in inside)
        kept = {person for person, n in parts.items() if n > 1 and n >= KEPT * len(role.content)}
        said = ", ".join(part for part in (role.basis.department or role.basis.area, role.basis.title) if part)
        for class_id in role.content:
            for person in holders[class_id]:
                if person in joining:
                    reasons.setdefault((person, class_id), _WAITS)
                elif person in kept and role.layer in ("area", "job"):
                    reasons.setdefault((person, class_id), f"probably left over from {said or 'a former job'}")
    return reasons
