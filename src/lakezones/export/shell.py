"""Words of a shell script: values that stay one word and show what they hold, comments that stay one line.

In: values out of a plan, some of them names that strangers chose. Out: text for bash. Characters that steer a terminal,
change the direction of text or cannot be seen never stand raw in a script: whoever reads it must see what it does.
https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html
"""

import shlex
import unicodedata
from typing import Any, Final

from lakezones.errors import InputError

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
"""Unicode categories of characters that do not show, or not where they stand; the space is the one that may."""


def is_hidden(character: str) -> bool:
    """Whether a character does not show as itself.

    Examples
    --------
    >>> [is_hidden(one) for one in ("a", " ", "\\x1b", "\\u202e", "\\u00a0")]
    [False, False, True, True, True]
    """
    return character != " " and unicodedata.category(character) in _HIDDEN


def quoted(value: Any) -> str:
    """A value as one word of bash; hidden characters are written as their bytes, and mean the same.

    Raises
    ------
    InputError
        If the value holds NUL, which no argument of a command can.

    Examples
    --------
    >>> print(quoted("a b"), quoted("a\\x1b'"), quoted(None))
    'a b' $'a\\x1b\\'' ''
    """
    text = "" if value is None else str(value)
    if "\0" in text:
        raise InputError(
            f"{shown(text)!r} holds a NUL character, which no command can be given", hint="export it as csv"
        )
    if not any(map(is_hidden, text)):
        return shlex.quote(text)
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(character: str) -> str:
    if is_hidden(character):
        return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    return f"\\{character}" if character in "\\'" else character


def shown(text: str) -> str:
    """Text on one line, with hidden characters by their number.

    Examples
    --------
    >>> print(shown("a\\n  b \\u202ec"))
    a b \\u202ec
    """
    line = " ".join(text.split())
    return "".join(f"\\u{ord(one):04x}" if is_hidden(one) else one for one in line)


def comment(text: str) -> str:
    """A comment of one line, after an empty line."""
    return "\n# " + shown(text)
