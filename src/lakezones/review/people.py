"""Who may review: people of the directory, however they spell themselves.

In: the table ``principals`` of the snapshot. Out: `People`, which finds whom a reviewer's name means, and
`Deciders`, which also knows what to do where there is no directory.
"""

from collections.abc import Set as AbstractSet

import polars as pl

from lakezones.model.identity import plain, spellings
from lakezones.model.principals import MACHINES


class People:
    """The directory by every spelling of its names and ids.

    Parameters
    ----------
    principals
        principal_id, kind, name, enabled.
    """

    def __init__(self, principals: pl.DataFrame) -> None:
        self._by_name: dict[str, set[str]] = {}
        self._labels: dict[str, str] = {}
        self._why: dict[str, str] = {}
        rows = principals.select("principal_id", pl.col("kind").cast(pl.String), "name", "enabled").sort("principal_id")
        for principal, kind, name, enabled in rows.iter_rows():
            self._labels[principal] = principal
            if kind == "group" or kind in MACHINES:
                self._why[principal] = f"is a {kind.replace('_', ' ')}, not a person"
            elif enabled is False:
                self._why[principal] = "is a disabled account"
            for word in spellings(principal, name) | ({plain(f"{name} ({principal})")} if name else set()):
                self._by_name.setdefault(word, set()).add(principal)

    def find(self, reviewer: str) -> list[str]:
        """Ids of everybody whom the name may mean."""
        return sorted(
            set().union(*(self._by_name.get(word, set()) for word in (plain(reviewer), *spellings(reviewer))))
        )

    def label(self, principal: str) -> str:
        """What somebody is called in decisions: their id, which is theirs alone."""
        return self._labels[principal]

    def misfit(self, reviewer: str) -> str:
        """Why somebody cannot review; empty where they can."""
        found = self.find(reviewer)
        if not found:
            return f"reviewer {reviewer!r} is not in the directory: give a name, a mail address or an id that is"
        if len(found) > 1:
            return f"reviewer {reviewer!r} may be {' or '.join(found[:3])}: give the id"
        why = self._why.get(found[0])
        return f"reviewer {reviewer!r} {why}" if why else ""


class Deciders:
    """Those who may decide, however they spell themselves.

    Parameters
    ----------
    principals
        The table ``principals``; None where it was not assessed, and anybody may.
    """

    def __init__(self, principals: pl.DataFrame | None) -> None:
        self._people = None if principals is None else People(principals)
        self._found: dict[str, list[str]] = {}

    def name(self, reviewer: str) -> str:
        """What a reviewer is called in decisions: the id of the one person meant, else what they wrote."""
        written = " ".join(reviewer.split()) if plain(reviewer) else ""
        found = self._find(written)
        return self._people.label(found[0]) if self._people and len(found) == 1 else written

    def misfit(self, reviewer: str) -> str:
        """Why somebody cannot review; empty where they can."""
        if not reviewer:
            return "no reviewer"
        return "" if self._people is None else self._people.misfit(reviewer)

    def among(self, reviewer: str, people: AbstractSet[str]) -> bool:
        """Whether the reviewer is, or may be, one of some people, given by id."""
        if self._people is not None:
            return bool(people & set(self._find(reviewer)))
        # Nothing tells people apart but their ids: a part of one is taken for the person.
        words = _words(reviewer)
        return any(spellings(reviewer) & spellings(one) or words <= _words(one) for one in people)

    def _find(self, reviewer: str) -> list[str]:
        if self._people is None:
            return []
        if reviewer not in self._found:
            self._found[reviewer] = self._people.find(reviewer)
        return self._found[reviewer]


def _words(name: str) -> set[str]:
    return set(plain(name).replace(",", " ").replace("@", " ").replace(".", " ").split())
