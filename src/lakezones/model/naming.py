"""Names of groups, from patterns.

In: ``configs/naming.toml`` and the parts of a name. Out: names that are legal in Entra, unique and stable.
"""

import re
from collections.abc import Iterable, Mapping
from string import Formatter
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

ROLE_PARTS = frozenset({"team", "department", "title", "content", "domain", "zone", "access"})
RESOURCE_GROUP_PARTS = frozenset({"content", "domain", "zone", "access", "digest"})


def _parts_of(pattern: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}
    except ValueError as error:
        raise ValueError(f"bad pattern {pattern!r}: {error}") from None


def _check(pattern: str, allowed: frozenset[str]) -> str:
    parts = _parts_of(pattern)
    if unknown := sorted(parts - allowed):
        raise ValueError(
            f"bad pattern {pattern!r}: unknown part {{{unknown[0]}}}; there is {', '.join(sorted(allowed))}"
        )
    if not parts:
        raise ValueError(f"bad pattern {pattern!r}: it needs at least one part in braces")
    return pattern


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
    >>> NamingSettings().render(NamingSettings().role, {"team": "Risk: Analyst", "content": "", "access": "r"})
    'role-risk-analyst-r'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str = "role-{team}-{content}-{access}"
    """Pattern of a role group's name."""

    resource_group: str = "rg-{domain}-{content}-{digest}-{access}"
    """Pattern of a resource group's name."""

    case: Literal["lower", "upper", "as-is"] = "lower"
    """Case of names."""

    separator: str = Field(default="-", pattern=r"^[-_.]$")
    """Between the words of a part."""

    max_length: int = Field(default=64, ge=16, le=256)
    """Longest name; Entra allows 256 characters."""

    mixed: str = "mixed"
    """The word for what nothing distinguishes."""

    access: AccessWords = AccessWords()
    """Words for levels."""

    @field_validator("role")
    @classmethod
    def _role_parts(cls, pattern: str) -> str:
        return _check(pattern, ROLE_PARTS)

    @field_validator("resource_group")
    @classmethod
    def _resource_group_parts(cls, pattern: str) -> str:
        return _check(pattern, RESOURCE_GROUP_PARTS)

    def render(self, pattern: str, parts: Mapping[str, str]) -> str:
        """Fill a pattern in; empty parts vanish with the separator beside them.

        Words are kept to letters, digits and the separator, so that no name carries a formula, markup or a
        path. A name that would be too long loses its end.
        """
        words = {name: self.word(parts.get(name, "")) for name in _parts_of(pattern)}
        name = pattern.format(**words)
        mark = re.escape(self.separator)
        name = re.sub(rf"(?:{mark}){{2,}}", self.separator, name).strip(self.separator)
        return name[: self.max_length].rstrip(self.separator) or self.mixed

    def word(self, text: str) -> str:
        """A part of a name: letters and digits of `text`, in the configured case."""
        cleaned = re.sub(r"[^\w]+|_+", self.separator, text).strip(self.separator)
        match self.case:
            case "lower":
                return cleaned.lower()
            case "upper":
                return cleaned.upper()
            case _:
                return cleaned


def unique(names: Iterable[str], *, max_length: int, taken: Iterable[str] = ()) -> list[str]:
    """Make names unique without regard to case by a number at the end, in the order given.

    Examples
    --------
    >>> unique(["a", "A", "b"], max_length=64)
    ['a', 'A-2', 'b']
    """
    used = {name.casefold() for name in taken}
    result = []
    for name in names:
        candidate, number = name, 1
        while candidate.casefold() in used:
            number += 1
            tail = f"-{number}"
            candidate = name[: max_length - len(tail)] + tail
        used.add(candidate.casefold())
        result.append(candidate)
    return result
