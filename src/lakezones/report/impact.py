"""What moving a container touches: its tools, what they read and write beside it, its readers and target.

In: facts, access, the proposal if there is one. Out: one document.
"""

from typing import Any

import polars as pl

from lakezones.errors import NotFoundError
from lakezones.model.frames import Access, Facts, Proposal


def impact(facts: Facts, access: Access, proposal: Proposal | None, container: str) -> dict[str, Any]:
    """What a container's move touches.

    Returns
    -------
    dict
        ``container``, ``class``, ``people`` (with access in the data lane), ``other_lanes``, ``references_assessed``,
        ``artifacts`` of tools, ``containers_beside`` that these read or write too and, with a proposal, ``target``:
        its row of the layout.

    Raises
    ------
    NotFoundError
        If there is no container of precisely that name.
    """
    this = pl.col("container") == container
    known = access.container_classes.filter(this)
    if known.is_empty():
        raise NotFoundError(f"no container {container!r}")
    class_id = known.item(0, "class_id")
    held = access.class_access.filter(pl.col("class_id") == class_id)
    references = facts.table("references")
    tools = references.filter(this)
    beside = references.join(tools, on=["tool", "artifact"], how="semi").filter(~this)
    found: dict[str, Any] = {
        "container": container,
        "class": class_id,
        "people": held.filter(pl.col("lane") == "data")["principal_id"].n_unique(),
        "other_lanes": sorted(held.filter(pl.col("lane") != "data")["lane"].cast(pl.String).unique()),
        "references_assessed": facts.assessed("references"),
        "artifacts": tools.select("tool", "artifact", "direction", "owner").unique().sort(pl.all()).to_dicts(),
        "containers_beside": sorted(beside["container"].unique()),
    }
    if proposal is not None:
        found["target"] = next(iter(proposal.layout.filter(this).to_dicts()), None)
    return found
