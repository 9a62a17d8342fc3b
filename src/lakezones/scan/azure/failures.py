"""Describes a failed read, in a code and in words that hold no secret.

In: an error of azure-core. Out: a code for counting and a reason for people, with the permission that is missing
where that is the cause. Messages of services are not repeated: they may quote headers or addresses with signatures.
"""

import json
import re
from typing import Any

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ServiceRequestError,
)

from lakezones.scan.azure.bounds import AnswerRefused

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]{2,79}")


def describe(error: AzureError, action: str) -> tuple[str, str]:
    """Code of a failed read and its reason in words.

    Parameters
    ----------
    error
        What azure-core raised after all retries.
    action
        The permission that the read needs.

    Examples
    --------
    >>> describe(ServiceRequestError("refused"), "x/read")
    ('no_answer', 'the service could not be reached')
    """
    if isinstance(error, AnswerRefused):
        return error.code, error.reason
    status = getattr(error, "status_code", None)
    if isinstance(error, HttpResponseError) and status is not None and not isinstance(error, DecodeError):
        name = _name(error)
        if status in (401, 403):
            return str(status), f"{name or 'denied'}: needs {action}"
        if status == 404:
            return "404", f"{name or 'not found'}: it is not there, or not any more"
        if status == 429:
            return "429", f"{name or 'throttled'}: the service asked to slow down, again and again"
        if 300 <= status < 400:
            return str(status), "the service points to another address, and credentials are not sent there"
        if status >= 400:
            return str(status), f"{name or 'the service failed'}, again and again"
    if isinstance(error, ClientAuthenticationError):
        return "no_token", "no credential could be had"
    if isinstance(error, ServiceRequestError):
        return "no_answer", "the service could not be reached"
    return "bad_answer", "the answer was cut off or malformed, again and again"


def _name(error: HttpResponseError) -> str:
    """The service's own name of the error; never its message."""
    headers: Any = getattr(error.response, "headers", None) or {}
    found = str(headers.get("x-ms-error-code") or "")
    if not found and error.error is not None:
        found = str(getattr(error.error, "code", "") or "")
    if not found:
        try:
            body = json.loads(error.response.text())  # type: ignore[union-attr]
            found = str(body["error"]["code"])
        except (ValueError, KeyError, TypeError, AttributeError, AzureError):
            found = ""
    return found if _NAME.fullmatch(found) else ""
