"""Planted roles: birthright, area, job, engineer, restricted and project; or flat jobs that hold everything."""

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

from tests.benchmarks.worlds.ledger_catalogue import Catalogue
from tests.benchmarks.worlds.ledger_conventions import Conventions
from tests.benchmarks.worlds.ledger_org import Org, Person
from tests.benchmarks.worlds.world import Layer, PlantedRole

FEWEST = 3
"""People of a planted role at least, but for a rare one."""


def job_groups(c: Conventions, org: Org) -> dict[str, list[Person]]:
    """Name of a job to its people: by team, title, team and title, or a working group that no directory names."""
    rng = Random(f"ledger:{c.seed}:{c.size}:jobs")
    kinds = ("department", "title", "both", "group")
    by_area = {key: rng.choice(kinds) if c.job_by == "mixed" else c.job_by for key in org.names}
    groups: dict[str, list[Person]] = {}
    working = {key: rng.randint(2, 5) for key in org.names}
    workers = [one for one in org.people if one.enabled and one.team >= 0]
    for one in workers:
        if one.engineer and not c.layered:
            groups.setdefault(f"{one.area}/engineers", []).append(one)
            continue
        key = {
            "department": f"{one.area}/{one.team}",
            "title": f"{one.area}/{one.true_title}",
            "both": f"{one.area}/{one.team}/{one.true_title}",
            "group": f"{one.area}/group-{rng.randrange(working[one.area])}",
        }[by_area[one.area]]
        groups.setdefault(key, []).append(one)
    return _merged(groups)


def _merged(groups: dict[str, list[Person]]) -> dict[str, list[Person]]:
    """Jobs of at least three: who is left over joins the biggest job of the same team, else of the area."""
    small = sorted(key for key, people in groups.items() if len(people) < FEWEST)
    kept = {key: list(people) for key, people in groups.items() if key not in small}
    for key in small:
        near = [one for one in sorted(kept) if one.rpartition("/")[0] == key.rpartition("/")[0]]
        near = near or [one for one in sorted(kept) if one.split("/")[0] == key.split("/")[0]]
        target = max(near, key=lambda one: len(kept[one])) if near else key
        kept.setdefault(target, []).extend(groups[key])
    return kept


class _Planter:
    """Plants roles, one layer after the other; knows what everybody has from the layers below."""

    def __init__(self, c: Conventions, org: Org, catalogue: Catalogue) -> None:
        self.c, self.org, self.catalogue = c, org, catalogue
        self.rng = Random(f"ledger:{c.seed}:{c.size}:roles")
        self.roles: list[PlantedRole] = []
        self.has: dict[str, set[str]] = {one.id: set() for one in org.people}
        self.internal = [one for one in org.people if one.enabled and not one.external]
        self.reads = catalogue.names(kind="read", shared=False)

    def plant(self, name: str, layer: Layer, people: Iterable[Person], entitlements: Iterable[str]) -> None:
        """Add a role, unless it has nobody or nothing."""
        members, opens = frozenset(one.id for one in people), frozenset(entitlements)
        if members and opens:
            self.roles.append(PlantedRole(name=name, layer=layer, people=members, entitlements=opens))
            for one in members:
                self.has[one] |= opens

    def favoured(self, pool: Sequence[str], count: int) -> list[str]:
        """`count` of a pool, data made for readers first as a rule."""
        lines = self.catalogue.lines
        keyed = sorted(pool, key=lambda one: self.rng.random() ** (1 / (0.3 + lines[one].served)), reverse=True)
        return keyed[:count]

    def without(self, pool: Sequence[str], people: Iterable[Person]) -> list[str]:
        """What of a pool none of these people has yet."""
        had = set().union(*(self.has[one.id] for one in people))
        return [one for one in pool if one not in had]

    def birthright(self) -> None:
        """A few lines of shared reference data, for everybody internal."""
        shared = self.catalogue.names(kind="read", shared=True)
        self.plant("birthright", "birthright", self.internal, shared[: self.rng.randint(2, 5)])

    def areas(self) -> None:
        """What everybody internal of an area reads; some areas have no such role."""
        for area in self.org.names:
            people = [one for one in self.internal if one.area == area]
            own = self.without(self.catalogue.names(kind="read", area=area, shared=False), people)
            if len(people) >= FEWEST and len(own) >= 3 and self.rng.random() < 0.88:
                most = max(1, min(12, round(0.35 * len(own))))
                self.plant(f"area {area}", "area", people, self.favoured(own, self.rng.randint(1, most)))

    def jobs(self, groups: dict[str, list[Person]]) -> None:
        """What a job reads of its area and of others, unlike other jobs of the area."""
        for key in sorted(groups):
            own, rest = self._pools(groups[key], key.split("/")[0])
            self.plant(f"job {key}", "job", groups[key], self._unlike(own, rest, []))

    def flat_jobs(self, groups: dict[str, list[Person]]) -> None:
        """Jobs that hold everything: what all need, what the job reads, what engineers write, what is restricted."""
        common = self.catalogue.names(kind="read", shared=True) + self.favoured(self.reads, 3)
        for key in sorted(groups):
            area, had = key.split("/")[0], groups[key]
            own, rest = self._pools(had, area)
            opens = self._unlike(own, rest, common)
            if key.endswith("/engineers") and self.c.writer != "service":
                opens |= set(self.catalogue.names(kind="write", area=area if self.c.writer == "area" else None))
            if self.rng.random() < 0.25:
                opens |= set(self.catalogue.names(kind="restricted", area=area))
            # A few stand in for another job of their area and have both.
            near = [one for one in self.internal if one.area == area and one.team >= 0 and one not in had]
            deputies = self.rng.sample(near, min(len(near), self.rng.choice((0, 0, 0, 1, 2))))
            heads = [one for one in self.internal if one.id == self.org.heads.get(area) and not self.has[one.id]]
            self.plant(f"job {key}", "job", [*had, *deputies, *heads], opens)

    def _pools(self, people: list[Person], area: str) -> tuple[list[str], list[str]]:
        """Lines of the area and of others that a job may have: in no area's role of its people, and not held yet."""
        if not self.c.layered:
            own = self.catalogue.names(kind="read", area=area)
            return own, [one for one in self.reads if one not in own]
        members = {one.id for one in people}
        area_roles = [one for one in self.roles if one.layer == "area" and one.people & members]
        near = {name for role in area_roles for name in role.entitlements}
        own = [one for one in self.without(self.catalogue.names(kind="read", area=area), people) if one not in near]
        return own, [one for one in self.without(self.reads, people) if one not in near and one not in own]

    def _unlike(self, own: list[str], rest: list[str], common: list[str]) -> set[str]:
        """Lines of a job; drawn again where another job has nearly the same."""
        opens: set[str] = set()
        for attempt in range(10):
            opens = self._job(own, rest, attempt)
            opens |= set(self.rng.sample(common, min(len(common), self.rng.randint(2, 4))))
            if all(len(opens & role.entitlements) < 0.6 * len(opens | role.entitlements) for role in self._jobs()):
                break
        return opens

    def _jobs(self) -> list[PlantedRole]:
        return [one for one in self.roles if one.layer == "job"]

    def _job(self, own: list[str], rest: list[str], attempt: int) -> set[str]:
        big = self.c.size == "large"
        count = min(18 if big else 9, max(1, round(len(own) * self.rng.uniform(0.3, 0.75))))
        abroad = self.rng.randint(0, 6 if big else 3) + attempt // 2
        abroad += 0 if own else self.rng.randint(2, 6)
        opens = set(self.favoured(own, count)) | set(self.favoured(rest, abroad))
        return opens if len(opens) > 1 else opens | set(self.favoured(rest, 2))

    def engineers(self) -> None:
        """Who writes: by area, or in lots of areas where IT does it for all."""
        areas = [one for one in self.org.names if self.catalogue.names(kind="write", area=one)]
        able = [one for one in self.org.people if one.engineer and one.enabled]
        if self.c.writer == "area":
            lots = [([area], [one for one in able if one.area == area]) for area in areas]
        elif self.c.writer == "service" or len(able) < 7:
            lots = [(areas if self.c.writer == "central" else areas[:2], able)]
        else:
            half = len(areas) // 2
            lots = [(areas[:half], able[: len(able) // 2]), (areas[half:], able[len(able) // 2 :])]
        for lot, people in lots:
            writes = [name for area in lot for name in self.catalogue.names(kind="write", area=area)]
            if len(people) >= FEWEST:
                self.plant(f"engineer {' '.join(lot)}", "engineer", people, writes)

    def restricted(self) -> None:
        """A few people by request, mostly of the owning area."""
        areas = [one for one in self.org.names if self.catalogue.names(kind="restricted", area=one)]
        self.rng.shuffle(areas)
        for area in areas[: 14 if self.c.size == "large" else self.rng.randint(2, 6)]:
            near = [one for one in self.internal if one.area == area]
            people = self.rng.sample(near, min(len(near), self.rng.randint(3, 8)))
            people += self.rng.sample(self.internal, self.rng.choice((0, 0, 1)))
            lines = self.catalogue.names(kind="restricted", area=area)
            if len(people) >= FEWEST:
                self.plant(f"restricted {area}", "restricted", people, self.rng.sample(lines, min(len(lines), 3)))

    def projects(self) -> None:
        """People of several areas who read for a project what none of them reads for another reason."""
        able = [one for one in self.org.people if one.enabled and one.team >= 0]
        for number in range(self.rng.randint(4, 8) if self.c.size == "large" else self.rng.randint(1, 4)):
            people = self.rng.sample(able, min(len(able), self.rng.randint(4, 12)))
            pool = self.without(self.reads, people)
            if len(pool) >= 2:
                count = min(len(pool), self.rng.randint(2, 6))
                self.plant(f"project {number + 1}", "project", people, self.rng.sample(pool, count))


def plant(c: Conventions, org: Org, catalogue: Catalogue) -> tuple[PlantedRole, ...]:
    """The roles of these conventions."""
    planter, groups = _Planter(c, org, catalogue), job_groups(c, org)
    if c.layered:
        planter.birthright()
        planter.areas()
        planter.jobs(groups)
        planter.engineers()
        planter.restricted()
        planter.projects()
    else:
        planter.flat_jobs(groups)
    return tuple(planter.roles)


def usual_job(roles: Sequence[PlantedRole], people: Sequence[Person]) -> frozenset[str]:
    """What most of these people need by birthright, area and job: entitlements of the commonest such set of roles."""
    counted = Counter(
        tuple(
            at for at, role in enumerate(roles) if role.layer in ("birthright", "area", "job") and one.id in role.people
        )
        for one in people
    )
    if not counted:
        return frozenset()
    commonest = min(counted, key=lambda one: (-counted[one], one))
    return frozenset(name for at in commonest for name in roles[at].entitlements)
