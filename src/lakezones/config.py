"""Settings: defaults in configs/*.toml, the workspace's lakezones.toml, the environment and flags, in one typed object.

Later sources win: ``configs/<section>.toml`` (packaged), the table ``[<section>]`` of the workspace's
``lakezones.toml``, environment variables ``LAKEZONES_<SECTION>__<KEY>``, then flags; pydantic-settings merges them
key by key. Each section is a pydantic model that lives beside the stage it belongs to; it is imported only when asked
for, which keeps commands quick to start.
"""

import importlib
import os
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

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
    from lakezones.review.settings import ReviewSettings
    from lakezones.scan.settings import ScanSettings

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
    "review": "lakezones.review.settings:ReviewSettings",
    "plan": "lakezones.plan.settings:PlanSettings",
}


def configs() -> Path:
    """The folder of default settings: the checkout's ``configs/``, or the copy inside an installed wheel."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "configs"
    return Path(str(resources.files("lakezones"))) / "_configs"


class Settings:
    """Every setting of a run: an attribute per section, loaded and validated on first use.

    Parameters
    ----------
    overrides
        The workspace's ``lakezones.toml``; may be absent.
    flags
        Settings given on the command line, by section and key; ``None`` values are left out.
    """

    scan: "ScanSettings"
    access: "AccessSettings"
    findings: "FindingsSettings"
    domains: "DomainsSettings"
    zones: "ZonesSettings"
    roles: "RolesSettings"
    naming: "NamingSettings"
    layout: "LayoutSettings"
    policies: "PoliciesSettings"
    limits: "LimitsSettings"
    review: "ReviewSettings"
    plan: "PlanSettings"

    def __init__(self, overrides: Path | None = None, *, flags: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._file = overrides
        self._workspace = _read_toml(overrides) if overrides is not None else {}
        self._flags = {
            section: {key: value for key, value in values.items() if value is not None}
            for section, values in (flags or {}).items()
        }
        self._loaded: dict[str, BaseModel] = {}
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

    def __getattr__(self, name: str) -> BaseModel:
        if name not in SECTIONS:
            raise AttributeError(f"no section {name!r} of settings")
        return self.section(name)

    def section(self, name: str) -> BaseModel:
        """A section, validated.

        Raises
        ------
        ConfigError
            If a key is unknown or a value not allowed; names the section and the key.
        """
        if name not in self._loaded:
            module, _, attribute = SECTIONS[name].partition(":")
            self._loaded[name] = self._load(name, getattr(importlib.import_module(module), attribute))
        return self._loaded[name]

    def used(self, *names: str) -> dict[str, Any]:
        """Settings of the named sections as plain values, for a manifest."""
        return {name: self.section(name).model_dump(mode="json") for name in names}

    def _load(self, name: str, model: type[BaseModel]) -> BaseModel:
        # Imported here: it takes a tenth of a second, which commands without settings need not wait for.
        from pydantic_settings import BaseSettings, InitSettingsSource, SettingsConfigDict, SettingsError
        from pydantic_settings import PydanticBaseSettingsSource as Source

        defaults = configs() / f"{name}.toml"
        weaker = (self._workspace, {name: _read_toml(defaults)})

        class Layers(BaseSettings):
            model_config = SettingsConfigDict(env_prefix="LAKEZONES_", env_nested_delimiter="__", extra="ignore")

            @classmethod
            def settings_customise_sources(
                cls, settings_cls: type[BaseSettings], init_settings: Source, env_settings: Source, *_: Any, **__: Any
            ) -> tuple[Source, ...]:
                return init_settings, env_settings, *(InitSettingsSource(settings_cls, layer) for layer in weaker)

        field: dict[str, Any] = {name: (model, ...)}
        try:
            layers = create_model("Layers", __base__=Layers, **field)(**{name: self._flags.get(name, {})})
            return cast(BaseModel, getattr(layers, name))
        except SettingsError:
            prefix = f"LAKEZONES_{name.upper()}"
            variables = [variable for variable in sorted(os.environ) if variable.upper().startswith(prefix)]
            raise ConfigError(
                f"environment variable {' or '.join(variables)}: not JSON where a list or a table is needed",
                hint=f"""one variable per key, as {prefix}__KEY; lists and tables as JSON, for example '["a", "b"]'""",
            ) from None
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"setting {key}: {first['msg']}",
                hint=f"see {defaults.name}, {self._file or 'lakezones.toml'} and LAKEZONES_{name.upper()}__...",
            ) from None


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", hint="check its permissions") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", hint="the file must be TOML in UTF-8") from None
