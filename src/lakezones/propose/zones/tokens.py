"""Names to tokens, and tokens to zones by the lexicon.

In: names of containers. Out: their tokens with position, and which lexicon entries each token matches. Work is done
once per distinct token, so 500,000 names cost little more than their split.
"""

import re
from typing import Final

import polars as pl

from lakezones.propose.zones.settings import Lexicon

ZONES: Final = ("raw", "curated", "consumption")
MEANINGS: Final = {
    **{zone: (zone,) for zone in ZONES},
    "raw_or_curated": ("raw", "curated"),
    "raw_or_consumption": ("raw", "consumption"),
    "curated_or_consumption": ("curated", "consumption"),
}
"""Kinds of words that name a zone, and the zones they may mean."""

KINDS: Final = (*MEANINGS, "sandbox", "maybe_sandbox")

# camelCase and PascalCase borders, then anything that is no letter or digit.
_CAMEL: Final = r"([a-z0-9])([A-Z])"
_SPLIT: Final = r"[^A-Za-z0-9]+"
_MAX_TOKENS: Final = 16
"""A container's name has 63 characters; longer ones are hostile."""


def tokenize(containers: pl.Series) -> pl.DataFrame:
    """Tokens of names, in order.

    Returns
    -------
    DataFrame
        Columns node (position in `containers`), position, last (tokens from the end), token and word; digits at the
        end of a word are dropped for the token (``stg01`` is ``stg``, but ``l2`` stays), pure numbers are dropped.

    Examples
    --------
    >>> tokenize(pl.Series(["stg01_custOrders"]))["token"].to_list()
    ['stg', 'cust', 'orders']
    """
    words = (
        containers.to_frame("name")
        .with_row_index("node")
        .select(
            pl.col("node").cast(pl.Int64),
            word=pl.col("name")
            .str.replace_all(_CAMEL, "${1} ${2}")
            .str.replace_all(_SPLIT, " ")
            .str.to_lowercase()
            .str.strip_chars()
            .str.split(" ")
            .list.head(_MAX_TOKENS),
        )
        .explode("word", empty_as_null=True)
        .with_columns(stem=pl.col("word").str.replace(r"\d+$", ""))
        # Of z1 and l2 the number is the word.
        .with_columns(token=pl.when(pl.col("stem").str.len_chars() == 1).then("word").otherwise("stem"))
        .filter(pl.col("token").str.len_chars() > 0)
    )
    return words.with_columns(
        position=pl.int_range(pl.len()).over("node"),
        last=pl.int_range(pl.len()).reverse().over("node"),
    ).select("node", "position", "last", "token", "word")


def lexicon_of(tokens: pl.Series, lexicon: Lexicon) -> pl.DataFrame:
    """Which kinds of container each token names.

    Parameters
    ----------
    tokens : Series of str
        Distinct tokens.

    Returns
    -------
    DataFrame
        Columns token, kind (one of `KINDS`); a token may have several rows or none.
    """
    compiled = {
        kind: re.compile("|".join(f"(?:{p})" for p in getattr(lexicon, kind)) or r"(?!)", re.I) for kind in KINDS
    }
    rows = [(token, kind) for token in sorted(tokens) for kind in KINDS if compiled[kind].fullmatch(token)]
    return pl.DataFrame(rows, schema={"token": pl.String, "kind": pl.String}, orient="row")


def zone_words(tokens: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """The word of each name that says its zone: the outermost, since ``stg-fct-orders`` is staging.

    Of two words equally far from an end counts the one at the end where this lake has most of them:
    ``raw-sales-report`` is raw where words come first.

    Parameters
    ----------
    tokens : DataFrame
        Of `tokenize`.

    Returns
    -------
    DataFrame
        Columns node, token, kind (of `MEANINGS`); at most one row a node. A token of several kinds is left out.
    """
    words = lexicon_of(tokens["token"].unique(), lexicon).filter(pl.col("kind").is_in(list(MEANINGS)))
    hits = tokens.join(words.filter(pl.col("token").is_unique()), on="token")
    first = (hits["position"] <= hits["last"]).sum() * 2 >= hits.height
    return (
        hits.with_columns(edge=pl.min_horizontal("position", "last"))
        .sort("node", "edge", "position" if first else "last")
        .unique("node", keep="first", maintain_order=True)
        .select("node", "token", "kind")
    )
