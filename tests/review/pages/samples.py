"""Views with a little in them, and with nothing."""

from datetime import UTC, date, datetime

from lakezones.review.pages.views import (
    AccessTotals,
    ActionView,
    Ask,
    CampaignView,
    Choice,
    DraftView,
    ErrorView,
    Filter,
    HistoryView,
    ItemView,
    ProgressLine,
    RecordView,
    Shell,
    SignoffList,
    SubmittedView,
    SubmitView,
    WorklistRow,
    WorklistView,
)

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
SHELL = Shell("Ann Berg", "u1", decided=3, pending=1, total=12, minutes_left=70, due=date(2026, 3, 20), as_of=NOW)
EMPTY = Shell("Ann Berg", "u1", decided=0, pending=0, total=0)


def row(number: int = 1, name: str = "Risk analysts", **changes: object) -> WorklistRow:
    values: dict[str, object] = {
        "kind": "role",
        "id": f"r{number}",
        "name": name,
        "sentence": f"{name} read market data: 24 people, 412 containers, nobody gains access",
        "risk": "low",
        "people": 24,
        "containers": 412,
        "new_access": 0,
        "used_share": 0.82,
        "standing": "undecided",
        "content_hash": "h",
        "bulk": True,
    }
    return WorklistRow(**(values | changes))  # type: ignore[arg-type]


def worklist(rows: int = 3, **changes: object) -> WorklistView:
    values: dict[str, object] = {
        "shell": SHELL,
        "rows": tuple(row(each) for each in range(rows)),
        "total": rows,
        "everything": rows,
        "undecided": rows,
        "filters": (Filter("risk", "Risk", (Choice("high", "High", 2),)),),
        "sorts": (Choice("risk", "Risk", rows, True),),
    }
    return WorklistView(**(values | changes))  # type: ignore[arg-type]


ACTIONS = (
    ActionView("approve", "Approve as proposed: 24 people keep what they have", "kept", option="proposed", key="a"),
    ActionView("approve", "Approve fitted to use", "kept", option="fitted", key="f", blocked="Nothing is unused"),
    ActionView(
        "deny",
        "Deny this role: nobody loses anything",
        "none",
        key="d",
        asks=(Ask("justification", "Reason", "area", required=True),),
    ),
)
PENDING = DraftView("7", "Role denied: nobody loses anything", "none", "role", "r1", "Risk analysts", "deny")
RECORD = RecordView("9", "Role approved as proposed", "Ann Berg", NOW, "role", "r1", "Risk analysts", "approve")


def item(**changes: object) -> ItemView:
    values: dict[str, object] = {
        "shell": SHELL,
        "row": row(kind="pilot"),
        "dossier": None,
        "actions": ACTIONS,
        "following": "role/r2",
        "worklist": worklist(),
    }
    return ItemView(**(values | changes))  # type: ignore[arg-type]


def submit(**changes: object) -> SubmitView:
    return SubmitView(**({"shell": SHELL, "pending": (PENDING,), "totals": AccessTotals(24, 0, 0)} | changes))  # type: ignore[arg-type]


SUBMITTED = SubmittedView(SHELL, "b1", NOW, 1, AccessTotals(24, 0, 0), "lakezones/review\n4\nabc=\n")
HISTORY = HistoryView(SHELL, (RECORD,), 1)
CAMPAIGN = CampaignView(SHELL, "First half of 2026", by_reviewer=(ProgressLine("Ann Berg", 3, 12),))
SIGNOFFS = SignoffList(SHELL, (ProgressLine("risk", 3, 12),))
ERROR = ErrorView(
    404, "This role is no longer proposed", "The proposal was made again", "Go back to the worklist", SHELL
)
