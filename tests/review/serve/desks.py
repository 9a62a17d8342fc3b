"""Desks for tests."""

import tempfile

from lakezones.store.pending import Pending


class EmptyDesk:
    """A desk with nothing on it."""

    def __init__(self) -> None:
        self.pending = Pending(tempfile.mkdtemp())
