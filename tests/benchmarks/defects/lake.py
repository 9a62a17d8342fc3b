"""A lake of sixty jobs, each with one planted defect; the truth is apart from the tables.

In: a seed. Out: tables of a capture before the defects that mining would keep out of roles, the same with all of them,
the duties that never meet, and the truth. Before: no account is disabled, and no duties are to be kept apart.
"""

import json
import random
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.benchmarks.defects.words import DEPARTMENTS, FIRST, LAST, PAIRS, RESTRICTED, STYLES, THINGS, TITLES

KINDS: Final = ("leaver", "duties", "restricted", "unused", "foreign", "ownerless")
EACH: Final = 10
AS_OF: Final = datetime(2026, 10, 31, 6, tzinfo=UTC)
REVIEWER: Final = "Merete Gyldenløve"
SUBSCRIPTION: Final = "5b0d7f8e-21c4-4a7e-9c55-0c3f5b6a9d10"
ACCOUNT: Final = "havnelake"
SCOPE: Final = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-havn/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
    "/blobServices/default/containers/"
)

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Job:
    """People who share some containers, and what is wrong with them.

    Attributes
    ----------
    subject
        The person it is about, by id; empty for defects of data.
    word
        Name of the pair, or the department of a stranger.
    part
        Containers it is about.
    scanned
        Whether a machine reads all containers each night, to check the quality of data.
    variant
        What is particular about the defect, in words.
    """

    kind: str
    department: str
    title: str
    members: tuple[str, ...]
    containers: tuple[str, ...]
    subject: str = ""
    word: str = ""
    part: tuple[str, ...] = ()
    scanned: bool = False
    variant: str = "plain"


@dataclass(kw_only=True)
class Lake:
    """Tables of a capture, and the truth.

    Attributes
    ----------
    gone
        Ids of leavers; true where the directory no longer knows them.
    pairs
        Name, containers of one duty, container of the other.
    """

    jobs: list[Job] = field(default_factory=list)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    gone: dict[str, bool] = field(default_factory=dict)
    pairs: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)

    def before(self) -> dict[str, list[Row]]:
        """The tables while everybody who has left was still there."""
        return self.tables

    def after(self) -> dict[str, list[Row]]:
        """The tables as they are reviewed."""
        people = [
            {**row, "enabled": row["enabled"] and row["principal_id"] not in self.gone}
            for row in self.tables["principals"]
            if not self.gone.get(row["principal_id"])
        ]
        return {**self.tables, "principals": people}


class Draw:
    """Draws one lake."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"planted defects {seed}")
        self.lake = Lake(tables={name: [] for name in ("principals", "containers", "memberships", "usage")})
        self.lake.tables |= {"grants": [], "role_assignments": [], "accounts": [], "entitlement_containers": []}
        self.spare = [f"{first} {last}" for first in FIRST.split() for last in LAST.split()]
        self.rng.shuffle(self.spare)
        self.heads: dict[str, str] = {}
        self.scans = [True, False] * (EACH // 2)
        self.scanner = str(uuid.UUID(int=self.bits(), version=4))

    def person(self, department: str, title: str, name: str = "") -> str:
        """Add somebody to the directory."""
        one = str(uuid.UUID(int=self.bits(), version=4))
        self.lake.names[one] = name or self.spare.pop()
        row = {"principal_id": one, "kind": "user", "name": self.lake.names[one], "department": department}
        seen = AS_OF - timedelta(hours=self.rng.randint(3, 60))
        row |= {"title": title, "manager_id": self.heads.get(department), "last_sign_in": seen}
        self.lake.tables["principals"].append({**row, "enabled": True})
        return one

    def container(self, name: str, department: str, system: str) -> None:
        """Add a container with an owner and ordinary data."""
        said = {"domain": department, "system": system.upper(), "owner": self.lake.names[self.heads[department]]}
        said["sensitivity"] = self.rng.choice(("internal", "internal", "public"))
        size = self.rng.randint(10**6, 10**10)
        row = {"container": name, "account": ACCOUNT, "size_bytes": size, "blob_count": self.rng.randint(3, 900)}
        row |= {"last_modified": AS_OF - timedelta(hours=self.rng.randint(2, 30)), "format": "parquet", "tier": "hot"}
        self.lake.tables["containers"].append({**row, "metadata": json.dumps(said)})

    def use(self, person: str, container: str, *, old: bool) -> None:
        """Daily use; for some also that of earlier days, from other addresses."""
        days = [self.rng.uniform(0.1, 3.0)] + [30.0 * n + self.rng.uniform(0, 20) for n in range(1, 15) if old]
        for number, day in enumerate(days):
            row: Row = {"principal_id": person, "container": container, "access": "read"}
            row |= {"last_used": AS_OF - timedelta(days=day), "operations": self.rng.randint(60, 400)}
            self.lake.tables["usage"].append({**row, "caller": f"10.4.{number}.{self.rng.randint(1, 250)}"})

    def grant(self, person: str, container: str, entitlement: str) -> None:
        """Access that a person was given by name."""
        row = {"principal_id": person, "container": container, "access": "read", "source": "havnreg"}
        self.lake.tables["grants"].append({**row, "entitlement": entitlement})

    def draw(self) -> Lake:
        """Draw everything."""
        self.lake.tables["accounts"].append(
            {"account": ACCOUNT, "subscription_id": SUBSCRIPTION, "resource_group": "rg-havn", "region": "northeurope"}
            | {"hns": False, "allow_shared_key": False, "allow_public": False}
        )
        self.person("Access Governance", "Access Reviewer", REVIEWER)
        machine = {"principal_id": self.scanner, "kind": "service_principal", "name": "svc-data-quality"}
        self.lake.tables["principals"].append({**machine, "enabled": True})
        for department in DEPARTMENTS:
            self.heads[department] = self.person(department, "Head of Department")
        kinds = [kind for kind in KINDS for _ in range(EACH)]
        self.rng.shuffle(kinds)
        pairs, variants = list(PAIRS), [True, False] * (EACH // 2)
        each = len(kinds) // len(DEPARTMENTS)
        for at, department in enumerate(DEPARTMENTS):
            style = self.rng.choice(STYLES)
            titles = self.rng.sample(TITLES, each)
            for number, title in enumerate(titles):
                job = self.job(department, title, style, f"{'abcdefghk'[number]}{self.rng.randint(10, 99)}")
                self.lake.jobs.append(self.planted(replace(job, kind=kinds[at * each + number]), pairs, variants))
        for at, job in enumerate(self.lake.jobs):
            self.give(job, by_group=at % 2 == 0)
        return self.lake

    def job(self, department: str, title: str, style: str, system: str) -> Job:
        """People and containers with nothing wrong."""
        members = tuple(self.person(department, title) for _ in range(self.rng.randint(6, 14)))
        things = self.rng.sample(THINGS.split(), self.rng.randint(7, 18))
        names = tuple(style.format(d=DEPARTMENTS[department], s=system, t=thing) for thing in things)
        for name in names:
            self.container(name, department, system)
        return Job(kind="", department=department, title=title, members=members, containers=names)

    def planted(self, job: Job, pairs: list[tuple[str, str]], variants: list[bool]) -> Job:
        """The job with its defect."""
        few = tuple(self.rng.sample(job.containers, self.rng.randint(1, 3)))
        match job.kind:
            case "leaver":
                one = self.rng.choice(job.members)
                unknown = self.lake.gone[one] = variants.pop()
                return replace(job, subject=one, variant="unknown id" if unknown else "disabled")
            case "duties":
                one, (name, other) = self.rng.choice(job.members), pairs.pop(self.rng.randrange(len(pairs)))
                self.desk(job.department, other, one)
                self.lake.pairs.append((name, few, other))
                return replace(job, subject=one, word=name, part=few)
            case "restricted":
                self.declare(few, "sensitivity", self.rng.choice(RESTRICTED))
                return replace(job, part=few)
            case "unused":
                count = max(2, round(len(job.containers) * self.rng.uniform(0.2, 0.5)))
                idle = tuple(self.rng.sample(job.containers, count))
                share = f"{count} of {len(job.containers)} unused"
                scanned = self.scans.pop()
                return replace(job, part=idle, scanned=scanned, variant=share + (", scanned" if scanned else ""))
            case "foreign":
                other = self.rng.choice([one for one in DEPARTMENTS if one != job.department])
                stranger = self.person(other, "Secretary")
                return replace(job, members=(*job.members, stranger), subject=stranger, word=other)
            case _:
                self.declare(job.containers, "owner", None)
                return replace(job, part=job.containers)

    def declare(self, containers: tuple[str, ...], key: str, value: str | None) -> None:
        """Change what containers say of themselves."""
        for row in self.lake.tables["containers"]:
            if row["container"] in containers:
                said = {**json.loads(row["metadata"]), key: value}
                row["metadata"] = json.dumps({name: word for name, word in said.items() if word is not None})

    def desk(self, department: str, container: str, member: str) -> None:
        """A container for an officer and a member of a job: too few for a role."""
        self.container(container, department, container.replace("-desk", ""))
        for one in (self.person(department, "Desk Officer"), member):
            self.grant(one, container, f"HAVN {container} read")
            self.use(one, container, old=False)

    def give(self, job: Job, *, by_group: bool) -> None:
        """Give a job its access, by a group or by name, and use it every day."""
        called = f"{job.department} {job.title}"
        group = str(uuid.UUID(int=self.bits(), version=4))
        if by_group:
            row = {"principal_id": group, "kind": "group", "name": f"sec-{called.lower().replace(' ', '-')}"}
            self.lake.tables["principals"].append({**row, "enabled": True, "managed_by": "entra"})
            for one in job.members:
                self.lake.tables["memberships"].append({"group_id": group, "member_id": one, "state": "active"})
        for container in job.containers:
            if by_group:
                row = {"principal_id": group, "role": "Storage Blob Data Reader", "scope": SCOPE + container}
                self.lake.tables["role_assignments"].append({**row, "grant_id": str(uuid.UUID(int=self.bits()))})
            else:
                for one in job.members:
                    self.grant(one, container, f"HAVN {called} read")
        idle = job.part if job.kind == "unused" else ()
        for container in job.containers:
            if job.scanned:
                self.grant(self.scanner, container, "HAVN quality scan")
                self.use(self.scanner, container, old=False)
            if container not in idle:
                users = [one for one in job.members if self.rng.random() < 0.95] or list(job.members)
                for at, one in enumerate(users):
                    self.use(one, container, old=at == 0)

    def bits(self) -> int:
        """A number of 128 bits."""
        return self.rng.getrandbits(128)


def draw(seed: int) -> Lake:
    """The lake of a seed."""
    return Draw(seed).draw()
