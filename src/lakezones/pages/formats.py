"""One way to write a number, a share, a date, an age: filters of every template.

In: values. Out: text, without HTML. What is not known is an en dash, never a zero.
"""

import hashlib
import math
import re
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from lakezones.model.words import counted

UNKNOWN: Final = "–"
THIN: Final = "\u00a0"
"""Between a number and its unit: a line never breaks there."""
_UNSEEN: Final = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
"""Characters that turn the direction of what follows (Unicode, UAX 9) or that nobody sees."""
_SIZES: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_AGES: Final = ((365, "year"), (30, "month"), (7, "week"), (1, "day"))


def number(value: float | None) -> str:
    """A number with separators; of fractions two significant decimals at most.

    Examples
    --------
    >>> number(1208560), number(0.25), number(12.345), number(None)
    ('1,208,560', '0.25', '12.3', '–')
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return UNKNOWN
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:,.1f}"


def share(value: float | None, whole: int | None = None) -> str:
    """A share in percent, with what it is a share of; a sliver is never written as nothing, nor nearly all as all.

    Examples
    --------
    >>> share(0.82, 5680), share(0.001), share(0.999), share(1.0), share(None)
    ('82% of 5,680', '<1%', '>99%', '100%', '–')
    """
    if value is None:
        return UNKNOWN
    if 0 < value < 0.01:
        said = "<1%"
    elif 0.99 < value < 1:
        said = ">99%"
    else:
        said = f"{value:.0%}"
    return said if whole is None else f"{said} of {whole:,}"


def size(value: float | None) -> str:
    """Bytes in a unit that can be read, in steps of a thousand.

    Examples
    --------
    >>> size(7_900_000_000_000), size(512), size(None)
    ('7.9\\xa0TB', '512\\xa0B', '–')
    """
    if value is None:
        return UNKNOWN
    step = 0
    while abs(value) >= 1000 and step < len(_SIZES) - 1:
        value, step = value / 1000, step + 1
    return f"{value:,.0f}{THIN}{_SIZES[step]}" if step == 0 or value >= 100 else f"{value:.2g}{THIN}{_SIZES[step]}"


def duration(minutes: float | None) -> str:
    """Minutes as hours and minutes; at least one minute where there is any work.

    Examples
    --------
    >>> duration(200), duration(12.4), duration(0.2), duration(0)
    ('3\\xa0h 20\\xa0min', '12\\xa0min', '1\\xa0min', '0\\xa0min')
    """
    if minutes is None:
        return UNKNOWN
    whole = max(1, round(minutes)) if minutes > 0 else 0
    hours, rest = divmod(whole, 60)
    if not hours:
        return f"{rest}{THIN}min"
    return f"{hours:,}{THIN}h {rest}{THIN}min" if rest else f"{hours:,}{THIN}h"


def day(value: date | datetime | None) -> str:
    """A date that no two countries read differently.

    Examples
    --------
    >>> day(date(2026, 3, 4)), day(None)
    ('4\\xa0Mar 2026', '–')
    """
    if value is None:
        return UNKNOWN
    return f"{value.day}{THIN}{value:%b %Y}"


def moment(value: datetime | None) -> str:
    """A date and time, in UTC.

    Examples
    --------
    >>> moment(datetime(2026, 3, 4, 9, 5, tzinfo=UTC))
    '4\\xa0Mar 2026, 09:05\\xa0UTC'
    """
    return UNKNOWN if value is None else f"{day(value.astimezone(UTC))}, {value.astimezone(UTC):%H:%M}{THIN}UTC"


def age(value: date | datetime | None, now: date | datetime | None) -> str:
    """How long ago, in the largest unit that says enough.

    Examples
    --------
    >>> age(date(2026, 3, 1), date(2026, 3, 4)), age(date(2025, 1, 1), date(2026, 3, 4)), age(None, None)
    ('3 days ago', '14 months ago', '–')
    """
    if value is None or now is None:
        return UNKNOWN
    then = value.date() if isinstance(value, datetime) else value
    today = now.date() if isinstance(now, datetime) else now
    days = (today - then).days
    if days < 0:
        return f"on {day(then)}"
    if days < 2:
        return ("today", "yesterday")[days]
    for length, unit in _AGES:
        if days >= 2 * length:
            return f"{counted(days // length, unit)} ago"
    return f"{days} days ago"


def due(value: date | None, now: date | datetime | None) -> str:
    """When something has to be done, seen from today.

    Examples
    --------
    >>> due(date(2026, 3, 9), date(2026, 3, 4)), due(date(2026, 3, 1), date(2026, 3, 4))
    ('due 9\\xa0Mar 2026', 'overdue since 1\\xa0Mar 2026')
    """
    if value is None:
        return ""
    today = now.date() if isinstance(now, datetime) else now
    return f"overdue since {day(value)}" if today is not None and value < today else f"due {day(value)}"


def sentence(text: str | None, *, capital: bool = True) -> str:
    """Text that begins with a capital and ends with a full stop; an id with digits in it stays as it is.

    Parameters
    ----------
    capital
        Whether the first letter may be changed; not where the text may begin with a name or an id.

    Examples
    --------
    >>> sentence("24 people read market data"), sentence("why not?"), sentence(None)
    ('24 people read market data.', 'Why not?', '')
    >>> sentence("u48213 left"), sentence("vmoreau left", capital=False)
    ('u48213 left.', 'vmoreau left.')
    """
    said = (text or "").strip()
    if not said:
        return ""
    if capital and not any(letter.isdigit() for letter in said.split()[0]):
        said = said[0].upper() + said[1:]
    return said + ("" if said[-1] in ".!?:" else ".")


def segment(text: str) -> str:
    """Text as one segment of an address, slashes and all.

    Examples
    --------
    >>> segment("a/b ü?")
    'a%2Fb%20%C3%BC%3F'
    """
    return quote(text, safe="")


def handle(*parts: str) -> str:
    """A name for an element of a page that any text can be made into, and that a selector can name as it is.

    Examples
    --------
    >>> handle("role", "r/1").isalnum(), handle("role", "r/1") == handle("role", "r", "1")
    (True, False)
    """
    return "x" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


class Exact(str):
    """Text that is not for reading, such as the value of a field, and goes out as it is."""

    __slots__ = ()


def exact(text: str | None) -> Exact:
    """Text as it is, for attributes that are sent back; everything else goes through `legible`."""
    return Exact(text or "")


def legible(value: object) -> object:
    """Text with the characters named that turn it round or hide in it, so that nobody passes for somebody else.

    Examples
    --------
    >>> legible("Ana\u202eDoe"), legible(3), legible(exact("a\u200bb")) == "a\u200bb"
    ('Ana[U+202E]Doe', 3, True)
    """
    if not isinstance(value, str) or isinstance(value, Exact) or not _UNSEEN.search(value):
        return value
    named = _UNSEEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", str(value))
    return Markup(named) if isinstance(value, Markup) else named  # noqa: S704 was escaped before
