"""Role assignments of the Firm: a few too many, some far too high, as a real lake has them.

In: the Firm so far. Out: the fact table ``role_assignments``, not yet in the columns of its schema.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from lakezones.demo.firm.builtin import ROLE_IDS
from lakezones.demo.firm.draw import Ints, Rng, before, object_ids
from lakezones.demo.firm.words import WORDS
from lakezones.demo.firm.world import World

_BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_PROVIDER: Final = "/providers/Microsoft.Authorization/"


class _Assignment(NamedTuple):
    """One assignment; `role` is a name of ``azure_roles.toml``."""

    principal_id: str
    role: str
    scope: str
    condition: str | None = None
    state: str = "active"
    effect: str = "allow"


def build_role_assignments(rng: Rng, world: World) -> pl.DataFrame:
    """Draw the role assignments."""
    real = world.lake.containers.filter((pl.col("area") >= 0) & ~pl.col("empty"))["index"].to_numpy()
    is_engineer = pl.col("job") == WORDS.engineer
    engineers, others = (
        world.staff.people.filter(who)["principal_id"].to_list() for who in (is_engineer, ~is_engineer)
    )
    rows = [
        *_on_containers(rng, world, real, others),
        *_on_the_account(world, engineers),
        *_above_the_account(rng, world, engineers, others),
        _conditional(rng, world, others),
        _denied(rng, world),
        *(
            _Assignment(who, "data_reader", _container(world, int(rng.choice(real))))
            for who in world.holdings.orphans["principal_id"].head(1)
        ),
    ]
    frame = pl.DataFrame(rows, schema=_Assignment._fields, orient="row", infer_schema_length=None)
    frame = frame.unique(maintain_order=True)
    numbers = pl.Series(object_ids(rng, frame.height))
    kind = pl.when(pl.col("effect") == "deny").then(pl.lit("denyAssignments/")).otherwise(pl.lit("roleAssignments/"))
    definitions = pl.lit(f"{_subscription(world)}{_PROVIDER}roleDefinitions/")
    return frame.with_columns(
        pl.concat_str("scope", pl.lit(_PROVIDER), kind, numbers).alias("grant_id"),
        (definitions + pl.col("role").replace_strict(ROLE_IDS)).alias("role"),
        pl.when(pl.col("condition").is_not_null()).then(pl.lit("2.0")).alias("condition_version"),
        before(world.settings.today, rng.uniform(20, 1200, frame.height)).alias("created_at"),
    )


def _subscription(world: World) -> str:
    return f"/subscriptions/{world.subscription}"


def _container(world: World, index: int) -> str:
    return f"{world.account_scope}/blobServices/default/containers/{world.lake.containers['container'][index]}"


def _on_containers(rng: Rng, world: World, real: Ints, others: list[str]) -> Iterator[_Assignment]:
    """What enforces some entitlements, and what was given by hand to a few people."""
    ents = world.lake.entitlements.filter(pl.col("enforcement") == "assignment").select("ent", "group_id")
    opened = world.lake.opens.join(ents, on="ent").sort("index").select("index", "group_id")
    for index, group in opened.iter_rows():
        yield _Assignment(group, "data_reader", _container(world, index))
    for index in np.sort(rng.choice(real, max(3, round(0.03 * world.staff.people.height)), replace=False)):
        role = "data_reader" if rng.random() < 0.8 else "data_contributor"
        yield _Assignment(str(rng.choice(others)), role, _container(world, int(index)))


def _on_the_account(world: World, engineers: list[str]) -> Iterator[_Assignment]:
    named, account = world.services.named, world.account_scope
    for who, role in (
        (named["platform-team"], "data_contributor"),
        (engineers[0], "data_owner"),
        (named["migration"], "data_owner"),
        (named["tableau"], "data_reader"),
        (named["webfocus"], "reader_and_data_access"),
        (named["synapse"], "data_reader"),
    ):
        yield _Assignment(who, role, account)
    for who in engineers[1:3] or engineers[:1]:
        yield _Assignment(who, "data_owner", account, state="eligible")


def _above_the_account(rng: Rng, world: World, engineers: list[str], others: list[str]) -> Iterator[_Assignment]:
    group = world.group_scope
    yield _Assignment(str(rng.choice(others)), "owner", group)
    yield _Assignment(engineers[-1], "contributor", group)
    for who in rng.choice(others, min(2, len(others)), replace=False):
        yield _Assignment(str(who), "reader", group)
    yield _Assignment(str(rng.choice(others)), "account_contributor", _subscription(world))
    yield _Assignment(str(rng.choice(others)), "custom", group)


def _conditional(rng: Rng, world: World, others: list[str]) -> _Assignment:
    """A condition on names is written for a few tables: what it opens cannot move to another name."""
    areas, names = world.lake.areas, world.lake.containers["container"]
    named_by_code = areas.filter(pl.col("convention") == "area")["code"].to_list()
    code = rng.choice(named_by_code or areas["code"].to_list())
    called = names.filter(names.str.starts_with(f"{code}-")).sort()
    prefix = "-".join(called[0].split("-")[:2]) if called.len() else f"{code}-"
    condition = (
        f"((!(ActionMatches{{'{_BLOBS}/read'}})) OR (@Resource[Microsoft.Storage/storageAccounts/"
        f"blobServices/containers:name] StringStartsWith '{prefix}'))"
    )
    return _Assignment(str(rng.choice(others)), "data_reader", world.account_scope, condition=condition)


def _denied(rng: Rng, world: World) -> _Assignment:
    """A deny for someone who has the access by a group."""
    grouped = world.lake.entitlements.filter(pl.col("enforcement") == "group").select("ent")
    needed = world.holdings.held.filter(pl.col("why") == "needed").join(grouped, on="ent").sort("person", "ent")
    person, ent = needed.select("person", "ent").row(int(rng.integers(needed.height)))
    index = int(world.lake.opens.filter(pl.col("ent") == ent)["index"][0])
    return _Assignment(world.ids[person], "data_reader", _container(world, index), effect="deny")
