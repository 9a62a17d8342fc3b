"""Business areas and teams of people, from what the directory calls their departments.

In: facts. Out: a row per person whose department says something. How departments are written is learnt from the
directory itself: which separators really group departments, which words only number them, which first words
several of them share. A department that says nothing of an area (a code without a lookup, a name of its own among
dozens) has none: unknown, never guessed.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Final

import polars as pl

from lakezones.model.frames import Facts

MOST_AREAS: Final = 15
"""More names than this are not business areas but teams."""

FEWEST_AREAS: Final = 5
"""A short list of names is folded further only where at least so many areas remain."""

LONG_LIST: Final = 10
TEAM: Final = 8
"""More flat names than `LONG_LIST`, each with fewer people than `TEAM` on average, are names of teams."""

COVERED: Final = 0.9
"""Areas are a reading of the departments where so large a share of the people is in one of `MOST_AREAS`."""

# fmt: off
GENERIC: Final = frozenset(
    [
        "abteilung", "afdeling", "and", "avdeling", "avdelning", "bereich", "bureau", "cell", "chapter",
        "das", "de", "departement", "department", "dept", "der", "desk", "die", "div", "division",
        "equipe", "et", "for", "group", "gruppe", "no", "nr", "och", "of", "osasto", "pod", "section",
        "squad", "team", "teams", "the", "tribe", "und", "unit",
    ]
)
# fmt: on
"""Words for a unit, whatever it does; and small words."""

TEAMS: Final = (["team"], ["squad"], ["tribe"], ["pod"], ["cell"], ["crew"], ["equipe"])
"""Words that stand before the name of a team."""

NOTHING: Final = frozenset(
    ["", "n a", "na", "none", "null", "unknown", "tbd", "tba", "nil", "unassigned", "not assigned"]
)
"""Departments that say nothing."""

SEPARATORS: Final = (r"\s*[/\\]\s*", r"\s*>\s*", r"\s*\|\s*", r"\s*[:;]\s*", r"\s+[-–—]+\s+", r"\s*,\s*", r"-")
"""Between levels of a hierarchy, the plainest first."""


def read_areas(facts: Facts, departments: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Read areas and teams of people.

    Parameters
    ----------
    departments
        Areas of codes or departments, the user's word (``departments`` of domains.toml); none by default.

    Returns
    -------
    DataFrame
        Columns principal_id, department (as given, trimmed), area (as the bank spells it; null where the department
        does not say), team (the department, where it is finer than the area; else null). A row per person whose
        department says something, by principal_id.
    """
    people = (
        facts.table("principals")
        .filter(pl.col("kind").cast(pl.String).fill_null("user") == "user")
        .select("principal_id", department=pl.col("department").str.strip_chars())
        .drop_nulls()
    )
    counts = Counter(people["department"].to_list())
    folded = fold_departments(counts, departments)
    rows = [(name, *folded[name]) for name in sorted(folded)]
    schema = {"department": pl.String, "area": pl.String, "team": pl.String}
    return people.join(pl.DataFrame(rows, schema=schema, orient="row"), on="department").sort("principal_id")


def fold_departments(
    counts: Mapping[str, int], lookup: Mapping[str, str] | None = None
) -> dict[str, tuple[str | None, str | None]]:
    """Fold departments, each with how many people are in it, to areas.

    Parameters
    ----------
    lookup
        Areas of codes or departments, the user's word: above what is learnt.

    Returns
    -------
    dict
        Department to area and team, either of which may be None. Departments that say nothing are left out.

    Examples
    --------
    >>> fold_departments({"Risk team 07": 3, "risk team 08": 2, "Treasury": 4})["risk team 08"]
    ('Risk', 'risk team 08')
    """
    said = {name: n for name, n in sorted(counts.items()) if " ".join(words_of(name)) not in NOTHING}
    keys = {_key(key): area for key, area in sorted((lookup or {}).items())}
    known = {name: area for name in said if (area := _looked_up(name, keys)) is not None}
    rest = {name: n for name, n in said.items() if name not in known}
    areas = {**known, **_learnt(rest)}
    spelled = _spellings(areas, said)
    singles = Counter(spelled.values())
    return {
        name: (
            spelled.get(name),
            None if name in spelled and (singles[spelled[name]] == 1 or _key(name) == _key(spelled[name])) else name,
        )
        for name in said
    }


def words_of(text: str) -> list[str]:
    """Words of a text for comparing: lower case, without accents and punctuation.

    Examples
    --------
    >>> words_of("Crédit  & Risk (Team 07)")
    ['credit', 'risk', 'team', '07']
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain)


def _key(text: str) -> str:
    return " ".join(words_of(text))


def _looked_up(name: str, keys: Mapping[str, str]) -> str | None:
    """Area of a department by the user's lookup: the whole of it, then a level of it, then a word of it."""
    if not keys:
        return None
    tried = [_key(name), *(_key(part) for pattern in SEPARATORS for part in re.split(pattern, name)), *words_of(name)]
    return next((keys[one] for one in tried if one in keys), None)


def _learnt(counts: Mapping[str, int]) -> dict[str, str]:
    """Areas of departments, as far as these can be learnt from how all of them are written."""
    alone = {_key(name) for name in counts}
    # A department that joins several which are there by themselves: its people may be of any of them.
    level = _levels({name: n for name, n in counts.items() if not _joins(name, alone)})
    # By words without numbers, codes and words for a unit; what is left of nothing says nothing.
    found = {name: text for name, part in level.items() if (text := spoken(part))}
    # `Squad Falcon`, `Team Orion`: names of teams, unless numbers or levels show that they have an area in common.
    teams = sum(words_of(name)[:1] in TEAMS for name in level.values()) > 0.5 * len(level)
    if teams and len({_key(part) for part in found.values()}) == len({_key(name) for name in level}):
        return {}
    folded = _by_beginning(found)
    if len(_sizes(folded, counts)) >= FEWEST_AREAS and _shared(found, folded) > 0.8:
        found = folded
    sizes = _sizes(found, counts)
    most = sizes.most_common(MOST_AREAS)
    # A long list of names that nothing folds, with a handful of people each, is of teams.
    flat = len(sizes) == len({_key(name) for name in found}) > LONG_LIST and sizes.total() < TEAM * len(sizes)
    areas = {area for area, n in most if len(sizes) <= MOST_AREAS or n * MOST_AREAS * 4 >= sizes.total()}
    # One name for all of many departments is a word for a unit that was not known as one.
    one = len(areas) < 2 and len(counts) > 1
    if flat or one or sum(n for _, n in most) < COVERED * sizes.total():
        return {}
    return {name: part for name, part in found.items() if _key(part) in areas}


def _joins(name: str, alone: set[str]) -> bool:
    return any(len({_key(part) for part in re.split(one, name)} & alone) > 1 for one in SEPARATORS)


def _sizes(areas: Mapping[str, str], counts: Mapping[str, int]) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for name, area in sorted(areas.items()):
        sizes[_key(area)] += counts[name]
    return sizes


def spoken(text: str) -> str:
    """The text without numbers, codes and words for a unit at either end; inside, small words stay."""
    parts = [part for part in re.split(r"[\s_]+", text) if part]
    parts = [part for part in parts if not any(c.isdigit() for c in part)]

    def says(part: str) -> bool:
        return not GENERIC.issuperset(words_of(part))

    while parts and not says(parts[0]):
        parts.pop(0)
    while parts and not says(parts[-1]):
        parts.pop()
    return " ".join(parts).strip(" -–—.,:;()[]#&/")


def _levels(counts: Mapping[str, int]) -> dict[str, str]:
    """The level of each department that groups them: the first, else the last, after a level that all share."""
    level = {name: name for name in counts}
    for pattern in SEPARATORS:
        split = {name: parts for name, text in level.items() if len(parts := _parts(text, pattern)) > 1}
        if not split:
            continue
        firsts = Counter(_key(parts[0]) for parts in split.values())
        if len(split) > 2 and firsts.most_common(1)[0][1] >= COVERED * len(split) and len(firsts) <= 2:
            split = {name: parts[1:] for name, parts in split.items()}
        # Above areas some banks have a handful of boards: `CFO / Treasury / Funding`.
        kinds = [len({_key(parts[at]) for parts in split.values()}) for at in (0, 1) if _deep(split.values())]
        if kinds and kinds[0] < FEWEST_AREAS <= kinds[1] <= MOST_AREAS:
            split = {name: parts[1:] if len(parts) > 2 else parts for name, parts in split.items()}
        alone = {_key(text) for text in level.values()}
        readings = [{name: parts[at] for name, parts in split.items()} for at in (0, -1)]
        reading = max(readings, key=lambda one: _shared(split, one, alone))
        # `Back-office` twice is one area by its whole name: a level that tells nothing apart is none.
        folds = len({_key(part) for part in reading.values()}) < len({_key(level[name]) for name in split})
        if folds and _shared(split, reading, alone) >= 0.5:
            level |= reading
    return level


def _deep(split: Iterable[list[str]]) -> bool:
    """Whether most departments have three levels that say something."""
    depths = [len(parts) > 2 for parts in split]
    return sum(depths) > 0.5 * len(depths) and all(parts[1] for parts in split)


def _parts(text: str, pattern: str) -> list[str]:
    """Levels of a department that say something."""
    parts = [part.strip() for part in re.split(pattern, text)]
    said = [part for part in parts if spoken(part)]
    # `Risk / Unit 07` has one level that says something, and it is split all the same.
    return said + [""] * (len(parts) > 1 and len(said) == 1) if said else []


def _shared(names: Iterable[str], reading: Mapping[str, str], alone: Iterable[str] = ()) -> float:
    """Share of departments that the reading puts beside another one, or with one that is written so alone."""
    keys = {name: _key(reading[name]) for name in names}
    times = Counter(keys.values())
    whole = set(alone)
    good = sum(1 for key in keys.values() if key and (times[key] > 1 or key in whole))
    return good / len(keys) if keys else 0.0


def _by_beginning(plain: Mapping[str, str]) -> dict[str, str]:
    """Departments by the words that several of them begin with."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, text in plain.items():
        groups[words_of(text)[0]].append(name)
    found: dict[str, str] = {}
    for members in groups.values():
        columns = zip(*(plain[name].split() for name in members), strict=False)
        common = len(list(takewhile(lambda column: len(set(map(_key, column))) == 1, columns)))
        found |= {name: " ".join(plain[name].split()[: max(common, 1)]).strip(" -–—,&") for name in members}
    return found


def _spellings(areas: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, str]:
    """Each area in the spelling that most of its people have."""
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    for name, area in sorted(areas.items()):
        spelled[_key(area)][area] += counts[name]
    best = {key: min(texts, key=lambda text: (-texts[text], text)) for key, texts in spelled.items()}
    return {name: best[_key(area)] for name, area in areas.items()}
