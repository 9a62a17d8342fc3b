"""Reads the directory over Microsoft Graph: who the grants name, and everybody in their groups.

In: object ids found in grants, and a `Context`. Out: the tables principals, memberships and group_owners. Groups are
followed member by member, so that nesting and cycles arrive as edges. Owners come with the group they own, in the
same answer, up to as many as Graph expands; only a group with more is asked for its owners. Where the settings say
so, everybody is listed page by page instead, and eligible members and end dates of memberships are read too.

Source: https://learn.microsoft.com/graph/api/group-list-owners and https://learn.microsoft.com/graph/query-parameters
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import polars as pl
from azure.core.exceptions import AzureError, ServiceResponseError

from lakezones.scan.azure.bounds import Markers, shaped
from lakezones.scan.azure.directory_objects import (
    APPS,
    EXPANDED,
    GROUPS,
    LISTS,
    PERMISSIONS,
    USERS,
    Item,
    kind_of,
    principal,
    query_of,
    reference,
    schedule,
)
from lakezones.scan.azure.failures import describe
from lakezones.scan.azure.graph import BATCH, Answer, GraphClient
from lakezones.scan.context import Context
from lakezones.scan.result import Outcome, Reading
from lakezones.scan.rows import table_of

BY_IDS: Final = 1000
PAGE: Final = {"group": 100, "user": 500, "servicePrincipal": 500}
"""Objects per page of a listing of everybody; groups come with their owners."""
REFUSED: Final = (400, 401, 403)
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SCHEDULES: Final = "PrivilegedEligibilitySchedule.Read.AzureADGroup and PrivilegedAssignmentSchedule.Read.AzureADGroup"
_SCHEDULE: Final = (
    "/identityGovernance/privilegedAccess/group/{kind}ScheduleInstances?$filter=groupId%20eq%20'{group}'"
    "&$select=principalId,accessId,endDateTime"
)


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
        with (
            outcome.reading("principals", expected=0) as people,
            outcome.reading("memberships") as edges,
            outcome.reading("group_owners") as owners,
        ):
            await _Directory(client, outcome, context, people=people, edges=edges, owners=owners).read(ids)
    return outcome


class _Directory:
    """One walk through the directory."""

    def __init__(
        self,
        client: GraphClient,
        outcome: Outcome,
        context: Context,
        *,
        people: Reading,
        edges: Reading,
        owners: Reading,
    ) -> None:
        self.client = client
        self.outcome = outcome
        self.context = context
        self.people = people
        self.edges = edges
        self.owners = owners
        self.with_owners = context.selection.wants("group_owners")
        self.kinds: dict[str, str] = {}
        self.members: list[Item] = []
        self.rows: dict[str, Item] = {}
        self.lost: set[str] = set()
        self.unowned: set[str] = set()

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
        await self._describe()
        owners = await self._own() if self.with_owners else []
        await self._describe()  # owners whom nothing else names
        rows = [self.rows[key] for key in sorted(self.rows)]
        self.people.items, self.people.expected = len(rows), len(self.kinds)
        tables = {"memberships": self.members, "principals": rows, "group_owners": owners}
        wanted = {name: found for name, found in tables.items() if self.context.selection.wants(name)}
        self.outcome.tables |= {name: table_of(name, found, outcome=self.outcome) for name, found in wanted.items()}

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
                with shaped():
                    kinds = {item["id"].lower(): kind_of(item) for item in answer["value"]}
            except AzureError as error:
                failure = describe(error, f"{GROUPS}, {USERS} and {APPS} of Microsoft Graph")
                self.outcome.failed(self.people, "", *failure, tables=("principals", "memberships", "group_owners"))
                return False
            self.kinds.update(kinds)
            self.context.journal.record("directory:kinds", key, kinds)
            self.people.pages += 1
        return True

    async def _list(self) -> None:
        """Everybody there is, page by page; a kind that may not be listed is a gap."""
        part = "directory:everybody"
        known = self.context.journal.done(part)
        with self.context.progress.task("directory") as task:
            for kind, collection in LISTS.items():
                query = query_of(kind, sign_ins=self.context.settings.sign_ins, owners=self.with_owners)
                link = f"{collection}?{query}&$top={PAGE[kind]}"
                markers = Markers(self.context.settings)
                while link:
                    try:
                        markers.add(link)
                        page = known[link] if link in known else await self.client.ask(link, needs="value")
                        with shaped():
                            rows = [principal(kind, item) for item in page["value"]]
                        following = self.client.following(page)
                    except AzureError as error:
                        failure = describe(error, f"{PERMISSIONS[kind]} of Microsoft Graph")
                        self.outcome.failed(self.people, collection, *failure)
                        break
                    self.context.journal.record(part, link, page)
                    self.people.pages += 1
                    self.rows |= {row["principal_id"]: row for row in rows}
                    self.kinds |= {row["principal_id"]: kind for row in rows}
                    task.advance(len(rows))
                    link = following

    async def _follow(self, groups: Sequence[str]) -> None:
        """Members of groups, and what the members are."""
        paths = {group: f"/groups/{group}/members?$select=id&$top=999" for group in groups}
        found = await self._pages(
            paths, reference, self.edges, part="directory:members", label="members of groups", permission=GROUPS
        )
        for group in groups:
            members = found.get(group, [])
            self._meet(members)
            self.members += [{"group_id": group, "member_id": one["id"], "state": "active"} for one in members]

    async def _schedules(self, groups: Sequence[str]) -> None:
        """Members that are only eligible, and when memberships end."""
        found: dict[str, dict[str, list[Item]]] = {}
        for kind in ("eligibility", "assignment"):
            found[kind] = await self._pages(
                {group: _SCHEDULE.format(kind=kind, group=group) for group in groups},
                schedule,
                self.edges,
                part=f"directory:{kind}",
                label="eligible members" if kind == "eligibility" else "ends of memberships",
                permission=SCHEDULES,
            )
        ends = {
            (group, item["id"]): item["ends"]
            for group, items in found["assignment"].items()
            for item in items
            if item["member"] and item["ends"]
        }
        for row in self.members:
            row["expires_at"] = ends.get((row["group_id"], row["member_id"]), row.get("expires_at"))
        eligible = [
            {"group_id": group, "member_id": item["id"], "state": "eligible", "expires_at": item["ends"]}
            for group, items in found["eligibility"].items()
            for item in items
            if item["member"]
        ]
        self.members += eligible
        await self._identify(sorted({row["member_id"] for row in eligible} - set(self.kinds)))

    async def _pages(
        self,
        paths: dict[str, str],
        parse: Callable[[Item], Item],
        reading: Reading,
        *,
        part: str,
        label: str,
        permission: str,
    ) -> dict[str, list[Item]]:
        """All pages of a listing per group, parsed; a group whose listing fails is a gap and is left out."""
        markers = {group: Markers(self.context.settings) for group in paths}
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
                    try:
                        _check(answer)
                        with shaped():
                            partial[group] += [parse(item) for item in answer["body"]["value"]]
                        if link := self.client.following(answer["body"]):
                            markers[group].add(link)
                            following[group] = link
                    except AzureError as error:
                        self._gap(reading, group, answer, error, permission)
                        continue
                    reading.pages += 1
                    if not link:
                        found[group] = partial[group]
                        self.context.journal.record(part, group, partial[group])
                        task.advance(1)
                pages = following
        return found

    async def _describe(self) -> None:
        """Name, department, manager and state of every principal that is not known yet, and the owners of groups."""
        part = "directory:objects"
        known = self.context.journal.done(part)
        missing = sorted(key for key in self.kinds if key not in self.rows and key not in self.lost)
        self.rows |= {key: known[key] for key in missing if key in known}
        missing = [key for key in missing if key not in self.rows]
        step = BATCH * self.context.settings.concurrency
        with self.context.progress.task("principals", total=len(missing)) as task:
            for start in range(0, len(missing), step):
                answers = await self._ask(missing[start : start + step])
                for key, answer in answers.items():
                    task.advance(1)
                    kind = self.kinds[key]
                    try:
                        _check(answer)
                        with shaped():
                            row = principal(kind, answer["body"] | {"id": key})
                    except AzureError as error:
                        self.lost.add(key)
                        self._gap(self.people, key, answer, error, PERMISSIONS[kind])
                        continue
                    self.people.pages += 1
                    self.rows[key] = row
                    if kind != "group" or not self.with_owners or row["owners"] is not None:
                        self.context.journal.record(part, key, row)

    async def _ask(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Ask for principals; a group that is refused with its owners is asked for without them."""
        answers = await self.client.batch({key: self._path(key, owners=self.with_owners) for key in keys})
        failed = [key for key in keys if self.kinds[key] == "group" and answers[key]["status"] != 200]
        if self.with_owners:
            for key in failed:
                self._gap(self.owners, key, answers[key], None, GROUPS)
            self.unowned.update(failed)
            refused = [key for key in failed if answers[key]["status"] in REFUSED]
            answers |= await self.client.batch({key: self._path(key, owners=False) for key in refused})
        return answers

    async def _own(self) -> list[Item]:
        """Rows of group_owners, of the groups whose owners could be read, and what the owners are."""
        groups = {key: row for key, row in self.rows.items() if row["kind"] == "group"}
        owned = {key: row["owners"] for key, row in groups.items() if row["owners"] is not None}
        for key in sorted(groups.keys() - owned.keys() - self.unowned):
            missing = ServiceResponseError("a group without its owners")
            self._gap(self.owners, key, {"status": 0}, missing, GROUPS)
        full = sorted(key for key, owners in owned.items() if len(owners) >= EXPANDED)
        for key in full:
            del owned[key]
        paths = {key: f"/groups/{key}/owners?$select=id&$top=999" for key in full}
        owned |= await self._pages(
            paths, reference, self.owners, part="directory:owners", label="owners of groups", permission=GROUPS
        )
        for owners in owned.values():
            self._meet(owners)
        self.owners.pages, self.owners.expected = len(owned), len(groups) + len(self.unowned - groups.keys())
        rows = [{"group_id": key, "owner_id": one["id"]} for key in sorted(owned) for one in owned[key]]
        self.owners.items = len(rows)
        return rows

    def _meet(self, found: Iterable[Item]) -> None:
        """Note members and owners of a kind that can be described."""
        for one in found:
            if one["kind"] in LISTS:
                self.kinds.setdefault(one["id"], one["kind"])

    def _path(self, key: str, *, owners: bool) -> str:
        """Path of one principal."""
        kind = self.kinds[key]
        query = query_of(kind, sign_ins=self.context.settings.sign_ins, owners=owners)
        return f"{LISTS[kind]}/{key}?{query}"

    def _gap(self, reading: Reading, key: str, answer: Answer, error: AzureError | None, permission: str) -> None:
        status = answer["status"]
        if error := answer.get("error") or (error if status in (0, 200) else None):
            failure = describe(error, f"{permission} of Microsoft Graph")
        elif status in (401, 403):
            failure = str(status), f"denied: needs {permission} of Microsoft Graph"
        elif status == 404:
            failure = "404", "it is not there, or not any more"
        else:
            failure = str(status), "the service failed, again and again"
        self.outcome.failed(reading, key, *failure)


def _check(answer: Answer) -> None:
    """Raise where a part of a batch did not succeed; `_Directory._gap` says why by its status."""
    if answer["status"] != 200:
        raise answer.get("error") or ServiceResponseError("a part of a batch failed")
