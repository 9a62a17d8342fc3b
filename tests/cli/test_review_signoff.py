"""`review signoff` writes a page per domain; `review verify --signoff` checks one without a workspace."""

from pathlib import Path

from tests.journey import copy_of_golden_lake, run
from tests.pipeline.reviewed import reviewed_lake

from lakezones.pipeline import Workspace


def test_sign_offs_are_written_and_checked(tmp_path: Path) -> None:
    lake, points = reviewed_lake(tmp_path)
    ran = run("review", "signoff", "-w", lake, "--json")
    assert ran.code == 0, ran.err
    pages = {domain: Path(path) for domain, path in ran.json["signoffs"].items()}
    assert len(pages) > 1
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in pages.values())
    ticket = tmp_path / "ticket.txt"
    ticket.write_text(points[-1])
    elsewhere = tmp_path / "elsewhere"
    for path in pages.values():
        checked = run("review", "verify", "--signoff", path, "--checkpoint", ticket, "-w", elsewhere)
        assert checked.code == 0, checked.err
        assert "every word on the page is what follows from these records" in checked.out
    ticket.write_text(points[0])
    ran = run("review", "verify", "--signoff", path, "--checkpoint", ticket, "-w", elsewhere)
    assert (ran.code, "give the one of the same size" in ran.err) == (4, True)
    path.write_text(path.read_text("utf-8").replace("Deny this role", "Approve this role"), "utf-8")
    ran = run("review", "verify", "--signoff", path, "-w", elsewhere)
    assert (ran.code, "the sign-off does not hold" in ran.err) == (4, True)


def test_sign_offs_outlive_the_next_submission(tmp_path: Path) -> None:
    lake, _ = reviewed_lake(tmp_path)
    one = next(iter(run("review", "signoff", "-w", lake, "--json").json["signoffs"].values()))
    before = Path(one).read_bytes()
    ws = Workspace(lake)
    taken = next(record for record in ws.read_records() if record["kind"] == "decision")
    ws.withdraw(taken["record_id"], reviewer=taken["reviewer"], source="w-1")
    assert Path(one).read_bytes() == before


def test_one_domain_can_be_asked_for(tmp_path: Path) -> None:
    lake, _ = reviewed_lake(tmp_path)
    domain = sorted(run("review", "signoff", "-w", lake, "--json").json["signoffs"])[0]
    ran = run("review", "signoff", "--domain", domain, "-w", lake, "--json")
    assert list(ran.json["signoffs"]) == [domain]
    ran = run("review", "signoff", "--domain", "nowhere", "-w", lake)
    assert (ran.code, "hint: domains with decisions" in ran.err) == (1, True)


def test_without_a_review_there_is_nothing_to_sign(tmp_path: Path) -> None:
    ran = run("review", "signoff", "-w", copy_of_golden_lake(tmp_path))
    assert (ran.code, "nothing was submitted" in ran.err, "hint:" in ran.err) == (1, True, True)
    ran = run("review", "verify", "--signoff", tmp_path / "no.html", "-w", tmp_path)
    assert (ran.code, "cannot be read" in ran.err) == (1, True)
