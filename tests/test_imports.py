"""The direction of imports, read from the source: who may know whom, and who may touch the world outside."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "lakezones"

PURE = ("model", "access", "findings", "mining", "propose", "plan", "verify")
STAGES = {"scan": 0, "access": 1, "findings": 2, "propose": 3, "review": 4, "plan": 5, "verify": 6}
"""A stage may import those before it; review, export and report read outputs by their schemas in model alone."""

BELOW_ALL = ("model", "errors", "extras")
TABLES = ("store.text", "store.readers", "store.cells", "store.tables")
"""Reading, typing and writing of CSV: a library for every edge. It knows neither workspace nor stages, so that scan,
review, report and export may use it."""

EDGES = ("cli", "pipeline", "config", "store", "__main__")
OUTSIDE = ("azure", "aiohttp", "requests", "urllib.request", "http", "socket", "asyncio", "subprocess", "ssl")
CONSOLE = ("rich", "typer", "click", "structlog")
FILES = ("pathlib", "os", "shutil", "tempfile", "io", "tomllib")
FILE_CALLS = ("open", "print", "input", "read_csv", "read_parquet", "write_csv", "write_parquet", "scan_parquet")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


@cache
def imports(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Modules imported anywhere in a file, absolute, with the names taken from them; types-only imports count too."""
    package = ("lakezones", *path.relative_to(SOURCE).parent.parts)
    found: list[tuple[str, tuple[str, ...]]] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            found.append((".".join(filter(None, [base, node.module])), tuple(alias.name for alias in node.names)))
    return found


def project(path: Path) -> set[str]:
    """Dotted names inside the project that a file imports, without the leading package."""
    found = set()
    for module, names in imports(path):
        if module == "lakezones":
            found |= {name for name in names if not name.startswith("_")}
        elif module.startswith("lakezones."):
            found.add(module.removeprefix("lakezones."))
    return found


def part(path: Path) -> str:
    """Folder of a module, or its own name at the top."""
    inside = path.relative_to(SOURCE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def of(*parts: str) -> list[Path]:
    chosen = [path for path in modules() if part(path) in parts]
    assert chosen, parts
    return chosen


def starts(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def test_there_is_something_to_check() -> None:
    assert {part(path) for path in modules()} >= {*PURE, "scan", "review", "export", "report", "cli", "demo"}
    assert project(SOURCE / "pipeline" / "workspace.py") >= {"model.frames", "access.explanations.explanation", "api"}
    assert project(SOURCE / "api.py") >= {"access", "plan.build", "verify"}


@pytest.mark.parametrize("name", PURE)
def test_pure_stages_know_no_azure_no_files_and_no_console(name: str) -> None:
    for path in of(name):
        for module, _ in imports(path):
            assert not starts(module, (*OUTSIDE, *CONSOLE, *FILES)), f"{path} imports {module}"
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                assert called not in FILE_CALLS, f"{path}:{node.lineno} calls {called}"


def test_model_imports_nothing_of_the_project_but_errors() -> None:
    for path in of("model"):
        for name in project(path):
            assert starts(name, BELOW_ALL), f"{path} imports {name}"


def test_mining_knows_nothing_of_lakes() -> None:
    for path in of("mining"):
        for name in project(path):
            assert starts(name, ("mining", "errors")), f"{path} imports {name}"


def test_errors_import_nothing() -> None:
    assert imports(SOURCE / "errors.py") == []


@pytest.mark.parametrize("name", STAGES)
def test_stages_import_only_what_comes_before(name: str) -> None:
    for path in of(name):
        for other in project(path):
            first = other.split(".")[0]
            if first in STAGES:
                allowed = STAGES[first] <= STAGES[name]
                assert allowed, f"{path} imports {other}, which comes later"
            edges = ("cli", "pipeline", "config", "store", "demo", "export", "report")
            assert first not in edges or (name in ("scan", "review") and starts(other, TABLES)), f"{path}: {other}"


def test_reading_and_writing_tables_knows_no_workspace_and_no_stage() -> None:
    for path in of("store"):
        if starts(f"store.{path.stem}", TABLES):
            assert all(starts(name, ("errors", *TABLES)) for name in project(path)), path


def test_verify_derives_access_again_and_imports_none_of_it() -> None:
    for path in of("verify"):
        assert not {name for name in project(path) if starts(name, ("access", "propose", "mining", "findings"))}, path


def test_verify_imports_of_plan_the_step_records_alone() -> None:
    seen = {name for path in of("verify") for name in project(path) if name.split(".")[0] == "plan"}
    assert seen <= {"plan.steps"}
    for path in of("verify"):
        for module, names in imports(path):
            if module == "lakezones.plan":
                assert set(names) <= {"steps"}, f"{path} imports {names} of plan"


def test_export_report_and_review_import_no_stage() -> None:
    for path in of("export", "report", "review", "pages"):
        for name in project(path):
            own = part(path)
            # What is decided asks the access rules whether a grant would be taken away again.
            rules = ("access",) if own == "review" else ()
            if path.parent.name == "target":
                # A role that was changed is nested in groups by the rules that nested it when it was proposed.
                rules = (*rules, "propose.roles")
            assert starts(name, (*BELOW_ALL, own, "pages", *rules, *TABLES, "__version__")), f"{path} imports {name}"


def is_server(path: Path) -> bool:
    """Whether a module belongs to the local review page, which listens on loopback."""
    return starts(".".join(path.relative_to(SOURCE).with_suffix("").parts), ("review.serve",))


def test_only_scan_and_demo_talk_to_the_outside() -> None:
    for path in modules():
        if part(path) in ("scan", "demo") or is_server(path):
            continue
        for module, _ in imports(path):
            assert not starts(module, OUTSIDE), f"{path} imports {module}"


def test_only_the_edges_read_and_write_files() -> None:
    for path in modules():
        if part(path) in (*EDGES, "scan", "demo"):
            continue
        for module, _ in imports(path):
            assert not starts(module, ("pathlib", "os", "shutil", "tempfile")), f"{path} imports {module}"


FILES_OF_STAGES = ("store.workspace", "store.stages", "store.results", "store.manifest")


def test_only_the_workspace_and_its_callers_know_the_files_of_stages() -> None:
    for path in modules():
        if part(path) not in ("pipeline", "store"):
            assert not [name for name in project(path) if starts(name, FILES_OF_STAGES)], path
        if part(path) not in ("cli", "demo", "pipeline", "__init__"):
            assert not [name for name in project(path) if starts(name, ("pipeline",))], path


def test_functions_on_frames_know_no_files() -> None:
    for name in project(SOURCE / "api.py"):
        assert not starts(name, ("cli", "pipeline", "demo", "export", "report")), name
        assert not starts(name, FILES_OF_STAGES), name


def test_commands_call_the_workspace_and_touch_no_frame() -> None:
    for path in of("cli"):
        assert not [module for module, _ in imports(path) if starts(module, ("polars",))], path
        stages = ("findings", "propose", "plan", "verify", "report", "export", "config", *FILES_OF_STAGES)
        assert not [name for name in project(path) if starts(name, stages)], path


def test_nobody_imports_the_command_line() -> None:
    for path in modules():
        if part(path) not in ("cli", "__main__"):
            assert not [name for name in project(path) if starts(name, ("cli",))], path


LONG = {"mining/exact/solve.py"}
"""Modules of more than 400 lines."""

TWICE = {"Answer", "Chosen", "Coverage", "Proof", "Roles", "Selection", "_Model"}
"""Names that two classes share; none may be added."""


def test_no_module_is_too_long_to_read() -> None:
    long = {str(path.relative_to(SOURCE)) for path in modules() if len(path.read_text("utf-8").splitlines()) > 400}
    assert long <= LONG


def test_no_folder_is_a_house_of_its_own() -> None:
    lines = Counter({path: len(path.read_text("utf-8").splitlines()) for path in modules()})
    for folder in {path.parent for path in modules()} - {SOURCE}:
        share = sum(lines[path] for path in modules() if folder in path.parents) / lines.total()
        assert share < 0.3, f"{folder} has {share:.0%} of all lines"


def test_folders_of_many_modules_say_what_is_where() -> None:
    for folder in {path.parent for path in modules()} - {SOURCE}:
        names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
        if len(names) > 12:
            said = ast.get_docstring(tree(folder / "__init__.py")) or ""
            missing = sorted(name for name in names if f"``{name}``" not in said)
            assert not missing, f"the docstring of {folder.name}/__init__.py does not place {missing}"


def test_class_names_have_one_meaning() -> None:
    names = Counter(node.name for path in modules() for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))
    assert {name for name, count in names.items() if count > 1} <= TWICE


def test_the_firm_knows_no_server_and_no_journey() -> None:
    for path in of("demo"):
        if path.parent.name == "firm":
            assert not [name for name in project(path) if starts(name, ("demo.emulators", "demo.journey"))], path
            assert not [module for module, _ in imports(path) if starts(module, OUTSIDE)], path
        if path.parent.name == "emulators":
            assert not [name for name in project(path) if starts(name, ("demo.journey",))], path


ARCHITECTURE = (SOURCE.parents[1] / "docs" / "ARCHITECTURE.md").read_text("utf-8")


def test_the_picture_names_every_folder() -> None:
    for path in SOURCE.rglob("__init__.py"):
        name = "/".join(path.relative_to(SOURCE).parts[:-1])
        if name and not name.startswith(("model/", "propose/")):
            assert f"`{name}/`" in ARCHITECTURE or f"`{name}/" in ARCHITECTURE, name


def test_the_way_of_one_grant_names_modules_that_are_there_each_once() -> None:
    walk = ARCHITECTURE.split("## The way of one grant")[1].split("\n## ")[0]
    named = re.findall(r"`([a-z_]+(?:/[a-z_]+)+)`", walk)
    assert len(re.findall(r"^\d+\. ", walk, re.M)) == 10
    assert len(named) == len(set(named)) > 15
    assert not [name for name in named if not (SOURCE / f"{name}.py").is_file()]


def test_the_glossary_has_each_term_once_and_names_modules_that_are_there() -> None:
    text = (SOURCE.parents[1] / "docs" / "glossary.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|`]+) \| [^|]+ \| `([a-z_/]+)` \|$", text, re.M)
    assert len(rows) == text.count("\n| ") - text.count("\n## ") >= 60
    assert not [term for term, count in Counter(term for term, _ in rows).items() if count > 1]
    missing = [module for _, module in rows if not (SOURCE / f"{module}.py").is_file()]
    assert not [module for module in missing if not (SOURCE / module).is_dir()]
