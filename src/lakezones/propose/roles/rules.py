"""Rules of membership: beside each role how one comes to it and leaves it, and whom a rule would add and miss.

In: roles, the directory, the last reviewed roles, settings. Out: `RoleRules` and `RoleRulePeople`. A rule is
proposed and nothing more: whom it would add gains access by an approval of that row alone, and whom it would miss keeps
what they have.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.attributes import Attributes, tally
from lakezones.model.frames import Facts
from lakezones.model.words import counted
from lakezones.propose.roles.entry import Entry, EntrySettings

if TYPE_CHECKING:
    from lakezones.propose.roles.carry import Earlier
    from lakezones.propose.roles.choose import ProposedRole

BY_RULE: Final = ("birthright", "area", "job")
"""Layers whose people a rule over attributes may find."""

ENTRA: Final = {"department": "department", "title": "jobTitle"}
"""Attributes as dynamic membership rules of Entra call them: case is ignored, quotes are escaped by a backtick, single
ones doubled. https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership"""

LONGEST_CONDITION: Final = 3_072
"""Characters of such a rule, at most (the same page)."""

_MOVED: Final = "moved on, or a second job"

_ON_STAFF: Final = '(user.accountEnabled -eq true) and (user.userType -eq "Member")'


@dataclass(frozen=True, kw_only=True)
class MembershipRule:
    """Who belongs: the bank's own staff with one of the values of each attribute named.

    Attributes
    ----------
    area
        The business area that the departments are those of; for people.
    departments, titles
        Values as the directory spells them; empty where any will do.
    """

    area: str | None = None
    departments: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """The rule for people."""
        said = []
        if self.area and len(self.departments) > 1:
            said.append(f"area is {self.area} ({counted(len(self.departments), 'department')})")
        elif self.departments:
            said.append(f"department is {' or '.join(self.departments)}")
        if self.titles:
            said.append(f"title is {' or '.join(self.titles)}")
        return " and ".join(["on the bank's own staff", *said])

    @property
    def condition(self) -> str | None:
        """The rule as a dynamic membership rule of Entra; None where it would be longer than Entra takes."""
        parts = [_ON_STAFF]
        for attribute, values in (("department", self.departments), ("title", self.titles)):
            quoted = ['"' + value.replace('"', '`"').replace("'", "''") + '"' for value in values]
            if len(quoted) == 1:
                parts.append(f"(user.{ENTRA[attribute]} -eq {quoted[0]})")
            elif quoted:
                parts.append(f"(user.{ENTRA[attribute]} -in [{', '.join(quoted)}])")
        whole = " and ".join(parts)
        return whole if len(whole) <= LONGEST_CONDITION else None


@dataclass(frozen=True, kw_only=True)
class Roster:
    """Who may be in a role by rule, and what the directory says of everybody.

    Attributes
    ----------
    attributes
        Departments, titles and areas.
    staff
        People of the bank's own staff whose account is not disabled.
    why_not
        Why others are in no role by rule.
    assessed
        Whether there is a directory at all; without one there are no rules.
    """

    attributes: Attributes
    staff: frozenset[str]
    why_not: Mapping[str, str]
    assessed: bool = True
    _having: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        for name in ("department", "title", "area"):
            for person, value in getattr(self.attributes, name).items():
                if person in self.staff:
                    self._having[name, value.casefold()].add(person)

    def having(self, name: str, value: str) -> AbstractSet[str]:
        """People of the staff with this value, in any case of letters."""
        return self._having.get((name, value.casefold()), set())

    def matching(self, rule: MembershipRule) -> AbstractSet[str]:
        """People whom a rule finds."""
        found: AbstractSet[str] = self.staff
        for name, values in (("department", rule.departments), ("title", rule.titles)):
            if values:
                found = found & set().union(*(self.having(name, value) for value in values))
        return found

    def spellings(self, name: str, people: Iterable[str]) -> tuple[str, ...]:
        """Values of an attribute among some people, each once whatever its case, in alphabetical order."""
        values = sorted({getattr(self.attributes, name)[p] for p in people if p in getattr(self.attributes, name)})
        return tuple(sorted({value.casefold(): value for value in reversed(values)}.values()))

    def rule(self, area: str | None, department: str | None, title: str | None) -> MembershipRule | None:
        """The rule of a role recognised by these; None where nobody of the staff has them."""
        departments: tuple[str, ...] = (department,) if department else ()
        if area and not department:
            departments = self.spellings("department", self.having("area", area))
            if not departments:
                return None
        return MembershipRule(
            area=None if department else area, departments=departments, titles=(title,) if title else ()
        )

    def differs(self, person: str, rule: MembershipRule) -> str:
        """Why a rule does not find a person, in words."""
        if person not in self.staff:
            return self.why_not.get(person, "not in the directory")
        said = []
        for name, values in (("department", rule.departments), ("title", rule.titles)):
            own = getattr(self.attributes, name).get(person)
            if values and (own is None or person not in set().union(*(self.having(name, one) for one in values))):
                wanted = f"in {rule.area}" if name == "department" and rule.area else values[0]
                said.append(f"has no {name}" if own is None else f"{name} is {own}, not {wanted}")
        return " and ".join(said)


def read_roster(facts: Facts, attributes: Attributes, external: AbstractSet[str]) -> Roster:
    """People of the directory as rules see them."""
    staff, why_not = set(), {}
    columns = ["principal_id", pl.col("kind").cast(pl.String).fill_null("user"), "enabled"]
    for person, kind, enabled in facts.table("principals").select(columns).iter_rows():
        if kind != "user":
            why_not[person] = f"is a {kind.replace('_', ' ')}, not a person"
        elif enabled is False:
            why_not[person] = "account is disabled"
        elif person in external:
            why_not[person] = "external staff are in no role by rule"
        else:
            staff.add(person)
    assessed = facts.assessed("principals")
    return Roster(attributes=attributes, staff=frozenset(staff), why_not=why_not, assessed=assessed)


def propose_rules(
    roles: Sequence["ProposedRole"],
    whole: Mapping[str, AbstractSet[str]],
    cells: pl.DataFrame,
    roster: Roster,
    *,
    settings: EntrySettings,
    as_of: datetime,
    earlier: "Earlier | None" = None,
) -> tuple[dy.DataFrame[t.RoleRules], dy.DataFrame[t.RoleRulePeople]]:
    """Rules beside roles.

    Parameters
    ----------
    roles
        With ids.
    whole
        Role to its people once every suggestion is approved: what a rule is measured against.
    cells
        class_id, principal_id, level: what people hold.
    roster
        The directory.
    as_of
        From when periods count.
    earlier
        Roles of the last reviewed proposal: of those who were in them, whose attributes stopped matching is to leave.
    """
    before: dict[str, set[str]] = defaultdict(set)
    if earlier is not None:
        # Whom the rule missed then was approved all the same: nothing has stopped matching.
        missed = earlier.role_rule_people.filter(pl.col("kind").cast(pl.String) == "misses")
        matched = earlier.role_members.join(missed, on=["role_id", "principal_id"], how="anti")
        for role_id, person in matched.select("role_id", "principal_id").iter_rows():
            before[role_id].add(person)
    rules: list[dict[str, object]] = []
    people: list[tuple[str, str, str, str]] = []
    for role in sorted(roles, key=lambda one: one.role_id):
        rule, fit = _rule_of(role, whole.get(role.role_id, frozenset(role.people)), roster, settings)
        found = list(_people(role, rule, roster, before[role.role_id]))
        people += [(role.role_id, *row) for row in found]
        counts = Counter(kind for _, kind, _ in found)
        rules.append(
            {
                "rule": rule.in_words if rule else _without_rule(role, roster),
                "condition": rule.condition if rule else None,
                "fit": round(fit, 6) if rule else None,
                "would_add": counts["adds"] if rule else None,
                "would_miss": counts["misses"] if rule else None,
                **_entry(role, rule, fit, roster, settings, as_of),
            }
        )
    frame = pl.DataFrame(people, schema=t.RoleRulePeople.create_empty().schema, orient="row")
    return (
        t.RoleRules.validate(pl.DataFrame(rules, schema=t.RoleRules.create_empty().schema)),
        t.RoleRulePeople.validate(_with_lack(frame, roles, cells).sort("role_id", "kind", "principal_id")),
    )


def _entry(
    role: "ProposedRole",
    rule: MembershipRule | None,
    fit: float,
    roster: Roster,
    settings: EntrySettings,
    as_of: datetime,
) -> dict[str, object]:
    """How one comes to a role and leaves it, and who answers for its data."""
    by_rule = rule is not None and (role.layer in ("birthright", "area") or fit >= settings.fit)
    entry: Entry = getattr(settings, "job_by_request" if role.layer == "job" and not by_rule else role.layer)
    owners = tally(role.content, roster.attributes.owners)
    return {
        "role_id": role.role_id,
        "layer": role.layer,
        "by_rule": by_rule,
        "entry": entry.entry,
        "leave": entry.leave,
        "approvers": entry.approvers,
        "expiry": _expiry(role.layer, entry, as_of),
        "owner": min(owners, key=lambda name: (-owners[name], name)) if owners else None,
    }


def _rule_of(
    role: "ProposedRole", people: AbstractSet[str], roster: Roster, settings: EntrySettings
) -> tuple[MembershipRule | None, float]:
    """The rule of a role and how well it fits: by what it was recognised by, else the best that is good enough."""
    if role.layer not in BY_RULE or not roster.assessed:
        return None, 0.0
    basis = role.basis
    known = basis.area, basis.department, basis.title
    rule = roster.rule(*known) if any(known) or role.layer == "birthright" else None
    fit = _fit(rule, people, roster) if rule else 0.0
    if role.layer != "job" or (rule and fit >= settings.fit):
        return rule, fit
    # A value that most of the people have, or none, for each attribute.
    values: list[list[str | None]] = []
    for name in ("area", "department", "title"):
        own = Counter(value for p in people if (value := getattr(roster.attributes, name).get(p)))
        values.append([None, *sorted(value for value, count in own.items() if 2 * count >= len(people))])
    for area, department, title in product(*values):
        if (area and department) or not (area or department or title):
            continue
        other = roster.rule(area, department, title)
        other_fit = _fit(other, people, roster) if other else 0.0
        if other and (rule is None or other_fit > fit):
            rule, fit = other, other_fit
    return (rule, fit) if rule and fit >= settings.least_fit else (None, 0.0)


def _fit(rule: MembershipRule, people: AbstractSet[str], roster: Roster) -> float:
    found = roster.matching(rule)
    return len(found & people) / max(1, len(found | people))


def _people(
    role: "ProposedRole", rule: MembershipRule | None, roster: Roster, before: AbstractSet[str]
) -> Iterator[tuple[str, str, str]]:
    """Person, kind and reason for all whom a rule would add, or miss, or who are to leave."""
    members = set(role.people)
    found = roster.matching(rule) if rule else members
    for person in sorted(found - members):
        yield person, "adds", ""
    for person in sorted((members | before) - found if rule else before):
        if person in before and (rule or person not in roster.staff):
            why = roster.differs(person, rule or MembershipRule())
            yield person, "leaves", f"was in the reviewed role; now {why}"
        elif rule:
            why = roster.differs(person, rule)
            yield person, "misses", why if person in roster.why_not or " not " not in why else f"{why}: {_MOVED}"


def _with_lack(people: pl.DataFrame, roles: Sequence["ProposedRole"], cells: pl.DataFrame) -> pl.DataFrame:
    """Rows with the reason of those whom a rule would add: how much of the role they lack."""
    contents = pl.DataFrame(
        [(role.role_id, class_id, level) for role in roles for class_id, level in role.content.items()],
        schema={"role_id": pl.String, "class_id": pl.String, "wanted": pl.UInt8},
        orient="row",
    )
    lacks = (
        people.filter(pl.col("kind").cast(pl.String) == "adds")
        .select("role_id", "principal_id")
        .join(contents, on="role_id")
        .join(cells.select("class_id", "principal_id", "level"), on=["class_id", "principal_id"], how="left")
        .group_by("role_id", "principal_id")
        .agg(
            lacks=((pl.col("wanted") & ~pl.col("level").fill_null(0)) != 0).sum(),
            classes=pl.len(),
        )
    )
    lack = (
        pl.when(pl.col("lacks") == 0)
        .then(pl.lit("has the attributes and holds all of it, outside the role"))
        .otherwise(pl.format("has the attributes and lacks {} of {} classes", "lacks", "classes"))
    )
    adds = pl.col("kind").cast(pl.String) == "adds"
    return people.join(lacks, on=["role_id", "principal_id"], how="left").select(
        "role_id", "principal_id", "kind", reason=pl.when(adds).then(lack).otherwise(pl.col("reason"))
    )


def _without_rule(role: "ProposedRole", roster: Roster) -> str:
    if role.layer in BY_RULE and not roster.assessed:
        return "none: the directory was not assessed"
    if role.layer in BY_RULE:
        return "none: no attribute of the directory sets its people apart"
    area = f" by people of {role.basis.area}" if role.basis.area else ""
    return "none: closed" if role.layer == "transitional" else f"none: on request{area}"


def _expiry(layer: str, entry: Entry, as_of: datetime) -> str | None:
    if not entry.days:
        return None
    if layer in ("project", "transitional"):
        return f"the role ends on {as_of + timedelta(days=entry.days):%Y-%m-%d}"
    return f"{entry.days} days after each approval, unless renewed"
