"""What reviewers have not submitted yet: drafts, how they came to be, and what was looked at, in one SQLite file.

In: drafts as plain values (what they mean is the review's business). Out: the same, after a crash too. The file is in
WAL mode with ``synchronous=FULL`` (https://www.sqlite.org/pragma.html#pragma_synchronous), so what was acknowledged is
on the disk; several servers may share it. It names people: 0600, in a folder of 0700.
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from lakezones.errors import WorkspaceError

FOLDER: Final = ".review"
FILE: Final = "pending.db"
VERSION: Final = 1
"""Version of the tables; a later one is refused, never guessed at."""
APPLICATION: Final = 0x6C7A7270
"""What marks the file as one of pending reviews (``PRAGMA application_id``): the letters lzrp."""
UNDO: Final = 200
"""Actions of a reviewer that can be undone."""

KEY: Final = ("object_kind", "object_id", "part_kind", "part_id")
"""What a reviewer has one draft of."""

_TABLES: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE drafts (
    reviewer TEXT NOT NULL, object_kind TEXT NOT NULL, object_id TEXT NOT NULL, part_kind TEXT NOT NULL,
    part_id TEXT NOT NULL, draft TEXT NOT NULL, drafted_at TEXT NOT NULL,
    PRIMARY KEY (reviewer, object_kind, object_id, part_kind, part_id)
) STRICT;
CREATE TABLE actions (
    action INTEGER PRIMARY KEY AUTOINCREMENT, reviewer TEXT NOT NULL, label TEXT NOT NULL, before TEXT NOT NULL
) STRICT;
CREATE INDEX actions_of ON actions (reviewer, action);
CREATE TABLE activity (
    who TEXT NOT NULL, reviewer TEXT, object_kind TEXT NOT NULL, object_id TEXT NOT NULL, content_hash TEXT NOT NULL,
    opened_at TEXT NOT NULL, opened INTEGER NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (who, object_kind, object_id, content_hash)
) STRICT;
CREATE TABLE submissions (
    batch_id TEXT PRIMARY KEY, who TEXT NOT NULL, submitted_at TEXT NOT NULL, drafts INTEGER NOT NULL
) STRICT;
"""


@dataclass(frozen=True)
class Undone:
    """An action that was taken back, or could be: what it was, and the keys (`KEY`) of its drafts."""

    label: str
    keys: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Viewed:
    """One reviewer's look at one item.

    Attributes
    ----------
    who
        The same text for the same reviewer in this file, and nothing that says who that is.
    reviewer
        Who it was; None unless the settings of the review ask for it.
    opened_at
        When it was first opened, ISO 8601 in UTC.
    opened, seconds
        How often it was opened, and for how long it was in view.
    """

    who: str
    reviewer: str | None
    object_kind: str
    object_id: str
    content_hash: str
    opened_at: str
    opened: int
    seconds: float


class Pending:
    """The drafts of a workspace's reviewers.

    Parameters
    ----------
    root
        The workspace; the file is ``.review/pending.db`` in it, made where it is not there.
    patience
        Seconds to wait for another process that is writing.
    by_person
        Whether activity keeps the reviewer's name.

    Raises
    ------
    WorkspaceError
        If the file is damaged, of a later version, no such file at all, or not to be written.

    Examples
    --------
    >>> import tempfile
    >>> pending = Pending(tempfile.mkdtemp())
    >>> draft = {"object_kind": "role", "object_id": "r1", "part_kind": "", "part_id": "", "decision": "approve"}
    >>> pending.put("ana", [draft], label="approve r1")
    >>> [one["decision"] for one in pending.drafts("ana")]
    ['approve']
    >>> pending.undo("ana").label, pending.drafts("ana")
    ('approve r1', [])
    """

    def __init__(self, root: Path | str, *, patience: float = 5.0, by_person: bool = False) -> None:
        self.path = Path(root) / FOLDER / FILE
        self.by_person = by_person
        self._lock = threading.RLock()
        try:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            # SQLite gives its two other files the mode of this one.
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            os.close(os.open(self.path, flags, 0o600))
        except OSError as error:
            raise WorkspaceError(
                f"{self.path} cannot be written: {error.strerror}", hint="check its permissions, or choose another -w"
            ) from None
        # Autocommit: every transaction here begins and ends in words.
        self._db = sqlite3.connect(self.path, timeout=patience, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise
        with self._reading():
            self.source, self._secret = (self._meta(name) for name in ("source", "secret"))

    def _prepare(self) -> None:
        """Check that the file is ours, whole, and of a version that is known; make its tables where it is new."""
        with self._reading():
            application = self._db.execute("PRAGMA application_id").fetchone()[0]
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            tables = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            if application not in (0, APPLICATION) or (tables and application != APPLICATION):
                raise WorkspaceError(
                    f"{self.path} is not a file of pending decisions", hint="move it elsewhere; a new one is then made"
                )
            if version > VERSION:
                raise WorkspaceError(
                    f"{self.path} was written in format {version}, this version reads format {VERSION}",
                    hint="use the newer lakezones that wrote it, or move the file elsewhere: its drafts are not read",
                )
            if (found := self._db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(found)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
        with self._writing():
            # Looked at again: another server may have made the tables meanwhile.
            if not self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                for statement in filter(str.strip, _TABLES.split(";")):
                    self._db.execute(statement)
                meta = [("source", f"workspace-{secrets.token_hex(8)}"), ("secret", secrets.token_hex(32))]
                self._db.executemany("INSERT INTO meta VALUES (?, ?)", meta)
                self._db.execute(f"PRAGMA application_id={APPLICATION}")
                self._db.execute(f"PRAGMA user_version={VERSION}")

    def _meta(self, name: str) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise sqlite3.DatabaseError(f"no {name}")
        return str(row[0])

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    # --------------------------------------------------------------------------------------- drafts

    def put(self, reviewer: str, drafts: Sequence[Mapping[str, Any]], *, label: str) -> None:
        """Keep drafts as one action that can be undone; on the disk when this returns.

        Parameters
        ----------
        drafts
            Plain values with at least those of `KEY`. One without a ``decision`` takes the earlier draft away.
        label
            What the action was, in words, for the undo.
        """
        now = _now()
        with self._writing():
            before = [[*_key(draft), self._draft(reviewer, _key(draft))] for draft in drafts]
            for draft in drafts:
                self._set(reviewer, _key(draft), dict(draft) if draft.get("decision") else None, now)
            self._db.execute(
                "INSERT INTO actions (reviewer, label, before) VALUES (?, ?, ?)", (reviewer, label, _text(before))
            )
            self._db.execute(
                "DELETE FROM actions WHERE reviewer = ? AND action NOT IN"
                " (SELECT action FROM actions WHERE reviewer = ? ORDER BY action DESC LIMIT ?)",
                (reviewer, reviewer, UNDO),
            )

    def undo(self, reviewer: str) -> Undone | None:
        """Take back the reviewer's last action; None where there is nothing to undo."""
        with self._writing():
            row = self._db.execute(
                "SELECT action, label, before FROM actions WHERE reviewer = ? ORDER BY action DESC LIMIT 1", (reviewer,)
            ).fetchone()
            if row is None:
                return None
            before = json.loads(row[2])
            # Backwards: where one action has two drafts of one part, the first of them knows what was before.
            for *key, draft in reversed(before):
                self._set(reviewer, tuple(key), draft, _now())
            self._db.execute("DELETE FROM actions WHERE action = ?", (row[0],))
            return Undone(str(row[1]), tuple(tuple(key) for *key, _ in before))

    def last(self, reviewer: str) -> Undone | None:
        """What `undo` would take back; None where there is nothing."""
        with self._reading():
            row = self._db.execute(
                "SELECT label, before FROM actions WHERE reviewer = ? ORDER BY action DESC LIMIT 1", (reviewer,)
            ).fetchone()
            return None if row is None else Undone(str(row[0]), tuple(tuple(key) for *key, _ in json.loads(row[1])))

    def drafts(self, reviewer: str) -> list[dict[str, Any]]:
        """The reviewer's drafts as they were put, oldest first, each with its ``drafted_at``."""
        with self._reading():
            rows = self._db.execute(
                "SELECT draft, drafted_at FROM drafts WHERE reviewer = ?"
                " ORDER BY drafted_at, object_kind, object_id, part_kind, part_id",
                (reviewer,),
            ).fetchall()
        return [{**json.loads(draft), "drafted_at": at} for draft, at in rows]

    def waiting(self) -> dict[str, int]:
        """How many drafts each reviewer has."""
        with self._reading():
            rows = self._db.execute("SELECT reviewer, count(*) FROM drafts GROUP BY reviewer ORDER BY reviewer")
            return {str(reviewer): int(count) for reviewer, count in rows.fetchall()}

    def _draft(self, reviewer: str, key: tuple[str, ...]) -> dict[str, Any] | None:
        row = self._db.execute(
            "SELECT draft FROM drafts WHERE reviewer = ? AND object_kind = ? AND object_id = ? AND part_kind = ?"
            " AND part_id = ?",
            (reviewer, *key),
        ).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def _set(self, reviewer: str, key: tuple[str, ...], draft: Mapping[str, Any] | None, now: str) -> None:
        where = (reviewer, *key)
        if draft is None:
            self._db.execute(
                "DELETE FROM drafts WHERE reviewer = ? AND object_kind = ? AND object_id = ? AND part_kind = ?"
                " AND part_id = ?",
                where,
            )
        else:
            self._db.execute("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?, ?, ?, ?)", (*where, _text(draft), now))

    # -------------------------------------------------------------------------------------- activity

    def opened(self, reviewer: str, object_kind: str, object_id: str, content_hash: str) -> None:
        """Note that the reviewer opened an item as it is now."""
        self._note(reviewer, (object_kind, object_id, content_hash), opened=1, seconds=0.0)

    def stayed(self, reviewer: str, object_kind: str, object_id: str, content_hash: str, seconds: float) -> None:
        """Note for how long an item was in view."""
        self._note(reviewer, (object_kind, object_id, content_hash), opened=0, seconds=seconds)

    def _note(self, reviewer: str, item: tuple[str, str, str], *, opened: int, seconds: float) -> None:
        name = reviewer if self.by_person else None
        with self._writing():
            self._db.execute(
                "INSERT INTO activity VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " opened = opened + excluded.opened, seconds = seconds + excluded.seconds",
                (self._who(reviewer), name, *item, _now(), opened, seconds),
            )

    def seen(self, reviewer: str) -> set[tuple[str, str, str]]:
        """What the reviewer has opened: object_kind, object_id, content_hash."""
        with self._reading():
            rows = self._db.execute(
                "SELECT object_kind, object_id, content_hash FROM activity WHERE who = ? AND opened > 0",
                (self._who(reviewer),),
            )
            return {(str(kind), str(name), str(content)) for kind, name, content in rows.fetchall()}

    def looked(self, reviewer: str) -> dict[tuple[str, str, str], float]:
        """For how many seconds the reviewer had in view what they opened: by object_kind, object_id, content_hash."""
        with self._reading():
            rows = self._db.execute(
                "SELECT object_kind, object_id, content_hash, seconds FROM activity WHERE who = ? AND opened > 0",
                (self._who(reviewer),),
            )
            return {(str(kind), str(name), str(seen)): float(seconds) for kind, name, seen, seconds in rows.fetchall()}

    def activity(self) -> list[Viewed]:
        """All looks at all items, in a fixed order."""
        with self._reading():
            rows = self._db.execute("SELECT * FROM activity ORDER BY object_kind, object_id, content_hash, who")
            names = [column[0] for column in rows.description]
            return [Viewed(**dict(zip(names, row, strict=True))) for row in rows.fetchall()]

    def _who(self, reviewer: str) -> str:
        return hmac.new(bytes.fromhex(self._secret), reviewer.encode(), hashlib.sha256).hexdigest()[:32]

    # ----------------------------------------------------------------------------------- submissions

    def submitted(self, reviewer: str, drafts: Sequence[Mapping[str, Any]], *, batch_id: str) -> None:
        """These drafts are in the log: they go, and what led to them can no longer be undone.

        Parameters
        ----------
        drafts
            As `drafts` gave them. One that was made again meanwhile stays.
        """
        with self._writing():
            self._db.executemany(
                "DELETE FROM drafts WHERE reviewer = ? AND object_kind = ? AND object_id = ? AND part_kind = ?"
                " AND part_id = ? AND drafted_at = ?",
                [(reviewer, *_key(draft), draft["drafted_at"]) for draft in drafts],
            )
            self._db.execute("DELETE FROM actions WHERE reviewer = ?", (reviewer,))
            row = (batch_id, self._who(reviewer), _now(), len(drafts))
            self._db.execute("INSERT OR REPLACE INTO submissions VALUES (?, ?, ?, ?)", row)

    # ------------------------------------------------------------------------------------- transactions

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise self._failed(error) from None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction that is on the disk when this ends, or did not happen."""
        with self._reading():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def _failed(self, error: sqlite3.Error) -> WorkspaceError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return WorkspaceError(
                f"another program holds {self.path}",
                hint="close what has it open (a backup, a database browser), repeat",
            )
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return WorkspaceError(f"{self.path} cannot be written: {error}", hint="check its permissions and its disk")
        return WorkspaceError(
            f"{self.path} is damaged: {error}",
            hint="move it elsewhere: pending drafts are lost, submitted decisions are safe in review/",
        )


def _key(draft: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(draft.get(name) or "") for name in KEY)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
