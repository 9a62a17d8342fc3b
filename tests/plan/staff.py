"""Two departments of six whose entitlements are enforced by groups; two people of Risk lack one entitlement each.

Every entitlement opens three containers through its group, so that what is approved can be a membership of a group that
is there already.
"""

from functools import cache

import polars as pl

from lakezones.model.frames import Facts
from tests import golden
from tests.plan.journeys import Journey, journey

ACCOUNT = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/lake"
LACKING = {("Risk0", "Risk-2"), ("Risk1", "Risk-3")}


def tables(*, sue: bool = False) -> dict[str, pl.DataFrame]:
    """The capture; `sue` has a grant of her own on risk-2-0, which is a class apart for that."""
    hers = [("sue", "Storage Blob Data Reader", f"{ACCOUNT}/blobServices/default/containers/risk-2-0")]
    people = [(f"{department}{n}", department) for department in ("Risk", "Sales") for n in range(6)]
    entitlements = [(department, f"{department}-{k}") for department in ("Risk", "Sales") for k in range(5)]
    boxes = [(name, f"{name.lower()}-{n}") for _, name in entitlements for n in range(3)]
    held = [
        (person, name)
        for person, department in people
        for other, name in entitlements
        if other == department and (person, name) not in LACKING
    ]
    directory = [
        *((person, "user", f"{person} Doe", department, "Analyst") for person, department in people),
        *((f"g-{name}", "group", f"grp {name}", None, None) for _, name in entitlements),
    ]
    frames = {
        "principals": (["principal_id", "kind", "name", "department", "title"], directory),
        "memberships": (["group_id", "member_id"], [(f"g-{name}", person) for person, name in held]),
        "containers": (["container", "account"], [(box, "lake") for _, box in boxes]),
        "accounts": (["account", "subscription_id", "hns"], [("lake", "s", True)]),
        "role_assignments": (
            ["principal_id", "role", "scope"],
            [
                (
                    f"g-{name}",
                    "Storage Blob Data Reader",
                    f"{ACCOUNT}/blobServices/default/containers/{box}",
                )
                for name, box in boxes
            ]
            + hers * sue,
        ),
        "acls": (["container", "acl"], []),
        "entitlements": (
            ["principal_id", "entitlement", "status"],
            [(person, name, "approved") for person, name in held],
        ),
        "entitlement_containers": (
            ["entitlement", "container", "access", "group_id"],
            [(name, box, "read", f"g-{name}") for name, box in boxes],
        ),
    }
    return {name: pl.DataFrame(rows, schema=columns, orient="row") for name, (columns, rows) in frames.items()}


@cache
def staff(*, sue: bool = False) -> Journey:
    """The departments' lake up to its proposal, with the suggestions of the miner."""
    made = tables(sue=sue)
    zones = made["containers"].select(
        "container", zone=pl.lit("raw"), domain=pl.col("container").str.split("-").list[0]
    )
    return journey(Facts.of(made, as_of=golden.AS_OF), zones, min_members=3, suggest=True)
