"""The blob service's client for scans: the SDK's endpoint, credentials and signing, with lxml below its retries.

In: a `Source` and settings. Out: `StorageClient`, whose `get` answers parsed documents. It is the only module that
touches the SDK's inner parts: it takes the credential and header policies that `BlobServiceClient` has made and puts
them in a shorter pipeline of azure-core's own policies. The parser sits below the retry policy, so that a cut-off or
malformed answer counts as a failed response and is asked for again like any other.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote, urlencode

from azure.core.exceptions import HttpResponseError, ServiceResponseError
from azure.core.pipeline import AsyncPipeline, PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.pipeline.transport import HttpRequest
from azure.storage.blob.aio import BlobServiceClient

from lakezones.errors import UsageError
from lakezones.scan.retries import ReadRetryPolicy
from lakezones.scan.settings import ScanSettings
from lakezones.scan.sources import Source
from lakezones.scan.transport import transport
from lakezones.scan.xml import MalformedAnswer

Parsed = TypeVar("Parsed")
_PARSE: Final = "lakezones_parse"
_PARSED: Final = "lakezones_parsed"


class StorageClient:
    """Reads of one storage account.

    Parameters
    ----------
    source
        A storage source.
    settings
        Retries and timeouts.
    credential
        Signs requests where the source brings no credential of its own.
    """

    def __init__(self, source: Source, *, settings: ScanSettings, credential: Any = None) -> None:
        self._owned: Any = None
        credential = source.credential or credential
        if credential is None and source.location.startswith("http://"):
            raise UsageError(
                f"{source.location}: nothing to sign with, and a sign-in token is not sent over plain HTTP",
                hint="name the source azurite, or put its connection string in AZURE_STORAGE_CONNECTION_STRING",
            )
        if credential is None:
            from azure.identity.aio import DefaultAzureCredential

            credential = self._owned = DefaultAzureCredential()
        connection = transport(settings)
        self._client = BlobServiceClient(source.location, credential=credential, transport=connection)
        config: Any = self._client._config
        signing: Any = self._client._credential_policy
        self._base = f"{self._client.scheme}://{self._client.primary_hostname}"
        self._headers = {"x-ms-version": self._client.api_version, "Accept": "application/xml"}
        self._pipeline: AsyncPipeline[Any, Any] = AsyncPipeline(
            connection,
            policies=[
                config.user_agent_policy,
                config.proxy_policy,
                ReadRetryPolicy.of(settings),
                config.headers_policy,
                signing,
                _ParsePolicy(),
            ],
        )

    @property
    def account(self) -> str:
        """Name of the storage account."""
        return str(self._client.account_name)

    async def get(self, parse: Callable[[bytes], Parsed], *, path: str = "", **query: str) -> Parsed:
        """Ask for a document and parse it.

        Parameters
        ----------
        parse
            Makes the result from the body; a `MalformedAnswer` from it counts as a failed response.
        path
            Container, or empty for the account.

        Raises
        ------
        azure.core.exceptions.HttpResponseError
            If the answer, after all retries, is not 200.
        azure.core.exceptions.AzureError
            If there is no answer.
        """
        url = f"{self._base}/{quote(path)}?{urlencode(query)}"
        request = HttpRequest("GET", url, headers=dict(self._headers))
        result = await self._pipeline.run(request, stream=False, **{_PARSE: parse})
        response = result.http_response
        if response.status_code != 200:
            raise HttpResponseError(message=_code(response), response=response)
        return result.context[_PARSED]  # type: ignore[no-any-return]

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)
        if self._owned is not None:
            await self._owned.close()


class _ParsePolicy(AsyncHTTPPolicy[Any, Any]):
    """Parses a good answer where the retry policy can still ask again."""

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        parse = request.context.options.pop(_PARSE, None) or request.context[_PARSE]
        request.context[_PARSE] = parse
        response = await self.next.send(request)
        if response.http_response.status_code == 200:
            try:
                response.context[_PARSED] = parse(response.http_response.body())
            except MalformedAnswer as error:
                raise ServiceResponseError(f"malformed answer: {error}") from error
        return response


def _code(response: Any) -> str:
    return str(response.headers.get("x-ms-error-code") or response.reason or response.status_code)
