"""Delimited text as people exchange it, without the libraries of frames: encodings, separators and formula escapes.

In: bytes of a file, or one cell. Out: decoded text, or the cell made harmless. A cell that a spreadsheet would run as
a formula gets a leading ``'``, a cell that starts with ``'`` gets a second one, and `unescape` undoes both, so that
text survives the round trip. `lakezones.store.tables` does the same to whole columns; `mine`, which must start
quickly, uses this module alone.
"""

import csv
from collections.abc import Sequence
from typing import Final

from lakezones.errors import EncodingError

BOM: Final = b"\xef\xbb\xbf"
MARKS: Final = (",", ";", "\t")
"""What may stand between columns: Excel writes semicolons where the comma is the decimal mark."""

RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell as a formula."""

_WIDE: Final = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
"""Encodings by the mark that a file begins with; that of UTF-32 begins like that of UTF-16 and comes first."""

csv.field_size_limit((1 << 31) - 1)  # cells are bounded where their rows can be rejected, quoted or not


def escape(text: str) -> str:
    """Text that a spreadsheet does not run.

    Examples
    --------
    >>> escape("=1+1"), escape("'x"), escape("-5")
    ("'=1+1", "''x", "'-5")
    """
    return "'" + text if text.startswith((*RISKY, "'")) else text


def unescape(text: str) -> str:
    """Undo `escape`.

    Examples
    --------
    >>> unescape("'=1+1"), unescape("'plain")
    ('=1+1', "'plain")
    """
    return text[1:] if text.startswith("'") and text[1:].startswith((*RISKY, "'")) else text


def separator(header: str, marks: Sequence[str] = MARKS) -> str:
    """The separator that the header line has most of; the first where it has none.

    Examples
    --------
    >>> separator("person;permission"), separator("one column")
    (';', ',')
    """
    return max(marks, key=header.count)


def decode(data: bytes, name: str) -> str:
    """Text of a file in UTF-8, without a byte order mark.

    Raises
    ------
    EncodingError
        If it is in another encoding; names the file, the line and the byte.
    """
    if wide := next((encoding for mark, encoding in _WIDE.items() if data.startswith(mark)), None):
        raise EncodingError(
            f"{name}: {wide} text, UTF-8 is needed", hint=f"convert it: iconv -f {wide} -t UTF-8 {name} > fixed.csv"
        )
    try:
        return data.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        data = data.removeprefix(BOM)
        line = data.count(b"\n", 0, error.start) + 1
        raise EncodingError(
            f"{name}: line {line} is not UTF-8 (byte 0x{data[error.start]:02x})",
            hint=f"save it as 'CSV UTF-8', or convert it: iconv -f LATIN1 -t UTF-8 {name} > fixed.csv",
        ) from None
