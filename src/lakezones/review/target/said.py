"""What was said on each item and each part of one, by where it stands.

In: `lakezones.model.tables.Standings`. Out: `Said`. A verdict that waits for a second reviewer, or whose evidence is
missing, counts for nothing, unless the caller accepts it and says so.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Self

import dataframely as dy

from lakezones.model.tables import Standings

Part = tuple[str, str]
"""Kind and id of a part; both are empty for all of an item."""

WHOLE: Final[Part] = ("", "")

UNPROVEN: Final = ("waiting", "asserted")
"""Where a verdict stands that nothing is done for unless somebody accepts it."""

_EFFECT: Final = {
    "approve": "approved",
    "change": "approved",
    "deny": "denied",
    "revoke": "revoked",
    "accept": "accepted",
    "defer": "deferred",
}
"""Where a verdict stands once it needs nothing more."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where one item, or one part of it, stands; attributes as in `lakezones.model.tables.Standings`.

    Attributes
    ----------
    unproven
        Whether the verdict counts only because the caller accepts what waits or is asserted.
    """

    standing: str = "undecided"
    verdict: str | None = None
    option: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    effective: date | None = None
    reviewers: tuple[str, ...] = ()
    decided_at: datetime | None = None
    reason: str | None = None
    unproven: bool = False

    @property
    def approved(self) -> bool:
        """Whether it was approved, as proposed or with a change."""
        return self.standing == "approved"

    @property
    def left_out(self) -> bool:
        """Whether a part is not in its role: taken out, its access ended, or grown since it was approved."""
        return not self.approved or (self.verdict == "change" and self.option == "leave_out")

    @property
    def revoked(self) -> bool:
        """Whether its access ends."""
        return self.standing == "revoked"

    def accepted(self) -> Self:
        """The same with its verdict in force, where it waits or is asserted."""
        if self.standing not in UNPROVEN or self.verdict is None:
            return self
        return replace(self, standing=_EFFECT[self.verdict], unproven=True)


NOTHING_SAID: Final = Standing(reason="nobody has decided on it")


class Said:
    """Standings by kind, item and part.

    Parameters
    ----------
    standings
        None where nobody has decided anything: a draft, in which all that is proposed counts.
    accept_asserted
        Whether verdicts count that wait for a second reviewer, or whose evidence is missing.
    """

    def __init__(self, standings: dy.DataFrame[Standings] | None, *, accept_asserted: bool = False) -> None:
        self.draft = standings is None
        self.accept_asserted = accept_asserted
        self._found: dict[str, dict[str, dict[Part, Standing]]] = {}
        for row in () if standings is None else standings.sort("object_kind", "object_id").iter_rows(named=True):
            items = self._found.setdefault(row.pop("object_kind"), {})
            parts = items.setdefault(row.pop("object_id"), {})
            key = row.pop("part_kind"), row.pop("part_id")
            row["detail"] = _detail(row["detail"])
            one = Standing(**row | {"reviewers": tuple(row["reviewers"])})
            parts[key] = one.accepted() if accept_asserted else one

    def of(self, kind: str, object_id: str) -> Standing:
        """Where an item stands as a whole."""
        return self._found.get(kind, {}).get(object_id, {}).get(WHOLE, NOTHING_SAID)

    def parts(self, kind: str, object_id: str) -> Mapping[Part, Standing]:
        """Where parts of an item stand that anything is known of."""
        found = self._found.get(kind, {}).get(object_id, {})
        return {part: one for part, one in found.items() if part != WHOLE}

    def all(self, kind: str) -> Iterator[tuple[str, Standing]]:
        """Items of a kind that anything is known of, by id."""
        for object_id, parts in self._found.get(kind, {}).items():
            yield object_id, parts.get(WHOLE, NOTHING_SAID)

    def unproven(self) -> dict[str, int]:
        """How many items and parts count only because they were accepted, by kind."""
        return dict(
            Counter(
                kind
                for kind, items in sorted(self._found.items())
                for parts in items.values()
                for one in parts.values()
                if one.unproven
            )
        )


def _detail(text: str | None) -> Mapping[str, Any]:
    """What a change needs; empty where it says nothing that could be read."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
