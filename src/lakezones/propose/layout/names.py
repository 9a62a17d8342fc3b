"""Names that Azure accepts: of containers and of folders, unique, short enough, and every change listed.

In: the names a pattern wants. Out: the names given, and a row for each that had to differ, with the reason.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

RENAMED_SCHEMA = {"kind": pl.String, "wanted": pl.String, "given": pl.String, "reason": pl.String}


@dataclass(frozen=True)
class Renamed:
    """A name that differs from what its pattern wanted."""

    kind: str
    wanted: str
    given: str
    reason: str


def digest(text: str, *, length: int = 6) -> str:
    """Short stable digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


@lru_cache(maxsize=65_536)
def container_name(wanted: str, *, longest: int = 63) -> tuple[str, str]:
    """A legal container name as close to `wanted` as can be, and why it differs (empty if it does not).

    Examples
    --------
    >>> container_name("Retail & Cards_raw")
    ('retail-cards-raw', 'illegal characters')
    >>> container_name("a")
    ('a-zone', 'shorter than 3 characters')
    """
    name = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9-]+", "-", wanted.lower())).strip("-")
    reason = "illegal characters" if name != wanted else ""
    if len(name) < 3:
        name = f"{name}-zone".lstrip("-") if name else f"zone-{digest(wanted)}"
        reason = reason or "shorter than 3 characters"
    if len(name) > longest:
        name = f"{name[: longest - 7].rstrip('-')}-{digest(wanted)}"
        reason = f"longer than {longest} characters"
    return name, reason


def folder_name(wanted: str, *, longest: int = 1024) -> tuple[str, str]:
    """A legal path as close to `wanted` as can be, and why it differs.

    Examples
    --------
    >>> folder_name("crm//customer.")
    ('crm/customer', 'illegal characters')
    """
    segments = []
    for segment in re.sub(r'[\x00-\x1f\x7f"\\:|<>*?#%]+', "-", wanted).split("/"):
        # A segment may not end in a dot, and `.` and `..` mean something else.
        kept = segment.strip().rstrip(".").strip()
        if kept:
            segments.append(kept)
    name = "/".join(segments)
    reason = "illegal characters" if name != wanted else ""
    if not name:
        name, reason = f"folder-{digest(wanted)}", "no legal character"
    if len(name) > longest:
        name, reason = f"{name[: longest - 7]}-{digest(wanted)}", f"longer than {longest} characters"
    return name, reason


class UniqueNames:
    """Gives each key one name; a second key that wants a taken name gets its own, with a digest.

    Parameters
    ----------
    kind
        container or folder: decides the rules.
    longest
        Most characters.
    taken
        Names that exist already and are nobody's to take.
    """

    def __init__(self, kind: str, *, longest: int, taken: Iterable[str] = ()) -> None:
        self._kind = kind
        self._longest = longest
        self._existing = frozenset(name.lower() for name in taken)
        self._owner: dict[str, str] = {}
        self.renamed: list[Renamed] = []

    def give(self, key: str, wanted: str) -> str:
        """The name of `key`; call in sorted order of keys, so that the outcome does not depend on row order."""
        legal = container_name if self._kind == "container" else folder_name
        name, reason = legal(wanted, longest=self._longest)
        if self._taken(name, key):
            exists = name.lower() in self._existing
            reason = "a container of that name exists" if exists else "two want the same name"
        attempt = 0
        while self._taken(name, key):
            name = f"{name[: self._longest - 7].rstrip('-')}-{digest(f'{key}#{attempt}' if attempt else key)}"
            attempt += 1
        self._owner[name.lower()] = key
        if reason:
            self.renamed.append(Renamed(self._kind, wanted, name, reason))
        return name

    def _taken(self, name: str, key: str) -> bool:
        # Folders that differ in case alone are two folders, and a trap on every other system.
        return name.lower() in self._existing or self._owner.get(name.lower(), key) != key


def renamed_frame(*given: UniqueNames) -> pl.DataFrame:
    """Every name that had to differ, sorted: columns kind, wanted, given, reason."""
    rows = [(r.kind, r.wanted, r.given, r.reason) for names in given for r in names.renamed]
    return pl.DataFrame(rows, schema=RENAMED_SCHEMA, orient="row").unique().sort("kind", "wanted", "given")
