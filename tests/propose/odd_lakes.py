"""Lakes of hostile and unlucky users: a plain one of forty containers, and everything that may be wrong with it.

In: a name of `CASES`. Out: tables of a capture, and settings. Each case changes the plain lake in one way.
"""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]
Tables = dict[str, list[Row]]

AREAS: Final = ("Risk", "Payments", "Retail")
TITLES: Final = ("Analyst", "Engineer")
SYSTEMS: Final = ("ledger", "swift", "crm", "limits", "cards", "deposits")
STAGES: Final = ("raw", "std", "mart")
PEOPLE: Final = 24
NOW: Final = "2026-06-30T00:00:00Z"
CODES: Final = dict(zip(AREAS, ("0412", "0977", "1205"), strict=True))


def plain() -> Tables:
    """A lake as one would wish it: three areas, two jobs in each, six systems of six containers, a log of use."""
    containers = [
        {
            "container": f"{system}-{stage}-{table}",
            "format": {"raw": "csv", "std": "parquet", "mart": "delta"}[stage],
            "last_modified": f"2026-06-{1 + number % 28:02}T00:00:00Z",
            "size_bytes": 10**6 * (1 + number),
            "metadata": json.dumps({"system": system.upper()}),
        }
        for number, system in enumerate(SYSTEMS)
        for stage in STAGES
        for table in ("accounts", "events")
    ]
    people = [
        {
            "principal_id": f"person-{n:02}",
            "kind": "user",
            "name": f"Person {n:02}",
            "department": f"{AREAS[n % 3]} / Team {n % 3 + 1:02}",
            "title": TITLES[n // 3 % 2],
            "enabled": "true",
            "last_sign_in": NOW,
        }
        for n in range(PEOPLE)
    ]
    opens = [
        {"entitlement": f"{system.upper()}_{right}", "container": f"{system}-{part}-*", "access": access}
        for system in SYSTEMS
        for right, part, access in (("READ", "mart", "read"), ("RAW", "raw", "read"), ("WRITE", "std", "write"))
    ]
    approved = [
        {"principal_id": f"person-{n:02}", "entitlement": name, "status": "approved", "approved_at": NOW}
        for n in range(PEOPLE)
        for name in sorted({"CRM_READ", *held(n)})
    ]
    used = [
        {"principal_id": f"person-{n:02}", "container": f"{SYSTEMS[n % 3]}-mart-accounts", "last_used": NOW}
        for n in range(PEOPLE)
    ]
    # A log of one day says nothing of use.
    used[0]["last_used"] = "2026-05-25T00:00:00Z"
    return {
        "containers": containers,
        "principals": people,
        "entitlement_containers": opens,
        "entitlements": approved,
        "usage": used,
    }


def held(n: int) -> list[str]:
    """What a person of the plain lake has asked for."""
    first, second = SYSTEMS[n % 3].upper(), SYSTEMS[n % 3 + 3].upper()
    job = [f"{first}_READ", f"{second}_READ"]
    return [*job, f"{first}_RAW", f"{first}_WRITE"] if n // 3 % 2 else job


def write(folder: Path, tables: Tables) -> Path:
    """Write a capture; a table without rows has the header of its own columns."""
    from lakezones.model.facts import FACTS

    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        columns = list(dict.fromkeys(key for row in rows for key in row)) or FACTS[table].column_names()
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def every(table: str, **values: Any) -> Callable[[Tables], None]:
    """Set columns of a table, to a value or to what a function makes of number and row."""

    def change(tables: Tables) -> None:
        for number, row in enumerate(tables[table]):
            row.update({name: made(number, row) if callable(made) else made for name, made in values.items()})

    return change


def only(table: str, keep: Callable[[int, Row], bool]) -> Callable[[Tables], None]:
    """Keep some rows of a table."""

    def change(tables: Tables) -> None:
        tables[table] = [row for number, row in enumerate(tables[table]) if keep(number, row)]

    return change


def without(*names: str) -> Callable[[Tables], None]:
    """Leave tables out."""

    def change(tables: Tables) -> None:
        for name in names:
            del tables[name]

    return change


def grants_only(tables: Tables) -> None:
    """Access worked out elsewhere, without entitlements."""
    places = [row["container"] for row in tables["containers"]]
    opened = tables["entitlement_containers"]
    rights = {row["entitlement"]: (row["container"].rstrip("*"), row["access"]) for row in opened}
    best: dict[tuple[str, str], str] = {}
    for row in tables["entitlements"]:
        stem, access = rights[row["entitlement"]]
        for place in places:
            if place.startswith(stem):
                key = (row["principal_id"], place)
                best[key] = max(access, best.get(key, "read"))
    tables["grants"] = [
        {"principal_id": who, "container": place, "access": access, "source": "import"}
        for (who, place), access in sorted(best.items())
    ]
    without("entitlements", "entitlement_containers")(tables)


def some_people(count: int) -> Callable[[Tables], None]:
    """Only the first of the people."""

    def change(tables: Tables) -> None:
        kept = {f"person-{n:02}" for n in range(count)}
        for table in ("principals", "entitlements", "usage"):
            only(table, lambda _, row: row["principal_id"] in kept)(tables)

    return change


def tagged(tag: Callable[[int, Row], Row]) -> Callable[[Tables], None]:
    """Put more into the metadata of containers."""

    def both(number: int, row: Row) -> str:
        return json.dumps(json.loads(row["metadata"]) | tag(number, row), ensure_ascii=False)

    return every("containers", metadata=both)


def contradictory(number: int, row: Row) -> Row:
    """Tags that say otherwise than the names, and otherwise for each table of a system."""
    zone = ("consumption", "raw", "curated")[number % 3]
    return {"zone": zone, "layer": "raw", "domain": AREAS[number % 3], "data_domain": AREAS[(number + 1) % 3]}


def more(table: str, rows: Callable[[Tables], list[Row]]) -> Callable[[Tables], None]:
    """Add rows to a table."""

    def change(tables: Tables) -> None:
        tables.setdefault(table, []).extend(rows(tables))

    return change


def hoarders(tables: Tables) -> list[Row]:
    """Three people in hundreds of entitlements, most of which open one container."""
    places = [row["container"] for row in tables["containers"]]
    names = [f"APP{n:03}_READ" for n in range(400)]
    tables["entitlement_containers"] += [
        {"entitlement": name, "container": places[n % len(places)], "access": "read"} for n, name in enumerate(names)
    ]
    return [{"principal_id": f"person-{n:02}", "entitlement": name} for n in range(3) for name in names]


def groups_named_as_ours(tables: Tables) -> list[Row]:
    """Groups in the directory with the names that the plain lake's roles get, in other letter case too."""
    kinds = ("birthright", "area", "job", "eng", "restr", "trans", "rg")
    rest = ("all-staff", "risk", "payments", "retail", "risk-analyst", "risk-engineer", "payments-analyst", "ledger")
    made = [f"lake-prd-{kind}-{word}-{right}" for kind in kinds for word in rest for right in ("r", "rw")]
    made += [name.upper() for name in made[::2]]
    return [{"principal_id": f"scanned-{n}", "kind": "group", "name": name} for n, name in enumerate(made)]


HOSTILE: Final = (
    '=HYPERLINK("http://evil.example","x")',
    "\u202eksiR\u202c / Team",
    "Risk\x07\x1b[31m / \x00Unit",
    "\U0001f4b0\U0001f4b8",
    'Risk, Markets | Ops; "quoted"',
    "+49 Risk",
    "/",
    " / / ",
    "-",
    "Ri\nsk / Unit\t07",
    "<b>Risk</b>",
    "R" * 300,
    " ".join(["Risk"] * 80),
    "風險 / 市場",
    "إدارة المخاطر",
    "\u200b\u200b",
    "0412",
    "Риск / Отдел 7",
)

NO_OBJECTS: Final = ("[1]", "null", "7", '"x"', "{", "")

CASES: Final[dict[str, tuple[Callable[[Tables], None], ...]]] = {
    "plain": (),
    "no departments": (every("principals", department=""),),
    "no department column": (lambda tables: [row.pop("department") for row in tables["principals"]],),
    "one department": (every("principals", department="Risk"),),
    "every department unique": (every("principals", department=lambda n, _: f"Cost centre of {n:02}th"),),
    "every department one word of its own": (every("principals", department=lambda n, _: chr(ord("a") + n) * 5),),
    "titles missing": (every("principals", title=""),),
    "titles all different": (every("principals", title=lambda n, _: f"Senior Vice Something {n:02}"),),
    "titles of 300 characters": (every("principals", title=lambda n, _: ("Analyst " * 50)[: 290 + n % 2]),),
    "neither departments nor titles": (every("principals", department="", title=""),),
    "codes without lookup": (every("principals", department=lambda n, _: list(CODES.values())[n % 3]),),
    "hostile departments": (every("principals", department=lambda n, _: HOSTILE[n % len(HOSTILE)]),),
    "hostile titles": (every("principals", title=lambda n, _: HOSTILE[n % len(HOSTILE)]),),
    "departments of one hostile kind": (every("principals", department=HOSTILE[5]),),
    "grants only": (grants_only,),
    "grants and nothing else": (grants_only, without("containers", "principals", "usage")),
    "one person": (some_people(1),),
    "two people": (some_people(2),),
    "one person one container": (
        some_people(1),
        only("entitlements", lambda n, _: n == 0),
        only("containers", lambda n, row: row["container"].startswith("crm-mart-a")),
    ),
    "nobody": (some_people(0),),
    "only service principals": (every("principals", kind="service_principal", department="", title=""),),
    "everybody disabled": (every("principals", enabled="false"),),
    "everybody external": (every("principals", title="Contractor"),),
    "kinds unknown": (every("principals", kind=""),),
    "contradictory tags": (tagged(contradictory),),
    "hostile tags": (tagged(lambda n, _: {"domain": HOSTILE[n % len(HOSTILE)], "owner": HOSTILE[-n % len(HOSTILE)]}),),
    "metadata is not an object": (every("containers", metadata=lambda n, _: NO_OBJECTS[n % 6]),),
    "no containers table": (without("containers"),),
    "empty containers table": (only("containers", lambda *_: False),),
    "one container": (only("containers", lambda n, _: n == 4),),
    "no principals table": (without("principals"),),
    "empty principals table": (only("principals", lambda *_: False),),
    "no usage table": (without("usage"),),
    "empty usage table": (only("usage", lambda *_: False),),
    "usage of one row": (only("usage", lambda n, _: n == 1),),
    "usage without times": (every("usage", last_used=""),),
    "usage in the future": (every("usage", last_used="2999-01-01T00:00:00Z"),),
    "usage of strangers": (every("usage", principal_id=lambda n, _: f"nobody-{n}", container="nowhere"),),
    "all containers one class": (
        every("entitlement_containers", container="*", access="read"),
        every("entitlements", entitlement="CRM_READ"),
        only("entitlements", lambda n, row: n < PEOPLE),
        every("entitlements", principal_id=lambda n, _: f"person-{n:02}"),
    ),
    "only write": (every("entitlement_containers", access="write"),),
    "only manage": (every("entitlement_containers", access="manage"),),
    "everything restricted": (tagged(lambda *_: {"sensitivity": "restricted"}),),
    "nothing opened": (every("entitlement_containers", container=lambda n, _: f"no-such-{n}"),),
    "no entitlement containers": (without("entitlement_containers"),),
    "some open nothing": (
        every("entitlement_containers", container=lambda n, row: "no-such-*" if n % 2 else row["container"]),
    ),
    "one opens everything": (
        every("entitlement_containers", container=lambda n, row: "*" if n == 0 else row["container"]),
    ),
    "nothing approved": (every("entitlements", status="pending"),),
    "no entitlements at all": (only("entitlements", lambda *_: False),),
    "hoarders": (more("entitlements", hoarders),),
    "names taken": (more("principals", groups_named_as_ours),),
    "systems repeated": (
        more(
            "systems",
            lambda _: [
                {"system": system.upper(), "application_id": str(n), "owner": f"person-{n:02}", "area": area}
                for n, system in enumerate(SYSTEMS)
                for area in AREAS
            ],
        ),
    ),
    "systems in two letter cases": (
        more(
            "systems",
            lambda _: [
                {"system": spelled, "application_id": "1", "owner": "", "area": area}
                for system in SYSTEMS
                for spelled, area in ((system.upper(), "Risk"), (system, "Payments"), (f" {system} ", "Retail"))
            ],
        ),
    ),
    "systems of strangers": (
        more("systems", lambda _: [{"system": "x", "application_id": "", "owner": "gone@bank.example", "area": ""}]),
    ),
    "systems empty": (more("systems", lambda _: []),),
    "names of containers say nothing": (
        every("entitlement_containers", container="t0*", entitlement=lambda n, _: f"E{n}"),
        every("entitlements", entitlement=lambda n, _: f"E{n % 18}"),
        only("entitlements", lambda n, row: n < 10**6),
        every("containers", container=lambda n, _: f"t{n:04}", metadata="", format=""),
    ),
    "managers in a circle": (every("principals", manager_id=lambda n, _: f"person-{(n + 1) % PEOPLE:02}"),),
    "everybody their own manager": (every("principals", manager_id=lambda _, row: row["principal_id"]),),
    "everybody is called the same": (every("principals", name="Alex Doe"),),
}


def lake(folder: Path, case: str) -> Path:
    """Write the capture of a case."""
    tables = plain()
    for change in CASES[case]:
        change(tables)
    return write(folder, tables)
