"""Effective access the slow, obvious way: sets and loops, container by container and person by person.

Shares no code with the product. Where the two disagree, this one is easier to check against Azure's documents.
"""

import fnmatch
import re
from dataclasses import dataclass, field
from typing import Any

BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
DATA = {
    f"{BLOBS}/read": 1,
    f"{BLOBS}/write": 2,
    f"{BLOBS}/add/action": 2,
    f"{BLOBS}/manageOwnership/action": 4,
    f"{BLOBS}/modifyPermissions/action": 4,
    f"{BLOBS}/runAsSuperUser/action": 7,
}
KEYS = [
    f"Microsoft.Storage/storageAccounts/{name}/action"
    for name in ("listKeys", "regenerateKey", "ListAccountSas", "ListServiceSas")
]
ASSIGN = ["Microsoft.Authorization/roleAssignments/write"]
EVERYONE = "00000000-0000-0000-0000-000000000000"
MACHINES = ("service_principal", "managed_identity", "group")


@dataclass
class Estate:
    """Tables as lists of dicts; None where a table was not assessed. `conditions` gives the tree of each text."""

    tables: dict[str, list[dict[str, Any]] | None]
    conditions: dict[str, Any]
    roles: dict[str, dict[str, list[str]]]
    as_of: Any
    subscription_of: dict[str, tuple[str, str]] = field(default_factory=dict)

    def rows(self, name: str) -> list[dict[str, Any]]:
        return self.tables.get(name) or []


@dataclass(frozen=True)
class Grant:
    route: str
    grantee: str
    lane: str
    level: int
    local: bool
    entitlement: str = ""
    detail: str = ""
    deny: bool = False
    single: bool = True
    """Whether the grant is about this container by itself: made on it, or by a condition that looks at it."""


def alive(row: dict[str, Any], now: Any) -> bool:
    return row.get("expires_at") is None or row["expires_at"] > now


def covers(pattern: str, operation: str) -> bool:
    escaped = "".join(c if c == "*" else f"[{c}]" if c in "?[]" else c for c in pattern.lower())
    return fnmatch.fnmatchcase(operation.lower(), escaped)


def carried(role: dict[str, list[str]], operations: Any, yes: str, no: str) -> set[str]:
    return {
        o
        for o in operations
        if any(covers(p, o) for p in role.get(yes, [])) and not any(covers(p, o) for p in role.get(no, []))
    }


def tells_apart(tree: Any) -> bool:
    """Whether a condition looks at the container, so that an assignment above it is one per container."""
    if tree[0] in ("and", "or", "not"):
        return any(tells_apart(part) for part in tree[1:])
    return tree[0] in ("name", "like", "meta", "meta_not", "has")


def kleene(tree: Any, operation: str, container: dict[str, Any]) -> bool | None:
    """Three-valued truth of a condition's tree."""
    kind = tree[0]
    if kind == "not":
        inner = kleene(tree[1], operation, container)
        return None if inner is None else not inner
    if kind in ("and", "or"):
        values = [kleene(part, operation, container) for part in tree[1:]]
        decisive = kind == "or"
        if decisive in values:
            return decisive
        return None if None in values else not decisive
    if kind == "action":
        return covers(tree[1], operation)
    if kind == "name":
        return container["name"] == tree[1]
    if kind == "like":
        return fnmatch.fnmatchcase(container["name"], tree[1])
    if kind == "meta":
        return container["metadata"].get(tree[1]) == tree[2]
    if kind == "meta_not":
        value = container["metadata"].get(tree[1])
        return None if value is None else value != tree[2]
    if kind == "has":
        return tree[1] in container["metadata"]
    return None


class Reference:
    """Everything the tests compare, computed eagerly."""

    def __init__(self, estate: Estate) -> None:
        self.e = estate
        self.now = estate.as_of
        self.edges: dict[str, set[str]] = {}
        for row in estate.rows("memberships"):
            if row["state"] in (None, "active") and alive(row, self.now):
                self.edges.setdefault(row["group_id"], set()).add(row["member_id"])
        self.groups = self.find_groups()
        self.containers = {row["container"]: row for row in estate.rows("containers")}
        self.accounts = {row["account"]: row for row in estate.rows("accounts")}
        self.grants = {name: self.grants_on(row) for name, row in self.containers.items()}
        self.access: dict[tuple[str, str, str], int] = {}
        self.local: dict[tuple[str, str], int] = {}
        for name in self.containers:
            self.resolve(name)

    def find_groups(self) -> set[str]:
        found = {r["principal_id"] for r in self.e.rows("principals") if r["kind"] == "group"}
        found |= {r["group_id"] for r in self.e.rows("memberships")}
        found |= {r["group_id"] for r in self.e.rows("entitlement_containers") if r["group_id"]}
        for row in self.e.rows("acls"):
            found.update(re.findall(r"(?:^|,)(?:default:)?group:([^:,]+):", row["acl"]))
            if row["owning_group"]:
                found.add(row["owning_group"])
        return found - {r["principal_id"] for r in self.e.rows("principals") if r["kind"] != "group"}

    def holders(self, grantee: str) -> set[str]:
        """The grantee, or everybody in it when it is a group."""
        if grantee not in self.groups:
            return {grantee}
        seen, todo, people = {grantee}, [grantee], set()
        while todo:
            for member in self.edges.get(todo.pop(), ()):
                if member not in self.groups:
                    people.add(member)
                elif member not in seen:
                    seen.add(member)
                    todo.append(member)
        return people

    # ------------------------------------------------------------------------------------ grants

    def grants_on(self, container: dict[str, Any]) -> list[Grant]:
        name = container["container"]
        account = self.accounts[container["account"]]
        found: list[Grant] = []
        for row in self.e.rows("role_assignments"):
            found += self.assignment(row, container, account)
        found += self.single_acl_grants(name, account)
        for row in self.e.rows("grants"):
            if row["container"] == name and alive(row, self.now):
                level = {"read": 1, "write": 3, "manage": 7, None: 1}[row["access"]]
                found.append(Grant("grant", row["principal_id"], "data", level, True, row["entitlement"] or ""))
        for row in self.e.rows("stored_policies"):
            started = row["starts_at"] is None or row["starts_at"] <= self.now
            if (
                row["container"] == name
                and alive(row, self.now)
                and started
                and account["allow_shared_key"] is not False
            ):
                letters = row["permissions"] or ""
                level = (1 if set(letters) & set("rl") else 0) | (2 if set(letters) & set("wacd") else 0)
                if level:
                    found.append(Grant("policy", f"sas:{name}/{row['policy']}", "bearer", level, True))
        if container["public_access"] and account["allow_public"] is not False:
            found.append(Grant("public", "public", "bearer", 1, True))
        found += self.entitlement_grants(name)
        return self.mark_entitlements(name, found)

    def assignment(self, row: dict[str, Any], container: dict[str, Any], account: dict[str, Any]) -> list[Grant]:
        arm = (
            f"/subscriptions/{account['subscription_id']}/resourceGroups/{account['resource_group']}"
            f"/providers/Microsoft.Storage/storageAccounts/{account['account']}"
        )
        full = f"{arm}/blobServices/default/containers/{container['name']}".lower()
        scope = row["scope"].lower()
        below = full == scope or full.startswith(scope + "/") or "managementgroups" in scope
        if not below or not alive(row, self.now):
            return []
        deny = row["effect"] == "deny"
        eligible = row["state"] == "eligible"
        if deny and eligible:
            return []
        local = full == scope
        role = self.e.roles.get(row["role"])
        who = row["principal_id"]
        if role is None:
            return [Grant("assignment", who, "conditional", 7, local, deny=deny, single=local)]
        found = []
        data = carried(role, DATA, "data_actions", "not_data_actions")
        if row["condition"]:
            truth = {o: kleene(self.e.conditions[row["condition"]], o, container) for o in data}
            lane = "conditional" if None in truth.values() else "data"
            data = {o for o, value in truth.items() if value is not False}
        else:
            lane = "data"
        level = 0
        for operation in data:
            level |= DATA[operation]
        if level:
            single = local or bool(row["condition"] and tells_apart(self.e.conditions[row["condition"]]))
            kind = "eligible" if eligible else lane
            found.append(Grant("assignment", who, kind, level, local, deny=deny, single=single))
        if carried(role, KEYS, "actions", "not_actions") and account["allow_shared_key"] is not False and not local:
            found.append(Grant("assignment", who, "control", 7, local, detail="keys", deny=deny, single=local))
        if carried(role, ASSIGN, "actions", "not_actions"):
            found.append(Grant("assignment", who, "control", 7, local, detail="assigns", deny=deny, single=local))
        return found

    def scanned(self) -> bool:
        tables = self.e.tables
        return tables.get("memberships") is not None and (
            tables.get("acls") is not None or tables.get("role_assignments") is not None
        )

    def opens(self, name: str) -> list[dict[str, Any]]:
        return [r for r in self.e.rows("entitlement_containers") if fnmatch.fnmatchcase(name, r["container"])]

    def entitlement_grants(self, name: str) -> list[Grant]:
        found = []
        for row in self.opens(name):
            if row["group_id"] and self.scanned():
                continue
            level = {"read": 1, "write": 3, "manage": 7, None: 1}[row["access"]]
            for asked in self.e.rows("entitlements"):
                approved = asked["status"] in (None, "approved") and alive(asked, self.now)
                if asked["entitlement"] == row["entitlement"] and approved:
                    found.append(Grant("entitlement", asked["principal_id"], "data", level, True, row["entitlement"]))
        return found

    def mark_entitlements(self, name: str, grants: list[Grant]) -> list[Grant]:
        marked = []
        for grant in grants:
            names = [
                r["entitlement"]
                for r in self.opens(name)
                if self.scanned()
                and r["group_id"] == grant.grantee
                and (grant.route == "acl" or (grant.route == "assignment" and grant.single))
            ]
            marked += [Grant(**{**vars(grant), "entitlement": n}) for n in names] or [grant]
        return marked

    # -------------------------------------------------------------------------------------- ACLs

    def acl_rows(self, name: str, account: dict[str, Any]) -> dict[str, dict[str, Any]]:
        if account["hns"] is False:
            return {}
        return {
            (r["path"] or "").strip("/"): {**r, "entries": self.entries(r)}
            for r in self.e.rows("acls")
            if r["container"] == name
        }

    @staticmethod
    def entries(row: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"user": {}, "group": {}, "mask": "rwx", "other": "---"}
        for text in row["acl"].split(","):
            if text.startswith("default:"):
                continue
            kind, who, rights = text.split(":")
            if kind in ("mask", "other"):
                found[kind] = rights
            elif who:
                found[kind][who] = rights
            else:
                found[f"owning_{kind}"] = rights
        return found

    @staticmethod
    def and_mask(rights: str, mask: str) -> str:
        return "".join(r for r in rights if r in mask and r != "-")

    def deciding(self, row: dict[str, Any], user: str, groups: set[str]) -> list[str]:
        """Rights of the entries that decide for the identity, ``other`` left out, mask applied."""
        entries = row["entries"]
        if user and user == row["owner"]:
            return [entries["owning_user"].replace("-", "")]
        if user in entries["user"]:
            return [self.and_mask(entries["user"][user], entries["mask"])]
        found = [self.and_mask(rights, entries["mask"]) for g, rights in entries["group"].items() if g in groups]
        if row["owning_group"] in groups:
            found.append(self.and_mask(entries["owning_group"], entries["mask"]))
        return found

    def may(self, row: dict[str, Any], user: str, groups: set[str], wanted: str) -> bool:
        decided = self.deciding(row, user, groups)
        personal = (user and user == row["owner"]) or user in row["entries"]["user"]
        if any(set(wanted) <= set(rights) for rights in decided):
            return True
        if personal:
            return False
        return set(wanted) <= set(self.and_mask(row["entries"]["other"], row["entries"]["mask"]))

    def acl_bits(self, rows: dict[str, dict[str, Any]], user: str, groups: set[str]) -> tuple[int, int]:
        """Certain and possible bits."""

        def above(path: str) -> list[str]:
            parts = path.split("/")
            return [p for p in ["/".join(parts[:i]) for i in range(len(parts))] if p in rows and p != path]

        def is_file(path: str) -> bool:
            return (
                path != ""
                and "default:" not in rows[path]["acl"]
                and not any(other.startswith(path + "/") for other in rows)
            )

        files = [path for path in rows if is_file(path)]
        checks = []
        for path in files or rows:
            through = all(self.may(rows[p], user, groups, "x") for p in above(path))
            if files:
                read = through and self.may(rows[path], user, groups, "r")
                folder = "/".join(path.split("/")[:-1])
                placed = folder not in rows or self.may(rows[folder], user, groups, "wx")
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

    def named(self, rows: dict[str, dict[str, Any]]) -> tuple[set[str], set[str]]:
        users = {u for r in rows.values() for u in r["entries"]["user"]} | {r["owner"] for r in rows.values()}
        groups = {g for r in rows.values() for g in r["entries"]["group"]}
        groups |= {r["owning_group"] for r in rows.values()}
        return users - {None}, groups - {None}

    def single_acl_grants(self, name: str, account: dict[str, Any]) -> list[Grant]:
        """What each entry gives alone; used for entitlements and classes, not for people."""
        rows = self.acl_rows(name, account)
        users, groups = self.named(rows)
        found = []
        for who, user, member in [(u, u, set()) for u in users] + [(g, "", {g}) for g in groups]:
            if any(any(self.deciding(r, user, member)) for r in rows.values()):
                for lane, level in zip(("data", "conditional"), self.acl_bits(rows, user, member), strict=True):
                    if level:
                        found.append(Grant("acl", who, lane, level, True))
        return found

    def people_by_acl(self, name: str) -> list[Grant]:
        """What each person has by all entries together."""
        container = self.containers[name]
        rows = self.acl_rows(name, self.accounts[container["account"]])
        users, groups = self.named(rows)
        belongs = {g: self.holders(g) for g in groups}
        found = []
        for person in users | {p for people in belongs.values() for p in people}:
            mine = {g for g in groups if person in belongs[g]}
            if any(any(self.deciding(r, person, mine)) for r in rows.values()):
                for lane, level in zip(("data", "conditional"), self.acl_bits(rows, person, mine), strict=True):
                    if level:
                        found.append(Grant("acl", person, lane, level, True))
        certain, possible = self.acl_bits(rows, "", set()) if rows else (0, 0)
        if certain | possible:
            found.append(Grant("acl", "authenticated", "conditional", certain | possible, True))
        return found

    # ------------------------------------------------------------------------------------ people

    def resolve(self, name: str) -> None:
        raw = [g for g in self.grants[name] if g.route != "acl"]
        denies = [g for g in raw if g.deny]
        people = self.people_by_acl(name)
        for grant in raw:
            if not grant.deny:
                people += [Grant(**{**vars(grant), "grantee": who}) for who in self.holders(grant.grantee)]
        for grant in people:
            against = [
                d
                for d in denies
                if grant.route in ("assignment", "acl")
                and (d.grantee == EVERYONE or grant.grantee in self.holders(d.grantee))
            ]
            if grant.lane == "control":
                if not any(d.lane == "control" and d.detail == grant.detail for d in against):
                    self.add(name, grant, grant.lane, grant.level)
                continue
            level = grant.level
            maybe = 0
            for deny in against:
                if deny.lane == "data":
                    level &= ~deny.level
                if deny.lane == "conditional":
                    maybe |= deny.level
            if grant.lane == "data":
                self.add(name, grant, "data", level & ~maybe)
                self.add(name, grant, "conditional", level & maybe)
            else:
                self.add(name, grant, grant.lane, level)

    def add(self, name: str, grant: Grant, lane: str, level: int) -> None:
        if not level:
            return
        key = (name, grant.grantee, lane)
        self.access[key] = self.access.get(key, 0) | level
        if lane == "data" and grant.local:
            self.local[name, grant.grantee] = self.local.get((name, grant.grantee), 0) | level

    def requests(self) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """Requests by entitlement (person, entitlement), and containers without one (person, container)."""
        opens: dict[str, dict[str, int]] = {}
        grantees: dict[str, set[str]] = {}
        for name, grants in self.grants.items():
            for grant in grants:
                if grant.entitlement and grant.lane == "data" and not grant.deny:
                    levels = opens.setdefault(grant.entitlement, {})
                    levels[name] = levels.get(name, 0) | grant.level
                    grantees.setdefault(grant.entitlement, set()).add(grant.grantee)
        machines = {r["principal_id"] for r in self.e.rows("principals") if r["kind"] in MACHINES}
        full: set[tuple[str, str]] = set()
        explained: dict[tuple[str, str], int] = {}
        for entitlement, levels in opens.items():
            reached = {p for g in grantees[entitlement] for p in self.holders(g)}
            for person in reached - machines:
                if all(self.access.get((c, person, "data"), 0) & level == level for c, level in levels.items()):
                    full.add((person, entitlement))
                    for container, level in levels.items():
                        explained[container, person] = explained.get((container, person), 0) | level
        rest = {
            (person, container)
            for (container, person), level in self.local.items()
            if person not in machines and level & ~explained.get((container, person), 0)
        }
        return full, rest
