"""Systems of record: which each container is of, and what the bank's own register says of them.

In: facts. Out: `read_systems`: system of every container, by its metadata, else by a word of its name that is the code
of one registered system; and area and owner of the system by the register.
"""

import polars as pl

from lakezones.model.frames import Facts
from lakezones.propose.domains.settings import DomainsSettings

WORD = r"[0-9]*[a-z]+[0-9]*|[0-9]{3,}"
"""Words of names: letters with digits at either end, or a number that may be a code."""


def words_in(containers: pl.DataFrame) -> pl.DataFrame:
    """Words of the names of containers, each once: columns container, word."""
    name = pl.col("container").str.split("/").list.last().str.to_lowercase()
    return containers.select("container", word=name.str.extract_all(WORD)).explode("word").drop_nulls().unique()


def read_systems(facts: Facts, containers: pl.DataFrame, settings: DomainsSettings) -> pl.DataFrame:
    """Find the system of every container.

    Parameters
    ----------
    containers : DataFrame
        Column container.

    Returns
    -------
    DataFrame
        container, system (as the register writes it, else as metadata does), register_area (that of the settings
        first), register_owner.
    """
    register = facts.table("systems")
    system = pl.col("system")
    # `Avaloq Core (AVQ)` is also written Avaloq Core, AVQ, and by its id.
    spellings = [
        system,
        pl.col("application_id"),
        system.str.extract(r"\((.+)\)$"),
        system.str.replace(r"\s*\(.+\)$", ""),
    ]
    known = (
        pl.concat([register.select("system", key=one.str.to_lowercase()) for one in spellings]).drop_nulls().unique()
    )
    # A key of two systems, the product's name without its code perhaps, names neither.
    known = known.filter(pl.len().over("key") == 1).select("key", registered="system")
    said = containers.join(facts.said(settings.system_keys, "system"), on="container", how="left")
    said = said.join(known, left_on=system.str.to_lowercase(), right_on="key", how="left")
    shown = words_in(containers).join(known, left_on="word", right_on="key").select("container", shown="registered")
    shown = shown.unique().filter(pl.len().over("container") == 1)
    said = said.join(shown, on="container", how="left").select(
        "container", system=pl.coalesce("registered", "system", "shown")
    )
    given = {name.lower(): domain for name, domain in settings.systems.items()}
    theirs = system.str.to_lowercase().replace_strict(given, default=None, return_dtype=pl.String)
    said = said.join(register.select("system", "area", register_owner="owner"), on="system", how="left")
    return said.with_columns(register_area=pl.coalesce(theirs, "area")).drop("area")
