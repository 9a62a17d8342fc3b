"""Verify: replays a plan on the facts and proves, class by class, that access holds at every step.

In: `Facts`, `Access`, `Proposal`, `Plan`, decisions with what they are held against. Out: `Proof`. Of
`lakezones.plan` it imports the step records alone: who builds plans shares no code with who checks them.

``prove`` settles the claims. What the plan says: ``acts`` (each step item by item), ``form``, ``said`` and ``order``
(which need no replay), ``places``, ``limits``. What was decided: ``rulings`` (which decisions are in force),
``outcome`` (what they must end in), ``approvals`` (of new access), ``decided`` (what nobody approved) and ``roles``
(whether they come to be so). The replay: ``cohorts``, ``grants``, ``wide``, ``model`` and ``joint`` (where it starts),
``state`` (each step), ``checks`` (each state). ``violations`` and ``outputs`` say what was found; ``rules`` are
Azure's, derived a second time.
"""

from lakezones.verify.prove import prove
from lakezones.verify.said import Waits

__all__ = ["Waits", "prove"]
