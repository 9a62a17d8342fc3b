"""Access matrices as files: reads any CSV of people and permissions, writes mined roles beside it.

In: a CSV with a column of people and one of permissions, in one of their usual names. Out: `Matrix`, a boolean CSR
matrix with its labels. Labels are text, whatever they look like; the frames' libraries are not needed here, so that
`mine` starts quickly.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import sparse

from lakezones.errors import InputError, MissingColumnError
from lakezones.mining.matrix import MatrixRoles
from lakezones.store.files import replace_private
from lakezones.store.text import RISKY, decode, escape, separator, unescape

PRINCIPAL_COLUMNS: Final = ("principal", "principal_id", "user")
CONTAINER_COLUMNS: Final = ("container", "permission", "entitlement")

_INCOMPLETE: Final = "no person or no permission"


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """People and permissions, and who has what.

    Attributes
    ----------
    people
        Labels of rows, ascending.
    permissions
        Labels of columns as (container, access), ascending; access is empty where the file has no such column.
    access
        Boolean CSR matrix, shape (n_people, n_permissions), canonical.
    duplicates
        Rows that were there before.
    rejected
        Line number and reason of rows without a person or a permission.
    """

    people: list[str]
    permissions: list[tuple[str, str]]
    access: sparse.csr_matrix
    duplicates: int
    rejected: list[tuple[int, str]]


def read_matrix(path: Path, *, principal_column: str | None = None, container_column: str | None = None) -> Matrix:
    """Read an access matrix.

    Parameters
    ----------
    path
        CSV in UTF-8 with a header, separated by comma, semicolon or tab. A column ``access`` tells levels apart.
    principal_column, container_column
        Names of the columns where they are not among the usual ones.

    Raises
    ------
    InputError
        If the file is not there or is no CSV.
    MissingColumnError
        If the column of people or of permissions is not found.
    EncodingError
        If the file is not UTF-8.
    """
    with _opened(path) as file:
        try:
            mark = separator(file.readline())
            file.seek(0)
            reader = csv.reader(file, delimiter=mark, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            who = _column(path, header, principal_column, PRINCIPAL_COLUMNS, "--principal-column")
            what = _column(path, header, container_column, CONTAINER_COLUMNS, "--container-column")
            if who == what:
                raise InputError(f"{path}: people and permissions are the same column {header[who]!r}")
            level = header.index("access") if "access" in header and header.index("access") not in (who, what) else None
            return matrix_of(reader, who, what, level, escaped=True)
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}", hint="the file must be a CSV") from None
        except UnicodeDecodeError:
            decode(path.read_bytes(), str(path))  # raises with the line and the byte
            raise


def _opened(path: Path) -> io.TextIOWrapper:
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except FileNotFoundError:
        raise InputError(f"{path} is not there", hint="give the path of a CSV with a row per assignment") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", hint="give the path of a CSV file") from None


def _column(path: Path, header: Sequence[str], given: str | None, usual: Sequence[str], option: str) -> int:
    names = usual if given is None else (given.strip().lower(),)
    found = [index for index, name in enumerate(header) if name in names]
    if not found:
        columns = ", ".join(name for name in header if name) or "none, the file is empty"
        raise MissingColumnError(
            f"{path}: no column {' or '.join(names)}; columns are: {columns}", hint=f"name it with {option} NAME"
        )
    if len(found) > 1:
        twice = ", ".join(header[index] for index in found)
        raise InputError(f"{path}: more than one column would do: {twice}", hint=f"choose with {option} NAME")
    return found[0]


def matrix_of(
    reader: Iterable[Sequence[str]], who: int = 0, what: int = 1, level: int | None = 2, *, escaped: bool = False
) -> Matrix:
    """The matrix of rows of text.

    Parameters
    ----------
    reader
        Rows, the first of which is line 2 of its file.
    who, what, level
        Places of person, permission and access level in a row; no levels where None.
    escaped
        Whether labels may have been escaped for spreadsheets, see `lakezones.store.text.escape`.
    """
    people: dict[str, int] = {}
    permissions: dict[tuple[str, str], int] = {}
    rows: list[int] = []
    columns: list[int] = []
    rejected: list[tuple[int, str]] = []
    needed = max(who, what)
    # Most rows repeat a person and a permission seen before: those cost two look-ups.
    person_at: dict[str, int] = {}
    permission_at: dict[tuple[str, str], int] = {}
    for number, row in enumerate(reader, 2):
        if not row:
            continue
        if len(row) <= needed:
            rejected.append((number, _INCOMPLETE))
            continue
        person = row[who]
        permission = (row[what], row[level] if level is not None and len(row) > level else "")
        i, j = person_at.get(person), permission_at.get(permission)
        if i is None or j is None:
            text, (container, access) = person.strip(), permission
            known = (container.strip(), access.strip())
            if not text or not known[0]:
                rejected.append((number, _INCOMPLETE))
                continue
            i = person_at[person] = people.setdefault(text, len(people))
            j = permission_at[permission] = permissions.setdefault(known, len(permissions))
        rows.append(i)
        columns.append(j)
    texts = [*people, *(container for container, _ in permissions)]
    # What lakezones wrote holds no bare formula. A file that does is somebody else's, and its quotes are its own.
    ours = escaped and not any(text.startswith(RISKY) for text in texts)
    plain = unescape if ours else str
    return _build(
        [plain(label) for label in people],
        [(plain(container), access) for container, access in permissions],
        np.array(rows, dtype=np.intp),
        np.array(columns, dtype=np.intp),
        rejected,
    )


def _build(
    people: list[str],
    permissions: list[tuple[str, str]],
    rows: np.ndarray[Any, np.dtype[np.intp]],
    columns: np.ndarray[Any, np.dtype[np.intp]],
    rejected: list[tuple[int, str]],
) -> Matrix:
    person_order = sorted(range(len(people)), key=people.__getitem__)
    permission_order = sorted(range(len(permissions)), key=permissions.__getitem__)
    shape = (len(people), len(permissions))
    # Labels are put in order, so that the order of the file's rows changes nothing.
    row_at = np.argsort(np.array(person_order, dtype=np.intp))
    column_at = np.argsort(np.array(permission_order, dtype=np.intp))
    cells = np.sort(row_at[rows] * max(1, shape[1]) + column_at[columns]) if rows.size else rows
    cells = cells[np.concatenate([[True], cells[1:] != cells[:-1]])] if cells.size else cells
    matrix = sparse.csr_matrix(
        (np.ones(cells.size, dtype=np.bool_), (cells // max(1, shape[1]), cells % max(1, shape[1]))), shape=shape
    )
    matrix.sort_indices()
    return Matrix(
        people=[people[i] for i in person_order],
        permissions=[permissions[i] for i in permission_order],
        access=matrix,
        duplicates=int(rows.size - cells.size),
        rejected=rejected,
    )


def tables_of(
    matrix: Matrix, mined: MatrixRoles, ids: Sequence[str]
) -> dict[str, tuple[list[str], Iterable[tuple[Any, ...]]]]:
    """Roles as tables: columns and rows of ``roles``, ``role_members``, ``role_containers`` and ``residual``."""
    roles = list(zip(ids, mined.roles, strict=True))
    people, permissions = matrix.people, matrix.permissions
    reason = ("keep_exception", "shared with too few people in this combination")
    return {
        "roles": (
            ["role_id", "members", "containers", "pairs_covered", "new_access"],
            ((name, who.size, what.size, who.size * what.size, 0) for name, (who, what) in roles),
        ),
        "role_members": (
            ["role_id", "principal_id"],
            ((name, people[i]) for name, (who, _) in roles for i in who),
        ),
        "role_containers": (
            ["role_id", "container", "access"],
            ((name, *permissions[j]) for name, (_, what) in roles for j in what),
        ),
        "residual": (
            ["principal_id", "container", "access", "disposition", "reason"],
            ((people[i], *permissions[j], *reason) for i, j in zip(*mined.residual, strict=True)),
        ),
    }


def write_roles(
    folder: Path, matrix: Matrix, mined: MatrixRoles, ids: Sequence[str], summary: Mapping[str, Any]
) -> list[Path]:
    """Write the tables of `tables_of` as CSV, and summary.json; returns their paths.

    The files name people, so only their owner may read them; each replaces the one before only when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    paths = []
    for name, (columns, rows) in tables_of(matrix, mined, ids).items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([escape(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
        paths.append(folder / f"{name}.csv")
        replace_private(paths[-1], text.getvalue())
    replace_private(folder / "summary.json", json.dumps(summary, indent=2) + "\n")
    return [*paths, folder / "summary.json"]
