"""Scan: the only stage that talks to the outside. It reads, never writes, and interprets nothing.

In: sources (a capture folder, ``azurite``, a storage account's address). Out: a `ScanResult` with raw tables,
rejected rows, gaps and how complete each read was. A failed read is a gap, never an empty table.
"""

from lakezones.scan.context import Selection
from lakezones.scan.merge import merge_onto
from lakezones.scan.result import Gap, Outcome, Reading, ScanResult
from lakezones.scan.run import check, scan
from lakezones.scan.settings import ScanSettings

__all__ = ["Gap", "Outcome", "Reading", "ScanResult", "ScanSettings", "Selection", "check", "merge_onto", "scan"]
