"""What pyproject declares is what the source imports: nothing less, nothing more."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

from lakezones.errors import MissingPackageError
from lakezones.extras import needed

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "lakezones"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normal(name: str) -> str:
    """Return a distribution's name in the form in which names are compared, without extras and versions."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", name)[0]).lower()


EXTRAS = {extra: {normal(name) for name in names} for extra, names in PROJECT["optional-dependencies"].items()}
ALWAYS = {normal(name) for name in PROJECT["dependencies"]}


def owners() -> dict[str, str]:
    """Return the distribution of each importable module that is installed, for namespace packages too."""
    return {
        ".".join(file.with_suffix("").parts).removesuffix(".__init__"): normal(found.name)
        for found in distributions()
        for file in found.files or ()
        if file.suffix in {".py", ".so", ".pyd"}
    }


def imports(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield each module that a file imports, and the extra that it asks for it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, None
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("needed", "find_spec")):
            names = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            extra = next((ast.literal_eval(keyword.value) for keyword in node.keywords), None)
            yield from ((name, extra) for name in names)


def used() -> dict[str, set[tuple[Path, str | None]]]:
    """Return where each distribution is imported, and through which extra."""
    owner = owners()
    found: dict[str, set[tuple[Path, str | None]]] = {}
    for path in SOURCE.rglob("*.py"):
        for module, extra in imports(path):
            top = module.partition(".")[0]
            if top != "lakezones" and top not in sys.stdlib_module_names:
                name = owner.get(module) or owner.get(top) or normal(top)
                found.setdefault(name, set()).add((path.relative_to(SOURCE), extra))
    return found


def test_all_that_is_imported_is_declared() -> None:
    for name, places in used().items():
        for path, extra in places:
            allowed = ALWAYS | (EXTRAS["demo"] if path.parts[0] == "demo" else set())
            allowed |= EXTRAS[extra] if extra else set()
            # Whether a library is there may be asked anywhere, where the file also asks for it by its extra.
            allowed |= set().union(*(EXTRAS[asked] for where, asked in places if where == path and asked))
            assert name in allowed, f"{path} imports {name}, which pyproject.toml does not declare there"


def test_all_that_is_declared_is_imported() -> None:
    declared = ALWAYS.union(*EXTRAS.values())
    assert declared - set(used()) == set()


def test_nothing_is_declared_twice() -> None:
    names = [normal(name) for name in PROJECT["dependencies"]]
    assert sorted(names) == sorted(set(names))
    assert all(not ALWAYS & extra for extra in EXTRAS.values())


@pytest.mark.parametrize("module", ["absent", "absent.part"])
def test_a_missing_library_names_itself_and_its_extra(module: str) -> None:
    with pytest.raises(MissingPackageError, match="the package absent is not installed") as raised:
        needed(module, extra="report")
    assert "lakezones[report]" in raised.value.message
    assert raised.value.hint == "pip install 'lakezones[report]'"


def test_an_installed_library_is_imported() -> None:
    assert needed("xml.dom", extra="report").__name__ == "xml.dom"
