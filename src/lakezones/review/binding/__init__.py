"""What reviewers see, bound to their decisions by a hash, and what has changed since."""

from lakezones.review.binding.changed import changed
from lakezones.review.binding.content import Contents, content
from lakezones.review.binding.hashes import hashes
from lakezones.review.binding.seen import seen

__all__ = ["Contents", "changed", "content", "hashes", "seen"]
