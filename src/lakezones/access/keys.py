"""Raw grants as keys: the one shape that every route to access is brought to before containers are compared.

A *key* is a raw grant without its container. A `Part` holds the keys of one route and which container carries which.
`RawGrants` is all parts put together, with one number per distinct key.
"""

from dataclasses import MISSING, dataclass, field, fields
from typing import Final

import polars as pl

from lakezones.access.numbers import number
from lakezones.access.routes.acl import AclProfile
from lakezones.access.routes.delegations import Delegation


@dataclass(frozen=True, order=True)
class RawGrant:
    """One raw grant or deny without its container; ``effect`` is allow, deny or `PROFILE`.

    ``detail`` distinguishes what the other columns do not: the mark of a profile, or, where a grant is no level of data
    but a list of operations, these (`lakezones.access.operations`).
    """

    route: str
    grantee_id: str
    lane: str
    level: int
    scope_kind: str = "container"
    scope: str = ""
    role: str = ""
    entitlement: str = ""
    reason: str = ""
    effect: str = "allow"
    detail: str = ""


KEY_SCHEMA: Final[dict[str, pl.DataType]] = {
    one.name: pl.UInt8() if one.type is int else pl.String() for one in fields(RawGrant)
}
"""Columns of a key: those of `RawGrant`."""

PROFILE: Final = "profile"
"""Effect of a mark: the container's ACL entries have to be checked together, see `RawGrants.profiles`."""

KEY_DEFAULTS: Final[dict[str, str]] = {
    "lane": "data",
    **{one.name: one.default for one in fields(RawGrant) if one.default is not MISSING},
}

KEY_COLUMNS: Final = tuple(KEY_SCHEMA)


def with_defaults(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the key columns a route does not set, and cast all of them."""
    missing = [pl.lit(value).alias(name) for name, value in KEY_DEFAULTS.items() if name not in frame.columns]
    return frame.with_columns(missing).with_columns(pl.col(name).cast(dtype) for name, dtype in KEY_SCHEMA.items())


@dataclass(frozen=True)
class Part:
    """Grants of one route.

    Attributes
    ----------
    keys
        key (0, 1, ... within the part) and `KEY_COLUMNS`.
    pairs
        container (code), key; may repeat.
    """

    keys: pl.DataFrame
    pairs: pl.DataFrame


def part(frame: pl.DataFrame) -> Part:
    """A part from one row per container and grant, with column ``container`` and any of `KEY_COLUMNS`."""
    columns = [name for name in frame.columns if name in KEY_SCHEMA]
    keys, pairs = number(frame, columns, "key")
    return Part(with_defaults(keys), pairs.select("container", "key"))


@dataclass(frozen=True)
class RawGrants:
    """All raw grants of a lake.

    Attributes
    ----------
    containers
        code (0, 1, ...), container, account, name (bare), wide (index of the set of wide keys that reach it).
    keys
        key (0, 1, ...), sorted by `KEY_COLUMNS`.
    pairs
        container (code), key; unique, sorted; grants made on the container.
    wide
        wide (index), key: grants made above it that reach all its containers.
    profiles
        ACL profiles whose entries have to be checked together, by the ``detail`` of their mark.
    delegations
        Conditions on what may be assigned, by the digest in the ``detail`` of their grants.
    grants_read
        Rows of the table ``grants``.
    """

    containers: pl.DataFrame
    keys: pl.DataFrame
    pairs: pl.DataFrame
    wide: pl.DataFrame
    profiles: dict[str, AclProfile]
    delegations: dict[str, Delegation] = field(default_factory=dict)
    grants_read: int = 0


def combine(parts: list[Part]) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Number the distinct keys of all parts: the keys, and each part's pairs in these numbers."""
    every = pl.concat([p.keys.select(KEY_COLUMNS) for p in parts]).unique().sort(KEY_COLUMNS).with_row_index("id")
    renumbered = []
    for p in parts:
        ids = p.keys.join(every, on=KEY_COLUMNS, how="left", maintain_order="left").sort("key")["id"]
        renumbered.append(p.pairs.select("container", key=ids.gather(p.pairs["key"])))
    return every.rename({"id": "key"}), renumbered
