"""Verify: replays a plan on the facts and proves, class by class, that access holds at every step.

In: `Facts`, `Access`, `Proposal`, `Plan`, decisions. Out: `Proof`. Of `lakezones.plan` it imports the step records
alone: who builds plans shares no code with who checks them.
"""

from lakezones.verify.prove import prove

__all__ = ["prove"]
