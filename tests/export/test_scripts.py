"""Scripts: valid bash, every value quoted, every step there, nothing wider than the plan."""

import subprocess
from pathlib import Path

import polars as pl
import pytest

from lakezones.errors import InputError, UsageError
from lakezones.export import az_script, azcopy_script, outputs
from lakezones.export.shell import is_hidden
from lakezones.model import tables as t
from lakezones.model.frames import Plan, conform
from lakezones.pipeline import Workspace
from lakezones.plan.steps import Step, to_frame
from tests.journey import golden_lake

HOSTILE = [
    "$(touch HACKED)",
    "`touch HACKED`",
    "'; touch HACKED; '",
    '"; touch HACKED; "',
    "a\ntouch HACKED",
    "-x",
    "a b",
    "a\rtouch HACKED\r",
    "\x1b]0;title\x07\x1b[2K\x1b[1A",
    "abc\u202egnp.exe",
    "\u2066a\u2069\u200b\ufeff\u00adb\u00a0c",
    "a\u2028touch HACKED\u2029b",
    "\\x41'\u202e1f",
    "naïve — 表",
]
RECORD = """
record() { local word; for word in "$@"; do printf '%s\\0' "$word"; done >> calls; printf '\\0' >> calls; }
az() { record az "$@"; case "$*" in *"group show"*) echo OBJECT-ID ;; esac; }
azcopy() { record azcopy "$@"; }
"""


def a_plan(*steps: Step, items: list[dict[str, object]] | None = None, status: str = "reviewed") -> Plan:
    frame = pl.DataFrame(items or [], schema_overrides={"item": pl.Int64}) if items else t.Items.create_empty()
    return Plan(
        steps=to_frame(steps),
        items=conform(frame, t.Items),
        waves=t.Waves.create_empty(),
        limits=t.Limits.create_empty(),
        summary={"status": status},
    )


def play(script: str, folder: Path, *, answers: str = "yes\n" * 500, account: str = "lake") -> list[list[str]]:
    """Run a script with az and azcopy recorded, and return the calls."""
    head, line, rest = script.partition("set -euo pipefail\n")
    assert line
    (folder / "plan.sh").write_text(head + line + RECORD + rest, "utf-8")
    environment = {"PATH": "/usr/bin:/bin", "ACCOUNT": account, "STORAGE": "/sub/storageAccounts"}
    done = subprocess.run(
        ["bash", "plan.sh"], cwd=folder, env=environment, input=answers, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    calls = folder / "calls"
    records = calls.read_bytes().decode().split("\0\0") if calls.exists() else []
    return [_words(record.split("\0")) for record in records if record]


def _words(call: list[str]) -> list[str]:
    """A call with options and their values apart; no value may look like an option of its own."""
    words = [word for one in call for word in (one.split("=", 1) if one.startswith("--") else [one])]
    assert all(one == "--recursive" or one.startswith("--") or not one.startswith("-") for one in call)
    return words


def step(action: str, name: str = "s", **columns: object) -> Step:
    return Step(step_id=name, wave=1, sequence=0, action=action, **columns)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_words(name: str, tmp_path: Path) -> None:
    steps = [
        step("create_group", "1", object_id=name, group=name, domain=name),
        step("add_member", "2", group=name, principal_id=f"p{name}"),
        step("grant", "3", object_kind="acl_entry", group=name, container=name, path=name, access="read"),
        step("grant", "4", object_kind="assignment", group="g", container=name, access="write", role=name),
        step("revoke", "5", object_kind="acl_entry", principal_id=name, container=name),
        step("create_folder", "6", container="zone", path=name),
        step("gate", "7", check=name),
        step("cutover", name, check=name, container=name, target=name),
    ]
    script = az_script(a_plan(*steps))
    assert not any(is_hidden(one) for one in script.replace("\n", ""))
    calls = play(script, tmp_path)
    assert not (tmp_path / "HACKED").exists()
    assert ["az", "ad", "group", "create", "--display-name", name, "--mail-nickname", name] == calls[0][:8]
    assert any(f"p{name}" in call for call in calls)
    copies = a_plan(step("copy", container=name, target=f"zone/{name}", domain=name), step("gate", "g", check=name))
    calls = play(azcopy_script(copies), tmp_path)
    assert not (tmp_path / "HACKED").exists()
    assert any(call[:2] == ["azcopy", "copy"] for call in calls)


def test_new_groups_are_found_by_name_and_others_by_id(tmp_path: Path) -> None:
    plan = a_plan(
        step("create_group", "1"),
        step("add_member", "2"),
        items=[
            {
                "step_id": "1",
                "item": 0,
                "group": "role-1",
                "object_id": "lz-role",
                "description": "Lets $3 `people`; 'read'",
            },
            {"step_id": "2", "item": 0, "group": "role-1", "principal_id": "ana"},
            {"step_id": "2", "item": 1, "group": "g-old", "principal_id": "role-1"},
        ],
    )
    calls = play(az_script(plan), tmp_path)
    assert calls[0][4:8] == ["--display-name", "lz-role", "--mail-nickname", "role-1"]
    assert calls[0][8:10] == ["--description", "Lets $3 `people`; 'read'"]
    shown = [call for call in calls if call[1:4] == ["ad", "group", "show"]]
    assert [call[5] for call in shown] == ["lz-role"]  # asked once, then remembered
    added = [call for call in calls if call[1:5] == ["ad", "group", "member", "add"]]
    assert [call[6:9:2] for call in added] == [["OBJECT-ID", "ana"], ["g-old", "OBJECT-ID"]]


def test_grants_are_never_wider_than_the_plan(tmp_path: Path) -> None:
    folder = step("grant", "1", object_kind="assignment", group="g", container="zone", path="f", access="manage")
    manage = step("grant", "2", object_kind="acl_entry", group="g", container="c", access="manage")
    nameless = step("revoke", "3", object_kind="assignment", principal_id="p", container="c", object_id="ra-1")
    script = az_script(a_plan(folder, manage, nameless))
    assert play(script, tmp_path) == []
    assert script.count("\nby_hand ") == 3
    exact = step("revoke", "4", object_kind="assignment", object_id="/subscriptions/s/roleAssignments/1")
    assert play(az_script(a_plan(exact)), tmp_path)[0][-1] == "/subscriptions/s/roleAssignments/1"


def test_accounts_in_names_are_used(tmp_path: Path) -> None:
    grant = step("grant", "1", object_kind="acl_entry", group="g", container="other/c1", access="read")
    call = play(az_script(a_plan(grant)), tmp_path)[0]
    assert call[call.index("--account-name") + 1] == "other"
    assert call[call.index("--file-system") + 1] == "c1"
    assert call[call.index("--acl") + 1] == "group:g:r-x,default:group:g:r-x"
    (tmp_path / "calls").unlink()
    call = play(azcopy_script(a_plan(step("copy", container="other/c1", target="new/zone/c1"))), tmp_path)[0]
    assert call[2:4] == ["https://other.blob.core.windows.net/c1/*", "https://new.blob.core.windows.net/zone/c1"]


def test_a_gate_that_is_not_confirmed_stops(tmp_path: Path) -> None:
    script = az_script(a_plan(step("gate", "1", check="sure?"), step("create_container", "2", container="c")))
    with pytest.raises(AssertionError):
        play(script, tmp_path, answers="no\n")
    with pytest.raises(AssertionError):
        play(script, tmp_path, answers="")
    assert not (tmp_path / "calls").exists()


def test_a_group_without_an_id_stops_the_script(tmp_path: Path) -> None:
    made = step("create_group", "1", object_id="lz-role", group="role-1")
    grant = step("grant", "2", object_kind="acl_entry", group="lz-role", container="c", access="read")
    script = az_script(a_plan(made, grant))
    assert ["--acl", "group:OBJECT-ID:r-x,default:group:OBJECT-ID:r-x"] in [
        call[-4:-2] for call in play(script, tmp_path)
    ]
    with pytest.raises(AssertionError, match="no object id for name:"):
        play(script.replace("az ad group show", "az ad group nothing"), tmp_path)


def test_a_draft_says_so() -> None:
    assert "# DRAFT" in az_script(a_plan(step("gate"), status="draft"))
    assert "# DRAFT" not in az_script(a_plan(step("gate")))


@pytest.mark.parametrize("render", [az_script, azcopy_script])
def test_the_golden_plan_is_valid_bash_and_whole(render: object, tmp_path: Path) -> None:
    plan = Workspace(golden_lake()).read_plan()
    script = render(plan)  # type: ignore[operator]
    (tmp_path / "x.sh").write_text(script)
    assert subprocess.run(["bash", "-n", tmp_path / "x.sh"], capture_output=True).returncode == 0
    if render is az_script:
        for step_id in plan.steps["step_id"]:
            assert f"\n# {step_id}, wave " in script
    play(script, tmp_path, account="goldenlake")
    with pytest.raises(AssertionError, match="the plan is of account goldenlake, not of lake"):
        play(script, tmp_path)
    assert render(plan, wave=1) != script  # type: ignore[operator]


@pytest.mark.parametrize(
    "account",
    [
        "evil.example#",
        "evil.example",
        "UPPER",
        "a",
        "ac ct",
        "acct1@evil",
        "acct1:443",
        "acct1%2f",
        "a\u202ecct",
        "",
        "１２３",
        "acct-1",
    ],
)
def test_what_cannot_be_an_account_never_becomes_a_host(account: str, tmp_path: Path) -> None:
    steps = [
        step("create_container", "1", container=f"{account}/zone"),
        step("grant", "2", object_kind="acl_entry", group="g", container=f"{account}/zone", path="f", access="read"),
        step("grant", "3", object_kind="assignment", group="g", container=f"{account}/zone", access="read"),
        step("copy", "4", container="lake/c", target=f"{account}/zone/c"),
        step("copy_delta", "5", container=f"{account}/c", target="lake/zone/c"),
    ]
    for script in (az_script(a_plan(*steps)), azcopy_script(a_plan(*steps))):
        assert "which names no storage account" in script
        assert play(script, tmp_path) == []


def test_a_target_without_its_account_is_left_to_people(tmp_path: Path) -> None:
    script = azcopy_script(a_plan(step("copy", container="c", target="sales-raw/c")))
    assert play(script, tmp_path) == []
    assert "sales-raw/c, which names no storage account" in script


def test_two_accounts_are_two_scopes_and_two_hosts(tmp_path: Path) -> None:
    ids = {name: f"/subscriptions/{name}/resourceGroups/r/providers/x/{name}" for name in ("lakea", "lakeb")}
    grants = [
        step("grant", name, object_kind="assignment", group="g", container=f"{name}/zone", access="read")
        for name in ("lakea", "lakeb", "lakec")
    ]
    plan = a_plan(*grants)
    plan.summary["accounts"] = {"bare": None, "ids": ids}
    calls = play(az_script(plan), tmp_path)
    scopes = [call[call.index("--scope") + 1] for call in calls]
    below = "blobServices/default/containers/zone"
    assert scopes == [f"{ids['lakea']}/{below}", f"{ids['lakeb']}/{below}", f"/sub/storageAccounts/lakec/{below}"]


def test_a_nul_ends_the_export_with_a_reason() -> None:
    with pytest.raises(InputError, match="NUL"):
        az_script(a_plan(step("create_folder", container="zone", path="a\0b")))


@pytest.mark.parametrize("kind", ["csv", "az", "azcopy"])
@pytest.mark.parametrize("wave", [9, -1, 0])
def test_a_wave_that_is_not_there_is_a_usage_error_that_says_which_are(kind: str, wave: int) -> None:
    with pytest.raises(UsageError, match=f"no wave {wave}") as refused:
        outputs(a_plan(step("gate", "1"), step("gate", "2")), kind, wave=wave)
    assert (refused.value.exit_code, refused.value.hint) == (2, "waves of this plan: 1")
