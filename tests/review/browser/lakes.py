"""Lakes of teams for the review page: a role each, and in some of them one thing wrong.

In: a folder, how many teams, which defects. Out: a capture that goes through the normal pipeline.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFECTS: Final = ("leaver", "duties", "restricted", "unused", "department", "owner")
"""What is wrong with a team: a leaver in it, two duties in one person, restricted data, data nobody uses, somebody of
another department, no owner."""
DAY: Final = "2026-09-30T08:00:00Z"
FIRST: Final = ("Ana", "Ben", "Cat", "Dan", "Eva", "Fay", "Gil", "Hal", "Ida", "Jan", "Kim", "Lea", "Max", "Nia", "Oli")
LAST: Final = ("Abel", "Berg", "Cole", "Diaz", "Eder", "Falk", "Gray", "Hahn", "Igoe", "Jung", "Kern", "Lang", "Moor")


@dataclass(frozen=True)
class Team:
    """A team: its people in a department of their own, its data in a system of its own."""

    number: int
    size: int = 6
    boxes: int = 5
    defect: str | None = None
    prefix: str = ""

    @property
    def system(self) -> str:
        return f"SYS{self.number:03d}"

    @property
    def department(self) -> str:
        return f"{self.prefix}Desk {self.number:03d}"

    @property
    def people(self) -> list[str]:
        return [f"t{self.number:03d}p{each}" for each in range(self.size)]

    @property
    def containers(self) -> list[str]:
        return [f"sys{self.number:03d}-table-{each}" for each in range(self.boxes)]

    def name(self, each: int) -> str:
        first, last = FIRST[(self.number + 3 * each) % len(FIRST)], LAST[(self.number // 2 + 5 * each) % len(LAST)]
        return f"{self.prefix}{first} {last} {self.number:03d}"

    @property
    def culprit(self) -> str:
        """Who the defect is about, where it is about somebody."""
        return self.people[-1]


def teams(count: int, *, defects: Sequence[str] = (), size: int = 6, boxes: int = 5, prefix: str = "") -> list[Team]:
    """Teams whose defects take turns."""
    return [
        Team(number, size, boxes, defects[number % len(defects)] if defects else None, prefix)
        for number in range(count)
    ]


def write_capture(folder: Path, lake: Sequence[Team]) -> None:
    """The capture of a lake of teams."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: Mapping[str, tuple[str, Iterator[Sequence[object]]]] = {
        "principals": ("principal_id,kind,name,department,title,manager_id,enabled,last_sign_in", _principals(lake)),
        "containers": ("container,account,last_modified,size_bytes,blob_count,format,metadata", _containers(lake)),
        "entitlements": ("principal_id,entitlement,status,requested_at,approved_at,approver", _entitlements(lake)),
        "entitlement_containers": ("entitlement,container,access", _opens(lake)),
        "usage": ("principal_id,container,access,last_used,operations", _usage(lake)),
    }
    for name, (header, rows) in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header.split(","))
            writer.writerows(rows)


def policies(lake: Sequence[Team]) -> str:
    """The workspace's settings: pairs of duties that are to stay apart."""
    pairs = [
        f'[[policies.sod]]\nname = "enter and release {team.system}"\n'
        f'left = {{ containers = ["{team.containers[0]}"], access = "read" }}\n'
        f'right = {{ containers = ["release-{team.number:03d}"], access = "read" }}\nreason = "four eyes"\n'
        for team in lake
        if team.defect == "duties"
    ]
    return "\n".join(pairs)


def _principals(lake: Sequence[Team]) -> Iterator[Sequence[object]]:
    for team in lake:
        for each, person in enumerate(team.people):
            foreign = team.defect == "department" and person == team.culprit
            department = f"{team.prefix}Elsewhere" if foreign else team.department
            yield person, "user", team.name(each), department, "Analyst", team.people[0], "true", DAY
    prefix = lake[0].prefix if lake else ""
    for each in range(4):
        yield f"else{each}", "user", f"{prefix}Zed Zorn {each}", f"{prefix}Elsewhere", "Clerk", "", "true", DAY
    yield "sec", "user", "Sam Security", "Security", "Reviewer", "", "true", DAY
    yield "sue", "user", "Sue Security", "Security", "Reviewer", "", "true", DAY


def _containers(lake: Sequence[Team]) -> Iterator[Sequence[object]]:
    for team in lake:
        for each, container in enumerate(team.containers):
            said = {"system": team.system, "table": f"TABLE{each}", "domain": f"domain-{team.number % 7}"}
            if team.defect != "owner":
                said["owner"] = "sec"
            if team.defect == "restricted" and each == team.boxes - 1:
                said["sensitivity"] = "restricted"
            yield container, "lake", DAY, 1_000_000, 1, "parquet", json.dumps(said)
        if team.defect == "duties":
            said = {"system": f"REL{team.number:03d}", "domain": "release", "owner": "sec"}
            yield f"release-{team.number:03d}", "lake", DAY, 1_000_000, 1, "parquet", json.dumps(said)


def _entitlements(lake: Sequence[Team]) -> Iterator[Sequence[object]]:
    for team in lake:
        for person in team.people:
            yield person, f"{team.system}_READ", "approved", DAY, DAY, "desk"
        if team.defect == "duties":
            yield team.culprit, f"RELEASE_{team.number:03d}", "approved", DAY, DAY, "desk"


def _opens(lake: Sequence[Team]) -> Iterator[Sequence[object]]:
    for team in lake:
        yield f"{team.system}_READ", f"sys{team.number:03d}-*", "read"
        if team.defect == "duties":
            yield f"RELEASE_{team.number:03d}", f"release-{team.number:03d}", "read"


def _usage(lake: Sequence[Team]) -> Iterator[Sequence[object]]:
    for team in lake:
        if team.defect != "unused":
            for person in team.people:
                for container in team.containers:
                    yield person, container, "read", "2026-09-28T10:00:00Z", 40
