"""POSIX ACLs the slow way: the access check of the document, path by path, for one identity and its groups.

Source: https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control#how-permissions-are-evaluated
"""

from collections.abc import Callable
from typing import Any

Rows = dict[str, dict[str, Any]]


def parse(row: dict[str, Any]) -> dict[str, Any]:
    """The access entries of one path."""
    found: dict[str, Any] = {"user": {}, "group": {}, "mask": "rwx", "other": "---", "sticky": False}
    for text in row["acl"].split(","):
        if text.startswith("default:"):
            continue
        kind, who, rights = text.split(":")
        found["sticky"] |= kind == "other" and rights[-1] in "tT"
        rights = rights.replace("t", "x").replace("T", "-")
        if kind in ("mask", "other"):
            found[kind] = rights
        elif who:
            found[kind][who] = rights
        else:
            found[f"owning_{kind}"] = rights
    return found


def ancestors(path: str, rows: Rows) -> list[str]:
    """The paths above `path` that were read."""
    parts = path.split("/")
    return [p for p in ["/".join(parts[:i]) for i in range(len(parts))] if p in rows and p != path]


def is_file(path: str, rows: Rows) -> bool:
    """Whether nothing says that `path` is a folder."""
    leaf = not any(other.startswith(path + "/") for other in rows)
    return path != "" and "default:" not in rows[path]["acl"] and leaf


def parent(path: str) -> str:
    return "/".join(path.split("/")[:-1])


class Checker:
    """The access check, with rules that can be left out."""

    def __init__(self, on: Callable[[str], bool]) -> None:
        self.on = on

    def masked(self, rights: str, entries: dict[str, Any]) -> str:
        mask = entries["mask"] if self.on("acl: mask") else "rwx"
        return "".join(r for r in rights if r in mask and r != "-")

    def deciding(self, row: dict[str, Any], user: str, groups: set[str]) -> list[str]:
        """Rights of the entries that decide for the identity, ``other`` left out, mask applied."""
        entries = row["entries"]
        if user and user == row["owner"] and self.on("acl: owner"):
            rights = entries["owning_user"].replace("-", "")
            return [rights if self.on("acl: owner is not masked") else self.masked(rights, entries)]
        found = [self.masked(entries["user"][user], entries)] if user in entries["user"] else []
        if found and self.on("acl: named user before groups"):
            return found
        found += [self.masked(rights, entries) for g, rights in entries["group"].items() if g in groups]
        if row["owning_group"] in groups and self.on("acl: owning group"):
            found.append(self.masked(entries["owning_group"], entries))
        return found

    def may(self, row: dict[str, Any], user: str, groups: set[str], wanted: str) -> bool:
        decided = self.deciding(row, user, groups)
        personal = (user and user == row["owner"]) or user in row["entries"]["user"]
        if any(set(wanted) <= set(rights) for rights in decided):
            return True
        if personal or not self.on("acl: other"):
            return False
        return set(wanted) <= set(self.masked(row["entries"]["other"], row["entries"]))

    def bits(self, rows: Rows, user: str, groups: set[str]) -> tuple[int, int]:
        """Certain and possible bits."""
        files = [path for path in rows if is_file(path, rows)]
        checks = []
        for path in files or rows:
            above = ancestors(path, rows) if self.on("acl: execute on every ancestor") else []
            through = all(self.may(rows[p], user, groups, "x") for p in above)
            if files:
                read = through and self.may(rows[path], user, groups, "r")
                folder = parent(path)
                free = folder not in rows or not self.on("acl: a folder's wx to write")
                placed = free or self.may(rows[folder], user, groups, "wx")
                write = through and placed and self.may(rows[path], user, groups, "w")
            else:
                read = through and self.may(rows[path], user, groups, "rx")
                write = through and self.may(rows[path], user, groups, "wx")
            checks.append((read, write))
        if not checks:
            return 0, 0
        all_bits = (1 if all(r for r, _ in checks) else 0) | (2 if all(w for _, w in checks) else 0)
        any_bits = (1 if any(r for r, _ in checks) else 0) | (2 if any(w for _, w in checks) else 0)
        if not files:
            return 0, all_bits
        if "" not in rows:
            return 0, any_bits
        return all_bits, any_bits & ~all_bits

    def destroys(self, rows: Rows, user: str, groups: set[str]) -> bool:
        """Whether the identity may delete something in some folder: ``-wx`` on it, ``x`` on all above.

        In a folder with the sticky bit only the owners of the child and of the folder may.
        """
        if not self.on("destroy: -wx on a folder"):
            return False
        for path in rows:
            above = ancestors(path, rows) if self.on("destroy: execute on every ancestor") else []
            if is_file(path, rows) or not all(self.may(rows[p], user, groups, "x") for p in above):
                continue
            if not self.may(rows[path], user, groups, "wx"):
                continue
            if rows[path]["entries"]["sticky"] and self.on("destroy: sticky bit"):
                children = [p for p in rows if p and parent(p) == path]
                owners = {rows[p]["owner"] for p in [path, *children]}
                if user not in owners - {None, ""} or not self.on("destroy: sticky bit spares owners"):
                    continue
            return True
        return False


def named(rows: Rows) -> tuple[set[str], set[str]]:
    """Users and groups that any entry or any ownership names."""
    users = {u for r in rows.values() for u in r["entries"]["user"]} | {r["owner"] for r in rows.values()}
    groups = {g for r in rows.values() for g in r["entries"]["group"]}
    groups |= {r["owning_group"] for r in rows.values()}
    return users - {None}, groups - {None}
