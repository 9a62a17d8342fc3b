"""Roles of a world against the planted ones, beside a simple reference and a flat greedy cover.

Out: a row per world and method. What is said of roles is said once their suggestions are approved, unless a column says
otherwise.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from lakezones.model.principals import MACHINES, of_kind
from tests.benchmarks.worlds import references_roles as simple
from tests.benchmarks.worlds.lake import Lake
from tests.benchmarks.worlds.layering import layered_form
from tests.benchmarks.worlds.rolesets import BY_RULE, Held, Role, given, jaccard, proposed
from tests.benchmarks.worlds.world import LAYERS, PlantedRole, Truth

SAME = 0.8
LEAST = 3
Row = dict[str, object]
Needs = dict[str, frozenset[str]]
"""What each person needs."""


def score(lake: Lake) -> list[Row]:
    """Figures of one world by method."""
    held = Held.of(lake)
    ours = proposed(lake, held)
    principals = lake.world.facts.table("principals")
    methods = {
        "ours": ours,
        "ref": simple.layered(principals, held),
        "greedy": simple.greedy(held, most=len(ours)),
        "ceiling": simple.ceiling(lake.world.truth.roles, held),
    }
    return [{"method": name, **figures(lake, held, roles)} for name, roles in methods.items()]


def figures(lake: Lake, held: Held, roles: list[Role]) -> Row:
    """Figures of one set of roles.

    Returns
    -------
    dict
        ``planted`` roles of three people or more, ``roles`` without transitional ones (``trans``); ``found`` share of
        planted roles found, as planted or in the form of `layering`, ``as_planted`` only as planted, ``composed`` by
        composition (see `composed`); ``meant`` planted roles a person, ``a_person`` roles of people in any; ``needed``
        share of suggested person-entitlement pairs that are needed, ``new`` such pairs a person, ``new_restr``
        restricted cells among them; ``together`` mean Jaccard of what people get and need; ``before`` and ``after``
        share of needed pairs covered without and with approvals; ``got`` and ``beyond`` of joiners; ``broken``
        promises broken (see `broken`), ``outside`` (see `outside`); then planted roles found by layer.
    """
    truth = lake.world.truth
    lasting = [role for role in roles if role.layer != "transitional"]
    planted = [role for role in truth.roles if len(role.people) >= LEAST and held.cells(role.entitlements)]
    just = {role.name for role in planted if found(role, lasting, held)}
    hits = {role.name: role.name in just or recognised(role, truth, lasting, held) for role in planted}
    before, after = given(roles, after=False), given(roles, after=True)
    counts = [sum(person in role.people_after for role in lasting) for person in after]
    pairs = [(p, e) for p, cells in sorted(after.items()) for e in added(held, p, cells)]
    needs = needed(truth, held)
    new = {p: cells & ~held.held.get(p, 0) for p, cells in after.items()}
    return {
        "layered": truth.layered,
        "planted": len(planted),
        "roles": len(lasting),
        "trans": len(roles) - len(lasting),
        "found": share(hits.values()),
        "as_planted": len(just) / max(1, len(planted)),
        "composed": share(composed(role, after, held, needs if truth.layered else None) for role in planted),
        "meant": mean(sum(p in r.people for r in truth.roles) for p in needs),
        "a_person": sum(counts) / max(1, sum(count > 0 for count in counts)),
        "needed": share(e in needs.get(p, frozenset()) for p, e in pairs),
        "new": len(pairs) / max(1, len(needs)),
        "new_restr": sum((cells & held.restricted).bit_count() for cells in new.values()),
        "together": mean(jaccard(held.within(after.get(p, 0)), wanted) for p, wanted in needs.items()),
        "before": covered(before, needs, held),
        "after": covered(after, needs, held),
        **joiners(lake, held, lasting),
        "_pairs": len(pairs),
        "broken": broken(lake, held, roles, before),
        "outside": outside(truth, lasting),
        **{
            layer: f"{sum(hits[r.name] for r in planted if r.layer == layer)}/{sum(r.layer == layer for r in planted)}"
            for layer in LAYERS
        },
    }


def needed(truth: Truth, held: Held) -> Needs:
    """What each person needs, as entitlements with all that they open anyway."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for person, entitlement in truth.needed.select("principal_id", "entitlement").iter_rows():
        if entitlement in held.opens:
            wanted[person].add(entitlement)
    return {person: held.whole(found) for person, found in sorted(wanted.items())}


def found(planted: PlantedRole, roles: Iterable[Role], held: Held) -> bool:
    """Whether some role has nearly the same people and nearly the same entitlements."""
    content = held.whole(planted.entitlements)
    return any(
        jaccard(role.people_after, planted.people) >= SAME and jaccard(held.within(role.cells_after), content) >= SAME
        for role in roles
    )


def recognised(planted: PlantedRole, truth: Truth, roles: list[Role], held: Held) -> bool:
    """Whether a planted role is found in the form of `layering`; one that has nothing left there, by what took it."""
    formed = {role.name: role for role in layered_form(truth.roles, held)}
    if planted.name in formed:
        return found(formed[planted.name], roles, held)
    return any(
        found(role, roles, held)
        for role in formed.values()
        if role.layer in ("birthright", "area") and planted.entitlements <= role.entitlements
    )


def composed(planted: PlantedRole, after: dict[str, int], held: Held, needs: Needs | None = None) -> bool:
    """Whether what at least half of a role's people get from all their roles together is nearly what it should be.

    That is its content, or with `needs` what at least half of its people need: in a layered world the layers below are
    theirs as well.
    """
    content = held.whole(planted.entitlements)
    if needs is not None:
        content = _by_half(needs.get(person, frozenset()) for person in sorted(planted.people))
    return jaccard(_by_half(held.within(after.get(p, 0)) for p in sorted(planted.people)), content) >= SAME


def _by_half(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """What is in at least half of some sets."""
    listed = list(sets)
    counts = Counter(one for found in listed for one in found)
    return frozenset(one for one, count in counts.items() if 2 * count >= len(listed))


def added(held: Held, person: str, cells: int) -> list[str]:
    """Entitlements that a person has with these cells and does not hold today."""
    today = held.held.get(person, 0)
    return sorted(held.within(today | cells) - held.within(today)) if cells & ~today else []


def covered(cells: dict[str, int], needs: Needs, held: Held) -> float:
    """Share of needed pairs that roles give."""
    total = sum(map(len, needs.values()))
    return sum(len(wanted & held.within(cells.get(p, 0))) for p, wanted in needs.items()) / max(1, total)


def joiners(lake: Lake, held: Held, roles: list[Role]) -> Row:
    """What joiners get from the roles that half of their department and title hold: share of needed, and beyond."""
    people = lake.world.facts.table("principals").select("principal_id", "department", "title", "enabled")
    got, beyond = [], []
    for joiner in lake.world.truth.joiners:
        place = [joiner.department, joiner.title]
        peers = {person for person, *said, enabled in people.iter_rows() if said == place and enabled is not False}
        cells = 0
        for role in roles:
            if role.layer in BY_RULE and peers and 2 * len(peers & role.people_after) >= len(peers):
                cells |= role.cells_after
        wanted, has = held.whole(joiner.needed), held.within(cells)
        if wanted:
            got.append(len(has & wanted) / len(wanted))
            beyond.append(len(has - wanted) / len(wanted))
    return {"joiners": len(got), "got": mean(got), "beyond": mean(beyond)}


def broken(lake: Lake, held: Held, roles: list[Role], before: dict[str, int]) -> int:
    """How often what must never happen does: 0.

    Counted are people given something beyond what they hold without an approval, and birthright or area roles with
    writing or restricted cells, or with a machine in them.
    """
    count = sum(bool(cells & ~held.held.get(person, 0)) for person, cells in before.items())
    machines = of_kind(lake.world.facts, *MACHINES)["principal_id"].to_list()
    writing = sum(6 << offset for offset in held.position.values())
    for role in roles:
        if role.layer in ("birthright", "area"):
            count += bool(role.cells_after & (writing | held.restricted))
            count += bool(role.people_after & set(machines))
    return count


def outside(truth: Truth, roles: list[Role]) -> float:
    """Share of the memberships of birthright and area roles that go to people who are in no planted one.

    These are people from outside, and disabled ones. 0 where nothing of the kind was planted.
    """
    by_rule = ("birthright", "area")
    inside = {person for role in truth.roles if role.layer in by_rule for person in role.people}
    given_to = [person in inside for role in roles if role.layer in by_rule for person in role.people_after]
    return 1 - sum(given_to) / len(given_to) if inside and given_to else 0.0


def mean(values: Iterable[float]) -> float:
    """Mean; 1 of nothing."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 1.0


def share(values: Iterable[bool]) -> float:
    """Share of true ones; 1 of nothing."""
    return mean(float(value) for value in values)
