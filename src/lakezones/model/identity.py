"""Whether two spellings of a person are one: names, mail addresses and ids as people type them.

In: text. Out: the same without what nobody sees, in one form (Unicode, UAX 15: NFKC with case folded).
"""

import re
import unicodedata
from typing import Final

_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that are drawn as nothing; control and format characters are known by their category."""


def plain(text: str | None) -> str:
    """Text in one form: compatibility characters resolved, case folded, single blanks, nothing that is not seen.

    Examples
    --------
    >>> plain("  Doe,\\u00a0 ANA\\u200b ") == plain("doe, ana")
    True
    >>> plain("\\u200b\\u3164")
    ''
    """
    if text and text.isascii() and text.isprintable():  # nothing to resolve or leave out, and most names are such
        return " ".join(text.casefold().split())
    seen = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFKC", text or "")
        if char.isspace() or (char not in _UNSEEN and unicodedata.category(char) not in ("Cc", "Cf", "Cn", "Co", "Cs"))
    )
    return " ".join(unicodedata.normalize("NFKC", seen.casefold()).split())


def spellings(*names: str | None) -> frozenset[str]:
    """Everything that somebody may be called who has these names: as they are, turned round, and of a mail address.

    Examples
    --------
    >>> sorted(spellings("Doe, Ana"))
    ['ana doe', 'doe ana', 'doe, ana']
    >>> sorted(spellings("Ana Doe (x1)"))
    ['ana doe', 'ana doe (x1)', 'doe ana', 'doe, ana']
    """
    found: set[str] = set()
    for name in map(plain, names):
        if not name:
            continue
        bare = re.sub(r"\s*[(<\[].*$", "", name) or name
        found |= {name, bare}
        last, comma, first = (part.strip() for part in bare.partition(","))
        words = bare.split(" ")
        if comma:
            found |= {f"{first} {last}", f"{last} {first}"}
        elif len(words) > 1:
            found |= {f"{words[-1]}, {' '.join(words[:-1])}", f"{words[-1]} {' '.join(words[:-1])}"}
    return frozenset(found)
