"""Who is looking: one address per reviewer that works once, and the cookie that it is exchanged for.

In: ids of reviewers. Out: tokens of 256 random bits, kept here as hashes and in memory alone. A restart ends every
session; drafts are elsewhere and stay.
"""

import hashlib
import secrets
import threading
from collections.abc import Sequence


class Sessions:
    """Tokens and cookies of a running server.

    Parameters
    ----------
    reviewers
        Ids of those who may enter.

    Examples
    --------
    >>> sessions = Sessions(["ana"])
    >>> token = sessions.invite("ana")
    >>> cookie = sessions.enter(token)
    >>> sessions.reviewer(cookie), sessions.enter(token)
    ('ana', None)
    """

    def __init__(self, reviewers: Sequence[str]) -> None:
        self.reviewers = tuple(reviewers)
        self._lock = threading.Lock()
        self._tokens: dict[str, str] = {}
        self._cookies: dict[str, str] = {}

    def invite(self, reviewer: str) -> str:
        """A new token; the reviewer's earlier ones, and the cookies they were exchanged for, end."""
        if reviewer not in self.reviewers:
            raise KeyError(reviewer)
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens = {key: name for key, name in self._tokens.items() if name != reviewer}
            self._cookies = {key: name for key, name in self._cookies.items() if name != reviewer}
            self._tokens[_hash(token)] = reviewer
        return token

    def invited(self, token: str) -> str | None:
        """For whom a token is that was not used yet; None where there is none."""
        with self._lock:
            return self._tokens.get(_hash(token))

    def enter(self, token: str) -> str | None:
        """Exchange a token for a cookie, once; None where the token is unknown or was used."""
        with self._lock:
            reviewer = self._tokens.pop(_hash(token), None)
            if reviewer is None:
                return None
            cookie = secrets.token_urlsafe(32)
            self._cookies[_hash(cookie)] = reviewer
            return cookie

    def reviewer(self, cookie: str | None) -> str | None:
        """Whose cookie it is; None where it is nobody's, or not any more."""
        with self._lock:
            return self._cookies.get(_hash(cookie)) if cookie else None


def _hash(secret: str) -> str:
    # Looked up by hash, so that how long a look-up takes says nothing of the secret.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
