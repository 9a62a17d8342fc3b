"""The official clients against a local server in the shapes of ARM, Resource Graph, Graph, Data Lake and the logs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from azure.storage.blob import BlobServiceClient
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typer.testing import CliRunner

from lakezones.demo.emulators import cloud_app
from lakezones.demo.emulators.azurite import Azurite
from lakezones.demo.emulators.cloud_data import SUBSCRIPTION, rows_of
from lakezones.demo.emulators.server import LocalCloud
from lakezones.scan import ScanResult, ScanSettings, Selection, check, scan
from lakezones.scan.rows import table_of

pytestmark = pytest.mark.azurite

NAMES = [f"cloud-{number:02}" for number in range(6)]
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/lake"
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
OWNED = [(100, number) for number in range(1, 26)] + [(101, 61), (101, 200), (103, 60)]
"""Owners of groups: more than Graph gives with a group, a service principal, and somebody whom nothing else names."""

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


def guid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def lake() -> dict[str, pl.DataFrame]:
    """Sixty people in nested groups with a cycle, ACLs on every root, assignments of every kind; one who owns alone."""
    people = [
        {
            "principal_id": guid(number),
            "kind": "user",
            "name": f"Person {number}",
            "department": "Risk" if number % 3 else None,
            "title": "Analyst",
            "manager_id": guid(number - 1) if number > 1 else None,
            "enabled": number != 7,
            "last_sign_in": f"2026-10-{1 + number % 28:02}T08:00:00+00:00",
        }
        for number in range(1, 62)
    ]
    groups = [
        {"principal_id": guid(100 + number), "kind": "group", "name": f"Group {number}", "managed_by": kind}
        for number, kind in enumerate(["entra", "dynamic", "ad_sync", "entra", "entra"])
    ]
    robots = [
        {"principal_id": guid(200), "kind": "service_principal", "name": "adf", "enabled": True},
        {"principal_id": guid(201), "kind": "managed_identity", "name": "synapse", "enabled": True},
    ]
    edges = [(100, number) for number in range(1, 31)] + [(101, number) for number in range(20, 61)]
    edges += [(100, 101), (101, 102), (102, 100), (103, 200)]
    made = "2025-05-01T10:00:00+00:00"
    assignment = {"state": "active", "effect": "allow", "created_at": made}
    assignments: list[dict[str, Any]] = [
        {"principal_id": guid(number), "role": READER, "scope": f"{SCOPE}/c{number}", "grant_id": guid(1000 + number)}
        | assignment
        for number in range(1, 26)
    ]
    assignments += [
        {"principal_id": guid(201), "role": OWNER, "scope": SCOPE, "grant_id": guid(2000)} | assignment,
        {
            "principal_id": guid(5),
            "role": READER,
            "scope": SCOPE,
            "grant_id": guid(2001),
            "condition": "@Resource[name] StringEquals 'x'",
            "condition_version": "2.0",
            "expires_at": "2027-01-01T00:00:00+00:00",
        }
        | assignment,
        {"principal_id": guid(6), "role": OWNER, "scope": SCOPE, "grant_id": guid(2002)}
        | assignment
        | {"state": "eligible", "expires_at": "2027-06-01T00:00:00+00:00"},
        {"principal_id": guid(8), "role": "deny:" + guid(2003), "scope": SCOPE, "grant_id": guid(2003)}
        | {"state": "active", "effect": "deny"},
    ]
    acl = "user::rwx,group::r-x,group:{group}:r-x,mask::r-x,other::---"
    return {
        "accounts": table_of(
            "accounts",
            [
                {
                    "account": "devstoreaccount1",
                    "subscription_id": SUBSCRIPTION,
                    "resource_group": "lake",
                    "region": "westeurope",
                    "hns": True,
                    "allow_shared_key": False,
                    "allow_public": True,
                }
            ],
        ),
        "principals": table_of("principals", people + groups + robots),
        "memberships": table_of(
            "memberships", [{"group_id": guid(a), "member_id": guid(b), "state": "active"} for a, b in edges]
        ),
        "group_owners": table_of(
            "group_owners",
            [{"group_id": guid(group), "owner_id": guid(owner)} for group, owner in OWNED],
        ),
        "role_definitions": table_of(
            "role_definitions",
            [
                {"role": READER, "actions": ["a/read"], "data_actions": ["blobs/read"]},
                {"role": OWNER, "actions": ["*"], "not_actions": ["x/*"]},
                {"role": "deny:" + guid(2003), "data_actions": ["blobs/*"]},
            ],
        ),
        "role_assignments": table_of("role_assignments", assignments),
        "acls": table_of(
            "acls",
            [
                {"container": name, "path": "/", "acl": acl.format(group=guid(100 + number % 4)), "owner": guid(200)}
                for number, name in enumerate(NAMES)
            ]
            + [
                {"container": NAMES[0], "path": path, "acl": acl.format(group=guid(104)), "owner": guid(200)}
                for path in ("a", "a/b", "c")
            ],
        ),
        "usage": table_of(
            "usage",
            [
                {
                    "principal_id": guid(1),
                    "container": NAMES[0],
                    "access": "read",
                    "last_used": "2026-10-01T00:00:00+00:00",
                    "operations": 12,
                    "grant_id": guid(1001),
                },
                {"principal_id": "sas:devstoreaccount1", "container": NAMES[0], "access": "read", "operations": 3}
                | {"last_used": "2026-11-01T00:00:00+00:00"},
            ],
        ),
    }


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return lake()


@pytest.fixture
def account(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The emulator with the lake's containers, as the account of the local cloud."""
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite.connection_string)
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        for found in client.list_containers():
            client.delete_container(found.name)
        for name in NAMES:
            client.create_container(name).close()
        yield azurite.endpoint
        for name in NAMES:
            client.delete_container(name)


def read(cloud: LocalCloud, **changes: Any) -> ScanResult:
    settings = ScanSettings(**{**cloud.settings, "backoff_seconds": 0.01, **changes})
    return scan(["azurite"], settings=settings, credential=cloud.credential, now=datetime(2026, 11, 1, tzinfo=UTC))


def test_everything_that_was_served_arrives(account: str, tables: dict[str, pl.DataFrame]) -> None:
    with LocalCloud(tables, page=7) as cloud:
        result = read(cloud, acl_depth=2, workspaces=("w-1",), sign_ins=True)
    assert result.gaps.rows() == []
    for name in ("role_assignments", "role_definitions", "memberships", "group_owners", "accounts", "usage"):
        expected = tables[name].sort(tables[name].columns[:3])
        found = result.tables[name].sort(expected.columns[:3])
        if name == "role_definitions":
            lists = [column for column in expected.columns if column != "role"]
            expected = expected.with_columns(pl.col(column).fill_null([]) for column in lists)
            assert found.to_dicts() == expected.to_dicts()
        else:
            assert found.to_dicts() == expected.to_dicts()
    reached = set(result.tables["principals"].get_column("principal_id"))
    assert reached == set(tables["principals"].get_column("principal_id"))
    assert result.tables["principals"].to_dicts() == tables["principals"].sort("principal_id").to_dicts()
    acls = result.tables["acls"].select("container", "path", "acl", "owner").sort("container", "path")
    assert acls.rows() == tables["acls"].select("container", "path", "acl", "owner").sort("container", "path").rows()


def test_resource_graph_says_what_arm_says(account: str, tables: dict[str, pl.DataFrame]) -> None:
    with LocalCloud(tables, page=7) as cloud:
        by_arm = read(cloud).tables["role_assignments"]
        by_graph = read(cloud, assignments_from="resource_graph").tables["role_assignments"]
    assert by_graph.equals(by_arm)  # what Resource Graph lacks (denies, eligible ones, end dates) comes from ARM
    assert set(by_graph.get_column("effect")) == {"allow", "deny"}
    assert by_graph.get_column("expires_at").null_count() < by_graph.height


def test_denies_that_exclude_principals_reach_everybody_else(account: str, tables: dict[str, pl.DataFrame]) -> None:
    """One deny for everybody but a group and a person; one for a group but a person; one that reaches no child."""
    everybody, group, nobody = (guid(3000 + number) for number in range(3))
    with LocalCloud(tables, page=7) as cloud:
        permissions = [{"dataActions": ["blobs/*"]}]
        for name, principals, excluded, more in (
            (everybody, ["00000000-0000-0000-0000-000000000000"], [guid(101), guid(1)], {"condition": "@Resource[x]"}),
            (group, [guid(103), guid(2).upper()], [guid(200)], {}),
            (nobody, [guid(100)], [], {"doNotApplyToChildScopes": True}),
        ):
            properties = {
                "permissions": permissions,
                "scope": SCOPE,
                "principals": [{"id": one} for one in principals],
                "excludePrincipals": [{"id": one} for one in excluded],
            }
            cloud.data.arm["denies"].append({"id": name, "name": name, "properties": properties | more})
        result = read(cloud)
        without = scan(
            ["azurite"],
            settings=ScanSettings(**cloud.settings),
            selection=Selection(only=("role_assignments",)),
            credential=cloud.credential,
        )
    assert result.gaps.rows() == []
    found = result.tables["role_assignments"].filter(pl.col("effect") == "deny")
    reached = {
        name: set(rows["principal_id"]) for (name,), rows in found.partition_by("grant_id", as_dict=True).items()
    }
    # Groups 100, 101 and 102 hold each other and people 1 to 60: all of them are excluded with 101.
    assert reached == {guid(2003): {guid(8)}, everybody: {guid(61), guid(200), guid(201)}, group: {guid(2)}}
    assert set(found.filter(pl.col("grant_id") == everybody)["condition"]) == {"@Resource[x]"}
    assert f"deny:{everybody}" in result.tables["role_definitions"].get_column("role")
    # Without the directory nobody can say who is left.
    assert without.gaps.select("object_id", "code").rows() == [
        (everybody, "deny_exclusions"),
        (group, "deny_exclusions"),
    ]


def test_usage_that_is_cut_off_is_asked_for_in_smaller_windows(account: str, tables: dict[str, pl.DataFrame]) -> None:
    start = datetime(2026, 8, 10, 12, tzinfo=UTC)
    rows = [
        {
            "principal_id": guid(1 + number % 3),
            "container": NAMES[number % 5],
            "access": "read",
            "operations": number + 1,
        }
        | {"last_used": (start + timedelta(hours=12 * number)).isoformat(), "grant_id": guid(number)}
        for number in range(150)
    ]
    usage = table_of("usage", rows).sort("principal_id", "container", "access", "grant_id")
    with LocalCloud(tables | {"usage": usage}, log_rows=4) as cloud:
        whole = read(cloud, workspaces=("w-1",))
    with LocalCloud(tables | {"usage": usage}, log_rows=2) as cloud:
        lost = read(cloud, workspaces=("w-1",))
    assert whole.gaps.rows() == []
    assert whole.tables["usage"].equals(usage)
    assert set(lost.gaps.select("source", "code").rows()) == {("usage", "partial")}
    assert lost.tables["usage"].height < usage.height


def test_a_text_of_uses_that_lost_lines_is_not_believed(
    account: str, tables: dict[str, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_line_more(used: pl.DataFrame) -> list[tuple[Any, ...]]:
        return [(account, container, lines + 1, text) for account, container, lines, text in rows_of(used)]

    with LocalCloud(tables) as cloud:
        monkeypatch.setattr(cloud_app, "rows_of", one_line_more)
        result = read(cloud, workspaces=("w-1",))
    assert set(result.gaps.select("source", "code").rows()) == {("usage", "partial")}


def test_schedules_of_groups_and_the_whole_directory(account: str, tables: dict[str, pl.DataFrame]) -> None:
    more = table_of(
        "memberships",
        [
            {
                "group_id": guid(103),
                "member_id": guid(9),
                "state": "eligible",
                "expires_at": "2027-02-01T00:00:00+00:00",
            },
            {
                "group_id": guid(103),
                "member_id": guid(10),
                "state": "active",
                "expires_at": "2027-03-01T00:00:00+00:00",
            },
        ],
    )
    stranger = table_of(
        "principals", [{"principal_id": guid(900), "kind": "user", "name": "Nobody's", "enabled": True}]
    )
    changed = tables | {
        "memberships": pl.concat([tables["memberships"], more]).sort("group_id", "member_id"),
        "principals": pl.concat([tables["principals"], stranger]),
    }
    with LocalCloud(changed, page=7) as cloud:
        named = read(cloud, sign_ins=True)
        everybody = read(cloud, sign_ins=True, directory="all", group_schedules=True)
    assert named.gaps.rows() == everybody.gaps.rows() == []
    assert named.tables["memberships"].filter(pl.col("state") == "eligible").is_empty()
    assert guid(900) not in named.tables["principals"].get_column("principal_id")
    key = ["group_id", "member_id"]
    assert everybody.tables["memberships"].sort(key).to_dicts() == changed["memberships"].sort(key).to_dicts()
    assert everybody.tables["principals"].to_dicts() == changed["principals"].sort("principal_id").to_dicts()


def test_a_refused_part_is_a_gap_with_the_permission(account: str, tables: dict[str, pl.DataFrame]) -> None:
    def deny(request: Request) -> Response | None:
        target = str(request.url)
        if "getAccessControl" in target and NAMES[2] in target:
            return Response(status_code=403, headers={"x-ms-error-code": "AuthorizationPermissionMismatch"})
        if "denyAssignments" in target or "getByIds" in target:
            return JSONResponse({"error": {"code": "Denied"}}, 403)
        return None

    with LocalCloud(tables) as cloud:
        cloud.faults.append(deny)
        result = read(cloud)
    found = {(row["source"], row["object_id"]): row for row in result.gaps.to_dicts()}
    assert sorted(found) == [
        ("acls", NAMES[2]),
        ("group_owners", ""),
        ("memberships", ""),
        ("principals", ""),
        ("role_assignments", f"{SUBSCRIPTION}: denies"),
    ]
    assert "denyAssignments/read" in found["role_assignments", f"{SUBSCRIPTION}: denies"]["reason"]
    assert "GroupMember.Read.All" in found["principals", ""]["reason"]
    assert result.tables["acls"].get_column("container").unique().sort().to_list() == NAMES[:2] + NAMES[3:]
    assert "principals" not in result.tables
    assert "memberships" not in result.tables


def test_a_token_that_expires_is_replaced(account: str, tables: dict[str, pl.DataFrame]) -> None:
    with LocalCloud(tables, page=7) as cloud:
        count = [0]

        def expire(_: Request) -> None:
            count[0] += 1
            if count[0] % 10 == 0:
                cloud.credential.expire()

        cloud.faults.append(expire)
        result = read(cloud)
    assert result.gaps.rows() == []
    assert result.tables["role_assignments"].height == tables["role_assignments"].height


def test_owners_that_cannot_be_read_are_a_gap_and_their_group_is_not(
    account: str, tables: dict[str, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused with the group, refused as a list of their own, and left out of an answer."""
    expanded, principal = cloud_app.CloudApp._expanded, cloud_app.CloudApp._graph_principal

    def leave_out(app: Any, item: dict[str, Any], request: Request) -> dict[str, Any]:
        answer = expanded(app, item, request)
        return {name: value for name, value in answer.items() if item["id"] != guid(103) or name != "owners"}

    async def forbid(app: Any, request: Request) -> Response:
        if request.path_params["principal"] == guid(101) and "owners" in str(request.query_params):
            return cloud_app.failure(403, "Authorization_RequestDenied")
        return await principal(app, request)

    async def forbid_list(_app: Any, _request: Request) -> Response:
        return cloud_app.failure(403, "Authorization_RequestDenied")

    monkeypatch.setattr(cloud_app.CloudApp, "_expanded", leave_out)
    monkeypatch.setattr(cloud_app.CloudApp, "_graph_principal", forbid)
    monkeypatch.setattr(cloud_app.CloudApp, "_graph_owners", forbid_list)
    with LocalCloud(tables, page=7) as cloud:
        result = read(cloud)
    gaps = result.gaps.filter(pl.col("source") == "group_owners")
    assert gaps.select("object_id", "code").rows() == [
        (guid(100), "403"),
        (guid(101), "403"),
        (guid(103), "bad_answer"),
    ]
    assert result.gaps.height == gaps.height
    assert result.tables["group_owners"].is_empty()
    assert set(tables["principals"]["principal_id"]) - set(result.tables["principals"]["principal_id"]) == {
        guid(61),
        guid(104),
    }


def test_a_link_to_another_host_or_back_to_itself_is_a_gap(account: str, tables: dict[str, pl.DataFrame]) -> None:
    asked: list[str] = []

    def lie(request: Request) -> Response | None:
        target = str(request.url)
        asked.append(target)
        if "roleDefinitions" in target:
            return cloud_app.document({"value": [], "nextLink": target.replace("127.0.0.1", "localhost")})
        if "denyAssignments" in target:
            return cloud_app.document({"value": [], "nextLink": target})
        if "ResourceGraph" in target:
            return Response("[" * 100_000, media_type="application/json")
        return None

    with LocalCloud(tables, page=7) as cloud:
        cloud.faults.append(lie)
        result = read(cloud, retries=1, subscriptions=(SUBSCRIPTION,))
    assert set(result.gaps.select("source", "object_id", "code").rows()) == {
        ("accounts", "", "bad_answer"),
        ("role_definitions", SUBSCRIPTION, "other_host"),
        ("role_assignments", f"{SUBSCRIPTION}: denies", "endless"),
    }
    assert not [target for target in asked if "localhost" in target]


def test_check_says_what_is_missing(account: str, tables: dict[str, pl.DataFrame]) -> None:
    with LocalCloud(tables) as cloud:
        settings = ScanSettings(**cloud.settings, workspaces=("w-1",), sample_blobs=1)
        checks = check(["azurite"], settings=settings, credential=cloud.credential)
        assert [item for item in checks if not item.ok] == []
        assert len(checks) == 13

        def deny(request: Request) -> Response | None:
            target = str(request.url)
            return JSONResponse({}, 403) if "roleDefinitions" in target or "/groups" in target else None

        cloud.faults.append(deny)
        checks = check(["azurite"], settings=settings, credential=cloud.credential)
    assert [(item.read, item.permission) for item in checks if not item.ok] == [
        ("role definitions", "Microsoft.Authorization/roleDefinitions/read"),
        ("groups", "GroupMember.Read.All of Microsoft Graph"),
    ]


def test_no_secret_reaches_a_file_or_a_message(
    account: str,
    azurite: Azurite,
    tables: dict[str, pl.DataFrame],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Everything a run wrote and said, searched for the account key, its tokens and signatures; faults included."""
    from lakezones.cli.app import app

    caplog.set_level("DEBUG")
    signature = "c2lnbmF0dXJlb2ZhU0FT"
    with LocalCloud(tables) as cloud:
        for name, value in cloud.settings.items():
            monkeypatch.setenv(f"LAKEZONES_SCAN__{name.upper()}", value)
        monkeypatch.setenv("LAKEZONES_SCAN__RETRIES", "1")
        monkeypatch.setattr("azure.identity.aio.DefaultAzureCredential", lambda: cloud.credential)

        def quote(request: Request) -> Response | None:
            """Refuse with a message that repeats what was sent, as real services do."""
            target = str(request.url)
            if "denyAssignments" not in target and NAMES[1] not in target:
                return None
            message = f"{dict(request.headers)} ?sig={signature} {azurite.account_key}"
            return JSONResponse({"error": {"code": "Refused", "message": message}}, 403)

        cloud.faults.append(quote)
        arguments = ["scan", "azurite", "-v", "-w", str(tmp_path / "lake")]
        done = CliRunner().invoke(app, arguments, standalone_mode=False)
        assert done.return_value == 3, done.output
        leaked = CliRunner().invoke(app, ["scan", f"https://bank.blob.core.windows.net/?sig={signature}"])
        assert leaked.exit_code != 0
        said = done.output + done.stderr + leaked.output + str(leaked.exception) + caplog.text
        for path in sorted(tmp_path.rglob("*")):
            if path.is_file():
                said += path.read_bytes().decode("latin-1")
                if path.suffix == ".parquet":
                    said += pl.read_parquet(path).write_json()
        secrets = [azurite.account_key, signature, *cloud.credential.issued]
    assert len(secrets) > 2
    assert (tmp_path / "lake" / ".scan" / "scan.jsonl").exists()  # kept, since there are gaps
    assert "denyAssignments/read" in said
    assert not [secret for secret in secrets if secret in said]
    assert "SharedKey " not in said
    assert "Bearer " not in said
