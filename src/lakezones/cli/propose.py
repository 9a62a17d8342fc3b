"""`lakezones propose`: domains, zones, roles and layout from effective access."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, key_values, listed, shown

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace

app = typer.Typer(**STYLE)


@command(app, "lakezones propose -w lake --preset balanced --max-roles 100")
def propose(
    talk: Talk,
    ws: "Workspace",
    preset: Annotated[str | None, typer.Option(help="birthright, balanced or exact.", metavar="NAME")] = None,
    max_roles: Annotated[int | None, typer.Option(help="Largest number of roles.", min=0, metavar="N")] = None,
    suggest: Annotated[
        bool | None, typer.Option("--suggest/--no-suggest", help="Suggest grants that would complete roles.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="CSV of container,zone[,domain] that are known.", metavar="FILE")
    ] = None,
    over_grant: Annotated[
        int | None, typer.Option(help="Newly exposed person-and-container pairs a merge may cost.", min=0, metavar="N")
    ] = None,
) -> None:
    """Propose domains, zones, roles and a layout. Writes proposal/ in the workspace."""
    from lakezones.errors import InputError
    from lakezones.store.tables import read_csv

    settings = ws.settings(
        roles={"preset": preset, "max_roles": max_roles, "suggest": suggest}, layout={"over_grant": over_grant}
    )
    if labels is not None and not labels.is_file():
        raise InputError(f"{labels} does not exist", hint="--labels takes a CSV with the columns container,zone")
    known = read_csv(labels) if labels is not None else None
    with talk.status("proposing zones, domains, roles and layout"):
        summary = ws.propose(settings, labels=known).summary
    talk.result(summary, key_values(f"Proposal in {ws.root}/proposal", in_short(summary)))


def in_short(summary: dict[str, Any]) -> dict[str, str]:
    """What the command prints for people, a line per part of the proposal; the rest is in summary.json."""
    from lakezones.model.words import counted

    zoning, burden, owned = summary["zoning"], summary["burden"], summary["domains"]
    zones = {zone: zoning[zone] for zone in ("raw", "curated", "consumption", "sandbox", "dead")}
    owned_by = f"{shown(owned['domains'])} for {counted(owned['containers'], 'container')}"
    owned_by += f"; {shown(owned['not_assessed'])} not assessed"
    rows = {
        "domains": "; ".join([owned_by, counted(owned["questions"], "question"), *owned["notes"]]),
        "zones": f"{listed(zones)}; {shown(zoning['needs_review'])} to look at in zone_questions.csv",
        "pilots": shown(summary["pilots"]),
        "roles": (
            f"{shown(summary['roles'])} for {shown(summary['people_in_roles'])} people give"
            f" {share(summary['coverage'])} of {shown(summary['requests'])} requests"
            f" and {share(summary['coverage_pairs'])} of {shown(summary['pairs'])} pairs;"
            f" at most {shown(summary['most_roles_of_a_person'])} for one person"
        ),
        **of_people(summary),
        "new access": f"{shown(summary['new_access'])}; {counted(summary['suggestions'], 'suggestion')} to decide on"
        + (f", with which roles give {share(summary['coverage_if_approved'])}" if summary["suggestions"] else ""),
        "groups": (
            f"{counted(summary['resource_groups'], 'resource group')}, {shown(summary['resource_groups_reused'])}"
            f" of them there already; at most {counted(summary['most_groups_of_a_person'], 'group')} for one person"
        ),
        "residual": f"{counted(summary['residual_rows'], 'row')} outside roles: {listed(summary['residual'])}",
        "layout": (
            f"{shown(summary['migrate'])} of {shown(summary['containers'])} containers move into"
            f" {shown(summary['zone_containers'])}, {shown(summary['retire'])} retire, {shown(summary['leave'])} stay;"
            f" {shown(summary['newly_exposed_pairs'])} pairs newly exposed"
        ),
        "products": f"{shown(summary['products'])}, {shown(summary['products_without_owner'])} without an owner",
        "findings": listed(summary["findings"]),
    }
    if notes := summary["roles_notes"]:
        rows["not known"] = "; ".join(notes)
    if "after" in burden:
        before, after = burden["before"], burden["after"]
        rows["a joiner"] = (
            f"asks {before['requests_per_joiner']:g} times today,"
            f" {after['requests_per_joiner']:g} times with these roles"
        )
    return rows


def of_people(summary: dict[str, Any]) -> dict[str, str]:
    """Lines on layers, on the rules beside roles, and on what nobody uses."""
    from lakezones.model.words import counted

    differ, excess = summary["rule_people"], summary["excess"]
    rows = {
        "layers": listed(summary["roles_by_layer"])
        + (
            f"; without the transitional ones roles give {share(summary['coverage_recognised'])} of requests"
            if summary["roles_transitional"]
            else ""
        ),
        "rules": (
            f"{counted(summary['by_rule'], 'role')} by a rule over attributes; rules would add"
            f" {counted(differ.get('adds', 0), 'person')} and miss {shown(differ.get('misses', 0))};"
            f" {shown(differ.get('leaves', 0))} to leave"
        ),
    }
    if not excess["assessed"]:
        return rows | {"excess": "use was not assessed"}
    parts = {name: share(excess[name] / excess["pairs"] if excess["pairs"] else None) for name in ("today", "fitted")}
    offered = summary["variants_offered"]
    rows["excess"] = (
        f"nobody used {parts['today']} of access in {excess['window_days']} days"
        + (f", {parts['fitted']} with {counted(offered, 'variant')} approved" if offered else "")
        + f"; roles give {share(summary['coverage_of_use'])} of what people used"
    )
    return rows


def share(part: float | None) -> str:
    """A share in percent, or a dash where there was nothing to share."""
    return "-" if part is None else f"{part:.1%}"
