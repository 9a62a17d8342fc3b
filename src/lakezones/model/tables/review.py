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


class Sheet(dy.Schema):
    """The sheet that reviewers get: a row per role, each followed by the suggestions that would complete it."""

    object_kind = text("role or suggestion")
    object_id = text("id of the role or suggestion")
    content_hash = text("hash of what is reviewed; leave as it is")
    name = text("name of the role; of a suggestion, the role it completes", null=True)
    person = text("who would gain, with the id; empty for a role", null=True)
    principal_id = text("id of who would gain; empty for a role", null=True)
    domain = text("domain of most of its content", null=True)
    access = text("widest level", null=True)
    members = dy.Int64(nullable=True, description="people")
    containers = dy.Int64(nullable=True, description="containers")
    new_access = dy.Int64(nullable=True, description="pairs of person and container that nobody holds today")
    risk = text("what to look at first", null=True)
    evidence = text("why it is proposed; of a suggestion also what it opens", null=True)
    decision = text("approve, deny or defer; empty is undecided", null=True)
    reviewer = text("who decides", null=True)
    justification = text("why; required for a denial", null=True)


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
