"""Checkpoints: what a log was at a moment, in three lines that fit into a change ticket.

In: the log and its origin. Out: the origin, the number of records and the root in base64, a line each, as C2SP's
tlog-checkpoint has them (https://c2sp.org/tlog-checkpoint), without its signature lines: a signature is a file of its
own (`lakezones.review.log.signing`).
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final, Self

from lakezones.errors import InputError
from lakezones.review.log.merkle import DIGEST
from lakezones.review.log.records import tree

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,15}")
_ORIGIN: Final = re.compile(r"[!-*,-~]{1,255}")
"""Visible ASCII without a plus, as the standard recommends: it survives every ticket system."""

_HINT: Final = "a checkpoint has three lines: the origin of the log, the number of records and the root in base64"


@dataclass(frozen=True)
class Checkpoint:
    """Size and root of a log.

    Attributes
    ----------
    origin
        Which log.
    size
        Records that it covers.
    root
        Root of the Merkle tree over them, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str, *, name: str = "checkpoint") -> Self:
        """A checkpoint as somebody kept it: indented, quoted or with blank lines around it is as good.

        Parameters
        ----------
        name
            What it is called in errors, a file for instance.

        Raises
        ------
        InputError
            If the text is no checkpoint.
        """
        rows = [line.strip().removeprefix(">").strip() for line in text.removeprefix("\ufeff").strip().splitlines()]
        rows = [row for row in rows if row]
        if len(rows) != 3:
            raise InputError(f"{name}: {len(rows)} lines where a checkpoint has 3", hint=_HINT)
        origin, size, encoded = rows
        if not _ORIGIN.fullmatch(origin):
            raise InputError(f"{name}: {origin[:60]!r} is not the origin of a log", hint=_HINT)
        if not _SIZE.fullmatch(size):
            raise InputError(f"{name}: {size[:40]!r} is not a number of records", hint=_HINT)
        try:
            root = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            root = b""
        if len(root) != DIGEST or base64.b64encode(root).decode() != encoded:
            raise InputError(f"{name}: {encoded[:60]!r} is not a root, 32 bytes in base64", hint=_HINT)
        return cls(origin, int(size), root)


def checkpoint(log: str, origin: str) -> str:
    """The checkpoint of a log as it is now, three lines.

    Raises
    ------
    ValueError
        If the origin is empty or has blanks, a plus or other than ASCII characters.

    Examples
    --------
    >>> print(checkpoint("", "lakezones.example/lake"), end="")
    lakezones.example/lake
    0
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
    """
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(f"{origin!r} is not an origin: ASCII without blanks and plus signs")
    whole = tree(log)
    return str(Checkpoint(origin, len(whole), whole.root()))


def all_of(text: str) -> list[Checkpoint]:
    """Checkpoints of a file that holds many, each followed by an empty line, oldest first.

    Raises
    ------
    InputError
        If one of them is none; names which.
    """
    parts = [part for part in re.split(r"\n[ \t\r]*\n", text) if part.strip()]
    return [Checkpoint.parse(part, name=f"checkpoint {number}") for number, part in enumerate(parts, start=1)]
