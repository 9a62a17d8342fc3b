"""A company of jobs: who needs what, what years of requests made of it, and what the directory says.

In: sizes and a seed. Out: `Company`, matrices as lists of sets with the planted roles beside them. A planted role is
a job of a department: everything that the job needs, the few entitlements of everybody included.
"""

import random
from dataclasses import dataclass, field


@dataclass
class Company:
    """A generated company.

    Attributes
    ----------
    held, needed
        Per person, entitlements.
    roles
        Planted roles: people and entitlements.
    department, title, manager
        Per person, as the directory has it.
    moved
        Per person who moved, the planted role left behind.
    used
        Per person, share of each held entitlement's containers that was used.
    """

    held: list[set[int]] = field(default_factory=list)
    needed: list[set[int]] = field(default_factory=list)
    roles: list[tuple[set[int], set[int]]] = field(default_factory=list)
    department: list[str | None] = field(default_factory=list)
    title: list[str | None] = field(default_factory=list)
    manager: list[int] = field(default_factory=list)
    moved: dict[int, int] = field(default_factory=dict)
    used: list[dict[int, float]] = field(default_factory=list)


def generate(
    seed: int,
    *,
    people: int = 300,
    entitlements: int = 277,
    jobs: int = 80,
    departments: int = 12,
    content: tuple[int, int] = (12, 18),
    everybody: int = 2,
    missing: float = 0.05,
    odd: float = 0.03,
    movers: float = 0.15,
    second: float = 0.10,
    noise: float = 0.0,
) -> Company:
    """Generate a company.

    Parameters
    ----------
    noise
        Share of people whose department is blank, stale or merged with another.
    """
    draw = random.Random(seed)
    company = Company()
    home = [j % departments for j in range(jobs)]
    pool = [set(range(d, entitlements, departments)) for d in range(departments)]
    common = set(draw.sample(range(entitlements), everybody))
    contents = []
    for j in range(jobs):
        size = draw.randint(*content)
        near = draw.sample(sorted(pool[home[j]] - common), min(len(pool[home[j]] - common), round(0.65 * size)))
        far = draw.sample(sorted(set(range(entitlements)) - common - set(near)), max(0, size - len(near) - everybody))
        contents.append(common | set(near) | set(far))
    weights = [1.0 / (1 + j % 7) ** 0.5 for j in range(jobs)]
    main = draw.choices(range(jobs), weights, k=people)
    others = {p: draw.randrange(jobs) for p in draw.sample(range(people), round(second * people))}
    planted: list[set[int]] = [set() for _ in range(jobs)]
    for p in range(people):
        planted[main[p]].add(p)
        company.needed.append(set(contents[main[p]]))
        if p in others:
            planted[others[p]].add(p)
            company.needed[p] |= contents[others[p]]
    company.roles = list(zip(planted, contents, strict=True))
    for p in draw.sample(range(people), round(movers * people)):
        company.moved[p] = draw.choice([j for j in range(jobs) if j not in (main[p], others.get(p))])
    for p in range(people):
        have = {e for e in sorted(company.needed[p]) if draw.random() >= missing}
        old = contents[company.moved[p]] if p in company.moved else set()
        have |= {e for e in sorted(old - company.needed[p]) if draw.random() < 0.85}
        company.held.append(have)
    total = sum(map(len, company.needed))
    for _ in range(round(odd * total)):
        p = draw.randrange(people)
        company.held[p].add(draw.choice(sorted(set(range(entitlements)) - company.needed[p])))
    for p in range(people):
        company.used.append(
            {
                e: draw.betavariate(2, 4) if e in company.needed[p] else draw.betavariate(0.4, 6)
                for e in sorted(company.held[p])
            }
        )
    heads = [min(planted[j], default=0) for j in range(jobs)]
    for p in range(people):
        department: str | None = f"Department {home[main[p]]}"
        if draw.random() < noise:
            stale = home[company.moved[p]] if p in company.moved else draw.randrange(departments)
            merged = f"Department {home[main[p]] // 2 * 2} and {home[main[p]] // 2 * 2 + 1}"
            department = draw.choice([None, f"Department {stale}", merged])
        company.department.append(department)
        company.title.append(f"Job {main[p] // departments}")
        company.manager.append(heads[main[p]])
    return company
