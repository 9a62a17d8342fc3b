"""The generated Firm: same seed, same bytes; another seed, another bank; and no truth where a scan looks."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakezones.demo.firm.generate import GeneratedFirm, generate
from lakezones.demo.firm.settings import SIZES, FirmSettings, load
from lakezones.demo.firm.words import WORDS
from lakezones.demo.firm.write import AS_CSV, write_capture, write_truth
from lakezones.errors import ConfigError, InputError
from lakezones.model.facts import FACTS, KEYS

LEGAL = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")


@pytest.fixture(scope="module")
def small() -> GeneratedFirm:
    return generate(load("small"))


@pytest.fixture(scope="module")
def medium() -> GeneratedFirm:
    return generate(load("medium"))


@pytest.fixture(scope="module")
def other() -> GeneratedFirm:
    return generate(load("small"), 7)


def opened(firm: GeneratedFirm) -> pl.DataFrame:
    """What each entitlement opens, by the facts alone: entitlement, container."""
    rows = firm.facts["entitlement_containers"].select("entitlement", "container")
    names = firm.facts["containers"].select(pl.col("container").alias("name"))
    globs = rows.filter(pl.col("container").str.ends_with("*"))
    found = globs.join(names, how="cross").filter(
        pl.col("name").str.starts_with(pl.col("container").str.strip_chars_end("*"))
    )
    return pl.concat(
        [
            rows.filter(~pl.col("container").str.ends_with("*")),
            found.select("entitlement", pl.col("name").alias("container")),
            firm.facts["grants"].select("entitlement", "container"),
        ]
    ).unique()


def reached(firm: GeneratedFirm) -> set[tuple[str, str]]:
    """Who is in the group of an entitlement or has grants under it, followed by hand: principal, entitlement."""
    members: dict[str, set[str]] = {}
    active = firm.facts["memberships"].filter(
        (pl.col("state").is_null() | (pl.col("state") == "active"))
        & (pl.col("expires_at").is_null() | (pl.col("expires_at") > firm.as_of))
    )
    for group, member in active.select("group_id", "member_id").iter_rows():
        members.setdefault(group, set()).add(member)
    groups = set(firm.facts["principals"].filter(pl.col("kind") == "group")["principal_id"])
    found: set[tuple[str, str]] = set()
    behind = firm.facts["entitlement_containers"].select("entitlement", "group_id").drop_nulls().unique()
    for entitlement, group in behind.iter_rows():
        seen, open_ = {group}, [group]
        while open_:
            for member in members.get(open_.pop(), ()):
                if member not in seen:
                    seen.add(member)
                    open_.append(member)
        found |= {(one, entitlement) for one in seen - groups}
    found |= set(firm.facts["grants"].select("principal_id", "entitlement").unique().iter_rows())
    bare = firm.facts["entitlement_containers"].filter(pl.col("group_id").is_null())["entitlement"].unique()
    approved = firm.facts["entitlements"].filter(
        (pl.col("status") == "approved") & pl.col("entitlement").is_in(bare.to_list())
    )
    return found | set(approved.select("principal_id", "entitlement").iter_rows())


@pytest.mark.parametrize("name", list(FACTS))
def test_every_table_is_valid_and_has_rows(small: GeneratedFirm, name: str) -> None:
    frame = small.facts[name]
    FACTS[name].validate(frame)
    assert frame.height
    assert frame.select(KEYS[name]).n_unique() == frame.height


def test_the_snapshot_takes_all_tables(small: GeneratedFirm) -> None:
    facts = small.snapshot()
    assert all(facts.assessed(name) for name in FACTS)


def test_same_seed_same_bytes(small: GeneratedFirm, tmp_path: Path) -> None:
    again = generate(load("small"))
    first = write_capture(small, tmp_path / "a") + write_truth(small, tmp_path / "at")
    second = write_capture(again, tmp_path / "b") + write_truth(again, tmp_path / "bt")
    for left, right in zip(first, second, strict=True):
        assert left.name == right.name
        assert left.read_bytes() == right.read_bytes(), left.name
    assert small.blobs.equals(again.blobs)


def test_another_seed_is_another_bank(small: GeneratedFirm, other: GeneratedFirm) -> None:
    def tokens(firm: GeneratedFirm) -> set[str]:
        return {part for name in firm.facts["containers"]["container"] for part in name.split("-")}

    def column(firm: GeneratedFirm, table: str, name: str) -> set[str]:
        return set(firm.facts[table][name].drop_nulls())

    for table, name in (
        ("principals", "principal_id"),
        ("containers", "container"),
        ("entitlements", "entitlement"),
    ):
        mine, theirs = column(small, table, name), column(other, table, name)
        assert len(mine & theirs) < 0.2 * len(mine)
    assert column(small, "principals", "department") != column(other, "principals", "department")
    assert tokens(small) != tokens(other)
    assert small.truth["zones"]["domain"].unique().sort().to_list() != (
        other.truth["zones"]["domain"].unique().sort().to_list()
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    people=st.integers(12, 60),
    containers=st.integers(100, 700),
    domains=st.integers(2, 12),
    systems=st.integers(1, 20),
    entitlements=st.integers(14, 40),
    orphans=st.integers(0, 3),
)
def test_any_small_firm_is_consistent(seed: int, **sizes: int) -> None:
    firm = generate(FirmSettings(teams=sizes["domains"] + 1, **sizes), seed)
    names = firm.facts["containers"]["container"]
    assert len(names) == names.n_unique() == sizes["containers"]
    assert all(LEGAL.fullmatch(name) for name in names)
    held = set(firm.truth["held"].select("principal_id", "entitlement").iter_rows())
    assert held == reached(firm)


@pytest.mark.parametrize("size", ["small", "medium"])
def test_held_is_what_the_facts_enforce(size: str, request: pytest.FixtureRequest) -> None:
    firm = request.getfixturevalue(size)
    held = set(firm.truth["held"].select("principal_id", "entitlement").iter_rows())
    assert held == reached(firm)


def test_truth_adds_up(medium: GeneratedFirm) -> None:
    truth = medium.truth
    planted = truth["role_people"].join(truth["role_entitlements"], on="role").select("principal_id", "entitlement")
    held = truth["held"]
    assert set(planted.unique().iter_rows()) == set(truth["needed"].select(planted.columns).iter_rows())
    needed = set(truth["needed"].select("principal_id", "entitlement").iter_rows())
    missing = set(truth["missing"].select("principal_id", "entitlement").iter_rows())
    of_need = held.filter(pl.col("why") == "needed").select("principal_id", "entitlement")
    assert set(of_need.iter_rows()) == needed - missing
    extra = held.filter(pl.col("why") != "needed").select("principal_id", "entitlement")
    assert not set(extra.iter_rows()) & needed
    counts = dict(truth["counts"].iter_rows())
    assert counts == {name: frame.height for name, frame in medium.facts.items()}


def test_noise_is_as_much_as_asked_for(medium: GeneratedFirm) -> None:
    options, truth = load("medium"), medium.truth
    needed = truth["needed"].height
    assert truth["missing"].height == pytest.approx(options.missing * needed, abs=1)
    odd = truth["held"].filter(pl.col("why") == "odd").height
    assert odd == pytest.approx(options.odd * needed, abs=0.25 * options.odd * needed)
    movers = truth["held"].filter(pl.col("why") == "mover")["principal_id"].n_unique()
    assert movers == pytest.approx(options.movers * options.people, abs=3)
    off = medium.facts["principals"].filter(~pl.col("enabled"))
    assert off.height == max(1, round(options.disabled * options.people))


def test_names_say_as_little_as_asked_for(medium: GeneratedFirm) -> None:
    zones = medium.truth["zones"]
    share = dict(zones.group_by("named").agg(pl.len() / zones.height).iter_rows())
    assert share["uninformative"] == pytest.approx(0.50, abs=0.03)
    assert share["misleading"] == pytest.approx(0.04, abs=0.012)
    assert set(zones["zone"]) == {"raw", "curated", "consumption", "sandbox", "dead"}


def test_only_the_deleted_are_unknown(small: GeneratedFirm) -> None:
    facts = small.facts
    known = set(facts["principals"]["principal_id"])
    orphans = set(small.truth["held"].filter(pl.col("why") == "orphan")["principal_id"])
    assert orphans
    assert not orphans & known
    containers = set(facts["containers"]["container"])
    for table, column in (
        ("memberships", "member_id"),
        ("memberships", "group_id"),
        ("entitlements", "principal_id"),
        ("grants", "principal_id"),
        ("role_assignments", "principal_id"),
        ("acls", "owner"),
        ("references", "owner"),
    ):
        assert set(facts[table][column].drop_nulls()) <= known | orphans, (table, column)
    named = {one for text in facts["acls"]["acl"] for one in re.findall(r"(?:user|group):([^:,]+):", text)}
    assert named <= known
    for table in ("acls", "grants", "usage", "references", "stored_policies"):
        assert set(facts[table]["container"]) <= containers, table
    bearers = facts["usage"].filter(~pl.col("principal_id").is_in(list(known)))["principal_id"]
    assert all(one.startswith(("sas:", "key:")) for one in bearers)


def test_globs_stand_for_exactly_one_area(medium: GeneratedFirm) -> None:
    globs = medium.facts["entitlement_containers"].filter(pl.col("container").str.ends_with("*"))
    assert globs.height
    reading = opened(medium).join(
        medium.facts["entitlement_containers"].select("entitlement", "access").unique(),
        on="entitlement",
        how="left",
    )
    # Every container of an area is opened for reading by one entitlement, and no other.
    once = reading.filter(pl.col("access").fill_null("read") == "read").group_by("container").len()
    assert once["len"].max() == 1


def test_lineage_follows_the_zones(medium: GeneratedFirm) -> None:
    zone = dict(medium.truth["zones"].select("container", "zone").iter_rows())
    written = {"ingest": "raw", "conform": "curated", "build": "consumption"}
    rows = medium.facts["references"].filter(pl.col("direction") == "write")
    agree = [written[a.split("-")[0]] == zone[c] for a, c in rows.select("artifact", "container").iter_rows()]
    assert 0.95 < sum(agree) / len(agree) < 1
    alive = {name for name, one in zone.items() if one in written.values()}
    touched = set(medium.facts["references"]["container"])
    assert 0.5 < len(touched) / len(alive) < 0.85


def test_use_is_of_what_is_open(medium: GeneratedFirm) -> None:
    held = medium.truth["held"].join(opened(medium), on="entitlement").select("principal_id", "container").unique()
    people = medium.truth["departments"].select("principal_id")
    used = medium.facts["usage"].join(people, on="principal_id").filter(pl.col("grant_id").is_null())
    boxes = medium.truth["zones"].filter(pl.col("zone") == "sandbox").select("container")
    pairs = used.select("principal_id", "container").unique().join(boxes, on="container", how="anti")
    assert pairs.join(held, on=["principal_id", "container"], how="anti").height == 0
    assert 0.25 < pairs.height / held.height < 0.45


def test_the_register_names_systems_of_the_lake(medium: GeneratedFirm) -> None:
    said = {json.loads(text).get("system") for text in medium.facts["containers"]["metadata"]} - {None}
    systems = medium.facts["systems"]
    assert set(systems["system"]) < said
    assert systems["application_id"].n_unique() == systems.height
    assert set(systems["area"]) <= set(medium.truth["zones"]["domain"])
    assert set(systems["owner"].drop_nulls()) <= set(medium.truth["departments"]["principal_id"])


def test_some_groups_have_owners_of_their_domain(medium: GeneratedFirm) -> None:
    owners = medium.facts["group_owners"]
    groups = medium.facts["principals"].filter(pl.col("kind") == "group")
    per_group = owners.group_by("group_id").len()
    assert set(owners["group_id"]) < set(groups["principal_id"])
    assert set(owners["owner_id"]) <= set(medium.truth["departments"]["principal_id"])
    assert set(per_group["len"]) == {1, 2}
    assert 0.3 < per_group.height / groups.height < 0.8


def test_references_say_what_runs_them_and_where_they_point(medium: GeneratedFirm) -> None:
    references = medium.facts["references"]
    assert set(references["identity"].drop_nulls()) <= set(medium.facts["principals"]["principal_id"])
    assert references.select(pl.col("location").str.contains(pl.col("container"), literal=True).all()).item()
    grades = references.group_by("tool", "artifact").agg(pl.col("criticality").n_unique())
    assert grades["criticality"].max() == 1
    assert set(references["criticality"]) == {"high", "medium", "low", None}


def test_a_principal_uses_one_client_and_tokens_name_no_application(medium: GeneratedFirm) -> None:
    usage = medium.facts["usage"]
    clients = usage.group_by("principal_id").agg(pl.struct("app_id", "user_agent", "caller").n_unique().alias("n"))
    assert clients["n"].max() == 1
    unnamed = usage["principal_id"].str.contains("^(sas|key):")
    assert (usage["app_id"].is_null() == unnamed).all()
    people = usage.join(medium.truth["departments"], on="principal_id", how="semi")
    assert set(people["user_agent"]) <= {agent for _, agent in WORDS.clients}


def test_time_stops_today(small: GeneratedFirm) -> None:
    ahead = {"expires_at"}
    moments = [
        frame[name].max()
        for frame in small.facts.values()
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.Datetime) and name not in ahead and frame[name].null_count() < frame.height
    ]
    assert max(moments) == small.as_of


def test_metadata_is_json_that_azure_takes(small: GeneratedFirm) -> None:
    keys: set[str] = set()
    for text in small.facts["containers"]["metadata"]:
        found = json.loads(text)
        keys |= set(found)
        assert all(value.isascii() and value for value in found.values())
    assert keys == {"system", "table", "domain", "sensitivity", "owner", "load"}


def test_the_capture_holds_no_truth(small: GeneratedFirm, tmp_path: Path) -> None:
    files = write_capture(small, tmp_path / "capture")
    assert {file.stem for file in files} == set(FACTS)
    assert {file.suffix for file in files} == {".csv", ".parquet"}
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    text = b"".join(file.read_bytes() for file in files if file.suffix == ".csv")
    assert not any(word in text for word in (b"mover", b"misleading", b"orphan"))
    columns = {name for frame in small.facts.values() for name in frame.columns}
    assert not columns & {"zone", "why", "trace", "named"}
    with pytest.raises(InputError):
        write_truth(small, tmp_path / "capture")


def test_csv_reads_back(small: GeneratedFirm, tmp_path: Path) -> None:
    write_capture(small, tmp_path)
    for name in AS_CSV:
        back = pl.read_csv(tmp_path / f"{name}.csv", infer_schema=False)
        assert back.columns == small.facts[name].columns
        assert back.height == small.facts[name].height
    for text in pl.read_csv(tmp_path / "role_definitions.csv", infer_schema=False)["actions"]:
        assert isinstance(json.loads(text), list)


def test_the_account_can_be_named() -> None:
    firm = generate(load("small"), account="devstoreaccount1")
    assert firm.facts["accounts"]["account"].to_list() == ["devstoreaccount1"]
    assert set(firm.facts["containers"]["account"]) == {"devstoreaccount1"}
    assert firm.facts["role_assignments"]["scope"].str.contains("devstoreaccount1").any()


@pytest.mark.parametrize("size", SIZES)
def test_sizes_load(size: str) -> None:
    assert load(size).model_fields_set >= {"seed", "people", "containers"}


def test_the_code_and_small_agree() -> None:
    assert load("small") == FirmSettings()


def test_unknown_sizes_and_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="huge"):
        load("huge")
    path = tmp_path / "mine.toml"
    path.write_text("peoples = 3\n")
    with pytest.raises(ConfigError, match="peoples"):
        load(path)
    path.write_text("people = \n")
    with pytest.raises(ConfigError, match="TOML"):
        load(path)


@pytest.mark.slow
def test_full_size_is_what_the_bank_has() -> None:
    options = load("firm")
    firm = generate(options)
    assert firm.facts["containers"].height == 50_000
    assert firm.truth["held"].height == pytest.approx(5_300, rel=0.12)
    size = opened(firm).group_by("entitlement").len()
    pairs = firm.truth["held"].join(size, on="entitlement")["len"].sum()
    assert pairs == pytest.approx(1_200_000, rel=0.2)
    assert firm.facts["grants"].height == pytest.approx(100_000, rel=0.3)
    assert 250_000 < firm.facts["usage"].height < 600_000


@pytest.mark.parametrize("name", ["file/capture", "file", "zero\0byte", "n" * 300])
def test_a_place_that_cannot_be_written_is_an_error_with_a_hint(
    small: GeneratedFirm, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InputError, match="cannot write") as caught:
        write_capture(small, tmp_path / name)
    assert "--into" in str(caught.value.hint)
