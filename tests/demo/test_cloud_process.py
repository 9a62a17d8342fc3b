"""The local cloud in a process of its own: it answers its credential alone, and ends with its parent."""

import os
import signal
import subprocess
import sys

import pytest

from lakezones.demo.emulators.cloud_process import CloudProcess
from lakezones.demo.emulators.credential import LocalCredential
from lakezones.errors import ServiceUnavailable
from lakezones.scan import ScanSettings
from lakezones.scan.azure.client import LakeClient
from lakezones.scan.rows import table_of

from .processes import gone

ACL = "user::rwx,group::r-x,other::---"
TABLES = {"acls": table_of("acls", [{"container": "sales", "path": "/", "acl": ACL, "owner": "o"}])}


async def ask(cloud: CloudProcess, credential: LocalCredential) -> dict[str, str]:
    settings = ScanSettings(**cloud.settings, retries=0)
    endpoint = settings.dfs_endpoint.format(account="devstoreaccount1")
    async with LakeClient(endpoint, settings=settings, credential=credential) as client:
        return await client.acl("sales", "/")


def test_it_answers_its_own_credential_alone() -> None:
    import asyncio

    from azure.core.exceptions import HttpResponseError

    with CloudProcess(TABLES) as cloud:
        found = asyncio.run(ask(cloud, cloud.credential))
        with pytest.raises(HttpResponseError) as caught:
            asyncio.run(ask(cloud, LocalCredential()))
    assert found == {"acl": ACL, "owner": "o", "owning_group": "$superuser"}
    assert caught.value.status_code == 401


def test_one_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setattr("lakezones.demo.emulators.cloud_process.sys.executable", "/bin/true")
    with pytest.raises(ServiceUnavailable, match="did not start"):
        CloudProcess(TABLES).start()


def test_it_ends_with_a_killed_parent() -> None:
    code = (
        "import time; from lakezones.demo.emulators.cloud_process import CloudProcess\n"
        "cloud = CloudProcess({}).start(); print(cloud.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone(child, within=20)
