"""Globs over container names, as entitlements use them.

``*`` stands for any text, ``?`` for one character, ``[abc]`` for one of a set and ``[!abc]`` for one outside it.
"""

import re
from typing import Final

import polars as pl

_SET: Final = re.compile(r"\[(!?)(\]?[^\]]*)\]")


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
    out, at = [], 0
    while at < len(glob):
        char, found = glob[at], _SET.match(glob, at)
        if char == "*":
            out.append(".*")
        elif char == "?":
            out.append(".")
        elif found:
            inner = re.sub(r"([\\\[\]&~^])", r"\\\1", found.group(2))
            out.append(f"[{'^' if found.group(1) else ''}{inner}]")
            at = found.end()
            continue
        else:
            out.append(re.escape(char))
        at += 1
    return f"(?s)^{''.join(out)}$"
