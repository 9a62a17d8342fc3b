"""What pages load: only files that are there, under an address that changes with them."""

import pytest

from lakezones.pages import assets


@pytest.mark.parametrize("name", assets.TYPES)
def test_each_asset_is_there(name: str) -> None:
    assert assets.asset(name) is not None


@pytest.mark.parametrize("name", ["", "..", "../__init__.py", "static/lakezones.css", "/etc/passwd", "lakezones.css/"])
def test_nothing_else_is_a_file(name: str) -> None:
    assert assets.asset(name) is None
