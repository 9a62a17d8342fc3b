"""Everything that a reviewer wants to see of one item, worked out from the tables of the stages.

In: facts, access, a proposal, policies. Out: frozen dataclasses of tuples that a page or a sheet prints as they are:
``cards`` (what items have in common), ``role_cards``, ``item_cards``. ``dossiers`` makes them by id, ``defects`` finds
what should be looked at first. Both ask ``known``, which prepares ``people``, ``places`` and ``use`` once. Of a role,
``content`` is what it opens, ``members`` who is in it, ``beside`` what stands beside it, ``picture`` its block in the
matrix. ``outside`` is access outside of roles, ``asked`` are the other items. ``changing`` is what checks of changes
ask beyond.
"""

from lakezones.review.dossier.cards import (
    ClassCard,
    DefectCard,
    PersonCard,
)
from lakezones.review.dossier.defects import DEFECT_KINDS, defects
from lakezones.review.dossier.dossiers import Dossiers
from lakezones.review.dossier.known import Known
from lakezones.review.dossier.role_cards import MemberCard, RoleDossier

__all__ = [
    "DEFECT_KINDS",
    "ClassCard",
    "DefectCard",
    "Dossiers",
    "Known",
    "MemberCard",
    "PersonCard",
    "RoleDossier",
    "defects",
]
