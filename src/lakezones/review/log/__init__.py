"""The audit log: records that are only ever appended, a Merkle tree over them, checkpoints and their verification."""

from lakezones.review.log.checkpoints import Checkpoint, all_of, checkpoint
from lakezones.review.log.records import append, carry, read, root
from lakezones.review.log.verifying import LogVerdict, verify

__all__ = ["Checkpoint", "LogVerdict", "all_of", "append", "carry", "checkpoint", "read", "root", "verify"]
