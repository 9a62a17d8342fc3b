"""What stands of a role today, and what is suggested to complete it, against rules made by hand."""

from lakezones.propose.roles.complete import Completer
from lakezones.propose.roles.constraints import Rules
from lakezones.propose.roles.units import RequestMatrix


def completer(
    *rows: int, restricted: int = 0, refused: list[int] | None = None, used: list[int] | None = None, **options: object
) -> Completer:
    """People by the bits of the four units they hold."""
    columns = [sum(1 << p for p, row in enumerate(rows) if row >> unit & 1) for unit in range(4)]
    matrix = RequestMatrix(
        people=[f"p{k}" for k in range(len(rows))],
        units=[(f"E{k}", "", 0) for k in range(4)],
        contents=[((f"c{k}", 1),) for k in range(4)],
        rows=list(rows),
        columns=columns,
        wanted=columns,
    )
    rules = Rules(
        matrix=matrix,
        keys=[()] * 4,
        classes=[frozenset({f"c{k}"}) for k in range(4)],
        restricted=restricted,
        sides=options.get("sides", []),  # type: ignore[arg-type]
        apart={},
        min_members=3,
        min_classes=1,
    )
    return Completer(
        rules=rules,
        refused=refused or [0] * len(rows),
        used=used,
        suggest=bool(options.get("suggest", True)),
    )


FIVE = (0b1111, 0b1111, 0b1111, 0b1111, 0b0111)


def test_who_lacks_something_is_a_candidate_and_nothing_is_new_today() -> None:
    done = completer(*FIVE).complete(0b11111, 0b1111)
    assert done is not None
    assert done.lacking == [(4, 3)]
    assert (done.people, done.units) == (0b11111, 0b1111)
    assert all(FIVE[p] & done.role.units == done.role.units for p in range(5) if done.role.people >> p & 1)


def test_nobody_is_suggested_what_is_restricted_refused_or_unused() -> None:
    for options in (
        {"restricted": 0b1000},
        {"refused": [0, 0, 0, 0, 0b1000]},
        {"used": [0b11111, 0b11111, 0b11111, 0]},
        {"suggest": False},
    ):
        done = completer(*FIVE, **options).complete(0b11111, 0b1111)  # type: ignore[arg-type]
        assert done is not None
        assert done.lacking == []


def test_suggestions_of_two_roles_do_not_bring_duties_together() -> None:
    rows = (0b0011, 0b0011, 0b0011, 0b0001, 0b1100, 0b1100, 0b1100)
    both = completer(*rows[:3], 0b0101, *rows[4:], sides=[("pay", 0b0010, 0b1000)])
    first = both.complete(0b0001111, 0b0011)
    assert first is not None
    assert first.lacking == [(3, 1)]
    second = both.complete(0b1111000, 0b1100)
    assert second is not None
    assert second.lacking == [], "the other duty was suggested already"


def test_too_few_people_make_no_role() -> None:
    assert completer(0b1, 0b1, 0b10, 0b10).complete(0b1111, 0b11) is None
