"""What is suggested to nobody, and what not to some: open to the public, or denied to them.

In: facts, access, the matrix. Out: per person, the units that no suggestion may give them. More access to a container
that anybody can read is no help while that is not mended, and what somebody denied on purpose nobody gives in passing.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_

import polars as pl

from lakezones.access.membership import active_edges, closed
from lakezones.access.parsed import READ, acl_entries, assignments, on_containers
from lakezones.model.frames import Access, Facts
from lakezones.model.principals import ALL_PRINCIPALS
from lakezones.propose.roles.units import RequestMatrix


def refused_units(facts: Facts, access: Access, matrix: RequestMatrix) -> list[int]:
    """Units that may not be suggested, per person of the matrix, as bits."""
    opening: dict[str, int] = defaultdict(int)
    for unit, content in enumerate(matrix.contents):
        for class_id, _ in content:
            opening[class_id] |= 1 << unit
    public = access.class_grants.filter(route="public")["class_id"].unique()
    denied = _denied(facts, access)
    everywhere = (1 << len(matrix.contents)) - 1

    def units(classes: Iterable[str | None]) -> int:
        return reduce(or_, (everywhere if one is None else opening.get(one, 0) for one in classes), 0)

    for_all = units(public) | units(denied.get(ALL_PRINCIPALS, ()))
    return [for_all | units(denied.get(person, ())) for person in matrix.people]


def _denied(facts: Facts, access: Access) -> dict[str, set[str | None]]:
    """Classes denied to somebody, by id; None stands for all, where the deny is above containers."""
    denies = assignments(facts).filter("active", pl.col("effect") == "deny")
    local = on_containers(denies, access.container_classes["container"]).join(access.container_classes, on="container")
    rows = local.select("principal_id", "class_id").rows()
    rows += [(who, None) for who in denies.filter(pl.col("scope_kind") != "container")["principal_id"]]
    own = acl_entries(facts).filter(pl.col("kind") == "user", pl.col("bits") & READ == 0)
    rows += own.join(access.container_classes, on="container").select("principal_id", "class_id").unique().rows()
    inside: dict[str, set[str]] = defaultdict(set)
    for group, member in active_edges(facts).select("group_id", "member_id").iter_rows():
        inside[group].add(member)
    named: dict[str, set[str | None]] = defaultdict(set)
    for who, class_id in rows:
        named[who].add(class_id)
    found: dict[str, set[str | None]] = defaultdict(set)
    for who, classes in named.items():
        for one in {who} | closed(inside, [who]):
            found[one] |= classes
    return dict(found)
