"""Random journeys: small lakes with tables present, empty or absent, random decisions, settings at their bounds.

Never a fault of lakezones, only documented exit codes, and a plan that is made is proven.
"""

import csv
import json
import random
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import annotated_types
import pytest
from pydantic import BaseModel

from lakezones.config import SECTIONS, Settings, configs
from lakezones.review.decisions.vocabulary import needs_day, sayable
from tests.journey import Ran, run
from tests.torture.commands import sane
from tests.torture.lakes import REVIEWER, some_tables, write_lake
from tests.torture.outputs import check_workspace

APART: Final = {"scan", "access"}
"""Sections whose values reach for networks or other engines; their own tests have them."""

LARGE: Final = 10**6


def bounds_of(model: type[BaseModel]) -> Iterator[tuple[str, list[Any]]]:
    """Keys of a section of settings, each with values at and near its bounds."""
    for name, field in model.model_fields.items():
        rules = field.metadata
        low = next((rule.ge for rule in rules if isinstance(rule, annotated_types.Ge)), None)
        above = next((rule.gt for rule in rules if isinstance(rule, annotated_types.Gt)), None)
        high = next((rule.le for rule in rules if isinstance(rule, annotated_types.Le)), None)
        default = field.get_default(call_default_factory=True)
        if isinstance(default, bool):
            yield name, [True, False]
        elif isinstance(default, int):
            yield name, [low if low is not None else 0, default, high if high is not None else LARGE]
        elif isinstance(default, float):
            yield name, [low if low is not None else 1e-6 if above is not None else 0.0, default, high or 1e6]
        elif isinstance(default, tuple):
            yield name, [[], list(default)]


def draw_settings(rng: random.Random, most: int) -> dict[str, dict[str, Any]]:
    """Some settings of some sections."""
    defaults = Settings()
    drawn: dict[str, dict[str, Any]] = {}
    for _ in range(rng.randint(0, most)):
        section = rng.choice(sorted(SECTIONS.keys() - APART - {"limits", "policies"}))
        keys = list(bounds_of(type(defaults.section(section))))
        if keys:
            name, values = rng.choice(keys)
            drawn.setdefault(section, {})[name] = rng.choice(values)
    if rng.random() < 0.3:
        limits = tomllib.loads((configs() / "limits.toml").read_text("utf-8"))
        name = rng.choice(sorted(limits))
        drawn["limits"] = {name: limits[name] | {"value": rng.choice((0, 1, LARGE))}}
    return drawn


def as_toml(drawn: dict[str, dict[str, Any]]) -> str:
    """The settings as a workspace's own file."""
    lines = []
    for section, values in drawn.items():
        lines.append(f"[{section}]")
        for name, value in values.items():
            text = json.dumps(value) if not isinstance(value, dict) else ""
            if isinstance(value, dict):
                text = "{ " + ", ".join(f"{key} = {json.dumps(one)}" for key, one in value.items()) + " }"
            lines.append(f"{name} = {text}")
    return "\n".join(lines) + "\n"


def decide(rng: random.Random, file: Path) -> None:
    """Fill a sheet in at random."""
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    later = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    for row in rows:
        verdicts = {verdict for verdict, option in sayable(row["object_kind"]) if option in (None, "proposed")}
        row["decision"] = rng.choice([*sorted(verdicts), *(["approve"] * 3 if "approve" in verdicts else []), ""])
        if row["decision"]:
            row["reviewer"], row["justification"], row["effective"] = REVIEWER, "drawn", ""
            if needs_day(row["object_kind"], row["decision"]):
                row["effective"] = later
    if rows:
        with file.open("w", newline="", encoding="utf-8") as opened:
            writer = csv.DictWriter(opened, rows[0])
            writer.writeheader()
            writer.writerows(rows)


def travel(seed: int, folder: Path, *, settings: int = 0) -> None:
    """One journey; what is said on failure is enough to repeat it."""
    rng = random.Random(seed)
    absent, empty = some_tables(rng)
    capture = write_lake(
        folder / "capture",
        seed,
        absent=absent,
        empty=empty,
        people=rng.choice((1, 4, 8, 15)),
        containers=rng.choice((3, 10, 25)),
    )
    lake = folder / "lake"
    lake.mkdir()
    drawn = draw_settings(rng, settings)
    (lake / "lakezones.toml").write_text(as_toml(drawn), "utf-8")

    def go(*words: object) -> Ran:
        ran = run(*words, "-w", lake)
        try:
            sane(ran)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, {words[0]}, settings {drawn}: {error}") from None
        return ran

    assert go("scan", capture).code in (0, 3)
    assert go("access").code == 0
    proposed = go("propose", "--preset", rng.choice(("birthright", "balanced", "exact")))
    if proposed.code != 0:
        assert drawn, proposed.err
        return
    sheet = folder / "review.csv"
    assert go("review", "export", sheet).code == 0
    if rng.random() < 0.6:
        decide(rng, sheet)
        # Rows that the rules refuse, such as one by whom the directory does not know, are listed and left out.
        assert go("review", "import", sheet).code in (0, 3)
    planned = go("plan", "--accept-gaps", *(["--accept-asserted"] if rng.random() < 0.5 else []))
    if planned.code not in (0, 3):
        assert drawn, planned.err
        return
    proved = go("verify")
    if "limits" not in drawn:  # with room for nothing the proof has to say so
        assert proved.code == 0, f"seed {seed}, settings {drawn}: {broken(lake)}"
    for kind in ("csv", "az", "azcopy"):
        assert go("export", kind, "--draft").code == 0
    assert go("report").code == 0
    check_workspace(lake)


def broken(lake: Path) -> list[str]:
    """Claims that do not hold, with their counterexamples."""
    claims = json.loads((lake / "verify" / "proof.json").read_text("utf-8"))["claims"]
    return [f"{claim['claim']}: {claim['detail']}" for claim in claims if not claim["holds"]]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 5])
def test_journeys(seed: int, tmp_path: Path) -> None:
    travel(seed, tmp_path)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_journeys(seed: int, tmp_path: Path) -> None:
    travel(seed, tmp_path)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(200, 240))
def test_many_journeys_with_settings_at_their_bounds(seed: int, tmp_path: Path) -> None:
    travel(seed, tmp_path, settings=4)
