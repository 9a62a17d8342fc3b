"""Limits: the file and the code say the same, and every limit names its source."""

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from lakezones.model.limits import Limit, LimitsSettings

CONFIG = Path(__file__).parents[2] / "configs" / "limits.toml"


def test_the_file_equals_the_defaults() -> None:
    assert LimitsSettings.model_validate(tomllib.loads(CONFIG.read_text())) == LimitsSettings()


def test_every_limit_of_the_code_is_in_the_file() -> None:
    assert set(tomllib.loads(CONFIG.read_text())) == set(LimitsSettings.model_fields)


def test_limits_are_inclusive() -> None:
    limit = LimitsSettings().named_acl_entries_per_path
    assert limit.allows(28)
    assert not limit.allows(29)


def test_an_unknown_limit_is_refused() -> None:
    with pytest.raises(ValidationError, match="acl_entries_per_pth"):
        LimitsSettings.model_validate({"acl_entries_per_pth": {"value": 1, "hard": True, "source": "x"}})


def test_a_limit_without_a_source_is_refused() -> None:
    with pytest.raises(ValidationError):
        Limit(value=1, hard=True, source="")


def test_lookup_by_name() -> None:
    assert LimitsSettings().named("groups_per_principal").hard is False
    with pytest.raises(KeyError):
        LimitsSettings().named("model_config")
