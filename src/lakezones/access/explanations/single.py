"""One container in full: its raw grants with denies and ACLs, and what one person has by any selection of them.

In: facts and a container's name. Out: `OneContainer`, which answers "what would remain without this" in microseconds,
since nothing is collapsed and no frame is touched any more.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import polars as pl

from lakezones.access.explanations import about
from lakezones.access.keys import KEY_COLUMNS, PROFILE, RawGrant
from lakezones.access.membership import active_edges, closed, parents
from lakezones.access.operations import delegation_of, left_of
from lakezones.access.ownership import stand_ins
from lakezones.access.routes.acl import AclProfile
from lakezones.access.routes.delegations import TYPES, Delegation
from lakezones.access.routes.raw import raw_grants
from lakezones.access.routes.roles import DELETE_BLOB
from lakezones.access.routes.shapes import profiles
from lakezones.access.routes.ways import DESTROY_LEVEL
from lakezones.access.settings import AccessSettings
from lakezones.model.frames import Facts
from lakezones.model.levels import Lane, Level
from lakezones.model.principals import ALL_PRINCIPALS, on_container


@dataclass(frozen=True)
class OneContainer:
    """A container's grants and denies.

    Attributes
    ----------
    container
        Its name.
    grants
        All grants and denies that hold on it, sorted.
    profile
        Its ACLs, where any were read.
    owned
        Owner to the groups they can add themselves to, each with the groups it is in, itself included.
    delegations, types
        Conditions on what may be assigned, by digest, and what they call each principal.
    """

    container: str
    grants: tuple[RawGrant, ...]
    profile: AclProfile | None
    owned: Mapping[str, Mapping[str, AbstractSet[str]]] = field(default_factory=dict)
    delegations: Mapping[str, Delegation] = field(default_factory=dict)
    types: Mapping[str, str | None] = field(default_factory=dict)

    def held(self, person: str, groups: AbstractSet[str], *, without: Iterable[RawGrant] = ()) -> dict[str, int]:
        """Level by lane of a person who is in `groups` (closed over nesting), some grants left out.

        An ACL entry is left out by leaving out its grantee, as removing the entry would.
        """
        levels = defaultdict(int, self._held(person, groups, set(without), denied_as=person))
        for group in self.owned.get(person, ()):
            levels[Lane.CONTROL] |= self.by_owning(person, group, without=without)
        if levels[Lane.DATA] & Level.WRITE:
            levels[Lane.DESTROY] = 0
        return {lane: level for lane, level in sorted(levels.items()) if level}

    def by_owning(self, person: str, group: str, *, without: Iterable[RawGrant] = ()) -> int:
        """Level bits that an owner of a group would have by adding themselves to it."""
        bits = 0
        for level in self._held("", self.owned[person][group], set(without), denied_as=person).values():
            bits |= level
        return bits

    def _held(
        self, person: str, groups: AbstractSet[str], gone: set[RawGrant], *, denied_as: str
    ) -> defaultdict[str, int]:
        """Level by lane, ownership of groups and what write says of ``destroy`` left aside."""
        levels: defaultdict[str, int] = defaultdict(int)
        against = {denied_as, ALL_PRINCIPALS} | groups
        denied = [g for g in self.grants if g.effect == "deny" and g.grantee_id in against]
        sure = self._bits(denied, "data")
        unsure = self._bits(denied, "conditional")
        mine = [
            g
            for g in self.grants
            if g.effect == "allow" and g not in gone and g.route != "acl" and g.grantee_id in {person} | groups
        ]
        found = [(g.route, g.lane, g.level, g.detail) for g in mine]
        found += self._by_acl(person, groups, {g.grantee_id for g in gone if g.route == "acl"})
        left = left_of({detail for *_, detail in found if detail}, {d.detail for d in denied if d.detail})
        for route, lane, level, detail in found:
            if detail:
                levels[lane] |= self._at_level(person, groups, level, detail) if detail in left else 0
            elif route not in ("assignment", "acl"):
                levels[lane] |= level
            elif lane == "data":
                levels["data"] |= level & ~sure & ~unsure
                levels["conditional"] |= level & ~sure & unsure
            else:
                levels[lane] |= level & ~sure
        return levels

    def _at_level(self, person: str, groups: AbstractSet[str], level: int, detail: str) -> int:
        """Level of a grant of operations; of a delegation, what it lets the person give themselves."""
        digest = delegation_of(detail)
        if digest is None:
            return level
        return self.delegations[digest].level({person: self.types.get(person), **dict.fromkeys(groups, TYPES["group"])})

    @staticmethod
    def _bits(denied: list[RawGrant], lane: str) -> int:
        bits = 0
        for grant in denied:
            if grant.lane == lane and not grant.detail:
                bits |= grant.level
        return bits

    def _by_acl(self, person: str, groups: AbstractSet[str], gone: set[str]) -> list[tuple[str, str, int, str]]:
        if self.profile is None:
            return []
        user, member = ("" if person in gone else person), groups - gone
        if not self.profile.contributes(user, member):
            return []
        certain, possible, _ = self.profile.bits(user, member)
        destroys = DESTROY_LEVEL * self.profile.destroys(user, member)
        rows = (("data", certain, ""), ("conditional", possible, ""), ("destroy", destroys, DELETE_BLOB))
        return [("acl", lane, level, detail) for lane, level, detail in rows if level]


def one_container(facts: Facts, container: str, *, settings: AccessSettings) -> OneContainer:
    """Collect everything that holds on one container, from the facts that can concern it."""
    part = _about(facts, container)
    raw = raw_grants(part, settings=settings)
    code, wide = raw.containers.filter(pl.col("container") == container).select("code", "wide").row(0)
    keys = pl.concat(
        [
            raw.pairs.filter(pl.col("container") == code).select("key"),
            raw.wide.filter(pl.col("wide") == wide).select("key"),
        ]
    ).unique()
    rows = raw.keys.join(keys, on="key", how="semi").select(KEY_COLUMNS)
    rows = rows.filter(pl.col("effect") != PROFILE).with_columns(container=pl.lit(container))
    named = rows.with_columns(on_container("grantee_id")).drop("container")
    grants = tuple(sorted(RawGrant(*row) for row in named.iter_rows()))
    kinds = part.table("principals").select("principal_id", pl.col("kind").cast(pl.String))
    return OneContainer(
        container,
        grants,
        _profile(part, raw.containers, container),
        _owned(part),
        raw.delegations,
        {who: TYPES.get(kind or "") for who, kind in kinds.iter_rows()},
    )


def _owned(part: Facts) -> dict[str, dict[str, set[str]]]:
    above = groups_above(part)
    owned: dict[str, dict[str, set[str]]] = {}
    for group, owner, _ in stand_ins(part).iter_rows():
        owned.setdefault(owner, {})[group] = closed(above, [group])
    return owned


def _profile(part: Facts, containers: pl.DataFrame, container: str) -> AclProfile | None:
    account = containers.filter(pl.col("container") == container)["account"][0]
    flat = part.table("accounts").filter((pl.col("account").str.to_lowercase() == account) & ~pl.col("hns"))
    if flat.height or not part.table("acls").height:
        return None
    return profiles(part.table("acls"))[1][0]


def _about(facts: Facts, container: str) -> Facts:
    """The facts that can concern one container."""
    tables = {
        name: facts.table(name) if rows is None else facts.table(name).filter(rows)
        for name, rows in about.container(container).items()
        if facts.assessed(name)
    }
    if "containers" in tables:
        # The one kept beside this container only tells whether metadata were read.
        kept = tables["containers"]
        read = kept["metadata"].null_count() < kept.height
        tables["containers"] = kept.filter(pl.col("container") == container).with_columns(
            pl.col("metadata").fill_null("{}") if read else pl.col("metadata")
        )
    return Facts.of(tables, as_of=facts.as_of, gaps=facts.gaps)


def groups_above(facts: Facts) -> dict[str, set[str]]:
    """Direct groups of every principal and group, as memberships count now."""
    return parents(active_edges(facts))


def leading_to(above: dict[str, set[str]], grantees: Iterable[str]) -> dict[str, int]:
    """Groups and principals from which nesting reaches one of `grantees`, with the steps it takes at least."""
    below: dict[str, set[str]] = {}
    for member, groups in above.items():
        for group in groups:
            below.setdefault(group, set()).add(member)
    steps = dict.fromkeys(grantees, 0)
    todo = list(steps)
    for one in todo:  # grows while it is walked
        for member in below.get(one, ()):
            if member not in steps:
                steps[member] = steps[one] + 1
                todo.append(member)
    return steps
