"""A local stand-in for the parts of Azure that Azurite lacks: ARM, Resource Graph, Graph, Data Lake ACLs and logs.

In: tables with the schemas of `lakezones.model.facts`, as the Firm or a capture has them. Out: `cloud_app` served by
uvicorn over TLS, on a free port of 127.0.0.1.
"""

import socket
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import polars as pl

from lakezones.demo.emulators.certificate import make_certificate
from lakezones.demo.emulators.child import Service
from lakezones.demo.emulators.cloud_data import CloudData
from lakezones.demo.emulators.credential import LocalCredential
from lakezones.errors import ServiceUnavailable
from lakezones.extras import needed

if TYPE_CHECKING:
    import uvicorn

    from lakezones.demo.emulators.cloud_app import Fault

_START: Final = 20
"""Seconds to wait until the server answers."""


class LocalCloud(Service):
    """The server.

    Parameters
    ----------
    tables
        Any of the fact tables; those that are absent answer empty.
    account
        Name of the storage account, where the tables name none.
    page
        Rows per page of every listing.
    log_rows
        Rows that one answer of the logs may hold; what is more is cut off, and the answer says that it is partial.
    credential
        Whose tokens it accepts; one of its own when None.

    Attributes
    ----------
    endpoint
        ``https://127.0.0.1:PORT``, known once it runs.
    ca_file
        PEM file of the authority to trust.
    data
        What it answers from.
    faults
        Asked before every answer (`lakezones.demo.emulators.cloud_app.Fault`): tests add what should go wrong.

    Raises
    ------
    ServiceUnavailable
        From `start`, without the packages of the extra ``demo``.

    Examples
    --------
    >>> with LocalCloud({}) as cloud:
    ...     cloud.endpoint.startswith("https://127.0.0.1:")
    True
    """

    def __init__(
        self,
        tables: Mapping[str, pl.DataFrame],
        *,
        account: str = "devstoreaccount1",
        page: int = 1000,
        log_rows: int = 500_000,
        credential: LocalCredential | None = None,
    ) -> None:
        self.page = page
        self.log_rows = log_rows
        self.credential = credential or LocalCredential()
        self.data = CloudData(tables, account)
        self.faults: list[Fault] = []
        self._endpoint: str | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def endpoint(self) -> str:
        """Address of the server."""
        if self._endpoint is None:
            raise RuntimeError("the local cloud is not running; use it in a with statement, or call start()")
        return self._endpoint

    @property
    def ca_file(self) -> Path:
        """PEM file of the authority that signed the server's certificate."""
        if self._folder is None:
            raise RuntimeError("the local cloud is not running")
        return Path(self._folder.name, "ca.pem")

    @property
    def settings(self) -> dict[str, str]:
        """What `lakezones.scan.ScanSettings` needs to read from here, as from any other cloud."""
        return {
            "cloud": "always",
            "arm_endpoint": self.endpoint,
            "graph_endpoint": self.endpoint,
            "logs_endpoint": self.endpoint,
            "dfs_endpoint": f"{self.endpoint}/{{account}}",
            "ca_file": str(self.ca_file),
        }

    def start(self) -> Self:
        """Start serving; returns once it answers."""
        self._folder = tempfile.TemporaryDirectory(prefix="lakezones-cloud-", ignore_cleanup_errors=True)
        try:
            self._serve(Path(self._folder.name))
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop serving."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        if self._folder is not None:
            self._folder.cleanup()
        self._endpoint = self._folder = self._server = self._thread = None

    def _serve(self, folder: Path) -> None:
        uvicorn = needed("uvicorn", extra="demo")
        needed("starlette", extra="demo")
        from lakezones.demo.emulators.cloud_app import CloudApp

        certificate = make_certificate(folder)
        app = CloudApp(self.data, self.credential, self.faults, page=self.page, log_rows=self.log_rows)
        config = uvicorn.Config(
            app,
            loop="asyncio",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            ssl_certfile=certificate.chain,
            ssl_keyfile=certificate.key,
            timeout_keep_alive=600,  # a client of its own never finds a connection closed that it kept
            timeout_graceful_shutdown=1,
        )
        at = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([at],), name="local-cloud", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise ServiceUnavailable(f"the local cloud did not start within {_START} s", hint="try again")
            time.sleep(0.005)
        self._endpoint = f"https://127.0.0.1:{at.getsockname()[1]}"
