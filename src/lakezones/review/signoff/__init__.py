"""What was decided on in a domain, on paper, with proofs that each decision is in the audit log.

``about`` names in each record what it is about; ``gather`` puts a domain's records together with their proofs;
``page`` writes them as HTML; ``checking`` holds a page against a checkpoint.
"""

from lakezones.review.signoff.about import NOWHERE, Naming
from lakezones.review.signoff.checking import check_signoff
from lakezones.review.signoff.gather import domains, file_name, gather
from lakezones.review.signoff.page import page

__all__ = ["NOWHERE", "Naming", "check_signoff", "domains", "file_name", "gather", "page"]
