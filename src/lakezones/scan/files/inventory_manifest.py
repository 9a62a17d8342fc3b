"""Reads the manifest of a blob inventory report: its account, its files, and whether it is complete.

In: the path of a manifest. Out: an `InventoryReport`, which `lakezones.scan.files.inventory` reads.

Source: https://learn.microsoft.com/azure/storage/blobs/blob-inventory
"""

import json
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from lakezones.errors import InputError
from lakezones.store.cells import iso_time


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
        manifest = json.loads(path.read_bytes())
        rule, ended = manifest["ruleDefinition"], manifest.get("inventoryCompletionTime")
        report = InventoryReport(
            path=path,
            rule=str(manifest.get("ruleName") or path.name),
            account=_account(str(manifest.get("endpoint") or "")),
            files=[(str(entry["blob"]), entry.get("size")) for entry in manifest["files"]],
            fields=list(rule["schemaFields"]),
            of_containers=str(rule["objectType"]).lower() == "container",
            form=str(rule["format"]).lower(),
            status=str(manifest.get("status", "Succeeded")),
            expected=(manifest.get("summary") or {}).get("objectCount"),
            ended=iso_time(ended) if ended else None,
            whole=not any((rule.get("filters") or {}).get(name) for name in ("prefixMatch", "excludePrefix")),
        )
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a manifest of a blob inventory report ({error})") from None
    if "Name" not in report.fields:
        raise InputError(f"{path}: the report has no Name", hint="add Name to the rule's schema fields")
    return report


def _account(endpoint: str) -> str:
    """Account of an endpoint: the first part of the host, or of the path where the host is a number."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return host.partition(".")[0]
    return parts.path.strip("/").partition("/")[0]
