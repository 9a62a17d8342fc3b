"""Globs over container names, as entitlements use them.

``*`` stands for any text, ``?`` for one character, ``[abc]`` for one of a set and ``[!abc]`` for one outside it. A
bracket that nothing closes stands for itself, and a range from the end to the start holds nothing.
"""

import re
from typing import Final

import polars as pl

_SET: Final = re.compile(r"\[(!?+)(\][^\]]*|[^\]]+)\]")
_RANGE: Final = re.compile(r"(.)-(.)", re.DOTALL)


def is_glob(column: str = "container") -> pl.Expr:
    """Expression for names that are globs."""
    return pl.col(column).str.contains(r"[*?\[]")


def glob_regex(glob: str) -> str:
    """Anchored regular expression of a glob, in the dialect of polars.

    Examples
    --------
    >>> glob_regex("crm-*")
    '(?s)^crm\\\\-.*$'
    >>> glob_regex("t[!0-9]?")
    '(?s)^t[^0-9].$'
    """
    return f"(?s)^{''.join(_parts(glob))}$"


def shortest(glob: str) -> int:
    """Characters that a name needs at least to fit a glob.

    Examples
    --------
    >>> shortest("t[!0-9]?*")
    3
    """
    return sum(part != ".*" for part in _parts(glob))


def _parts(glob: str) -> list[str]:
    """Regular expressions for each character, set or star; stars side by side are one."""
    out: list[str] = []
    at = 0
    while at < len(glob):
        char, found = glob[at], _SET.match(glob, at) if glob[at] == "[" else None
        if char == "*":
            out += [".*"] if out[-1:] != [".*"] else []
        elif char == "?":
            out.append(".")
        elif found:
            out.append(_set(found.group(2), negated=bool(found.group(1))))
            at = found.end()
            continue
        else:
            out.append(re.escape(char))
        at += 1
    return out


def _set(inner: str, *, negated: bool) -> str:
    some = _RANGE.sub(lambda ends: "" if ends.group(1) > ends.group(2) else ends.group(), inner)
    if not some:
        return "." if negated else r"[^\s\S]"
    escaped = re.sub(r"([\\\[\]&~^])", r"\\\1", some)
    return f"[{'^' if negated else ''}{escaped}]"
