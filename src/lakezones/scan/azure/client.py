"""The storage services' clients for scans: the SDK's endpoint, credentials and signing, our parsing below its retries.

In: a `Source` and settings. Out: `StorageClient`, whose `get` answers parsed documents, and `LakeClient`, whose `acl`
answers what getAccessControl returns. It is the only module that touches the SDK's inner parts: it takes the credential
and header policies that `BlobServiceClient` and `DataLakeServiceClient` have made and puts them in a shorter pipeline
of azure-core's own policies. The parser sits below the retry policy, so that a cut-off or malformed answer counts as
a failed response and is asked for again like any other. The SDK makes three clients for every path whose ACL is asked
for, which takes ten times as long as asking.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from azure.core.exceptions import HttpResponseError, ServiceResponseError
from azure.core.pipeline import AsyncPipeline, PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.pipeline.transport import HttpRequest
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.filedatalake.aio import DataLakeServiceClient

from lakezones.errors import UsageError
from lakezones.scan.azure.bounds import Markers, shaped
from lakezones.scan.azure.retries import ReadRetryPolicy
from lakezones.scan.azure.transport import OpenClient, transport
from lakezones.scan.azure.xml import MalformedAnswer
from lakezones.scan.settings import ScanSettings
from lakezones.scan.sources import Source

Parsed = TypeVar("Parsed")
_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_PARSE: Final = "lakezones_parse"
_PARSED: Final = "lakezones_parsed"
_GOOD: Final = (200, 206)
_CONTINUED: Final = "x-ms-continuation"
_ACL_HEADERS: Final = {"acl": "acl", "owner": "owner", "owning_group": "group"}


class StorageClient(OpenClient):
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
        self._base = f"{self._client.scheme}://{self._client.primary_hostname}"
        self._headers = {"x-ms-version": self._client.api_version, "Accept": "application/xml"}
        self._pipeline = _pipeline(self._client, connection, settings)

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
        return await _ask(self._pipeline, request, lambda response: parse(response.body()))

    async def part(self, path: str, start: int, length: int) -> tuple[bytes, int]:
        """Bytes of a blob from `start` on, `length` of them or as many as there are, and how many it has in all.

        Raises
        ------
        azure.core.exceptions.AzureError
            If they cannot be had whole.
        """
        headers = {**self._headers, "Accept": "*/*", "x-ms-range": f"bytes={start}-{start + length - 1}"}
        try:
            return await _ask(self._pipeline, HttpRequest("GET", f"{self._base}/{quote(path)}", headers=headers), _part)
        except HttpResponseError as error:
            if error.status_code == 416:  # nothing begins there, not even in a blob without content
                return b"", start
            raise

    async def __aexit__(self, *error: object) -> None:
        await super().__aexit__(*error)
        if self._owned is not None:
            await self._owned.close()


class LakeClient(OpenClient):
    """Reads of the Data Lake endpoint of one account.

    Parameters
    ----------
    endpoint
        ``https://ACCOUNT.dfs.core.windows.net``.
    credential
        Signs requests.
    """

    def __init__(self, endpoint: str, *, settings: ScanSettings, credential: Any) -> None:
        connection = transport(settings)
        self._settings = settings
        self._client = DataLakeServiceClient(endpoint, credential=credential, transport=connection)
        inner: Any = self._client
        self._base = f"{inner.scheme}://{inner.primary_hostname}"
        self._headers = {"x-ms-version": self._client.api_version, "Accept": "application/json"}
        self._pipeline = _pipeline(self._client, connection, settings)

    async def acl(self, container: str, path: str) -> dict[str, str]:
        """ACL, owner and owning group of a path, all as ids.

        Raises
        ------
        azure.core.exceptions.AzureError
            If they cannot be had.
        """
        url = f"{self._base}/{quote(container)}/{quote(path)}?action=getAccessControl&upn=false"
        return await _ask(self._pipeline, HttpRequest("HEAD", url, headers=dict(self._headers)), _access_control)

    async def folders(self, container: str, below: str | None) -> list[str]:
        """Paths of the folders directly below one; None is the root.

        Raises
        ------
        azure.core.exceptions.AzureError
            If they cannot be had, or the listing does not end.
        """
        query = {"resource": "filesystem", "recursive": "false", "maxResults": "5000"}
        query |= {"directory": below} if below else {}
        markers = Markers(self._settings)
        found: list[str] = []
        while True:
            url = f"{self._base}/{quote(container)}?{urlencode(query)}"
            request = HttpRequest("GET", url, headers=dict(self._headers))
            names, marker = await _ask(self._pipeline, request, _folders)
            found += names
            if not marker:
                return found
            markers.add(marker)
            query["continuation"] = marker


def _pipeline(client: Any, connection: Any, settings: ScanSettings) -> AsyncPipeline[Any, Any]:
    """A pipeline with a service client's own headers and signing, and nothing that reads do not need."""
    config: Any = client._config
    return AsyncPipeline(
        connection,
        policies=[
            config.user_agent_policy,
            config.proxy_policy,
            ReadRetryPolicy.of(settings),
            config.headers_policy,
            client._credential_policy,
            _ParsePolicy(),
        ],
    )


async def _ask(pipeline: AsyncPipeline[Any, Any], request: HttpRequest, parse: Callable[[Any], Parsed]) -> Parsed:
    result = await pipeline.run(request, stream=False, **{_PARSE: parse})
    response = result.http_response
    if response.status_code not in _GOOD:
        raise HttpResponseError(message=_code(response), response=response)
    return result.context[_PARSED]  # type: ignore[no-any-return]


def _part(response: Any) -> tuple[bytes, int]:
    body: bytes = response.body()
    sent = _RANGE.fullmatch(response.headers.get("Content-Range") or "")
    if sent is None or int(sent[2]) - int(sent[1]) + 1 != len(body):
        raise MalformedAnswer("a part of a blob of another size than its header states")
    return body, int(sent[3])


def _access_control(response: Any) -> dict[str, str]:
    headers = response.headers
    found = {name: headers.get(f"x-ms-{header}") for name, header in _ACL_HEADERS.items()}
    if not all(found.values()):
        raise MalformedAnswer("an answer without an ACL")
    return found


def _folders(response: Any) -> tuple[list[str], str]:
    """Folders of a page of List Paths, and where it goes on."""
    paths = json.loads(response.body())["paths"]
    names = [str(path["name"]) for path in paths if str(path.get("isDirectory", "")).lower() == "true"]
    return names, response.headers.get(_CONTINUED) or ""


class _ParsePolicy(AsyncHTTPPolicy[Any, Any]):
    """Parses a good answer where the retry policy can still ask again."""

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        parse = request.context.options.pop(_PARSE, None) or request.context[_PARSE]
        request.context[_PARSE] = parse
        response = await self.next.send(request)
        if response.http_response.status_code in _GOOD:
            try:
                with shaped():
                    response.context[_PARSED] = parse(response.http_response)
            except MalformedAnswer as error:
                raise ServiceResponseError(f"malformed answer: {error}") from error
        return response


def _code(response: Any) -> str:
    return str(response.headers.get("x-ms-error-code") or response.reason or response.status_code)
