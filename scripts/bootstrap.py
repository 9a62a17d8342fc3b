"""Sets up everything that the Makefile's targets run with; the standard library is all it needs.

In: ``requirements``, ``pyproject.toml``, ``fixtures/azurite`` and the package indexes that pip and uv are set to.
Out: ``.tools/uv`` (uv in a venv of its own), ``.venv`` (the locked packages) and ``.tools/azurite``; with an argument
such as ``bench``, also ``.tools/bench`` with the packages of ``requirements/bench.txt``.

Each part leaves a stamp when it is done, with the hash of what it was made from, so an interrupted set-up is
taken up again and a finished one costs a few file reads and no network.
"""

import contextlib
import hashlib
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
RETRY_AFTER = 3600  # seconds

SYSTEM_CERTIFICATES = (  # where distributions keep them, and OpenSSL's own idea is often an empty file
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

BIN = "Scripts" if os.name == "nt" else "bin"
EXE = ".exe" if os.name == "nt" else ""


class SetupError(Exception):
    """Set-up cannot go on; the first argument says why, the second what to do."""


def main(extra: list[str]) -> int:
    """Set up what is missing, and the environments of `extra`; return the exit code."""
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise SetupError(
                f"lakezones needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]}",
                "name a newer one: make PYTHON=python3.12 ...",
            )
        TOOLS.mkdir(exist_ok=True)
        with only_one_at_a_time():
            install_uv()
            install_packages(VENV, "dev")
            install_azurite()
            for name in extra:
                install_packages(TOOLS / name, name)
    except SetupError as error:
        reason, hint = error.args
        say(f"set-up failed: {reason}")
        say(f"hint: {hint}")
        return 1
    except KeyboardInterrupt:
        say("set-up interrupted; the next make goes on from here")
        return 130
    return 0


def install_uv() -> None:
    """Install the pinned uv with pip into a venv that nothing else uses."""
    home = TOOLS / "uv"
    locked = ROOT / "requirements" / "uv.txt"
    stamp, key = home / "stamp", digest(locked.read_bytes(), str(home))
    if is_done(stamp, key) and uv().is_file():
        return
    say("setting up uv in .tools/uv")
    shutil.rmtree(home, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", str(home)],
        hint="install Python's venv module (Debian: apt-get install python3-venv)",
    )
    pip = [str(home / BIN / f"python{EXE}"), "-m", "pip", "--disable-pip-version-check"]
    run(
        [*pip, "install", "--quiet", "--require-hashes", "-r", str(locked)],
        environment=with_certificates(pip),
        hint="check that pip reaches its package index (PIP_INDEX_URL, PIP_CERT)",
    )
    write_stamp(stamp, key)


def with_certificates(pip: list[str]) -> dict[str, str]:
    """Return the environment for pip, which before 24.2 trusts a list of its own unless it is given another one."""
    settings = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False).stdout
    given = ".cert=" in settings or os.environ.keys() & {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    found = system_certificates()
    return {**os.environ, "PIP_CERT": found} if found and not given else {**os.environ}


def system_certificates() -> str | None:
    """Return the file of certificates that this machine trusts, None where it keeps them otherwise."""
    files = (os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, *SYSTEM_CERTIFICATES)
    return next((file for file in files if file and Path(file).is_file()), None)


def install_packages(home: Path, name: str) -> None:
    """Bring an environment to what ``requirements/<name>.txt`` says, and link the project into it.

    Packages that are not listed stay: a developer who added one by hand keeps it. Bytecode is compiled once here:
    where PYTHONDONTWRITEBYTECODE is set, every start would compile every import again.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    locked = ROOT / "requirements" / f"{name}.txt"
    inputs = [path.read_bytes() for path in (locked, ROOT / "pyproject.toml")]
    stamp, key = home / "lakezones-stamp", digest(python, str(home), *inputs)
    if is_done(stamp, key) and (home / BIN / f"python{EXE}").exists():
        return
    say(f"setting up {home.relative_to(ROOT)} with the locked packages (1.5 GB on disk, once)")
    stamp.unlink(missing_ok=True)
    keep = "--allow-existing" if version_of(home) == python else "--clear"
    run(
        [str(uv()), "venv", "--quiet", keep, "--python", sys.executable, str(home)], hint=f"remove {home} and try again"
    )
    install = [str(uv()), "pip", "install", "--quiet", "--python", str(home)]
    run(
        [*install, "--compile-bytecode", "--require-hashes", "-r", str(locked)],
        hint="check that the package index is reachable (UV_DEFAULT_INDEX names another one)",
    )
    # The build backend is among the locked packages, so that linking needs no index.
    run(
        [*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
        hint="after an edit of pyproject.toml run make lock",
    )
    write_stamp(stamp, key)


def version_of(home: Path) -> str | None:
    """Return the Python version of an environment, such as 3.11; None where there is none."""
    try:
        lines = (home / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    settings = dict(line.replace(" ", "").partition("=")[::2] for line in lines)
    return ".".join(settings.get("version_info", "").split(".")[:2])


def install_azurite() -> None:
    """Install the pinned Azurite; without it the project still works, so a failure is reported and not fatal."""
    if os.environ.get("LAKEZONES_AZURITE"):
        return
    home = TOOLS / "azurite"
    sources = [ROOT / "fixtures" / "azurite" / name for name in ("package.json", "package-lock.json")]
    # Written by lakezones.demo.emulators.install as the last thing it does, in this same form.
    if is_done(home / "installed.sha256", digest(*(source.read_bytes() for source in sources))):
        return
    # A machine that cannot reach npm would wait for it at every make; the reason is shown again instead.
    failed = TOOLS / "azurite-failed"
    if failed.exists() and 0 <= time.time() - failed.stat().st_mtime < RETRY_AFTER:
        reason = failed.read_text(encoding="utf-8")
        say(f"going on without Azurite (rm .tools/azurite-failed to try again): {reason}")
        return
    for left in TOOLS.glob(".azurite-*"):  # by an install that was interrupted; the lock says it is not at work
        shutil.rmtree(left, ignore_errors=True)
    say("setting up Azurite, the storage emulator, in .tools/azurite (190 MB on disk, once)")
    done = subprocess.run(
        [str(VENV / BIN / f"python{EXE}"), "-m", "lakezones.demo.emulators.install"],
        env={"NODE_EXTRA_CA_CERTS": system_certificates() or "", **os.environ},
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        failed.write_text(reason, encoding="utf-8")
        say(f"going on without Azurite, the demo with a capture folder, tests with skips: {reason}")
    else:
        failed.unlink(missing_ok=True)


def uv() -> Path:
    """Return where the private uv is."""
    return TOOLS / "uv" / BIN / f"uv{EXE}"


def run(command: list[str], *, hint: str, environment: dict[str, str] | None = None) -> None:
    """Run a command with its output on stderr; stdout belongs to the target that make was asked for."""
    # As banks need: uv otherwise trusts a list of its own. No Python is fetched: the one that runs this is used.
    settings = {"UV_SYSTEM_CERTS": "1", "UV_HTTP_TIMEOUT": "120", **(environment or os.environ)}
    settings["UV_PYTHON_DOWNLOADS"] = "never"
    settings.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, cwd=ROOT, env=settings, stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise SetupError(f"{Path(command[0]).name} {command[1]} ended with exit code {done.returncode}", hint)


def digest(*parts: str | bytes) -> str:
    """Return the SHA-256 of the parts, one after the other."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.encode() if isinstance(part, str) else part)
    return total.hexdigest()


def is_done(stamp: Path, key: str) -> bool:
    """Tell whether a stamp says that its part was made from the present inputs."""
    try:
        return stamp.read_text(encoding="ascii") == key
    except (OSError, UnicodeDecodeError):
        return False


def write_stamp(stamp: Path, key: str) -> None:
    """Write a stamp whole, or not at all."""
    scratch = stamp.with_name(f"{stamp.name}.tmp")
    scratch.write_text(key, encoding="ascii")
    scratch.replace(stamp)


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Wait while another make sets up the same checkout; the system drops the lock of one that died."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (TOOLS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up of this checkout")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(line: str) -> None:
    """Tell the user, on stderr."""
    sys.stderr.write(f"lakezones: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    started = time.monotonic()
    code = main(sys.argv[1:])
    if (spent := time.monotonic() - started) > 2 and not code:
        say(f"set-up done in {spent:.0f} s")
    sys.exit(code)
