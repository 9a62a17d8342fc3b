"""Reviewers' decisions on what was proposed, each bound to what was seen."""

from lakezones.review.decisions import accept, merge, sheet, status

__all__ = ["accept", "merge", "sheet", "status"]
