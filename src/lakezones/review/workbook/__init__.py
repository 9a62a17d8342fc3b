"""The workbook that reviewers fill in.

In: review items and dossiers; sheets that came back. Out: a `Book`; drafts of decisions. ``columns`` and ``words`` say
what is on the sheets and what can be chosen, ``frames`` makes their rows, ``pages`` what is read, ``build`` the whole.
``reading`` finds the rows of sheets that came back, ``taking`` makes drafts of them.
"""

from lakezones.review.workbook.build import build
from lakezones.review.workbook.reading import read
from lakezones.review.workbook.taking import conflicts, drafts

__all__ = ["build", "conflicts", "drafts", "read"]
