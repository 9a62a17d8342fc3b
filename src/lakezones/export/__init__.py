"""The plan in the formats of the tools that carry it out."""

from lakezones.export.outputs import FORMATS, outputs
from lakezones.export.scripts import az_script, azcopy_script

__all__ = ["FORMATS", "az_script", "azcopy_script", "outputs"]
