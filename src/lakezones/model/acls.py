"""The grammar of POSIX ACLs as text: what can be read at all. What an ACL gives is the business of `lakezones.access`.

In: an ACL, ``user::rwx,group:ID:r-x,mask::r-x,other::---,default:...``. Out: whether it can be read, and whom it names.
https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control
"""

from collections.abc import Callable
from typing import Final

FORM: Final = "an ACL (for example user::rwx,group::r-x,group:ID:r-x,mask::r-x,other::---), each entry once"
"""The form of an ACL in words."""

_ENTRY: Final = r"\s*(default:)?((user|group):[^:,]*|(mask|other):):[r-][w-][xtT-]\s*"
PATTERN: Final = rf"^({_ENTRY},)*{_ENTRY},?\s*$"
"""What the text of an ACL matches; `names_twice` says what a pattern cannot."""


def names_twice(text: str) -> str | None:
    """The entry that an ACL has twice, which POSIX forbids, since neither of the two would be the one that counts.

    Examples
    --------
    >>> names_twice("user::rwx,user:ann:r--,user:ann:rwx")
    'user:ann'
    >>> names_twice("user:ann:r--,group:ann:r--,default:user:ann:r--") is None
    True
    """
    entries = [entry.strip().rpartition(":")[0] for entry in text.split(",") if entry.strip()]
    return None if len(set(entries)) == len(entries) else next(one for one in entries if entries.count(one) > 1)


def rename(text: str, name: Callable[[str], str]) -> str:
    """The ACL with whom it names written as `name` gives it.

    Examples
    --------
    >>> rename("user::rwx,default:user:ANN:r-x", str.lower)
    'user::rwx,default:user:ann:r-x'
    """
    entries = [entry.split(":") for entry in text.split(",")]
    return ",".join(
        ":".join([*parts[:-2], name(parts[-2]), parts[-1]]) if len(parts) > 2 else ":".join(parts) for parts in entries
    )
