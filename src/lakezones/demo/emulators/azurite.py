"""Starts Azurite, the storage emulator that the demonstration and the tests scan.

In: an installed Azurite and a Node.js. Out: a running blob service on 127.0.0.1, with an account key of its own, that
ends with this process.

Azurite has containers, metadata, blobs, stored policies and SAS; no folders' ACLs, no role assignments.
"""

import base64
import os
import re
import secrets
from pathlib import Path
from typing import Final, Self

from lakezones.demo.emulators.certificate import make_certificate
from lakezones.demo.emulators.child import Child, Service
from lakezones.demo.emulators.install import AzuriteUnavailable, find_azurite, require_node
from lakezones.demo.emulators.node import END_WITH_PARENT

ACCOUNT: Final = "devstoreaccount1"
"""Azurite's own name for its account; the key is never its well-known one."""

_MEMORY: Final = 1024
"""Most megabytes of blob content held; a write beyond it is refused by Azurite with status 409."""

_LISTENS: Final = re.compile(r"successfully listens on (https?)://127\.0\.0\.1:(\d+)")

# A container with five metadata keys and one blob takes about 45 KB, so 50,000 need 2.2 GB: more than the heap
# that Node allows itself on a machine with 8 GB.
_NODE_OPTIONS: Final = (END_WITH_PARENT, "--max-old-space-size=4096")


class Azurite(Service):
    """A private Azurite blob service, held in memory, on a free port of 127.0.0.1.

    Parameters
    ----------
    account
        Name of its one storage account.
    main
        Azurite's ``main.js``; found with :func:`find_azurite` when None.
    https
        Serve TLS with a certificate made for this run; clients trust it through :attr:`ca_file`.
    oauth
        Accept bearer tokens too (``--oauth basic``: issuer, audience and times are checked, signatures are
        not). Needs `https`.
    timeout
        Seconds to wait until it answers.
    port
        Port to listen on; any free one when 0.
    account_key
        Base64 key of the account; a random one when None.

    Attributes
    ----------
    endpoint
        ``http://127.0.0.1:PORT/ACCOUNT``, known once it runs.
    account_name, account_key
        Base64; random per run unless given.
    connection_string
        What ``BlobServiceClient.from_connection_string`` takes.
    ca_file
        PEM file with the authority to trust, or None without `https`.

    Raises
    ------
    AzuriteUnavailable
        From :meth:`start`, when it is not installed or does not answer in time.

    Examples
    --------
    >>> with Azurite() as azurite:  # doctest: +SKIP
    ...     BlobServiceClient.from_connection_string(azurite.connection_string)
    """

    def __init__(
        self,
        *,
        account: str = ACCOUNT,
        main: Path | None = None,
        https: bool = False,
        oauth: bool = False,
        timeout: float = 60.0,
        port: int = 0,
        account_key: str | None = None,
    ) -> None:
        if oauth and not https:
            raise ValueError("oauth needs https: Azurite accepts bearer tokens over TLS only")
        self.account_name = account
        self.account_key = account_key or base64.b64encode(secrets.token_bytes(64)).decode()
        self.port = port
        self.main = main
        self.https = https
        self.oauth = oauth
        self.timeout = timeout
        self.ca_file: Path | None = None
        self._endpoint: str | None = None
        self._child: Child | None = None

    @property
    def endpoint(self) -> str:
        """Address of the blob service, account included."""
        if self._endpoint is None:
            raise RuntimeError("Azurite is not running; use it in a with statement, or call start()")
        return self._endpoint

    @property
    def connection_string(self) -> str:
        """Connection string with the account key; keep it out of logs."""
        return (
            f"DefaultEndpointsProtocol={'https' if self.https else 'http'};AccountName={self.account_name};"
            f"AccountKey={self.account_key};BlobEndpoint={self.endpoint};"
        )

    @property
    def pid(self) -> int | None:
        """Process id of Node itself, or None when it does not run."""
        return None if self._child is None else self._child.pid

    def start(self) -> Self:
        """Start the service and return once it answers."""
        if self._child is not None:
            raise RuntimeError("Azurite is already running")
        main = self.main or find_azurite()
        node = require_node()
        self._child = Child("Azurite", AzuriteUnavailable)
        try:
            self._child.start(
                [str(node.binary), *_NODE_OPTIONS, str(main), *self._options(self._child.folder)],
                # Not on the command line, where every user of the machine could read the key.
                environment={**os.environ, "AZURITE_ACCOUNTS": f"{self.account_name}:{self.account_key}"},
            )
            listens = self._child.wait_for(_LISTENS, seconds=self.timeout)
        except BaseException:
            self.stop()
            raise
        self._endpoint = f"{listens[1]}://127.0.0.1:{listens[2]}/{self.account_name}"
        return self

    def stop(self) -> None:
        """End the service and forget its content; does nothing when it does not run."""
        child, self._child, self._endpoint = self._child, None, None
        if child is not None:
            child.close()  # everything is in memory: nothing has to be written first

    def _options(self, folder: Path) -> list[str]:
        options = [
            "--blobHost=127.0.0.1",
            f"--blobPort={self.port}",  # 0: the system picks a free one and Azurite prints it, no race for a port
            "--inMemoryPersistence",
            f"--extentMemoryLimit={_MEMORY}",
            "--skipApiVersionCheck",  # the SDK is ahead of the newest version that Azurite knows
            "--disableTelemetry",
            "--silent",
        ]
        if self.https:
            certificate = make_certificate(folder)
            self.ca_file = certificate.authority
            options += [f"--cert={certificate.chain}", f"--key={certificate.key}"]
        if self.oauth:
            options.append("--oauth=basic")
        return options
