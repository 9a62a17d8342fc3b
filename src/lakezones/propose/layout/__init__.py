"""Layout: where every container goes and how access is enforced there, exposing nothing new."""

from lakezones.propose.layout.propose import LayoutResult, propose_layout
from lakezones.propose.layout.settings import LayoutSettings

__all__ = ["LayoutResult", "LayoutSettings", "propose_layout"]
