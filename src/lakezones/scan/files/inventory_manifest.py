"""Reads the manifest of a blob inventory report: its account, its files, and whether it is complete.

In: the path of a manifest. Out: an `InventoryReport`, which `lakezones.scan.files.inventory` reads.

Source: https://learn.microsoft.com/azure/storage/blobs/blob-inventory
"""

import json
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from lakezones.errors import InputError
from lakezones.store.cells import iso_time

LONGEST: Final = 1 << 26
"""Bytes of a manifest; one that names 100,000 files has a third of them."""


@dataclass(frozen=True, kw_only=True)
class InventoryReport:
    """What the manifest of a report states.

    Attributes
    ----------
    path
        Where the manifest lies; its files lie beside it.
    files
        Names of the report's files in their container, and sizes in bytes where they are stated.
    of_containers
        Whether it lists containers; otherwise blobs.
    whole
        Whether it covers the account: no prefix was asked for.
    """

    path: Path
    rule: str
    account: str
    files: list[tuple[str, int | None]]
    fields: list[str]
    of_containers: bool
    form: str
    status: str
    expected: int | None
    ended: datetime | None
    whole: bool

    @property
    def tables(self) -> tuple[str, ...]:
        """Fact tables that it fills."""
        return ("containers", "acls") if "Acl" in self.fields and not self.of_containers else ("containers",)


def load_report(path: Path) -> InventoryReport:
    """Read a manifest.

    Raises
    ------
    InputError
        If it is not the manifest of a report, or the report has no names.
    """
    try:
        if not path.is_file():
            raise InputError(f"{path}: not a file", hint="take it away, or put the manifest there")
        if path.stat().st_size > LONGEST:
            raise InputError(f"{path}: more than {LONGEST:,} bytes, which no manifest of a report has")
        manifest = json.loads(path.read_bytes())
        rule, ended = manifest["ruleDefinition"], manifest.get("inventoryCompletionTime")
        report = InventoryReport(
            path=path,
            rule=str(manifest.get("ruleName") or path.name),
            account=_account(str(manifest.get("endpoint") or "")),
            files=[(str(entry["blob"]), _number(entry.get("size"))) for entry in manifest["files"]],
            fields=[str(name) for name in rule["schemaFields"]],
            of_containers=str(rule["objectType"]).lower() == "container",
            form=str(rule["format"]).lower(),
            status=str(manifest.get("status", "Succeeded")),
            expected=_number((manifest.get("summary") or {}).get("objectCount")),
            ended=iso_time(str(ended)) if ended else None,
            whole=not any((rule.get("filters") or {}).get(name) for name in ("prefixMatch", "excludePrefix")),
        )
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else error
        raise InputError(
            f"{path}: not a manifest of a blob inventory report ({reason})", hint="download the report again"
        ) from None
    if "Name" not in report.fields:
        raise InputError(f"{path}: the report has no Name", hint="add Name to the rule's schema fields")
    return report


def _number(value: object) -> int | None:
    """A count, or None where there is none."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise ValueError(f"{str(value)[:40]!r} is not a count")


def _account(endpoint: str) -> str:
    """Account of an endpoint: the first part of the host, or of the path where the host is a number."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return host.partition(".")[0]
    return parts.path.strip("/").partition("/")[0]
