"""Containers that stay where they are, and why: nobody approved that they move.

In: access and proposal with classes divided, the roles and the rest as decided. Out:
`lakezones.model.tables.TargetStaying`.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from lakezones.review.target.apart import Apart
from lakezones.review.target.rest import Rest
from lakezones.review.target.roles import DecidedRoles
from lakezones.review.target.said import Said

UNAPPROVED: Final = "a role that opens it is not approved"
UNOPENED: Final = "no role opens it, so nobody decided on it"
DIRECT: Final = "people hold direct grants there that no role gives, and nobody decided on them"
LEFT_OUT: Final = "people hold direct grants there that stay as they are, since they are not in the role that opens it"


def staying(
    apart: Apart, roles: DecidedRoles, rest: Rest, said: Said, others: Mapping[str, Iterable[str]] | None = None
) -> pl.DataFrame:
    """Containers that stay, the first reason first.

    A class may move when all that open it are approved and one does, and nobody holds a direct grant there that
    nothing replaces: memberships that stay go along as they are, direct grants would not.

    Parameters
    ----------
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
    given = {(one, class_id) for role in roles.roles.values() for one in role.proposed_as for class_id in role.content}
    unapproved = {
        class_id
        for role_id, class_id in apart.proposal.role_classes.select("role_id", "class_id").iter_rows()
        if (role_id, class_id) not in given
    }
    by_class = (
        dict.fromkeys(_left_with_grants(apart, roles, rest), LEFT_OUT)
        | dict.fromkeys(rest.undecided["class_id"], DIRECT)
        | dict.fromkeys(set(apart.access.container_classes["class_id"]) - opened, UNOPENED)
        | dict.fromkeys(unapproved, UNAPPROVED)
    )
    by_container = {
        container: reason for reason, places in reversed(list((others or {}).items())) for container in places
    }
    classes = apart.access.container_classes.select("container", "class_id").sort("container")
    rows = [
        (container, class_id, reason, class_id in unapproved)
        for container, class_id in classes.iter_rows()
        if (reason := by_container.get(container) or by_class.get(class_id))
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _left_with_grants(apart: Apart, roles: DecidedRoles, rest: Rest) -> set[str]:
    """Classes where somebody who is not in the role that opens them, or keeps what a policy drops, has direct grants.

    Those whose grants others of their roles and exceptions give in full are left aside.
    """
    given: dict[tuple[str, str], int] = {}
    for role in roles.roles.values():
        for person, class_id, level in role.cells():
            given[person, class_id] = given.get((person, class_id), 0) | level
    drops = rest.drops.select("principal_id", "class_id", "level").iter_rows()
    for person, class_id, level in drops:
        given[person, class_id] = given.get((person, class_id), 0) | level
    columns = ("principal_id", "class_id", "level")
    proposed = apart.proposal.role_members.join(apart.proposal.role_classes, on="role_id").select(columns)
    kept = apart.proposal.residual_classes.filter(kind="drop", lane="data").select(columns)
    concerned = (
        pl.concat([proposed, kept]).group_by("principal_id", "class_id").agg(wanted=pl.col("level").bitwise_or())
    )
    agreed = set(rest.exceptions.select("principal_id", "class_id").iter_rows())
    direct = (
        apart.access.class_grants.filter(lane="data", effect="allow", scope_kind="container")
        .select("class_id", "level", principal_id="grantee_id")
        .join(concerned, on=["principal_id", "class_id"])
    )
    return {
        class_id
        for class_id, level, person, wanted in direct.iter_rows()
        if level & wanted & ~given.get((person, class_id), 0) and (person, class_id) not in agreed
    }


_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "container": pl.String,
    "class_id": pl.String,
    "reason": pl.String,
    "unapproved": pl.Boolean,
}
