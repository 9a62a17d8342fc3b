"""The wheel carries everything that a machine without the checkout needs."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def find_uv() -> str | None:
    private = ROOT / ".tools" / "uv" / "bin" / "uv"
    return str(private) if private.is_file() else shutil.which("uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    uv = find_uv()
    if uv is None:
        pytest.skip("uv is not installed; run `make setup`")
    folder = tmp_path_factory.mktemp("wheel")
    # The build backend is installed beside the tests, so nothing is fetched.
    done = subprocess.run(
        [uv, "build", "--wheel", "--no-build-isolation", "--out-dir", str(folder), "--python", sys.executable],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def tracked(folder: str) -> set[str]:
    """Return the files of a folder, relative to it, as the working tree has them."""
    base = ROOT / folder
    return {
        path.relative_to(base).as_posix()
        for path in base.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "node_modules" not in path.parts
    }


@pytest.mark.slow
class TestWheel:
    def test_has_every_source_file_every_config_and_the_azurite_lock(self, wheel: Path) -> None:
        names = set(zipfile.ZipFile(wheel).namelist())
        expected = {f"lakezones/{name}" for name in tracked("src/lakezones")}
        expected |= {f"lakezones/_configs/{name}" for name in tracked("configs")}
        expected |= {f"lakezones/_azurite/{name}" for name in ("package.json", "package-lock.json")}
        assert "lakezones/py.typed" in expected
        assert expected - names == set()

    def test_has_nothing_else(self, wheel: Path) -> None:
        for name in zipfile.ZipFile(wheel).namelist():
            assert name.startswith(("lakezones/", "lakezones-")), name
            assert not any(part in name for part in ("node_modules", "__pycache__", ".tools", "tests/")), name

    def test_works_unpacked_without_the_checkout(self, wheel: Path, tmp_path: Path) -> None:
        site = tmp_path / "site"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
        # -S leaves out the editable install; the dependencies alone come back through the path.
        dependencies = Path(pytest.__file__).resolve().parents[1]
        program = (
            f"import sys; sys.path[:0] = [{str(site)!r}, {str(dependencies)!r}]\n"
            "import lakezones, lakezones.demo.emulators.install as install\n"
            f"assert lakezones.__file__.startswith({str(site)!r}), lakezones.__file__\n"
            "assert install._checkout() is None\n"
            "print(lakezones.__version__, len(install._lock_hash()))"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split()[1] == "64"
