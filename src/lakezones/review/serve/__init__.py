"""The review as a local web page: who may ask, what they see, what they decide.

In: a ``desk``, which holds the workspace, and reviewers. Out: answers to HTTP requests of this machine alone.

``server`` listens, ``guard`` refuses what does not come from the page itself, ``sessions`` and ``door`` know who is
looking, and ``app`` says which address is answered by what. What there is to show is a ``state``; ``worklist`` puts it
in a reviewer's order, ``viewing`` makes views of it, with ``buttons`` (what can be decided), ``lapses`` (what has
changed) and ``recorded`` (what is in the log). A visit gets its reply (``replies``) from ``deciding`` (worklist, items,
drafts), ``submitting`` or ``overview`` (history, campaign, sign-offs); ``forms`` reads what is posted, ``drafting``
keeps it.
"""
