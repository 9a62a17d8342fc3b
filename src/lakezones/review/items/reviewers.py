"""Who is asked about what, as the bank says in ``reviewers.csv``.

In: rows of the file, the directory. Out: `Reviewers`, and the rows that could not be taken. The columns are ``domain``,
``area`` and ``kind``, of which a row has at least one, and ``reviewer``; the row that says most about an item counts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model.identity import plain
from lakezones.model.tables import Rejected
from lakezones.model.tables.review import REVIEW_KINDS
from lakezones.review.people import People

FILE: Final = "reviewers.csv"
KEYS: Final = ("domain", "area", "kind")
COLUMNS: Final = (*KEYS, "reviewer")

Row = tuple[str, str, str]
"""Domain, area and kind in one form; empty where a row leaves it open."""


@dataclass(frozen=True, kw_only=True)
class Reviewers:
    """Who decides by domain, area and kind of item.

    Attributes
    ----------
    rows
        Domain, area and kind to people by id and teams by name, in the order of the file.
    """

    rows: Mapping[Row, Sequence[str]] = field(default_factory=dict)

    def of(self, *, domain: str | None, area: str | None, kind: str) -> list[str]:
        """Who is asked about an item, by the rows that say most about it first.

        Examples
        --------
        >>> known = Reviewers(rows={("risk", "", ""): ["ann"], ("risk", "", "drop"): ["bob"]})
        >>> known.of(domain="Risk", area=None, kind="drop"), known.of(domain="hr", area=None, kind="role")
        (['bob', 'ann'], [])
        """
        if not self.rows:
            return []
        item = (plain(domain), plain(area), kind)
        fitting = [row for row in self.rows if all(said in ("", own) for said, own in zip(row, item, strict=True))]
        order = sorted(fitting, key=lambda row: (-sum(map(bool, row)), [not said for said in row]))
        return list(dict.fromkeys(who for row in order for who in self.rows[row]))


def read_reviewers(
    filled: pl.DataFrame,
    *,
    directory: pl.DataFrame | None = None,
    teams: Sequence[str] = (),
    lines: Sequence[int] | None = None,
    file: str = FILE,
) -> tuple[Reviewers, dy.DataFrame[Rejected]]:
    """Read who decides.

    Parameters
    ----------
    filled
        Text columns, of which ``reviewer`` and one of domain, area and kind are needed; others are ignored.
    directory
        The table ``principals``; None where it was not assessed, and every name is taken as it is.
    teams
        Names of teams that may stand in place of a person.
    lines
        Line of each row in the file; by default one line per row, after a header.

    Returns
    -------
    reviewers, rejected
        Who decides; rows that could not be taken, each with its line and the reason.
    """
    people = None if directory is None else People(directory)
    known = {plain(team): team for team in teams}
    rows: dict[Row, list[str]] = {}
    rejected = []
    numbers = range(2, filled.height + 2) if lines is None else lines
    for line, row in zip(numbers, filled.iter_rows(named=True), strict=True):
        cells = {name: str(row.get(name) or "").strip() for name in COLUMNS}
        if not any(cells.values()):
            continue
        why = _misfit(cells, people, known)
        if why:
            text = json.dumps({name: value for name, value in row.items() if value is not None}, ensure_ascii=False)
            rejected.append({"table": "reviewers", "file": file, "line": line, "reason": why, "row": text})
            continue
        who = known.get(plain(cells["reviewer"])) or (
            people.label(people.find(cells["reviewer"])[0]) if people else cells["reviewer"]
        )
        at = (plain(cells["domain"]), plain(cells["area"]), cells["kind"].lower())
        rows.setdefault(at, []).append(who)
    return Reviewers(rows=rows), Rejected.validate(pl.DataFrame(rejected, schema=Rejected.create_empty().schema))


def _misfit(cells: Mapping[str, str], people: People | None, teams: Mapping[str, str]) -> str:
    """Why a row cannot be taken; empty where it can."""
    if not any(cells[name] for name in KEYS):
        return "says neither domain nor area nor kind: give at least one"
    if (kind := cells["kind"].lower()) and kind not in REVIEW_KINDS:
        return f"kind {kind!r} is none of {', '.join(REVIEW_KINDS)}"
    if not cells["reviewer"]:
        return "no reviewer"
    if plain(cells["reviewer"]) in teams or people is None:
        return ""
    return people.misfit(cells["reviewer"])
