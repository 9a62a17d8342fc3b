"""Whether a condition of a role assignment could let somebody into a container of a certain name.

In: the text of a condition, a name. Out: whether it could hold there. It is not evaluated: what is not certain to fail
could hold. Certain to fail is a condition that looks at the container's name alone, compares it with plain texts and
patterns, none of which fit, and negates nothing but the actions it guards:
https://learn.microsoft.com/azure/role-based-access-control/conditions-format
"""

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

_GUARD: Final = re.compile(
    r"!\s*\(\s*ActionMatches\s*\{[^}]*\}(?:\s+AND\s+NOT\s+SubOperationMatches\s*\{[^}]*\})?\s*\)", re.IGNORECASE
)
_COMPARED: Final = re.compile(
    r"@Resource\[[^\]]*/containers:name\]\s+(?:ForAnyOfAnyValues:)?String(?P<how>Equals|Like|StartsWith)(?:IgnoreCase)?"
    r"\s+\{?(?P<texts>\s*'[^']*'(?:\s*,\s*'[^']*')*)\s*\}?",
    re.IGNORECASE,
)
_PLAIN: Final = re.compile(r"(?:AND|OR|&&|\|\||[()\s])*", re.IGNORECASE)
_LONGEST: Final = 8192
"""Azure takes no longer condition; one that is longer could hold."""


@lru_cache(maxsize=65536)
def could_hold(condition: str, name: str) -> bool:
    """Whether a condition could hold on a container of this name.

    Examples
    --------
    >>> guarded = "!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})"
    >>> named = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringLike 'sales-*'"
    >>> could_hold(f"({guarded} OR ({named}))", "sales-raw"), could_hold(f"({guarded} OR ({named}))", "hr-raw")
    (True, False)
    """
    if len(condition) > _LONGEST:
        return True
    rest = _GUARD.sub(" ", condition)
    compared = list(_COMPARED.finditer(rest))
    if not compared or not _PLAIN.fullmatch(_COMPARED.sub(" ", rest)):
        return True
    texts = ((found["how"].lower(), text) for found in compared for text in re.findall(r"'([^']*)'", found["texts"]))
    return any(_fits(how, text, name) for how, text in texts)


def _fits(how: str, text: str, name: str) -> bool:
    # Case never tells containers apart, so it is left aside where the condition would look at it.
    text = text.lower()
    if how == "equals":
        return name == text
    if how == "startswith":
        return name.startswith(text)
    return fnmatchcase(name, text.replace("[", "[[]"))
