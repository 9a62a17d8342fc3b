"""What reviewers look at and decide, and what a scan left out or could not read."""

from typing import Final

import dataframely as dy

from lakezones.model.tables.fields import choice, count, text

REVIEW_KINDS: Final = ["role", "suggestion", "drop", "residual", "unused", "finding", "zone", "merge", "pilot"]
"""What can be decided on: a role, a grant that is suggested, access that a policy drops, access outside of roles, the
part of a role that nobody used, a finding, the zone and domain of containers, a merge of the layout, a pilot domain."""
PARTS: Final = ["", "member", "class", "container", "evidence"]
"""What of it: all of it, a person, a class of containers, a container, or what is known about it."""
VERDICTS: Final = ["approve", "deny", "change", "revoke", "accept", "defer"]
"""`revoke` alone ends access; `accept` is a finding's; the others shape what is proposed or leave it as it is."""
OPTIONS: Final = ["proposed", "fitted", "rename", "leave_out", "split", "merge", "move_zone", "move_domain"]
"""What of a verdict: an approval of the role as it is proposed or fitted to use; the kind of a change."""
STANDINGS: Final = [
    "undecided",
    "approved",
    "denied",
    "revoked",
    "accepted",
    "deferred",
    "waiting",
    "asserted",
    "conflicting",
    "lapsed",
]
"""Where an item stands: `waiting` for a second reviewer; `asserted` by reviewers without the evidence that the rules of
the review ask for; `conflicting` verdicts that cannot both be carried out; `lapsed`, since what was seen has grown."""
RISKS: Final = ["low", "medium", "high"]

REASONS: Final = [
    "leaver",
    "sod",
    "new_access",
    "restricted",
    "unused",
    "foreign",
    "no_owner",
    "public",
    "write",
    "lane",
    "finding",
    "doubt",
    "size",
]
"""What may be wrong with an item: a disabled account or an id that no directory knows in it, duties that meet in a
person, new access, restricted data, access that nobody used, somebody of another department than the others, data
without an owner, a container that anybody can read, write access, access that is not of the data lane, what a finding
found, a zone that is not sure, or a large number of containers."""


class Decisions(dy.Schema):
    """Decisions in force, each bound to what its reviewer saw."""

    object_kind = choice(REVIEW_KINDS, "what was decided on", key=True)
    object_id = text("id of the role, suggestion, ...", key=True)
    content_hash = text("hash of what the reviewer saw", key=True)
    decision = choice(VERDICTS, "the verdict")
    reviewer = text("who decided: the id in the directory, where there is one", key=True)
    justification = text("why, in the reviewer's words", null=True)
    decided_at = dy.Datetime(nullable=False, time_zone="UTC", time_unit="us", description="when")
    part_kind = choice(PARTS, "which part of it; empty for all of it", key=True)
    part_id = text("id of the part; empty for all of it", key=True)
    option = choice(OPTIONS, "which approval, or which change; null for other verdicts", null=True)
    detail = text("what the change needs, as JSON: the new name, the roles of a split, ...", null=True)
    effective = dy.Date(nullable=True, description="day on which access ends, or until which a risk is accepted")
    effect = text("what the decision does to access, in the words that its button said", null=True)
    access_kept = count("pairs of person and container that stay as they are", null=True)
    access_ended = count("pairs that end", null=True)
    access_added = count("pairs that are new", null=True)
    comment = text("a remark for others", null=True)
    record_id = text("its record in the audit log; null where it was made before there was one", null=True)
    batch_id = text("the submission it came with", null=True)
    source = text("where it was submitted: the id of the workspace, or of the workbook", null=True)
    ticket = text("the ticket that the reviewer gave as evidence", null=True)
    key_id = text("the key that signed the submission", null=True)
    campaign = text("the campaign it was made in", null=True)


class Seen(dy.Schema):
    """What reviewers saw, part by part, under the hash that their decisions carry."""

    object_kind = choice(REVIEW_KINDS, "what was decided on", key=True)
    object_id = text("id of the role, suggestion, ...", key=True)
    content_hash = text("hash of all parts", key=True)
    part_kind = choice(PARTS, "member, class, container or evidence", key=True)
    part_id = text("the person, class or container; of evidence, what it is about", key=True)
    level = dy.UInt8(nullable=False, max=7, description="bits of access; 0 where it has none")
    sensitivity = text("sensitivity of the container, lower case; empty where unknown or without one")
    value = text("of evidence, what was known: the risk, the conflicts, the denies, the owner; else empty")


class Content(dy.Schema):
    """What there is to see now: `Seen` without the hash."""

    object_kind = choice(REVIEW_KINDS, "what is to be decided on", key=True)
    object_id = text("id of the role, suggestion, ...", key=True)
    part_kind = choice(PARTS, "member, class, container or evidence", key=True)
    part_id = text("the person, class or container; of evidence, what it is about", key=True)
    level = dy.UInt8(nullable=False, max=7, description="bits of access; 0 where it has none")
    sensitivity = text("sensitivity of the container, lower case; empty where unknown or without one")
    value = text("of evidence, what is known: the risk, the conflicts, the denies, the owner; else empty")


class Changed(dy.Schema):
    """What is no longer as a reviewer saw it."""

    object_kind = choice(REVIEW_KINDS, "what was decided on", key=True)
    object_id = text("id of the role, suggestion, ...", key=True)
    content_hash = text("hash of what was seen", key=True)
    part_kind = choice(PARTS, "member, class, container or evidence", key=True)
    part_id = text("the person, class or container; of evidence, what it is about", key=True)
    change = choice(["added", "raised", "more_sensitive", "evidence", "gone", "lowered"], "what happened to it")
    lapses = dy.Bool(nullable=False, description="whether the approval of this part lapses")
    was = text("as it was seen", null=True)
    now = text("as it is", null=True)


class ReviewItems(dy.Schema):
    """What there is to decide on: a row each, with who decides, by when, and how much work it is."""

    object_kind = choice(REVIEW_KINDS, "kind", key=True)
    object_id = text("id of the role, suggestion, ...", key=True)
    content_hash = text("hash of what is to be seen; a decision names it")
    name = text("what people call it")
    sentence = text("what it is, in one sentence that could be read aloud")
    role_id = text("role that it belongs to; null where to none", null=True)
    domain = text("domain of most of its data", null=True)
    area = text("area of most of its people", null=True)
    zones = text("zones it reaches, comma separated", null=True)
    layer = text("layer of the role; null for other kinds", null=True)
    access = text("widest level: read, write, manage, in words", null=True)
    people = count("people concerned")
    containers = count("containers concerned")
    pairs = count("pairs of person and container concerned")
    new_access = count("pairs that an approval would add")
    used_share = dy.Float64(nullable=True, min=0.0, max=1.0, description="share of pairs used; null: not assessed")
    risk = choice(RISKS, "what to look at first")
    risk_reason = text("why, as a sentence; the gravest reason first")
    restricted = dy.Bool(nullable=False, description="whether it opens restricted data")
    writes = dy.Bool(nullable=False, description="whether it lets write or manage")
    needs_two = dy.Bool(nullable=False, description="whether two reviewers must agree")
    bulk = dy.Bool(nullable=False, description="whether it may be approved together with others, unopened")
    evidence = text("why it is proposed, in words")
    reviewer_id = text("who decides; null where nobody is known", null=True)
    reviewer = text("their name, or the name of the team")
    route = text("how the reviewer was found: reviewers.csv, domain owner, area, security team")
    due = dy.Date(nullable=True, description="day by which it is due; null without a campaign")
    minutes = dy.Float64(nullable=False, min=0.0, description="estimate of the reviewer's minutes")
    worklist = text(
        "worklist it is part of, each under the minutes that review.toml sets; empty where no decision is asked for"
    )


class ItemReasons(dy.Schema):
    """Why an item is risky, every reason of each, the gravest first."""

    object_kind = choice(REVIEW_KINDS, "kind", key=True)
    object_id = text("id of the role, suggestion, ...", key=True)
    place = count("0 for the gravest reason of the item, 1 for the next", key=True)
    reason = choice(REASONS, "what is wrong")
    severity = choice(RISKS, "how grave it is")
    sentence = text("what is wrong with whom or what, by name")
    subjects = dy.List(dy.String(), nullable=False, description="ids of the people, classes or containers concerned")


class Standings(dy.Schema):
    """Where each item, and each part of one that somebody decided on or that has changed, stands."""

    object_kind = choice(REVIEW_KINDS, "kind", key=True)
    object_id = text("id of the role, suggestion, ...", key=True)
    part_kind = choice(PARTS, "which part; empty for all of it", key=True)
    part_id = text("id of the part; empty for all of it", key=True)
    standing = choice(STANDINGS, "where it stands")
    verdict = choice(VERDICTS, "the verdict that stands, or would with its evidence", null=True)
    option = choice(OPTIONS, "which approval, or which change", null=True)
    detail = text("what the change needs, as JSON", null=True)
    effective = dy.Date(nullable=True, description="day on which access ends, or until which a risk is accepted")
    reviewers = dy.List(dy.String(), nullable=False, description="who decided so, sorted")
    decided_at = dy.Datetime(nullable=True, time_zone="UTC", time_unit="us", description="when, the latest")
    reason = text("why it stands so, in words; a denial's justification", null=True)


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
