"""What roles above containers, on an account, a resource group or a subscription, give or take where containers move.

In: facts, access, what would move with its target. Out: the containers for which that differs, with cause and people.
An assignment above containers stays where it is: it does not follow data into another account, those of the other
account count there, and one with a condition may look at a container's new name. The rules of access themselves are
asked, for each zone container as if it were there: https://learn.microsoft.com/azure/role-based-access-control/overview
"""

from dataclasses import replace
from typing import Final

import polars as pl

from lakezones.access import AccessSettings, resolve
from lakezones.access.parsed import assignments
from lakezones.model import facts as f
from lakezones.model.frames import Access, Facts, conform
from lakezones.model.rules import is_active
from lakezones.model.scopes import parse_scopes
from lakezones.model.words import counted

CHANGED: Final = {"container": pl.String, "cause": pl.String, "why": pl.String}
_NAMED: Final = 3
"""People named in a reason; the others are counted."""

_DENIED: Final = "denied "


def wide_changes(facts: Facts, access: Access, moved: pl.DataFrame) -> pl.DataFrame:
    """Containers for which roles above containers differ between source and target.

    Parameters
    ----------
    moved : DataFrame
        container, account, class_id, target_account, target_container: what would move.

    Returns
    -------
    DataFrame
        container, cause (``wide_loss`` or ``wide_gain``), why (with the first people concerned); empty where nobody
        gains or loses anything.
    """
    suspects = _suspects(facts, moved)
    if suspects.is_empty():
        return pl.DataFrame(schema=CHANGED)
    asked = resolve(_probe(facts, suspects), settings=AccessSettings())
    classes = asked.container_classes
    located = suspects.join(classes.rename({"class_id": "there"}), on="container").join(
        classes.rename({"container": "zone", "class_id": "then"}), on="zone"
    )
    judge = _Judge(facts, access, asked)
    rows = [
        (class_id, there, then, account, *found)
        for class_id, there, then, account in located.select("class_id", "there", "then", "target_account")
        .unique()
        .sort(pl.all())
        .iter_rows()
        if (found := judge.change(class_id, there, then, account))
    ]
    keys = ["class_id", "there", "then", "target_account"]
    schema = dict.fromkeys([*keys, "cause", "why"], pl.String)
    return located.join(pl.DataFrame(rows, schema=schema, orient="row"), on=keys).select(CHANGED.keys())


def _suspects(facts: Facts, moved: pl.DataFrame) -> pl.DataFrame:
    """What goes into another account or may lie under a condition above it; ``zone`` is the target's full name."""
    above = assignments(facts).filter(pl.col("scope_kind") != "container")
    asked = moved if above["conditional"].any() else moved.filter(pl.col("account") != pl.col("target_account"))
    zone = pl.concat_str("target_account", "target_container", separator="/")
    return asked.select("container", "account", "class_id", "target_account", zone=zone)


def _probe(facts: Facts, suspects: pl.DataFrame) -> Facts:
    """The lake with nothing but what stands above containers; zone containers are in it as they would be made."""
    stored = facts.table("containers").select("container", "metadata")
    sources = suspects.select("container", "account").join(stored, on="container", how="left")
    # A new container has no metadata; where none were read, what conditions on them give is unknown on both sides.
    none = pl.lit(None if stored["metadata"].null_count() == stored.height else "{}", pl.String)
    targets = suspects.select(container="zone", account="target_account", metadata=none).unique()
    rows = facts.table("role_assignments")
    above = parse_scopes(rows["scope"]).filter(pl.col("scope_kind") != "container")
    # A deny is asked for like a grant, to somebody who is nobody else: it counts where there is nothing to deny yet.
    denies = pl.col("effect") == "deny"
    rows = rows.filter(~denies.fill_null(value=False) | is_active()).with_columns(
        principal_id=pl.when(denies).then(pl.concat_str(pl.lit(_DENIED), "principal_id")).otherwise("principal_id"),
        effect=pl.lit("allow"),
    )
    apart = ("acls", "stored_policies", "entitlements", "entitlement_containers", "grants", "usage", "references")
    return replace(
        facts,
        **dict.fromkeys(apart),  # type: ignore[arg-type]
        containers=conform(pl.concat([sources, targets]).unique("container"), f.Containers),
        role_assignments=conform(rows.join(above, on="scope", how="semi"), f.RoleAssignments),
    )


class _Judge:
    """Tells whether what stands above two containers differs, and for whom."""

    def __init__(self, facts: Facts, access: Access, asked: Access) -> None:
        self._names = dict(facts.table("principals").select("principal_id", "name").drop_nulls().iter_rows())
        self._expanded = facts.assessed("memberships")
        self._held = access.class_access.select("class_id", "principal_id", pl.col("lane").cast(pl.String), "level")
        self._given = asked.class_access.select("class_id", "principal_id", pl.col("lane").cast(pl.String), "level")
        columns = ("grantee_id", "lane", "level")
        above = asked.class_grants.filter(pl.col("scope_kind").cast(pl.String) != "container")
        found: dict[str, set[tuple[str, ...]]] = {}
        for class_id, *grant in above.select(
            "class_id", *(pl.col(name).cast(pl.String) for name in columns)
        ).iter_rows():
            found.setdefault(class_id, set()).add(tuple(grant))
        self._grants = {class_id: frozenset(grants) for class_id, grants in found.items()}

    def change(self, class_id: str, there: str, then: str, account: str) -> tuple[str, str] | None:
        """Cause and reason; None where nobody gains or loses."""
        before, after = self._grants.get(there, frozenset()), self._grants.get(then, frozenset())
        lost, new = before - after, after - before
        denied = {grant for grant in lost | new if grant[0].startswith(_DENIED)}
        if lost or denied:
            who = {grantee.removeprefix(_DENIED) for grantee, *_ in lost | denied}
            return (
                "wide_loss",
                f"roles above containers, or denies, are others at the target in {account}: {self._people(who)}",
            )
        if not new:
            return None
        gaining = self._gaining(class_id, then) if self._expanded else {grantee for grantee, *_ in new}
        if not gaining:
            return None
        return (
            "wide_gain",
            f"roles above containers would give access at the target in {account}: {self._people(gaining)}",
        )

    def _gaining(self, class_id: str, then: str) -> set[str]:
        """People who would have at the target what they do not have today, in that lane or firmer."""
        held: dict[tuple[str, str], int] = {}
        for person, lane, level in self._held.filter(class_id=class_id).drop("class_id").iter_rows():
            held[person, lane] = level
        return {
            person
            for person, lane, level in self._given.filter(class_id=then).drop("class_id").iter_rows()
            if level & ~(held.get((person, lane), 0) | held.get((person, "data"), 0))
        }

    def _people(self, who: set[str]) -> str:
        """The first few by name, and how many more."""
        names = sorted(self._names.get(one, one) for one in who)
        rest = len(names) - _NAMED
        return ", ".join(names[:_NAMED]) + (f" and {counted(rest, 'other')}" if rest > 0 else "")
