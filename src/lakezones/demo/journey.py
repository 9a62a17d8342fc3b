"""The whole journey on a generated Firm: generate, serve it as Azure would, scan that, and every stage after.

In: a size. Out: a folder with ``capture/``, ``exports/``, ``truth/`` and the workspace, and the table of before and
after. The official clients read everything that has an API of its own: containers, stored policies and inventory
reports from Azurite; role assignments, the directory, ACLs of roots and the logs from a local cloud of the same Firm.
Exports of the access-request system and of tools come from files. Without Azurite the journey reads the capture
folder alone, and says so.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from lakezones.config import Settings
from lakezones.demo.emulators.azurite import Azurite
from lakezones.demo.emulators.cloud_process import SERVED, CloudProcess
from lakezones.demo.emulators.install import AzuriteUnavailable
from lakezones.demo.firm.inventory import CONTAINER
from lakezones.errors import CheckFailed, MissingPackageError, ServiceUnavailable
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts
from lakezones.pipeline import Workspace
from lakezones.scan.sources import CONNECTION

if TYPE_CHECKING:
    from lakezones.demo.firm.generate import GeneratedFirm

STORED: Final = ("containers", "stored_policies")
"""Tables that Azurite answers from."""

EXPORTED: Final = tuple(table for table in FACTS if table not in (*SERVED, *STORED))
"""Tables that come from files: other systems hold them."""

READ_ALL: Final = {
    "inventory": (f"azurite/{CONTAINER}",),
    "directory": "all",
    "group_schedules": True,
    "sign_ins": True,
    "workspaces": ("lake-logs",),
}
"""What the demo reads beyond the defaults; the Firm has the licences and gives the permissions."""

Say = Callable[[str], None]


@dataclass(kw_only=True)
class Journey:
    """What a demo run produced.

    Attributes
    ----------
    emulated
        Whether Azurite and the local cloud were scanned; otherwise the capture alone.
    note
        Why they were not scanned.
    seconds
        Time per stage.
    summaries
        Summary of each stage by name.
    """

    emulated: bool = False
    note: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    summaries: dict[str, dict[str, object]] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note how long a stage takes."""
        started = perf_counter()
        yield
        self.seconds[name] = round(perf_counter() - started, 2)


class Emulation(NamedTuple):
    """What stands in for Azure: storage, and all the rest."""

    azurite: Azurite
    cloud: CloudProcess


def run(
    size: str,
    *,
    workspace: Path,
    folder: Path,
    seed: int | None = None,
    use_azurite: bool = True,
    say: Say = lambda _: None,
) -> Journey:
    """Run the journey.

    Parameters
    ----------
    size
        small, medium, firm, or the path of a TOML file.
    workspace
        The workspace to fill.
    folder
        Where ``capture``, ``exports`` and ``truth`` go; never inside the workspace.
    seed
        Seed of the Firm; its settings' own when None.
    use_azurite
        Whether to scan emulators, where they are available, or the capture alone.
    say
        Called with a line as each stage begins.
    """
    from lakezones.demo.firm.generate import generate
    from lakezones.demo.firm.settings import load
    from lakezones.demo.firm.write import write_capture, write_truth

    journey = Journey()
    ws = Workspace(workspace)
    options = load(size)
    with journey.timed("generate"):
        say(f"generating the Firm ({size})")
        firm = generate(options, seed, account="devstoreaccount1" if use_azurite else None)
        write_capture(firm, folder / "capture")
        write_truth(firm, folder / "truth")
    if not use_azurite:
        journey.note = "read from the capture folder, as asked"
    with ExitStack() as stack:
        emulation = _emulate(stack, firm, journey, say) if use_azurite else None
        if emulation is None:
            _scan(ws, journey, firm, [str(folder / "capture")], None, say)
        else:
            with journey.timed("put"):
                sources = ["azurite", str(_put(firm, emulation.azurite, folder / "exports", say))]
            _scan(ws, journey, firm, sources, emulation, say)
    check_arrived(firm.facts, ws.read_facts())
    _later_stages(ws, journey, say)
    return journey


def _later_stages(ws: Workspace, journey: Journey, say: Say) -> None:
    """Run every stage after the scan."""
    settings = Settings(ws.overrides)

    def prove() -> dict[str, object]:
        proof = ws.verify(settings)
        return {"holds": proof.holds, "claims": len(proof.claims)}

    def report() -> dict[str, object]:
        path = ws.report()
        return {"file": str(path), "bytes": path.stat().st_size}

    stages: dict[str, Callable[[], dict[str, object]]] = {
        "access": lambda: ws.access(settings).summary,
        "propose": lambda: ws.propose(settings).summary,
        "plan": lambda: ws.plan(settings).summary,
        "verify": prove,
        "report": report,
    }
    for name, stage in stages.items():
        say(f"lakezones {name}")
        with journey.timed(name):
            journey.summaries[name] = stage()


def before_after(ws: Workspace) -> list[list[object]]:
    """Rows of the table of before and after: what, before, after."""
    access, proposal = ws.read_access(), ws.read_proposal()
    sizes = access.container_classes.group_by("class_id").len("containers")
    data = access.class_access.filter(pl.col("lane") == "data").join(sizes, on="class_id")
    pairs, people = int(data["containers"].sum()), data["principal_id"].n_unique()
    migrated = proposal.layout.filter(pl.col("disposition") == "migrate")
    target_containers = migrated.select("target_account", "target_container").n_unique()
    stay = proposal.layout.height - migrated.height
    zones_and_domains = migrated.join(proposal.zones, on="container").select("zone", "domain").n_unique()
    requests = access.requests.height
    # Requests that no role gives in full stay one by one.
    left = requests - int(proposal.summary.get("requests_covered", 0))
    per_person = [_per_person(access.requests), _per_person(proposal.role_members.select("role_id", "principal_id"))]
    return [
        ["containers", proposal.layout.height, target_containers + stay],
        ["of them not moved (SAS, holds, sandboxes, dead)", None, stay],
        ["zones and domains", None, zones_and_domains],
        ["people with access", people, people],
        ["person-and-container pairs", pairs, pairs],
        ["access classes", sizes.height, sizes.height],
        ["requests made one by one", requests, left],
        ["requests, then roles, per person who has any", *per_person],
        ["roles", 0, proposal.roles.height],
        ["resource groups", None, proposal.resource_groups["group_id"].n_unique()],
        ["share of requests that roles give", 0.0, round(float(proposal.summary.get("coverage") or 0.0), 3)],
        ["new access", None, int(proposal.roles["new_access"].sum())],
    ]


def _per_person(rows: pl.DataFrame) -> float:
    return round(rows.height / max(1, rows["principal_id"].n_unique()), 1)


def _emulate(stack: ExitStack, firm: "GeneratedFirm", journey: Journey, say: Say) -> Emulation | None:
    """Start what stands in for Azure, until the stack is closed; None, with a note, where it is not available."""
    try:
        azurite = stack.enter_context(Azurite())
        cloud = stack.enter_context(CloudProcess(firm.facts))
    except (ServiceUnavailable, MissingPackageError) as error:
        stack.close()
        what = "Azurite" if isinstance(error, AzuriteUnavailable) else "the local cloud"
        journey.note = f"{what} is not available ({error.message}): read from the capture folder instead"
        say(journey.note)
        return None
    journey.emulated = True
    return Emulation(azurite, cloud)


def _put(firm: "GeneratedFirm", azurite: Azurite, exports: Path, say: Say) -> Path:
    """Fill Azurite, and write what has no API into a folder of exports."""
    from lakezones.demo.emulators.azure_put import put_containers, put_files
    from lakezones.demo.firm.inventory import reports
    from lakezones.demo.firm.write import write_capture

    say(f"putting {firm.facts['containers'].height:,} containers into Azurite at {azurite.endpoint}")
    put_containers(azurite.endpoint, azurite.account_key, firm)
    files = reports(firm, azurite.endpoint)
    say(f"putting blob inventory reports ({len(files)} files) into its container {CONTAINER}")
    put_files(azurite, CONTAINER, files)
    write_capture(replace(firm, facts={name: firm.facts[name] for name in EXPORTED}), exports)
    return exports


def _scan(
    ws: Workspace, journey: Journey, firm: "GeneratedFirm", sources: list[str], emulation: Emulation | None, say: Say
) -> None:
    from lakezones.scan import Selection, scan

    settings = Settings(ws.overrides)
    if emulation is not None:
        # The connection string says which Azurite; files hold only what has no API.
        settings = Settings(ws.overrides, flags={"scan": {**emulation.cloud.settings, **READ_ALL}})
        at = emulation.cloud.settings["arm_endpoint"]
        say(f"role assignments, directory, ACLs of roots and logs are served at {at}")
    say("lakezones scan " + " ".join(sources))
    started = datetime.now(UTC)
    with journey.timed("scan"), _connection(emulation):
        result = scan(
            sources,
            settings=settings.scan,
            selection=Selection(exclude=(CONTAINER,) if emulation else ()),
            credential=emulation.cloud.credential if emulation else None,
            now=firm.as_of,  # the Firm's present is a fixed date
        )
        name = ws.store_scan(result, settings, started=started)
    journey.summaries["scan"] = {"snapshot": name, **result.summary()}


@contextmanager
def _connection(emulation: Emulation | None) -> Iterator[None]:
    """Put the emulator's key where the scan takes it from: its environment, never an argument."""
    previous = os.environ.get(CONNECTION)
    if emulation is not None:
        os.environ[CONNECTION] = emulation.azurite.connection_string
    try:
        yield
    finally:
        os.environ.pop(CONNECTION, None)
        if previous is not None:
            os.environ[CONNECTION] = previous


def check_arrived(written: Mapping[str, pl.DataFrame], read: Facts) -> None:
    """Check that a scan brought every row that the generator wrote, and no other.

    A deny assignment carries its own permissions, so that each arrives with a role definition of its own.

    Raises
    ------
    CheckFailed
        With the first table that differs.
    """
    for table, frame in written.items():
        expected = frame.height
        if table == "role_definitions":
            own = read.table("role_assignments").filter(pl.col("role").str.starts_with("deny:"))
            expected += own["role"].n_unique()
        found = read.table(table).height
        if found != expected:
            raise CheckFailed(
                f"the scan read {found:,} rows of {table}, and {expected:,} were written",
                hint="this is a fault of lakezones, or another process wrote to the emulator",
            )
