"""Decisions of reviewers, and what a scan left out or could not read."""

import dataframely as dy

from lakezones.model.tables.fields import choice, count, text


class Decisions(dy.Schema):
    """Decisions of reviewers, each bound to what was seen by its content hash."""

    object_kind = choice(["role", "suggestion", "residual", "zone", "layout", "pilot"], "what was decided on", key=True)
    object_id = text("id of the role, suggestion, ...", key=True)
    content_hash = text("hash of what the reviewer saw; another hash lapses the decision", key=True)
    decision = choice(["approve", "deny", "defer"], "the outcome")
    reviewer = text("who decided", key=True)
    justification = text("why, in the reviewer's words", null=True)
    decided_at = dy.Datetime(nullable=False, time_zone="UTC", time_unit="us", description="when")


class Rejected(dy.Schema):
    """Rows of input that could not be taken, with where and why."""

    table = text("table the row was meant for")
    file = text("file it came from")
    line = count("line in a CSV (header is 1), row number in Parquet", null=True)
    reason = text("why it was rejected")
    row = text("the row as JSON")


class Gaps(dy.Schema):
    """Reads that failed: what is not known."""

    source = text("source that was read: containers, acls, ...")
    object_id = text("what could not be read; empty for the source as a whole")
    code = text("status or error code")
    reason = text("in words, with the permission that is missing where that is the cause")
