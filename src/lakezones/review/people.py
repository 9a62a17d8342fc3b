"""Who may review: people of the directory, however they spell themselves.

In: the table ``principals`` of the snapshot. Out: `People`, which finds whom a reviewer's name means.
"""

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
