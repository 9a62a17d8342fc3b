"""Raw facts to raw grants, one builder per route to access.

In: raw facts. Out: `lakezones.access.keys.RawGrants`. What has expired, is not approved, or decides nothing in its
account is left out here; nothing is expanded to people yet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from lakezones.access.kernel import sorted_pairs
from lakezones.access.keys import KEY_COLUMNS, KEY_SCHEMA, PROFILE, Part, RawGrants, combine, part, with_defaults
from lakezones.access.numbers import number
from lakezones.access.parsed import approvals
from lakezones.access.routes.acl import AclGrant, AclProfile
from lakezones.access.routes.assignments import assignment_parts, may_lose_writing
from lakezones.access.routes.containers import ContainerIndex, index_containers
from lakezones.access.routes.globs import glob_regex, is_glob, shortest
from lakezones.access.routes.grants import COLUMNS, NumberedGrants, number_grants
from lakezones.access.routes.roles import DELETE_BLOB
from lakezones.access.routes.shapes import profiles
from lakezones.access.routes.ways import DESTROY_LEVEL
from lakezones.access.settings import AccessSettings
from lakezones.model.frames import Facts
from lakezones.model.levels import Level, level_bits
from lakezones.model.principals import policy_of_class
from lakezones.model.rules import unexpired

READ_LETTERS = "rl"
WRITE_LETTERS = "wacd"


def raw_grants(facts: Facts, *, settings: AccessSettings, grants: Iterable[pl.DataFrame] | None = None) -> RawGrants:
    """Bring every route to access to one shape.

    Parameters
    ----------
    facts
        The snapshot.
    settings
        What the rules leave open.
    grants
        The table ``grants`` in batches, where it is not among the facts.
    """
    batches = [facts.table("grants").select(COLUMNS)] if grants is None else grants
    numbered_grants = number_grants(batches, as_of=facts.as_of)
    index = index_containers(facts, also=numbered_grants.containers)
    direct, wide, delegations = assignment_parts(facts, index, settings=settings)
    opened = entitlement_containers(facts, index)
    acl, entangled = acl_part(facts, index)
    enforced = opened.filter("enforced")
    local = [
        named_by_entitlement(acl, enforced),
        named_by_entitlement(direct, enforced),
        entitlement_part(facts, opened.filter(~pl.col("enforced")), settings=settings),
        grant_part(numbered_grants, index),
        policy_part(facts, index, settings=settings),
        public_part(facts, index),
    ]
    keys, numbered = combine([*local, wide])
    *pairs, wide_pairs = numbered
    containers, wide_sets = _wide_sets(index, wide_pairs)
    return RawGrants(
        containers=containers,
        keys=keys,
        pairs=sorted_pairs(*(np.concatenate([p[name].to_numpy() for p in pairs]) for name in ("container", "key"))),
        wide=wide_sets,
        profiles=entangled,
        delegations=delegations,
        grants_read=numbered_grants.rows,
    )


def _wide_sets(index: ContainerIndex, pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the distinct sets of wide keys: accounts that the same wide grants reach share one.

    `pairs` has the account's position in ``sorted(index.accounts)`` as its container.
    """
    sets: dict[tuple[int, ...], int] = {}
    by_account: dict[int, list[int]] = {}
    for account, key in pairs.unique().sort("container", "key").iter_rows():
        by_account.setdefault(account, []).append(key)
    rows = [
        (name, sets.setdefault(tuple(by_account.get(i, ())), len(sets)))
        for i, name in enumerate(sorted(index.accounts))
    ]
    of_account = pl.DataFrame(rows, schema={"account": pl.String, "wide": pl.UInt32}, orient="row")
    wide = pl.DataFrame(
        [(number, key) for keys, number in sets.items() for key in keys],
        schema={"wide": pl.UInt32, "key": pl.UInt32},
        orient="row",
    )
    return index.containers.join(of_account, on="account", how="left", maintain_order="left"), wide


def grant_part(grants: NumberedGrants, index: ContainerIndex) -> Part:
    """Access already worked out elsewhere: taken as it is, the grantee may be a group."""
    names = pl.DataFrame({"container": grants.containers})
    codes = names.join(index.containers, on="container", how="left", maintain_order="left")["code"].to_numpy()
    pairs = pl.DataFrame({"container": codes.take(grants.container), "key": grants.key})
    return Part(with_defaults(grants.keys.with_columns(route=pl.lit("grant"))).select("key", *KEY_COLUMNS), pairs)


def entitlement_containers(facts: Facts, index: ContainerIndex) -> pl.DataFrame:
    """What entitlements name, globs resolved: entitlement, container (code), level, group_id, enforced.

    An entitlement is enforced by scanned facts where it names a group and both memberships and the group's possible
    grants were read; an approval alone then gives nothing.
    """
    rows = facts.table("entitlement_containers").with_columns(
        level=level_bits(pl.col("access").cast(pl.String)).fill_null(1)
    )
    globs = rows.filter(is_glob())
    exact = index.code(rows.filter(~is_glob()))
    matched = resolve_globs(globs["container"].unique().sort(), index)
    from_globs = (
        globs.join(matched, left_on="container", right_on="glob").drop("container").rename({"code": "container"})
    )
    columns = ["entitlement", "container", "level", "group_id"]
    scanned = facts.assessed("memberships") and (facts.assessed("acls") or facts.assessed("role_assignments"))
    return (
        pl.concat([exact.select(columns), from_globs.select(columns)])
        .unique()
        .with_columns(enforced=pl.col("group_id").is_not_null() & pl.lit(scanned))
    )


def resolve_globs(globs: pl.Series, index: ContainerIndex) -> pl.DataFrame:
    """Containers that each glob matches: glob, code. ``*`` matches any text, ``?`` one character, ``[...]`` a set."""
    names = index.containers.select("container", "code")
    # What is longer than every name fits none, and may be too long for a regular expression.
    longest = int(names["container"].str.len_chars().max() or 0)  # type: ignore[arg-type]
    found = [
        names.filter(pl.col("container").str.contains(glob_regex(glob))).select(glob=pl.lit(glob), code="code")
        for glob in globs
        if shortest(glob) <= longest
    ]
    return pl.concat(found) if found else pl.DataFrame(schema={"glob": pl.String, "code": pl.UInt32})


def entitlement_part(facts: Facts, opened: pl.DataFrame, *, settings: AccessSettings) -> Part:
    """Approved entitlements whose enforcement was not scanned: the approval is what is known of the access."""
    approved = approvals(facts, settings=settings)
    held = opened.join(approved.select("entitlement").unique(), on="entitlement", how="semi")
    units = held.select("entitlement", "level").unique().with_row_index("unit")
    keys = units.join(approved, on="entitlement").select(
        "unit",
        route=pl.lit("entitlement"),
        grantee_id="principal_id",
        level="level",
        entitlement="entitlement",
    )
    # People are joined to the few units first; containers then meet units, not people, until the very end.
    numbered = keys.with_row_index("key")
    pairs = held.join(units, on=["entitlement", "level"]).select("container", "unit").unique()
    return Part(
        with_defaults(numbered.drop("unit")).select("key", *KEY_COLUMNS),
        pairs.join(numbered.select("unit", "key"), on="unit").select("container", "key"),
    )


def acl_part(facts: Facts, index: ContainerIndex) -> tuple[Part, dict[str, AclProfile]]:
    """ACL entries, where the account has a hierarchical namespace (or did not say that it has none).

    Returns
    -------
    Part
        What entries give one by one, and a mark on containers whose entries cannot be taken one by one.
    dict of str to AclProfile
        Profiles by the mark's ``detail``; people on such containers are checked against the whole profile.
    """
    flat = [name for name, account in index.accounts.items() if account.hns is False]
    deciding = replace(index, containers=index.containers.filter(~pl.col("account").is_in(flat)))
    shaped, shapes = profiles(deciding.code(facts.table("acls")))
    entangled = {shape.digest: shape for shape in shapes if not shape.separable}
    denies = may_lose_writing(facts)
    rows = [
        (i, grant.grantee, lane, level, reason, "allow", detail)
        for i, shape in enumerate(shapes)
        for grant in shape.grants()
        for lane, level, reason, detail in _by_lane(grant, denies=denies)
        if level
    ]
    rows += [(i, "", "data", 0, "", PROFILE, s.digest) for i, s in enumerate(shapes) if not s.separable]
    named = pl.DataFrame(
        rows,
        schema={"profile": pl.UInt32}
        | {name: KEY_SCHEMA[name] for name in ("grantee_id", "lane", "level", "reason", "effect", "detail")},
        orient="row",
    ).with_columns(route=pl.lit("acl"))
    of_profiles = part(named.rename({"profile": "container"}))
    pairs = shaped.join(of_profiles.pairs.rename({"container": "profile"}), on="profile").select("container", "key")
    return Part(of_profiles.keys, pairs), entangled


def _by_lane(grant: AclGrant, *, denies: bool) -> Iterator[tuple[str, int, str, str]]:
    """What an entry gives by lane: lane, level, reason, operations. Whoever writes for certain destroys as well."""
    yield "data", grant.certain, "", ""
    yield "conditional", grant.possible, grant.reason, ""
    if grant.destroys and (denies or not grant.certain & Level.WRITE):
        yield "destroy", DESTROY_LEVEL, "can delete and create files in a folder (-wx)", DELETE_BLOB


def named_by_entitlement(grants: Part, enforced: pl.DataFrame) -> Part:
    """Mark grants to a group with the entitlement that names the group on that container."""
    if enforced.is_empty() or grants.pairs.is_empty():
        return grants
    groups, names = number(enforced.select("container", "entitlement", grantee_id="group_id"), ["grantee_id"], "group")
    entitlements, names = number(names, ["entitlement"], "name")
    by_group = grants.keys.join(groups, on="grantee_id", how="left").select("key", "group")
    pairs = (
        grants.pairs.join(by_group, on="key")
        .join(names.select("container", "group", "name").unique(), on=["container", "group"], how="left")
        .select("container", "key", "name")
    )
    # Few grants are distinct, so texts come back when pairs are numbers again.
    marked, numbered = number(pairs.rename({"key": "grant"}), ["grant", "name"], "key")
    keys = (
        marked.join(grants.keys.drop("entitlement").rename({"key": "grant"}), on="grant")
        .join(entitlements, on="name", how="left")
        .with_columns(pl.col("entitlement").fill_null(""))
    )
    return Part(keys.select("key", *KEY_COLUMNS), numbered.select("container", "key"))


def policy_part(facts: Facts, index: ContainerIndex, *, settings: AccessSettings) -> Part:
    """Stored access policies in force: a token issued under one gives its permissions to any holder.

    Containers differ by the names of their policies and what these allow, not by whose policy it is.

    Such tokens are signed with an account key, so an account that refuses shared keys refuses them:
    https://learn.microsoft.com/azure/storage/common/shared-key-authorization-prevent
    """
    refusing = [
        name
        for name, account in index.accounts.items()
        if not (settings.shared_key_when_unknown if account.allow_shared_key is None else account.allow_shared_key)
    ]
    letters = pl.col("permissions").fill_null("").str.to_lowercase()
    level = pl.when(letters.str.contains(f"[{READ_LETTERS}]")).then(1).otherwise(0) + pl.when(
        letters.str.contains(f"[{WRITE_LETTERS}]")
    ).then(2).otherwise(0)
    started = pl.col("starts_at").is_null() | (pl.col("starts_at") <= facts.as_of)
    usable = index.containers.filter(~pl.col("account").is_in(refusing)).select("container")
    return part(
        index.code(
            facts.table("stored_policies")
            .filter(unexpired(facts.as_of) & started)
            .join(usable, on="container", how="semi")
            .select(
                "container",
                route=pl.lit("policy"),
                grantee_id=policy_of_class("policy"),
                lane=pl.lit("bearer"),
                level=level.cast(pl.UInt8),
                reason=pl.lit("whoever holds a token issued under the policy"),
            )
            .filter(pl.col("level") > 0)
        )
    )


def public_part(facts: Facts, index: ContainerIndex) -> Part:
    """Containers open to anonymous reading, unless the account forbids it for all of them."""
    closed = [name for name, account in index.accounts.items() if account.allow_public is False]
    usable = index.containers.filter(~pl.col("account").is_in(closed)).select("container")
    kind = pl.col("public_access").fill_null("").str.to_lowercase()
    return part(
        index.code(
            facts.table("containers")
            .filter(kind.is_in(["blob", "container"]))
            .join(usable, on="container", how="semi")
            .select(
                "container",
                route=pl.lit("public"),
                grantee_id=pl.lit("public"),
                lane=pl.lit("bearer"),
                level=pl.lit(1, pl.UInt8),
                reason=pl.lit("anonymous reading"),
            )
        )
    )
