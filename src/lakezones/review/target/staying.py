"""Containers that stay where they are, and why: nobody approved that they move.

In: access, the proposal, the roles and exceptions as decided. Out: `lakezones.model.tables.TargetStaying`.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from lakezones.model.frames import Access, Proposal
from lakezones.review.target.roles import DecidedRoles
from lakezones.review.target.said import Said

UNAPPROVED: Final = "a role that opens it is not approved"
UNOPENED: Final = "no role opens it, so nobody decided on it"
DIRECT: Final = "people hold direct grants there that no role gives, and nobody decided on them"


def staying(
    access: Access,
    proposal: Proposal,
    roles: DecidedRoles,
    undecided: pl.DataFrame,
    said: Said,
    others: Mapping[str, Iterable[str]] | None = None,
) -> pl.DataFrame:
    """Containers that stay, the first reason first.

    A class may move when all that open it are approved and one does, and nobody would have to become an exception
    there: memberships that stay go along as they are, direct grants would not.

    Parameters
    ----------
    undecided
        class_id: classes where somebody holds a direct grant that nothing replaces.
    others
        Reasons with the containers that stay for them, whatever is said of roles.

    Returns
    -------
    polars.DataFrame
        container, class_id, reason, unapproved, by container.
    """
    if said.draft:
        return pl.DataFrame(schema=_SCHEMA)
    opened = {class_id for role in roles.roles.values() for class_id in role.content}
    given: dict[tuple[str, str], int] = {}
    for role in roles.roles.values():
        for one in role.proposed_as:
            for class_id, level in role.content.items():
                given[one, class_id] = given.get((one, class_id), 0) | level
    unapproved = {
        class_id
        for role_id, class_id in proposal.role_classes.select("role_id", "class_id").iter_rows()
        if (role_id, class_id) not in given
    }
    direct = set(undecided["class_id"])
    places = {
        container: reason for reason, containers in reversed(list((others or {}).items())) for container in containers
    }
    rows = []
    for container, class_id in access.container_classes.select("container", "class_id").sort("container").iter_rows():
        reason = places.get(container) or (
            UNAPPROVED
            if class_id in unapproved
            else UNOPENED
            if class_id not in opened
            else DIRECT
            if class_id in direct
            else None
        )
        if reason:
            rows.append((container, class_id, reason, class_id in unapproved))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "container": pl.String,
    "class_id": pl.String,
    "reason": pl.String,
    "unapproved": pl.Boolean,
}
