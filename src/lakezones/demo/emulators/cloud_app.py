"""The answers of ARM, Resource Graph, Graph, Data Lake and Log Analytics as a starlette application.

In: `CloudData` and a credential. Out: an ASGI application that answers in the recorded shapes of the real services,
paging included, so that the official clients read it unmodified. It accepts tokens of its credential, and nothing that
writes. Starlette is imported here alone: import this module where the application is needed, not before.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route, Router
from starlette.types import Receive, Scope, Send

from lakezones.demo.emulators.cloud_data import ARM_NAMES, LOG_COLUMNS, CloudData, Document, rows_of
from lakezones.demo.emulators.credential import LocalCredential

Fault: TypeAlias = Callable[[Request], Response | None]
"""Sees a request before the cloud does; what it returns is the answer, unless it is None."""

EXPANDED = 20
"""Objects of a relation that come with an object."""

_KINDS = {name.lower(): kind for kind, name in ARM_NAMES.items()}


class CloudApp:
    """The application.

    Parameters
    ----------
    data
        What it answers from.
    credential
        Whose tokens it accepts.
    faults
        Asked in turn before every answer.
    page
        Rows per page of every listing.
    log_rows
        Rows that one answer of the logs may hold.
    """

    def __init__(
        self, data: CloudData, credential: LocalCredential, faults: Sequence[Fault], *, page: int, log_rows: int
    ) -> None:
        self.data = data
        self.credential = credential
        self.page = page
        self.log_rows = log_rows
        self.faults = faults
        self._graph = [
            Route("/v1.0/directoryobjects/getbyids", self._graph_kinds, methods=["POST"]),
            Route("/v1.0/groups/{group}/members", self._graph_members),
            Route("/v1.0/groups/{group}/owners", self._graph_owners),
            Route("/v1.0/identitygovernance/privilegedaccess/group/{state}scheduleinstances", self._graph_schedules),
            Route("/v1.0/{collection}", self._graph_collection),
            Route("/v1.0/{collection}/{principal}", self._graph_principal),
        ]
        self._router = Router(
            [
                Route("/subscriptions/{subscription}/providers/microsoft.authorization/{kind}", self._arm),
                Route("/providers/microsoft.resourcegraph/resources", self._resource_graph, methods=["POST"]),
                Route("/v1.0/$batch", self._graph_batch, methods=["POST"]),
                *self._graph,
                Route("/v1/workspaces/{workspace}/query", self._logs, methods=["POST"]),
                Route("/{account}/{container}", self._lake),
                Route("/{account}/{container}/{path:path}", self._lake),
            ],
            redirect_slashes=False,
            default=failure(404, "ResourceNotFound"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        answers = (fault(request) for fault in self.faults)
        response = next((answer for answer in answers if answer is not None), None) or self._refusal(request)
        if response is not None:
            await response(scope, receive, send)
        else:
            await self._router({**scope, "path": scope["path"].lower()}, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        presented = request.headers.get("authorization", "")
        if self.credential.accepts(presented.removeprefix("Bearer ")) or presented.startswith("SharedKey "):
            return None
        return failure(401, "InvalidAuthenticationToken")

    async def _arm(self, request: Request) -> Response:
        kind = _KINDS.get(request.path_params["kind"])
        if kind is None:
            return failure(404, "ResourceNotFound")
        subscription, query = request.path_params["subscription"], _query(request)
        rows = self.data.of_subscription(kind, subscription)
        start = int(query.get("skip", "0"))
        answer: Document = {"value": rows[start : start + self.page]}
        if start + self.page < len(rows):
            answer["nextLink"] = (
                f"{_base(request)}/subscriptions/{subscription}/providers/Microsoft.Authorization/{ARM_NAMES[kind]}"
                f"?api-version={query.get('api-version', '')}&skip={start + self.page}"
            )
        return document(answer)

    async def _resource_graph(self, request: Request) -> Response:
        asked = await request.json()
        text, options = asked["query"].lower(), asked.get("options", {})
        if "storageaccounts" in text:
            rows = [row for row in self.data.accounts if f"'{row['name']}'" in text]
        else:
            kind = "role_definitions" if "roledefinitions" in text else "role_assignments"
            rows = [row for one in asked["subscriptions"] for row in self.data.of_subscription(kind, one)]
        start = int(options.get("$skipToken") or 0)
        found = rows[start : start + min(self.page, int(options.get("$top", 1000)))]
        answer: Document = {
            "totalRecords": len(rows),
            "count": len(found),
            "data": found,
            "facets": [],
            "resultTruncated": "false",
        }
        if start + len(found) < len(rows):
            answer["$skipToken"] = str(start + len(found))
        return document(answer)

    async def _graph_batch(self, request: Request) -> Response:
        asked = (await request.json())["requests"]
        return document({"responses": [await self._part(request, one) for one in reversed(asked)]})  # in any order

    async def _part(self, request: Request, asked: Document) -> Document:
        """Answer one request of a batch."""
        path, _, query = asked["url"].partition("?")
        scope = {
            **request.scope,
            "method": asked["method"],
            "path": f"/v1.0{path}".lower(),
            "query_string": query.encode(),
        }
        for route in self._graph:
            match, found = route.matches(scope)
            if match is Match.FULL:
                answer = await route.endpoint(Request({**scope, **found}))
                break
        else:
            answer = failure(404, "Request_ResourceNotFound")
        return {
            "id": asked["id"],
            "status": answer.status_code,
            "headers": {"Content-Type": "application/json"},
            "body": json.loads(answer.body),
        }

    async def _graph_kinds(self, request: Request) -> Response:
        keys = (await request.json())["ids"]
        found = [self.data.principals[key] for key in keys if key in self.data.principals]
        return document({"value": [{"@odata.type": item["@odata.type"], "id": item["id"]} for item in found]})

    async def _graph_members(self, request: Request) -> Response:
        group = request.path_params["group"]
        if group not in self.data.principals:
            return failure(404, "Request_ResourceNotFound")
        return self._graph_page(self.data.members[group], request)

    async def _graph_owners(self, request: Request) -> Response:
        group = request.path_params["group"]
        if group not in self.data.principals:
            return failure(404, "Request_ResourceNotFound")
        return self._graph_page(self.data.owners[group], request)

    async def _graph_schedules(self, request: Request) -> Response:
        eligible = request.path_params["state"] == "eligibility"
        schedules = self.data.eligible_members if eligible else self.data.timed_members
        group = _query(request).get("$filter", "").partition("'")[2].rstrip("'")
        return self._graph_page(schedules[group], request)

    async def _graph_collection(self, request: Request) -> Response:
        kind = {"users": "user", "groups": "group", "serviceprincipals": "servicePrincipal"}.get(
            request.path_params["collection"]
        )
        if kind is None:
            return failure(404, "Request_ResourceNotFound")
        found = [item for item in self.data.principals.values() if item["@odata.type"] == f"#microsoft.graph.{kind}"]
        items = [self._expanded(item, request) for item in found]
        return self._graph_page(items, request)

    async def _graph_principal(self, request: Request) -> Response:
        found = self.data.principals.get(request.path_params["principal"])
        return document(self._expanded(found, request)) if found else failure(404, "Request_ResourceNotFound")

    def _expanded(self, item: Document, request: Request) -> Document:
        """A group with its owners where they are asked for, no more than Graph expands."""
        if item["@odata.type"] != "#microsoft.graph.group" or "owners" not in _query(request).get("$expand", ""):
            return item
        return item | {"owners": self.data.owners[item["id"].lower()][:EXPANDED]}

    def _graph_page(self, rows: Sequence[Document], request: Request) -> Response:
        query = _query(request)
        start = int(query.pop("$skiptoken", "0"))
        end = start + min(self.page, int(query.get("$top", "100")))
        answer: Document = {"value": rows[start:end]}
        if end < len(rows):
            more = urlencode({**query, "$skiptoken": end})
            answer["@odata.nextLink"] = f"{_base(request)}{request.scope['path']}?{more}"
        return document(answer)

    async def _lake(self, request: Request) -> Response:
        query, found = _query(request), request.path_params
        if request.method == "HEAD" and query.get("action") == "getAccessControl":
            row = self.data.acls.get((found["account"], found["container"], found.get("path", "").strip("/")))
            if row is None:
                return Response(status_code=404, headers={"x-ms-error-code": "PathNotFound"})
            said = {
                "x-ms-owner": row["owner"] or "$superuser",
                "x-ms-group": row["owning_group"] or "$superuser",
                "x-ms-permissions": "rwxr-x---",
                "x-ms-acl": row["acl"],
            }
            return Response(headers=said)
        if request.method == "GET" and query.get("resource") == "filesystem":
            return self._listing(found["account"], found["container"], query.get("directory", "").strip("/"))
        return Response(status_code=404, headers={"x-ms-error-code": "FilesystemNotFound"})

    def _listing(self, account: str, container: str, folder: str) -> Response:
        depth = folder.count("/") + 1 if folder else 0
        below = sorted(
            path
            for holder, name, path in self.data.acls
            if (holder, name) == (account, container) and path and path.count("/") == depth and path.startswith(folder)
        )
        return document({"paths": [{"name": path, "isDirectory": "true"} for path in below]})

    async def _logs(self, request: Request) -> Response:
        start, slash, end = ((await request.json()).get("timespan") or "").partition("/")
        # A span without a start and an end ("P1D") reaches back from now, which is not when the tables are of.
        rows = rows_of(self.data.used(_moment(start), _moment(end)) if slash else self.data.usage.head(1))
        table = {
            "name": "PrimaryResult",
            "columns": [{"name": name, "type": kind} for name, kind in LOG_COLUMNS.items()],
            "rows": rows[: self.log_rows],
        }
        if len(rows) <= self.log_rows:
            return document({"tables": [table]})
        return document({"tables": [table], "error": {"code": "PartialError", "message": "too many rows"}})


def document(content: Any, status: int = 200) -> Response:
    """Return an answer in JSON."""
    return Response(json.dumps(content), status, media_type="application/json")


def failure(status: int, code: str) -> Response:
    """Return an error in the shape of ARM and Graph."""
    return document({"error": {"code": code, "message": "refused by the local cloud"}}, status)


def _base(request: Request) -> str:
    return f"https://{request.headers.get('host', '')}"


def _query(request: Request) -> dict[str, str]:
    """Parameters of the query by their names in lower case."""
    return {name.lower(): value for name, value in request.query_params.items()}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
