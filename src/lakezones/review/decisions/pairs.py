"""Whether two reviewers agree, each with evidence of their own.

In: approvals of the same thing. Out: what they lack, in words. A local page cannot prove who clicked: two approvals
count as two people's where they come from two workspaces or workbooks, each with a signature or a ticket of its own.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from lakezones.model.identity import plain
from lakezones.review.settings import TwoPerson


def backed(rows: Sequence[Mapping[str, Any]], rule: TwoPerson) -> tuple[str, str]:
    """What approvals lack where two reviewers must agree.

    Returns
    -------
    standing, reason
        ``waiting`` or ``asserted`` and why; both empty where nothing lacks.
    """
    reviewers = sorted({row["reviewer"] for row in rows})
    if len(reviewers) < 2:
        return "waiting", f"approved by {reviewers[0]}; a second reviewer must agree"
    if rule.agree and not {plain(one) for one in reviewers} & {plain(one) for one in rule.agree}:
        return "waiting", f"approved by {' and '.join(reviewers)}; one of {', '.join(rule.agree)} must agree"
    lacking = ""
    for one, other in combinations(rows, 2):
        if one["reviewer"] != other["reviewer"]:
            lacking = _lacking(one, other, rule)
            if not lacking:
                return "", ""
    return "asserted", f"approved by {' and '.join(reviewers)}, but {lacking}"


def _lacking(one: Mapping[str, Any], other: Mapping[str, Any], rule: TwoPerson) -> str:
    """What a pair of approvals of two people lacks."""
    if rule.sources_apart and (not one["source"] or not other["source"] or one["source"] == other["source"]):
        return "not from two workspaces or workbooks"
    if not rule.evidence:
        return ""
    proofs = [{_mark(row, name) for name in ("ticket", "key_id")} - {""} for row in (one, other)]
    if not all(proofs):
        return "not each with a signature or a ticket"
    return "" if proofs[0] - proofs[1] and proofs[1] - proofs[0] else "with the same signature or ticket"


def _mark(row: Mapping[str, Any], name: str) -> str:
    return f"{name} {plain(row[name])}" if plain(row[name]) else ""
