"""The workbook that reviewers fill in.

In: review items and dossiers; sheets that came back. Out: a `Book`; drafts of decisions. ``columns`` and ``words`` say
what is on the sheets and what can be chosen, ``frames`` makes their rows, ``pages`` what is read, ``build`` the whole,
``flat`` the same for scripts. ``reading`` finds the rows of sheets that came back, ``taking`` makes drafts of them,
``merging`` holds them against each other and against what there is now, ``outcome`` says what changed.
"""

from lakezones.review.workbook.build import build
from lakezones.review.workbook.flat import flat
from lakezones.review.workbook.merging import HandedIn, hand_in
from lakezones.review.workbook.outcome import counts, in_a_sentence

__all__ = ["HandedIn", "build", "counts", "flat", "hand_in", "in_a_sentence"]
