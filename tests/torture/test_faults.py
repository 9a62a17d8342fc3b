"""Seeded faults between a scan and what it reads: never fewer rows in silence, never a gap that was not there.

Where every fault can be overcome by asking again the tables equal the fault-free ones; where one cannot, exactly the
affected items are gaps. Twenty schedules run in every test run, three hundred under the torture marker.
"""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
import pytest
from azure.storage.blob import AccessPolicy, BlobServiceClient

from lakezones.demo.emulators.azurite import Azurite
from lakezones.demo.emulators.cloud_data import SUBSCRIPTION
from lakezones.demo.emulators.server import LocalCloud
from lakezones.scan import ScanResult, ScanSettings, Selection, scan
from lakezones.scan.rows import table_of

from .proxy import PASSING, Proxy, Schedule

pytestmark = [pytest.mark.azurite, pytest.mark.slow]

COUNT = 15
NAMES = [f"torture-{number:02}" for number in range(COUNT)]
NOW = datetime(2026, 11, 1, tzinfo=UTC)
RETRIES = 4
REPORTS = "zz-inventory"  # the last one listed, so that it does not move the pages


def guid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def lake() -> dict[str, pl.DataFrame]:
    scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/lake"
    role = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    people = [{"principal_id": guid(n), "kind": "user", "name": f"P{n}", "enabled": True} for n in range(1, 31)]
    groups = [{"principal_id": guid(100 + n), "kind": "group", "managed_by": "entra"} for n in range(6)]
    edges = [(100 + n % 6, n) for n in range(1, 31)] + [(100, 101), (101, 102), (102, 100)]
    return {
        "principals": table_of("principals", people + groups),
        "memberships": table_of("memberships", [{"group_id": guid(a), "member_id": guid(b)} for a, b in edges]),
        "role_definitions": table_of("role_definitions", [{"role": role, "data_actions": ["blobs/read"]}]),
        "role_assignments": table_of(
            "role_assignments",
            [
                {"principal_id": guid(100 + n % 6), "role": role, "scope": f"{scope}/{n}", "grant_id": guid(1000 + n)}
                for n in range(12)
            ]
            + [
                {"principal_id": guid(3), "role": role, "scope": scope, "grant_id": guid(2000), "state": "eligible"},
            ],
        ),
        "acls": table_of(
            "acls",
            [
                {"container": name, "path": "/", "acl": f"user::rwx,group:{guid(100 + n % 6)}:r-x,mask::r-x"}
                for n, name in enumerate(NAMES)
            ],
        ),
    }


@dataclass
class Rig:
    """A lake behind proxies, and what it looks like when nothing breaks."""

    storage: Proxy
    cloud: Proxy
    local: LocalCloud
    settings: ScanSettings
    clean: ScanResult

    def run(self, schedule: Schedule) -> ScanResult:
        self.storage.schedule = schedule
        self.cloud.schedule = Schedule(
            seed=schedule.seed, share=schedule.share, fatal=schedule.fatal, kinds=(*schedule.kinds, "401")
        )
        self.cloud.schedule.happened = schedule.happened
        self.cloud.schedule.refused = schedule.refused
        return scan(
            ["azurite"],
            settings=self.settings,
            selection=Selection(exclude=(REPORTS,)),
            credential=self.local.credential,
            now=NOW,
        )


def _put_report(client: BlobServiceClient, endpoint: str) -> None:
    """A blob inventory report of three files, three blobs to a container."""
    files = []
    with client.create_container(REPORTS) as container:
        for part in range(3):
            lines = [f"{name}/t/part-{part}.parquet,10,user::rw-" for name in NAMES]
            body = "\n".join(["Name,Content-Length,Acl", *lines, ""]).encode()
            container.upload_blob(f"2026/11/01/r/r_{part}.csv", body)
            files.append({"blob": f"2026/11/01/r/r_{part}.csv", "size": len(body)})
        manifest = {
            "endpoint": endpoint,
            "files": files,
            "ruleDefinition": {
                "format": "csv",
                "objectType": "blob",
                "schemaFields": ["Name", "Content-Length", "Acl"],
            },
            "summary": {"objectCount": 3 * COUNT},
        }
        container.upload_blob("2026/11/01/r/r-manifest.json", json.dumps(manifest))


@pytest.fixture(scope="module")
def rig(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("torture")
    with ExitStack() as stack:
        client = stack.enter_context(BlobServiceClient.from_connection_string(azurite.connection_string))
        for found in client.list_containers():
            client.delete_container(found.name)
        _put_report(client, azurite.endpoint)
        policy = AccessPolicy(permission="rl", expiry=datetime(2027, 1, 1, tzinfo=UTC))
        for number, name in enumerate(NAMES):
            container = client.create_container(name, metadata={"system": f"s{number}"})
            if number % 3 == 0:
                container.set_container_access_policy({"p": policy})
        local = stack.enter_context(LocalCloud(lake(), page=5))
        storage = stack.enter_context(Proxy(azurite.endpoint.rpartition("/")[0]))
        cloud = stack.enter_context(Proxy(local.endpoint, ca_file=local.ca_file, folder=folder))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        endpoint = f"{storage.endpoint}/{azurite.account_name}"
        patch.setenv(
            "AZURE_STORAGE_CONNECTION_STRING",
            f"AccountName={azurite.account_name};AccountKey={azurite.account_key};BlobEndpoint={endpoint}",
        )
        settings = ScanSettings(
            cloud="always",
            arm_endpoint=cloud.endpoint,
            graph_endpoint=cloud.endpoint,
            dfs_endpoint=f"{cloud.endpoint}/{{account}}",
            ca_file=str(cloud.ca_file),
            inventory=(f"{endpoint}/{REPORTS}",),
            page_size=5,
            concurrency=4,
            retries=RETRIES,
            backoff_seconds=0.001,
        )
        made = Rig(storage, cloud, local, settings, clean=None)  # type: ignore[arg-type]
        made.clean = made.run(Schedule(seed=0, share=0))
        assert made.clean.gaps.is_empty()
        assert made.clean.tables["containers"].height == COUNT
        assert made.clean.tables["containers"].get_column("blob_count").to_list() == [3] * COUNT
        yield made
        for name in [*NAMES, REPORTS]:
            client.delete_container(name)


def check_passing(rig: Rig, seed: int) -> Schedule:
    schedule = Schedule(seed=seed, share=random.Random(seed).choice([0.1, 0.4, 0.9]))
    result = rig.run(schedule)
    assert result.gaps.rows() == []
    assert set(result.tables) == set(rig.clean.tables)
    for name, frame in rig.clean.tables.items():
        assert result.tables[name].equals(frame), name
    return schedule


def check_fatal(rig: Rig, seed: int) -> Schedule:
    rng = random.Random(seed)
    policies = {name: rng.choice(["403", "404", "503 always"]) for name in rng.sample(NAMES, rng.randint(1, 4))}
    acls = {name: rng.choice(["403", "404", "503 always"]) for name in rng.sample(NAMES, rng.randint(0, 4))}
    eligible = rng.random() < 0.5
    file = rng.randrange(3) if rng.random() < 0.5 else None

    def fatal(method: str, target: str) -> str | None:
        if file is not None and target.split("?")[0].endswith(f"r_{file}.csv"):
            return "403"
        name = target.split("?")[0].strip("/").split("/")[1:2]
        if "comp=acl" in target:
            return policies.get(name[0])
        if "getAccessControl" in target:
            return acls.get(name[0])
        return "403" if eligible and "roleEligibilityScheduleInstances" in target else None

    schedule = Schedule(seed=seed, share=0.3, fatal=fatal)
    result = rig.run(schedule)
    expected = {("stored_policies", name, kind[:3]) for name, kind in policies.items()}
    expected |= {("acls", name, kind[:3]) for name, kind in acls.items()}
    if eligible:
        expected.add(("role_assignments", f"{SUBSCRIPTION}: eligible", "403"))
    if file is not None:
        expected |= {(table, f"2026/11/01/r/r_{file}.csv", "403") for table in ("acls", "containers")}
    assert set(result.gaps.select("source", "object_id", "code").rows()) == expected
    assert result.gaps.height == len(expected)
    lost: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
        "stored_policies": lambda frame: frame.filter(~pl.col("container").is_in(list(policies))),
        "acls": lambda frame: frame.filter(
            (pl.col("path") != "/") | ~pl.col("container").is_in(list(acls))
        ).with_columns(pl.col("path").str.replace("part-0", "part-1" if file == 0 else "part-0")),
        "containers": lambda frame: frame.with_columns(
            pl.col("blob_count") - (file is not None), pl.col("size_bytes") - 10 * (file is not None)
        ),
        "role_assignments": lambda frame: frame.filter(pl.col("state") == "active") if eligible else frame,
    }
    for name, frame in rig.clean.tables.items():
        assert result.tables[name].equals(lost.get(name, lambda same: same)(frame)), name
    return schedule


@pytest.mark.parametrize("seed", range(20))
def test_faults(rig: Rig, seed: int) -> None:
    (check_passing if seed % 2 else check_fatal)(rig, seed)


def test_the_schedules_break_what_they_say(rig: Rig) -> None:
    """Every kind of fault does happen: a proxy that only passes things on would pass every other test."""
    happened: dict[str, int] = {}
    for seed in (1, 3, 5):
        for kind, count in check_passing(rig, seed + 9000).happened.items():
            happened[kind] = happened.get(kind, 0) + count
    assert set(happened) == {*PASSING, "401"}


def test_a_listing_that_breaks_off_is_a_gap_and_what_came_is_kept(rig: Rig) -> None:
    schedule = Schedule(seed=1, share=0, fatal=lambda _, target: "503 always" if "marker=" in target else None)
    result = rig.run(schedule)
    listed = result.tables["containers"].drop_nulls("metadata")  # the inventory report names the others too
    assert listed.get_column("container").to_list() == NAMES[:5]
    gap = result.gaps.filter(pl.col("source") == "containers").row(0, named=True)
    assert gap["object_id"] == f"devstoreaccount1: after {NAMES[4]}"
    assert "broke off" in gap["reason"]


def test_too_many_faults_in_a_row_are_gaps(rig: Rig) -> None:
    schedule = Schedule(seed=1, share=0, fatal=lambda _, target: "503 always" if "comp=acl" in target else None)
    result = rig.run(schedule)
    assert result.gaps.filter(pl.col("source") == "stored_policies").height == COUNT
    assert result.tables["stored_policies"].is_empty()
    assert not result.complete


def test_nothing_but_reads_and_queries_is_sent(rig: Rig) -> None:
    asked = rig.storage.asked + rig.cloud.asked
    assert asked.total() > 100
    posted = {path for method, path in asked if method not in ("GET", "HEAD")}
    assert {method for method, _ in asked} == {"GET", "HEAD", "POST"}
    queries = {"/v1.0/$batch", "/v1.0/directoryObjects/getByIds", "/providers/Microsoft.ResourceGraph/resources"}
    assert posted == queries


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(20, 320))
def test_hundreds_of_schedules(rig: Rig, seed: int) -> None:
    (check_passing if seed % 2 else check_fatal)(rig, seed)
