"""One key in Azure Key Vault: its public half, and signatures of digests. Nothing is ever written to a vault.

In: the address of a key. Out: answers of the REST API 7.4 as they are
(https://learn.microsoft.com/rest/api/keyvault/keys), or an error that says what is missing. Tested against recorded
answers alone.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from azure.core import PipelineClient
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RedirectPolicy, RetryPolicy, UserAgentPolicy
from azure.core.rest import HttpRequest

from lakezones.errors import ConfigError, LakezonesError, ServiceUnavailable

_VERSION: Final = "7.4"
_KEY: Final = re.compile(
    r"(?P<vault>https://[a-z0-9-]{3,63}\.(?P<cloud>vault\.azure\.net|vault\.azure\.cn|vault\.usgovcloudapi\.net))"
    r"/keys/(?P<name>[0-9A-Za-z-]{1,127})(?:/(?P<version>[0-9a-f]{32}))?/?"
)
_ROLE: Final = "the key needs the role Key Vault Crypto User, or the permissions keys/get and keys/sign"


class VaultKey:
    """A key in a vault; see `lakezones.review.log.signing.Call`.

    Parameters
    ----------
    address
        ``https://VAULT.vault.azure.net/keys/NAME``, with a version or without, which is the newest then.
    credential
        Whoever may sign; what `DefaultAzureCredential` finds by default.
    transport
        What carries requests; another one in tests.

    Raises
    ------
    ConfigError
        If it is no address of a key: a token is sent to vaults of Azure alone.
    """

    def __init__(self, address: str, *, credential: Any = None, transport: Any = None) -> None:
        found = _KEY.fullmatch(address)
        if found is None:
            raise ConfigError(
                f"signing key {address[:120]!r} is not in Azure Key Vault",
                hint="write https://VAULT.vault.azure.net/keys/NAME, or the path of a key in PEM",
            )
        if credential is None:
            from azure.identity import DefaultAzureCredential

            credential = DefaultAzureCredential()
        self._vault, self._name, self._version = found["vault"], found["name"], found["version"] or ""
        # Another host would get the token with a redirect; what is signed may be asked for again without harm.
        policies = [
            UserAgentPolicy("lakezones"),
            RedirectPolicy(permit_redirects=False),
            RetryPolicy(retry_total=3, method_whitelist=["GET", "POST"]),
            BearerTokenCredentialPolicy(credential, f"https://{found['cloud']}/.default"),
        ]
        more = {} if transport is None else {"transport": transport}
        self._client: PipelineClient[Any, Any] = PipelineClient(self._vault, policies=policies, **more)

    def __call__(self, part: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Read the key, or ask for a signature by the version that was read.

        Raises
        ------
        ServiceUnavailable
            If the vault does not answer.
        LakezonesError
            If it refuses; says what is missing.
        """
        path = "/".join(one for one in (f"{self._vault}/keys/{self._name}", self._version) if one) + part
        method = "GET" if body is None else "POST"
        request = HttpRequest(method, path, params={"api-version": _VERSION}, json=body)
        name = f"{self._vault}/keys/{self._name}"
        try:
            response = self._client.send_request(request)
            answer = json.loads(response.text())
        except ClientAuthenticationError as error:
            raise LakezonesError(
                f"signing key {name}: nobody is signed in ({error.message.splitlines()[0][:120]})", hint="run: az login"
            ) from None
        except AzureError as error:
            raise ServiceUnavailable(
                f"signing key {name}: the vault does not answer ({type(error).__name__})",
                hint="nothing was recorded; try again, or take [review.signing] key away",
            ) from None
        except (ValueError, RecursionError):
            raise ServiceUnavailable(f"signing key {name}: the answer is not JSON") from None
        if response.status_code != 200 or not isinstance(answer, dict):
            raise LakezonesError(f"signing key {name}: {_why(response.status_code, answer)}", hint=_ROLE)
        if body is None and not self._version:
            kid = _KEY.fullmatch(str((answer.get("key") or {}).get("kid", "")))
            if kid is None or kid["vault"] != self._vault or not kid["version"]:
                raise LakezonesError(f"signing key {name}: the answer does not name a version of it")
            self._version = kid["version"]
        return answer


def _why(status: int, answer: object) -> str:
    """What a refusal says, in one line."""
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    words = {401: "not signed in", 403: "not allowed", 404: "there is no such key"}
    return f"{words.get(status, 'refused')} ({status}{f', {str(code)[:60]}' if code else ''})"
