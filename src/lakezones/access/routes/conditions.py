"""Conditions of role assignments, as far as they can be known from a snapshot.

In: the text of a condition. Out: for each data operation, per container, whether the condition lets it pass: true,
false, or null where it depends on the request, the blob, the caller or the environment. Evaluated are the container's
name and metadata and the account's name and namespace; everything else makes access conditional. Logic is
three-valued, so that ``false AND unknown`` is false and ``true OR unknown`` is true. A condition that is longer than
Azure allows, or nested deeper than anybody writes, is unknown; it is never taken for no condition.

Grammar: https://learn.microsoft.com/azure/role-based-access-control/conditions-format
Attributes: https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from lakezones.access.routes.roles import matches

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<attribute>@\w+\[[^\]]*\])
      | (?P<mark>&&|\|\||[(){},!])
      | (?P<word>[\w:.\-]+)
    )""",
    re.VERBOSE,
)
_CONTAINERS: Final = "microsoft.storage/storageaccounts/blobservices/containers"
_LISTING: Final = "blob.list"
"""Listing is no reading of content: a condition on it alone leaves the data levels as they are."""

# Without ASCII, letters of other alphabets that fold to these would be read as operators.
ASSIGNED: Final = {
    "microsoft.authorization/roleassignments:roledefinitionid": "role_id",
    "microsoft.authorization/roleassignments:principalid": "principal_ref",
    "microsoft.authorization/roleassignments:principaltype": "principal_type",
}
"""Attributes of the role assignment that is asked for, to columns; null where the question is about data."""

_QUANTIFIER: Final = re.compile(r"^(?:for(any|all)of(any|all)values:)?(\w+)$", re.IGNORECASE | re.ASCII)
_COMPARISON: Final = re.compile(
    r"^(string|bool|guid)(not)?(equals|startswith|like)(ignorecase)?$", re.IGNORECASE | re.ASCII
)

MAX_BYTES: Final = 8 * 1024
"""Longest condition that is read, in bytes of UTF-8: Azure's limit.

https://learn.microsoft.com/azure/role-based-access-control/conditions-overview#limits
"""

MAX_DEPTH: Final = 100
"""Parentheses in parentheses that are read."""

MAX_WILDCARDS: Final = 100
"""Wildcards in a text of StringLike that are evaluated; no name is longer than 63 characters."""

Value = Callable[[str], pl.Expr]
"""An evaluated node: from the operation that is tried to a boolean expression over `container_frame` columns."""


@dataclass(frozen=True)
class Condition:
    """A parsed condition.

    Attributes
    ----------
    value
        From an operation to a nullable boolean expression over columns ``name``, ``account``, ``hns``, ``metadata``
        and, where the condition looks at an assignment that is asked for, those of `ASSIGNED`.
    per_container
        Whether any container attribute matters; otherwise the outcome is the same everywhere.
    """

    value: Value
    per_container: bool


class _Unreadable(Exception):
    """The text does not follow the grammar; the condition is then wholly unknown."""


def _constant(value: bool | None) -> Value:
    return lambda _: pl.lit(value, pl.Boolean)


UNKNOWN: Final = Condition(_constant(None), per_container=False)


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Condition:
    """Parse a condition; one that cannot be read, or goes beyond a bound, is unknown throughout.

    Examples
    --------
    >>> read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
    >>> name = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name]"
    >>> condition = parse_condition(f"(!(ActionMatches{{'{read}'}}) OR ({name} StringEquals 'trades'))")
    >>> containers = pl.DataFrame({"name": ["trades", "salary"]})
    >>> containers.select(condition.value(read)).to_series().to_list()
    [True, False]
    """
    if len(text.encode(errors="replace")) > MAX_BYTES:
        return UNKNOWN
    try:
        parser = _Parser(text)
        value = parser.either()
        parser.end()
    except _Unreadable:
        return UNKNOWN
    return Condition(value, parser.per_container)


class _Parser:
    """Recursive descent; AND binds tighter than OR."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.per_container = False
        self.at = self.depth = 0
        position = 0
        text = text.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if not found:
                raise _Unreadable
            kind = str(found.lastgroup)
            self.tokens.append((kind, found.group(kind)))
            position = found.end()

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def is_next(self, *words: str) -> bool:
        return self.peek()[0] in ("word", "mark") and self.peek()[1].lower() in words

    def expect(self, mark: str) -> None:
        if self.take() != ("mark", mark):
            raise _Unreadable

    def end(self) -> None:
        if self.peek()[0] != "end":
            raise _Unreadable

    def either(self) -> Value:
        parts = [self.both()]
        while self.is_next("or", "||"):
            self.take()
            parts.append(self.both())
        return _joined(parts, pl.any_horizontal)

    def both(self) -> Value:
        parts = [self.single()]
        while self.is_next("and", "&&"):
            self.take()
            parts.append(self.single())
        return _joined(parts, pl.all_horizontal)

    def single(self) -> Value:
        negated = False
        while self.is_next("not", "!"):
            self.take()
            negated = not negated
        inner = self.operand()
        return (lambda operation: ~inner(operation)) if negated else inner

    def operand(self) -> Value:
        if self.is_next("("):
            self.take()
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise _Unreadable
            inner = self.either()
            self.expect(")")
            self.depth -= 1
            return inner
        kind, text = self.take()
        if kind == "word" and text.lower() == "actionmatches":
            patterns = self.values()
            return lambda operation: pl.lit(matches(operation, patterns), pl.Boolean)
        if kind == "word" and text.lower() == "suboperationmatches":
            return _suboperation(self.values())
        if kind == "word" and text.lower() == "exists":
            kind, text = self.take()
            if kind != "attribute":
                raise _Unreadable
            return self.exists(text)
        if kind == "attribute":
            return self.comparison(text)
        raise _Unreadable

    def values(self) -> tuple[str, ...]:
        """One literal, or several in braces."""
        if not self.is_next("{"):
            return (self.literal(),)
        self.take()
        found = [self.literal()]
        while self.is_next(","):
            self.take()
            found.append(self.literal())
        self.expect("}")
        return tuple(found)

    def literal(self) -> str:
        kind, text = self.take()
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "word":
            return text
        raise _Unreadable

    def exists(self, attribute: str) -> Value:
        column = self.column(attribute)
        if column is None or not _is_metadata(attribute):
            return _constant(None if column is None else True)
        known = pl.col("metadata").is_not_null()
        return lambda _: pl.when(known).then(column.is_not_null()).otherwise(None)

    def comparison(self, attribute: str) -> Value:
        kind, operator = self.take()
        if kind != "word" or not (parts := _QUANTIFIER.match(operator)):
            raise _Unreadable
        if self.peek()[0] == "attribute":
            self.take()
            return _constant(None)
        values = self.values()
        if re.fullmatch(r"@request\[subOperation\]", attribute, re.IGNORECASE):
            return _suboperation(values)
        found = _COMPARISON.match(parts.group(3))
        column = self.column(attribute)
        if column is None or not found:
            return _constant(None)
        family, negated, how, folded = (part.lower() if part else "" for part in found.groups())
        crowded = how == "like" and any(len(re.findall("[*?]", value)) > MAX_WILDCARDS for value in values)
        if crowded or (family == "bool") != _is_flag(attribute):
            return _constant(None)
        one = [_compare(column, how, value, fold=bool(folded) or family != "string") for value in values]
        if negated:
            # What a negated comparison makes of an attribute that is not there is not documented.
            one = [~expression for expression in one]
        combined = pl.all_horizontal(one) if (parts.group(2) or "").lower() == "all" else pl.any_horizontal(one)
        if negated or not _is_metadata(attribute):
            return lambda _: combined
        known = pl.col("metadata").is_not_null()
        return lambda _: pl.when(known).then(combined.fill_null(value=False)).otherwise(None)

    def column(self, attribute: str) -> pl.Expr | None:
        """Text of an attribute that a snapshot holds, else None."""
        source, name = attribute[1:-1].lower().split("[", 1)
        if source == "request" and name in ASSIGNED:
            return pl.col(ASSIGNED[name])
        if source != "resource":
            return None
        if name == f"{_CONTAINERS}:name":
            self.per_container = True
            return pl.col("name")
        if name.startswith(f"{_CONTAINERS}/metadata:"):
            self.per_container = True
            key = attribute[1:-1].split("[", 1)[1][len(_CONTAINERS) + len("/metadata:") :]
            return _metadata(key)
        if name == "microsoft.storage/storageaccounts:name":
            self.per_container = True
            return pl.when(pl.col("account") != "").then(pl.col("account")).otherwise(None)
        if name == "microsoft.storage/storageaccounts:ishnsenabled":
            self.per_container = True
            return pl.col("hns").cast(pl.String)
        return None


def _is_metadata(attribute: str) -> bool:
    return f"{_CONTAINERS}/metadata:" in attribute.lower()


def _is_flag(attribute: str) -> bool:
    return attribute.lower().endswith(":ishnsenabled]")


def _metadata(key: str) -> pl.Expr:
    # Metadata names are case-insensitive headers; the JSON keeps the case they were written in.
    pattern = rf'(?i)"{re.escape(key)}"\s*:\s*"((?:[^"\\]|\\.)*)"'
    return pl.col("metadata").str.extract(pattern, 1)


def _suboperation(values: tuple[str, ...]) -> Value:
    return _constant(False if all(value.lower() == _LISTING for value in values) else None)


def _compare(column: pl.Expr, how: str, value: str, *, fold: bool) -> pl.Expr:
    left, right = (column.str.to_lowercase(), value.lower()) if fold else (column, value)
    if how == "equals":
        return left == right
    if how == "startswith":
        return left.str.starts_with(right)
    parts = re.findall(r"\\[*?]|.", right, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return left.str.contains("(?s)^" + "".join(wild.get(p) or re.escape(p[-1]) for p in parts) + "$")


def _joined(parts: list[Value], how: Callable[[list[pl.Expr]], pl.Expr]) -> Value:
    """All parts by one expression: thousands one in another take polars minutes."""
    return parts[0] if len(parts) == 1 else lambda operation: how([part(operation) for part in parts])
