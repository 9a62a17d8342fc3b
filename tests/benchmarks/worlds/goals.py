"""What proposals must reach on worlds: each goal with its figure from the rows of development and of reporting worlds.

In: rows by part, as `tests.benchmarks.worlds.run` gives them. Out: a row per goal.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import mean, median
from typing import Final

Row = dict[str, object]
Rows = list[Row]
Figure = Callable[[Rows], float | None]
Where = Callable[[Row], bool]
MANY_SURE: Final = 200
LONG_LOG: Final = 400


@dataclass(frozen=True)
class Goal:
    """A figure of one part's rows and what it must be: at least `least`, at most `most`, or only shown."""

    text: str
    part: str
    figure: Figure
    least: float | None = None
    most: float | None = None

    def met(self, figure: float | None) -> bool | None:
        """Whether the goal is met; None where nothing was measured or asked."""
        if figure is None or (self.least is None and self.most is None):
            return None
        # Figures are floats; what is met but for the last digit is met.
        return (self.least is None or figure >= self.least - 1e-9) and (self.most is None or figure <= self.most + 1e-9)


def number(row: Row, name: str) -> float:
    """A figure of a row."""
    return float(str(row[name]))


def over(pick: Callable[[Iterable[float]], float], name: str, where: Where = lambda _: True) -> Figure:
    """`pick` of a column over the rows where something holds."""

    def figure(rows: Rows) -> float | None:
        values = [number(row, name) for row in rows if where(row) and row.get(name, "") != ""]
        return pick(values) if values else None

    return figure


def pooled(name: str, weight: Callable[[Row], float], where: Where = lambda _: True) -> Figure:
    """A share over all worlds together."""

    def figure(rows: Rows) -> float | None:
        parts = [(number(row, name), weight(row)) for row in rows if where(row) and row.get(name, "") != ""]
        total = sum(share for _, share in parts)
        return sum(value * share for value, share in parts) / total if total else None

    return figure


def by(name: str) -> Callable[[Row], float]:
    """A column as a weight."""
    return lambda row: number(row, name)


def sure(row: Row) -> float:
    """Sure containers of a world."""
    return number(row, "sure") * number(row, "n")


def ours(row: Row) -> bool:
    """A row of lakezones itself."""
    return row["method"] == "ours"


def layered(row: Row) -> bool:
    """A row of lakezones on a world of layers."""
    return ours(row) and row["layered"] is True


def method(name: str) -> Where:
    """Rows of another method on worlds of layers."""
    return lambda row: row["method"] == name and row["layered"] is True


def known(row: Row) -> bool:
    """A row of roles whose people are known from the truth."""
    return row["method"] == "ceiling"


def flat(row: Row) -> bool:
    """A row of lakezones on a world of flat jobs."""
    return ours(row) and row["layered"] is False


def knowable(row: Row) -> bool:
    """A world in which something leads to areas."""
    return row["knowable"] is True


def unknowable(row: Row) -> bool:
    """A world in which nothing does."""
    return not knowable(row)


def fitted(row: Row) -> bool:
    """A world with a log long enough and variants to approve."""
    return number(row, "days") >= LONG_LOG and number(row, "offered") > 0


def way(name: str) -> Callable[[Row], bool]:
    """Trees named in a way."""
    return lambda row: row["way"] == name


def firm(row: Row) -> bool:
    """The Firm of 50,000 containers."""
    return str(row["lake"]).startswith("firm-")


def ratio(one: Figure, other: Figure, where: Where = lambda _: True) -> Figure:
    """One figure over another."""

    def figure(rows: Rows) -> float | None:
        chosen = [row for row in rows if where(row)]
        top, below = one(chosen), other(chosen)
        return None if top is None or not below else top / below

    return figure


def above(one: Figure, other: Figure) -> Figure:
    """How much one figure is above another."""

    def figure(rows: Rows) -> float | None:
        top, below = one(rows), other(rows)
        return None if top is None or below is None else top - below

    return figure


ZONES: Final = (
    Goal("zones: median macro-F1 above the reference's", "zones", above(over(median, "f1"), over(median, "ref")), 0.02),
    Goal("zones: median macro-F1", "zones", over(median, "f1")),
    Goal(
        "zones: median macro-F1 over the ceiling's", "zones", ratio(over(median, "f1"), over(median, "ceiling")), 0.95
    ),
    Goal("zones: worst world against the reference", "zones", over(min, "lag"), -0.03),
    Goal("zones: right where sure, pooled", "zones", pooled("right", sure), 0.97),
    Goal(
        "zones: right where sure, worst world of 200 sure",
        "zones",
        over(min, "right", lambda row: sure(row) >= MANY_SURE),
        0.93,
    ),
    Goal(
        "zones: sure, worst world of half marked",
        "zones",
        over(min, "sure", lambda row: number(row, "marked") >= 0.5),
        0.5,
    ),
    Goal("zones: overruled words with direct evidence", "zones", pooled("direct", by("overruled")), 1.0),
    Goal("zones: overruled words sent to review", "zones", pooled("review", by("overruled")), 1.0),
    Goal("zones: words against a declared zone in review", "zones", pooled("clashes_review", by("clashes")), 1.0),
    Goal("trees as named: mean macro-F1", "trees", over(mean, "f1", way("as named")), 0.97),
    Goal("trees stripped: mean macro-F1", "trees", over(mean, "f1", way("stripped")), 0.80),
)
DOMAINS: Final = (
    Goal("domains: median right", "domains", over(median, "ours", knowable), 0.95),
    Goal("domains: worst world against the reference", "domains", over(min, "lag", knowable), -0.03),
    Goal("domains: worst world against the ceiling", "domains", over(min, "short", knowable), -0.05),
    Goal("domains: the same, told of other systems alone", "domains", over(min, "short2", knowable)),
    Goal("domains: not assessed or right where not knowable", "domains", over(median, "honest", unknowable), 0.95),
    Goal("domains: fewest questions where not knowable", "domains", over(min, "asked", unknowable), 1),
    Goal("domains: team names among them", "domains", over(sum, "teams"), most=0),
    Goal("domains: right where 0.9 or more", "domains", pooled("right", lambda row: number(row, "sure"))),
    Goal("domains: fewest distinct confidences", "domains", over(min, "levels", knowable)),
)
ROLES: Final = (
    Goal("roles: planted layered roles found", "roles", pooled("found", by("planted"), layered), 0.90),
    Goal("roles: the same by a simple reference", "roles", pooled("found", by("planted"), method("ref"))),
    Goal(
        "roles: the same, people known",
        "roles",
        pooled("found", by("planted"), method("ceiling")),
    ),
    Goal("roles: layered roles found just as planted", "roles", pooled("as_planted", by("planted"), layered), 0.90),
    Goal(
        "roles: the same, people known (as planted)",
        "roles",
        pooled("as_planted", by("planted"), method("ceiling")),
    ),
    Goal("roles: layered roles by composition", "roles", pooled("composed", by("planted"), layered)),
    Goal("roles: flat jobs found by composition", "roles", pooled("composed", by("planted"), flat), 0.90),
    Goal("roles: suggestions needed", "roles", pooled("needed", by("_pairs"), ours), 0.90),
    Goal("roles: a person", "roles", over(mean, "a_person", ours), most=3),
    Goal("roles: planted a person", "roles", over(mean, "meant", ours)),
    Goal("roles: what people get together and need, Jaccard", "roles", over(mean, "together", ours), 0.90),
    Goal("roles: needed access covered before approval", "roles", over(mean, "before", ours)),
    Goal("roles: needed access covered once approved", "roles", over(mean, "after", ours), 0.92),
    Goal("roles: number over planted", "roles", ratio(over(sum, "roles"), over(sum, "planted"), ours), most=1.5),
    Goal("roles: new pairs a person", "roles", over(mean, "new", ours)),
    Goal("roles: restricted cells among them", "roles", over(sum, "new_restr", ours), most=0),
    Goal("roles: promises broken", "roles", over(sum, "broken", ours), most=0),
    Goal("roles: birthright and area given to others", "roles", over(mean, "outside", layered)),
    Goal("joiners: get of what they need", "roles", pooled("got", by("joiners"), ours), 0.90),
    Goal("joiners: the same, people known", "roles", pooled("got", by("joiners"), known)),
    Goal("joiners: get beyond", "roles", pooled("beyond", by("joiners"), ours), most=0.10),
)
EXCESS: Final = (
    *(
        Goal(
            f"excess: {text}, with fitted variants over today",
            "excess",
            ratio(over(sum, f"{kind}_fitted"), over(sum, f"{kind}_today"), fitted),
            most=most,
        )
        for kind, text, most in (
            ("nobody", "containers nobody used", 0.5),
            ("idle", "what the holder does not need", 0.5),
            ("unused", "what the holder did not use", None),
        )
    ),
    Goal(
        "excess: what the holder does not need, leftovers decided as well",
        "excess",
        ratio(over(sum, "idle_decided"), over(sum, "idle_today"), fitted),
    ),
    Goal("excess: worlds with variants to approve", "excess", over(sum, "_one", fitted)),
    Goal("excess: later use that they cut off", "excess", pooled("cut", by("later"), fitted), most=0.005),
)
NAMES: Final = (
    Goal("names: mixed", "names", pooled("mixed", by("names")), most=0),
    Goal("names: running numbers", "names", pooled("numbered", by("names")), most=0.02),
    Goal("names: running numbers of resource groups", "names", pooled("g_numbered", by("g_names")), most=0.02),
    Goal("names: twice, over 64 or odd", "names", over(sum, "_bad"), most=0),
)
HEAVY: Final = (
    Goal("the Firm: seconds", "heavy", over(max, "seconds", firm), most=15),
    Goal("the Firm: seconds of the processor", "heavy", over(max, "cpu_seconds", firm)),
    Goal("the Firm: memory, MB", "heavy", over(max, "memory_mb", firm), most=2048),
    Goal("the Firm: 100 roles above flat greedy", "heavy", above(over(max, "covered"), over(max, "greedy")), 0.0),
    Goal("the Firm: covered by 100 roles (aim 0.92)", "heavy", over(max, "covered", firm)),
    Goal("the Firm: of it by lasting roles", "heavy", over(max, "by_lasting", firm)),
    Goal("the Firm: lasting roles a person", "heavy", over(max, "a_person", firm), most=3),
    Goal("large worlds: most seconds", "heavy", over(max, "seconds")),
    Goal("large worlds: most memory, MB", "heavy", over(max, "memory_mb")),
)
FAILURES: Final = (Goal("parts of worlds that failed", "failures", lambda rows: float(len(rows)), most=0),)
GOALS: Final = (*FAILURES, *ZONES, *DOMAINS, *ROLES, *EXCESS, *NAMES, *HEAVY)


def summary(dev: Mapping[str, Rows], report: Mapping[str, Rows]) -> list[dict[str, object]]:
    """A row per goal: what is wanted, the figure on development and on reporting worlds, whether the latter is it."""
    rows: list[dict[str, object]] = []
    for goal in GOALS:
        ours_dev, figure = (goal.figure(found.get(goal.part, [])) if found else None for found in (dev, report))
        wanted = "" if goal.least is None else f"at least {goal.least:g}"
        wanted = wanted if goal.most is None else f"at most {goal.most:g}"
        met = goal.met(figure)
        rows.append(
            {
                "goal": goal.text,
                "wanted": wanted,
                "development": written(ours_dev),
                "reporting": written(figure),
                "": "" if met is None else "met" if met else "MISSED",
            }
        )
    return rows


def written(figure: float | None) -> str:
    """A figure as people read it.

    Examples
    --------
    >>> written(0.97349), written(12.0), written(None)
    ('0.973', '12', '-')
    """
    if figure is None:
        return "-"
    return f"{figure:,.0f}" if figure == round(figure) else f"{figure:,.3f}"
