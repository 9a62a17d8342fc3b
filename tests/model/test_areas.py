"""Departments as banks write them fold to business areas; what says nothing stays unknown."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.model.areas import fold_departments, read_areas
from lakezones.model.frames import Facts

AREAS = ["Risk", "Retail Banking", "Corporate Banking", "Treasury", "Human Resources", "Legal & Compliance", "Crédit"]
UNITS = ["Cards", "Loans", "Ops", "Rates", "FX", "Onboarding"]


def areas_of(names: list[str], lookup: dict[str, str] | None = None) -> dict[str, str | None]:
    return {name: area for name, (area, _) in fold_departments(dict.fromkeys(names, 3), lookup).items()}


STYLES = {
    "area team 07": lambda area, i, unit: f"{area} team {i:02d}",
    "area / unit 07": lambda area, i, unit: f"{area} / Unit {i:02d}",
    "area - unit": lambda area, i, unit: f"{area} - {unit}",
    "area-unit": lambda area, i, unit: f"{area}-{unit}",
    "area > unit": lambda area, i, unit: f"{area} > {unit}",
    "area | unit": lambda area, i, unit: f"{area} | {unit}",
    "area, unit": lambda area, i, unit: f"{area}, {unit}",
    "area unit": lambda area, i, unit: f"{area} {unit}",
    "bank / area / unit": lambda area, i, unit: f"Bank AG / {area} / {unit}",
    "unit > area": lambda area, i, unit: f"{unit} {area[:1]} > {area}",
}


@pytest.mark.parametrize("style", STYLES)
def test_every_style_folds_to_the_areas(style: str) -> None:
    names = {STYLES[style](area, i, unit): area for area in AREAS for i, unit in enumerate(UNITS)}
    assert areas_of(list(names)) == names


def test_a_short_flat_list_is_the_areas_themselves() -> None:
    assert areas_of(AREAS) == {area: area for area in AREAS}
    assert all(team is None for _, team in fold_departments(dict.fromkeys(AREAS, 1)).values())


def test_case_punctuation_and_accents_make_no_new_area_and_the_common_spelling_is_kept() -> None:
    counts = {"Crédit": 9, "CREDIT": 1, "credit.": 1, "Risk": 5, "RISK team 2": 1, "Treasury": 5}
    folded = fold_departments(counts)
    assert {folded[name][0] for name in ("Crédit", "CREDIT", "credit.")} == {"Crédit"}
    assert folded["RISK team 2"] == ("Risk", "RISK team 2")


def test_a_name_that_joins_two_departments_is_of_neither() -> None:
    assert areas_of([*AREAS, "Treasury / Risk"]) == {**{area: area for area in AREAS}, "Treasury / Risk": None}


def test_boards_above_areas_are_not_the_areas() -> None:
    boards = ("CEO", "CFO", "CRO")
    names = {f"{boards[i % 3]}/{area}/{unit}": area for i, area in enumerate(AREAS) for unit in UNITS}
    assert areas_of(list(names)) == names


def test_codes_say_nothing_without_a_lookup_and_everything_with_one() -> None:
    codes = [f"{number:04d}" for number in range(400, 440)]
    assert set(areas_of(codes).values()) == {None}
    assert set(areas_of([f"CC-{code}" for code in codes]).values()) == {None}
    lookup = {code: AREAS[int(code) % 7] for code in codes}
    assert areas_of(codes, lookup) == lookup
    assert areas_of([f"{code} Shared desk" for code in codes], lookup) == {f"{c} Shared desk": lookup[c] for c in codes}


def test_dozens_of_names_of_their_own_have_no_area_but_are_teams() -> None:
    names = [a + b for a in ("Fal", "Kes", "Mer", "Osp", "Bar", "Wol") for b in ("con", "trel", "lin", "rey", "nard")]
    assert set(fold_departments(dict.fromkeys(names, 4)).values()) == {(None, name) for name in names}


def test_names_that_begin_with_a_word_for_a_team_are_no_areas_even_if_few() -> None:
    assert set(areas_of([f"Squad {bird}" for bird in ("Falcon", "Kestrel", "Merlin", "Osprey", "Heron")]).values()) == {
        None
    }


def test_a_long_flat_list_is_of_teams_if_each_has_a_handful_of_people() -> None:
    names = [
        "Atlas",
        "Lotus",
        "Orion",
        "Falke",
        "Anker",
        "Turm",
        "Kompass",
        "Saphir",
        "Zeder",
        "Brug",
        "Delta",
        "Eiger",
    ]
    assert {area for area, _ in fold_departments(dict.fromkeys(names, 6)).values()} == {None}
    assert {area for area, _ in fold_departments(dict.fromkeys(names, 12)).values()} == set(names)


def test_a_hyphen_within_a_name_is_no_level() -> None:
    names = {f"COO/{area}/{unit}": area for area in (*AREAS, "Back-office") for unit in UNITS[:2]}
    assert areas_of(list(names)) == names


def test_a_few_odd_names_beside_the_areas_are_unknown() -> None:
    odd = [f"Former{chr(97 + i)}{chr(97 + i)}" for i in range(14)]
    folded = fold_departments({**dict.fromkeys(AREAS, 40), **dict.fromkeys(odd, 1)})
    assert [folded[name][0] for name in AREAS] == AREAS
    assert {folded[name][0] for name in odd} == {None}


def test_people_without_a_department_and_services_have_no_row() -> None:
    principals = pl.DataFrame(
        {
            "principal_id": ["p1", "p2", "p3", "s1", "p4"],
            "kind": ["user", "user", None, "service_principal", "user"],
            "department": [" Risk team 1", None, "Treasury", "Risk", "n/a"],
        }
    )
    facts = Facts.of({"principals": principals}, as_of=datetime(2026, 1, 1, tzinfo=UTC))
    assert read_areas(facts).rows() == [
        ("p1", "Risk team 1", "Risk", None),
        ("p3", "Treasury", "Treasury", None),
    ]
    empty = Facts.of({}, as_of=datetime(2026, 1, 1, tzinfo=UTC))
    assert read_areas(empty).columns == ["principal_id", "department", "area", "team"]


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=20), st.integers(1, 50), max_size=60))
def test_any_directory_folds_to_few_areas_and_the_order_of_rows_does_not_matter(counts: dict[str, int]) -> None:
    folded = fold_departments(counts)
    assert folded.keys() <= counts.keys()
    assert len({area for area, _ in folded.values()} - {None}) <= 15
    assert fold_departments(dict(reversed(counts.items()))) == folded
