"""Everything that a reviewer wants to see of one item, worked out from the tables of the stages.

In: facts, access, a proposal, policies. Out: frozen dataclasses of tuples that a page or a sheet prints as they are.
``dossiers`` makes them, ``cards`` says what they hold, ``defects`` finds what should be looked at first.
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
