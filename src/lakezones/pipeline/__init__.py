"""A workspace that runs the stages."""

from lakezones.pipeline.workspace import JOURNAL, Workspace

__all__ = ["JOURNAL", "Workspace"]
