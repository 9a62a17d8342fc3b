"""Separation of duties: where somebody holds both sides today, the smaller one stays outside roles."""

import pytest

from lakezones.model.policies import Duty, PoliciesSettings, SodPair
from tests.propose.roles.test_stage import propose, staff


def kept_apart(risk: int, sales: int, *, risk_is_left: bool) -> tuple[set[str], set[str]]:
    """Classes of Risk0 outside roles for separation of duties, and those that roles give, of these many on a side."""
    estate = staff(missing=False)
    for k in range(sales):
        estate.members.add((f"g-Sales-{k}", "Risk0"))
    sides = [
        Duty(containers=tuple(f"box-{side}-{k}" for k in range(count)))
        for side, count in (("Risk", risk), ("Sales", sales))
    ]
    left, right = sides if risk_is_left else reversed(sides)
    pair = SodPair(name="pay", left=left, right=right)
    result = propose(estate, min_members=3, policies=PoliciesSettings(sod=(pair,)))
    apart = result.residual_classes.filter(principal_id="Risk0", reason="separation of duties: pay")
    given = result.role_members.filter(principal_id="Risk0").join(result.role_classes, on="role_id")
    return set(apart["class_id"]), set(given["class_id"])


@pytest.mark.parametrize("risk_is_left", [True, False])
@pytest.mark.parametrize(("risk", "sales"), [(5, 1), (3, 2), (4, 3)])
def test_the_larger_side_may_be_in_roles(risk: int, sales: int, risk_is_left: bool) -> None:
    apart, given = kept_apart(risk, sales, risk_is_left=risk_is_left)
    assert apart == {f"c-Sales-{k}" for k in range(sales)}
    assert given >= {f"c-Risk-{k}" for k in range(risk)}


@pytest.mark.parametrize("risk_is_left", [True, False])
def test_of_two_equal_sides_the_right_one_stays_outside(risk_is_left: bool) -> None:
    apart, _ = kept_apart(2, 2, risk_is_left=risk_is_left)
    assert apart == {f"c-{'Sales' if risk_is_left else 'Risk'}-{k}" for k in range(2)}
