"""Finds out what a SOURCE on the command line is, and its credentials.

In: the text of a source and the environment. Out: a `Source`; for storage with an endpoint and a credential that is
never printed. Folders are captures; ``azurite`` is the local emulator; anything that starts with ``https://`` is a
storage account. What looks like a secret is refused unseen: sources are written to manifests and journals.
"""

import base64
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from lakezones.errors import ConfigError, UsageError
from lakezones.model.places import is_container_name
from lakezones.scan.settings import ScanSettings

CONNECTION: Final = "AZURE_STORAGE_CONNECTION_STRING"
SAS: Final = "AZURE_STORAGE_SAS_TOKEN"
ACCOUNT: Final = "AZURE_STORAGE_ACCOUNT"
_EMULATOR_KEYS: Final = "AZURITE_ACCOUNTS"
_ADDRESS: Final = re.compile(r"https?:", re.IGNORECASE)
_SECRET: Final = re.compile(
    r"(?:\bsig|signature|sharedaccesskey|accountkey|password|access_token|client_secret)\s*=", re.IGNORECASE
)
_SUFFIXES: Final = (
    ".blob.core.windows.net",
    ".blob.storage.azure.net",
    ".blob.core.chinacloudapi.cn",
    ".blob.core.usgovcloudapi.net",
)
"""Hosts of storage accounts; a signature is sent to them and to this machine alone.

Source: https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-endpoints
"""

_EXAMPLE: Final = "for example: https://ACCOUNT.blob.core.windows.net"

# The key that every emulator starts with unless it is given another, published by its makers; it opens nothing else.
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
    def signed(self) -> bool:
        """Whether it is read with the signature in the environment."""
        return type(self.credential).__name__ == "AzureSasCredential"

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
    refuse_secrets(text)
    if text == "azurite":
        return _azurite(settings, environ)
    if not _ADDRESS.match(text):
        if not text.strip() or "://" in text:
            raise UsageError(f"{_shown(text)!r} is neither an address nor a folder", hint=_EXAMPLE)
        if ".blob." in text and not Path(text).exists():
            raise UsageError(f"{_shown(text)}: an address begins with https://", hint=f"scan https://{_shown(text)}")
        return Source(name=text, kind="capture", location=str(Path(text)))
    endpoint, rest = _endpoint(text)
    if rest:
        raise UsageError(
            f"{_shown(text)} is not an account but something in it",
            hint=f"scan {endpoint}; one container of it: --include NAME; inventory reports in it: --inventory ADDRESS",
        )
    return _storage(endpoint, _credential(endpoint, environ))


def parse_inventory(
    text: str, *, settings: ScanSettings, environ: Mapping[str, str] | None = None
) -> tuple[Source, str, str]:
    """Read the address of inventory reports: the account they are in, the container, and a prefix or nothing.

    Raises
    ------
    UsageError
        If it names no container, or as `parse_source`.

    Examples
    --------
    >>> address = "https://bank.blob.core.windows.net/inventory/daily"
    >>> source, container, prefix = parse_inventory(address, settings=ScanSettings(), environ={})
    >>> source.location, container, prefix
    ('https://bank.blob.core.windows.net', 'inventory', 'daily')
    """
    environ = os.environ if environ is None else environ
    refuse_secrets(text)
    if text.startswith("azurite/"):
        source, rest = _azurite(settings, environ), text.removeprefix("azurite/")
    elif _ADDRESS.match(text):
        endpoint, rest = _endpoint(text)
        source = _storage(endpoint, _credential(endpoint, environ))
    else:
        source, rest = None, ""
    container, _, prefix = rest.strip("/").partition("/")
    if source is None or not is_container_name(container.removeprefix("$")):
        raise UsageError(
            f"{_shown(text)}: no address of inventory reports",
            hint="for example: --inventory https://ACCOUNT.blob.core.windows.net/CONTAINER; a folder is a source",
        )
    return source, container, prefix


def refuse_secrets(text: str) -> None:
    """Refuse a source that carries a signature, a key or a password, however it is spelt; it is not repeated.

    Raises
    ------
    UsageError
        If it does.

    Examples
    --------
    >>> refuse_secrets("bank.blob.core.windows.net/%3Fsv=1%26SIG%3Dabc")
    Traceback (most recent call last):
    lakezones.errors.UsageError: 'bank.blob.core.windows.net': a source may not carry a secret
    """
    plain = unquote(unquote(text))
    if _SECRET.search(plain) and not Path(text).exists():
        raise UsageError(
            f"{_shown(plain)!r}: a source may not carry a secret",
            hint=f"give the address alone; a SAS token goes into {SAS}, a connection string into {CONNECTION}",
        )


def refuse_shared_signature(sources: Iterable[Source]) -> None:
    """Refuse to send the one signature of the environment to several accounts.

    Raises
    ------
    UsageError
        If it would be.
    """
    signed = sorted({source.location for source in sources if source.signed})
    if len(signed) > 1:
        raise UsageError(
            f"{SAS} is for one account, and there are {len(signed)} sources: {', '.join(signed)}",
            hint=f"name its account in {ACCOUNT}; the others are read with your own sign-in",
        )


def _shown(text: str) -> str:
    """What of a text may be repeated: nothing that could be a signature, a key or a password.

    Examples
    --------
    >>> _shown("htps://user:pw@bank.example/c?sv=1"), _shown("AccountName=a;AccountKey=b;BlobEndpoint=https://a")
    ('htps://bank.example/c', 'AccountName')
    """
    scheme, mark, rest = text.partition("://")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        scheme, mark, rest = "", "", text
    rest = rest if mark else text
    first, slash, path = rest.partition("/")
    rest = first.rpartition("@")[2] + slash + path
    return (scheme + mark if mark else "") + re.split(r"[?#;&=@\s]", unquote(unquote(rest)))[0][:200].rstrip("/")


def _storage(endpoint: str, credential: Any, *, emulator: bool = False) -> Source:
    return Source(name=endpoint, kind="storage", location=endpoint, credential=credential, emulator=emulator)


def _endpoint(text: str) -> tuple[str, str]:
    """Endpoint of an account and the path below it; the account is in the host, or first in the path of an emulator."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError(f"{_shown(text)}: not an address", hint=_EXAMPLE) from None
    if not host:
        raise UsageError(f"{_shown(text)}: an address without a host", hint=_EXAMPLE)
    if parts.query or parts.username or parts.password or parts.fragment:
        raise UsageError(
            f"https://{host}: a source may not carry a secret",
            hint=f"give the address alone and put a SAS token in {SAS}",
        )
    base = f"{parts.scheme.lower()}://{'[' + host + ']' if ':' in host else host}" + (f":{port}" if port else "")
    if parts.scheme.lower() == "http" and not _loopback(host):
        raise UsageError(f"{base}: plain HTTP is for loopback only", hint="use https://")
    path = parts.path.strip("/")
    if not _path_style(host):
        return base, path
    account, _, rest = path.partition("/")
    if not account:
        raise UsageError(f"{base}: no account", hint=f"the account is part of the address: {base}/devstoreaccount1")
    return f"{base}/{account}", rest


def _path_style(host: str) -> bool:
    """Whether the account is in the path: an emulator, or an address by number."""
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _azurite(settings: ScanSettings, environ: Mapping[str, str]) -> Source:
    if text := environ.get(CONNECTION):
        known = _connection(text)
        if "BLOBENDPOINT" in known and _loopback(urlsplit(known["BLOBENDPOINT"]).hostname):
            endpoint = known["BLOBENDPOINT"]
            credential = _named_key(known["ACCOUNTNAME"], known["ACCOUNTKEY"])
            return _storage(endpoint, credential, emulator=True)
    endpoint = _plain(settings.azurite_endpoint, "scan.azurite_endpoint")
    account = urlsplit(endpoint).path.strip("/")
    credential = _named_key(account, _emulator_keys(environ).get(account, _EMULATOR_KEY))
    return _storage(endpoint, credential, emulator=True)


def _credential(endpoint: str, environ: Mapping[str, str]) -> Any:
    """A credential from the environment that is meant for this endpoint, or None."""
    parts = urlsplit(endpoint)
    if (token := environ.get(SAS)) and _is_meant(endpoint, environ):
        from azure.core.credentials import AzureSasCredential

        return AzureSasCredential(token.lstrip("?"))
    if text := environ.get(CONNECTION):
        known = _connection(text)
        protocol = known.get("DEFAULTENDPOINTSPROTOCOL", "https")
        suffix = known.get("ENDPOINTSUFFIX", "core.windows.net")
        meant = known.get("BLOBENDPOINT", f"{protocol}://{known['ACCOUNTNAME']}.blob.{suffix}")
        if meant == endpoint:
            return _named_key(known["ACCOUNTNAME"], known["ACCOUNTKEY"])
    account = parts.path.strip("/")
    if _loopback(parts.hostname) and account in (keys := _emulator_keys(environ)):
        return _named_key(account, keys[account])
    return None


def _is_meant(endpoint: str, environ: Mapping[str, str]) -> bool:
    """Whether the signature of the environment may be sent to an endpoint: to storage, and to the account it names."""
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").lower()
    if not (_loopback(host) or host.endswith(_SUFFIXES)):
        return False
    account = parts.path.strip("/") if _path_style(host) else host.partition(".")[0]
    return environ.get(ACCOUNT) in (None, "", account)


def _plain(endpoint: str, where: str) -> str:
    """An endpoint that is nothing but one.

    Raises
    ------
    ConfigError
        If it carries more, which may be a secret.
    """
    try:
        parts = urlsplit(endpoint)
        more = parts.query or parts.fragment or parts.username or parts.password or not parts.hostname
    except ValueError:
        more = True
    if more:
        raise ConfigError(
            f"{where} is not an address alone", hint=f"leave out what follows a ?; a SAS token goes into {SAS}"
        )
    return endpoint.rstrip("/")


def _emulator_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """Keys of the emulator's accounts, as the emulator itself is given them: ``NAME:KEY[:KEY];...``."""
    return dict(entry.split(":")[:2] for entry in environ.get(_EMULATOR_KEYS, "").split(";") if ":" in entry)


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
    try:
        base64.b64decode(known["ACCOUNTKEY"], validate=True)
    except ValueError:
        raise ConfigError(f"{CONNECTION}: the account key is not base64", hint="copy it again, whole") from None
    if "BLOBENDPOINT" in known:
        known["BLOBENDPOINT"] = _plain(known["BLOBENDPOINT"], f"BlobEndpoint in {CONNECTION}")
    return known


def _named_key(account: str, key: str) -> Any:
    from azure.core.credentials import AzureNamedKeyCredential

    return AzureNamedKeyCredential(account, key)


def _loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
