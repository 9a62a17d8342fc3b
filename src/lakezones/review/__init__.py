"""Reviewers' decisions on what was proposed, each bound to what was seen."""

from lakezones.review.decisions import accept, changed, merge, sheet, status

__all__ = ["accept", "changed", "merge", "sheet", "status"]
