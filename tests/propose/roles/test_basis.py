"""What a role is recognised by: the shortest rule over attributes that agrees with its people."""

import numpy as np

from lakezones.propose.roles.basis import Basis, find_basis
from lakezones.propose.roles.staff import StaffEntries, notes_on


def entries(*people: tuple[str | None, str | None, str | None]) -> StaffEntries:
    """Area, department and title of each."""
    area, department, title = ([person[k] for person in people] for k in range(3))
    return StaffEntries(area=area, department=department, title=title, internal=np.ones(len(people), dtype=bool))


RISK = [("Risk", "Risk 07", "Analyst")] * 5 + [("Risk", "Risk 08", "Analyst")] * 4 + [("Risk", "Risk 08", "Quant")] * 4


def test_the_shortest_rule_that_agrees_is_taken() -> None:
    staff = entries(*RISK)
    assert find_basis(range(5), staff) == Basis(area="Risk", department="Risk 07")
    assert find_basis(range(9, 13), staff) == Basis(area="Risk", title="Quant")
    assert find_basis(range(5, 9), staff) == Basis(area="Risk", department="Risk 08", title="Analyst")
    assert find_basis([0, 5, 9], staff) == Basis(area="Risk")


def test_blank_entries_speak_neither_for_a_rule_nor_against_an_area() -> None:
    staff = entries(*RISK[:5], (None, None, None), ("Sales", "Sales", "Analyst"))
    assert find_basis([0, 1, 2, 3, 4, 5], staff) == Basis(area="Risk", department="Risk 07")
    assert not find_basis([5, 6], entries(*[(None, None, None)] * 7)).rule


def test_what_the_directory_lacks_is_named() -> None:
    assert notes_on(entries(*RISK, ("Sales", "Sales", "Quant")), 3) == []
    assert "one business area" in notes_on(entries(*RISK), 3)[0]
    assert "a role needs 3" in notes_on(entries(("Risk", None, None)), 3)[0]
