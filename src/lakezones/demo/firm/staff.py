"""The people: teams, jobs, planted roles, and a directory that is partly out of date.

In: settings, a seed and the :class:`~lakezones.demo.firm.lake.Lake`. Out: a :class:`Staff`. A planted role is a
job of a department: everything the job needs. Some of it is what everybody needs, some what the
whole department or the team does, the rest is the job's own. A title is one job within a department, and says
nothing across departments. A few people do a second job.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from lakezones.demo.firm.draw import Ints, Rng, before, object_ids, share_out, stream
from lakezones.demo.firm.lake import Lake
from lakezones.demo.firm.settings import FirmSettings
from lakezones.demo.firm.words import WORDS


@dataclass(frozen=True)
class Staff:
    """People and planted roles.

    Attributes
    ----------
    people
        person, principal_id, name, handle, domain, team, job, department (as the directory has it), title,
        manager_id, enabled, last_sign_in.
    roles
        role, role_name, kind (job), domain, team, job.
    role_entitlements
        role, ent.
    role_people
        role, person: whom it is planted in today.
    former
        person, role: the job that a mover had before.
    teams
        team, team_name, domain, group_id.
    """

    people: pl.DataFrame
    roles: pl.DataFrame
    role_entitlements: pl.DataFrame
    role_people: pl.DataFrame
    former: pl.DataFrame
    teams: pl.DataFrame


def build_staff(settings: FirmSettings, seed: int, lake: Lake) -> Staff:
    """Build teams, people and planted roles."""
    rng = stream(seed, "staff")
    teams = _teams(rng, settings, lake)
    jobs, role_entitlements = _roles(rng, settings, lake, teams)
    count = settings.people
    # Every job has somebody, as far as there are people; most have a few, some many.
    filled = min(jobs.height, count)
    sizes = share_out(count, rng.lognormal(0, 0.45, filled))
    job_role = np.sort(np.repeat(jobs["role"].to_numpy()[:filled], sizes))
    team = jobs["team"].to_numpy()[job_role]
    order = np.argsort(team, kind="stable")
    job_role, team = job_role[order], team[order]
    second = np.sort(rng.choice(count, round(settings.second_role * count), replace=False))
    held = pl.DataFrame(
        {
            "role": np.concatenate([job_role, _other(rng, jobs, job_role[second])]),
            "person": np.concatenate([np.arange(count), second]),
        }
    )
    movers = np.sort(rng.choice(count, round(settings.movers * count), replace=False))
    former = pl.DataFrame({"person": movers, "role": _other(rng, jobs, job_role[movers])})
    people = _directory(rng, settings, lake, teams, team, jobs, job_role, former)
    return Staff(people, jobs, role_entitlements, held.unique().sort("role", "person"), former, teams)


def _teams(rng: Rng, settings: FirmSettings, lake: Lake) -> pl.DataFrame:
    number = len(lake.domains)
    sizes = np.ones(number, dtype=np.int64)
    room = np.array([len(domain.teams) for domain in lake.domains])
    while sizes.sum() < settings.teams and (sizes < room).any():
        sizes[int(rng.choice(np.flatnonzero(sizes < room)))] += 1
    names, domains = [], []
    for position, domain in enumerate(lake.domains):
        names += [str(name) for name in rng.choice(domain.teams, sizes[position], replace=False)]
        domains += [position] * int(sizes[position])
    return pl.DataFrame(
        {
            "team": np.arange(len(names)),
            "team_name": names,
            "domain": np.array(domains, dtype=np.int64),
            "group_id": object_ids(rng, len(names)),
        }
    )


def _roles(rng: Rng, settings: FirmSettings, lake: Lake, teams: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Plant roles: the jobs of each department, each in one of its teams."""
    ents = lake.entitlements
    reads = ents.filter(pl.col("access") == "read")
    sizes = lake.areas["size"].to_numpy().astype(float)
    restricted = lake.areas["restricted"].to_numpy()
    of_domain = reads["domain"].to_numpy()
    likes = np.select([lake.areas["profile"] == "consumption", lake.areas["profile"] == "curated"], [3.0, 1.5], 1.0)
    # Neither what everybody holds nor what is asked for most is the largest or the smallest source.
    usual = (sizes > 0.4 * sizes.mean()) & (sizes < 1.7 * sizes.mean()) & ~restricted
    # And what everybody holds is given by groups, never request by request.
    grouped = (reads["enforcement"] == "group").to_numpy()
    common = likes * np.where(usual & grouped, 1.0, 1e-6)
    everybody = _choose(rng, common, settings.birthright_all)
    shared = []
    for position in range(len(lake.domains)):
        near = np.where(of_domain == position, 1.0, 1e-4)
        near[everybody] = 0
        shared.append(_choose(rng, common * near, settings.birthright_domain))
    # Some sources are asked for again and again, and large ones a little more than small ones.
    spread = np.clip(likes * rng.pareto(2.5, len(sizes)) + 0.2, 0.2, 4.0) * (sizes / sizes.mean()) ** 0.2
    writing = ents.filter(pl.col("access") == "write")
    rows: list[tuple[str, str, int, int, str]] = []
    content: list[Ints] = []
    for position, team, title in _jobs(rng, settings, lake, teams):
        near = np.where(of_domain == position, 1.0, 0.025)
        near[everybody] = near[shared[position]] = 0
        if title is None:  # the team's own, which all of its jobs share
            core = _choose(rng, spread * near, settings.per_team)
            continue
        near[core] = 0
        extra = _choose(rng, spread * near, max(1, settings.per_job + int(rng.integers(-2, 3))))
        if title == WORDS.engineer:
            mine = writing.filter(pl.col("domain") == position)["ent"].to_numpy()
            kept = rng.permutation(mine)[: max(1, settings.per_job - 1)]
            extra = np.concatenate([extra[: max(1, extra.size - kept.size)], kept])
        rows.append((f"{lake.domains[position].name} {title}", "job", position, team, title))
        content.append(np.concatenate([everybody, shared[position], core, extra]))
    columns = ["role_name", "kind", "domain", "team", "job"]
    roles = pl.DataFrame(rows, schema=columns, orient="row").with_row_index("role")
    planted = pl.DataFrame(
        {
            "role": np.repeat(np.arange(len(content)), [len(one) for one in content]),
            "ent": np.concatenate(content),
        }
    )
    return roles.with_columns(pl.col("role").cast(pl.Int64)), planted.unique().sort("role", "ent")


def _jobs(rng: Rng, settings: FirmSettings, lake: Lake, teams: pl.DataFrame) -> Iterator[tuple[int, int, str | None]]:
    """Domain, team and title of every job, the team itself (no title) before its jobs; one engineer in each domain."""
    most = len(WORDS.jobs)
    sizes = teams["domain"].value_counts().sort("domain")["count"].to_numpy().astype(np.int64)
    while sizes.sum() < settings.jobs and (sizes < most).any():
        sizes[int(rng.choice(np.flatnonzero(sizes < most)))] += 1
    for position in range(len(lake.domains)):
        others = [str(title) for title in rng.permutation(WORDS.jobs[1:])]
        titles = [WORDS.engineer, *others][: int(sizes[position])]
        own = teams.filter(pl.col("domain") == position)["team"].to_list()
        # Every team has a job; the others are in any team.
        at = [*own, *(int(team) for team in rng.choice(own, len(titles) - len(own)))]
        for team in own:
            yield position, team, None
            yield from ((position, team, title) for title, where in zip(titles, at, strict=True) if where == team)


def _choose(rng: Rng, weights: np.ndarray, count: int) -> Ints:
    """Draw `count` different positions by weight; fewer if fewer have any weight."""
    possible = int((weights > 0).sum())
    found: Ints = rng.choice(len(weights), min(count, possible), replace=False, p=weights / weights.sum())
    return np.sort(found)


def _other(rng: Rng, jobs: pl.DataFrame, roles: Ints) -> Ints:
    """Another job for each of `roles`, in another team."""
    every = jobs["role"].to_numpy()
    team = dict(jobs.select("role", "team").iter_rows())
    teams = jobs["team"].to_numpy()
    found = [int(rng.choice(every[teams != team[int(role)]] if len(set(teams)) > 1 else every)) for role in roles]
    return np.array(found, dtype=np.int64)


def _directory(
    rng: Rng,
    settings: FirmSettings,
    lake: Lake,
    teams: pl.DataFrame,
    team: Ints,
    jobs: pl.DataFrame,
    job_role: Ints,
    former: pl.DataFrame,
) -> pl.DataFrame:
    """Give people names, managers and the department that the directory has for them."""
    count = len(team)
    ids = object_ids(rng, count)
    domain = teams["domain"].gather(team).to_numpy()
    spelled = [str(rng.choice(one.departments)) for one in lake.domains]
    department: list[str | None] = [spelled[position] for position in domain]
    draw = rng.random(count)
    first, second = (int(x) for x in rng.choice(len(lake.domains), 2, replace=False))
    merged = f"{spelled[first]} / {spelled[second]}"
    inside = np.flatnonzero((domain == first) | (domain == second))
    for person in rng.permutation(inside)[: round(settings.department_merged * count)]:
        department[person] = merged
    where = dict(jobs.select("role", "domain").iter_rows())
    moved = {person: where[role] for person, role in former.iter_rows()}
    blank, stale = settings.department_blank, settings.department_blank + settings.department_stale
    for person in range(count):
        if draw[person] < blank:
            department[person] = None
        elif draw[person] < stale:
            department[person] = spelled[moved.get(person, int(rng.integers(len(spelled))))]
    title = dict(jobs.select("role", "job").iter_rows())
    names, handles = _people_names(rng, count)
    enabled = np.ones(count, dtype=bool)
    enabled[rng.choice(count, max(1, round(settings.disabled * count)), replace=False)] = False
    head = {int(number): int(np.flatnonzero(team == number)[0]) for number in np.unique(team)}
    away = np.where(enabled, rng.exponential(4, count), rng.uniform(60, 400, count))
    return pl.DataFrame(
        {
            "person": np.arange(count),
            "principal_id": ids,
            "name": names,
            "handle": handles,
            "domain": domain,
            "team": team,
            "job": [title[int(role)] for role in job_role],
            "department": pl.Series(department, dtype=pl.String),
            "title": [title[int(role)] for role in job_role],
            "manager_id": [ids[head[int(t)]] if head[int(t)] != p else ids[0] for p, t in enumerate(team)],
            "enabled": enabled,
            "last_sign_in": before(settings.today, away),
        }
    )


def _people_names(rng: Rng, count: int) -> tuple[list[str], list[str]]:
    pairs = len(WORDS.first) * len(WORDS.last)
    drawn = rng.choice(pairs, count, replace=count > pairs)
    names, handles = [], []
    seen: dict[str, int] = {}
    for one in drawn:
        first, last = WORDS.first[one % len(WORDS.first)], WORDS.last[one // len(WORDS.first)]
        handle = f"{first[0]}{last}".lower()
        seen[handle] = seen.get(handle, 0) + 1
        names.append(f"{first} {last}")
        handles.append(handle if seen[handle] == 1 else f"{handle}{seen[handle]}")
    return names, handles
