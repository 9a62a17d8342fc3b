"""What can be said of what, and what each verdict says that it does to access."""

from pathlib import Path

import pytest

from lakezones.model.tables.review import OPTIONS, PARTS, REVIEW_KINDS, VERDICTS
from lakezones.review.decisions import effect_words, options, sayable

EVERYTHING = [(kind, part, *said) for kind in REVIEW_KINDS for part in PARTS for said in sayable(kind, part)]


def test_every_kind_has_verdicts_and_none_are_unknown() -> None:
    assert {kind for kind, *_ in EVERYTHING} == set(REVIEW_KINDS)
    assert {verdict for _, _, verdict, _ in EVERYTHING} == set(VERDICTS)
    assert {option for *_, option in EVERYTHING} - {None} == set(OPTIONS)


@pytest.mark.parametrize(("kind", "part", "verdict", "option"), EVERYTHING)
def test_each_verdict_says_what_becomes_of_access(kind: str, part: str, verdict: str, option: str | None) -> None:
    effect = effect_words(kind, part, verdict, option)
    done, _, becomes = effect.button.partition(":")
    assert len(done) > 0 < len(becomes.strip()), effect.button
    assert "{" not in effect.button + effect.record
    assert (effect.access == "ended") == (verdict == "revoke")
    assert ("access ends" in effect.record) == (verdict == "revoke")
    assert effect.button.startswith("Revoke") == (verdict == "revoke")
    assert (effect.access == "added") == (kind == "suggestion" and verdict == "approve")


def test_the_guide_says_what_every_button_says() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "review.md").read_text("utf-8")
    rows = [line for line in guide.splitlines() if line.startswith("| ")]
    for kind, part, verdict, option in EVERYTHING:
        said = f"`{verdict}`" + (f", `{option}`" if option else "")
        button = effect_words(kind, part, verdict, option).button
        assert any(f"| {said} | {button} |" in row for row in rows), button


def test_no_two_buttons_of_a_part_say_the_same() -> None:
    for kind in REVIEW_KINDS:
        for part in PARTS:
            said = sayable(kind, part)
            assert len({effect_words(kind, part, *one).button for one in said}) == len(said)


def test_nobody_can_approve_a_member_of_a_suggestion_or_revoke_a_role() -> None:
    assert sayable("suggestion", "member") == []
    assert "revoke" not in {verdict for verdict, _ in sayable("role")}
    assert options("zone", "", "change") == ["move_zone", "move_domain"]
    with pytest.raises(KeyError):
        effect_words("role", "", "revoke")
