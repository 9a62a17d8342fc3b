"""Settings: defaults in configs/*.toml, the workspace's lakezones.toml, the environment and flags, in one typed object.

Later sources win: ``configs/<section>.toml`` (packaged), the table ``[<section>]`` of the workspace's
``lakezones.toml``, environment variables ``LAKEZONES_<SECTION>__<KEY>``, then flags. Each section is a pydantic
model that lives beside the stage it belongs to; it is imported only when asked for, which keeps commands quick to
start.
"""

import importlib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from pydantic import BaseModel, ValidationError, create_model

from lakezones.errors import ConfigError

if TYPE_CHECKING:
    from lakezones.access.settings import AccessSettings
    from lakezones.findings.settings import FindingsSettings
    from lakezones.model.limits import LimitsSettings
    from lakezones.model.naming import NamingSettings
    from lakezones.model.policies import PoliciesSettings
    from lakezones.plan.settings import PlanSettings
    from lakezones.propose.domains.settings import DomainsSettings
    from lakezones.propose.layout.settings import LayoutSettings
    from lakezones.propose.roles.settings import RolesSettings
    from lakezones.propose.zones.settings import ZonesSettings
    from lakezones.scan.settings import ScanSettings

Section = TypeVar("Section", bound=BaseModel)

SECTIONS: Final = {
    "scan": "lakezones.scan.settings:ScanSettings",
    "access": "lakezones.access.settings:AccessSettings",
    "findings": "lakezones.findings.settings:FindingsSettings",
    "domains": "lakezones.propose.domains.settings:DomainsSettings",
    "zones": "lakezones.propose.zones.settings:ZonesSettings",
    "roles": "lakezones.propose.roles.settings:RolesSettings",
    "naming": "lakezones.model.naming:NamingSettings",
    "layout": "lakezones.propose.layout.settings:LayoutSettings",
    "policies": "lakezones.model.policies:PoliciesSettings",
    "limits": "lakezones.model.limits:LimitsSettings",
    "plan": "lakezones.plan.settings:PlanSettings",
}


def configs() -> Path:
    """The folder of default settings: the checkout's ``configs/``, or the copy inside an installed wheel."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "configs"
    return Path(str(resources.files("lakezones"))) / "_configs"


class Settings:
    """Every setting of a run.

    Parameters
    ----------
    overrides
        The workspace's ``lakezones.toml``; may be absent.
    flags
        Settings given on the command line, by section and key; ``None`` values are left out.
    """

    def __init__(self, overrides: Path | None = None, *, flags: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._file = overrides
        self._workspace = _read_toml(overrides) if overrides is not None else {}
        self._flags = {
            section: {key: value for key, value in values.items() if value is not None}
            for section, values in (flags or {}).items()
        }
        self._cache: dict[str, BaseModel] = {}
        known = "sections: " + ", ".join(sorted(SECTIONS))
        if unknown := sorted(set(self._workspace) - set(SECTIONS)):
            raise ConfigError(f"{overrides}: unknown section [{unknown[0]}]", hint=known)
        for name, values in self._workspace.items():
            if not isinstance(values, dict):
                raise ConfigError(f"{overrides}: {name} is not a section", hint=f"write [{name}] and keys below it")
        for variable in sorted(os.environ):
            section, nested, _ = variable.upper().removeprefix("LAKEZONES_").partition("__")
            if variable.upper().startswith("LAKEZONES_") and nested and section.lower() not in SECTIONS:
                raise ConfigError(f"environment variable {variable}: unknown section {section.lower()!r}", hint=known)

    def section(self, name: str) -> BaseModel:
        """A section, validated.

        Raises
        ------
        ConfigError
            If a key is unknown or a value not allowed; names the section and the key.
        """
        if name not in self._cache:
            module, _, attribute = SECTIONS[name].partition(":")
            model: type[BaseModel] = getattr(importlib.import_module(module), attribute)
            self._cache[name] = self._load(name, model)
        return self._cache[name]

    @property
    def scan(self) -> "ScanSettings":
        """Settings of scan."""
        return cast("ScanSettings", self.section("scan"))

    @property
    def access(self) -> "AccessSettings":
        """Settings of access."""
        return cast("AccessSettings", self.section("access"))

    @property
    def findings(self) -> "FindingsSettings":
        """Settings of findings."""
        return cast("FindingsSettings", self.section("findings"))

    @property
    def domains(self) -> "DomainsSettings":
        """Settings of domains."""
        return cast("DomainsSettings", self.section("domains"))

    @property
    def zones(self) -> "ZonesSettings":
        """Settings of zones."""
        return cast("ZonesSettings", self.section("zones"))

    @property
    def roles(self) -> "RolesSettings":
        """Settings of roles."""
        return cast("RolesSettings", self.section("roles"))

    @property
    def naming(self) -> "NamingSettings":
        """Settings of naming."""
        return cast("NamingSettings", self.section("naming"))

    @property
    def layout(self) -> "LayoutSettings":
        """Settings of layout."""
        return cast("LayoutSettings", self.section("layout"))

    @property
    def policies(self) -> "PoliciesSettings":
        """Settings of policies."""
        return cast("PoliciesSettings", self.section("policies"))

    @property
    def limits(self) -> "LimitsSettings":
        """Settings of limits."""
        return cast("LimitsSettings", self.section("limits"))

    @property
    def plan(self) -> "PlanSettings":
        """Settings of plan."""
        return cast("PlanSettings", self.section("plan"))

    def used(self, *names: str) -> dict[str, Any]:
        """Settings of the named sections as plain values, for a manifest."""
        return {name: self.section(name).model_dump(mode="json") for name in names}

    def _load(self, name: str, model: type[Section]) -> Section:
        defaults = configs() / f"{name}.toml"
        strongest = self._flags.get(name, {})
        layers = (_read_toml(defaults), self._workspace.get(name, {}), _environment(name), strongest)
        try:
            return model.model_validate(_merge(layers))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"setting {name}.{key}: {first['msg']}",
                hint=f"see {defaults.name}, {self._file or 'lakezones.toml'} and LAKEZONES_{name.upper()}__...",
            ) from None


def _environment(name: str) -> Mapping[str, Any]:
    """What environment variables say of a section; lists and tables are written as JSON."""
    if not any(variable.upper().startswith("LAKEZONES_") for variable in os.environ):
        return {}
    # Most runs are told nothing by the environment, and need not wait until this library is loaded.
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

    section = create_model("Section", __base__=BaseSettings, **{name: (dict[str, Any], {})})  # type: ignore[call-overload]
    try:
        found = EnvSettingsSource(section, env_prefix="LAKEZONES_", env_nested_delimiter="__")()
    except SettingsError as error:
        raise ConfigError(
            f"environment variables LAKEZONES_{name.upper()}...: {error}",
            hint=f"one variable per key, as LAKEZONES_{name.upper()}__KEY; lists and tables as JSON",
        ) from None
    values: dict[str, Any] = _decode(found.get(name, {}))
    return values


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _decode(item) for key, item in value.items()}
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _merge(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Layers from the weakest to the strongest as one, tables merged key by key."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            tables = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
            merged[key] = _merge((merged[key], value)) if tables else value
    return merged


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", hint="check its permissions") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", hint="the file must be TOML in UTF-8") from None
