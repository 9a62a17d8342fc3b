"""The review as a local web page: who may ask, what they see, what they decide.

In: a desk (`desk`), which holds the workspace, and reviewers. Out: answers to HTTP requests of this machine alone.
``guard`` refuses what does not come from the page itself, ``sessions`` knows who is looking, ``server`` listens.
"""
