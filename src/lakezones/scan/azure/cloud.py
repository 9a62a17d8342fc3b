"""How every client of the management plane, the directory and the logs is built: one pipeline, read-only by force.

In: settings, or a `Context`. Out: credentials, and arguments that the official clients take. Their policies
leave out the SDK's logging, which could write addresses and headers, and its automatic registration of resource
providers, which would write to a subscription.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    AsyncHTTPPolicy,
    ContentDecodePolicy,
    ProxyPolicy,
    RequestIdPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.mgmt.core.policies import AsyncARMChallengeAuthenticationPolicy

from lakezones.scan.azure.bounds import check_origin
from lakezones.scan.azure.retries import ReadRetryPolicy
from lakezones.scan.azure.transport import transport
from lakezones.scan.context import Context
from lakezones.scan.settings import ScanSettings

_QUERIES: Final = ("/$batch", "/directoryObjects/getByIds", "/providers/Microsoft.ResourceGraph/resources", "/query")


class WriteRefused(AssertionError):
    """A client was about to send something other than a read: a fault of lakezones, stopped before it left."""


class ReadOnlyPolicy(SansIOHTTPPolicy[Any, Any]):
    """Lets reads and the few queries that are posted pass, to one endpoint, and nothing else.

    Parameters
    ----------
    endpoint
        Whose answers say where a listing goes on; a link to anywhere else is not followed.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Refuse anything that could change what is scanned, or would hand a token to another host.

        Raises
        ------
        AnswerRefused
            If an answer led to another host.
        """
        sent = request.http_request
        check_origin(sent.url, self._endpoint)
        if sent.method in ("GET", "HEAD"):
            return
        path = urlsplit(sent.url).path
        if sent.method == "POST" and path.endswith(_QUERIES):
            return
        raise WriteRefused(f"{sent.method} {path}")


class WholeAnswerPolicy(AsyncHTTPPolicy[Any, Any]):
    """Sits below the retries and lets them ask again for an answer that is cut off."""

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send and look whether the answer is whole JSON."""
        response = await self.next.send(request)
        answer = response.http_response
        if answer.status_code == 200:
            body = answer.body() if callable(getattr(answer, "body", None)) else answer.content
            try:
                json.loads(body)
            except (ValueError, RecursionError) as error:
                raise ServiceResponseError("malformed answer: not JSON", response=answer) from error
        return response


def options(settings: ScanSettings, credential: Any, endpoint: str) -> dict[str, Any]:
    """Arguments of a client: its pipeline, from the caller's request down to the transport."""
    authenticate = AsyncBearerTokenCredentialPolicy(credential, _scope(endpoint))
    return {"policies": _policies(settings, authenticate, endpoint), "transport": transport(settings)}


def arm_options(settings: ScanSettings, credential: Any) -> dict[str, Any]:
    """Arguments of a client of the management plane."""
    endpoint = settings.arm_endpoint
    scope = _scope(endpoint)
    return {
        "base_url": endpoint,
        "credential_scopes": [scope],
        "policies": _policies(settings, AsyncARMChallengeAuthenticationPolicy(credential, scope), endpoint),
        "transport": transport(settings),
    }


def _scope(endpoint: str) -> str:
    return f"{endpoint.rstrip('/')}/.default"


def _policies(settings: ScanSettings, authenticate: AsyncHTTPPolicy[Any, Any], endpoint: str) -> list[Any]:
    return [
        ReadOnlyPolicy(endpoint),
        RequestIdPolicy(),
        UserAgentPolicy("lakezones"),
        ProxyPolicy(),
        ContentDecodePolicy(),
        ReadRetryPolicy.of(settings),
        WholeAnswerPolicy(),
        authenticate,
    ]


@asynccontextmanager
async def credential_of(context: Context) -> AsyncIterator[Any]:
    """The credential that was passed in, or the machine's own, closed at the end."""
    if context.credential is not None:
        yield context.credential
        return
    from azure.identity.aio import DefaultAzureCredential

    async with DefaultAzureCredential() as credential:
        yield credential
