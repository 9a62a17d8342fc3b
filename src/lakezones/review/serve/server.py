"""A server on the loopback interface, and the address by which each reviewer enters it.

In: a desk and reviewers. Out: a running server, until it is interrupted.
"""

import errno
import gc
import socket
from collections.abc import Mapping

import uvicorn

from lakezones.errors import LakezonesError, ServiceUnavailable
from lakezones.review.serve.app import application
from lakezones.review.serve.desk import Desk
from lakezones.review.serve.sessions import Sessions

LOOPBACK = "127.0.0.1"


class ReviewServer:
    """The review page of a workspace, listening from the start, answering once it runs.

    Parameters
    ----------
    desk
        What it shows and where decisions go.
    reviewers
        Name by id of everybody who gets an address.
    port
        Port to listen on; any that is free by default.

    Raises
    ------
    ServiceUnavailable
        If the port cannot be had.
    """

    def __init__(self, desk: Desk, reviewers: Mapping[str, str], *, port: int = 0) -> None:
        self.reviewers = dict(reviewers)
        self._sessions = Sessions(list(reviewers))
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        app = application(desk, self._sessions, reviewers=self.reviewers, port=self.port)
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            interface="asgi3",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=2,
            limit_concurrency=200,
            h11_max_incomplete_event_size=32768,
        )
        self._server = uvicorn.Server(config)

    def invite(self, reviewer: str) -> str:
        """An address that lets the reviewer in, once; ends what earlier ones opened."""
        return f"http://{LOOPBACK}:{self.port}/enter?token={self._sessions.invite(reviewer)}"

    def run(self) -> None:
        """Answer until interrupted."""
        gc.collect()
        gc.freeze()  # what was read stays until the end, and need not be looked through while somebody waits
        try:
            self._server.run(sockets=[self._socket])
        except KeyboardInterrupt:  # uvicorn raises the signal again once everything is closed
            pass
        finally:
            gc.unfreeze()
            self._socket.close()

    def stop(self) -> None:
        """End soon; from another thread."""
        self._server.should_exit = True


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # On POSIX, a port that a server just left may be taken again; elsewhere the same would share a live one.
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise _unavailable(port, error) from None
    listener.set_inheritable(False)
    return listener


def _unavailable(port: int, error: Exception) -> LakezonesError:
    if getattr(error, "errno", None) == errno.EADDRINUSE:
        why = "another program listens there"
    else:
        why = getattr(error, "strerror", None) or str(error)
    return ServiceUnavailable(
        f"port {port} cannot be used: {why}", hint="leave --port out for a free one, or name another"
    )
