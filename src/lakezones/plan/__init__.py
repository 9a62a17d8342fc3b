"""Plan: from a decided target to steps, items, waves and limits; pure, frames in and frames out.

In: `Facts`, `Access` and the `Target` that reviewers decided on. Out: `Plan`. Anyone can replay it from ``plan.csv``
and ``items.parquet`` alone; `lakezones.verify` does, and shares nothing with this package but the step records. No
decision is read here: `lakezones.review.target` has read them all.

In the order of the work: ``build`` calls the rest. What follows from the target: ``endstate`` with ``groups``,
``removals``, ``unseen`` and ``waves``. The steps: ``inplace`` (phase A) with ``taking``, and ``move`` (phase B),
written by ``writer`` as the records of ``steps``; ``counts`` holds them against the limits. ``settings`` and
``outputs`` are the stage's own.
"""
