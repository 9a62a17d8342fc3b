"""What was decided on in a domain, on paper, with proofs that each decision is in the audit log.

``about`` names in each record what it is about; ``gather`` puts a domain's records together with their proofs;
``page`` writes them as HTML; ``checking`` holds a page against a checkpoint.
"""

from lakezones.review.signoff.about import NOWHERE, Naming
from lakezones.review.signoff.checking import check_signoff
from lakezones.review.signoff.gather import Gathering, file_name
from lakezones.review.signoff.page import page

__all__ = ["NOWHERE", "Gathering", "Naming", "check_signoff", "file_name", "page"]
