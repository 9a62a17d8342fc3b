"""Azure role definitions that the Firm uses, read from ``azure_roles.toml``."""

import tomllib
from pathlib import Path
from typing import Any, Final

import polars as pl

_ROLES: Final[dict[str, dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("azure_roles.toml").read_text(encoding="utf-8")
)


ROLE_IDS: Final = {name: str(role["role"]) for name, role in _ROLES.items()}
"""Ids of the roles by their names in the file."""


def role_definitions() -> pl.DataFrame:
    """Return the role definitions as a fact table."""
    columns = ("actions", "not_actions", "data_actions", "not_data_actions")
    rows = [{"role": role["role"], **{column: role.get(column, []) for column in columns}} for role in _ROLES.values()]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(columns, pl.List(pl.String))).sort("role")
