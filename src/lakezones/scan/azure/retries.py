"""The one retry policy of every client of a scan: azure-core's, with all our requests counted as reads.

In: settings. Out: a policy for a pipeline. Only this layer retries; stacking another would multiply the waits.
"""

import math
from typing import Any, Self

from azure.core.pipeline.policies import AsyncRetryPolicy

from lakezones.scan.azure.bounds import AnswerRefused
from lakezones.scan.settings import ScanSettings


class Patience:
    """How long a service may ask to wait, and how often one client asks again in all."""

    def __init__(self, settings: ScanSettings) -> None:
        self._longest = settings.max_wait_seconds
        self._most = settings.max_retries
        self.spent = 0

    def wait(self, seconds: float) -> float:
        """The wait that a service asks for.

        Raises
        ------
        AnswerRefused
            If it is longer than the settings allow.
        """
        if not seconds <= self._longest:
            asked = f"{seconds:,.0f} seconds" if math.isfinite(seconds) else "no number of seconds"
            raise AnswerRefused(
                "long_wait",
                f"the service asks to wait {asked}, longer than scan.max_wait_seconds ({self._longest:g}) allows",
            )
        return max(seconds, 0.0)

    def spend(self, count: int = 1) -> None:
        """Note that something is asked for again.

        Raises
        ------
        AnswerRefused
            If that has happened too often.
        """
        if self.spent + count > self._most:
            raise AnswerRefused(
                "retries_spent", f"the service failed, and scan.max_retries ({self._most:,} in all) are spent"
            )
        self.spent += count


class ReadRetryPolicy(AsyncRetryPolicy[Any, Any]):
    """Retries reads, POSTs included: a scan posts nothing but queries, which may be asked twice.

    Retry-After is obeyed up to a bound; without it waits double. 408, 429, 500, 502, 503, 504, connections that break
    and answers that are cut off or malformed count alike. A 401 is asked again once: by then the authentication policy
    below has thrown the refused token away and takes a new one.
    """

    patience: Patience

    @classmethod
    def of(cls, settings: ScanSettings) -> Self:
        """The policy that the settings ask for."""
        made = cls(
            retry_total=settings.retries,
            retry_connect=settings.retries,
            retry_read=settings.retries,
            retry_status=settings.retries,
            retry_backoff_factor=settings.backoff_seconds,
            retry_backoff_max=60,
        )
        made.patience = Patience(settings)
        return made

    def is_retry(self, settings: dict[str, Any], response: Any) -> bool:
        """Whether an answer is to be asked for again."""
        if response.http_response.status_code == 401:
            answers = (entry.http_response for entry in settings["history"])
            return settings["total"] > 0 and not any(a is not None and a.status_code == 401 for a in answers)
        return bool(super().is_retry(settings, response))

    def increment(self, settings: dict[str, Any], response: Any = None, error: Any = None) -> bool:
        """Count a failure; False where there is to be no other try.

        Raises
        ------
        AnswerRefused
            If the client has asked again too often.
        """
        if isinstance(error, AnswerRefused) or not super().increment(settings, response=response, error=error):
            return False
        self.patience.spend()
        return True

    def get_retry_after(self, response: Any) -> float | None:
        """Seconds that the service asks to wait, if it does and they are a wait that is obeyed.

        Raises
        ------
        AnswerRefused
            If they are too many.
        """
        try:
            seconds = super().get_retry_after(response)
        except (TypeError, ValueError, OverflowError):  # neither a number nor a date: as if it were not there
            return None
        return None if seconds is None else self.patience.wait(seconds)

    def _is_method_retryable(self, settings: Any, request: Any, response: Any = None) -> bool:  # noqa: ARG002
        return True
