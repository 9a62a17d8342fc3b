"""Plan: from a proposal and its decisions to steps, items, waves and limits; pure, frames in and frames out.

In: `Facts`, `Access`, `Proposal` and the decisions of reviewers. Out: `Plan`. Anyone can replay it from ``plan.csv``
and ``items.parquet`` alone; `lakezones.verify` does, and shares nothing with this package but the step records.

In the order of the work: ``build`` calls the rest. What may be done: ``approve`` (the approved part of a proposal),
``approvals`` (of suggestions), ``complete`` with ``carriers`` and ``denied`` (what approved suggestions become). What
follows from it: ``endstate`` with ``groups``, ``removals``, ``unseen`` and ``waves``. The steps: ``inplace`` (phase A)
and ``move`` (phase B), written by ``writer`` as the records of ``steps``; ``counts`` holds them against the limits.
``settings`` and ``outputs`` are the stage's own.
"""
