"""Asks Microsoft Graph: a few REST calls over azure-core's pipeline, since its SDK is larger than all else together.

In: paths below ``/v1.0``. Out: answers as JSON. Many paths go twenty to a batch; a throttled part of a batch is asked
for again after the wait it names.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from azure.core import AsyncPipelineClient
from azure.core.exceptions import AzureError, HttpResponseError, ServiceResponseError
from azure.core.rest import HttpRequest

from lakezones.scan.azure import cloud
from lakezones.scan.azure.bounds import AnswerRefused, check_origin, shaped
from lakezones.scan.azure.retries import Patience
from lakezones.scan.azure.transport import OpenClient
from lakezones.scan.context import Context

Answer = dict[str, Any]

BATCH: Final = 20
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})


class GraphClient(OpenClient):
    """Reads of Microsoft Graph.

    Parameters
    ----------
    context
        Endpoint, retries and concurrency.
    credential
        Signs requests.
    """

    def __init__(self, context: Context, credential: Any) -> None:
        self._settings = context.settings
        endpoint = self._settings.graph_endpoint
        self.base = f"{endpoint.rstrip('/')}/v1.0"
        self._patience = Patience(self._settings)
        self._client: Any = AsyncPipelineClient(self.base, **cloud.options(self._settings, credential, endpoint))

    async def ask(self, path: str, body: Any = None, *, needs: str) -> Answer:
        """Ask for a path, by POST where there is a body; the answer must be an object that has the key `needs`.

        Raises
        ------
        azure.core.exceptions.AzureError
            If it cannot be had, after all retries.
        """
        request = HttpRequest("GET" if body is None else "POST", f"{self.base}{path}", json=body)
        response = await self._client.send_request(request)
        if response.status_code != 200:
            raise HttpResponseError(response=response)
        with shaped():
            found = json.loads(response.content)
        if not isinstance(found, dict) or not isinstance(found.get(needs), list):
            raise ServiceResponseError(f"an answer without a list of {needs}")
        return found

    def following(self, page: Answer) -> str:
        """Path of the page after this one; empty where it is the last.

        Raises
        ------
        AnswerRefused
            If the link leads elsewhere than to this service.
        """
        link = str(page.get("@odata.nextLink") or "")
        if not link:
            return ""
        check_origin(link, self.base)
        _, version, path = link.partition("/v1.0")
        if not version or not path:
            raise AnswerRefused("other_host", "the answer points to something that is not in the directory")
        return path

    async def batch(self, paths: Mapping[str, str]) -> dict[str, Answer]:
        """Ask for many paths, twenty to a request; parts that are throttled or fail for now are asked for again.

        Returns
        -------
        dict
            By key of `paths`: ``status`` and ``body``; status 0 and ``error`` where the request as a whole failed.
        """
        limit = asyncio.Semaphore(self._settings.concurrency)
        answers: dict[str, Answer] = {}

        async def send(keys: Sequence[str]) -> None:
            waiting = list(keys)
            for attempt in range(self._settings.retries + 1):
                body = {"requests": [{"id": key, "method": "GET", "url": paths[key]} for key in waiting]}
                try:
                    async with limit:
                        found = (await self.ask("/$batch", body, needs="responses"))["responses"]
                    with shaped():
                        parts = {answer["id"]: _part(answer) for answer in found}
                    answers.update({key: parts.get(key, {"status": 503, "body": {}}) for key in waiting})
                    waiting = [key for key in waiting if answers[key]["status"] in _AGAIN]
                    if not waiting or attempt == self._settings.retries:
                        return
                    self._patience.spend(len(waiting))
                    wait = self._wait([answers[key] for key in waiting], attempt)
                except AzureError as error:
                    answers.update({key: {"status": 0, "error": error} for key in waiting})
                    return
                await asyncio.sleep(wait)

        keys = list(paths)
        async with asyncio.TaskGroup() as group:
            for start in range(0, len(keys), BATCH):
                group.create_task(send(keys[start : start + BATCH]))
        return answers

    def _wait(self, answers: Sequence[Answer], attempt: int) -> float:
        """Seconds until throttled parts may be asked for again: what the service says, or doubling waits."""
        with shaped():
            named = [
                float(value)
                for answer in answers
                for name, value in (answer.get("headers") or {}).items()
                if name.lower() == "retry-after" and str(value).isdecimal()
            ]
        return self._patience.wait(max(named)) if named else float(self._settings.backoff_seconds * 2**attempt)


def _part(answer: Answer) -> Answer:
    """A part of a batch: its status, its body and, where it has any, its headers."""
    body = answer.get("body")
    if answer["status"] == 200 and not isinstance(body, dict):
        return {"status": 0, "error": ServiceResponseError("a part of a batch without an object")}
    return {"status": int(answer["status"]), "body": body, "headers": answer.get("headers")}
