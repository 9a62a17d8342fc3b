"""Entries of access ACLs, the mask applied.

In: facts, or one ACL as text. Out: named users and groups with the rights that are left to them. Default entries give
nothing on the path itself, and the four unnamed ones (owner, owning group, other, mask) name nobody.
"""

from typing import NamedTuple

import polars as pl

from lakezones.model.frames import Facts


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
