"""Whether a sign-off is what it says, without the log that it was made from.

In: the page as a file, and a checkpoint that was kept elsewhere. Out: `LogVerdict`. The page holds its records and
their proofs: they are held against the checkpoint, and the page is written again from them and compared.
"""

import base64
import binascii
import json
import re
from typing import Any, Final

from lakezones.errors import InputError
from lakezones.model.words import counted
from lakezones.review.log import Checkpoint, LogVerdict
from lakezones.review.log.merkle import leaf_hash, verify_inclusion
from lakezones.review.log.records import as_bytes, misfit, parsed
from lakezones.review.signoff.gather import FORMAT
from lakezones.review.signoff.page import maker, page

_DOCUMENT: Final = re.compile(r'<script type="application/json" id="signoff">\s*(\{.*?\})\s*</script>', re.S)
_TOOL: Final = re.compile(r'<meta name="generator" content="([^"<>]{1,80})">')


def check_signoff(html: str, checkpoint: Checkpoint | None, *, name: str = "sign-off") -> LogVerdict:
    """Hold a sign-off against a checkpoint.

    Parameters
    ----------
    html
        The page, as it was written or printed from; one that a browser saved anew is another text.
    checkpoint
        The one in the change ticket. Without it, only whether the page fits its own.
    name
        What it is called in errors.

    Raises
    ------
    InputError
        If it is no sign-off, or of a later version.
    """
    document = _document(html, name)
    try:
        point = Checkpoint.parse(document["checkpoint"], name=f"checkpoint of {name}")
        held = [
            (int(one["index"]), str(one["line"]), [_hash(step) for step in one["path"]]) for one in document["records"]
        ]
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise _broken(name) from None
    faults = [
        f"record {index + 1:,} is not in the log that the checkpoint is of"
        for index, line, path in held
        if not verify_inclusion(leaf_hash(as_bytes(line)), index, point.size, path, point.root)
    ]
    faults += [f"record {index + 1:,}: {why}" for index, line, _ in held if (why := misfit(parsed(line), index + 1))]
    proven = [] if faults else [f"its {counted(len(held), 'record')} are in the log that its checkpoint is of"]
    if checkpoint is None:
        proven.append("no checkpoint was given: hold the one on the page against the one in the change ticket")
    elif str(checkpoint) != str(point):
        faults.append(_unlike(point, checkpoint))
    else:
        proven.append("its checkpoint is the one that was given")
    if not faults:
        (faults if (why := _changed(html, document)) else proven).append(
            why or "every word on the page is what follows from these records"
        )
    return LogVerdict(faults=tuple(faults), proven=tuple(proven), covered=len(held), records=len(held))


def _document(html: str, name: str) -> dict[str, Any]:
    found = _DOCUMENT.findall(html)
    if len(found) != 1:
        raise _broken(name)
    try:
        document = json.loads(found[0])
        version = document["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _broken(name) from None
    if version != FORMAT:
        raise InputError(
            f"{name} is in format {str(version)[:20]}, this version reads format {FORMAT}",
            hint="check it with the version of lakezones that it names",
        )
    return dict(document)


def _changed(html: str, document: dict[str, Any]) -> str:
    """Whether the page says something else than its records; empty where it does not."""
    try:
        written = page(document)
    except (KeyError, TypeError, ValueError, InputError):
        return "the page cannot be written from what it holds"
    if html == written:
        return ""
    tool = _TOOL.search(html)
    if tool is None or tool[1] != maker():
        by = tool[1] if tool else "an unknown version"
        return f"the page was written by {by}: its words can only be compared by that version, this is {maker()}"
    pairs = zip([*html.split("\n"), ""], [*written.split("\n"), ""], strict=False)
    line = next((number for number, (one, other) in enumerate(pairs, start=1) if one != other), 1)
    return f"the page does not say what its records say, from line {line:,} on: it was changed or saved anew"


def _unlike(own: Checkpoint, given: Checkpoint) -> str:
    if own.origin != given.origin:
        return f"it is of another log: {own.origin!r}, the checkpoint that was given is of {given.origin!r}"
    if own.size != given.size:
        return (
            f"its checkpoint covers {counted(own.size, 'record')}, the one that was given {given.size:,}: "
            "give the one of the same size, or make the sign-off again"
        )
    return "its checkpoint is another one than the one that was given: one of them is not of the log as it was"


def _hash(text: object) -> bytes:
    return base64.b64decode(str(text), validate=True)


def _broken(name: str) -> InputError:
    return InputError(f"{name} is not a sign-off", hint="make one: lakezones review signoff -w lake")
