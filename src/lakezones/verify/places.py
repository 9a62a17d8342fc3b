"""Where containers lie and where a plan puts them: every place named in full, known, and as the layout has it.

In: facts, the layout, what steps act on. Out: the account of every container of the scan, and violations. Names are
taken from the scan and the plan, never from what made the plan.
"""

import polars as pl

from lakezones.model.frames import Facts, Proposal
from lakezones.model.places import is_account_name, is_container_name, split_place
from lakezones.plan.steps import MOVES
from lakezones.verify.violations import Violation


def source_accounts(facts: Facts) -> dict[str, str]:
    """Account of every listed container of which it is certain, in lower case."""
    scanned = {name.lower() for name in facts.table("accounts")["account"]}
    found = {}
    for container, stated in facts.table("containers").select("container", "account").iter_rows():
        before, slash, _ = container.partition("/")
        said = {name.lower() for name in (stated, before if slash else None) if name}
        said = said or (scanned if len(scanned) == 1 else set())
        if len(said) == 1:
            found[container] = said.pop()
    return found


def misplaced(rows: pl.DataFrame, facts: Facts, proposal: Proposal) -> list[Violation]:
    """Places of a plan that are no places, that nobody scanned, or that the layout does not name.

    Parameters
    ----------
    rows
        As `lakezones.verify.acts.acts` gives them.
    """
    layout = {
        container: "/".join(part for part in (account or "", name or "", (path or "").strip("/")) if part)
        for container, account, name, path in proposal.layout.filter(disposition="migrate")
        .select("container", "target_account", "target_container", "target_path")
        .iter_rows()
    }
    moved = rows.filter(pl.col("action").is_in(sorted(MOVES)), pl.col("target").is_not_null())
    problems = []
    known = set(source_accounts(facts).values()) | {name.lower() for name in facts.table("accounts")["account"]}
    for container, target, step_id in moved.select("container", "target", "step_id").unique().sort(pl.all()).rows():
        wanted = layout.get(container, "where it is")
        if target != wanted:
            problems.append(Violation(f"goes to {wanted}", f"goes to {target}", step_id, container=container))
    making = pl.col("action").is_in(["create_container", "create_folder"])
    granting = pl.col("action").is_in(["grant", "revoke"]) & pl.col("path").is_not_null()
    made = rows.filter(making | granting).select("step_id", place="container")
    places = pl.concat([moved.select("step_id", place="target"), made]).unique().sort(pl.all(), nulls_last=True)
    return problems + [
        Violation(f"a container of a scanned account ({what})", str(place), step_id)
        for step_id, place in places.iter_rows()
        if (what := _wrong(place, known))
    ]


def _wrong(place: str | None, known: set[str]) -> str:
    """What is wrong with a place; empty where nothing is."""
    account, name, _ = split_place(place or "")
    if not is_account_name(account):
        return "no account has that name"
    if account not in known:
        return "the account was not scanned"
    return "" if is_container_name(name) else "no container has that name"
