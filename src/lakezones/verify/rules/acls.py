"""Entries of access ACLs, the mask applied.

In: facts, or one ACL as text. Out: named users and groups with the rights that are left to them, and whether an ACL as
a whole lets somebody do something. Default entries give nothing on the path itself, and the four unnamed ones (owner,
owning group, other, mask) name nobody.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import NamedTuple

import polars as pl

from lakezones.model.frames import Facts
from lakezones.model.principals import NO_OWNER


class AclEntry(NamedTuple):
    """A named entry: ``user`` or ``group``, whom it names, and the letters of the rights that the mask leaves."""

    kind: str
    grantee: str
    rights: frozenset[str]


def named_entries(text: str) -> list[AclEntry]:
    """Named entries of an access ACL.

    Examples
    --------
    >>> entries = named_entries("user:ann:rwx,mask::r-x,default:user:bob:r-x")
    >>> [(entry.kind, entry.grantee, sorted(entry.rights)) for entry in entries]
    [('user', 'ann', ['r', 'x'])]
    """
    parts = [tuple(entry.strip().split(":")) for entry in text.split(",")]
    masks = [rights for kind, *rest in parts if kind == "mask" for rights in rest[1:]]
    allowed = frozenset(masks[0] if masks else "rwx") - {"-"}
    return [
        AclEntry(part[0], part[1], frozenset(part[2]) & allowed)
        for part in parts
        if len(part) == 3 and part[0] in ("user", "group") and part[1]
    ]


def entries_by_path(facts: Facts) -> pl.DataFrame:
    """Named entries of every path that was read: container, path (``/`` is the root), kind, grantee, readable."""
    paths = facts.table("acls").select("container", pl.col("path").fill_null("/"), "acl")
    rows = [
        (text, entry.kind, entry.grantee, "r" in entry.rights)
        for text in paths["acl"].unique()
        for entry in named_entries(text)
    ]
    schema = {"acl": pl.String, "kind": pl.String, "grantee": pl.String, "readable": pl.Boolean}
    return paths.join(pl.DataFrame(rows, schema=schema, orient="row"), on="acl").drop("acl")


@dataclass(frozen=True, kw_only=True)
class PathAcl:
    """The access ACL of one path.

    Attributes
    ----------
    entries
        Kind, name (empty for the unnamed ones) and letters of each entry, as written.
    owner, owning_group
        Whom the unnamed entries of user and group are about; empty where nobody.
    folder
        Whether the path is a folder: the root, one that has paths below it, or one with default entries.
    """

    entries: tuple[tuple[str, str, str], ...]
    owner: str
    owning_group: str
    folder: bool

    @property
    def groups(self) -> set[str]:
        """Groups that any entry is about."""
        return {name or self.owning_group for kind, name, _ in self.entries if kind == "group"} - {""}

    def allows(self, wanted: str, user: str, groups: AbstractSet[str]) -> bool:
        """Whether all letters of `wanted` are given: by the owner's entry, the user's, one group's, or to others.

        https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control#how-permissions-are-evaluated
        """
        mask = next((rights for kind, _, rights in self.entries if kind == "mask"), "rwx")

        def gives(rights: str) -> bool:
            return all(letter in rights.replace("t", "x") and letter in mask for letter in wanted)

        if user == self.owner:
            return any(
                kind == "user" and not name and set(wanted) <= set(rights) for kind, name, rights in self.entries
            )
        own = [rights for kind, name, rights in self.entries if kind == "user" and name == user]
        if own:
            return gives(own[-1])
        of_groups = [
            rights for kind, name, rights in self.entries if kind == "group" and (name or self.owning_group) in groups
        ]
        others = [rights for kind, _, rights in self.entries if kind == "other"]
        return any(gives(rights) for rights in (*of_groups, *others))


def paths_of(facts: Facts, containers: Collection[str]) -> dict[str, dict[str, PathAcl]]:
    """Access ACLs of these containers by path, without slashes around it; those of flat accounts decide nothing."""
    accounts = facts.table("accounts")
    flat = accounts.filter(~pl.col("hns"))["account"]
    of_containers = facts.table("containers").select("container", "account")
    if accounts.height == 1:
        of_containers = of_containers.with_columns(pl.col("account").fill_null(accounts["account"][0]))
    deciding = (
        facts.table("acls")
        .filter(pl.col("container").is_in(list(containers)))
        .join(of_containers, on="container", how="left")
        .filter(~pl.col("account").is_in(flat.implode()).fill_null(False))
    )
    found: dict[str, dict[str, PathAcl]] = {}
    for container, path, text, owner, group in deciding.select(
        "container", pl.col("path").fill_null(""), "acl", "owner", "owning_group"
    ).iter_rows():
        acl = PathAcl(
            entries=_entries(text),
            owner="" if owner in (None, NO_OWNER) else owner,
            owning_group="" if group in (None, NO_OWNER) else group,
            folder=not path or path.endswith("/") or "default:" in text,
        )
        found.setdefault(container, {}).setdefault(path.strip("/"), acl)
    for of_path in found.values():
        above = {"/".join(parts[:n]) for path in of_path for parts in [path.split("/")] for n in range(len(parts))}
        of_path |= {path: replace(of_path[path], folder=True) for path in above & of_path.keys()}
    return found


def _entries(text: str) -> tuple[tuple[str, str, str], ...]:
    parts = (tuple(entry.strip().split(":")) for entry in text.split(","))
    return tuple((part[0], part[1], part[2]) for part in parts if len(part) == 3)
