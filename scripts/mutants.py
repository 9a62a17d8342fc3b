"""Changes single expressions of the source and counts how many of these mutants the tests notice: ``make mutants``.

In: rooms (folders of src/lakezones), ``--sample`` per room, ``--seed``, ``--minutes`` for all of them, ``--jobs``.
Out: on stdout the kill rate of each room and the diff of each survivor; exit code 1 when the tests fail unmutated.

Mutants are run in copies of the checkout, so an interrupted run leaves no changed source behind. Each runs the tests
that name its module first and then the other quick tests of its room; a run that takes too long counts as killed.

Why not mutmut: it forks a process that has imported polars, whose threads do not survive a fork, and takes no sample.
Why not cosmic-ray: it changes the checkout itself, and runs one test command for all modules of a session.
"""

import argparse
import ast
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("access", "verify", "mining", "plan")
QUICK = "not slow and not azurite and not torture and not browser"
TIMEOUT = 600  # seconds, for the tests of a room
SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Mult: ast.Add,
}  # fmt: skip


class Mutant(NamedTuple):
    """One changed expression."""

    path: Path  # below the checkout
    before: str
    after: str

    def diff(self) -> str:
        """Return the change as a unified diff without context."""
        before, after = self.before.splitlines(), self.after.splitlines()
        lines = difflib.unified_diff(before, after, str(self.path), n=0, lineterm="")
        return "\n".join(line for line in lines if not line.startswith("+++"))


def changes(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what an expression can be changed to."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPS:
        yield ast.Compare(node.left, [SWAPS[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(SWAPS[type(node.op)](), node.values)
    elif isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        yield ast.BinOp(node.left, SWAPS[type(node.op)](), node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)


def expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Walk the code that runs: no annotations, types, assertions, decorators or messages."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params"} or isinstance(
            node, ast.Assert | ast.Raise
        ):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield from expressions(child)


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield each mutant of a module."""
    before = path.read_text(encoding="utf-8")
    lines = before.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    for node in expressions(ast.parse(before)):
        for changed in changes(node):
            assert isinstance(node, ast.expr)
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            text = f"({ast.unparse(changed)})" if not isinstance(changed, ast.Constant) else ast.unparse(changed)
            after = before.encode()[:start] + text.encode() + before.encode()[end:]
            yield Mutant(path.relative_to(ROOT), before, after.decode())


def tests_of(path: Path, room: str) -> list[str]:
    """Return the tests of a room, first those that name the module."""
    files = sorted((ROOT / "tests" / room).rglob("test_*.py"))
    module = ".".join(path.with_suffix("").parts[1:])
    files.sort(key=lambda file: (path.stem not in file.stem, module not in file.read_text(encoding="utf-8")))
    return [str(file.relative_to(ROOT)) for file in files] + ["tests/test_golden.py"]


def passes(checkout: Path, tests: list[str]) -> bool:
    """Tell whether tests pass in a copy of the checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", QUICK, *tests]
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                command, cwd=checkout, env=environment, stdout=output, stderr=output, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def survives(mutant: Mutant, room: str, copies: "SimpleQueue[Path]", deadline: float) -> bool | None:
    """Run the tests on a mutant in one of the copies; None where there was no time left."""
    if time.monotonic() > deadline:
        return None
    checkout = copies.get()
    try:
        (checkout / mutant.path).write_text(mutant.after, encoding="utf-8")
        return passes(checkout, tests_of(mutant.path, room))
    finally:
        (checkout / mutant.path).write_text(mutant.before, encoding="utf-8")
        copies.put(checkout)


def main(arguments: list[str] | None = None) -> int:
    """Sample, run and report."""
    parser = argparse.ArgumentParser(prog="scripts/mutants.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("rooms", nargs="*", default=ROOMS, help=f"rooms to mutate ({' '.join(ROOMS)})")
    parser.add_argument("--sample", type=int, default=25, help="mutants per room (25)")
    parser.add_argument("--seed", default="1", help="another seed takes another sample (1)")
    parser.add_argument("--minutes", type=float, default=60, help="time for all rooms (60)")
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time (2)")
    options = parser.parse_args(arguments)
    deadline = time.monotonic() + 60 * options.minutes - TIMEOUT
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(options.jobs):
            for name in filter(None, tracked.split("\0")):
                target = Path(folder, str(number), name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, target)
            copies.put(Path(folder, str(number)))
        for room in options.rooms:
            if not passes(Path(folder, "0"), [f"tests/{room}", "tests/test_golden.py"]):
                sys.stderr.write(f"the tests of {room} fail or take over {TIMEOUT} s without any mutant\n")
                return 1
            found = [
                mutant for path in sorted((ROOT / "src/lakezones" / room).rglob("*.py")) for mutant in mutants(path)
            ]
            sample = random.Random(f"{options.seed}-{room}").sample(found, min(options.sample, len(found)))
            fates = list(pool.map(lambda mutant, room=room: survives(mutant, room, copies, deadline), sample))
            run, alive = sum(fate is not None for fate in fates), fates.count(True)
            rate = f"{(run - alive) / run:.0%}" if run else "none run"
            sys.stdout.write(f"{room}: {run - alive} of {run} killed ({rate}), {len(found)} possible\n")
            for mutant, fate in zip(sample, fates, strict=True):
                if fate:
                    sys.stdout.write(mutant.diff() + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
