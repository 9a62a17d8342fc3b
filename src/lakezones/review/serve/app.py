"""The page as an ASGI application: routes, who is asking, and errors as pages.

In: a desk and sessions. Out: an application behind its guard.
"""

from collections.abc import Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from lakezones.errors import LakezonesError
from lakezones.review.serve.desk import Desk
from lakezones.review.serve.guard import Guard
from lakezones.review.serve.sessions import Sessions

COOKIE: Final = "lakezones-review-{port}"
"""Name of the cookie: browsers share cookies between the ports of a host."""


def application(desk: Desk, sessions: Sessions, *, reviewers: Mapping[str, str], port: int) -> ASGIApp:
    """The review page.

    Parameters
    ----------
    reviewers
        Name by id of everybody who may enter.
    port
        Port that it is served on; requests to another one are refused.
    """
    door = _Door(sessions, reviewers, COOKIE.format(port=port))

    def index(request: Request) -> Response:
        reviewer = door.reviewer(request)
        if reviewer is None:
            return door.closed(request)
        waiting = len(desk.pending.drafts(reviewer))
        return PlainTextResponse(f"{reviewers[reviewer]}: {waiting} pending\n")

    routes = [Route("/enter", door.enter, methods=["GET"]), Route("/", index, methods=["GET"])]
    app = Starlette(routes=routes, exception_handlers={LakezonesError: _failed})
    return Guard(app, port=port)


class _Door:
    """Lets reviewers in.

    Parameters
    ----------
    sessions
        Tokens and cookies.
    reviewers
        Name by id.
    cookie
        Name of the cookie.
    """

    def __init__(self, sessions: Sessions, reviewers: Mapping[str, str], cookie: str) -> None:
        self._sessions = sessions
        self._reviewers = reviewers
        self._cookie = cookie

    def reviewer(self, request: Request) -> str | None:
        """Who asks; None where nobody does who entered."""
        return self._sessions.reviewer(request.cookies.get(self._cookie))

    def enter(self, request: Request) -> Response:
        """Exchange the token of the address for a cookie, once."""
        token = request.query_params.get("token", "")
        here, comes = self.reviewer(request), self._sessions.invited(token)
        if request.method != "GET":  # HEAD must not use the token up
            return Response(status_code=405)
        if here is not None and comes is not None and here != comes:
            # Pages of the first that are still open would post as the second.
            return _plain(
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

    def closed(self, request: Request) -> Response:  # noqa: ARG002
        """The answer to somebody who did not enter, or whose visit has ended."""
        return _plain(
            401,
            "this address does not let anybody in any more",
            "press Enter in the terminal where lakezones review serve runs for a new one, or start it again",
        )


def _failed(request: Request, error: Exception) -> Response:  # noqa: ARG001
    message, hint = (error.message, error.hint) if isinstance(error, LakezonesError) else (str(error), None)
    return _plain(503, message, hint or "")


def _plain(status: int, message: str, hint: str) -> Response:
    extra: dict[str, Any] = {"status_code": status}
    return PlainTextResponse(f"{message}\nhint: {hint}\n", **extra)
