"""How reviewers enter: the address from the terminal, once, for a cookie.

In: requests. Out: who is asking, or why nobody is.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lakezones.review.serve.guard import refuse
from lakezones.review.serve.sessions import Sessions


class Door:
    """Lets reviewers in.

    Parameters
    ----------
    sessions
        Tokens and cookies.
    reviewers
        Name by id.
    port
        Port of the server; names the cookie, since browsers share cookies between the ports of a host.
    """

    def __init__(self, sessions: Sessions, reviewers: Mapping[str, str], port: int) -> None:
        self._sessions = sessions
        self._reviewers = reviewers
        self._cookie = f"lakezones-review-{port}"

    def reviewer(self, request: Request) -> str | None:
        """Who asks; None where nobody does who entered."""
        return self._sessions.reviewer(request.cookies.get(self._cookie))

    def enter(self, request: Request) -> Response:
        """Exchange the token of the address for a cookie, once."""
        if request.method != "GET":  # HEAD must not use the token up
            return refuse(405, "this address is opened in a browser", "paste it into the address bar")
        token = request.query_params.get("token", "")
        here, comes = self.reviewer(request), self._sessions.invited(token)
        if here is not None and comes is not None and here != comes:
            # Pages of the first that are still open would post as the second.
            return refuse(
                409,
                f"{self._reviewers[here]} is at work in this browser",
                "open the address in another browser or a private window; it has not been used up",
            )
        cookie = self._sessions.enter(token)
        if cookie is None:
            if here is not None:  # the address was opened again, in the browser that used it
                return RedirectResponse("/", 303)
            return self.closed(request)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._cookie, cookie, httponly=True, samesite="strict", path="/")
        return answer

    def closed(self, request: Request) -> Response:
        """The answer to somebody who did not enter, or whose visit has ended."""
        what = (
            "this page is no longer open for you"
            if request.cookies.get(self._cookie)
            else "this address lets nobody in"
        )
        return refuse(
            401,
            f"{what}: each address works once, and a new one or a new server ends what came before",
            "press Enter in the terminal where lakezones review serve runs for a new address, or start it again;"
            " what is pending is kept",
        )
