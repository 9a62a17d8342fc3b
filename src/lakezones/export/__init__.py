"""The plan in the formats of the tools that carry it out."""

from lakezones.export.scripts import az_script, azcopy_script

__all__ = ["az_script", "azcopy_script"]
