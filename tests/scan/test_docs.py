"""The guide says what the code needs, and the settings file what the code does by default."""

import fnmatch
import json
import re
import tomllib
from pathlib import Path

import pytest

from lakezones.model.facts import FACTS
from lakezones.scan import ScanSettings, scan
from lakezones.scan.azure import arm as scan_arm
from lakezones.scan.azure import storage

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "scanning.md"


def test_the_defaults_in_the_file_are_the_defaults_in_code() -> None:
    assert ScanSettings.model_validate(tomllib.loads((ROOT / "configs" / "scan.toml").read_text())) == ScanSettings()
    assert set(tomllib.loads((ROOT / "configs" / "scan.toml").read_text())) == set(ScanSettings.model_fields)


def test_the_custom_role_covers_every_action_that_the_code_names() -> None:
    role = json.loads(re.findall(r"```json\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0])
    source = Path(scan_arm.__file__).read_text()
    named = set(re.findall(r'"(Microsoft\.[A-Za-z/]+/read)"', source)) | {storage.LIST_ACTION, storage.POLICY_ACTION}
    assert len(named) >= 8
    uncovered = [name for name in named if not any(fnmatch.fnmatchcase(name, action) for action in role["Actions"])]
    assert uncovered == []
    assert role["DataActions"] == []
    assert not [action for action in role["Actions"] if "write" in action or "listKeys" in action]


def test_the_mapping_in_the_guide_works(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0])
    (tmp_path / "requests.csv").write_text("User,Access,State,Requested\nann,A,Provisioned,31/01/2026\n")
    (tmp_path / "map.csv").write_text("Access,Bucket\nA,sales\n")
    assert scan([str(tmp_path / "map.toml")]).tables["entitlements"].item(0, "status") == "approved"


@pytest.mark.parametrize(
    "option",
    ["--include", "--exclude", "--only", "--check", "--resume", "--inventory", "--acl-depth", "--sample-blobs"],
)
def test_every_option_is_in_the_guide(option: str) -> None:
    assert option in GUIDE.read_text()


def test_the_guide_lists_every_table_and_column_of_a_capture() -> None:
    text = (ROOT / "docs" / "workspace.md").read_text()
    for name, schema in FACTS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        listed = [re.sub(r" \(.*", "", cell) for cell in re.split(r", (?![^(]*\))", row.split("|")[2].strip())]
        columns = schema.columns().items()
        assert listed == [column if known.nullable else f"**{column}**" for column, known in columns]
