"""Names that differ: what sets groups apart that would be called the same.

In: what each would be called and what else is known of it. Out: a name each, unique and as stable as it can be.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lakezones.model.naming import NamingSettings, letters


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a group would be called, and what sets it apart where others would be called the same.

    Attributes
    ----------
    kind
        A key of `NamingSettings.kinds`.
    parts
        Texts by part of the pattern.
    further
        Texts that say more of it, in order of preference; empty where there is nothing to say. The same place means
        the same thing in every wish of a list.
    apart
        Texts with how much of the content each stands for, to be compared with those of the others where nothing in
        `further` sets them apart.
    key
        What the group is: a hash of it is the last resort.
    kept
        The name that it has already and keeps; empty for a new one.
    """

    kind: str
    parts: Mapping[str, str]
    further: Sequence[str] = ()
    apart: Mapping[str, float] = field(default_factory=dict)
    key: str
    kept: str = ""


def distinct_names(
    pattern: str, wishes: Sequence[Wish], naming: NamingSettings, *, taken: Iterable[str] = ()
) -> list[str]:
    """A name per wish, unique without regard to case among themselves and those taken.

    Names that clash are set apart by the first of their further texts that does so for most of them, then by the next
    one; where words do not suffice, by a hash of letters.

    Examples
    --------
    >>> two = [Wish(kind="job", parts={"area": "Risk"}, further=(text,), key=text) for text in ("CRM", "LEDGER")]
    >>> distinct_names("{kind}-{area}-{job}", two, NamingSettings())
    ['job-risk-crm', 'job-risk-ledger']
    """
    used = {name.casefold() for name in taken} | {wish.kept.casefold() for wish in wishes if wish.kept}
    added: list[list[str]] = [[] for _ in wishes]
    tried: list[set[int]] = [set() for _ in wishes]

    def rendered(at: int, *more: str) -> str:
        return naming.render(pattern, wishes[at].kind, wishes[at].parts, [*added[at], *more])

    def fits(at: int, more: str) -> bool:
        return naming.fits(pattern, wishes[at].kind, wishes[at].parts, [*added[at], more])

    def clashes(found: Sequence[str]) -> list[list[int]]:
        same: dict[str, list[int]] = defaultdict(list)
        for at, name in enumerate(found):
            if not wishes[at].kept:
                same[name.casefold()].append(at)
        return [some for name, some in same.items() if len(some) > 1 or name in used]

    names = [wish.kept or rendered(at) for at, wish in enumerate(wishes)]
    for _ in range(max((len(wish.further) for wish in wishes), default=0)):
        for group in clashes(names):
            best = _best_place(group, wishes, tried, used, rendered, fits)
            if best is None:
                continue
            for at in group:
                tried[at].add(best)
                if text := _further(wishes[at], best):
                    added[at].append(text)
                names[at] = rendered(at)
    for group in clashes(names):
        for at, text in zip(group, _beyond([wishes[at].apart for at in group]), strict=True):
            added[at] += [text] if text else []
            names[at] = rendered(at)
    for length in (4, 6, 10, 20):
        for group in clashes(names):
            for at in group:
                names[at] = rendered(at, letters(wishes[at].key, length))
    return names


def _best_place(
    group: Sequence[int],
    wishes: Sequence[Wish],
    tried: Sequence[set[int]],
    used: Container[str],
    rendered: Callable[[int, str], str],
    fits: Callable[[int, str], bool],
) -> int | None:
    """The further text that sets most of a group apart; of several, the one that makes fewest names too long."""
    gives = {}
    for place in range(max(len(wishes[at].further) for at in group)):
        if not any(place in tried[at] for at in group):
            texts = {at: _further(wishes[at], place) for at in group}
            names = {rendered(at, text).casefold() for at, text in texts.items()}
            fitting = sum(fits(at, text) for at, text in texts.items())
            gives[place] = sum(name not in used for name in names), fitting
    best = max(gives, key=lambda place: (*gives[place], -place), default=None)
    return best if best is not None and gives[best][0] >= min(2, len(group)) else None


def _beyond(contents: Sequence[Mapping[str, float]]) -> list[str]:
    """Per content the text it has most of beyond any of the others; empty where there is none."""
    found = []
    for at, own in enumerate(contents):
        others = [one for k, one in enumerate(contents) if k != at]
        more = {text: share - max((one.get(text, 0.0) for one in others), default=0.0) for text, share in own.items()}
        best = min(more, key=lambda text: (-more[text], text), default="")
        found.append(best if best and more[best] > 0 else "")
    return found


def _further(wish: Wish, place: int) -> str:
    return wish.further[place] if place < len(wish.further) else ""
