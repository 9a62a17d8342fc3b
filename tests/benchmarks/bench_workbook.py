"""The workbook of 500 roles and 20,000 rows: written, and read back with nothing and with everything filled in.

In: nothing; the rows are made of one role of a small lake. Out: a row per step with processor seconds, and the size of
the file. The target is 5 seconds each way.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from lakezones.model.book import Book, BookTable
from lakezones.review.workbook import build, hand_in
from lakezones.store.sheets import read_cells, write_book
from tests.review.lake import lake
from tests.review.workbook import books

ROLES, MEMBERS = 500, 38
WORDS = {"Roles": "approve", "Members": "leave out", "Entitlements and containers": "leave out"}


def roles() -> pl.DataFrame:
    """500 roles like one of the small lake."""
    first = books.items().filter(pl.col("object_id") == "role-fine").row(0, named=True)
    rows = [first | {"object_id": f"role-{n}", "name": f"lake-role-{n}", "role_id": f"role-{n}"} for n in range(ROLES)]
    return pl.DataFrame(rows, schema=books.items().schema)


def large() -> Book:
    """A workbook of 500 roles with 38 members each."""
    one = books.dossiers()["role-fine"]
    card = one.members[0]
    members = tuple(
        replace(card, person=replace(card.person, principal_id=f"p{n}", name=f"Ana Doe {n}")) for n in range(MEMBERS)
    )
    dossiers = {f"role-{n}": replace(one, role_id=f"role-{n}", members=members) for n in range(ROLES)}
    return build(roles(), dossiers, as_of=lake().facts.as_of)


def filled(book: Book) -> Book:
    """The same with a decision in every row."""
    sheets = [
        replace(sheet, frame=sheet.frame.with_columns(decision=pl.lit(WORDS[sheet.name]), justification=pl.lit("x")))
        if isinstance(sheet, BookTable) and sheet.name in WORDS
        else sheet
        for sheet in book.sheets
    ]
    return replace(book, sheets=sheets)


def main() -> Iterator[Mapping[str, object]]:
    """Seconds per step."""
    started = time.process_time()
    book = large()
    rows = sum(book.rows().values())
    yield {"step": "make the rows", "rows": rows, "seconds": time.process_time() - started}
    with tempfile.TemporaryDirectory() as folder:
        for name, given in (("as given out", book), ("with all filled in", filled(book))):
            path = Path(folder) / "book.xlsx"
            started = time.process_time()
            write_book(path, given)
            yield {"step": f"write it {name}", "rows": rows, "seconds": time.process_time() - started}
            started = time.process_time()
            made = hand_in(read_cells(path), roles(), principals=None, reviewer="Olga Owner")
            seconds = time.process_time() - started
            found = sum(len(batch.drafts) for batch in made.batches) + made.rejected.height
            yield {"step": f"read it {name}", "rows": rows, "seconds": seconds, "decided": found}
            yield {"step": "size of the file in MB", "seconds": path.stat().st_size / 1e6}
