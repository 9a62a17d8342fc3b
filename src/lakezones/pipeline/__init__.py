"""A workspace that runs the stages.

- ``base``, ``workspace``: settings and manifests; the stages, one after the other
- ``recording``, ``planting``, ``bound``, ``deciding``, ``reviewing``: the layers of a workspace under review, from the
  log up
- ``serving``, ``workbooks``, ``federating``: decisions from the page, from workbooks, from other workspaces
- ``auditing``, ``signoffs``, ``campaigning``: the log held against checkpoints, pages to sign, how closely was looked
"""

from lakezones.pipeline.workspace import JOURNAL, Workspace

__all__ = ["JOURNAL", "Workspace"]
