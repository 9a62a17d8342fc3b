"""An independent replay of a plan: plan.csv, items.parquet and the facts in, who can do what in the end out.

Imports nothing from lakezones and shares no idea with it but the documented format: container by container, plain
dictionaries and sets, its own reading of role assignments, ACLs, entitlements and grants. Slow and obvious on purpose.
Also a script: ``python replay.py PLAN_FOLDER CAPTURE_FOLDER`` prints how access differs between start and end.
"""

import fnmatch
import json
import re
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import polars as pl

BITS = {"read": 1, "write": 3, "manage": 7}
ROLES = {
    "storage blob data reader": 1,
    "storage blob data contributor": 3,
    "storage blob data owner": 7,
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": 1,
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": 3,
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": 7,
}
Pairs = dict[tuple[str, str], int]


class Lake:
    """The state: memberships, grants at sources and targets, and where each dataset is read."""

    def __init__(self, facts: dict[str, pl.DataFrame], as_of: datetime) -> None:
        self.facts = {name: frame.rows(named=True) for name, frame in facts.items()}
        self.as_of = as_of
        self.containers = [row["container"] for row in self.facts["containers"]]
        self.groups = {row["principal_id"] for row in self.rows("principals") if row["kind"] == "group"}
        self.groups |= {row["group_id"] for row in self.rows("memberships")}
        self.groups |= {row["group_id"] for row in self.rows("entitlement_containers") if row["group_id"]}
        self.members: dict[str, set[str]] = defaultdict(set)
        for row in self.rows("memberships"):
            if (row["state"] or "active") == "active" and self.valid(row):
                self.members[row["group_id"]].add(row["member_id"])
        # source: container -> {(kind, grantee, entitlement, grant id): bits}
        self.source: dict[str, dict[tuple[str, str, str | None, str | None], int]] = {c: {} for c in self.containers}
        self.target: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.wide: list[tuple[str, int, str]] = []  # principal, bits, how a container's name must start
        self.denied: dict[str, list[tuple[str, int]]] = {c: [] for c in self.containers}
        self.place: dict[str, tuple[str, str]] = {}
        self.moved: set[str] = set()
        self.frozen: set[str] = set()
        self.deleted: set[str] = set()
        self._assignments()
        self._acls()
        self._entitlements()
        for row in self.rows("grants"):
            if self.valid(row) and row["container"] in self.source:
                key = ("entitlement", row["principal_id"], row["entitlement"], row["grant_id"])
                self.source[row["container"]][key] = BITS[row["access"] or "read"]

    def rows(self, name: str) -> list[dict]:
        return self.facts.get(name, [])

    def valid(self, row: dict) -> bool:
        return row["expires_at"] is None or row["expires_at"] > self.as_of

    def above(self, container: str) -> list[tuple[str, int]]:
        """Grants made above containers that hold on this one."""
        return [(principal, bits) for principal, bits, start in self.wide if container.startswith(start)]

    def _assignments(self) -> None:
        for row in self.rows("role_assignments"):
            bits = ROLES.get(row["role"].rsplit("/", 1)[-1].lower(), 0)
            prefix = re.search(r"containers:name\] StringStartsWith '([^']*)'", row["condition"] or "")
            if not bits or not self.valid(row) or row["state"] == "eligible" or (row["condition"] and not prefix):
                continue
            name = row["scope"].rsplit("/containers/", 1)[-1] if "/containers/" in row["scope"] else None
            for container in [name] if name else self.containers:
                if container not in self.source:
                    continue
                if row["effect"] == "deny":
                    self.denied[container].append((row["principal_id"], bits))
                elif name:
                    self.source[container]["assignment", row["principal_id"], None, row["grant_id"]] = bits
                else:
                    self.wide.append((row["principal_id"], bits, prefix[1] if prefix else ""))
                    break

    def _acls(self) -> None:
        paths: dict[str, dict[str, dict]] = defaultdict(dict)
        for row in self.rows("acls"):
            paths[row["container"]]["" if row["path"] in (None, "/") else row["path"]] = row
        for container, by_path in paths.items():
            inside = [row for path, row in by_path.items() if path]
            if "" not in by_path or not inside:
                continue  # the root alone opens nothing that is known
            root = entries(by_path[""])
            files = [entries(row) for row in inside]
            for kind, who in {key for parsed in [root, *files] for key in parsed if key[1]}:
                rights = [parsed.get((kind, who), "---") for parsed in files]
                top = root.get((kind, who), "---")
                bits = 0
                if "x" in top and all("r" in one for one in rights):
                    bits |= 1
                if "x" in top and "w" in top and all("w" in one for one in rights):
                    bits |= 2
                if bits and who != "$superuser":
                    self.source[container]["owner" if kind == "owner" else "acl_entry", who, None, None] = bits

    def _entitlements(self) -> None:
        opened = defaultdict(list)
        for row in self.rows("entitlement_containers"):
            opened[row["entitlement"]].append(row)
        for row in self.rows("entitlements"):
            if (row["status"] or "approved") != "approved" or not self.valid(row):
                continue
            for what in opened[row["entitlement"]]:
                if what["group_id"]:
                    continue  # enforced by its group, which counts as a group
                for container in fnmatch.filter(self.containers, what["container"]):
                    key = ("entitlement", row["principal_id"], row["entitlement"], None)
                    self.source[container][key] = BITS[what["access"] or "read"]

    def people(self, principal: str) -> set[str]:
        """A principal, or the members of a group at any depth."""
        found, queue, leaves = {principal}, [principal], set()
        while queue:
            one = queue.pop()
            if one not in self.groups:
                leaves.add(one)
                continue
            for member in self.members[one] - found:
                found.add(member)
                queue.append(member)
        return leaves

    def access(self) -> Pairs:
        """Bits of every (person, container), where the container's dataset is read now."""
        held: Pairs = defaultdict(int)
        for container in self.containers:
            if container in self.moved:
                zone, folder = self.place[container]
                grants = [*self.target[zone, folder].items(), *self.target[zone, ""].items()]
                grants += self.above(zone)
            elif container in self.deleted:
                grants = []
            else:
                grants = [(key[1], bits) for key, bits in self.source[container].items()]
                grants += self.above(container)
            now: dict[str, int] = defaultdict(int)
            for principal, bits in grants:
                for person in self.people(principal):
                    now[person] |= bits
            for principal, bits in self.denied[container] if container not in self.moved else []:
                for person in self.people(principal):
                    now[person] &= ~bits
            for person, bits in now.items():
                if container in self.frozen:
                    bits &= 1
                if bits:
                    held[person, container] = bits
        return dict(held)

    def do(self, step: dict, items: list[dict]) -> None:
        """Carry one step out."""
        for item in items:
            who = item["group"] or item["principal_id"]
            access = item["access"] or step["access"]
            match step["action"]:
                case "create_group":
                    self.groups.add(item["group"])
                case "add_member":
                    self.members[item["group"]].add(item["principal_id"])
                case "remove_member":
                    self.members[item["group"]].remove(item["principal_id"])
                case "grant" if item["path"] is None:
                    self.source[item["container"]][step["object_kind"], who, None, "plan"] = BITS[access]
                case "grant":
                    self.target[item["container"], item["path"]][who] |= BITS[access]
                case "revoke":
                    self.revoke(step["object_kind"], item)
                case "freeze_source":
                    self.frozen.add(item["container"])
                case "unfreeze":
                    self.frozen.remove(item["container"])
                case "cutover":
                    folder = item["path"] or ""
                    zone = item["target"].removesuffix("/" + folder) if folder else item["target"]
                    self.place[item["container"]] = zone, folder
                    self.moved.add(item["container"])
                case "delete_source":
                    self.deleted.add(item["container"])

    def revoke(self, kind: str, item: dict) -> None:
        """Take a direct grant away; it must be there."""
        taken = 0
        for container in [item["container"]] if item["container"] else self.containers:
            for key in list(self.source[container]):
                same = key[0] == kind and key[1] == item["principal_id"]
                if kind == "entitlement":
                    same &= key[2] == item["entitlement"]
                elif item["object_id"]:
                    same &= key[3] == item["object_id"]
                if same:
                    del self.source[container][key]
                    taken += 1
        assert taken, f"nothing to revoke: {item}"


def entries(row: dict) -> dict[tuple[str, str], str]:
    """Named entries, owner and owning group of an access ACL, the mask applied."""
    found: dict[tuple[str, str], str] = {}
    mask = "rwx"
    for entry in row["acl"].split(","):
        if entry.startswith("default:"):
            continue
        kind, who, rights = entry.strip().split(":")
        if kind == "mask":
            mask = rights
        elif who:
            found[kind, who] = rights
        elif kind == "user" and row["owner"]:
            found["owner", row["owner"]] = rights
        elif kind == "group" and row["owning_group"]:
            found["group", row["owning_group"]] = rights
    return {
        key: rights if key[0] == "owner" else "".join(r for r in rights if r in mask and r != "-")
        for key, rights in found.items()
    }


def in_order(steps: list[dict]) -> list[dict]:
    """An order that depends_on allows; ties by id backwards, so that nothing leans on the sequence as written."""
    waiting = {step["step_id"]: set(json.loads(step["depends_on"])) for step in steps}
    by_id = {step["step_id"]: step for step in steps}
    order = []
    while waiting:
        ready = max(step_id for step_id, before in waiting.items() if not before & waiting.keys())
        order.append(by_id[ready])
        del waiting[ready]
    return order


def replay(plan: Path, facts: dict[str, pl.DataFrame], as_of: datetime) -> tuple[Pairs, Pairs]:
    """Access before and after the plan in a folder."""
    steps = pl.read_csv(plan / "plan.csv", infer_schema=False).rows(named=True)
    items: dict[str, list[dict]] = defaultdict(list)
    for item in pl.read_parquet(plan / "items.parquet").sort("step_id", "item").iter_rows(named=True):
        items[item["step_id"]].append(item)
    lake = Lake(facts, as_of)
    before = lake.access()
    for step in in_order(steps):
        lake.do(step, items.get(step["step_id"], []))
    return before, lake.access()


def main(plan: str, capture: str) -> None:
    """Print the differences."""
    facts = {path.stem: pl.read_parquet(path) for path in Path(capture).glob("*.parquet")}
    newest = max(
        value
        for frame in facts.values()
        for name, dtype in frame.schema.items()
        if dtype == pl.Datetime("us", "UTC") and name != "expires_at" and (value := frame[name].max()) is not None
    )
    before, after = replay(Path(plan), facts, newest)
    for pair in sorted(before.keys() | after.keys()):
        if before.get(pair, 0) != after.get(pair, 0):
            print(*pair, before.get(pair, 0), after.get(pair, 0))


if __name__ == "__main__":
    main(*sys.argv[1:3])
