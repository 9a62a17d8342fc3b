"""Secrets on every way in that needs no service: none of them in any file, stream or message.

What comes by a live scan is attacked beside the live path.
"""

from pathlib import Path

import pytest

from tests.journey import STAGES, copy_of_golden_lake, make, run
from tests.torture.commands import run_apart, sane

KEY = "Y2FuYXJ5LWtleS1uZXZlci1zaG93bg=="
SIGNATURE = "sig=Y2FuYXJ5LXNpZ25hdHVyZQ%3D%3D"
CLIENT = "canary~client.secret~never-shown"
CANARIES = (KEY, "Y2FuYXJ5LXNpZ25hdHVyZQ", CLIENT)
ENVIRONMENT = {
    "AZURE_CLIENT_SECRET": CLIENT,
    "AZURE_STORAGE_KEY": KEY,
    "AZURE_STORAGE_SAS_TOKEN": f"?sv=2024-11-04&{SIGNATURE}",
    "AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=https;AccountName=lakea;AccountKey={KEY}",
}
SOURCES = (
    f"https://lakea.blob.core.windows.net/?sv=2024-11-04&{SIGNATURE}",
    f"https://user:{CLIENT}@lakea.blob.core.windows.net/",
    f"HTTPS://LAKEA.blob.core.windows.net?{SIGNATURE}",
    f"ftp://lakea.example/?{SIGNATURE}",
)


def nowhere(folder: Path, *texts: str) -> None:
    """No canary in any file below a folder, nor in what was said."""
    for canary in CANARIES:
        for text in texts:
            assert canary not in text
        for path in folder.rglob("*"):
            if path.is_file():
                assert canary.encode() not in path.read_bytes(), path


@pytest.mark.torture
def test_secrets_of_the_environment_reach_no_file_and_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    lake = make(tmp_path / "lake", *STAGES)
    said = [
        run(*words, "-w", lake)
        for words in (
            ("access", "-v", "--json"),
            ("export", "az", "--draft"),
            ("impact", "x", "--debug"),
            ("plan", "-v"),
        )
    ]
    nowhere(tmp_path, *(ran.out + ran.err for ran in said))


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_that_is_refused_is_not_repeated_with_its_secret(source: str, tmp_path: Path) -> None:
    arguments = ("scan", source + "&x=\n", "-w", tmp_path / "lake")
    ran = run(*arguments)
    sane(ran)
    nowhere(tmp_path, ran.out, ran.err)


@pytest.mark.parametrize("name", ["access", "report", "review"])
def test_a_secret_given_as_a_name_stays_out_of_the_files(name: str, tmp_path: Path) -> None:
    lake = copy_of_golden_lake(tmp_path)
    words = {"access": ("access", "--explain", SIGNATURE), "report": ("report",), "review": ("review", "status")}[name]
    ran = run(*words, "-w", lake)
    sane(ran)
    nowhere(tmp_path)


@pytest.mark.torture
@pytest.mark.parametrize("words", [*((stage,) for stage in STAGES), ("export", "csv"), ("access", "--debug", "nobody")])
def test_no_process_shows_what_its_environment_holds(words: tuple[str, ...], tmp_path: Path) -> None:
    lake = copy_of_golden_lake(tmp_path)
    ran = run_apart(*words, "-v", "-w", lake, env=ENVIRONMENT)
    nowhere(tmp_path, ran.out, ran.err)
