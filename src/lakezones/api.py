"""The stages as functions on frames, for notebooks and for code that keeps its tables elsewhere.

In: facts, and what earlier stages gave. Out: the frozen bundles of `lakezones.model.frames`, whose frames have the
schemas of `lakezones.model.tables`. Nothing is written. `lakezones.Workspace` has the same stages on files.

Each function takes `settings`, by default those of the environment and the packaged defaults; give
``lakezones.Settings(flags={"roles": {"max_roles": 100}})`` to change some. A stage is imported when its function is
called.

Examples
--------
>>> from lakezones import api
>>> scanned = api.scan("fixtures/golden/capture")
>>> access = api.access(scanned.facts)
>>> access.summary["containers"], access.summary["classes"]
(40, 17)
>>> proposal = api.propose(scanned.facts, access).proposal
>>> target = api.target(scanned.facts, access, proposal)
>>> plan = api.plan(scanned.facts, access, target)
>>> api.verify(scanned.facts, access, proposal, plan).holds
True
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import dataframely as dy
    import polars as pl

    from lakezones.config import Settings
    from lakezones.model.frames import Access, Facts, Plan, Proof, Proposal, Reviewed, Target
    from lakezones.model.tables import Standings
    from lakezones.propose.roles.carry import Earlier
    from lakezones.propose.stage import Proposed
    from lakezones.scan import ScanResult, Selection

__all__ = ["MinedRoles", "access", "findings", "mine", "plan", "propose", "scan", "target", "verify"]


def scan(
    *sources: str, settings: "Settings | None" = None, selection: "Selection | None" = None, credential: Any = None
) -> "ScanResult":
    """Read raw facts from capture folders, storage accounts or Azurite; writes to none of them.

    Parameters
    ----------
    sources
        As for the command: folders, ``azurite``, ``https://ACCOUNT.blob.core.windows.net``; at least one.
    selection
        Containers and tables to read; all by default.
    credential
        An asynchronous token credential; ``DefaultAzureCredential`` by default.

    Returns
    -------
    ScanResult
        ``facts`` is what the other functions take; ``gaps`` are reads that failed, ``rejected`` rows that could not
        be used.

    Raises
    ------
    lakezones.errors.LakezonesError
        If no source is given, a capture cannot be used as a whole, or an endpoint does not answer.
    """
    from lakezones.scan import scan as read

    return read(sources, settings=(settings or _settings()).scan, selection=selection, credential=credential)


def access(
    facts: "Facts", *, settings: "Settings | None" = None, grants: "Iterable[pl.DataFrame] | None" = None
) -> "Access":
    """Resolve who can do what: classes of containers with equal grants, and who reaches each, per lane and level.

    Parameters
    ----------
    grants
        The table ``grants`` in batches, where it is too long for memory; `facts` then has none.
    """
    from lakezones.access import resolve

    return resolve(facts, settings=(settings or _settings()).access, grants=grants)


def findings(
    facts: "Facts", access: "Access", proposal: "Proposal | None" = None, *, settings: "Settings | None" = None
) -> "tuple[pl.DataFrame, dict[str, Any]]":
    """What a security team should look at, most severe first, and the figures beside it.

    Returns
    -------
    polars.DataFrame
        Schema `lakezones.model.tables.Findings`.
    dict
        See `lakezones.findings.assess`.
    """
    from lakezones.findings import assess

    settings = settings or _settings()
    return assess(
        facts,
        access,
        proposal,
        settings=settings.findings,
        access_settings=settings.access,
        limits=settings.limits,
        sod=settings.policies.sod,
    )


def propose(
    facts: "Facts",
    access: "Access",
    *,
    labels: "pl.DataFrame | None" = None,
    earlier: "Earlier | None" = None,
    settings: "Settings | None" = None,
) -> "Proposed":
    """Propose domains, zones, roles and a layout, in that order.

    Parameters
    ----------
    labels
        Zones that are known: container, zone and, where it is known, domain.
    earlier
        Roles of the last reviewed proposal, whose ids are carried over.

    Returns
    -------
    Proposed
        ``proposal`` is what the other functions take; beside it zones to look at, products, prices and findings.

    Raises
    ------
    lakezones.errors.InputError
        If labels name an unknown zone or container, or say two things of one container.
    """
    from lakezones.propose.stage import propose as make

    return make(facts, access, settings=settings or _settings(), labels=labels, earlier=earlier)


@dataclass(frozen=True, kw_only=True)
class MinedRoles:
    """Roles of an access matrix.

    Attributes
    ----------
    roles
        role_id, members, containers, pairs_covered, new_access.
    role_members
        role_id, principal_id.
    role_containers
        role_id, container, access.
    residual
        principal_id, container, access, disposition, reason: what no role gives.
    summary
        Counts, ``lower_bound`` and ``optimal``, as the command ``mine`` prints them.
    """

    roles: "pl.DataFrame"
    role_members: "pl.DataFrame"
    role_containers: "pl.DataFrame"
    residual: "pl.DataFrame"
    summary: dict[str, Any]


def mine(
    grants: "pl.DataFrame", *, mode: Literal["exact", "practical"] = "exact", time_limit: float | None = None
) -> MinedRoles:
    """Mine roles from any access matrix.

    Parameters
    ----------
    grants
        A row per assignment: person, permission and, where there are levels, access, in the first two or three
        columns; further columns are not looked at.
    mode
        ``exact``: the fewest roles that give precisely the matrix. ``practical``: few roles that give most of it.
    time_limit
        Seconds after which the search stops with what it has.

    Examples
    --------
    >>> import polars as pl
    >>> grants = pl.DataFrame({"person": ["ann", "ann", "bob", "bob", "cem"], "right": list("xyxyz")})
    >>> mined = mine(grants)
    >>> mined.roles.height, mined.summary["lower_bound"], mined.summary["optimal"]
    (2, 2, True)
    """
    import polars as pl

    from lakezones.mining.matrix import mine_matrix
    from lakezones.store.matrix import matrix_of, tables_of
    from lakezones.store.mined import role_ids, summarise

    text = grants.select(pl.nth(range(min(3, grants.width))).cast(pl.String).fill_null(""))
    matrix = matrix_of(text.iter_rows())
    mined = mine_matrix(matrix.access, mode=mode, time_limit=time_limit)
    tables = {
        name: pl.DataFrame(list(rows), schema=columns, orient="row", infer_schema_length=None)
        for name, (columns, rows) in tables_of(matrix, mined, role_ids(matrix, mined)).items()
    }
    return MinedRoles(**tables, summary=summarise(matrix, mined, mode))


def target(
    facts: "Facts",
    access: "Access",
    proposal: "Proposal",
    *,
    standings: "dy.DataFrame[Standings] | None" = None,
    accept_asserted: bool = False,
    settings: "Settings | None" = None,
) -> "Target":
    """Turn a proposal and what was decided on it into what is to be carried out.

    Parameters
    ----------
    standings
        Where each item stands (`lakezones.model.tables.Standings`); without any, all that is proposed is a draft.
    accept_asserted
        Whether to act on what waits for a second reviewer or is asserted without evidence.
    """
    from lakezones.review.target import decide

    settings = settings or _settings()
    return decide(
        facts,
        access,
        proposal,
        standings,
        sod=settings.policies.sod,
        naming=settings.naming,
        accept_asserted=accept_asserted,
    )


def plan(facts: "Facts", access: "Access", target: "Target", *, settings: "Settings | None" = None) -> "Plan":
    """Stage what was decided as steps and waves that keep everybody's access at every step.

    Parameters
    ----------
    target
        As `target` gives it; that of a draft makes a plan of everything, which is a draft as well.
    """
    from lakezones.plan.build import build

    settings = settings or _settings()
    return build(facts, access, target, settings=settings.plan, limits=settings.limits)


def verify(
    facts: "Facts",
    access: "Access",
    proposal: "Proposal",
    plan: "Plan",
    *,
    reviewed: "Reviewed | None" = None,
    settings: "Settings | None" = None,
) -> "Proof":
    """Replay a plan and check every claim: nobody loses needed access, gains unapproved access, and no limit breaks.

    Parameters
    ----------
    reviewed
        The decisions that the plan was made with, and what they are held against
        (`lakezones.review.target.standing.reviewed_now`); without them it may give nothing new.
    """
    from lakezones.verify import Waits, prove

    settings = settings or _settings()
    waits = Waits(membership_days=settings.plan.membership_wait_days, soak_days=settings.plan.soak_days)
    return prove(
        facts,
        access,
        proposal,
        plan,
        limits=settings.limits,
        reviewed=reviewed,
        sod=settings.policies.sod,
        waits=waits,
    )


def _settings() -> "Settings":
    from lakezones.config import Settings

    return Settings()
