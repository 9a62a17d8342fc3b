"""New access that a plan may and must grant: the approved suggestions, read from the decisions themselves.

In: facts, access, proposal, what reviewers said and what it ends in, policies; what steps say they were approved for.
Out: `Due`, and steps that name what is not due. Nothing here looks at what the plan made of the decisions.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import polars as pl

from lakezones.model.duties import Duties
from lakezones.model.frames import Access, Facts, Plan, Proposal
from lakezones.model.policies import SodPair
from lakezones.model.suggestions import described
from lakezones.model.words import counted
from lakezones.verify.outcome import ReviewOutcome
from lakezones.verify.rules.acls import entries_by_path
from lakezones.verify.rules.assignments import assignments_in_force
from lakezones.verify.rules.memberships import active_memberships
from lakezones.verify.rulings import Rulings
from lakezones.verify.violations import Violation


@dataclass(frozen=True, slots=True)
class Cell:
    """What one approved suggestion gives; ``without`` are containers of the class that it does not."""

    suggestion_id: str
    principal_id: str
    class_id: str
    level: int
    role_id: str = ""
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Due:
    """Approved suggestions.

    Attributes
    ----------
    cells
        Those that the plan grants, by suggestion.
    others
        Suggestions decided on that it must not grant, with the reason.
    approvers
        Everybody who approved a suggestion.
    """

    cells: dict[str, Cell]
    others: dict[str, str]
    approvers: frozenset[str] = frozenset()

    def apart(self, suggestions: Collection[str], why: str) -> "Due":
        """The same less some, for a reason."""
        return replace(
            self,
            cells={one: cell for one, cell in self.cells.items() if one not in suggestions},
            others=self.others | dict.fromkeys(sorted(suggestions), why),
        )

    def in_words(self) -> str:
        """How many are granted, and how many are not for which reason."""
        counts = sorted(Counter(self.others.values()).items())
        aside = ", ".join(f"{count} {reason}" for reason, count in counts)
        return f"{counted(len(self.cells), 'approved suggestion')}" + (f"; aside from {aside}" if aside else "")


def due(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    rulings: Rulings | None,
    ends: ReviewOutcome,
    *,
    sod: Sequence[SodPair] = (),
) -> Due:
    """Read what reviewers approved as new; without rulings, nothing.

    A suggestion is due when its approval is in force, the role it completes comes to be, nobody denied the person as
    much of the class or less in another row, no deny assignment, no ACL entry of the person's own and nothing else at
    the source takes it away again, and no duties meet by it that stay apart.
    """
    if rulings is None:
        return Due(cells={}, others={})
    rows = described(proposal.suggestions, access.container_classes).sort("suggestion_id").rows(named=True)
    said = {row["suggestion_id"]: rulings.of("suggestion", row["suggestion_id"]) for row in rows}
    refused = [
        (row["principal_id"], row["class_id"], row["level"])
        for row in rows
        if said[row["suggestion_id"]].verdict == "deny"
    ]
    cells: dict[str, Cell] = {}
    others = {one: "not suggested any more" for one in rulings.ids("suggestion") if one not in said}
    decided = set(rulings.ids("suggestion"))
    for row in rows:
        one, person, class_id, level = row["suggestion_id"], row["principal_id"], row["class_id"], row["level"]
        if one not in decided:
            continue
        new = {
            part for (kind, part), r in rulings.parts("suggestion", one).items() if kind == "container" and r.keeps_out
        }
        if not said[one].gives:
            others[one] = said[one].why
        elif any((who, what) == (person, class_id) and least & level == least for who, what, least in refused):
            others[one] = "denied to the person in another row"
        elif not ends.carrying(row["role_id"]):
            others[one] = "without an approved role"
        elif len(new) >= row["containers"]:
            others[one] = "changed since it was decided on"
        else:
            cells[one] = Cell(one, person, class_id, level, row["role_id"], frozenset(new))
    found = Due(cells=cells, others=others, approvers=rulings.approvers)
    return _apart(found.apart(_against(found, facts, access), "that something at the source takes away"), access, sod)


def _against(found: Due, facts: Facts, access: Access) -> set[str]:
    """Suggestions that something at the source takes away, by any group they would come through.

    That is a deny assignment to the person or to a group above, an ACL entry of their own without reading, or anything
    by which they lack today what today's grants would give.
    """
    if not found.cells:
        return set()
    places: dict[str, list[str]] = {cell.class_id: [] for cell in found.cells.values()}
    for class_id, container in access.container_classes.select("class_id", "container").iter_rows():
        if class_id in places:
            places[class_id].append(container)
    denied = _denied(facts)
    own = _own_entries(facts, {container for containers in places.values() for container in containers})
    given: dict[tuple[str, str], int] = {}
    is_data = pl.col("lane") == "data"
    allowing = access.class_grants.filter(is_data, pl.col("effect") == "allow")
    for class_id, who, level in allowing.select("class_id", "grantee_id", "level").iter_rows():
        if class_id in places:
            given[class_id, who] = given.get((class_id, who), 0) | level
    held = {
        (class_id, who): level
        for class_id, who, level in access.class_access.filter(is_data)
        .select("class_id", "principal_id", "level")
        .iter_rows()
        if class_id in places
    }
    parents = _parents(facts)
    refused = set()
    for one, cell in found.cells.items():
        up, queue = {cell.principal_id}, [cell.principal_id]
        while queue:
            more = parents.get(queue.pop(), set()) - up
            up |= more
            queue += more
        names = {name for who in up for name in denied.get(who, ())}
        lacking = ~held.get((cell.class_id, cell.principal_id), 0) & cell.level
        if any(given.get((cell.class_id, who), 0) & lacking for who in up) or any(
            names & {"*", container.lower()} or (cell.principal_id, container) in own
            for container in places[cell.class_id]
        ):
            refused.add(one)
    return refused


def _parents(facts: Facts) -> dict[str, set[str]]:
    """Everyone and every group to the groups they are in now."""
    parents: dict[str, set[str]] = {}
    for group, member in active_memberships(facts):
        parents.setdefault(member, set()).add(group)
    return parents


def _denied(facts: Facts) -> dict[str, set[str]]:
    """Who is denied which containers, by name; ``*`` where a deny stands above containers."""
    denied: dict[str, set[str]] = {}
    for one in assignments_in_force(facts):
        if one.denies and one.active:
            denied.setdefault(one.principal_id, set()).update(one.places or {"*"})
    return denied


def _own_entries(facts: Facts, containers: Collection[str]) -> set[tuple[str, str]]:
    """People and containers where the person has an access ACL entry of their own that does not let them read."""
    named = pl.Series(sorted(containers), dtype=pl.String)
    entries = entries_by_path(facts).filter(
        pl.col("container").is_in(named.implode()), ~pl.col("readable"), kind="user"
    )
    return set(entries.select("grantee", "container").iter_rows())


def _apart(found: Due, access: Access, sod: Sequence[SodPair]) -> Due:
    """Take out what would bring duties together that stay apart."""
    if not sod or not found.cells:
        return found
    duties = Duties(sod, access)
    held: dict[str, dict[str, int]] = {cell.principal_id: {} for cell in found.cells.values()}
    rows = access.class_access.filter(lane="data")
    for person, class_id, level in rows.select("principal_id", "class_id", "level").iter_rows():
        if person in held:
            held[person][class_id] = level
    added: dict[str, dict[str, int]] = {}
    for cell in found.cells.values():
        reach = added.setdefault(cell.principal_id, {})
        reach[cell.class_id] = reach.get(cell.class_id, 0) | cell.level
    conflicts = {person: duties.conflicts(held[person], reach) for person, reach in added.items()}
    apart = {one for one, cell in found.cells.items() if cell.class_id in conflicts[cell.principal_id]}
    return found.apart(apart, "that would bring duties together")


def misnamed(plan: Plan, due: Due) -> list[Violation]:
    """Steps that name an approval that there is none of."""
    problems: list[Violation] = []
    named = plan.items.filter(pl.col("approval").is_not_null()).select("step_id", "item", "approval").sort(pl.all())
    for step_id, _, text in named.iter_rows():
        try:
            ids = json.loads(text)
        except (ValueError, RecursionError):
            ids = None
        if not isinstance(ids, list) or not ids:
            problems.append(Violation("a JSON array of approved suggestions", text, step_id))
            continue
        for one in ids:
            if one not in due.cells:
                why = due.others.get(one, "nobody decided on it") if isinstance(one, str) else "no id"
                problems.append(Violation(f"{one} is approved", why, step_id))
    for step_id, text in plan.steps.select("step_id", "after").drop_nulls().iter_rows():
        who = _approvers(text)
        problems += [Violation("somebody who approved it", one, step_id) for one in sorted(who - due.approvers)]
    return problems


def _approvers(text: str) -> set[str]:
    """Whom the state after a step names as approvers."""
    try:
        after = json.loads(text)
    except (ValueError, RecursionError):
        return set()
    who = after.get("approved_by", []) if isinstance(after, dict) else []
    return {str(one) for one in who} if isinstance(who, list) else {str(who)}
