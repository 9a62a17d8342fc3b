"""The one retry policy of every client of a scan: azure-core's, with all our requests counted as reads.

In: settings. Out: a policy for a pipeline. Only this layer retries; stacking another would multiply the waits.
"""

from typing import Any, Self

from azure.core.pipeline.policies import AsyncRetryPolicy

from lakezones.scan.settings import ScanSettings


class ReadRetryPolicy(AsyncRetryPolicy[Any, Any]):
    """Retries reads, POSTs included: a scan posts nothing but queries, which may be asked twice.

    Retry-After is obeyed; without it waits double. 408, 429, 500, 502, 503, 504, connections that break and answers
    that are cut off or malformed count alike. A 401 is asked again once: by then the authentication policy below has
    thrown the refused token away and takes a new one.
    """

    @classmethod
    def of(cls, settings: ScanSettings) -> Self:
        """The policy that the settings ask for."""
        return cls(
            retry_total=settings.retries,
            retry_connect=settings.retries,
            retry_read=settings.retries,
            retry_status=settings.retries,
            retry_backoff_factor=settings.backoff_seconds,
            retry_backoff_max=60,
        )

    def is_retry(self, settings: dict[str, Any], response: Any) -> bool:
        """Whether an answer is to be asked for again."""
        if response.http_response.status_code == 401:
            answers = (entry.http_response for entry in settings["history"])
            return settings["total"] > 0 and not any(a is not None and a.status_code == 401 for a in answers)
        return bool(super().is_retry(settings, response))

    def _is_method_retryable(self, settings: Any, request: Any, response: Any = None) -> bool:  # noqa: ARG002
        return True


class StorageReadRetryPolicy(ReadRetryPolicy):
    """The same inside a whole storage client, whose other policies expect a few services of the one it replaces."""

    async def send(self, request: Any) -> Any:
        """Take what is meant for the storage clients' own retry policy, and leave what they expect from it."""
        options = request.context.options
        options.pop("hosts", None)
        options.pop("retry_to_secondary", None)
        mode = options.pop("location_mode", "primary")
        response = await super().send(request)
        response.http_response.location_mode = mode
        return response
