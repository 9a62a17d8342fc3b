"""POSIX ACLs of hierarchical accounts: what each named entry gives on a container.

In: texts of ACLs, and chains of them. Out: `AclProfile`, what everybody has by the ACLs of one shape of a container.
Millions of rows come down to few distinct texts and few shapes (`lakezones.access.routes.shapes`), so parsing and
checking happen once each.

Checks follow the documented algorithm: owner, then named user, then groups, then other; the mask caps all but the
owner; reading needs ``r`` on the file and ``x`` on every ancestor; deleting needs ``wx`` on the folder alone.
https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control#how-permissions-are-evaluated
"""

import hashlib
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

from lakezones.errors import InputError
from lakezones.model.acls import names_twice
from lakezones.model.levels import Level
from lakezones.model.principals import EVERYBODY, NO_OWNER

R, W, X = 4, 2, 1
# Plain integers: thousands of shapes are checked, and flags of an enum are slow to combine.
READ, WRITE = int(Level.READ), int(Level.WRITE)
DELETE: Final = 8
"""Beside the level bits while ACLs are checked: may delete, whatever the ACLs of the files say."""

_PERMISSIONS: Final = re.compile(r"[r-][w-][x\-tT]$")


@dataclass(frozen=True)
class Acl:
    """One parsed access ACL; permissions are bits r=4, w=2, x=1. Default entries decide nothing and are left out.

    `sticky` is of a folder: only their owners, or the folder's, may delete what is in it.
    """

    owner: str
    owning_group: str
    owner_bits: int
    group_bits: int
    other: int
    mask: int
    users: dict[str, int]
    groups: dict[str, int]
    sticky: bool = field(default=False, repr=False)

    def names(self, user: str, groups: AbstractSet[str]) -> bool:
        """Whether an entry that decides for `user`, other than ``other``, gives anything at all on this path."""
        if user and user == self.owner:
            return self.owner_bits > 0
        if user in self.users:
            return self.users[user] & self.mask > 0
        if self.owning_group in groups and self.group_bits & self.mask:
            return True
        return any(group in groups and bits & self.mask for group, bits in self.groups.items())

    def allows(self, wanted: int, user: str, groups: AbstractSet[str]) -> bool:
        """Whether `user`, in `groups` (closed over nesting), has all bits of `wanted` on this path."""
        if user and user == self.owner:
            return self.owner_bits & wanted == wanted
        if user in self.users:
            return self.users[user] & self.mask & wanted == wanted
        if self.owning_group in groups and self.group_bits & self.mask & wanted == wanted:
            return True
        if any(group in groups and bits & self.mask & wanted == wanted for group, bits in self.groups.items()):
            return True
        return self.other & self.mask & wanted == wanted


def _bits(text: str, acl: str) -> int:
    if not _PERMISSIONS.match(text):
        raise InputError(
            f"cannot read the ACL {acl!r}: {text!r} is not of the form rwx",
            hint="write ACLs as user::rwx,group::r-x,group:ID:r-x,mask::r-x,other::---",
        )
    # A lower-case t is the sticky bit over x, a capital one over nothing.
    return R * (text[0] == "r") + W * (text[1] == "w") + X * (text[2] in "xt")


@lru_cache(maxsize=65536)
def parse_acl(text: str, owner: str | None = None, owning_group: str | None = None) -> Acl:
    """Parse an access ACL.

    Raises
    ------
    InputError
        If the text is no POSIX ACL.

    Examples
    --------
    >>> acl = parse_acl("user::rwx,user:ann:rwx,group::r-x,mask::r-x,other::---,default:other::r-x")
    >>> acl.allows(R, "ann", set()), acl.allows(W, "ann", set())
    (True, False)
    """
    owner = "" if owner in (None, NO_OWNER) else owner or ""
    owning_group = "" if owning_group in (None, NO_OWNER) else owning_group or ""
    owner_bits = group_bits = other = 0
    mask, sticky = R | W | X, False
    users: dict[str, int] = {}
    groups: dict[str, int] = {}
    if twice := names_twice(text):
        raise InputError(f"cannot read the ACL {text!r}: {twice!r} comes twice", hint="keep one entry for each name")
    for entry in filter(None, (part.strip() for part in text.split(","))):
        parts = entry.split(":")
        if parts[0] == "default" and len(parts) == 4:
            continue
        if len(parts) != 3:
            raise InputError(
                f"cannot read the ACL {text!r}: entry {entry!r} has {len(parts)} parts",
                hint="write ACLs as user::rwx,group::r-x,group:ID:r-x,mask::r-x,other::---",
            )
        kind, name, bits = parts[0], parts[1], _bits(parts[2], text)
        match kind, name:
            case "user", "":
                owner_bits = bits
            case "user", _:
                users[name] = bits
            case "group", "":
                group_bits = bits
            case "group", _:
                groups[name] = bits
            case "mask", "":
                mask = bits
            case "other", "":
                other, sticky = bits, parts[2][2] in "tT"
            case _:
                raise InputError(
                    f"cannot read the ACL {text!r}: unknown entry {entry!r}",
                    hint="an entry is user, group, mask or other, or one of these after default:",
                )
    return Acl(owner, owning_group, owner_bits, group_bits, other, mask, users, groups, sticky)


@dataclass(frozen=True)
class AclPath:
    """A path of a container that was read, as far as access to it goes.

    Attributes
    ----------
    chain
        ACLs from the topmost assessed ancestor down to the path itself.
    file
        Whether it holds data; folders and the root do not.
    rooted
        Whether the chain starts at the container's root.
    parent_known
        Whether the folder the path is in was read itself.
    """

    chain: tuple[Acl, ...]
    file: bool
    rooted: bool
    parent_known: bool


@dataclass(frozen=True)
class AclGrant:
    """What one entry gives on its own: ``certain`` bits, and ``possible`` ones with the reason they are not certain.

    ``destroys`` says whether it lets its holder delete what lies in some folder.
    """

    grantee: str
    certain: int
    possible: int
    reason: str
    destroys: bool = False


@dataclass(frozen=True)
class AclProfile:
    """The ACLs of a container, without its paths' names."""

    nodes: tuple[AclPath, ...]
    _checked: dict[tuple[str, frozenset[str]], tuple[int, int, str]] = field(
        default_factory=dict, compare=False, repr=False
    )
    _destroying: dict[tuple[str, frozenset[str]], bool] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def named(self) -> tuple[frozenset[str], frozenset[str]]:
        """Users (owners too) and groups that any entry names."""
        acls = {id(acl): acl for node in self.nodes for acl in node.chain}.values()
        users = {name for acl in acls for name in (*acl.users, acl.owner) if name}
        groups = {name for acl in acls for name in (*acl.groups, acl.owning_group) if name}
        return frozenset(users), frozenset(groups)

    def bits(self, user: str, groups: AbstractSet[str]) -> tuple[int, int, str]:
        """Certain and possible level bits of an identity, and why the possible ones are not certain.

        Reading is certain when every file that was read can be read. Writing needs ``w`` on the files, and ``wx`` on
        their folders where those were read.
        """
        identity = (user, frozenset(groups))
        if identity not in self._checked:
            self._checked[identity] = self._check(*identity)
        return self._checked[identity]

    def _check(self, user: str, groups: AbstractSet[str]) -> tuple[int, int, str]:
        files = [node for node in self.nodes if node.file]
        if not files:
            return 0, self._folder_bits(user, groups), "children not assessed"
        everywhere, anywhere = 3, 0
        for node in files:
            *ancestors, own = node.chain
            reached = all(acl.allows(X, user, groups) for acl in ancestors)
            level = 0
            if reached and own.allows(R, user, groups):
                level |= READ
            in_folder = not (node.parent_known and ancestors) or ancestors[-1].allows(W | X, user, groups)
            if reached and in_folder and own.allows(W, user, groups):
                level |= WRITE
            everywhere &= level
            anywhere |= level
        if not all(node.rooted for node in files):
            return 0, anywhere, "the container's root was not assessed"
        return everywhere, anywhere & ~everywhere, "only some of the assessed files"

    def _folder_bits(self, user: str, groups: AbstractSet[str]) -> int:
        level = 3
        for node in self.nodes:
            *ancestors, own = node.chain
            reached = all(acl.allows(X, user, groups) for acl in ancestors)
            level &= READ * (reached and own.allows(R | X, user, groups)) | WRITE * (
                reached and own.allows(W | X, user, groups)
            )
        return level

    def destroys(self, user: str, groups: AbstractSet[str]) -> bool:
        """Whether an identity may delete something in some folder that was read.

        That takes ``wx`` on the folder and ``x`` on every folder above, and nothing on what is deleted. Where the
        sticky bit is on, the owners of the folder and of what lies in it may, and nobody else.
        https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control#common-scenarios-related-to-acl-permissions
        """
        identity = (user, frozenset(groups))
        if identity not in self._destroying:
            self._destroying[identity] = any(self._empties(node, *identity) for node in self.nodes if not node.file)
        return self._destroying[identity]

    def _empties(self, folder: AclPath, user: str, groups: AbstractSet[str]) -> bool:
        *ancestors, own = folder.chain
        if not own.allows(W | X, user, groups) or not all(acl.allows(X, user, groups) for acl in ancestors):
            return False
        if not own.sticky:
            return True
        inside = (node for node in self.nodes if node.parent_known and node.chain[:-1] == folder.chain)
        return bool(user) and user in {own.owner, *(node.chain[-1].owner for node in inside)}

    def contributes(self, user: str, groups: AbstractSet[str]) -> bool:
        """Whether an entry names the identity with any right; what ``other`` opens to everybody is not its own."""
        return any(acl.names(user, groups) for node in self.nodes for acl in node.chain)

    def grants(self) -> list[AclGrant]:
        """What each named user, owner and group has by its entries alone, and what everybody has; sorted."""
        users, groups = self.named
        identities: list[tuple[str, str, frozenset[str]]] = [(user, user, frozenset()) for user in users]
        identities += [(group, "", frozenset([group])) for group in groups]
        found = [
            AclGrant(grantee, *self.bits(user, member), self.destroys(user, member))
            for grantee, user, member in identities
            if self.contributes(user, member)
        ]
        certain, possible, _ = self.bits("", frozenset())
        destroys = self.destroys("", frozenset())
        if certain or possible or destroys:
            found.append(AclGrant(EVERYBODY, 0, certain | possible, "the entry other", destroys))
        return sorted(found, key=lambda grant: grant.grantee)

    @cached_property
    def separable(self) -> bool:
        """Whether what an identity has is the union of what its entries give one by one.

        It is not where an entry for a user takes away what a group gives, or where two groups give together what
        neither gives alone, for instance one the folder and one the file. Rights grow with every group added, so each
        bit has to be tried only once, with all groups that lack it.
        """
        users, groups = self.named
        if len(users) + len(groups) < 2:
            return True
        alone = {group: self._both("", frozenset([group])) for group in groups}
        for user in ("", *sorted(users)):
            own = self._both(user, frozenset()) if user else (0, 0)
            if user and any(
                has & ~got
                for group in groups
                for has, got in zip(alone[group], self._both(user, frozenset([group])), strict=True)
            ):
                return False
            for which in (0, 1):
                for bit in (READ, WRITE, DELETE):
                    lacking = frozenset(group for group in groups if not alone[group][which] & bit)
                    if lacking and not own[which] & bit and self._both(user, lacking)[which] & bit:
                        return False
        return True

    def _both(self, user: str, groups: AbstractSet[str]) -> tuple[int, int]:
        """Certain bits, and certain or possible bits, of an identity that an entry names."""
        if not self.contributes(user, groups):
            return 0, 0
        certain, possible, _ = self.bits(user, groups)
        delete = DELETE * self.destroys(user, groups)
        return certain | delete, certain | possible | delete

    @cached_property
    def digest(self) -> str:
        """Name of the profile by its content."""
        content = "\n".join(sorted(_content(node) for node in self.nodes))
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _content(path: AclPath) -> str:
    sticky = [str(at) for at, acl in enumerate(path.chain) if acl.sticky]
    return f"{path!r} sticky {','.join(sticky)}" if sticky else repr(path)
