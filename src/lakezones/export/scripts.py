"""The plan as shell scripts for the Azure CLI and AzCopy.

In: steps and items of a plan. Out: text of a bash script, one section per step, in the order of the plan. Every value
is quoted for the shell; ids and names come from the plan alone, so a hostile name stays a word.
"""

import shlex
from collections.abc import Iterator
from typing import Any

import polars as pl

from lakezones.model.frames import Plan

HEADER = """#!/usr/bin/env bash
# {title}
# Read it before you run it. Each section is one step of plan.csv; gates stop until you confirm them.
set -euo pipefail
gate() {{ printf '%s [yes] ' "$1"; read -r answer; [ "$answer" = yes ] || exit 1; }}
: "${{ACCOUNT:?the storage account}}"
"""


def az_script(plan: Plan, *, wave: int | None = None) -> str:
    """Steps on groups, memberships, containers, folders, ACLs and role assignments as Azure CLI commands.

    Parameters
    ----------
    plan
        The plan.
    wave
        Only this wave; all waves by default.
    """
    return _script(plan, "lakezones plan for the Azure CLI", _az, wave=wave)


def azcopy_script(plan: Plan, *, wave: int | None = None) -> str:
    """Copies of a plan as AzCopy commands; everything else is left to the other exports."""
    return _script(plan, "lakezones copies for AzCopy", _azcopy, wave=wave)


def _script(plan: Plan, title: str, lines: Any, *, wave: int | None) -> str:
    steps = plan.steps.sort("sequence")
    if wave is not None:
        steps = steps.filter(pl.col("wave") == wave)
    items: dict[str, list[dict[str, Any]]] = {}
    for item in plan.items.sort("step_id", "item").iter_rows(named=True):
        items.setdefault(item["step_id"], []).append(item)
    parts = [HEADER.format(title=title)]
    for step in steps.iter_rows(named=True):
        rows = items.get(step["step_id"]) or [step]
        body = [line for row in rows for line in lines(step, row)]
        if body:
            parts.append(f"\n# {step['step_id']} wave {step['wave']}: {step['action']} ({step['domain'] or 'all'})")
            parts.extend(dict.fromkeys(body))
    return "\n".join(parts) + "\n"


def _q(value: Any) -> str:
    return shlex.quote("" if value is None else str(value))


_PERMISSIONS = {"read": "r-x", "write": "rwx", "manage": "rwx"}
_ROLES = {
    "read": "Storage Blob Data Reader",
    "write": "Storage Blob Data Contributor",
    "manage": "Storage Blob Data Owner",
}


def _az(step: dict[str, Any], row: dict[str, Any]) -> Iterator[str]:
    group = row.get("group") or step["group"]
    who = row.get("principal_id") or step["principal_id"]
    container = row.get("container") or step["container"]
    path = row.get("path") or step["path"] or ""
    access = row.get("access") or step["access"] or "read"
    match step["action"]:
        case "create_group":
            name = group or row.get("object_id") or step["object_id"]
            yield f"az ad group create --display-name {_q(name)} --mail-nickname {_q(row.get('object_id') or name)}"
        case "add_member":
            yield f"az ad group member add --group {_q(group)} --member-id {_q(who)}"
        case "remove_member":
            yield f"az ad group member remove --group {_q(group)} --member-id {_q(who)}"
        case "create_container":
            yield f'az storage fs create --account-name "$ACCOUNT" --auth-mode login --name {_q(container)}'
        case "create_folder":
            where = f'--account-name "$ACCOUNT" --auth-mode login --file-system {_q(container)}'
            yield f"az storage fs directory create {where} --name {_q(path)}"
        case "grant" if step["object_kind"] == "acl_entry":
            kind = "group" if group else "user"
            entry = f"{kind}:{group or who}:{_PERMISSIONS[access]}"
            where = f'--account-name "$ACCOUNT" --auth-mode login --file-system {_q(container)} --path {_q(path or "/")}'
            yield f"az storage fs access update-recursive {where} --acl {_q(f'{entry},default:{entry}')}"
        case "grant":
            scope = step["scope"] or f"$SCOPE/blobServices/default/containers/{container}"
            yield (
                f"az role assignment create --assignee-object-id {_q(group or who)} "
                f'--assignee-principal-type Group --role {_q(step["role"] or _ROLES[access])} --scope "{scope}"'
            )
        case "gate":
            yield f"gate {_q(step['check'] or step['step_id'])}"


def _azcopy(step: dict[str, Any], row: dict[str, Any]) -> Iterator[str]:
    target = row.get("target") or step["target"]
    source = row.get("container") or step["container"]
    if target is None or source is None:
        if step["action"] == "gate":
            yield f"gate {_q(step['check'] or step['step_id'])}"
        return
    base = '"https://$ACCOUNT.blob.core.windows.net/"'
    match step["action"]:
        case "copy":
            yield f"azcopy copy {base}{_q(source + '/*')} {base}{_q(target)} --recursive --put-md5"
        case "copy_delta":
            yield f"azcopy sync {base}{_q(source)} {base}{_q(target)} --recursive"
