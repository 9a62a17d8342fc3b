"""People as reviewers see them: by name, with department, title, manager, account and last sign-in.

In: the directory of the snapshot. Out: `KnownPeople`, asked id by id.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from lakezones.model.areas import GENERIC, read_areas, words_of
from lakezones.model.frames import Facts
from lakezones.model.identity import plain
from lakezones.model.principals import EVERYBODY, MACHINES
from lakezones.model.words import counted
from lakezones.review.dossier.cards import NOT_ASSESSED, AgedFact, PersonCard

FEW: Final = 3
"""Names that a sentence gives of many."""

_COLUMNS: Final = ("principal_id", "name", "department", "title", "manager_id", "enabled", "last_sign_in", "kind")


class KnownPeople:
    """The directory, by id.

    Parameters
    ----------
    facts
        The snapshot; where the table ``principals`` was not given, nobody is unknown or disabled for it.
    departments
        Business areas of departments, the user's word; none by default.
    """

    def __init__(self, facts: Facts, departments: Mapping[str, str] | None = None) -> None:
        self._as_of = facts.as_of
        self._assessed = facts.assessed("principals")
        table = facts.table("principals").select(_COLUMNS)
        self._rows: dict[str, dict[str, Any]] = {row["principal_id"]: row for row in table.iter_rows(named=True)}
        areas = read_areas(facts, departments)
        self._areas = dict(areas.drop_nulls("area").select("principal_id", "area").iter_rows())
        self._sign_ins = table["last_sign_in"].drop_nulls().len() > 0
        self._same: dict[str, list[str]] = {}
        for one, row in self._rows.items():
            self._same.setdefault(_shown(row["name"], one), []).append(one)
        self._called: dict[str, str] = {}
        self._cards: dict[str, PersonCard] = {}

    @property
    def areas(self) -> Mapping[str, str]:
        """Business areas of people, as far as departments say them."""
        return self._areas

    def card(self, principal_id: str) -> PersonCard:
        """What is known of somebody; the same object each time."""
        if principal_id not in self._cards:
            self._cards[principal_id] = self._card(principal_id)
        return self._cards[principal_id]

    def name(self, principal_id: str) -> str:
        """Their name, with department or id where others have the same; the id where the directory knows none."""
        if principal_id not in self._called:
            self._called[principal_id] = self._name(principal_id)
        return self._called[principal_id]

    def _name(self, principal_id: str) -> str:
        row = self._rows.get(principal_id)
        if row is None:
            return _nobody(principal_id) or principal_id
        name = _shown(row["name"], principal_id)
        same = self._same.get(name, ())
        if len(same) < 2:
            return name
        apart = [one for one in same if _said(self._rows[one]["department"]) == _said(row["department"])]
        return f"{name} ({row['department'] if len(apart) == 1 and _said(row['department']) else principal_id})"

    def names(self, ids: Iterable[str]) -> list[str]:
        """Names in alphabetical order."""
        return sorted((self.name(one) for one in ids), key=lambda name: (name.casefold(), name))

    def left(self, called: str) -> bool:
        """Whether everybody who is called so, by id or by name, has a disabled account."""
        found = (
            [self._rows[called]] if called in self._rows else [self._rows[one] for one in self._same.get(called, ())]
        )
        return bool(found) and all(row["enabled"] is False for row in found)

    def unit(self, principal_id: str) -> tuple[str, str] | None:
        """Business area, or else department, of somebody, and the department; None where neither is known."""
        department = ((self._rows.get(principal_id) or {}).get("department") or "").strip()
        return (self._areas.get(principal_id, department), department) if department else None

    def is_person(self, principal_id: str) -> bool:
        """Whether an id is of a person: one that the directory does not know counts as one, a token does not."""
        row = self._rows.get(principal_id)
        return not _nobody(principal_id) if row is None else row["kind"] not in MACHINES

    def near(self, unit: tuple[str, str], area: str) -> bool:
        """Whether a department may be of an area: the area itself, or one whose words the department has among others.

        A merged department (``Savings / Financial Crime``) folds to no area, and is foreign to none of those it names.
        """
        return unit[0] == area or bool((_words(area) - GENERIC) & (_words(unit[0]) | _words(unit[1])))

    def _card(self, principal_id: str) -> PersonCard:
        row = self._rows.get(principal_id)
        if row is None and (words := _nobody(principal_id)):
            return PersonCard(principal_id=principal_id, name=words, status="no person")
        if row is None:
            status = "not in the directory" if self._assessed else NOT_ASSESSED
            return PersonCard(principal_id=principal_id, name=principal_id, status=status)
        enabled = row["enabled"]
        return PersonCard(
            principal_id=principal_id,
            name=_shown(row["name"], principal_id),
            department=_said(row["department"]),
            title=_said(row["title"]),
            manager=self.name(row["manager_id"]) if row["manager_id"] else None,
            area=self._areas.get(principal_id),
            status=NOT_ASSESSED if enabled is None else "enabled" if enabled else "disabled",
            last_sign_in=aged(row["last_sign_in"], self._as_of, "none known" if self._sign_ins else NOT_ASSESSED),
        )


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(words_of(text))


def _nobody(principal_id: str) -> str:
    """What stands for no person, in words; empty for an id of somebody."""
    if principal_id.startswith("sas:"):
        return f"whoever holds a token of the policy {principal_id.rpartition('/')[2]}"
    return {
        "public": "anybody who knows the address",
        EVERYBODY: "every identity of the directory",
    }.get(principal_id, "")


def begin(name: str) -> str:
    """A name at the start of a sentence: what stands for nobody is words, and begins with a capital.

    Examples
    --------
    >>> begin("anybody who knows the address"), begin("sp-adf-risk")
    ('Anybody who knows the address', 'sp-adf-risk')
    """
    return f"{name[0].upper()}{name[1:]}" if name.startswith(("anybody ", "whoever ", "every ")) else name


def aged(moment: datetime | None, as_of: datetime, otherwise: str) -> AgedFact:
    """A moment with its age at the scan; `otherwise` is said where there is none.

    Examples
    --------
    >>> aged(datetime(2026, 9, 27, 23), datetime(2026, 9, 30), "none known").text
    '3 days ago'
    """
    if moment is None:
        return AgedFact(text=otherwise)
    day: date = moment.date()
    days = max(0, (as_of.date() - day).days)
    return AgedFact(on=day, days=days, text=f"{counted(days, 'day')} ago" if days else "on the day of the scan")


def some(names: Sequence[str], most: int = FEW) -> str:
    """Names as a sentence has them: all where they are few, else the first and how many more there are.

    Examples
    --------
    >>> some(["Ana"]), some(["Ana", "Bo"]), some(["Ana", "Bo", "Cem", "Di"])
    ('Ana', 'Ana and Bo', 'Ana, Bo, Cem and 1 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _shown(name: str | None, principal_id: str) -> str:
    """A name as it is, or the id where nothing of it is seen."""
    return name if name and plain(name) else principal_id


def _said(text: str | None) -> str | None:
    return (text or "").strip() or None
