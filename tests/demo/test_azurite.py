"""Azurite's life: found, installed whole or not at all, started with its own key, never left behind."""

import base64
import json
import os
import signal
import ssl
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient

from lakezones.demo.emulators import install as module
from lakezones.demo.emulators import node as node_module
from lakezones.demo.emulators.azurite import Azurite
from lakezones.demo.emulators.install import ENVIRONMENT, AzuriteUnavailable, find_azurite, install_azurite
from lakezones.demo.emulators.node import Node, find_node

from .processes import gone

WELL_KNOWN_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def fake_checkout(folder: Path) -> Path:
    """Make a folder that find_azurite takes for a checkout, with lock files of its own."""
    locks = folder / "fixtures" / "azurite"
    locks.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        (locks / name).write_text(f'{{"name": "{name}"}}')
    return folder


def fake_node(folder: Path, npm: str) -> Node:
    """Make a Node whose npm is a Python script that runs in npm's place."""
    script = folder / "npm.py"
    script.write_text(textwrap.dedent(npm))
    return Node(Path(sys.executable), "24.0.0", (sys.executable, str(script)))


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout and a cache folder without Azurite."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = fake_checkout(tmp_path / "checkout")
    monkeypatch.setattr(module, "_checkout", lambda: root)
    return root


GOOD_NPM = """
    from pathlib import Path
    main = Path("node_modules/azurite/dist/src/blob/main.js")
    main.parent.mkdir(parents=True)
    main.write_text(Path("package-lock.json").read_text())
"""


class TestFinding:
    def test_nothing_installed_says_what_to_do(self, nowhere: Path) -> None:
        with pytest.raises(AzuriteUnavailable, match="not installed") as caught:
            find_azurite()
        assert "make setup" in (caught.value.hint or "")

    def test_a_wheel_names_the_python_command(self, nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_checkout", lambda: None)
        with pytest.raises(AzuriteUnavailable) as caught:
            find_azurite()
        assert "python -m lakezones.demo.emulators.install" in (caught.value.hint or "")

    def test_a_named_folder_without_it_is_an_error_and_not_passed_over(
        self, nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "find_node", lambda **_: fake_node(tmp_path, GOOD_NPM))
        install_azurite(nowhere / ".tools" / "azurite")
        monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "empty"))
        with pytest.raises(AzuriteUnavailable, match=ENVIRONMENT):
            find_azurite()

    def test_an_old_node_is_passed_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(node_module, "_candidates", lambda: iter([("old", ("npm",)), ("new", ("npm",))]))
        versions = {"old": (Path("/old"), "20.20.2"), "new": (Path("/new"), "22.0.0")}
        monkeypatch.setattr(node_module, "_ask", versions.get)
        found = find_node()
        assert found is not None
        assert found.binary == Path("/new")

    def test_a_node_without_npm_serves_to_run_but_not_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(node_module, "_candidates", lambda: iter([("bare", None)]))
        monkeypatch.setattr(node_module, "_ask", lambda _: (Path("/bare"), "24.1.0"))
        assert find_node() is not None
        assert find_node(need_npm=True) is None

    def test_a_command_that_is_no_node_is_passed_over(self) -> None:
        assert node_module._ask("/bin/false") is None
        assert node_module._ask("/nonexistent/node") is None


class TestInstalling:
    def test_appears_whole_and_is_found(self, nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "find_node", lambda **_: fake_node(tmp_path, GOOD_NPM))
        main = install_azurite()
        assert main == (nowhere / ".tools" / "azurite" / module._MAIN).resolve()
        assert find_azurite() == main
        assert sorted(path.name for path in (nowhere / ".tools").iterdir()) == ["azurite"]

    def test_another_lock_file_makes_it_install_again(
        self, nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "find_node", lambda **_: fake_node(tmp_path, GOOD_NPM))
        install_azurite()
        (nowhere / "fixtures" / "azurite" / "package-lock.json").write_text('{"changed": true}')
        with pytest.raises(AzuriteUnavailable):
            find_azurite()
        assert install_azurite().read_text() == '{"changed": true}'

    @pytest.mark.parametrize(
        ("npm", "reason"),
        [
            (
                "import sys; sys.exit('npm error code ENOTFOUND\\nnpm error request to registry failed')",
                "request to registry failed",
            ),
            ("print('done, it says')", "done, it says"),
            (
                GOOD_NPM + "    raise SystemExit('npm error code ENOSPC\\nnpm error no space left')",
                "no space left",
            ),
        ],
        ids=["no network", "installed nothing", "failed half way"],
    )
    def test_a_failed_install_says_why_and_leaves_nothing(
        self, nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, npm: str, reason: str
    ) -> None:
        monkeypatch.setattr(module, "find_node", lambda **_: fake_node(tmp_path, npm))
        with pytest.raises(AzuriteUnavailable, match=reason) as caught:
            install_azurite()
        assert caught.value.hint
        assert "\n" not in str(caught.value)
        assert list((nowhere / ".tools").iterdir()) == []

    def test_an_interrupted_install_does_not_count(self, nowhere: Path) -> None:
        main = nowhere / ".tools" / "azurite" / module._MAIN
        main.parent.mkdir(parents=True)
        main.touch()
        with pytest.raises(AzuriteUnavailable, match="not installed"):
            find_azurite()

    def test_no_node_at_all(self, nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "find_node", lambda **_: None)
        with pytest.raises(AzuriteUnavailable, match=r"needs Node\.js with npm, version 22"):
            install_azurite()

    def test_the_lock_pins_one_version_and_names_no_registry(self) -> None:
        lock = json.loads((module._lock_folder() / "package-lock.json").read_text())
        assert lock["packages"]["node_modules/azurite"]["version"] == "3.36.0"
        installed = [entry for path, entry in lock["packages"].items() if path]
        assert all(entry.get("integrity", "").startswith("sha512-") for entry in installed)
        assert not any("resolved" in entry for entry in installed)
        assert not any(entry.get("hasInstallScript") for entry in installed)


class TestBeforeItRuns:
    def test_oauth_needs_tls(self) -> None:
        with pytest.raises(ValueError, match="https"):
            Azurite(oauth=True)

    def test_no_endpoint_before_start(self) -> None:
        with pytest.raises(RuntimeError, match="not running"):
            _ = Azurite().endpoint

    def test_the_error_carries_what_azurite_printed_when_it_ends_at_once(self, tmp_path: Path) -> None:
        if find_node() is None:
            pytest.skip("no Node.js of version 22 or later")
        broken = tmp_path / "main.js"
        broken.write_text("console.error('Exit due to unhandled error: port is taken'); process.exit(1)")
        azurite = Azurite(main=broken)
        with pytest.raises(AzuriteUnavailable, match="port is taken"):
            azurite.start()
        assert azurite.pid is None

    def test_waiting_is_bounded(self, tmp_path: Path) -> None:
        if find_node() is None:
            pytest.skip("no Node.js of version 22 or later")
        silent = tmp_path / "main.js"
        silent.write_text("setInterval(() => {}, 1000)")
        azurite = Azurite(main=silent, timeout=0.5)
        with pytest.raises(AzuriteUnavailable, match=r"within 0\.5 s"):
            azurite.start()
        assert azurite.pid is None


@pytest.mark.azurite
class TestRunning:
    def test_serves_containers_metadata_and_blobs(self, azurite: Azurite) -> None:
        assert azurite.endpoint.startswith("http://127.0.0.1:")
        with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
            with client.create_container("life-of-azurite", metadata={"system": "db2"}) as container:
                container.upload_blob("part-0.parquet", b"PAR1")
                assert [blob.size for blob in container.list_blobs()] == [4]
            listed = {item.name: item.metadata for item in client.list_containers(include_metadata=True)}
            assert listed["life-of-azurite"] == {"system": "db2"}
            client.delete_container("life-of-azurite")

    def test_the_well_known_key_opens_nothing(self, azurite: Azurite) -> None:
        credential = {"account_name": azurite.account_name, "account_key": WELL_KNOWN_KEY}
        with (
            BlobServiceClient(azurite.endpoint, credential=credential, retry_total=0) as client,
            pytest.raises(HttpResponseError) as refused,
        ):
            list(client.list_containers())
        assert refused.value.status_code == 403

    def test_the_key_is_on_no_command_line(self, azurite: Azurite) -> None:
        arguments = Path(f"/proc/{azurite.pid}/cmdline")
        if not arguments.exists():
            pytest.skip("no /proc on this system")
        assert azurite.account_key.encode() not in arguments.read_bytes()

    def test_the_process_is_node_itself(self, azurite: Azurite) -> None:
        program = Path(f"/proc/{azurite.pid}/exe")
        if not program.exists():
            pytest.skip("no /proc on this system")
        assert program.resolve().name == "node"

    @pytest.mark.slow
    def test_tls_with_bearer_tokens(self, azurite: Azurite) -> None:
        with Azurite(main=azurite.main, https=True, oauth=True) as secured:
            assert secured.ca_file is not None
            with BlobServiceClient(
                secured.endpoint,
                credential=UnsignedToken(),
                connection_verify=str(secured.ca_file),
                retry_total=0,
            ) as client:
                client.create_container("by-token").close()
                assert [item.name for item in client.list_containers()] == ["by-token"]
            with (
                BlobServiceClient(
                    secured.endpoint,
                    credential=UnsignedToken(audience="https://elsewhere.example"),
                    connection_verify=str(secured.ca_file),
                    retry_total=0,
                ) as other,
                pytest.raises(HttpResponseError) as unknown,
            ):
                list(other.list_containers())
            assert unknown.value.status_code in (401, 403)
            with pytest.raises(urllib.error.URLError) as refused:
                urllib.request.urlopen(secured.endpoint, timeout=10)
            assert isinstance(refused.value.reason, ssl.SSLCertVerificationError)

    @pytest.mark.slow
    def test_stop_ends_it_and_a_second_start_is_a_fresh_one(self, azurite: Azurite) -> None:
        other = Azurite(main=azurite.main)
        with other:
            first = other.pid
            assert first is not None
            with BlobServiceClient.from_connection_string(other.connection_string) as client:
                client.create_container("forgotten").close()
            with pytest.raises(RuntimeError, match="already running"):
                other.start()
        assert gone(first)
        other.stop()
        with other, BlobServiceClient.from_connection_string(other.connection_string) as client:
            assert list(client.list_containers()) == []

    @pytest.mark.slow
    @pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
    @pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda end: end.name)
    def test_it_ends_with_its_parent_however_that_ends(self, azurite: Azurite, end: signal.Signals) -> None:
        program = (
            "import time; from lakezones.demo.emulators.azurite import Azurite\n"
            "azurite = Azurite().start(); print(azurite.pid, flush=True); time.sleep(60)"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            assert pid != parent.pid
            os.kill(pid, 0)
            parent.send_signal(end)
            parent.wait(10)
        assert gone(pid)


class UnsignedToken:
    """A credential whose token has the right claims and a signature nobody checks."""

    def __init__(self, audience: str = "https://storage.azure.com") -> None:
        self.audience = audience

    def get_token(self, *scopes: str, **kwargs: object) -> AccessToken:
        now = int(time.time())
        claims = {
            "aud": self.audience,
            "iss": "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + 3600,
        }
        parts = ({"alg": "RS256", "typ": "JWT"}, claims, {})
        token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        return AccessToken(token, now + 3600)
