"""What a change made in review would do, checked at once: constraints, new access, limits, names.

In: a draft, the tables as dossiers have prepared them (`Dossiers.known`), the drafts beside it. Out: `Problem`s; none
where the change is fine. A ``refused`` one cannot be carried out or breaks what must always be true: it is not taken.
A ``warning`` is what a reviewer should know before deciding.

Call it with every draft, whole or of a part, before it is shown as pending and again before it is taken::

    checker = Checker(dossiers.known, naming=settings.naming, limits=settings.limits)
    problems = checker.check(draft, others=pending)
    accept(drafts, ..., refusals=checker.refusals)

``plan`` and ``verify`` prove the rest later, on everything together.
"""

from lakezones.review.checks.checker import Checker
from lakezones.review.checks.problem import Problem

__all__ = ["Checker", "Problem"]
