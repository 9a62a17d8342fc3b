"""Reviewers' decisions on what was proposed, each bound to what was seen."""

from lakezones.review.importing import NEEDED, counts, drafts_of
from lakezones.review.sheet import sheet

__all__ = ["NEEDED", "counts", "drafts_of", "sheet"]
