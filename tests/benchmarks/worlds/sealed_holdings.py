"""Who holds what in the family `sealed`: what roles give, less what was forgotten, more than what is needed."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from tests.benchmarks.worlds.sealed_access import Unit
from tests.benchmarks.worlds.sealed_customs import Lake
from tests.benchmarks.worlds.sealed_data import Data
from tests.benchmarks.worlds.sealed_marks import seniors
from tests.benchmarks.worlds.sealed_people import Person, Staff
from tests.benchmarks.worlds.sealed_roles import Role
from tests.benchmarks.worlds.world import Joiner

Pair = tuple[str, str]


@dataclass(kw_only=True, eq=False)
class Holdings:
    """Pairs of principal and entitlement: needed, left over from a former job, and held."""

    needed: set[Pair]
    leftovers: set[Pair]
    held: set[Pair]


def hold(lake: Lake, staff: Staff, roles: list[Role], units: list[Unit], rng: random.Random) -> Holdings:
    """Give people what they need, then let time pass."""
    needed = {(person.pid, unit.name) for role in roles for person in role.people for unit in role.units}
    leftovers = _leftovers(lake, staff, roles, needed, rng)
    kept = sorted(needed)
    rng.shuffle(kept)
    held = set(kept[int(lake.missing * len(kept)) :]) | leftovers
    everybody = [person.pid for person in staff.people if person.enabled]
    plain = [unit for unit in units if not unit.restricted and unit.access == "read"]
    for _ in range(int(lake.odd * len(needed))):
        unit = rng.choice(units if rng.random() < 0.1 else plain)
        held.add((rng.choice(everybody), unit.name))
    for person in staff.people:
        if not person.enabled:
            likely = [role for role in roles if role.team is person.team and role.layer == "job"]
            held |= {(person.pid, unit.name) for role in likely[:1] for unit in role.units if rng.random() < 0.8}
    for pid, _, name in staff.services:
        held |= {(pid, unit.name) for unit in units if _serves(name, unit)}
    if rng.random() < lake.strangers * 30:
        held |= {(f"gone-{rng.randint(100, 999)}", unit.name) for unit in rng.sample(plain, min(3, len(plain)))}
    needed_rows = {pair for pair in needed if pair[0] in set(everybody)}
    return Holdings(needed=needed_rows, leftovers=leftovers, held=held)


def _serves(name: str, unit: Unit) -> bool:
    """Whether a service holds it: the tool and loaders write, the gateway reads what is made for readers."""
    if unit.access == "read":
        return name.endswith("-gw") and unit.kind == "product" and not unit.restricted and unit.below < 0.3
    if name.startswith("sp-"):
        return unit.half.writers in ("service", "hub") or unit.half.index == 0
    return name.startswith(f"svc-{unit.half.house.country}-")


def _leftovers(lake: Lake, staff: Staff, roles: list[Role], needed: set[Pair], rng: random.Random) -> set[Pair]:
    """What people who changed teams kept of their former job."""
    jobs = [role for role in roles if role.layer == "job" and role.team]
    areas = {role.name.removeprefix("area "): role for role in roles if role.layer == "area"}
    movers = [person for person in staff.insiders() if person.team.members[0] is not person]
    found: set[Pair] = set()
    for person in rng.sample(movers, int(lake.movers * len(movers))):
        able = [job for job in jobs if job.team is not person.team and person not in job.people]
        near = [job for job in able if job.team and job.team.half is person.team.half]
        if not able:
            continue
        former = rng.choice(near if near and rng.random() < 0.85 else able)
        share = rng.uniform(0.6, 1.0)
        kept = [unit for unit in former.units if rng.random() < share]
        area = areas.get((former.team.area or "") if former.team else "")
        if area and area.name != f"area {person.area}" and rng.random() < 0.4:
            kept += area.units
        found |= {(person.pid, unit.name) for unit in kept if (person.pid, unit.name) not in needed}
    return found


def carriers(
    lake: Lake, data: Data, staff: Staff, units: list[Unit], holdings: Holdings, rng: random.Random
) -> dict[str, pl.DataFrame]:
    """The tables that carry access: requests and what they open, or plain grants."""
    opened = pl.DataFrame(
        {
            "entitlement": [unit.name for unit in units for _ in unit.containers],
            "container": [data.names[place] for unit in units for place in unit.containers],
            "access": [unit.access for unit in units for _ in unit.containers],
        }
    )
    requests = _requests(lake, staff, units, holdings, rng)
    if lake.carrier == "entitlements":
        return {"entitlements": requests, "entitlement_containers": opened}
    approved = requests.filter(pl.col("status").fill_null("approved") == "approved")
    columns = ["principal_id", "entitlement", pl.col("approved_at").alias("granted_at")]
    return {"grants": approved.select(columns).join(opened, on="entitlement", maintain_order="left")}


def _requests(lake: Lake, staff: Staff, units: list[Unit], holdings: Holdings, rng: random.Random) -> pl.DataFrame:
    leads, by_name = seniors(staff), {unit.name: unit for unit in units}
    says_approved = rng.random() < 0.7
    desk = rng.choice(("IAM Desk", "access-management", "Central Authorisations"))
    rows: list[tuple[str, str, str | None, datetime, datetime | None, str | None]] = []
    for pid, name in sorted(holdings.held):
        unit = by_name[name]
        old = (pid, name) in holdings.leftovers
        asked = lake.as_of - timedelta(days=rng.uniform(400, 2200) if old else rng.uniform(3, 1500))
        lead = rng.choice(leads[unit.half.index, unit.area])
        central = lake.approver == "desk" or (lake.approver == "mixed" and unit.half.index == 0)
        if rng.random() < 0.04:
            lead = rng.choice(staff.people)
        approver = desk if central else lead.pid if lake.approver_as == "id" else lead.name
        status = "approved" if says_approved else None
        rows.append((pid, name, status, asked, asked + timedelta(hours=rng.uniform(1, 90)), approver))
    people = [person.pid for person in staff.people]
    names = sorted(by_name)
    for _ in range(int(lake.other_rows * len(rows))):
        pair = (rng.choice(people), rng.choice(names))
        if pair not in holdings.held:
            status = rng.choice(("pending", "denied", "revoked", "expired"))
            rows.append((*pair, status, lake.as_of - timedelta(days=rng.uniform(1, 300)), None, None))
    text = pl.String()
    time = pl.Datetime("us", "UTC")
    schema = {
        "principal_id": text,
        "entitlement": text,
        "status": text,
        "requested_at": time,
        "approved_at": time,
        "approver": text,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.unique(["principal_id", "entitlement"], keep="first", maintain_order=True)


def joiners(lake: Lake, staff: Staff, roles: list[Role], rng: random.Random) -> tuple[Joiner, ...]:
    """People who come to a team of four or more: they need what most of the same department and title do."""
    insiders = staff.insiders()
    teams = [team for team in staff.teams if team.area and len([one for one in team.members if one in insiders]) >= 4]
    found: list[Joiner] = []
    for _ in range(300):
        if not teams or len(found) >= lake.joiners:
            break
        team = rng.choice(teams)
        model = rng.choice([one for one in team.members[1:] if one in insiders] or team.members[:1])
        peers = _peers(model, insiders)
        if len(peers) < 3 or model.team.area is None:
            continue
        usual = [role for role in roles if role.layer in ("birthright", "area", "job") and _most(role, peers)]
        needed = frozenset(unit.name for role in usual for unit in role.units)
        if needed:
            found.append(
                Joiner(
                    department=model.department,
                    title=model.title,
                    needed=needed,
                    area=model.team.area,
                    manager_id=model.manager,
                )
            )
    return tuple(found)


def _peers(model: Person, insiders: list[Person]) -> list[Person]:
    """Those whom the directory shows like `model`; where it shows no department, those of the same manager."""
    if model.department is None:
        return [one for one in insiders if one.manager == model.manager and one.title == model.title]
    return [one for one in insiders if one.department == model.department and one.title == model.title]


def _most(role: Role, peers: list[Person]) -> bool:
    return 2 * len([one for one in peers if one in role.people]) >= len(peers)


def pairs_frame(pairs: set[Pair]) -> pl.DataFrame:
    """Pairs as a sorted frame."""
    schema = {"principal_id": pl.String, "entitlement": pl.String}
    return pl.DataFrame(sorted(pairs), schema=schema, orient="row")
