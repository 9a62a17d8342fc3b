"""Tells what a SOURCE on the command line is, and finds its credentials.

In: the text of a source and the environment. Out: a `Source`; for storage with an endpoint and a credential that is
never printed. Folders are captures; ``azurite`` is the local emulator; anything that starts with ``https://`` is a
storage account.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from lakezones.errors import ConfigError, UsageError
from lakezones.scan.settings import ScanSettings

CONNECTION: Final = "AZURE_STORAGE_CONNECTION_STRING"
SAS: Final = "AZURE_STORAGE_SAS_TOKEN"
_EMULATOR_KEYS: Final = "AZURITE_ACCOUNTS"

# The key that every emulator starts with unless told otherwise, published by its makers; it opens nothing else.
_EMULATOR_KEY: Final = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source of facts.

    Attributes
    ----------
    name
        How the source is called in messages and manifests.
    kind
        ``capture`` or ``storage``.
    location
        The folder, or the endpoint of the blob service.
    credential
        What the client signs with; None for a capture and where `DefaultAzureCredential` is to be asked.
    emulator
        Whether it was named ``azurite``; only hints depend on it.
    """

    name: str
    kind: str
    location: str
    credential: Any = field(default=None, repr=False)
    emulator: bool = False

    @property
    def loopback(self) -> bool:
        """Whether the endpoint is on this machine."""
        return _loopback(urlsplit(self.location).hostname)


def parse_source(text: str, *, settings: ScanSettings, environ: Mapping[str, str] | None = None) -> Source:
    """Read one SOURCE.

    Raises
    ------
    UsageError
        If it is no source, carries a secret, or would send a token over plain HTTP.
    ConfigError
        If a connection string in the environment cannot be read.

    Examples
    --------
    >>> parse_source("./capture", settings=ScanSettings(), environ={}).kind
    'capture'
    """
    environ = os.environ if environ is None else environ
    if text == "azurite":
        return _azurite(settings, environ)
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"}:
        return Source(name=text, kind="capture", location=str(Path(text)))
    if parts.query or parts.username or parts.password:
        raise UsageError(
            f"https://{parts.hostname}: a source on the command line may not carry a secret",
            hint=f"give the address alone and put a SAS token in {SAS}",
        )
    endpoint = text.rstrip("/")
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise UsageError(f"{endpoint}: plain HTTP is for loopback only", hint="use https://")
    return Source(
        name=endpoint, kind="storage", location=endpoint, credential=_credential(endpoint, environ), emulator=False
    )


def _azurite(settings: ScanSettings, environ: Mapping[str, str]) -> Source:
    if text := environ.get(CONNECTION):
        known = _connection(text)
        if "BLOBENDPOINT" in known and _loopback(urlsplit(known["BLOBENDPOINT"]).hostname):
            endpoint = known["BLOBENDPOINT"].rstrip("/")
            credential = _named_key(known["ACCOUNTNAME"], known["ACCOUNTKEY"])
            return Source(name=endpoint, kind="storage", location=endpoint, credential=credential, emulator=True)
    endpoint = settings.azurite_endpoint.rstrip("/")
    account = urlsplit(endpoint).path.strip("/")
    keys = dict(entry.split(":")[:2] for entry in environ.get(_EMULATOR_KEYS, "").split(";") if ":" in entry)
    credential = _named_key(account, keys.get(account, _EMULATOR_KEY))
    return Source(name=endpoint, kind="storage", location=endpoint, credential=credential, emulator=True)


def _credential(endpoint: str, environ: Mapping[str, str]) -> Any:
    """A credential from the environment that is meant for this endpoint, or None."""
    if token := environ.get(SAS):
        from azure.core.credentials import AzureSasCredential

        return AzureSasCredential(token.lstrip("?"))
    if text := environ.get(CONNECTION):
        known = _connection(text)
        protocol = known.get("DEFAULTENDPOINTSPROTOCOL", "https")
        suffix = known.get("ENDPOINTSUFFIX", "core.windows.net")
        meant = known.get("BLOBENDPOINT", f"{protocol}://{known['ACCOUNTNAME']}.blob.{suffix}").rstrip("/")
        if meant == endpoint:
            return _named_key(known["ACCOUNTNAME"], known["ACCOUNTKEY"])
    return None


def _connection(text: str) -> dict[str, str]:
    known = {
        key.strip().upper(): value for key, _, value in (part.partition("=") for part in text.split(";")) if key.strip()
    }
    if known.get("USEDEVELOPMENTSTORAGE") == "true":
        return {
            "ACCOUNTNAME": "devstoreaccount1",
            "ACCOUNTKEY": _EMULATOR_KEY,
            "BLOBENDPOINT": ScanSettings().azurite_endpoint,
        }
    if not known.get("ACCOUNTNAME") or not known.get("ACCOUNTKEY"):
        raise ConfigError(
            f"{CONNECTION} names no account or no key", hint="copy it again, whole, or unset it to use your own sign-in"
        )
    return known


def _named_key(account: str, key: str) -> Any:
    from azure.core.credentials import AzureNamedKeyCredential

    return AzureNamedKeyCredential(account, key)


def _loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
