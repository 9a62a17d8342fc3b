"""The folder a user works in, and tables as files; the only reader and writer of snapshots and stages.

From the inside out: ``text`` (delimited text and formula escapes, without frames), ``readers`` (files to text columns
with lines), ``cells`` (text columns to the types of a schema), ``tables`` (CSV for people), ``books`` and
``sheets`` (workbooks of the review, and sheets that come back), ``matrix`` and ``mined`` (access matrices of `mine`,
and their roles) know no workspace. ``files``
(whole or absent, private, locked), ``manifest`` (hashes of inputs and outputs), ``stages`` (folders of outputs),
``workspace`` (snapshots and freshness) and ``results`` (stages as bundles) are the workspace; ``pending`` keeps what
reviewers have not submitted beside it.
"""
