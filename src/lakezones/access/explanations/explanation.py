"""Why somebody has access: every path, what of it was used, and what would remain without it.

In: facts, access and a principal, a container or both. Out: an `Explanation`.
"""

import polars as pl

from lakezones.access.explanations.lookup import find_container, find_principal
from lakezones.access.explanations.overview import of_container, of_person
from lakezones.access.explanations.paths import paths
from lakezones.access.explanations.tree import Explanation
from lakezones.access.settings import AccessSettings
from lakezones.errors import UsageError
from lakezones.model.frames import Access, Facts


def explain(
    facts: Facts,
    access: Access,
    *,
    principal: str | None = None,
    container: str | None = None,
    zones: pl.DataFrame | None = None,
    settings: AccessSettings | None = None,
) -> Explanation:
    """Explain access.

    Parameters
    ----------
    facts, access
        The snapshot, and the access worked out from it.
    principal
        Id or name of a person, group or service principal.
    container
        Name of a container.
    zones
        Table ``zones`` of a proposal, to sum a person's access by zone.
    settings
        Settings the access was worked out with.

    Raises
    ------
    NotFoundError
        If there is no such principal or container; the hint suggests which may be meant.
    UsageError
        If neither is given, or a name is ambiguous.
    """
    settings = settings or AccessSettings()
    who = find_principal(facts, access, principal) if principal is not None else None
    what = find_container(access, container) if container is not None else None
    if who is not None and what is not None:
        return paths(facts, who, what, settings)
    if who is not None:
        return of_person(facts, access, who, zones)
    if what is not None:
        return of_container(facts, access, what, settings)
    raise UsageError("nothing to explain", hint="give a principal, a container or both")
