"""The sign-off of a domain as a document: its records, word by word, each with the proof that it is in the log.

In: the log, a checkpoint of it, where items stand. Out: plain values, from which `page` writes HTML and with which
anybody can check it. Nothing in it is about another domain: neighbours in the log are there as hashes of salted
records.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from lakezones.errors import InputError, NotFoundError
from lakezones.review.log import Checkpoint
from lakezones.review.log.records import lines, read, tree
from lakezones.review.signoff.about import NOWHERE

FORMAT: Final = 1
"""Version of the document; another one is refused."""
DECISIONS: Final = ("decision", "carried")

Document = dict[str, Any]
Item = tuple[str, str]


def file_name(domain: str) -> str:
    """Name of the file of a domain, whatever the domain is called; two domains never share one.

    Examples
    --------
    >>> file_name("payments"), file_name("without a domain")
    ('payments.html', 'without-a-domain-d16f29.html')
    """
    plain = re.sub(r"[^a-z0-9]+", "-", domain.lower()).strip("-")[:60]
    same = plain == domain and plain != ""
    return f"{plain}.html" if same else f"{plain or 'domain'}-{hashlib.sha256(domain.encode()).hexdigest()[:6]}.html"


class Gathering:
    """Sign-offs of one log: made once, cheap per domain.

    Parameters
    ----------
    log
        The audit log, of records.
    checkpoint
        A checkpoint of it; what came after is not part of any sign-off.
    items
        Schema `lakezones.model.tables.ReviewItems`, for what is undecided, and the names of older records.
    standings
        Schema `lakezones.model.tables.Standings`; not shown where None.
    key_id
        The key that signed the checkpoint.

    Raises
    ------
    InputError
        If the log is not what the checkpoint says.
    """

    def __init__(
        self,
        log: str,
        checkpoint: Checkpoint,
        *,
        items: pl.DataFrame,
        standings: pl.DataFrame | None = None,
        key_id: str | None = None,
    ) -> None:
        self._lines = lines(log)[: checkpoint.size]
        text = "".join(line + "\n" for line in self._lines)
        self._tree = tree(text)
        if len(self._tree) != checkpoint.size or self._tree.root() != checkpoint.root:
            raise InputError(
                "the audit log is not what its newest checkpoint says",
                hint="lakezones review verify --checkpoint FILE says where",
            )
        records = read(text)
        self._about = _items_of(records)
        self._owner = _domains_of(records, items)
        self._checkpoint, self._key_id = checkpoint, key_id
        self._items, self._standings = items, standings
        said = items.select(pl.col("object_kind").cast(pl.String), "object_id", "name").iter_rows()
        self._names = {(kind, object_id): name for kind, object_id, name in said}

    @property
    def domains(self) -> list[str]:
        """Domains in which something was decided, sorted; `NOWHERE` last where it is one of them."""
        found = set(self._owner.values())
        return sorted(found - {NOWHERE}) + [one for one in (NOWHERE,) if one in found]

    def of(self, domain: str) -> Document:
        """Everything that the sign-off of a domain says.

        Raises
        ------
        NotFoundError
            If nothing was decided in the domain.
        """
        if domain not in self._owner.values():
            known = ", ".join(self.domains[:8]) or "none yet"
            raise NotFoundError(f"nothing was decided in a domain {domain!r}", hint=f"domains with decisions: {known}")
        own = [number for number, item in enumerate(self._about) if self._owner.get(item) == domain]
        mine = {self._about[number] for number in own}
        return {
            "format": FORMAT,
            "domain": domain,
            "checkpoint": str(self._checkpoint),
            "key_id": self._key_id,
            "undecided": _undecided(domain, self._items, self._owner),
            "names": sorted([*item, self._names[item]] for item in mine if item in self._names),
            "standings": [] if self._standings is None else _standing(self._standings, mine),
            "records": [
                {
                    "index": number,
                    "line": self._lines[number],
                    "path": [base64.b64encode(one).decode() for one in self._tree.inclusion_proof(number)],
                }
                for number in own
            ],
        }


def _domains_of(records: Sequence[Mapping[str, Any]], items: pl.DataFrame | None) -> dict[Item, str]:
    """Domain of everything that was decided on: what the newest record of it says, else where it is now."""
    now: dict[Item, str | None] = {}
    if items is not None:
        columns = items.select(pl.col("object_kind").cast(pl.String), "object_id", "domain")
        now = {(kind, object_id): domain for kind, object_id, domain in columns.iter_rows()}
    found: dict[Item, str] = {}
    for record in records:
        if record["kind"] in DECISIONS and "object_id" in record:
            item = (record["object_kind"], record["object_id"])
            said = record["domain"] if "domain" in record else now.get(item)
            found[item] = said or NOWHERE
    return found


def _items_of(records: Sequence[Mapping[str, Any]]) -> list[Item]:
    """What each record is about; what a withdrawal takes back leads to it. Other records are about nothing."""
    found: dict[str, Item] = {}
    for record in records:
        item: Item = ("", "")
        if record["kind"] in DECISIONS:
            item = (record.get("object_kind", ""), record.get("object_id", ""))
        elif record["kind"] == "withdrawal":  # always of an earlier record
            item = found.get(record.get("withdraws", ""), item)
        found[record["record_id"]] = item
    return [found[record["record_id"]] for record in records]


def _undecided(domain: str, items: pl.DataFrame, owner: Mapping[Item, str]) -> int:
    here = items.filter(pl.col("domain").fill_null(NOWHERE) == domain)
    keys = here.select(pl.col("object_kind").cast(pl.String), "object_id").iter_rows()
    return sum((kind, object_id) not in owner for kind, object_id in keys)


def _standing(standings: pl.DataFrame, wanted: set[Item]) -> list[list[str]]:
    """Where each item and part of the domain stands, and why."""
    columns = ["object_kind", "object_id", "part_kind", "part_id", "standing", "reason"]
    rows = standings.select(pl.col(columns).cast(pl.String).fill_null("")).sort(columns).iter_rows()
    return [list(row) for row in rows if (row[0], row[1]) in wanted]


def as_json(document: Document) -> str:
    """The document as it stands in a page: nothing in it can end the element that it is in."""
    # ASCII alone: no character in it is one that templates, browsers or editors show or keep in another way.
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
