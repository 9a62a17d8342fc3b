"""Reviewers' decisions on what was proposed, each bound to what was seen."""

from lakezones.review.filled import NEEDED, accept, changed, merge, status
from lakezones.review.sheet import sheet

__all__ = ["NEEDED", "accept", "changed", "merge", "sheet", "status"]
