"""Sign-offs of a workspace: a page per domain in which something was decided.

In: a workspace, and a page that somebody kept. Out: files in ``review/signoff/``, or a verdict on the page.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from lakezones.errors import LakezonesError, MissingStageError
from lakezones.pipeline.recording import SIGNATURE, Recording
from lakezones.pipeline.reviewing import Reviewing
from lakezones.review import log as audit
from lakezones.review.log import Checkpoint
from lakezones.review.signoff import Gathering, check_signoff, file_name, page
from lakezones.store import files

if TYPE_CHECKING:
    from lakezones.review.log import LogVerdict

FOLDER = "signoff"
LONGEST = 1 << 28
"""Bytes of a sign-off."""


def gathering(ws: Recording, *, items: pl.DataFrame, standings: pl.DataFrame) -> Gathering:
    """Sign-offs of what was decided up to the newest checkpoint.

    Raises
    ------
    MissingStageError
        If nothing was submitted yet.
    """
    point, text = _newest(ws), audit.carry(ws.read_log())
    return Gathering(text, point, items=items, standings=standings, key_id=_key_id(ws))


def write_signoffs(ws: Reviewing, domain: str | None = None) -> dict[str, Path]:
    """Write the sign-off of a domain, or of every domain in which something was decided.

    Returns
    -------
    dict of str to Path
        The page of each domain.

    Raises
    ------
    NotFoundError
        If nothing was decided in the domain.
    MissingStageError
        If nothing was submitted yet.
    """
    _newest(ws)
    basis = ws.review_basis()
    with ws.exclusive():
        found = gathering(ws, items=basis.built.items, standings=ws.review_stand(basis).standings)
        pages = {one: page(found.of(one)) for one in (found.domains if domain is None else [domain])}
        folder = ws.root / "review" / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        for one, text in pages.items():
            files.replace_private(folder / file_name(one), text)
    return {one: folder / file_name(one) for one in pages}


def check_page(path: Path, checkpoint: Checkpoint | None) -> "LogVerdict":
    """Hold a sign-off against a checkpoint; it takes no workspace.

    Raises
    ------
    LakezonesError
        If the file cannot be read, or is no sign-off.
    """
    try:
        if path.stat().st_size > LONGEST:
            raise LakezonesError(f"{path} has more than {LONGEST:,} bytes", hint="give a page of review signoff")
        html = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise LakezonesError(f"{path} cannot be read: {error.strerror}", hint="check its name") from None
    return check_signoff(html, checkpoint, name=str(path))


def _newest(ws: Recording) -> Checkpoint:
    text = ws.read_checkpoint()
    if not text:
        raise MissingStageError(
            f"nothing was submitted in {ws.root} yet", hint="decide first: lakezones review serve or review import"
        )
    return Checkpoint.parse(text)


def _key_id(ws: Recording) -> str | None:
    """The key that signed the newest checkpoint."""
    there = ws.manifest("review")["outputs"]
    text = ws.read_text("review", SIGNATURE) if SIGNATURE in there else ""
    return str(json.loads(text)["signatures"][0]["keyid"]) if text else None
