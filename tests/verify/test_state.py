"""The replayed lake: members of groups at any depth, and what steps change."""

from itertools import pairwise
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from lakezones.verify.state import LakeState

GROUPS = "abcdefg"
NESTED = st.dictionaries(st.sampled_from(GROUPS), st.frozensets(st.sampled_from(GROUPS)))
PEOPLE = st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 15))


@given(people=PEOPLE, nested=NESTED)
def test_members_of_a_group_at_any_depth(people: dict[str, int], nested: dict[str, frozenset[str]]) -> None:
    """Against a walk from each group; nesting may be a cycle."""
    found = LakeState._close(SimpleNamespace(members=people, children=nested))  # type: ignore[arg-type]
    for group in GROUPS:
        seen, queue, members = {group}, [group], 0
        while queue:
            one = queue.pop()
            members |= people.get(one, 0)
            queue += [child for child in nested.get(one, ()) if child not in seen]
            seen |= nested.get(one, frozenset())
        assert found.get(group, 0) == members


def test_a_long_chain_whatever_the_order_it_is_read_in() -> None:
    chain = {one: frozenset({below}) for one, below in pairwise(GROUPS)}
    for nested in (chain, dict(reversed(chain.items()))):
        found = LakeState._close(SimpleNamespace(members={"g": 1}, children=nested))  # type: ignore[arg-type]
        assert found == dict.fromkeys(GROUPS, 1)
