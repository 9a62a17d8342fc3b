"""Access that no role gives, and what becomes of it.

In: the minable, what roles give, the groups in use. Out: `ResidualClasses` rows, a bit of access in exactly one of
them; together with the roles they are the effective access.

A personal membership in a group that carries the access stays. A direct grant of a person becomes an expiring
membership of the class's resource group. Service principals and principals left out keep their grants.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

import dataframely as dy
import polars as pl

from lakezones.model.frames import Access
from lakezones.model.levels import LABELS
from lakezones.model.tables import ResidualClasses
from lakezones.propose.roles.groups import Groups
from lakezones.propose.roles.membership import Directory, named_level
from lakezones.propose.roles.units import CELL, MinableAccess

HANDLED = (None, "disabled", "orphan")
"""Kinds of principals whose grants are taken over by groups; the others' stay as they are."""

Row = tuple[str, str, str, int, str, str, str | None, str]

LANE_DISPOSITIONS = {
    "conditional": ("keep_conditional", "depends on a condition or on children that were not assessed"),
    "eligible": ("keep_eligible", "can be activated, is not held now"),
    "bearer": ("keep_bearer", "open to anybody who holds the token or knows the address"),
    "control": ("keep_control", "reached through the control plane"),
    "destroy": ("keep_destroy", "can delete or move the data, not change it"),
}

Why = Callable[[str, str], str]
"""Person and class to the reason why a role does not give it."""

Drop = Callable[[str, str], tuple[str, str] | None]
"""Class and principal to the policy that drops what roles do not give, and its reason; None where none does."""


def residual(
    access: Access,
    minable: MinableAccess,
    given: pl.DataFrame,
    directory: Directory,
    groups: Groups,
    *,
    why: Why,
    drop: Drop = lambda _class, _principal: None,
) -> dy.DataFrame[ResidualClasses]:
    """Rows of residual access; takes the groups that carry it into use.

    Parameters
    ----------
    given
        class_id, principal_id, given (bits that roles give).
    groups
        Groups in use; those that carry residual access are added.
    why
        The reason given for a person who takes part in roles.
    drop
        Which policy drops a cell.
    """
    rest = (
        minable.cells.join(given, on=CELL, how="left")
        .with_columns(given=pl.col("given").fill_null(0))
        .with_columns(rest=pl.col("level") & ~pl.col("given"))
        .filter(pl.col("rest") > 0)
        .sort(CELL)
    )
    memberships: dict[str, list[str]] = defaultdict(list)
    for group, member in directory.direct.iter_rows():
        memberships[member].append(group)
    rows = list(_data_rows(rest, minable, memberships, directory, groups, why, drop))
    others = access.class_access.filter(pl.col("lane").cast(pl.String) != "data")
    for class_id, principal, lane, level in others.select(*CELL, pl.col("lane").cast(pl.String), "level").iter_rows():
        disposition, reason = LANE_DISPOSITIONS[lane]
        rows.append((class_id, principal, lane, level, "keep", disposition, None, reason))
    frame = pl.DataFrame(rows, schema=ResidualClasses.create_empty().schema, orient="row")
    return ResidualClasses.validate(frame.sort("class_id", "principal_id", pl.col("lane").cast(pl.String), "level"))


def _data_rows(
    rest: pl.DataFrame,
    minable: MinableAccess,
    memberships: dict[str, list[str]],
    directory: Directory,
    groups: Groups,
    why: Why,
    drop: Drop,
) -> Iterator[Row]:
    columns = rest.select("class_id", "principal_id", "narrow", "named", "given", "rest")
    for class_id, principal, narrow, level, given, left in columns.iter_rows():
        kind = minable.kinds.get(principal)
        plain = left & level
        if plain and kind in HANDLED and (policy := drop(class_id, principal)):
            yield class_id, principal, "data", plain, "drop", f"drop_{policy[0]}", None, policy[1]
            plain = 0
        reason = _reason(kind, principal, class_id, minable, given, why) if plain else ""
        for group, part in _carriers(class_id, plain, memberships.get(principal, []), directory):
            groups.reuse(group, directory.reach[group])
            yield class_id, principal, "data", part, "keep", "keep_membership", group, reason
            plain &= ~part
        if plain and kind in HANDLED:
            group = groups.carrier(class_id, level)
            yield class_id, principal, "data", plain, "keep", "keep_exception", group, reason
        elif plain:
            yield class_id, principal, "data", plain, "keep", "keep_service", None, f"{kind}: its own grant stays"
        if odd := left & narrow & ~level:
            reason = f"{LABELS[odd]} access has no group level of its own"
            yield class_id, principal, "data", odd, "keep", "keep_writeonly", None, reason
        if wide := left & ~narrow:
            reason = "held through an assignment wider than a container"
            yield class_id, principal, "data", wide, "keep", "keep_wide_scope", None, reason


def _carriers(class_id: str, wanted: int, own: list[str], directory: Directory) -> Iterator[tuple[str, int]]:
    """Groups the principal is directly in that carry the wanted bits, the narrowest first."""
    carried = {group: named_level(directory.reach[group].get(class_id, 0)) for group in own}
    fitting = [group for group in own if carried[group] & wanted]
    while wanted and fitting:
        best = min(
            fitting,
            key=lambda group: (
                -(carried[group] & wanted).bit_count(),
                len(directory.reach[group]),
                group,
            ),
        )
        part = carried[best] & wanted
        if not part:
            return
        yield best, part
        wanted &= ~part
        fitting.remove(best)


def _reason(kind: str | None, principal: str, class_id: str, minable: MinableAccess, given: int, why: Why) -> str:
    if kind == "disabled":
        return "account is disabled"
    if kind == "orphan":
        return "not in the directory: a deleted account, or one of another tenant"
    if kind is not None:
        return f"{kind}: takes part in no role"
    if class_id in minable.left_out:
        return "container is left out of roles"
    if given:
        return "holds more than the role gives"
    return why(principal, class_id)
