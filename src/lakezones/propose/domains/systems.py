"""Systems of record: which each container is of, and what the bank's register says of them.

In: facts. Out: `read_systems`: system of every container, from its metadata, else from a word of its name: the code of
a registered system, or a word that stands for one system in what metadata says of others; and what the register says.
"""

import polars as pl

from lakezones.model.frames import Facts
from lakezones.propose.domains.settings import DomainsSettings

PURE = 0.95
"""A word of names stands for a system if so large a share of its containers is of that system."""

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
        container, system (as the register writes it, else as metadata does), register_area, register_owner.
    """
    register = facts.table("systems")
    code = pl.col("system").str.extract(r"\(([^()]+)\)\s*$")
    known = (
        pl.concat(
            [
                register.select("system", rank=pl.lit(rank), key=spelled.str.strip_chars().str.to_lowercase())
                for rank, spelled in enumerate(
                    [
                        pl.col("system"),
                        pl.col("application_id"),
                        code,
                        pl.col("system").str.replace(r"\s*\([^()]+\)\s*$", ""),
                    ]
                )
            ]
        )
        .drop_nulls("key")
        .unique()
        # A key of two systems, the product's name without its code perhaps, names neither.
        .filter(pl.col("system").n_unique().over("key") == 1)
        .sort("key", "rank")
        .unique("key", keep="first", maintain_order=True)
        .select("key", registered="system")
    )
    said = containers.join(facts.said(settings.system_keys, "system"), on="container", how="left")
    said = said.with_columns(key=pl.col("system").str.strip_chars().str.to_lowercase()).join(
        known, on="key", how="left"
    )
    said = said.select("container", system=pl.coalesce("registered", "system"))
    words = words_in(containers)
    listed = words.join(known, left_on="word", right_on="key").select("container", "word", shown="registered")
    shown = pl.concat([listed, _stand_for_systems(said, words)]).sort("container", "shown")
    # A name with words of two systems is of neither.
    shown = shown.filter(pl.col("shown").n_unique().over("container") == 1).unique("container")
    said = said.join(shown, on="container", how="left").select("container", system=pl.coalesce("system", "shown"))
    by_system = register.select("system", register_area="area", register_owner="owner")
    return said.join(by_system, on="system", how="left")


def _stand_for_systems(said: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Words in the names of half of a system's containers, and of hardly any other: container, word, shown."""
    known = said.drop_nulls("system").with_columns(size=pl.len().over("system"))
    counted = words.join(known, on="container").group_by("word", "system").agg(n=pl.len(), size=pl.col("size").first())
    codes = counted.filter(
        pl.col("n") >= 3, pl.col("n") >= PURE * pl.col("n").sum().over("word"), pl.col("n") >= 0.5 * pl.col("size")
    )
    return words.join(codes, on="word").select("container", "word", shown="system")
