"""Tokens that a local cloud accepts: random, and signed with a key that its server knows.

In: a key. Out: an asynchronous credential for Azure's clients, and the check of its tokens by the server.
"""

import hashlib
import hmac
import secrets
import time
from typing import Self

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions


class LocalCredential:
    """Asynchronous token credential of a local cloud.

    Parameters
    ----------
    lifetime
        Seconds a token claims to be valid for.
    key
        What tokens are signed with; random when None.

    Attributes
    ----------
    issued
        Tokens given out and not refused since.
    """

    def __init__(self, lifetime: float = 3600.0, *, key: str | None = None) -> None:
        self.lifetime = lifetime
        self.key = key or secrets.token_urlsafe(32)
        self.issued: set[str] = set()
        self._refused: set[str] = set()

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """A new token."""
        del scopes
        nonce = secrets.token_urlsafe(16)
        token = f"{nonce}.{self._signature(nonce)}"
        self.issued.add(token)
        return AccessToken(token, int(time.time() + self.lifetime))

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """A new token, as newer clients ask for it."""
        del options
        token = await self.get_token(*scopes)
        return AccessTokenInfo(token.token, token.expires_on)

    def accepts(self, token: str) -> bool:
        """Whether a token was signed with the key and not refused since."""
        nonce, _, signature = token.partition(".")
        return token not in self._refused and hmac.compare_digest(signature, self._signature(nonce))

    def expire(self) -> None:
        """Refuse every token issued so far."""
        self._refused |= self.issued
        self.issued.clear()

    async def close(self) -> None:
        """Nothing is held."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _signature(self, nonce: str) -> str:
        return hmac.new(self.key.encode(), nonce.encode(), hashlib.sha256).hexdigest()
