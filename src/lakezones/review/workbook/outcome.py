"""What an import did: in a sentence, and in counts.

In: decisions that are new, rows that are not, standings. Out: words and numbers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import polars as pl

from lakezones.model.words import counted

_NOUNS: Final = {
    ("role", ""): ("role", "roles"),
    ("role", "member"): ("person", "people"),
    ("role", "class"): ("set of containers", "sets of containers"),
    ("role", "container"): ("container", "containers"),
    ("suggestion", ""): ("suggestion", "suggestions"),
    ("drop", ""): ("policy drop", "policy drops"),
    ("unused", ""): ("unused part", "unused parts"),
    ("residual", ""): ("access outside of roles", "accesses outside of roles"),
    ("finding", ""): ("finding", "findings"),
    ("zone", ""): ("zone", "zones"),
    ("merge", ""): ("merge", "merges"),
    ("pilot", ""): ("pilot", "pilots"),
}
_DONE: Final = {
    ("approve", "fitted"): "approved as fitted",
    ("change", "rename"): "approved under another name",
    ("change", "leave_out"): "left out",
    ("change", "split"): "split",
    ("change", "merge"): "merged",
    ("change", "move_zone"): "moved to another zone",
    ("change", "move_domain"): "moved to another domain",
}
_VERDICTS: Final = {
    "approve": "approved",
    "deny": "denied",
    "revoke": "revoked",
    "accept": "accepted",
    "defer": "deferred",
    "change": "changed",
}


def done(verdict: str, option: str | None) -> str:
    """What a verdict did, as a participle.

    Examples
    --------
    >>> done("approve", "proposed"), done("change", "leave_out")
    ('approved', 'left out')
    """
    return _DONE.get((verdict, option or ""), _VERDICTS[verdict])


def in_a_sentence(decisions: Iterable[Mapping[str, Any]], *, unchanged: int, rejected: int = 0, of: str = "row") -> str:
    """What changed; `of` is what the rest is counted in.

    Examples
    --------
    >>> made = [{"object_kind": "role", "part_kind": "", "decision": "approve", "option": "proposed"}] * 9
    >>> out = [{"object_kind": "role", "part_kind": "member", "decision": "change", "option": "leave_out"}] * 2
    >>> in_a_sentence([*made, *out], unchanged=488)
    '11 decisions: 9 roles approved, 2 people left out; 488 rows unchanged'
    >>> in_a_sentence([], unchanged=1, rejected=2)
    'no decision; 1 row unchanged, 2 rows rejected'
    """
    kinds: Counter[tuple[str, str, str]] = Counter()
    for row in decisions:
        kinds[row["object_kind"], row["part_kind"], done(row["decision"], row["option"])] += 1
    parts = []
    order = {key: place for place, key in enumerate(_NOUNS)}
    for (kind, part, word), number in sorted(
        kinds.items(), key=lambda one: (order.get(one[0][:2], len(order)), one[0][2] != "approved", one[0])
    ):
        noun = _NOUNS.get((kind, part), (part or kind, f"{part or kind}s"))
        parts.append(f"{number:,} {noun[number != 1]} {word}")
    total = counted(kinds.total(), "decision") if kinds else "no decision"
    rest = [f"{counted(unchanged, of)} unchanged"] + ([f"{counted(rejected, of)} rejected"] if rejected else [])
    return f"{total}{': ' if parts else ''}{', '.join(parts)}; {', '.join(rest)}"


_KINDS: Final = {"role": "", "suggestion": "suggestions_"}
"""Prefixes of the counts, by kind."""
_STANDS: Final = ("approved", "denied", "deferred", "waiting", "asserted", "conflicting", "lapsed", "undecided")


def counts(standings: pl.DataFrame) -> dict[str, int]:
    """Counts of roles, then of suggestions, by where they stand as a whole.

    Examples
    --------
    >>> row = {"object_kind": ["role"], "object_id": ["r"], "part_kind": [""], "standing": ["approved"]}
    >>> found = counts(pl.DataFrame(row))
    >>> found["roles"], found["approved"], found["undecided"], found["suggestions"]
    (1, 1, 0, 0)
    """
    whole = standings.filter(pl.col("part_kind").cast(pl.String) == "")
    found: dict[str, int] = {}
    for kind, prefix in _KINDS.items():
        stands = whole.filter(pl.col("object_kind").cast(pl.String) == kind)["standing"].cast(pl.String).to_list()
        found[f"{kind}s"] = len(stands)
        found |= {prefix + name: stands.count(name) for name in _STANDS}
    return found
