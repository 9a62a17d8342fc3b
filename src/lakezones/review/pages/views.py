"""Every view of the review page as values: whoever serves them fills these in, `render` makes HTML of them.

In: nothing. Out: frozen dataclasses. Ids are as in `lakezones.model.tables.ReviewItems`; words that say what a button
does to access come from `lakezones.review.decisions.vocabulary` and are shown as they are.

What the forms of the pages post (`application/x-www-form-urlencoded`):

POST /drafts        kind, id, content_hash, verdict, option, part_kind, part_id (repeated: one draft each; absent: the
                    item itself), justification, comment, effective, and what the option needs: name (rename; of the
                    role that a split makes), split_members and split_classes (repeated: what that role takes), other
                    (merge: the other role), zone, domain; seconds: how long the item was in view; next ("kind/id" to
                    show afterwards; empty: this item again), query (of the worklist, as it is in the address)
POST /drafts/undo   draft_id (empty: the latest), shown ("kind/id" that is open), query
POST /drafts/bulk   item (repeated, "kind/id"), verdict, query, shown
POST /submit        ticket, comment, confirm (must be "yes")
POST /records/{id}/withdraw   justification

With the header `HX-Request: true` answers are fragments (`fragment=True`); without it, the whole page, or after a post
a redirection (303) to the view it came from. Going back in the browser loads the whole page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

Access = Literal["kept", "ended", "added", "none"]
"""What becomes of access, as `vocabulary.Effect.access` says."""

PAGE: Final = 100
"""Rows that a worklist shows at a time."""


@dataclass(frozen=True)
class Shell:
    """What every page shows: who is at it, how far they are, what is pending."""

    reviewer: str
    """Name of who is at the page; their verdicts are recorded under it."""
    reviewer_id: str
    decided: int
    """Items of this reviewer that are decided and submitted."""
    pending: int
    """Drafts that are not submitted yet."""
    total: int
    """Items of this reviewer."""
    minutes_left: float = 0.0
    """Estimate for what is undecided."""
    campaign: str | None = None
    due: date | None = None
    instruction: str | None = None
    """From whoever runs the campaign."""
    lapsed: int = 0
    """Decisions that lapsed since the last visit: something grew."""
    notice: str | None = None
    """What has just happened, as one sentence; said once."""
    as_of: datetime | None = None
    """When the lake was scanned."""
    measured: bool = False
    """Whether quality is kept by person: the page then says so."""


@dataclass(frozen=True)
class Choice:
    """One value of a filter, with how many items have it under the other filters."""

    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True)
class Filter:
    """One filter: its name in the address, its label, its values."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class WorklistRow:
    """One item in the worklist."""

    kind: str
    id: str
    name: str
    sentence: str
    risk: str
    people: int
    containers: int
    new_access: int
    used_share: float | None
    standing: str
    """As in `STANDINGS`."""
    pending: str | None = None
    """Words of the draft that is not submitted: "Approve as proposed"; null: none."""
    content_hash: str = ""
    risk_reason: str = ""
    domain: str | None = None
    due: date | None = None
    overdue: bool = False
    bulk: bool = False
    """Whether it may be approved with others, unopened."""
    must_open: bool = False
    """Whether it has to be opened before it can be approved."""
    opened: bool = False


@dataclass(frozen=True)
class WorklistView:
    """The list: what is asked for, and the rows of the pages up to this one."""

    shell: Shell
    rows: tuple[WorklistRow, ...]
    total: int
    """Items that the filters leave."""
    page: int = 1
    """From 1; with `fragment=True` the rows are those of this page alone, else of all pages up to it."""
    filters: tuple[Filter, ...] = ()
    q: str = ""
    sort: str = "risk"
    sorts: tuple[Choice, ...] = ()
    query: str = ""
    """The query string as it is in the address, without `page`: links to items carry it on."""
    everything: int = 0
    """Items without any filter: 0 means that there is nothing to review at all."""
    undecided: int = 0
    """Items that the filters leave and nobody has decided."""


@dataclass(frozen=True)
class Ask:
    """A field that an action needs."""

    name: str
    """Field of the form: justification, effective, name, zone, domain, other, ..."""
    label: str
    kind: Literal["text", "area", "date", "select", "people", "classes"] = "text"
    required: bool = False
    hint: str = ""
    value: str = ""
    choices: tuple[Choice, ...] = ()
    earliest: date | None = None
    error: str | None = None
    """What is wrong with what was posted."""


@dataclass(frozen=True)
class ActionView:
    """Something that can be decided: what the button says, what it does to access, what it needs."""

    verdict: str
    button: str
    """In words, with what it does to access: "Deny this role: nobody loses anything"."""
    access: Access
    option: str | None = None
    key: str | None = None
    """Key that does it: a, d, f, e; of actions with fields it opens the form."""
    asks: tuple[Ask, ...] = ()
    blocked: str | None = None
    """Why it cannot be done now: "Open it first"; shown beside the button."""
    part_kind: str = ""
    """Empty: the item as a whole; member or class: what is ticked in the table of them."""
    error: str | None = None
    kept: int | None = None
    ended: int | None = None
    added: int | None = None
    """Pairs of person and container that are kept, ended, added."""


@dataclass(frozen=True)
class DraftView:
    """A draft: decided on this page, not submitted."""

    draft_id: str
    words: str
    """What will be recorded, the words of the record."""
    access: Access
    kind: str
    id: str
    name: str
    verdict: str
    option: str | None = None
    part_kind: str = ""
    part_id: str = ""
    part_name: str = ""
    justification: str | None = None
    comment: str | None = None
    effective: date | None = None
    stale: bool = False
    """Whether the item has changed since: it will be refused, and has to be looked at again."""
    kept: int = 0
    ended: int = 0
    added: int = 0


@dataclass(frozen=True)
class RecordView:
    """A submitted decision, or its withdrawal."""

    record_id: str
    words: str
    reviewer: str
    at: datetime
    kind: str = ""
    id: str = ""
    name: str = ""
    verdict: str = ""
    access: Access = "none"
    part_name: str = ""
    justification: str | None = None
    comment: str | None = None
    ticket: str | None = None
    batch_id: str | None = None
    withdrawn: str | None = None
    """The record by which it was withdrawn."""
    withdraws: str | None = None
    may_withdraw: bool = False
    standing: str = ""
    """Where it stands now: approved, asserted, waiting, lapsed, ..."""


@dataclass(frozen=True)
class LapseView:
    """A part that is no longer as it was seen."""

    what: str
    """In words: "Ann Berg joined", "market-data-eod is now restricted"."""
    lapses: bool
    was: str | None = None
    now: str | None = None


@dataclass(frozen=True)
class ItemView:
    """One item: what is known of it, what can be decided, what was decided."""

    shell: Shell
    row: WorklistRow
    dossier: Any
    """`lakezones.review.dossier.RoleDossier` for a role, for other kinds what that package gives for them."""
    actions: tuple[ActionView, ...]
    """Of the item; those with `part_kind` are of its members or classes."""
    reviewer: str = ""
    """Who decides it."""
    route: str = ""
    due: date | None = None
    minutes: float = 0.0
    pending: tuple[DraftView, ...] = ()
    standing: tuple[RecordView, ...] = ()
    """Decisions in force."""
    reason: str | None = None
    """Why it stands so: whom it waits for."""
    history: tuple[RecordView, ...] = ()
    lapsed: tuple[LapseView, ...] = ()
    needs_two: bool = False
    posted: Mapping[str, Any] = field(default_factory=dict)
    """What was posted and refused, so that nothing has to be typed again."""
    error: str | None = None
    query: str = ""
    previous: str | None = None
    """`kind/id` of the neighbours in the worklist."""
    following: str | None = None
    worklist: WorklistView | None = None
    """The list beside it; not needed for fragments."""


@dataclass(frozen=True)
class DraftedView:
    """The answer to a draft, an undo or a bulk approval: what to show next, and the rows that changed."""

    shell: Shell
    rows: tuple[WorklistRow, ...]
    message: str
    """What has happened: "Approved, pending: Risk analysts"."""
    item: ItemView | None = None
    """What to show; null leaves what is open."""
    refused: tuple[tuple[str, str], ...] = ()
    """Name and reason of what was not taken, in bulk."""
    query: str = ""
    """Of the worklist: links of the rows carry it on."""


@dataclass(frozen=True)
class AccessTotals:
    """Pairs of person and container by what becomes of their access."""

    kept: int = 0
    ended: int = 0
    added: int = 0


@dataclass(frozen=True)
class SubmitView:
    """Everything pending, before it is submitted."""

    shell: Shell
    pending: tuple[DraftView, ...]
    totals: AccessTotals
    ticket: str = ""
    comment: str = ""
    signs: str | None = None
    """Name of the key that will sign; null where none is configured."""
    needs_evidence: int = 0
    """Drafts that stay *asserted* without a ticket or a signature."""
    error: str | None = None
    source: str = ""


@dataclass(frozen=True)
class SubmittedView:
    """What was submitted, and the checkpoint for the change ticket."""

    shell: Shell
    batch_id: str
    at: datetime
    accepted: int
    totals: AccessTotals
    checkpoint: str
    """Three lines: origin, size, root."""
    signed_by: str | None = None
    refused: tuple[tuple[str, str], ...] = ()
    """Name and reason of what was not taken; it stays pending."""
    asserted: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class HistoryView:
    """All records, the newest first."""

    shell: Shell
    records: tuple[RecordView, ...]
    total: int
    page: int = 1
    filters: tuple[Filter, ...] = ()
    q: str = ""
    query: str = ""
    file: str = "review/audit.jsonl"
    """The file with all of it."""


@dataclass(frozen=True)
class ProgressLine:
    """A line of progress: of a reviewer, of a domain."""

    name: str
    decided: int
    total: int
    overdue: int = 0
    minutes_left: float = 0.0
    query: str = ""
    """Worklist with these items."""


@dataclass(frozen=True)
class CampaignView:
    """How the campaign goes: by reviewer, by domain, and the quality of it."""

    shell: Shell
    name: str
    opened: date | None = None
    due: date | None = None
    instruction: str = ""
    by_reviewer: tuple[ProgressLine, ...] = ()
    by_domain: tuple[ProgressLine, ...] = ()
    quality: tuple[tuple[str, str, str], ...] = ()
    """Measure, value, what it means."""
    by_person: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Only where `review.toml` switches it on."""
    by_person_columns: tuple[str, ...] = ()
    untouched: tuple[tuple[str, str, int], ...] = ()
    """What the plan will leave alone: name, why, containers."""
    domains: tuple[str, ...] = ()
    """Domains with a sign-off."""


@dataclass(frozen=True)
class SignoffList:
    """Sign-offs by domain: where to read and print them."""

    shell: Shell
    domains: tuple[ProgressLine, ...]


@dataclass(frozen=True)
class ErrorView:
    """What went wrong: what, why, what to do."""

    status: int
    title: str
    """What, as a sentence: "This role is no longer proposed"."""
    why: str = ""
    hint: str = ""
    shell: Shell | None = None
    back: str = "/"
