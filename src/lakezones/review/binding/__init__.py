"""What reviewers see, bound to their decisions by a hash, and what has changed since."""

from lakezones.review.binding.changed import changed
from lakezones.review.binding.content import Contents, content
from lakezones.review.binding.hashes import former_hashes, hashes
from lakezones.review.binding.rebind import rebound
from lakezones.review.binding.seen import carried, seen

__all__ = ["Contents", "carried", "changed", "content", "former_hashes", "hashes", "rebound", "seen"]
