"""A few facts and a few steps, for tests that count."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Plan, conform
from lakezones.model.limits import LimitsSettings
from tests import golden

ACCOUNT = "/subscriptions/S1/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/lake"
NOW = golden.AS_OF
BEFORE, AFTER = NOW - timedelta(microseconds=1), NOW + timedelta(microseconds=1)


def facts(**tables: list[dict[str, Any]]) -> Facts:
    """Facts of these rows; two containers in one account of subscription s1."""
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [{"account": "lake", "subscription_id": "S1", "hns": True}],
        "containers": [{"container": name, "account": "lake"} for name in ("box", "bin")],
    }
    return Facts.of({name: pl.DataFrame(made) for name, made in (rows | tables).items()}, as_of=NOW)


def access() -> Access:
    """Both containers in one class; nothing else is known."""
    empty = {name: schema.create_empty() for name, schema in t.ACCESS_TABLES.items()}
    classes = pl.DataFrame({"class_id": ["c-1", "c-1"], "container": ["box", "bin"]})
    return Access(**(empty | {"container_classes": conform(classes, t.ContainerClasses)}))


def plan(*batches: tuple[str, str | None, list[dict[str, Any]]]) -> Plan:
    """A plan of one step per batch of action, kind and items."""
    steps = [
        {
            "step_id": f"s{n}",
            "wave": 0,
            "sequence": n,
            "action": action,
            "object_kind": kind,
            "depends_on": "[]",
            "reversible": True,
            "people_affected": 0,
            "effort_minutes": 0,
        }
        for n, (action, kind, _) in enumerate(batches)
    ]
    items = [
        {"step_id": f"s{n}", "item": m, **item} for n, (_, _, made) in enumerate(batches) for m, item in enumerate(made)
    ]
    return Plan(
        steps=conform(pl.DataFrame(steps), t.Steps),
        items=conform(pl.DataFrame(items), t.Items) if items else t.Items.create_empty(),
        waves=t.Waves.create_empty(),
        limits=t.Limits.create_empty(),
    )


def limits(**values: int) -> LimitsSettings:
    """Limits with other values than Azure's."""
    known = LimitsSettings()
    changed: Mapping[str, object] = {
        name: known.named(name).model_copy(update={"value": value}) for name, value in values.items()
    }
    return known.model_copy(update=changed)


def assigned(who: str, **row: Any) -> dict[str, Any]:
    """A role assignment in subscription s1."""
    return {"principal_id": who, "role": "Storage Blob Data Reader", "scope": ACCOUNT, "grant_id": f"ra-{who}", **row}
