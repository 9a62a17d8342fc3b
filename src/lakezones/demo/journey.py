"""The whole journey on a generated Firm: generate, put it into Azurite, scan, and every stage after.

In: a size. Out: a folder with ``capture/``, ``truth/`` and the workspace, and the table of before and after. Without
Azurite the journey reads the capture folder alone, and says so.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl

from lakezones import pipeline
from lakezones.config import Settings
from lakezones.demo.azurite import Azurite, AzuriteUnavailable
from lakezones.workspace import Workspace


@dataclass(kw_only=True)
class Journey:
    """What a demo run produced.

    Attributes
    ----------
    folder
        Holds ``capture`` and ``truth``.
    emulated
        Whether the containers were scanned from Azurite; otherwise from the capture alone.
    seconds
        Time per stage.
    summaries
        Summary of each stage by name.
    """

    folder: Path
    workspace: Path
    emulated: bool = False
    note: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    summaries: dict[str, dict[str, Any]] = field(default_factory=dict)


def run(
    size: str,
    *,
    workspace: Path,
    folder: Path,
    seed: int | None = None,
    use_azurite: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Journey:
    """Run the journey.

    Parameters
    ----------
    size
        small, medium, firm, or the path of a TOML file.
    workspace
        The workspace to fill.
    folder
        Where the capture and the truth go; never inside the workspace.
    say
        Called with a line as each stage begins.
    """
    from lakezones.demo.firm import generate
    from lakezones.demo.settings import load
    from lakezones.demo.write import write_capture, write_truth

    journey = Journey(folder=folder, workspace=workspace)
    ws = Workspace(workspace)
    settings = Settings(ws.overrides)
    options = load(size)

    with _timed(journey, "generate"):
        say(f"generating the Firm ({size})")
        firm = generate(options, seed, account="devstoreaccount1" if use_azurite else None)
        capture = folder / "capture"
        write_capture(firm, capture)
        write_truth(firm, folder / "truth")

    with _server(use_azurite, journey, say) as azurite:
        sources = [str(capture)]
        if azurite is not None:
            from lakezones.demo.azure_put import put_containers

            with _timed(journey, "put"):
                say(f"putting {firm.facts['containers'].height:,} containers into Azurite at {azurite.endpoint}")
                put_containers(azurite.endpoint, azurite.account_key, firm)
            sources.insert(0, "azurite")  # the connection string says which one
        with _timed(journey, "scan"):
            say("scanning " + " and ".join(sources))
            journey.summaries["scan"] = _scan(ws, settings, sources, azurite)
    stages: dict[str, Callable[[], dict[str, Any]]] = {
        "access": lambda: pipeline.run_access(ws, settings),
        "propose": lambda: pipeline.run_propose(ws, settings),
        "plan": lambda: pipeline.run_plan(ws, settings),
        "verify": lambda: _proof(ws, settings),
        "report": lambda: pipeline.run_report(ws),
    }
    for name, stage in stages.items():
        say(f"lakezones {name}")
        with _timed(journey, name):
            journey.summaries[name] = stage()
    return journey


def before_after(ws: Workspace) -> list[list[Any]]:
    """Rows of the table of before and after: what, before, after."""
    access, proposal = pipeline.read_access(ws), pipeline.read_proposal(ws)
    sizes = access.container_classes.group_by("class_id").len("containers")
    data = access.class_access.filter(pl.col("lane") == "data").join(sizes, on="class_id")
    pairs = int(data["containers"].sum())
    people = data["principal_id"].n_unique()
    migrated = proposal.layout.filter(pl.col("disposition") == "migrate")
    stay = proposal.layout.height - migrated.height
    groups = proposal.resource_groups["group_id"].n_unique()
    left = requests_left(access.requests.height, proposal.summary)
    target_containers = migrated.select("target_account", "target_container").n_unique()
    holders = proposal.role_members.select("role_id", "principal_id")
    per_person = holders.height / max(1, holders["principal_id"].n_unique())
    requests = access.requests
    per_requester = requests.height / max(1, requests["principal_id"].n_unique())
    covered = proposal.summary.get("coverage")
    return [
        ["containers", proposal.layout.height, target_containers + stay],
        ["of them not moved (SAS, holds, sandboxes, dead)", None, stay],
        ["zones and domains", None, migrated.join(proposal.zones, on="container").select("zone", "domain").n_unique()],
        ["people with access", people, people],
        ["person-and-container pairs", pairs, pairs],
        ["access classes", sizes.height, sizes.height],
        ["requests made one by one", requests.height, left],
        ["requests, then roles, per person who has any", round(per_requester, 1), round(per_person, 1)],
        ["roles", 0, proposal.roles.height],
        ["resource groups", None, groups],
        ["share of requests that roles give", 0.0, round(float(covered or 0.0), 3)],
        ["new access", None, int(proposal.roles["new_access"].sum())],
    ]


def requests_left(requests: int, summary: dict[str, Any]) -> int:
    """Requests that no role gives in full, which stay one by one."""
    return requests - int(summary.get("requests_covered", 0))


@contextmanager
def _timed(journey: Journey, name: str) -> Iterator[None]:
    started = perf_counter()
    yield
    journey.seconds[name] = round(perf_counter() - started, 2)


@contextmanager
def _server(wanted: bool, journey: Journey, say: Callable[[str], None]) -> Iterator[Azurite | None]:
    if not wanted:
        journey.note = "read from the capture folder, as asked"
        yield None
        return
    try:
        azurite = Azurite()
        azurite.start()
    except AzuriteUnavailable as error:
        journey.note = f"Azurite is not available ({error.message}): read from the capture folder instead"
        say(journey.note)
        yield None
        return
    try:
        journey.emulated = True
        yield azurite
    finally:
        azurite.stop()


def _scan(ws: Workspace, settings: Settings, sources: list[str], azurite: Azurite | None) -> dict[str, Any]:
    from lakezones.scan import scan

    started = datetime.now(UTC)
    previous = os.environ.get("AZURE_STORAGE_CONNECTION_STRING")
    if azurite is not None:  # the scan takes credentials from its environment, never as an argument
        os.environ["AZURE_STORAGE_CONNECTION_STRING"] = azurite.connection_string
    try:
        result = scan(sources, settings=settings.scan)
    finally:
        if previous is None:
            os.environ.pop("AZURE_STORAGE_CONNECTION_STRING", None)
        else:
            os.environ["AZURE_STORAGE_CONNECTION_STRING"] = previous
    name = pipeline.store_scan(ws, result, settings, started=started)
    return {"snapshot": name, **result.summary()}


def _proof(ws: Workspace, settings: Settings) -> dict[str, Any]:
    proof = pipeline.run_verify(ws, settings)
    return {"holds": proof.holds, "claims": len(proof.claims)}
