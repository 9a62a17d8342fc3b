"""A lake of two accounts and more, for tests of what happens where data goes into another account.

Ann, Bob and Cyd read every container through a group on the container itself. Everything else is what a test adds.
"""

from typing import Any

import polars as pl

from lakezones.model.frames import Facts
from lakezones.propose.layout import LayoutSettings
from tests import golden
from tests.plan.journeys import Journey, journey

READER = "Storage Blob Data Reader"
PEOPLE = ("ann", "bob", "cyd", "kim", "lee")
Rows = list[dict[str, Any]]


def arm(account: str, container: str = "", *, subscription: str = "s", group: str = "r") -> str:
    """ARM id of an account or of a container in it."""
    text = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{account}"
    return f"{text}/blobServices/default/containers/{container}" if container else text


def assigned(who: str, scope: str, role: str = READER, **more: Any) -> dict[str, Any]:
    """A role assignment."""
    return {"principal_id": who, "role": role, "scope": scope, "grant_id": f"{who}@{scope}", **more}


def tables(*more: dict[str, Any], accounts: Rows | None = None, containers: int = 2) -> dict[str, Rows]:
    """Accounts lakea and lakeb of one resource group with some containers each; `more` are role assignments."""
    names = [(account, f"{account}/c{n}") for account in ("lakea", "lakeb") for n in range(containers)]
    placed = {"subscription_id": "s", "resource_group": "r", "hns": True}
    local = [assigned("g1", arm(account, name.partition("/")[2])) for account, name in names]
    return {
        "accounts": accounts or [{"account": account, **placed} for account in ("lakea", "lakeb")],
        "containers": [
            {"container": name, "account": account, "metadata": '{"system": "crm"}'} for account, name in names
        ],
        "principals": [
            *({"principal_id": one, "kind": "user", "name": f"{one.title()} Doe"} for one in PEOPLE),
            {"principal_id": "g1", "kind": "group", "name": "Readers"},
        ],
        "memberships": [{"group_id": "g1", "member_id": one} for one in PEOPLE[:3]],
        "role_assignments": [*local, *more],
    }


def facts(made: dict[str, Rows]) -> Facts:
    """Facts of these rows."""
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in made.items() if rows}
    return Facts.of(frames, as_of=golden.AS_OF)


def mesh(made: dict[str, Rows], account: str = "", **layout: Any) -> Journey:
    """The lake up to its proposal, all of it moved to one account where `account` says so."""
    lake = facts(made)
    names = {row["container"] for table in ("containers", "grants") for row in made.get(table, [])}
    zones = pl.DataFrame({"container": sorted(names)}).with_columns(zone=pl.lit("raw"), domain=pl.lit("sales"))
    return journey(lake, zones, layout=LayoutSettings(account=account, **layout))


def causes(lake: Journey) -> dict[str, str | None]:
    """Why each container stays; None where it moves."""
    return dict(lake.proposal.layout.select("container", pl.col("cause").cast(pl.String)).sort("container").iter_rows())
