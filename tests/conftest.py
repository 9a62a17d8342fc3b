"""Fixtures that every folder of tests shares."""

from collections.abc import Iterator

import pytest

from lakezones.demo.emulators.azurite import Azurite
from lakezones.demo.emulators.install import AzuriteUnavailable, find_azurite


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """A running Azurite, one per worker, started when a test first asks for it.

    Where Azurite is not installed the test is skipped with the reason. One that is installed and does not
    start is an error: that is a fault, not a machine without it.
    """
    try:
        main = find_azurite()
    except AzuriteUnavailable as error:
        pytest.skip(f"{error}; {error.hint}")
    with Azurite(main=main) as running:
        yield running
