"""Takes people out of what the report says: ids, names, mail addresses and the words made of them.

In: the content of the page, and the directory. Out: the same content with every person as a number, the same number
throughout. Matching is on whole words and ignores case, so that "ana" goes from "sandbox-ana" and stays in "analyst".
"""

import re
from typing import Any, Final

import polars as pl

from lakezones.model.frames import Access, Facts

_MAIL: Final = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def redacted(content: Any, facts: Facts, access: Access) -> Any:
    """The content with people replaced.

    Parameters
    ----------
    content
        Dictionaries, lists and tuples of plain values.
    """
    text = "\n".join(_texts(content)).lower()
    words = {word: number for word, number in _words(facts, access).items() if word in text}
    if not words:
        return _walk(content, lambda value: _MAIL.sub("a mail address", value))
    longest = sorted(words, key=lambda word: (-len(word), word))
    pattern = re.compile(r"(?<![^\W_])(?:" + "|".join(map(re.escape, longest)) + r")(?![^\W_])", re.IGNORECASE)

    def clean(value: str) -> str:
        value = pattern.sub(lambda match: words.get(match[0].lower(), "a person"), value)
        return _MAIL.sub("a mail address", value)

    return _walk(content, clean)


def _words(facts: Facts, access: Access) -> dict[str, str]:
    """Everything a person could be recognised by, in lower case, with the number that stands for the person."""
    directory = facts.table("principals").select("principal_id", pl.col("kind").cast(pl.String), "name")
    machines = set(directory.filter(pl.col("kind").is_not_null() & (pl.col("kind") != "user"))["principal_id"])
    names = {principal: name for principal, _, name in directory.iter_rows() if principal not in machines}
    seen = set(access.class_access["principal_id"]) | set(access.class_grants["grantee_id"])
    for table, column in _NAMING:
        seen |= set(facts.table(table)[column].drop_nulls())
    pseudo = {principal for principal in seen if principal.startswith("sas:") or principal in _PSEUDO}
    people = sorted((set(names) | seen) - machines - pseudo)
    words: dict[str, str] = {}
    for number, principal in enumerate(people, start=1):
        name = names.get(principal) or ""
        parts = re.findall(r"\w+", name)
        slugs = {mark.join(parts) for mark in ("-", "_", ".", "") if len(parts) > 1}
        for word in (principal, name, principal.partition("@")[0], *sorted(slugs)):
            if word.strip():
                words.setdefault(word.strip().lower(), f"person {number}")
    return words


_PSEUDO: Final = ("public", "authenticated")
_NAMING: Final = (("memberships", "member_id"), ("entitlements", "principal_id"), ("usage", "principal_id"))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.items() for part in item for text in _texts(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)]
    return []


def _walk(value: Any, clean: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _walk(item, clean) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_walk(item, clean) for item in value)
    return value
