"""Settings in layers: packaged, workspace, environment, flags; and defaults that are the same in code and in TOML."""

import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from lakezones.config import SECTIONS, Settings, configs
from lakezones.errors import ConfigError


def overrides(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "lakezones.toml"
    path.write_text(text, "utf-8")
    return path


def test_later_layers_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = overrides(tmp_path, "[roles]\nmax_roles = 11\n")
    default = Settings().roles.max_roles
    assert default != 11
    assert Settings(path).roles.max_roles == 11
    monkeypatch.setenv("LAKEZONES_ROLES__MAX_ROLES", "12")
    assert Settings(path).roles.max_roles == 12
    assert Settings(path, flags={"roles": {"max_roles": 13}}).roles.max_roles == 13
    assert Settings(path, flags={"roles": {"max_roles": None}}).roles.max_roles == 12


def test_keys_that_a_layer_does_not_name_stay(tmp_path: Path) -> None:
    path = overrides(tmp_path, "[plan.effort.copy]\nfixed = 77\n")
    before, after = Settings().plan.effort["copy"], Settings(path).plan.effort["copy"]
    assert after.fixed == 77
    assert after.per_item == before.per_item
    assert Settings(path).plan.effort["gate"] == Settings().plan.effort["gate"]


def test_one_key_of_a_table_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Settings().plan.effort["copy"]
    monkeypatch.setenv("LAKEZONES_PLAN__EFFORT__COPY__FIXED", "88")
    after = Settings().plan.effort["copy"]
    assert (after.fixed, after.per_item) == (88, before.per_item)


def test_lists_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEZONES_POLICIES__RESTRICTED_SENSITIVITIES", '["secret"]')
    name = "restricted_sensitivities"
    assert name in type(Settings().policies).model_fields
    assert list(getattr(Settings().policies, name)) == ["secret"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[roles]\nno_such_key = 1\n", "setting roles.no_such_key"),
        ('[roles]\nmax_roles = "many"\n', "setting roles.max_roles"),
        ("[rolls]\nmax_roles = 1\n", r"unknown section \[rolls\]"),
        ("roles = 3\n", "roles is not a section"),
        ("[roles\n", "lakezones.toml"),
        ("[roles]\nmax_roles = 1\nmax_roles = 2\n", "lakezones.toml"),
    ],
)
def test_bad_settings_name_the_key_or_the_file(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        _ = Settings(overrides(tmp_path, text)).roles
    assert error.value.hint


def test_latin_1_is_an_error_and_not_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "lakezones.toml"
    path.write_bytes("[roles]\n# café\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"lakezones\.toml"):
        Settings(path)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("LAKEZONES_ROLES__NO_SUCH_KEY", "1", "roles.no_such_key"),
        ("LAKEZONES_ROLES__MAX_ROLES", "many", "roles.max_roles"),
        ("LAKEZONES_ROLLS__MAX_ROLES", "1", "LAKEZONES_ROLLS__MAX_ROLES: unknown section 'rolls'"),
        ("LAKEZONES_ROLES", "{", "LAKEZONES_ROLES: not JSON"),
        ("LAKEZONES_SCAN__SUBSCRIPTIONS", "one,two", "LAKEZONES_SCAN__SUBSCRIPTIONS: not JSON"),
    ],
)
def test_bad_variables_are_named(variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=message):
        Settings().used("roles", "scan")


def test_every_section_has_a_file_and_every_file_a_section() -> None:
    assert {path.stem for path in configs().glob("*.toml")} == set(SECTIONS)


@pytest.mark.parametrize("name", SECTIONS)
def test_files_equal_the_defaults_of_the_code(name: str) -> None:
    model = type(Settings().section(name))
    written = tomllib.loads((configs() / f"{name}.toml").read_text("utf-8"))
    assert model.model_validate(written) == model()
    unwritten = set(model.model_fields) - set(written)
    optional = {key for key in unwritten if getattr(model(), key) is None or getattr(model(), key) in ((), {}, [])}
    assert unwritten == optional, f"configs/{name}.toml does not show {sorted(unwritten - optional)}"


@pytest.mark.parametrize("name", SECTIONS)
def test_sections_refuse_unknown_keys_and_stay_as_they_are(name: str) -> None:
    section = Settings().section(name)
    assert isinstance(section, BaseModel)
    assert section.model_config.get("extra") == "forbid"
    assert section.model_config.get("frozen") is True


def test_used_settings_are_plain_values() -> None:
    import json

    used = Settings().used(*SECTIONS)
    assert set(used) == set(SECTIONS)
    json.dumps(used)
