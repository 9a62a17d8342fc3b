"""Canaries for secrets: one in every way in, and every file and stream of the command searched for them.

A canary that reaches a manifest, the journal, a message, a log or the output of ``--debug`` fails, and so does one that
is sent to a host it is not for.
"""

import base64
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from .lying import KEY, Liar, Lie, http

CANARY = "Q0FOQVJZLXNlY3JldA"
SIGNATURE = f"sv=2026-02-06&sp=rl&sig={CANARY}"
ENCODED = base64.b64encode(CANARY.encode()).decode()
LOST = "https://127.0.0.1:9/lake"
"""An address where nobody answers."""

Way = tuple[list[str], dict[str, str], int]
"""Sources and options, environment, and the exit code; ``{liar}`` is the endpoint of a lying account."""

WAYS: dict[str, Way] = {
    "a signature in the environment": (["{liar}"], {"AZURE_STORAGE_SAS_TOKEN": SIGNATURE}, 3),
    "a signature for another account": (
        ["{liar}"],
        {"AZURE_STORAGE_SAS_TOKEN": SIGNATURE, "AZURE_STORAGE_ACCOUNT": "other"},
        3,
    ),
    "a signature for several accounts": (["{liar}", LOST], {"AZURE_STORAGE_SAS_TOKEN": SIGNATURE}, 2),
    "a signature where nobody answers": ([LOST], {"AZURE_STORAGE_SAS_TOKEN": SIGNATURE}, 1),
    "a signature where checks are made": (["{liar}", "--check"], {"AZURE_STORAGE_SAS_TOKEN": SIGNATURE}, 0),
    "a key of an emulator": (["{liar}"], {"AZURITE_ACCOUNTS": f"lake:{ENCODED}"}, 3),
    "a key of an emulator that is no base64": (["{liar}"], {"AZURITE_ACCOUNTS": f"lake:{CANARY}!"}, 1),
    "a connection string": (
        ["azurite"],
        {"AZURE_STORAGE_CONNECTION_STRING": f"AccountName=lake;AccountKey={ENCODED};BlobEndpoint={{liar}}"},
        3,
    ),
    "a connection string with a signature in its endpoint": (
        ["azurite"],
        {"AZURE_STORAGE_CONNECTION_STRING": f"AccountName=lake;AccountKey={KEY};BlobEndpoint={{liar}}?{SIGNATURE}"},
        1,
    ),
    "a connection string with a broken key": (
        ["azurite"],
        {"AZURE_STORAGE_CONNECTION_STRING": f"AccountName=lake;AccountKey={CANARY}!;BlobEndpoint={{liar}}"},
        1,
    ),
    "a connection string without a key": (
        ["azurite"],
        {"AZURE_STORAGE_CONNECTION_STRING": f"BlobEndpoint={{liar}};SharedAccessSignature={SIGNATURE}"},
        1,
    ),
    "a connection string as the source": ([f"AccountName=lake;AccountKey={ENCODED};BlobEndpoint={{liar}}"], {}, 2),
    "a signature in the source": ([f"{{liar}}?{SIGNATURE}"], {}, 2),
    "a signature in the path": ([f"{{liar}}/c;{SIGNATURE}"], {}, 2),
    "a signature in percent signs": ([f"{{liar}}/c{quote('?' + SIGNATURE, safe='')}"], {}, 2),
    "a password in the source": ([f"https://me:{CANARY}@bank.blob.core.windows.net"], {}, 2),
    "a password in a broken source": ([f"https://me:{CANARY}@[bank"], {}, 2),
    "a signature in another scheme": ([f"abfss://c@bank.dfs.core.windows.net/?{SIGNATURE}"], {}, 2),
    "a signature in a folder's name": ([f"./capture?{SIGNATURE}"], {}, 2),
    "a signature in an address of reports": (["{liar}", "--inventory", f"{{liar}}/c?{SIGNATURE}"], {}, 2),
    "a query in an address of reports": (["{liar}", "--inventory", f"azurite/c?{CANARY}"], {}, 2),
    "a signature in a setting": (["{liar}"], {"LAKEZONES_SCAN__ARM_ENDPOINT": f"https://arm?{SIGNATURE}"}, 1),
    "a password in a setting": (["{liar}"], {"LAKEZONES_SCAN__DFS_ENDPOINT": f"https://me:{CANARY}@{{account}}"}, 1),
    "a signature in the emulator's setting": (
        ["azurite"],
        {"LAKEZONES_SCAN__AZURITE_ENDPOINT": f"{LOST}?{SIGNATURE}"},
        1,
    ),
}
QUICK = list(WAYS)[:1] + list(WAYS)[8:9]


def run(arguments: list[str], environ: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("AZUR", "LAKEZONES_"))}
    bounds = {
        "LAKEZONES_SCAN__CLOUD": "never",
        "LAKEZONES_SCAN__RETRIES": "1",
        "LAKEZONES_SCAN__BACKOFF_SECONDS": "0.001",
        "LAKEZONES_SCAN__ANSWER_TIMEOUT_SECONDS": "10",
        "AZURITE_ACCOUNTS": f"lake:{KEY}",
    }
    return subprocess.run(
        [
            sys.executable,
            "-X",
            "dev",
            "-m",
            "lakezones",
            "scan",
            *arguments,
            "--debug",
            "-v",
            "-w",
            str(folder / "lake"),
        ],
        env=known | bounds | environ,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=300,
        check=False,
    )


def echoing(liar: Liar) -> Lie:
    """Refuse in words that repeat all that was sent, as real services do."""

    async def echo(writer: object, _body: bytes) -> None:
        sent = liar.heads[-1].decode("latin-1").replace("<", "")
        body = f"<Error><Code>Refused</Code><Message>{sent}</Message></Error>".encode()
        headers = [f"Location: {liar.endpoint}?{SIGNATURE}", f"x-ms-error-code: {SIGNATURE}"]
        writer.write(http(body, status="403 Refused", headers=headers))  # type: ignore[attr-defined]

    return echo


def check(name: str, folder: Path) -> None:
    sources, environ, code = WAYS[name]
    with Liar(lie_at="policy") as liar:
        liar.lie = echoing(liar)
        filled = [text.replace("{liar}", liar.endpoint) for text in sources]
        done = run(filled, {key: value.replace("{liar}", liar.endpoint) for key, value in environ.items()}, folder)
        heads = b"".join(liar.heads).decode("latin-1")
    said = {"stdout": done.stdout, "stderr": done.stderr}
    said |= {str(path): path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()}
    canaries = [CANARY, ENCODED, quote(ENCODED), KEY]
    assert not [(place, one) for place, text in said.items() for one in canaries if one in text]
    assert done.returncode == code, done.stderr
    assert (CANARY in heads) == (name in SENT)


SENT = {"a signature in the environment", "a signature where checks are made"}
"""Ways whose secret is for the account and has to be sent to it; keys sign, and are never sent."""


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_a_secret_stays_where_it_is(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)


@pytest.mark.torture
@pytest.mark.parametrize("name", WAYS)
def test_no_way_in_leads_to_a_way_out(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)
