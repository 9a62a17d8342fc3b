"""The plan as shell scripts for the Azure CLI and AzCopy.

In: steps and items of a plan. Out: text of a bash script, one section per step, in the order of the plan. Every value
is quoted for the shell, so that a hostile name stays a word, and every place names its account; one that cannot be the
name of an account is left to people. What a script cannot do, and what it must not do without a
person (close an entitlement, cut over, delete), is a section that says so and waits; no step is left out in silence.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

import polars as pl

from lakezones.export.shell import comment
from lakezones.export.shell import quoted as _q
from lakezones.model.frames import Plan
from lakezones.model.places import is_account_name

_COMMON: Final = """#!/usr/bin/env bash
# {title}{draft}
# Read it before you run it. Each section is a step of plan.csv. Gates, and steps that this script cannot do, wait
# until you confirm them with "yes".
set -euo pipefail
confirm() {{ local answer; printf '%s [yes] ' "$1" >&2; read -r answer; [ "$answer" = yes ] || exit 1; }}
gate() {{ confirm "gate: $1"; }}
by_hand() {{ confirm "by hand: $1"; }}
{account}"""

_UNKNOWN: Final = """: "${ACCOUNT:?name of the storage account}"
"""
_KNOWN: Final = """# Containers without an account before their name are in this one.
[ "${{ACCOUNT:={account}}}" = {account} ] || {{ echo "the plan is of account {account}, not of $ACCOUNT" >&2; exit 1; }}
"""

_AZ: Final = r"""
# Values are joined to their options by =, so that one that starts with - is no option itself.
# A principal is id:OBJECT_ID, or name:NAME for a group that this plan creates. A place is CONTAINER or
# ACCOUNT/CONTAINER. Sets OID, and FS with where it is.
declare -A KNOWN=()
oid() {
  case $1 in
    id:*) OID=${1#id:} ;;
    *) OID=${KNOWN[$1]:-}
       [ -n "$OID" ] || OID=$(az ad group show --group="${1#name:}" --query id --output tsv)
       # An entry of an ACL without an id would be that of the owner.
       [ -n "$OID" ] || { printf 'no object id for %s\n' "$1" >&2; exit 1; }
       KNOWN[$1]=$OID ;;
  esac
}
at() {
  case $1 in */*) FS=(--account-name="${1%%/*}" --file-system="${1#*/}") ;;
             *) FS=(--account-name="$ACCOUNT" --file-system="$1") ;; esac
  FS+=(--auth-mode login)
}
scope_of() {
  local account=${ACCOUNT:-} name=$1
  case $1 in */*) account=${1%%/*} name=${1#*/} ;; esac
  SCOPE=${ACCOUNT_ID[$account]:-"${STORAGE:?/subscriptions/ID/resourceGroups/NAME/providers/Microsoft.Storage/storageAccounts}/$account"}
  SCOPE+="/blobServices/default/containers/$name"
}
create_group() { az ad group create --display-name="$1" --mail-nickname="$2" ${3:+--description="$3"} --output none; }
member() { local group; oid "$2"; group=$OID; oid "$3"; az ad group member "$1" --group="$group" --member-id="$OID"; }
add_member() { member add "$@"; }
remove_member() { member remove "$@"; }
create_container() {
  case $1 in */*) az storage fs create --account-name="${1%%/*}" --auth-mode login --name="${1#*/}" --output none ;;
             *) az storage fs create --account-name="$ACCOUNT" --auth-mode login --name="$1" --output none ;; esac
}
create_folder() { at "$1"; az storage fs directory create "${FS[@]}" --name="$2" --output none; }
# grant_acl PLACE PATH group|user PRINCIPAL PERMISSIONS: access ACL of everything there, default ACL of its folders
grant_acl() {
  at "$1"; oid "$4"
  az storage fs access update-recursive "${FS[@]}" --path="$2" --acl="$3:$OID:$5,default:$3:$OID:$5" --output none
}
# revoke_acl PLACE PATH PRINCIPAL: takes the entry away where it names a user and where it names a group
revoke_acl() {
  at "$1"; oid "$3"
  az storage fs access remove-recursive "${FS[@]}" --path="$2" --acl="user:$OID,default:user:$OID" --output none
  az storage fs access remove-recursive "${FS[@]}" --path="$2" --acl="group:$OID,default:group:$OID" --output none
}
# grant_role PLACE Group|ServicePrincipal PRINCIPAL ROLE
grant_role() {
  scope_of "$1"; oid "$3"
  az role assignment create --assignee-object-id="$OID" --assignee-principal-type="$2" --role="$4" --scope="$SCOPE" \
    --output none
}
revoke_role() { az role assignment delete --ids="$1"; }
"""

_AZCOPY: Final = """url() { printf 'https://%s.blob.core.windows.net/%s' "$1" "$2"; }
"""

_PERMISSIONS: Final = {"read": "r-x", "write": "rwx"}
_ROLES: Final = {
    "read": "Storage Blob Data Reader",
    "write": "Storage Blob Data Contributor",
    "manage": "Storage Blob Data Owner",
}
_NOT_HERE: Final = {"copy": "copies are in plan.azcopy.sh", "copy_delta": "copies are in plan.azcopy.sh"}

Row = dict[str, Any]
Lines = Callable[[Row, Row], Iterator[str]]


def az_script(plan: Plan, *, wave: int | None = None) -> str:
    """Steps on groups, memberships, containers, folders, ACLs and role assignments as Azure CLI commands.

    Parameters
    ----------
    plan
        The plan.
    wave
        Only this wave; all waves by default.
    """
    created = _created(plan)

    def lines(step: Row, row: Row) -> Iterator[str]:
        return _az(step, row, created)

    return _script(plan, "lakezones plan for the Azure CLI", _account_ids(plan) + _AZ, lines, wave=wave)


def azcopy_script(plan: Plan, *, wave: int | None = None) -> str:
    """Copies of a plan as AzCopy commands; everything else is done by hand or by the other exports."""
    return _script(plan, "lakezones copies for AzCopy", _AZCOPY, _azcopy, wave=wave, skip=_SKIPPED_BY_AZCOPY)


_SKIPPED_BY_AZCOPY: Final = frozenset(
    {"create_group", "add_member", "remove_member", "revoke", "close_entitlement", "delete_group", "no_op"}
)
"""Steps of the same plan that copies do not wait for; what is between them and the copies is a gate."""


def _script(
    plan: Plan, title: str, header: str, lines: Lines, *, wave: int | None, skip: frozenset[str] = frozenset()
) -> str:
    steps = plan.steps.sort("sequence")
    if wave is not None:
        steps = steps.filter(pl.col("wave") == wave)
    items: dict[str, list[Row]] = {}
    for item in plan.items.sort("step_id", "item").iter_rows(named=True):
        items.setdefault(item["step_id"], []).append(item)
    draft = "\n# DRAFT: nobody has decided on this plan yet." if plan.summary.get("status") == "draft" else ""
    parts = [_COMMON.format(title=title, draft=draft, account=_account(plan)) + header]
    for step in steps.iter_rows(named=True):
        if step["action"] in skip:
            continue
        rows = items.get(step["step_id"]) or [step]
        body = list(dict.fromkeys(line for row in rows for line in lines(step, row)))
        if not body and step["action"] != "no_op":
            body = [f"by_hand {_q(_in_words(step, len(rows)))}"]
        parts.append(comment(f"{step['step_id']}, wave {step['wave']}, {step['domain'] or 'all'}: {step['action']}"))
        parts.extend(body)
    return "\n".join(parts) + "\n"


def _in_words(step: Row, items: int) -> str:
    many = f" ({items:,} items, see items.csv of the csv export)" if items > 1 else ""
    kind = f" {step['object_kind']}" if step["object_kind"] else ""
    more = _NOT_HERE.get(step["action"]) or step["check"] or ""
    return f"{step['step_id']}: {step['action']}{kind}{many}. {more}".strip()


def _account(plan: Plan) -> str:
    """Lines that see to it that places without an account are in the account that the plan is of."""
    places = pl.concat([plan.steps["container"], plan.items["container"]]).drop_nulls()
    if places.str.contains("/", literal=True).all():
        return ""
    name = plan.summary.get("accounts", {}).get("bare")
    return _KNOWN.format(account=name) if name and is_account_name(name) else _UNKNOWN


def _account_ids(plan: Plan) -> str:
    """The ARM ids of accounts, as far as the scan knows them."""
    ids = sorted(plan.summary.get("accounts", {}).get("ids", {}).items())
    known = "".join(f"  [{name}]={_q(arm)}\n" for name, arm in ids if is_account_name(name))
    return f"# ARM ids of accounts; any other is taken to be in $STORAGE.\ndeclare -A ACCOUNT_ID=(\n{known})\n"


def _strange(place: str | None) -> bool:
    """Whether what stands before the slash of a place cannot be the name of an account."""
    account, slash, _ = (place or "").partition("/")
    return bool(slash) and not is_account_name(account)


def _created(plan: Plan) -> dict[str, str]:
    """Ids of the groups that the plan creates, and their names: they have no object id until then."""
    steps = plan.steps.filter(pl.col("action").cast(pl.String) == "create_group")
    single = steps.filter(pl.col("object_id").is_not_null()).select("object_id", "group")
    batch = plan.items.join(steps.select("step_id"), on="step_id", how="semi").select("group", "object_id")
    return {str(key): str(name or key) for frame in (single, batch) for key, name in frame.iter_rows()}


def _az(step: Row, row: Row, created: dict[str, str]) -> Iterator[str]:
    def who(principal: str) -> str:
        return _q(f"name:{created[principal]}" if principal in created else f"id:{principal}")

    def value(name: str) -> Any:
        return row[name] if row[name] is not None else step[name]

    group, principal, container, path = (value(name) for name in ("group", "principal_id", "container", "path"))
    access = value("access") or "read"
    if _strange(container):
        what = f"{step['action']} in {container}, which names no storage account"
        yield f"by_hand {_q(what)}"
        return
    match step["action"]:
        case "create_group":
            key = row["group"] if row is not step else row["object_id"]
            said = row.get("description")
            yield f"create_group {_q(created[key])} {_q(key)}{f' {_q(said)}' if said else ''}"
        case "add_member" | "remove_member":
            yield f"{step['action']} {who(group)} {who(principal)}"
        case "create_container":
            yield f"create_container {_q(container)}"
        case "create_folder":
            yield f"create_folder {_q(container)} {_q(path)}"
        case "grant" if step["object_kind"] == "acl_entry" and access in _PERMISSIONS:
            kind = "group" if group else "user"
            yield f"grant_acl {_q(container)} {_q(path or '/')} {kind} {who(group or principal)} {_PERMISSIONS[access]}"
        case "grant" if step["object_kind"] == "assignment" and not path:
            # With a path the assignment needs a condition; without one it would open the whole container.
            kind = "Group" if group else "ServicePrincipal"
            yield f"grant_role {_q(container)} {kind} {who(group or principal)} {_q(step['role'] or _ROLES[access])}"
        case "grant":
            yield f"by_hand {_q(f'grant {access} on folder {path} of {container} to {group or principal}')}"
        case "revoke" if step["object_kind"] == "acl_entry":
            yield f"revoke_acl {_q(container)} {_q(path or '/')} {who(principal)}"
        case "revoke" if step["object_kind"] == "assignment":
            grant = value("object_id") or ""
            if grant.startswith("/"):
                yield f"revoke_role {_q(grant)}"
            else:  # deleting by name and scope could take more than this one grant
                yield f"by_hand {_q(f'delete role assignment {grant} of {principal} on {container}')}"
        case "gate":
            yield f"gate {_q(step['check'] or step['step_id'])}"


def _azcopy(step: Row, row: Row) -> Iterator[str]:
    target = row["target"] or step["target"]
    source = row["container"] or step["container"]
    match step["action"]:
        case "copy" | "copy_delta" if source and target:
            if _strange(source) or not is_account_name(target.partition("/")[0]):
                yield f"by_hand {_q(f'copy {source} to {target}, which names no storage account')}"
            elif step["action"] == "copy":
                yield f'azcopy copy "{_url(source, "/*")}" "{_url(target)}" --recursive'
            else:
                yield f'azcopy sync "{_url(source)}" "{_url(target)}" --recursive'
        case "gate":
            yield f"gate {_q(step['check'] or step['step_id'])}"


def _url(place: str, suffix: str = "") -> str:
    """A URL, percent-encoded and quoted; a place without a slash is a container of the account that the plan is of."""
    account, slash, name = place.partition("/")
    host, name = (_q(account), name) if slash else ('"$ACCOUNT"', place)
    return f"$(url {host} {_q(quote(name) + suffix)})"
