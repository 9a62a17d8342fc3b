"""Two accounts in two subscriptions in one run: every name says whose it is, in tables, gaps and exclusions."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from azure.storage.blob import AccessPolicy, BlobServiceClient
from starlette.requests import Request
from starlette.responses import Response

from lakezones.demo.emulators.azurite import Azurite
from lakezones.demo.emulators.install import AzuriteUnavailable, find_azurite
from lakezones.demo.emulators.server import LocalCloud
from lakezones.scan import ScanResult, ScanSettings, Selection, scan
from lakezones.scan.rows import table_of

pytestmark = pytest.mark.azurite

ACCOUNTS = {"bankone": "11111111-0000-4000-8000-000000000000", "banktwo": "22222222-0000-4000-8000-000000000000"}
HELD = {"bankone": ["sales", "only-one"], "banktwo": ["sales", "only-two"]}
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
ACL = "user::rwx,group::r-x,mask::r-x,other::---"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def guid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def emulators() -> Iterator[dict[str, Azurite]]:
    try:
        main = find_azurite()
    except AzuriteUnavailable as error:
        pytest.skip(str(error))
    with ExitStack() as stack:
        found = {name: stack.enter_context(Azurite(account=name, main=main)) for name in ACCOUNTS}
        for name, azurite in found.items():
            client = stack.enter_context(BlobServiceClient.from_connection_string(azurite.connection_string))
            for container in HELD[name]:
                client.create_container(container, metadata={"home": name}).close()
        policy = {"p": AccessPolicy(permission="r", expiry=datetime(2027, 1, 1, tzinfo=UTC))}
        client.get_container_client("sales").set_container_access_policy(policy)
        yield found


@pytest.fixture
def cloud(emulators: dict[str, Azurite], monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING", raising=False)
    monkeypatch.setenv("AZURITE_ACCOUNTS", ";".join(f"{n}:{a.account_key}" for n, a in emulators.items()))
    scope = "/subscriptions/{}/resourceGroups/lake/providers/Microsoft.Storage/storageAccounts/{}"
    tables = {
        "accounts": table_of(
            "accounts",
            [{"account": n, "subscription_id": s, "resource_group": "lake", "hns": True} for n, s in ACCOUNTS.items()],
        ),
        "principals": table_of("principals", [{"principal_id": guid(n), "kind": "user"} for n in (1, 2)]),
        "role_definitions": table_of("role_definitions", [{"role": READER, "data_actions": [READ]}]),
        "role_assignments": table_of(
            "role_assignments",
            [
                {
                    "principal_id": guid(n),
                    "role": READER,
                    "scope": scope.format(ACCOUNTS[name], name),
                    "grant_id": guid(n + 8),
                }
                for n, name in enumerate(ACCOUNTS, start=1)
            ],
        ),
        "acls": table_of(
            "acls",
            [{"container": f"{n}/{c}", "path": "/", "acl": ACL, "owner": guid(3)} for n in HELD for c in HELD[n]],
        ),
        "usage": table_of(
            "usage",
            [
                {"principal_id": guid(1), "container": f"{name}/sales", "access": "read", "operations": 1}
                | {"last_used": "2026-10-20T00:00:00+00:00"}
                for name in ACCOUNTS
            ],
        ),
    }
    with LocalCloud(tables) as running:
        yield running


def read(cloud: LocalCloud, emulators: dict[str, Azurite], *more: str, **selection: Any) -> ScanResult:
    return scan(
        [*(azurite.endpoint for azurite in emulators.values()), *more],
        settings=ScanSettings(**cloud.settings, workspaces=("logs",), backoff_seconds=0.01, retries=1),
        selection=Selection(**selection),
        credential=cloud.credential,
        now=NOW,
    )


EVERY = [f"{name}/{container}" for name in HELD for container in sorted(HELD[name])]


def test_every_name_says_whose_it_is(cloud: LocalCloud, emulators: dict[str, Azurite], tmp_path: Path) -> None:
    (tmp_path / "grants.csv").write_text("principal,container\nann,only-two\nann,sales\nann,bankone/sales\n")
    (tmp_path / "entitlement_containers.csv").write_text("entitlement,container\nE,only-*\nE,banktwo/s*\nE,only-one\n")
    result = read(cloud, emulators, str(tmp_path))
    assert result.gaps.rows() == []
    found = {
        name: frame.get_column("container").to_list() for name, frame in result.tables.items() if "container" in frame
    }
    assert found["containers"] == found["acls"] == EVERY
    assert found["stored_policies"] == ["banktwo/sales"]
    assert found["usage"] == ["bankone/sales", "banktwo/sales"]
    assert sorted(found["grants"]) == ["bankone/sales", "banktwo/only-two", "sales"]
    assert any("'sales' is a container of several accounts" in warning for warning in result.warnings)
    # A glob that names no account stands for the containers of both.
    assert sorted(found["entitlement_containers"]) == [
        "bankone/only-*",
        "bankone/only-one",
        "banktwo/only-*",
        "banktwo/s*",
    ]
    metadata = result.tables["containers"].select("container", "account", "metadata").rows()
    assert all(name.startswith(f"{account}/") and account in text for name, account, text in metadata)
    assert result.tables["accounts"].select("account", "subscription_id").rows() == list(ACCOUNTS.items())
    scopes = result.tables["role_assignments"].sort("grant_id").get_column("scope").to_list()
    assert [scope.split("/")[2] for scope in scopes] == list(ACCOUNTS.values())


def test_gaps_and_exclusions_say_whose_they_are(cloud: LocalCloud, emulators: dict[str, Azurite]) -> None:
    def refuse(request: Request) -> Response | None:
        if request.url.path.startswith("/banktwo/sales") and "getAccessControl" in request.url.query:
            return Response(status_code=403, headers={"x-ms-error-code": "AuthorizationPermissionMismatch"})
        denied = "denyAssignments" in request.url.path and ACCOUNTS["bankone"] in request.url.path
        return Response("{}", 403) if denied else None

    cloud.faults.append(refuse)
    result = read(cloud, emulators, exclude=("bankone/sales",))
    assert result.gaps.select("source", "object_id").rows() == [
        ("acls", "banktwo/sales"),
        ("role_assignments", f"{ACCOUNTS['bankone']}: denies"),
    ]
    assert result.tables["containers"].get_column("container").to_list() == [n for n in EVERY if n != "bankone/sales"]
    assert "bankone/sales" not in result.tables["usage"].get_column("container")
    left = {source["source"]: source["excluded"] for source in result.sources if source["kind"] == "storage"}
    assert left == {emulators["bankone"].endpoint: ["bankone/sales"], emulators["banktwo"].endpoint: []}


def test_one_account_alone_keeps_bare_names(cloud: LocalCloud, emulators: dict[str, Azurite]) -> None:
    result = read(cloud, {"bankone": emulators["bankone"]}, include=("bankone/s*",))
    assert result.tables["containers"].get_column("container").to_list() == ["sales"]
    assert result.tables["acls"].get_column("container").to_list() == ["sales"]


def test_access_is_told_apart_by_account(cloud: LocalCloud, emulators: dict[str, Azurite]) -> None:
    from lakezones import access
    from lakezones.config import Settings
    from lakezones.model.frames import Facts

    result = read(cloud, emulators)
    facts = Facts.of(result.tables, as_of=result.as_of, gaps=result.gaps)
    found = access.resolve(facts, settings=Settings().access)
    pairs = found.class_access.filter(pl.col("lane") == "data").join(found.container_classes, on="class_id")
    readers = {
        (row["principal_id"], row["container"].partition("/")[0]) for row in pairs.to_dicts() if row["level"] == 1
    }
    assert readers == {(guid(1), "bankone"), (guid(2), "banktwo")}
