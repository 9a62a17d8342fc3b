"""The decided target: a proposal and what reviewers said of it become what is to be carried out.

In: facts, access, proposal, standings. Out: `lakezones.model.frames.Target`. ``decide`` calls the rest: ``said`` (where
items and parts stand), ``apart`` (classes of which a part was decided on), ``roles`` (with their changes), ``rest``
(exceptions, drops), ``suggestions`` with ``denied`` (which approvals are granted), ``completing`` with ``carriers``
(how), ``layout`` (zones, domains, what is not brought together), ``staying`` and ``untouched`` (what nothing is done
for, and why). ``standing`` is for the proof, ``outputs`` are its files.
"""

from lakezones.review.target.decide import decide

__all__ = ["decide"]
