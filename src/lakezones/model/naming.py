"""Names of groups, from patterns.

In: ``configs/naming.toml`` and the parts of a name. Out: names that Entra and Active Directory take, unique and stable.

A name has letters and digits of ASCII and one separator, and at most 64 characters: the mail nickname of a group in
Entra is ASCII without ``@ () \\ [] " ; : <> ,`` and space, at most 64
(https://learn.microsoft.com/graph/api/resources/group, https://learn.microsoft.com/graph/api/directoryobject-validateproperties);
a SAM account name has none of ``" / \\ [ ] : ; | = , + * ? < >`` and does not end in a period
(https://learn.microsoft.com/windows/win32/adschema/a-samaccountname,
https://learn.microsoft.com/windows/win32/api/lmaccess/ns-lmaccess-group_info_0), and a common name has at most 64.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from string import Formatter
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

PARTS: Final = frozenset(
    {
        "prefix",
        "environment",
        "kind",
        "area",
        "job",
        "data",
        "department",
        "title",
        "domain",
        "system",
        "zone",
        "access",
    }
)

ROLE_KINDS: Final = {
    "birthright": "birthright",
    "area": "area",
    "job": "job",
    "engineer": "eng",
    "restricted": "restr",
    "project": "proj",
    "transitional": "trans",
}
"""The word for each layer of roles (`lakezones.model.tables.fields.ROLE_LAYERS`)."""

KINDS: Final = {**ROLE_KINDS, "resource_group": "rg"}
"""The word for each kind of group."""

_LATIN: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d"}
    | {"Ð": "D", "þ": "th", "Þ": "TH", "ł": "l", "Ł": "L", "ı": "i", "ŋ": "n", "'": "", "’": "", "&": " and "}
)
"""Latin letters that no accent can be taken from, and marks within words."""

_FIXED: Final = ("prefix", "environment", "kind", "access")
"""Parts that are written as they are."""

_OF_PEOPLE: Final = ("birthright", "area", "job", "transitional")
"""Kinds that are called after people; the others after data."""

_CONSONANTS: Final = "bcdfghjklmnpqrstvwxz"
"""Letters of hashes in names; without vowels they make no words."""

_SHORTEST: Final = 4
"""Words of a name that is too long keep so many letters."""


def plain(text: str) -> str:
    """Text in ASCII: accents taken off, letters of other scripts left out.

    Examples
    --------
    >>> plain("Größe & Crédit Ødegård")
    'Grosse  and  Credit Odegard'
    """
    return unicodedata.normalize("NFKD", text.translate(_LATIN)).encode("ascii", "ignore").decode()


def letters(key: str, length: int = 4) -> str:
    """A hash of letters, where nothing in words sets two names apart.

    Examples
    --------
    >>> letters("c-0123456789"), len(letters("c-0123456789", 6))
    ('smbw', 6)
    """
    number = int.from_bytes(hashlib.sha256(key.encode()).digest())
    found = []
    for _ in range(length):
        number, digit = divmod(number, len(_CONSONANTS))
        found.append(_CONSONANTS[digit])
    return "".join(found)


def _parts_of(pattern: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}
    except ValueError as error:
        raise ValueError(f"bad pattern {pattern!r}: {error}") from None


class AccessWords(BaseModel):
    """What to write for each level."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    read: str = "r"
    """For read."""

    write: str = "rw"
    """For write."""

    manage: str = "full"
    """For manage."""

    def word(self, access: str) -> str:
        """The word for ``read``, ``write`` or ``manage``."""
        return str(getattr(self, access))


class NamingSettings(BaseModel):
    """Settings of ``naming.toml``.

    Examples
    --------
    >>> naming = NamingSettings()
    >>> naming.render(naming.role, "job", {"area": "Risk", "job": "Market Risk: Analyst", "access": "r"})
    'lake-prd-job-risk-market-analyst-r'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: str = "lake"
    """First word of every name."""

    environment: str = "prd"
    """Which lake: production, test, development."""

    role: str = "{prefix}-{environment}-{kind}-{area}-{job}-{access}"
    """Pattern of a role group's name."""

    resource_group: str = "{prefix}-{environment}-{kind}-{area}-{data}-{access}"
    """Pattern of a resource group's name."""

    case: Literal["lower", "upper", "as-is"] = "lower"
    """Case of names."""

    separator: str = Field(default="-", pattern=r"^[-_.]$")
    """Between words."""

    max_length: int = Field(default=64, ge=40, le=64)
    """Longest name; a mail nickname and a common name have at most 64 characters."""

    fillers: tuple[str, ...] = (
        *("a", "an", "and", "at", "by", "das", "de", "der", "des", "die", "du", "et"),
        *("for", "für", "in", "la", "le", "les", "of", "on", "the", "to", "und"),
    )
    """Words that names leave out."""

    units: tuple[str, ...] = (
        *(
            "abteilung",
            "afdeling",
            "avdeling",
            "avdelning",
            "bereich",
            "chapter",
            "departement",
            "department",
            "dept",
            "division",
        ),
        *("equipe", "gruppe", "osasto", "section", "squad", "team", "teams", "tribe", "unit"),
    )
    """Words for a unit, whatever it does: left out of departments, unless a number follows."""

    numbered: tuple[str, ...] = ("team", "unit", "desk", "squad", "group", "cell", "pod", "section", "branch")
    """Words that a number follows: `team 07` becomes one word, `team07`."""

    everybody: str = "all staff"
    """The job of a birthright role that everybody has."""

    after_number: Mapping[str, str] = {"people": "staff", "data": "data"}
    """What follows a name that would end in a number of the bank's own, which would look like one of ours: in names of
    people, and in names of data (engineer, restricted, project, resource groups)."""

    kinds: Mapping[str, str] = KINDS
    """The word for each kind of group."""

    access: AccessWords = AccessWords()
    """Words for levels."""

    @field_validator("role", "resource_group")
    @classmethod
    def _known_parts(cls, pattern: str) -> str:
        parts = _parts_of(pattern)
        if unknown := sorted(parts - PARTS):
            raise ValueError(
                f"bad pattern {pattern!r}: unknown part {{{unknown[0]}}}; there is {', '.join(sorted(PARTS))}"
            )
        if parts <= {*_FIXED}:
            raise ValueError(f"bad pattern {pattern!r}: it needs at least one part in braces that differs by group")
        return pattern

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, kinds: Mapping[str, str]) -> Mapping[str, str]:
        if unknown := sorted(set(kinds) - set(KINDS)):
            raise ValueError(f"unknown kind {unknown[0]!r}; there is {', '.join(KINDS)}")
        return {**KINDS, **kinds}

    def kind(self, kind: str) -> str:
        """The word for a kind of group."""
        return self.kinds[kind]

    def words(self, text: str) -> list[str]:
        """Words of a text in the configured case, without fillers; a number stays with the unit it numbers."""
        return list(_split(text, self.case, self.fillers, self.numbered))

    def unit(self, department: str) -> str:
        """A department without words for a unit, unless they are all there is or a number follows.

        Examples
        --------
        >>> naming = NamingSettings()
        >>> [naming.unit(name) for name in ("Compliance Tribe/Lilac", "risk team 07", "Team")]
        ['Compliance Lilac', 'risk team 07', 'Team']
        """
        words = re.findall(r"[^\W_]+", department)
        kept = [
            word
            for at, word in enumerate(words)
            if word.casefold() not in self.units or (at + 1 < len(words) and words[at + 1].isdigit())
        ]
        return " ".join(kept) if kept else department

    def render(self, pattern: str, kind: str, parts: Mapping[str, str], further: Sequence[str] = ()) -> str:
        """Fill a pattern in; empty parts vanish with the separator beside them, and a word is written once.

        A name that would be too long has its longest words cut short, then its last words left out; where it ends, and
        what sets it apart, stays.

        Parameters
        ----------
        further
            Texts to be added to the job or the data.
        """
        words = self._words(pattern, kind, parts, further)
        while len(name := self._joined(pattern, words)) > self.max_length:
            if not _shorten([some for part, some in words.items() if part not in _FIXED]):
                return name[: self.max_length].rstrip("-_.")
        return name

    def fits(self, pattern: str, kind: str, parts: Mapping[str, str], further: Sequence[str] = ()) -> bool:
        """Whether the name is short enough as it is."""
        return len(self._joined(pattern, self._words(pattern, kind, parts, further))) <= self.max_length

    def _words(self, pattern: str, kind: str, parts: Mapping[str, str], further: Sequence[str]) -> dict[str, list[str]]:
        """Words by part of the pattern, in its order."""
        given = {**parts, "prefix": self.prefix, "environment": self.environment, "kind": self.kind(kind)}
        order = [name for _, name, _, _ in Formatter().parse(pattern) if name is not None]
        free = [name for name in order if name not in _FIXED]
        place = next((name for name in free if name in ("job", "data")), free[-1] if free else "")
        words: dict[str, list[str]] = {}
        seen: set[str] = set()
        for name in order:
            texts = [given.get(name, ""), *(further if name == place else ())]
            words[name] = [word for text in texts for word in self.words(text)]
            if name in free:
                words[name] = _first_times(words[name], seen)
        last = next((words[name][-1] for name in reversed(free) if words[name]), "")
        if last[-1:].isdigit():
            ending = self.after_number.get("people" if kind in _OF_PEOPLE else "data", "")
            words[free[-1]] = [*words[free[-1]], *self.words(ending)]
        return words

    def _joined(self, pattern: str, words: Mapping[str, Sequence[str]]) -> str:
        mark = self.separator
        name = pattern.format(**{part: mark.join(some) for part, some in words.items()})
        name = re.sub(r"[^A-Za-z0-9_.-]+", mark, plain(name))
        name = re.sub(r"[-_.]{2,}", mark, name).strip("-_.")
        return name or self.prefix or "group"


@lru_cache(maxsize=1 << 16)
def _split(text: str, case: str, fillers: tuple[str, ...], numbered: tuple[str, ...]) -> tuple[str, ...]:
    found = re.findall(r"[A-Za-z0-9]+", plain(text))
    if not found and any(map(str.isalnum, text)):
        found = [letters(text.strip().casefold())]
    joined: list[str] = []
    for word in found:
        if word.isdigit() and joined and joined[-1].lower() in numbered:
            joined[-1] += word
        else:
            joined.append(word)
    said = [word for word in joined if word.lower() not in fillers] or joined
    return tuple(word.lower() if case == "lower" else word.upper() if case == "upper" else word for word in said)


def _first_times(words: Sequence[str], seen: set[str]) -> list[str]:
    """The words that were not seen yet, which they are then."""
    found = []
    for word in words:
        if _stem(word) not in seen:
            seen.add(_stem(word))
            found.append(word)
    return found


def _shorten(parts: Sequence[list[str]]) -> bool:
    """Take a letter from the longest word or, where all are short, a word from the middle of the longest part.

    Words with digits are ids, and stay whole.
    """
    words = [(len(word), k, at) for k, part in enumerate(parts) for at, word in enumerate(part) if word.isalpha()]
    size, part, at = max(words, default=(0, 0, 0))
    if size > _SHORTEST:
        parts[part][at] = parts[part][at][:-1]
        return True
    longest = max(parts, key=len, default=[])
    if longest:
        del longest[len(longest) // 2]
    return bool(longest)


def _stem(word: str) -> str:
    """A word without case and the ending of its plural."""
    return word.casefold().removesuffix("s")
