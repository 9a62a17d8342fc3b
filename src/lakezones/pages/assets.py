"""Style, script and htmx as bytes: what pages load from their own server, and nothing from anywhere else.

In: a name. Out: bytes and their media type. htmx 4.0.1 (0BSD) lies here as its makers ship it, see `htmx.LICENSE.txt`.
"""

import hashlib
from functools import cache
from importlib import resources
from typing import Final

TYPES: Final = {
    "lakezones.css": "text/css; charset=utf-8",
    "review.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "htmx.LICENSE.txt": "text/plain; charset=utf-8",
}
"""All that there is: a name that is not here is not a file, however it is spelled."""


@cache
def asset(name: str) -> bytes | None:
    """The bytes of a file that pages load; null where there is no such file."""
    if name not in TYPES:
        return None
    return resources.files("lakezones.pages").joinpath("static", name).read_bytes()


def address(name: str) -> str:
    """Where a page asks for a file: with a hash of its content, so that it can be kept for good.

    Examples
    --------
    >>> address("lakezones.css").startswith("/static/lakezones.css?v=")
    True
    """
    return f"/static/{name}?v={hashlib.sha256(asset(name) or b'').hexdigest()[:12]}"
