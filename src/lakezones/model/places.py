"""Names of storage accounts and containers that Azure allows, and places written with their account.

In: text, or a column of it. Out: whether it can be a name. A place is ``account/container`` or
``account/container/folder``; what is no name must never become a part of a host name or of a path.
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftstorage
"""

import re
from typing import Final

import polars as pl

ACCOUNT_NAME: Final = "[a-z0-9]{3,24}"
"""An account: 3 to 24 lower-case letters and digits."""

CONTAINER_NAME: Final = r"[a-z0-9](?:-?[a-z0-9]){2,62}"
"""A container: letters and digits in lower case, and hyphens that stand alone between them; 63 characters at most."""

_LONGEST: Final = 63


def is_account_name(text: str) -> bool:
    """Whether a storage account can have this name.

    Examples
    --------
    >>> is_account_name("lake01"), is_account_name("evil.example#"), is_account_name("lake\\n")
    (True, False, False)
    """
    return re.fullmatch(ACCOUNT_NAME, text, re.ASCII) is not None


def is_container_name(text: str) -> bool:
    """Whether a container can have this name; system containers such as ``$root`` are none.

    Examples
    --------
    >>> is_container_name("sales-raw"), is_container_name("-raw"), is_container_name("a--b")
    (True, False, False)
    """
    return len(text) <= _LONGEST and re.fullmatch(CONTAINER_NAME, text, re.ASCII) is not None


def account_name_column(column: str = "account") -> pl.Expr:
    """Expression for `is_account_name` of a column; null where the column is.

    Examples
    --------
    >>> pl.DataFrame({"account": ["lake", "Lake", None]}).select(account_name_column()).to_series().to_list()
    [True, False, None]
    """
    return pl.col(column).str.contains(rf"\A(?:{ACCOUNT_NAME})\z")


def split_place(place: str) -> tuple[str, str, str]:
    """Account, container and folder of a place written with its account; parts that are missing are empty.

    Examples
    --------
    >>> split_place("lake/sales-raw/crm/customer")
    ('lake', 'sales-raw', 'crm/customer')
    >>> split_place("sales-raw")
    ('sales-raw', '', '')
    """
    account, _, rest = place.partition("/")
    container, _, folder = rest.partition("/")
    return account, container, folder
