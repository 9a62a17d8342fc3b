"""One spelling for whatever serves as a key, so that one person, group or container never counts as two.

In: columns of text. Out: the same with GUIDs in lower case, Unicode composed (NFC), without characters that nobody
sees (zero-width, bidirectional controls, variation selectors) and without spaces around; `Spellings` remembers what
was changed. What differs otherwise, in the case of letters that are no GUID above all, stays two and is warned of.

Source: https://www.unicode.org/reports/tr36/ (invisible characters), https://www.unicode.org/reports/tr15/ (NFC)
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from lakezones.model.acls import rename

COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("principal_id", "group_id", "member_id", "owner_id", "manager_id", "owning_group", "identity", "approver"),
        "principal",
    ),
    **{name: name for name in ("container", "account", "entitlement", "role", "system", "policy", "area")},
    "grant_id": "grant",
    "department": "department",
}
"""Columns that serve as keys, and what they name."""

_GUID: Final = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_is_guid: Final = re.compile(_GUID).match
_UNSEEN: Final = re.compile(
    "[\x80-\x9f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Characters that are drawn as nothing, beside those of the category Cf."""
_CONTROL: Final = r"(?-u)[\x00-\x1f\x7f]"
SHOWN: Final = 3
"""Spellings that a warning names."""


@dataclass(kw_only=True)
class Spellings:
    """How keys were written in one source.

    Attributes
    ----------
    changed
        What each key is called, by how it was written, for those that were written otherwise; by what they name.
    seen
        Columns as they were written, by what they name.
    capitals
        What is named with capital letters anywhere.
    """

    changed: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    seen: dict[str, list[pl.Series]] = field(default_factory=lambda: defaultdict(list))
    capitals: set[str] = field(default_factory=set)


def spell(text: str) -> str:
    """A key in its one spelling.

    Examples
    --------
    >>> spell("A1B2C3D4-0000-4000-8000-00000000000F"), spell("\\u00a0Ann\\u200b "), spell("Jose\\u0301") == "José"
    ('a1b2c3d4-0000-4000-8000-00000000000f', 'Ann', True)
    """
    if not text.isascii():
        text = _UNSEEN.sub("", unicodedata.normalize("NFC", text))
        kept = (" " if unicodedata.category(one) == "Zs" else one for one in text if unicodedata.category(one) != "Cf")
        text = unicodedata.normalize("NFC", "".join(kept)).strip()
    return text.lower() if _is_guid(text) else text


def spell_columns(frame: pl.DataFrame, table: str, spellings: Spellings) -> pl.DataFrame:
    """The columns of text that serve as keys in their one spelling; other columns stay as they are.

    A key with control characters stays too, for the caller to reject.
    """
    kinds = {name: kind for name, kind in COLUMNS.items() if name in frame.columns}
    if table == "acls" and "owner" in frame.columns:
        kinds["owner"] = "principal"
    for name, kind in kinds.items():
        written = frame.get_column(name)
        if written.dtype != pl.String:
            continue
        spellings.seen[kind].append(written)
        if changed := _changed(written, kind, spellings):
            spellings.changed[kind] |= {text: one for text, one in changed.items() if one}
            frame = frame.with_columns(written.replace({text: one or None for text, one in changed.items()}))
    if table == "acls" and "acl" in frame.columns and frame.schema["acl"] == pl.String:
        frame = frame.with_columns(_acls(frame.get_column("acl"), spellings))
    return frame


def controls(text: pl.Series) -> pl.Series:
    """Where keys have control characters of ASCII; no key survives `spell_columns` with another."""
    return text.str.contains(_CONTROL)


def _changed(written: pl.Series, kind: str, spellings: Spellings) -> dict[str, str]:
    """Keys that are not written in their one spelling, and that spelling."""
    odd = written.filter(_odd(written, kind, spellings)).unique()
    return {text: one for text in odd if (one := spell(text)) != text}


def _odd(written: pl.Series, kind: str, spellings: Spellings) -> pl.Series:
    """Where text may have to be changed, found without a look at each character: most columns are plain ASCII."""
    odd = (written.str.len_bytes() != written.str.len_chars()).fill_null(value=False)
    capitals = written.str.contains("[A-Z]").fill_null(value=False)
    if not capitals.any():
        return odd
    spellings.capitals.add(kind)
    return odd | (capitals & written.str.contains(_GUID).fill_null(value=False))


def _acls(written: pl.Series, spellings: Spellings) -> pl.Series:
    """ACLs with the ids in them in their one spelling."""
    wide = written.str.len_bytes() != written.str.len_chars()
    odd = (wide | written.str.contains("[A-F]")).fill_null(value=False)
    found: dict[str, str] = {}

    def name(text: str) -> str:
        if (one := spell(text)) != text:
            found[text] = one
        return one

    changed = {text: one for text in written.filter(odd).unique() if (one := rename(text, name)) != text}
    spellings.changed["principal"] |= found
    return written.replace(changed) if changed else written


def warnings_of(sources: Iterable[Spellings], tables: Mapping[str, pl.DataFrame]) -> list[str]:
    """What to say of keys that were written in several ways, or differ in case alone."""
    sources = list(sources)
    changed: dict[str, dict[str, str]] = defaultdict(dict)
    for source in sources:
        for kind, names in source.changed.items():
            changed[kind] |= names
    said = []
    for kind, names in sorted(changed.items()):
        seen = [column for source in sources for column in source.seen.get(kind, ())]
        said += _said(kind, names, seen)
    return said + _cases({kind for source in sources for kind in source.capitals}, tables)


def _said(kind: str, changed: Mapping[str, str], seen: Sequence[pl.Series]) -> list[str]:
    plain = pl.Series(sorted(set(changed.values())), dtype=pl.String)
    also = {text for column in seen for text in column.filter(column.is_in(plain.implode())).unique()}
    ways: dict[str, set[str]] = defaultdict(set)
    for written, one in changed.items():
        ways[one].add(written)
    for one in also & set(ways):
        ways[one].add(one)
    several = sorted(one for one, written in ways.items() if len(written) > 1)
    unseen = sorted(one for one in ways if one not in several and {text.lower() for text in ways[one]} != {one})
    said = []
    if several:
        shown = "; ".join(" and ".join(map(ascii, sorted(ways[one]))) for one in several[:SHOWN])
        said.append(f"{kind}: {len(several):,} written in several ways, each taken as one: {shown}{_more(several)}")
    if unseen:
        shown = "; ".join(f"{min(ways[one])!a} is taken as {one!r}" for one in unseen[:SHOWN])
        text = "written with characters that nobody sees or in another form of Unicode"
        said.append(f"{kind}: {len(unseen):,} {text}: {shown}{_more(unseen)}")
    return said


def _cases(capitals: AbstractSet[str], tables: Mapping[str, pl.DataFrame]) -> list[str]:
    """Keys that differ in case alone, of the kinds that are written with capitals at all."""
    said = []
    for kind in sorted(capitals & {"principal", "container", "entitlement"}):
        columns = [
            table.get_column(name)
            for table in tables.values()
            for name in table.columns
            if COLUMNS.get(name) == kind and name != "approver"
        ]
        names = pl.concat([column.unique() for column in columns]).drop_nulls().unique().to_frame("name")
        names = names.with_columns(plain=pl.col("name").str.to_lowercase())
        twice = names.filter(pl.col("plain").is_duplicated()).sort("plain", "name")
        groups = twice.group_by("plain", maintain_order=True).agg("name").get_column("name").to_list()
        if groups:
            shown = "; ".join(" and ".join(map(repr, group)) for group in groups[:SHOWN])
            said.append(f"{kind}: {len(groups):,} differ in case alone and are kept apart: {shown}{_more(groups)}")
    return said


def _more(found: Sequence[object]) -> str:
    return "; ..." if len(found) > SHOWN else ""
