"""The local cloud over HTTP: who is let in, what is refused, and a package that is missing."""

import json
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from lakezones.demo.emulators.cloud_data import SUBSCRIPTION
from lakezones.demo.emulators.server import LocalCloud
from lakezones.errors import MissingPackageError
from lakezones.scan.rows import table_of

GROUP, PERSON = (f"{number:08x}-0000-4000-8000-000000000000" for number in (1, 2))
PEOPLE = [{"principal_id": GROUP, "kind": "group"}, {"principal_id": PERSON, "kind": "user", "name": "Ada"}]
EDGES = [{"group_id": GROUP, "member_id": PERSON, "state": "active"}]


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    tables = {"principals": table_of("principals", PEOPLE), "memberships": table_of("memberships", EDGES)}
    with LocalCloud(tables) as running:
        yield running


def ask(cloud: LocalCloud, path: str, *, body: object = None, method: str | None = None) -> tuple[int, object]:
    """Status and document of one answer."""
    import asyncio

    token = asyncio.run(cloud.credential.get_token()).token
    request = urllib.request.Request(
        cloud.endpoint + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=cloud.ca_file)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_without_a_token_nothing_is_answered(cloud: LocalCloud) -> None:
    context = ssl.create_default_context(cafile=cloud.ca_file)
    with pytest.raises(urllib.error.HTTPError, match="401") as caught:
        urllib.request.urlopen(f"{cloud.endpoint}/v1.0/users", context=context)
    with caught.value as refused:
        assert json.load(refused)["error"]["code"] == "InvalidAuthenticationToken"


def test_a_client_that_does_not_trust_its_authority_does_not_connect(cloud: LocalCloud) -> None:
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(cloud.endpoint)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(cloud: LocalCloud, method: str) -> None:
    for path in ("/v1.0/users", "/devstoreaccount1/sales", "/v1.0/$batch"):
        assert ask(cloud, path, method=method)[0] == 405


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1.0/devices",
        "/v1.0/users/nobody",
        "/v1.0/groups/nothing/members",
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/locks",
        "/devstoreaccount1/sales",
    ],
)
def test_what_it_does_not_know_is_not_found(cloud: LocalCloud, path: str) -> None:
    assert ask(cloud, path)[0] == 404


def test_a_batch_answers_each_part_as_if_asked_alone(cloud: LocalCloud) -> None:
    paths = [f"/groups/{GROUP}/members?$top=5", f"/users/{PERSON}", "/users/nobody", "/nothing/at/all"]
    parts = [{"id": str(number), "method": "GET", "url": path} for number, path in enumerate(paths)]
    status, answer = ask(cloud, "/v1.0/$batch", body={"requests": parts})
    assert status == 200
    assert isinstance(answer, dict)
    by_id = {part["id"]: part for part in answer["responses"]}
    assert [by_id[str(number)]["status"] for number in range(4)] == [200, 200, 404, 404]
    for number in (0, 1):
        assert by_id[str(number)]["body"] == ask(cloud, f"/v1.0{paths[number]}")[1]
    assert by_id["0"]["body"] == {"value": [{"@odata.type": "#microsoft.graph.user", "id": PERSON}]}


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "trustme"])
def test_a_missing_package_names_itself_and_the_extra(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "lakezones.demo.emulators.cloud_app", raising=False)
    for name in list(sys.modules):
        if name.startswith(f"{package}."):
            monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPackageError, match=f"the package {package} is not installed") as caught:
        LocalCloud({}).start()
    assert caught.value.hint == "pip install 'lakezones[demo]'"
