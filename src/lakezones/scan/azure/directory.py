"""Reads the directory over Microsoft Graph: who the grants name, and everybody in their groups.

In: object ids found in grants, and a `Context`. Out: the tables principals and memberships. Groups are followed
member by member, so that nesting and cycles arrive as edges. Where the settings say so, everybody is listed page by
page instead, and eligible members and end dates of memberships are read too.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl
from azure.core.exceptions import AzureError

from lakezones.scan.azure.failures import describe
from lakezones.scan.azure.graph import BATCH, Answer, GraphClient
from lakezones.scan.context import Context
from lakezones.scan.result import Outcome, Reading
from lakezones.scan.rows import table_of

Item = dict[str, Any]
"""An object of the directory, or a row of a fact table."""

GROUPS: Final = "GroupMember.Read.All"
USERS: Final = "User.Read.All"
APPS: Final = "Application.Read.All"
BY_IDS: Final = 1000
_USER: Final = "id,displayName,userPrincipalName,department,jobTitle,accountEnabled"
_GROUP: Final = "id,displayName,groupTypes,onPremisesSyncEnabled"
_APP: Final = "id,displayName,servicePrincipalType,accountEnabled"
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SCHEDULES: Final = "PrivilegedEligibilitySchedule.Read.AzureADGroup and PrivilegedAssignmentSchedule.Read.AzureADGroup"
_SCHEDULE: Final = (
    "/identityGovernance/privilegedAccess/group/{kind}ScheduleInstances?$filter=groupId%20eq%20'{group}'"
    "&$select=principalId,accessId,endDateTime"
)
_LISTS: Final = {"group": "/groups", "user": "/users", "servicePrincipal": "/servicePrincipals"}
_PATHS: Final = {
    "group": (f"/groups/{{id}}?$select={_GROUP}", GROUPS),
    "user": (f"/users/{{id}}?$select={_USER}&$expand=manager($select=id)", f"{USERS} (AuditLog.Read.All for sign-ins)"),
    "servicePrincipal": (f"/servicePrincipals/{{id}}?$select={_APP}", APPS),
}


def principals_named(tables: Iterable[dict[str, pl.DataFrame]]) -> list[str]:
    """Object ids that grants name: assignees, ACL entries, owners and enforcing groups; sorted."""
    found: set[str] = set()
    for part in tables:
        for table, columns in (
            ("role_assignments", ("principal_id",)),
            ("acls", ("owner", "owning_group")),
            ("entitlement_containers", ("group_id",)),
            ("entitlements", ("principal_id",)),
            ("grants", ("principal_id",)),
        ):
            if table in part:
                for column in columns:
                    found.update(part[table].get_column(column).drop_nulls().str.to_lowercase().to_list())
        if "acls" in part:
            for text in part["acls"].get_column("acl").unique().to_list():
                found.update(entry.split(":")[-2].lower() for entry in text.split(",") if entry.count(":") >= 2)
    return sorted(name for name in found if _GUID.fullmatch(name))


async def read_directory(ids: Sequence[str], context: Context, credential: Any) -> Outcome:
    """Read principals and memberships, starting from the ids that grants name."""
    outcome = Outcome(source=context.settings.graph_endpoint, kind="directory")
    async with GraphClient(context, credential) as client:
        with outcome.reading("principals", expected=0) as people, outcome.reading("memberships") as edges:
            await _Directory(client, outcome, context, people, edges).read(ids)
    return outcome


class _Directory:
    """One walk through the directory."""

    def __init__(
        self, client: GraphClient, outcome: Outcome, context: Context, people: Reading, edges: Reading
    ) -> None:
        self.client = client
        self.outcome = outcome
        self.context = context
        self.people = people
        self.edges = edges
        self.kinds: dict[str, str] = {}
        self.members: list[Item] = []
        self.listed: dict[str, Item] = {}

    async def read(self, ids: Sequence[str]) -> None:
        """Find what each id is, follow groups until nothing new turns up, then read each principal."""
        if self.context.settings.directory == "all":
            await self._list()
        if not await self._identify([key for key in ids if key not in self.kinds]):
            return
        asked: set[str] = set()
        while waiting := sorted(key for key, kind in self.kinds.items() if kind == "group" and key not in asked):
            asked.update(waiting)
            await self._follow(waiting)
            if self.context.settings.group_schedules:
                await self._schedules(waiting)
        self.edges.items = len(self.members)
        self.edges.expected = len(asked)
        rows = await self._describe()
        self.people.items, self.people.expected = len(rows), len(self.kinds)
        tables = {"memberships": self.members, "principals": rows}
        wanted = {name: found for name, found in tables.items() if self.context.selection.wants(name)}
        self.outcome.tables |= {name: table_of(name, found) for name, found in wanted.items()}

    async def _identify(self, ids: Sequence[str]) -> bool:
        """What kind of principal each id is; an id that nobody knows is left out, as a deleted one would be."""
        known = self.context.journal.done("directory:kinds")
        for start in range(0, len(ids), BY_IDS):
            chunk = list(ids[start : start + BY_IDS])
            key = chunk[0]
            if key in known:
                self.kinds.update(known[key])
                continue
            body = {"ids": chunk, "types": ["user", "group", "servicePrincipal"]}
            try:
                answer = await self.client.ask("/directoryObjects/getByIds?$select=id", body, needs="value")
            except AzureError as error:
                failure = describe(error, f"{GROUPS}, {USERS} and {APPS} of Microsoft Graph")
                self.outcome.failed(self.people, "", *failure, tables=("principals", "memberships"))
                return False
            kinds = {item["id"].lower(): _kind(item) for item in answer["value"]}
            self.kinds.update(kinds)
            self.context.journal.record("directory:kinds", key, kinds)
            self.people.pages += 1
        return True

    async def _list(self) -> None:
        """Everybody there is, page by page; a kind that may not be listed is a gap."""
        part = "directory:everybody"
        known = self.context.journal.done(part)
        with self.context.progress.task("directory") as task:
            for kind, collection in _LISTS.items():
                link: str | None = f"{collection}?{self._path(kind).partition('?')[2]}&$top=500"
                while link:
                    try:
                        page = known[link] if link in known else await self.client.ask(link, needs="value")
                    except AzureError as error:
                        failure = describe(error, f"{_PATHS[kind][1]} of Microsoft Graph")
                        self.outcome.failed(self.people, collection, *failure)
                        break
                    self.context.journal.record(part, link, page)
                    self.people.pages += 1
                    for item in page["value"]:
                        key = item["id"].lower()
                        self.kinds[key] = kind
                        self.listed[key] = _principal(key, kind, item)
                    task.advance(len(page["value"]))
                    link = (page.get("@odata.nextLink") or "").partition("/v1.0")[2]

    async def _follow(self, groups: Sequence[str]) -> None:
        """Members of groups, and what the members are."""
        paths = {group: f"/groups/{group}/members?$select=id&$top=999" for group in groups}
        found = await self._pages(paths, part="directory:members", label="members of groups", permission=GROUPS)
        for group in groups:
            for item in found.get(group, []):
                member = item["id"].lower()
                self.members.append({"group_id": group, "member_id": member, "state": "active"})
                if _kind(item) in _PATHS:
                    self.kinds.setdefault(member, _kind(item))

    async def _schedules(self, groups: Sequence[str]) -> None:
        """Members that are only eligible, and when memberships end."""
        found: dict[str, dict[str, list[Item]]] = {}
        for kind in ("eligibility", "assignment"):
            found[kind] = await self._pages(
                {group: _SCHEDULE.format(kind=kind, group=group) for group in groups},
                part=f"directory:{kind}",
                label="eligible members" if kind == "eligibility" else "ends of memberships",
                permission=SCHEDULES,
            )
        ends = {
            (group, item["principalId"].lower()): item["endDateTime"]
            for group, items in found["assignment"].items()
            for item in items
            if item.get("accessId") == "member" and item.get("endDateTime")
        }
        for row in self.members:
            row["expires_at"] = ends.get((row["group_id"], row["member_id"]), row.get("expires_at"))
        eligible = [
            {
                "group_id": group,
                "member_id": item["principalId"].lower(),
                "state": "eligible",
                "expires_at": item.get("endDateTime"),
            }
            for group, items in found["eligibility"].items()
            for item in items
            if item.get("accessId") == "member"
        ]
        self.members += eligible
        await self._identify(sorted({row["member_id"] for row in eligible} - set(self.kinds)))

    async def _pages(self, paths: dict[str, str], *, part: str, label: str, permission: str) -> dict[str, list[Item]]:
        """All pages of a listing per group; a group whose listing fails is a gap and is left out."""
        known = self.context.journal.done(part)
        pages = {group: path for group, path in paths.items() if group not in known}
        found: dict[str, list[Item]] = {group: known[group] for group in paths if group in known}
        partial: dict[str, list[Item]] = {group: [] for group in pages}
        with self.context.progress.task(label, total=len(paths)) as task:
            task.advance(len(found))
            while pages:
                answers = await self.client.batch(pages)
                following: dict[str, str] = {}
                for group, answer in answers.items():
                    if answer["status"] != 200 or "value" not in answer["body"]:
                        self._gap(self.edges, group, answer, permission)
                        continue
                    self.edges.pages += 1
                    partial[group] += answer["body"]["value"]
                    link = answer["body"].get("@odata.nextLink")
                    if link:
                        following[group] = link.partition("/v1.0")[2]
                    else:
                        found[group] = partial[group]
                        self.context.journal.record(part, group, partial[group])
                        task.advance(1)
                pages = following
        return found

    async def _describe(self) -> list[Item]:
        """Name, department, manager and state of every principal."""
        part = "directory:principals"
        known = self.context.journal.done(part)
        rows = {key: self.listed.get(key) or known[key] for key in self.kinds if key in self.listed or key in known}
        missing = sorted(key for key in self.kinds if key not in rows)
        with self.context.progress.task("principals", total=len(self.kinds)) as task:
            task.advance(len(rows))
            for start in range(0, len(missing), BATCH * self.context.settings.concurrency):
                chunk = missing[start : start + BATCH * self.context.settings.concurrency]
                answers = await self.client.batch({key: self._path(self.kinds[key]).format(id=key) for key in chunk})
                for key, answer in answers.items():
                    task.advance(1)
                    if answer["status"] != 200:
                        self._gap(self.people, key, answer, _PATHS[self.kinds[key]][1])
                        continue
                    self.people.pages += 1
                    rows[key] = _principal(key, self.kinds[key], answer["body"])
                    self.context.journal.record(part, key, rows[key])
        return [rows[key] for key in sorted(rows)]

    def _path(self, kind: str) -> str:
        """Path of one principal of a kind, its id to be filled in."""
        path = _PATHS[kind][0]
        sign_ins = self.context.settings.sign_ins and kind == "user"
        return path.replace("accountEnabled", "accountEnabled,signInActivity") if sign_ins else path

    def _gap(self, reading: Reading, key: str, answer: Answer, permission: str) -> None:
        status = answer["status"]
        if error := answer.get("error"):
            failure = describe(error, f"{permission} of Microsoft Graph")
        elif status in (401, 403):
            failure = str(status), f"denied: needs {permission} of Microsoft Graph"
        elif status == 404:
            failure = "404", "it is not there, or not any more"
        else:
            failure = str(status), "the service failed, again and again"
        self.outcome.failed(reading, key, *failure)


def _kind(item: Item) -> str:
    return str(item.get("@odata.type", "")).rpartition(".")[2]


def _principal(key: str, kind: str, body: Item) -> Item:
    row: Item = {"principal_id": key, "name": body.get("displayName")}
    if kind == "group":
        dynamic = "DynamicMembership" in (body.get("groupTypes") or [])
        synced = bool(body.get("onPremisesSyncEnabled"))
        return {**row, "kind": "group", "managed_by": "dynamic" if dynamic else "ad_sync" if synced else "entra"}
    row["enabled"] = body.get("accountEnabled")
    if kind == "servicePrincipal":
        managed = body.get("servicePrincipalType") == "ManagedIdentity"
        return {**row, "kind": "managed_identity" if managed else "service_principal"}
    manager = body.get("manager") or {}
    return {
        **row,
        "kind": "user",
        "department": body.get("department"),
        "title": body.get("jobTitle"),
        "last_sign_in": (body.get("signInActivity") or {}).get("lastSignInDateTime"),
        "manager_id": (manager.get("id") or "").lower() or None,
    }
