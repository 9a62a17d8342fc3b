"""Check mined roles and their bound: check_roles.py MATRIX.csv ROLES_FOLDER CERTIFICATE.json [PEOPLE PERMISSIONS]

Needs the standard library alone; PEOPLE and PERMISSIONS are columns of the matrix. Roles have to give what it has and
nothing else, and the bound has to follow from the certificate: a role holds two assignments (u, p) and (v, q) only
where u has q and v has p. Exit code 0 if all was checked, 4 if not, 1 if it cannot be read."""

import csv
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

MOST = 300_000  # steps through the bicliques of one part, beyond which its dual values are not checked
QUOTE = re.compile(r"\A'(?=[-=+@\t\r'])")  # lakezones writes it before what a spreadsheet would take for a formula


def table(path, who, what, escaped):
    """(person or role, permission) of each row of a CSV, a permission with its level of access; rows and columns."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        lines = csv.reader([first, *file], delimiter=max(",;\t", key=first.count))
        header = [name.strip().lower() for name in next(lines, [])]
        i, j = (header.index(next((name for name in header if name in names), names)) for names in (who, what))
        k = header.index("access") if "access" in header and header.index("access") not in (i, j) else len(header)
        cells = {(row[i].strip(), row[j].strip(), "".join(row[k : k + 1]).strip()) for row in lines if row[max(i, j) :]}
    if not any(text.startswith(tuple("-=+@\t\r")) for cell in cells for text in cell[:escaped]):
        cells = {(*(QUOTE.sub("", text) for text in cell[:escaped]), *cell[escaped:]) for cell in cells}
    rows, columns = defaultdict(set), defaultdict(set)
    for u, *p in cells:
        if u and p[0]:
            rows[u].add(tuple(p))
            columns[tuple(p)].add(u)
    return rows, columns


def apart(groups, rows, columns):
    """Whether no two assignments of different groups fit into one role; all of them have to be in the matrix."""
    at = defaultdict(list)
    for group, edges in enumerate(groups):
        for u, p in edges:
            at[p].append((u, group))
    for group, edges in enumerate(groups):
        for u, p in edges:
            if {other for q in rows[u] & at.keys() for v, other in at[q] if v in columns[p]} != {group}:
                return False
    return True


def contradicts(seeds, steps, rows, columns):
    """Whether with a role per seed and no other each step is forced, and the assignment of the last fits none."""
    join, hold = [columns[p] for _, p in seeds], [rows[u] for u, _ in seeds]
    for number, ((u, p), role) in enumerate(steps, 1):
        fits = [i for i in range(len(seeds)) if u in join[i] and p in hold[i]]
        if p not in rows[u] or fits != ([] if number == len(steps) else [role]):
            return False
        if fits:
            join[role], hold[role] = join[role] & columns[p], hold[role] & rows[u]
    return bool(steps)


def limited(edges, weights, limit, rows, columns):
    """Whether no biclique of the assignments weighs more than the limit; not so where that takes too many steps."""
    weights, edges = zip(*sorted(zip(weights, edges, strict=True), reverse=True), strict=True)
    near = [sum(1 << j for j, (v, q) in enumerate(edges) if q in rows[u] and v in columns[p]) for u, p in edges]
    stack, steps = [((1 << len(edges)) - 1, 0)], 0
    while stack and steps <= MOST:
        free, heavy = stack.pop()
        left, most, branches = free, heavy, []
        while left:  # sets of assignments no two of which fit: a biclique has at most one of each, the heaviest at most
            alone, most = left, most + weights[(left & -left).bit_length() - 1]
            while alone:
                i = (alone & -alone).bit_length() - 1
                alone, left = alone & ~(near[i] | 1 << i), left ^ 1 << i
                branches += [i] if most > limit else []
        for i in reversed(branches):
            free, steps = free ^ 1 << i, steps + 1
            stack.append((free & near[i], heavy + weights[i]))
            if heavy + weights[i] > limit:
                return False
    return not stack and weights[-1] >= 0 < limit


def proven(part, edges, steps, rows, columns):
    """The bound that follows from a part of the certificate; 0 if none does."""
    if part["kind"] in ("fooling_set", "deduction") and apart([[edge] for edge in edges], rows, columns):
        return len(edges) + (part["kind"] == "deduction" and contradicts(edges, steps, rows, columns))
    if part["kind"] != "dual" or {type(x) for x in [*part["weights"], part["limit"]]} != {int}:  # as floats may round
        return 0
    return -(-sum(part["weights"]) // part["limit"]) * limited(edges, part["weights"], part["limit"], rows, columns)


def main(matrix, folder, certificate, who="principal,principal_id,user", what="container,permission,entitlement"):
    rows, columns = table(matrix, who.lower().split(","), what.lower().split(","), 2)
    members, _ = table(Path(folder, "role_members.csv"), {"role_id"}, {"principal_id"}, 3)
    contents, _ = table(Path(folder, "role_containers.csv"), {"role_id"}, {"container"}, 3)
    given = {(u, p) for role, people in members.items() for u, _ in people for p in contents[role]}
    has = {(u, p) for u, held in rows.items() for p in held}
    print(f"{len(members)} roles; assignments that no role gives: {len(has - given)}; new ones: {len(given - has)}")
    claimed, checked, parts = 0, 0, []
    for number, block in enumerate(json.loads(Path(certificate).read_text("utf-8"))["blocks"], 1):
        least, bound = block["lower_bound"], 0
        for part in block["parts"]:
            edges = [(u, tuple(p)) for u, p in part["assignments"]]
            steps = [((u, tuple(p)), seed) for u, p, seed in part["steps"]]
            parts.append(edges + [edge for edge, _ in steps])
            bound += proven(part, edges, steps, rows, columns)
        print(f"block {number}: {block['roles']} roles, no fewer than {least} ({block['kind']}), checked: {bound}")
        claimed, checked = claimed + least, checked + min(bound, least)
    sound = apart(parts, rows, columns)
    print(f"bound {claimed}, checked: {checked if sound else 'nothing, since parts overlap'}")
    return 0 if sound and given == has and checked == claimed else 4


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]) if len(sys.argv) in (4, 6) else __doc__)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, csv.Error) as error:
        sys.exit(f"error: cannot check {' '.join(sys.argv[1:4])}: {type(error).__name__}: {error}")
