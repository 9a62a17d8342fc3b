"""A key in a vault is asked over HTTPS at Azure's addresses alone, by answers that Microsoft's reference shows."""

import json
from types import SimpleNamespace
from typing import Any, Self

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from lakezones.errors import ConfigError, LakezonesError, ServiceUnavailable
from lakezones.scan.azure.vault import VaultKey

ADDRESS = "https://bank.vault.azure.net/keys/review"
VERSION = "9885aa558e8d448789683188f8c194b0"
KEY = {"key": {"kid": f"{ADDRESS}/{VERSION}", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, "attributes": {}}


class Credential:
    def __init__(self, error: Exception | None = None) -> None:
        self.scopes: list[str] = []
        self.error = error

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.scopes += scopes
        if self.error is not None:
            raise self.error
        return AccessToken("the-token", 4_000_000_000)


class Recorded:
    """A transport that answers as a vault did."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def open(self) -> None: ...

    def close(self) -> None: ...

    def sleep(self, _: float) -> None: ...

    def send(self, request: Any, **_: Any) -> Any:
        self.sent.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        text = body if isinstance(body, str) else json.dumps(body)
        return SimpleNamespace(
            status_code=status, headers=headers[0] if headers else {}, text=lambda: text, request=request, reason=""
        )


def vault(*answers: Any, address: str = ADDRESS, credential: Credential | None = None) -> tuple[VaultKey, Recorded]:
    transport = Recorded(*answers)
    return VaultKey(address, credential=credential or Credential(), transport=transport), transport


def test_a_signature_is_asked_of_the_version_that_was_read() -> None:
    credential = Credential()
    key, transport = vault((200, KEY), (200, {"value": "signature"}), credential=credential)
    assert key("", None) == KEY
    assert key("/sign", {"alg": "ES256", "value": "digest"}) == {"value": "signature"}
    assert [(one.method, one.url) for one in transport.sent] == [
        ("GET", f"{ADDRESS}?api-version=7.4"),
        ("POST", f"{ADDRESS}/{VERSION}/sign?api-version=7.4"),
    ]
    assert json.loads(transport.sent[1].content) == {"alg": "ES256", "value": "digest"}
    assert transport.sent[1].headers["Authorization"] == "Bearer the-token"
    assert set(credential.scopes) == {"https://vault.azure.net/.default"}


def test_a_version_that_is_named_is_the_one_asked() -> None:
    key, transport = vault((200, KEY), address=f"{ADDRESS}/{'0' * 32}")
    key("", None)
    assert f"{ADDRESS}/{'0' * 32}?" in transport.sent[0].url


@pytest.mark.parametrize(
    "address",
    [
        "http://bank.vault.azure.net/keys/review",
        "https://vault.azure.net.evil.example/keys/review",
        "https://evil.example/keys/review",
        "https://bank.vault.azure.net:8443/keys/review",
        "https://user@bank.vault.azure.net/keys/review",
        "https://bank.vault.azure.net/secrets/review",
        "https://bank.vault.azure.net/keys/../secrets",
        "https://bank.vault.azure.net/keys/review?x=1",
    ],
)
def test_a_token_goes_to_vaults_alone(address: str) -> None:
    with pytest.raises(ConfigError, match="not in Azure Key Vault"):
        vault(address=address)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((403, {"error": {"code": "Forbidden", "message": "secret detail"}}), r"not allowed \(403, Forbidden\)"),
        ((404, {"error": {"code": "KeyNotFound"}}), r"there is no such key \(404, KeyNotFound\)"),
        ((401, {}), r"not signed in \(401\)"),
        ((400, []), r"refused \(400\)"),
        ((200, []), r"refused \(200\)"),
        ((302, {}, {"location": "https://evil.example/"}), r"refused \(302\)"),
        ((200, {"key": {"kid": "https://evil.vault.azure.net/keys/a/" + VERSION}}), "does not name a version"),
        ((200, {"key": None}), "does not name a version"),
    ],
)
def test_a_refusal_says_what_is_missing(answer: Any, message: str) -> None:
    key, transport = vault(answer)
    with pytest.raises(LakezonesError, match=message) as caught:
        key("", None)
    assert "secret detail" not in caught.value.message
    assert all(one.url.startswith(ADDRESS) for one in transport.sent)


def test_a_vault_that_does_not_answer_is_asked_again_and_named() -> None:
    key, transport = vault(*[ServiceRequestError("no route")] * 9)
    with pytest.raises(ServiceUnavailable, match=r"does not answer \(ServiceRequestError\)"):
        key("", None)
    assert len(transport.sent) == 4
    key, _ = vault((200, "<html>"))
    with pytest.raises(ServiceUnavailable, match="not JSON"):
        key("", None)
    key, _ = vault((503, {}), (200, KEY))
    assert key("", None) == KEY


def test_nobody_signed_in_is_said() -> None:
    key, _ = vault(credential=Credential(ClientAuthenticationError("no credential in this chain\nmore")))
    with pytest.raises(LakezonesError, match=r"nobody is signed in \(no credential in this chain\)") as caught:
        key("", None)
    assert caught.value.hint == "run: az login"
