"""The page as an ASGI application: routes, who is asking, and errors as pages.

In: a desk and sessions. Out: an application behind its guard. What an address answers is worked out in threads: frames
and files are waited for there, not here.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from lakezones.errors import LakezonesError
from lakezones.pages import assets
from lakezones.review.serve import deciding, overview, submitting
from lakezones.review.serve.desk import Desk
from lakezones.review.serve.door import Door
from lakezones.review.serve.forms import Fields, FormError
from lakezones.review.serve.guard import Guard, TooLarge, refuse
from lakezones.review.serve.replies import Reply, Visit, failed
from lakezones.review.serve.sessions import Sessions
from lakezones.review.serve.viewing import Viewer

_LOG: Final = logging.getLogger("lakezones.review")

MOST_FIELDS: Final = 20_000
FORM: Final = "application/x-www-form-urlencoded"
LONGEST_LOOK: Final = 600.0
"""Seconds that one look at an item counts at most: the page may have been left open."""

Answer = Callable[[Visit], Reply]


def application(desk: Desk, sessions: Sessions, *, reviewers: Mapping[str, str], port: int) -> ASGIApp:
    """The review page.

    Parameters
    ----------
    reviewers
        Name by id of everybody who may enter.
    port
        Port that it is served on; requests to another one are refused.
    """
    door = Door(sessions, reviewers, port)
    desks = _Counter(desk, reviewers, door)
    routes = [
        Route("/enter", door.enter, methods=["GET"]),
        Route("/static/{name}", _static, methods=["GET"]),
        *(Route(path, desks.endpoint(answer), methods=[method]) for (method, path), answer in ANSWERS.items()),
    ]
    app = Starlette(routes=routes, exception_handlers={TooLarge: _too_large, HTTPException: desks.nowhere})
    return Guard(app, port=port)


ANSWERS: Final[Mapping[tuple[str, str], Answer]] = {
    ("GET", "/"): deciding.worklist,
    ("GET", "/items/{kind}/{id:path}"): deciding.item,
    ("POST", "/drafts"): deciding.draft,
    ("POST", "/drafts/undo"): deciding.undo,
    ("POST", "/drafts/bulk"): deciding.bulk,
    ("GET", "/submit"): submitting.summary,
    ("POST", "/submit"): submitting.submit,
    ("POST", "/records/{id}/withdraw"): submitting.withdraw,
    ("GET", "/history"): overview.history,
    ("GET", "/campaign"): overview.campaign,
    ("GET", "/signoff"): overview.signoffs,
    ("GET", "/signoff/{domain:path}"): overview.signoff,
}
"""Every address with what answers it."""


class _Counter:
    """Where requests of reviewers are answered.

    Parameters
    ----------
    desk
        The workspace.
    reviewers
        Name by id.
    door
        Who is asking.
    """

    def __init__(self, desk: Desk, reviewers: Mapping[str, str], door: Door) -> None:
        self._desk = desk
        self._reviewers = reviewers
        self._door = door
        self._shown: dict[str, str] = {}
        self._looks: dict[str, tuple[tuple[str, str, str], float]] = {}

    def endpoint(self, answer: Answer) -> Callable[[Request], object]:
        """An endpoint that knows who asks, reads the form, and answers in a thread."""

        async def respond(request: Request) -> Response:
            reviewer = self._door.reviewer(request)
            fragment = request.headers.get("hx-request") == "true"
            if reviewer is None:
                return self._door.closed(request)
            if request.method == "POST" and request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
                return refuse(415, "the request is not a form of this page", "reload the page")
            body = await request.body() if request.method == "POST" else b""
            return await run_in_threadpool(self._respond, answer, request, reviewer, body, fragment)

        return respond

    def _respond(self, answer: Answer, request: Request, reviewer: str, body: bytes, fragment: bool) -> Response:
        viewer = None
        try:
            text = body.decode("utf-8", "replace")
            fields = _fields(text)
            viewer = Viewer(self._desk, reviewer, self._reviewers[reviewer])
            if fragment and request.method != "POST" and self._is_new(viewer):
                # Only a whole page has the place to say it, and its list would be the old one.
                return Response(status_code=200, headers={"HX-Refresh": "true"})
            viewer.notice = None if fragment else self._notice(viewer)
            path = {name: str(value) for name, value in request.path_params.items()}
            given = dict(request.query_params)
            came = urlsplit(request.headers.get("referer", "")).path
            reply = answer(Visit(viewer=viewer, path=path, given=given, fields=fields, fragment=fragment, came=came))
            self._look(viewer, request.method)
        except LakezonesError as error:
            reply = failed(None, 503, error.message, hint=error.hint or "", fragment=fragment)
        except FormError as error:
            reply = failed(viewer, 400, "The form cannot be read", why=f"{error.field}: {error}", fragment=fragment)
        except Exception as error:
            _LOG.error("%s %s: unexpected %r", request.method, request.url.path, error)
            _LOG.debug("details", exc_info=True)
            why = f"Unexpected {type(error).__name__}: {error}"
            hint = "This is a fault of lakezones; what is pending is kept. Reload, or start the server again"
            reply = failed(None, 500, "This page could not be made", why=why, hint=hint, fragment=fragment)
        return _response(reply)

    def _notice(self, viewer: Viewer) -> str | None:
        """What a reviewer should hear of once: that the proposal is not the one they looked at before."""
        new = self._is_new(viewer)
        self._shown[viewer.reviewer] = viewer.state.base.proposed
        if not new:
            return None
        stale = sum(viewer.draft(one).stale for each in viewer.drafts.values() for one in each)
        kept = f"; {stale} of your pending decisions no longer fit and are marked" if stale else ""
        return f"The lake was proposed again, and this page shows the new proposal{kept}"

    def _is_new(self, viewer: Viewer) -> bool:
        """Whether the proposal is another one than the reviewer was last shown."""
        return self._shown.get(viewer.reviewer, viewer.state.base.proposed) != viewer.state.base.proposed

    def _look(self, viewer: Viewer, method: str) -> None:
        """Count how long an item was in view: until another one is shown, or another page asked for."""
        last, now = self._looks.pop(viewer.reviewer, None), time.monotonic()
        if last is not None:
            viewer.desk.pending.stayed(viewer.reviewer, *last[0], min(now - last[1], LONGEST_LOOK))
        if viewer.shown is not None:
            self._looks[viewer.reviewer] = viewer.shown, now
        elif last is not None and method == "POST":  # refused, or about something else: it stays where it is
            self._looks[viewer.reviewer] = last[0], now

    async def nowhere(self, request: Request, error: Exception) -> Response:
        """The answer where there is no such address."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if self._door.reviewer(request) is None:
            return self._door.closed(request)
        title = "There is no such page" if status == 404 else "This is not answered here"
        return _response(failed(None, status, title))


def _fields(text: str) -> Fields:
    try:
        return Fields(parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise FormError("", str(error)) from None


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    content = assets.asset(name)
    if content is None:
        return PlainTextResponse("there is no such file\n", 404)
    return Response(content, media_type=assets.TYPES[name])


async def _too_large(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return refuse(413, "the request is too large", "decide on fewer items at once")


def _response(reply: Reply) -> Response:
    if reply.location is not None:
        return RedirectResponse(reply.location, reply.status)
    return HTMLResponse(reply.html, reply.status)
