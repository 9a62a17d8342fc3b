"""Reviewers' decisions on what was proposed, each bound to what was seen."""

from lakezones.review.decisions import NEEDED, accept, changed, merge, status
from lakezones.review.sheet import sheet

__all__ = ["NEEDED", "accept", "changed", "merge", "sheet", "status"]
