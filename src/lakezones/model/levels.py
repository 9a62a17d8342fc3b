"""Access levels, as independent bits, and the lanes that access travels in.

A level is a small integer: read 1, write 2, manage 4. In files and in words, ``read`` means 1, ``write`` means
3 and ``manage`` means 7, since every Azure role or ACL a person meets grants them cumulatively; any other
combination (write without read) is real but nameless, and stays residual.
"""

from enum import IntFlag, StrEnum
from typing import Final

import polars as pl

from lakezones.errors import InputError


class Level(IntFlag):
    """Bits of access to the data of one container."""

    NONE = 0
    READ = 1
    WRITE = 2
    MANAGE = 4


class Lane(StrEnum):
    """How firm an access is. Only ``data`` is mined and moved.

    ``data``
        An active role assignment, an ACL entry or an entitlement.
    ``conditional``
        Depends on something not evaluated: a condition, or children that were not assessed.
    ``eligible``
        Can be activated (privileged identity management), is not held now.
    ``bearer``
        Any holder of a token or of the address: SAS policies and public access.
    ``control``
        Can obtain access through the control plane: account keys, role assignment writes.
    ``destroy``
        Can delete or move data without being able to change it.
    """

    DATA = "data"
    CONDITIONAL = "conditional"
    ELIGIBLE = "eligible"
    BEARER = "bearer"
    CONTROL = "control"
    DESTROY = "destroy"


NAMES: Final[dict[str, int]] = {"read": 1, "write": 3, "manage": 7}
"""Access as written in files, to bits."""

LABELS: Final[dict[int, str]] = {
    1: "read",
    2: "write-only",
    3: "write",
    4: "manage-only",
    5: "manage+read",
    6: "manage+write-only",
    7: "manage",
}
"""Bits to a label for people. Only read, write and manage are accepted as input."""

NAMED_LEVELS: Final[tuple[int, ...]] = (1, 3, 7)
"""The levels that a role, a resource group or a grant may carry, least first."""


def parse_level(text: str) -> int:
    """Bits for ``read``, ``write`` or ``manage``.

    Examples
    --------
    >>> parse_level("write")
    3
    """
    try:
        return NAMES[text.strip().lower()]
    except KeyError:
        raise InputError(f"unknown access level {text!r}", hint="use one of: " + ", ".join(NAMES)) from None


def level_label(column: str | pl.Expr = "level") -> pl.Expr:
    """Expression turning level bits into the words used in files.

    Examples
    --------
    >>> pl.DataFrame({"level": [1, 3, 2]}).select(level_label()).to_series().to_list()
    ['read', 'write', 'write-only']
    """
    expr = pl.col(column) if isinstance(column, str) else column
    return expr.cast(pl.Int64).replace_strict(LABELS, default=None, return_dtype=pl.String)


def level_bits(column: str | pl.Expr = "access") -> pl.Expr:
    """Expression turning ``read``, ``write`` and ``manage`` into level bits; null for any other word."""
    expr = pl.col(column) if isinstance(column, str) else column
    return expr.str.strip_chars().str.to_lowercase().replace_strict(NAMES, default=None, return_dtype=pl.UInt8)
