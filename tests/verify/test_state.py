"""The replayed lake: members of groups at any depth, and what steps change."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lakezones.verify.state import children_first, closed

GROUPS = "abcdefg"
NESTED = st.dictionaries(st.sampled_from(GROUPS), st.frozensets(st.sampled_from(GROUPS)))
PEOPLE = st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 15))


@given(people=PEOPLE, nested=NESTED)
def test_members_of_a_group_at_any_depth(people: dict[str, int], nested: dict[str, frozenset[str]]) -> None:
    """Against a walk from each group; nesting may be a cycle."""
    found = closed(people, nested, children_first(nested))
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
        found = closed({"g": 1}, nested, children_first(nested))
        assert found == dict.fromkeys(GROUPS, 1)


def test_a_chain_of_thousands_and_a_ring() -> None:
    names = [f"g{i}" for i in range(5_000)]
    chain = {one: frozenset({below}) for one, below in pairwise(names)}
    assert closed({names[-1]: 1}, chain, children_first(chain)) == dict.fromkeys(names, 1)
    ring = chain | {names[-1]: frozenset({names[0]})}
    assert closed({names[7]: 1}, ring, children_first(ring)) == dict.fromkeys(names, 1)
