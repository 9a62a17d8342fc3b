"""Names to tokens, and tokens to zones by the lexicon.

In: names of containers. Out: their tokens with position, and which lexicon entries each token matches. Work is done
once per distinct token, so 500,000 names cost little more than their split.
"""

import re
from typing import Final

import polars as pl

from lakezones.propose.zones.settings import Lexicon

# Kinds of words that name a zone, and the zones they may mean.
ZONES: Final = ("raw", "curated", "consumption")
MEANINGS: Final = {
    "raw": ("raw",), "curated": ("curated",), "consumption": ("consumption",), "raw_or_curated": ("raw", "curated"),
    "raw_or_consumption": ("raw", "consumption"), "curated_or_consumption": ("curated", "consumption"),
}  # fmt: skip

KINDS: Final = (*MEANINGS, "sandbox", "maybe_sandbox")

# camelCase and PascalCase borders, words after numbers, then anything that is no letter or digit.
# A container's name has 63 characters; longer ones are hostile.
_CAMEL: Final = r"([a-z0-9])([A-Z])"
_AFTER: Final = r"([0-9])([A-Za-z]{3,})"
_SPLIT: Final = r"[^A-Za-z0-9]+"
_MAX_TOKENS: Final = 16


def tokenize(containers: pl.Series) -> pl.DataFrame:
    """Tokens of names, in order.

    Returns
    -------
    DataFrame
        Columns node (position in `containers`), account (empty where the name has none), position, last (tokens from
        the end), token and word; digits at the end of a word are dropped for the token (``stg01`` is ``stg``, but
        ``l2`` stays), pure numbers are dropped. Of ``account/container`` positions count within the container's own
        name, those of the account are negative.

    Examples
    --------
    >>> tokenize(pl.Series(["stg01_custOrders"]))["token"].to_list()
    ['stg', 'cust', 'orders']
    """
    place = pl.col("name").str.split("/").list
    words = (
        containers.to_frame("name")
        .with_row_index("node")
        .select(
            pl.col("node").cast(pl.Int64),
            account=pl.when(place.len() > 1).then(place.first()).otherwise(pl.lit("")),
            word=_split(pl.col("name")).list.head(_MAX_TOKENS),
        )
        .with_columns(before=pl.when(pl.col("account") != "").then(_split(pl.col("account")).list.len()).otherwise(0))
        .explode("word", empty_as_null=True)
        .with_columns(
            stem=pl.col("word").str.replace(r"\d+$", ""), outside=pl.int_range(pl.len()).over("node") < pl.col("before")
        )
        # Of z1 and l2 the number is the word, and bi0 is a code rather than business intelligence.
        .with_columns(token=pl.when(pl.col("stem").str.len_chars().is_between(1, 2)).then("word").otherwise("stem"))
        .filter(pl.col("token") != "")
    )
    return words.with_columns(
        position=pl.int_range(pl.len()).over("node") - pl.col("outside").sum().cast(pl.Int64).over("node"),
        last=pl.int_range(pl.len()).reverse().over("node"),
    ).select("node", "account", "position", "last", "token", "word")


def _split(name: pl.Expr) -> pl.Expr:
    spaced = name.str.replace_all(_CAMEL, "${1} ${2}").str.replace_all(_AFTER, "${1} ${2}").str.replace_all(_SPLIT, " ")
    return spaced.str.to_lowercase().str.strip_chars().str.split(" ")


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
    """The word of each name that says its zone: that in the slot where its account has most of such words.

    A slot is a place counted from either end; accounts may follow customs of their own. ``stg-fct-orders`` is staging
    where words come first, and the `raw` of ``serving-raw-materials`` says nothing.

    Parameters
    ----------
    tokens : DataFrame
        Of `tokenize`.

    Returns
    -------
    DataFrame
        Columns node, account, token, kind (of `MEANINGS`), share (of the account's names that have such a word in that
        slot) and other (zone of the name's best known word); at most one row a node. A token of several kinds is left
        out.
    """
    words = lexicon_of(tokens["token"].unique(), lexicon).filter(pl.col("kind").is_in(list(MEANINGS)))
    names = tokens.group_by("account").agg(names=pl.col("node").n_unique())
    slot = pl.max_horizontal(pl.len().over("account", "position"), pl.len().over("account", "last"))
    hits = (
        tokens.join(words.filter(pl.col("token").is_unique()), on="token")
        .join(names, on="account")
        .with_columns(share=(slot / pl.col("names")).cast(pl.Float64))
        .sort("node", "share", "position", descending=[False, True, False])
    )
    # Another known word of the name is but a contradiction.
    other = hits.filter(pl.col("kind").is_in(list(ZONES))).unique("node", keep="first", maintain_order=True)
    return (
        hits.unique("node", keep="first", maintain_order=True)
        .join(other.select("node", other="kind"), on="node", how="left", maintain_order="left")
        .select("node", "account", "token", "kind", "share", "other")
    )
