"""What there is to decide on: a row each, with who decides, by when, how risky it is and how long it takes.

In: facts, access, a proposal, hashes of what is to be seen, settings. Out: `ReviewItems` and `ItemReasons`. ``roles``,
``outside`` and ``lake`` make an ``item`` of each kind, from what ``context`` looks up and in ``words``; ``reviewers``
and ``routing`` find who decides, ``worklists`` what is done in one sitting, and ``build`` puts the rows together.
"""

from lakezones.review.items.build import BuiltItems, build, build_all
from lakezones.review.items.reviewers import Reviewers, read_reviewers
from lakezones.review.items.routing import team_names

__all__ = ["BuiltItems", "Reviewers", "build", "build_all", "read_reviewers", "team_names"]
