"""Counts the lines of code per room: blank lines, comments and docstrings do not count.

In: the source tree. Out: a table on stdout; `--long` adds the modules and functions that are longer than agreed.
Lines are counted by tokens, so that a string that is code counts and a docstring does not.
"""

import ast
import io
import sys
import tokenize
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "lakezones"
LONGEST_MODULE = 300
LONGEST_FUNCTION = 60

IGNORED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def docstrings(tree: ast.AST) -> set[int]:
    """Lines that the docstrings of modules, classes and functions stand on."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and ast.get_docstring(node, clean=False) is not None:
                lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return lines


def code_lines(text: str) -> int:
    """Lines of a module that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in IGNORED:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings(ast.parse(text)))


def functions(tree: ast.AST) -> list[tuple[str, int]]:
    """Name and length of every function, decorators left out."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(n.name, (n.end_lineno or n.lineno) - n.lineno + 1) for n in ast.walk(tree) if isinstance(n, kinds)]


def room(path: Path) -> str:
    """The room of a module: its folder below the package, two deep at most."""
    parts = path.relative_to(SOURCE).parts
    return "/".join(parts[: min(2, len(parts) - 1)]) or parts[0]


def main() -> int:
    """Print the table; exit 0."""
    code: Counter[str] = Counter()
    files: Counter[str] = Counter()
    long_modules: list[tuple[int, str]] = []
    long_functions: list[tuple[int, str]] = []
    anys = all_functions = 0
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        name = str(path.relative_to(SOURCE))
        code[room(path)] += code_lines(text)
        files[room(path)] += 1
        if (length := text.count("\n")) > LONGEST_MODULE:
            long_modules.append((length, name))
        found = functions(tree)
        all_functions += len(found)
        long_functions += [(lines, f"{name}:{function}") for function, lines in found if lines > LONGEST_FUNCTION]
        anys += sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(tree))
    for key in sorted(code):
        print(f"{key:28} {files[key]:4} files {code[key]:7,}")
    print(f"{'in all':28} {sum(files.values()):4} files {sum(code.values()):7,}")
    print(f"modules over {LONGEST_MODULE} lines: {len(long_modules)}")
    print(f"functions over {LONGEST_FUNCTION} lines: {len(long_functions)} of {all_functions:,}")
    print(f"uses of Any: {anys}")
    if "--long" in sys.argv[1:]:
        for length, name in sorted(long_modules + long_functions, reverse=True):
            print(f"{length:5} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
