"""Random estates for the differential test: those of `estates`, with escalation, deleting and every edge added.

Each estate has a theme, so that what must meet for a rule to decide meets often. Ids are GUIDs, as conditions compare
them, and are written in either case; a second account stands beside the first; every end of time may be the scan's
own moment.
"""

import random
import re
import zlib
from typing import Any

from tests.access.estates import AS_OF, CONTAINERS, FUTURE, PAST, acl, estate, some, text_of
from tests.access.reference_model import ASSIGN, BLOBS, EVERYONE, KEYS, REMOVE, STORAGE, Estate

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
NO_SUCH_ROLE = "a795c7a0-d4a2-40c1-ae25-d81f01202912"
BUILTIN: dict[str, dict[str, list[str]]] = {
    READER: {"actions": ["*/read"]},
    OWNER: {"actions": ["*"]},
    BLOB_READER: {"actions": [f"{CONTAINERS}/read"], "data_actions": [f"{BLOBS}/read"]},
    BLOB_CONTRIBUTOR: {
        "actions": [f"{CONTAINERS}/{name}" for name in ("delete", "read", "write")],
        "data_actions": [f"{BLOBS}/{name}" for name in ("read", "write", "delete", "move/action", "add/action")],
    },
}

THEMES = ("any", "delegate", "delegate", "destroy", "erase by ACL", "owners", "keys", "keys")
WRITES = list(ASSIGN.values())
ACTIONS: dict[str, list[str]] = {
    "delegate": [*WRITES, *WRITES, *WRITES, "Microsoft.Authorization/*", "Microsoft.Authorization/*/Write", "*/read"],
    "destroy": [
        REMOVE["resourceGroups/delete"],
        REMOVE["lifecycle rules"],
        f"{CONTAINERS}/delete",
        f"{STORAGE}/delete",
        f"{CONTAINERS}/*",
        "*/delete",
        "*/read",
    ],
    "keys": [
        f"{STORAGE}/write",
        f"{STORAGE}/write",
        f"{STORAGE}/listKeys/action",
        f"{STORAGE}/listkeys/ACTION",
        f"{STORAGE}/regenerateKey/action",
        f"{STORAGE}/ListAccountSas/action",
        f"{STORAGE}/*",
        "*/write",
        "*/action",
    ],
}
DATA_ACTIONS: dict[str, list[str]] = {
    "destroy": [
        f"{BLOBS}/delete",
        f"{BLOBS}/move/action",
        f"{BLOBS}/deleteBlobVersion/action",
        f"{BLOBS}/m*",
        f"{BLOBS}/del*",
        f"{BLOBS}/read",
        f"{BLOBS}/*",
        f"{BLOBS}/runAsSuperUser/action",
    ],
}
DENIED: dict[str, dict[str, list[str]]] = {
    "no-write": {"actions": ["*/write"], "data_actions": [f"{BLOBS}/write"]},
    "no-delete": {"actions": ["*/delete"], "data_actions": ["*/delete"]},
    "no-action": {"actions": ["*/action"], "not_actions": [f"{STORAGE}/regenerateKey/action"]},
    "nothing": {"actions": ["*"], "data_actions": ["*"], "not_data_actions": [f"{BLOBS}/runAsSuperUser/action"]},
}
RIGHTS = ["rwx", "-wx", "-wx", "--x", "--x", "r-x", "-w-", "---"]
TREES = [[""], ["", "d", "d/f"], ["", "d", "d/f", "d/e", "d/e/f"], ["", "f"], ["", "d", "d/e", "d/e/f"]]


def guid(name: str) -> str:
    """A GUID that stands for a name."""
    number = zlib.crc32(name.encode())
    return f"{number:08x}-0000-4000-8000-{zlib.crc32(name[::-1].encode()):012x}"


def with_guids(drawn: Estate, prefix: str) -> Estate:
    """The estate with GUIDs for people, groups and custom roles."""
    pattern = re.compile(re.escape(prefix) + r"(?:[pg]\d|custom\d)")

    def renamed(value: Any) -> Any:
        return pattern.sub(lambda found: guid(found[0]), value) if isinstance(value, str) else value

    tables = {
        name: None if rows is None else [{key: renamed(value) for key, value in row.items()} for row in rows]
        for name, rows in drawn.tables.items()
    }
    return Estate(tables, drawn.conditions, {renamed(key): role for key, role in drawn.roles.items()}, drawn.as_of)


class Richer:
    """Adds to one estate; `tables` are changed in place."""

    def __init__(self, rnd: random.Random, prefix: str, *, alone: bool) -> None:
        self.rnd, self.prefix, self.alone = rnd, prefix, alone
        self.theme = rnd.choice(THEMES)
        drawn = estate(rnd, prefix, bare=False)
        if self.theme != "any":
            drawn.tables["role_assignments"] = drawn.rows("role_assignments")[: rnd.randint(0, 1)]
            drawn.tables["grants"] = drawn.rows("grants")[: rnd.randint(0, 1)]
        self.e = with_guids(drawn, prefix)
        self.e.roles = {**self.e.roles, **BUILTIN}
        self.people = [guid(f"{prefix}p{i}") for i in range(4)]
        self.groups = [guid(f"{prefix}g{i}") for i in range(4)]
        self.ends = [None] * 6 + [PAST, AS_OF, FUTURE]

    def add(self, table: str, rows: list[dict[str, Any]]) -> None:
        self.e.tables[table] = [*self.e.rows(table), *rows]

    def build(self) -> Estate:
        self.add_directory()
        self.add_account()
        if self.theme == "erase by ACL":
            self.add_folders()
        if self.theme in ("delegate", "destroy", "keys", "owners"):
            self.add_roles()
            self.add_assignments()
        self.add_denies()
        if self.theme in ("keys", "owners") and self.rnd.random() < 0.4:
            self.add_chain()
        for table in ("role_assignments", "memberships", "grants", "entitlements"):
            for row in self.e.rows(table):
                if row["expires_at"] is not None and self.rnd.random() < 0.3:
                    row["expires_at"] = AS_OF
        return self.e

    def add_directory(self) -> None:
        rnd = self.rnd
        known = {row["principal_id"] for row in self.e.rows("principals")}
        kinds = ["user", "user", "user", "service_principal", "managed_identity"]
        self.add("principals", [{"principal_id": p, "kind": rnd.choice(kinds)} for p in self.people if p not in known])
        unknown = self.groups[3:] if rnd.random() < 0.3 else []
        groups = [g for g in self.groups if g not in known and g not in unknown]
        self.add("principals", [{"principal_id": g, "kind": "group"} for g in groups])
        for row in self.e.rows("principals"):
            row["managed_by"] = None
            if row["kind"] == "group":
                row["managed_by"] = rnd.choice([None, "entra", "access_package", "dynamic", "ad_sync"])
        if self.theme == "owners" or rnd.random() < 0.2:
            pairs = {(rnd.choice(self.groups), rnd.choice(self.people)) for _ in range(rnd.randint(1, 3))}
            self.add("group_owners", [{"group_id": g, "owner_id": o} for g, o in sorted(pairs)])
        elif rnd.random() < 0.5:
            self.e.tables["group_owners"] = []
        if rnd.random() < 0.2:
            ring = rnd.sample(self.groups, rnd.randint(2, 4))
            pairs = set(zip(ring, ring[1:] + ring[:1], strict=True))
            pairs.add((ring[-1], rnd.choice(self.people)))
            self.add(
                "memberships",
                [{"group_id": g, "member_id": m, "state": None, "expires_at": None} for g, m in sorted(pairs)],
            )

    def add_account(self) -> None:
        """Sometimes a second account, in the same or another resource group or subscription."""
        rnd, first = self.rnd, self.e.rows("accounts")[0]
        if self.theme in ("keys", "delegate"):
            first["allow_shared_key"] = rnd.choice([False, False, None])
        if rnd.random() < 0.5:
            return
        name = f"{self.prefix}other"
        place = rnd.choice([{}, {"resource_group": f"{self.prefix}rg2"}, {"subscription_id": f"{self.prefix}sub2"}])
        second = {**first, "account": name, "allow_shared_key": rnd.choice([True, None, False]), **place}
        self.add("accounts", [second])
        self.add(
            "containers",
            [{"container": f"{name}/c0", "account": name, "public_access": None, "metadata": '{"system": "a"}'}],
        )

    def add_folders(self) -> None:
        """ACLs of folders, with children that have owners and some with the sticky bit."""
        rnd = self.rnd
        self.e.rows("accounts")[0]["hns"] = rnd.choice([True, None])
        rows = []
        for container in self.e.rows("containers"):
            for path in rnd.choice(TREES):
                text = acl(rnd, self.people, self.groups)
                text = re.sub(r"(user|group|mask|other):([^:,]*):[rwx-]{3}", self.redrawn, text)
                if rnd.random() < 0.35:
                    text = re.sub(r"(other::[r-][w-])([x-])", lambda m: m[1] + ("t" if m[2] == "x" else "T"), text)
                rows.append(
                    {
                        "container": container["container"],
                        "acl": text,
                        "path": path or None,
                        "owner": rnd.choice([None, "$superuser", *self.people]),
                        "owning_group": rnd.choice([None, "$superuser", *self.groups]),
                    }
                )
        self.e.tables["acls"] = rows

    def redrawn(self, entry: re.Match[str]) -> str:
        rights = self.rnd.choice(RIGHTS if entry[1] != "mask" else ["rwx", "rwx", "-wx", "r-x"])
        rights = self.rnd.choice(["---", "---", "--x", "--x", "-wx"]) if entry[1] == "other" else rights
        return f"{entry[1]}:{entry[2]}:{rights}"

    def add_roles(self) -> None:
        theme = {"owners": "destroy"}.get(self.theme, self.theme)
        less = [f"{BLOBS}/delete", f"{BLOBS}/write", f"{BLOBS}/*/action", f"{BLOBS}/w*"]
        for i in range(3):
            role = {
                "actions": [self.rnd.choice(ACTIONS[theme]), *some(self.rnd, ACTIONS[theme], 1)],
                "not_actions": some(self.rnd, [*ACTIONS[theme], "*/delete"], 1) if self.rnd.random() < 0.3 else [],
                "data_actions": some(self.rnd, DATA_ACTIONS.get(theme, [f"{BLOBS}/read"]), 2),
                "not_data_actions": some(self.rnd, less, 1),
            }
            if theme == "delegate" and self.rnd.random() < 0.6:
                role |= {"actions": [WRITES[i]], "not_actions": []}
            if theme == "keys" and self.rnd.random() < 0.6:
                role |= {"actions": [(f"{STORAGE}/write", *KEYS)[self.rnd.randint(0, 2)]], "not_actions": []}
            if theme == "destroy" and self.rnd.random() < 0.6:
                role["actions"] = []
            if theme == "destroy" and self.rnd.random() < 0.2:
                role["data_actions"] = [f"{BLOBS}/runAsSuperUser/action"]
            name = guid(f"{self.prefix}special{i}")
            self.e.roles[name] = role
            self.add("role_definitions", [{"role": name, **role}])

    def add_chain(self) -> None:
        """What takes two rows to decide: keys switched on by one role and listed by another, some keys denied, a group
        that its owner alone names.
        """
        rnd, account = self.rnd, self.e.rows("accounts")[0]
        one, other = rnd.sample(self.people, 2)
        owned = guid(f"{self.prefix}owned")
        roles = {
            "switch": {"actions": [f"{STORAGE}/write"]},
            "list": {"actions": [f"{STORAGE}/listKeys/action"]},
            "raze": {"actions": [REMOVE["resourceGroups/delete"]]},
            "renew": {"actions": [f"{STORAGE}/regenerateKey/action"]},
        }
        for name, role in roles.items():
            self.e.roles[f"{self.prefix}{name}"] = role
        self.add("role_definitions", [{"role": f"{self.prefix}{name}", **role} for name, role in roles.items()])
        scope = f"/subscriptions/{account['subscription_id']}/resourceGroups/{account['resource_group']}"
        allow = [(one, "switch"), (one, "list"), (other, "renew"), (other, "raze"), (owned, "renew")]
        account["allow_shared_key"] = rnd.choice([False, None])
        rows = [(who, role, "allow") for who, role in allow] + [(other, "no-action", "deny")]
        plain = {"scope": scope, "condition": None, "state": None, "expires_at": None}
        self.add(
            "role_assignments",
            [
                {"principal_id": who, "role": f"{self.prefix}{role}", "grant_id": f"{self.prefix}chain{i}", **plain}
                | {"effect": effect}
                for i, (who, role, effect) in enumerate(rows)
            ],
        )
        self.add("group_owners", [{"group_id": owned, "owner_id": rnd.choice(self.people)}])

    def scopes(self) -> list[str]:
        found = []
        for account in self.e.rows("accounts"):
            subscription = f"/subscriptions/{account['subscription_id']}"
            group = f"{subscription}/resourceGroups/{account['resource_group']}"
            arm = f"{group}/providers/Microsoft.Storage/storageAccounts/{account['account']}"
            own = [
                r["container"].split("/")[1] for r in self.e.rows("containers") if r["account"] == account["account"]
            ]
            found += [subscription, group, arm, arm, arm, f"{arm}/blobServices/default"]
            found += [f"{arm}/blobServices/default/containers/{name}" for name in own]
        if self.alone:
            found.append("/providers/Microsoft.Management/managementGroups/root")
        return found + [scope.upper() for scope in found[:3]] + [scope.lower() for scope in found[:3]]

    def delegation(self, role: str) -> str:
        """The condition of a constrained delegation, as the vendor's templates write it, or a near miss."""
        rnd = self.rnd
        pool = [READER, BLOB_READER, BLOB_CONTRIBUTOR, OWNER, NO_SUCH_ROLE, *list(self.e.roles)[-3:]]
        roles = tuple(dict.fromkeys(rnd.choice(pool) for _ in range(rnd.randint(1, 2))))
        if rnd.random() < 0.4:
            roles = (READER,)
        roles = tuple(role.upper() if rnd.random() < 0.2 else role for role in roles)
        who = tuple(dict.fromkeys(rnd.choice([*self.people, *self.groups]) for _ in range(2)))
        kinds = rnd.choice([("User",), ("Group",), ("ServicePrincipal",), ("user", "GROUP")])
        limits: list[Any] = rnd.choice(
            [
                [("role", roles)],
                [("role", roles)],
                [("principal", who)],
                [("principal", who)],
                [("type", kinds)],
                [("type", kinds)],
                [("role", (*roles, OWNER)), ("principal", who)],
                [("role", roles), ("type", kinds)],
                [("not", ("role", roles))],
            ]
        )
        limit = limits[0] if len(limits) == 1 else ("and", *limits)
        guard = rnd.choice([*WRITES, "Microsoft.Authorization/roleAssignments/delete"])
        if rnd.random() < 0.7:
            guard = next((one for one in self.e.roles[role].get("actions", []) if one in WRITES), guard)
        tree = rnd.choice([limit, ("or", ("not", ("action", guard)), limit), ("or", ("not", ("action", guard)), limit)])
        return self.e.conditions.setdefault(text_of(tree), tree) and text_of(tree)

    def doubtful(self) -> str:
        """A condition that nothing read decides, or that holds for no operation or for some containers."""
        tree = self.rnd.choice([("path",), ("path",), ("action", f"{BLOBS}/delete"), ("has", "system")])
        return self.e.conditions.setdefault(text_of(tree), tree) and text_of(tree)

    def add_assignments(self) -> None:
        rnd = self.rnd
        special = list(self.e.roles)[-3:]
        rows = []
        one = rnd.choice(self.people)
        for i in range(rnd.randint(2, 6)):
            delegates = self.theme == "delegate" and rnd.random() < 0.6
            role = rnd.choice([*special, *special, *special, *BUILTIN])
            rows.append(
                {
                    "principal_id": rnd.choice([one, one, one, *self.people, *self.groups]),
                    "role": role if i < 4 or delegates else "Nobody Knows",
                    "scope": rnd.choice(self.scopes()),
                    "grant_id": f"{self.prefix}special{i}",
                    "condition": self.delegation(role) if delegates else None,
                    "state": rnd.choice(["active", "active", None, "eligible"]),
                    "effect": rnd.choice(["allow", None]),
                    "expires_at": rnd.choice(self.ends),
                }
            )
        self.add("role_assignments", rows)

    def add_denies(self) -> None:
        """Denies of single operations, mostly where somebody holds them, and denies that exclude some."""
        rnd = self.rnd
        allows = [row for row in self.e.rows("role_assignments") if row["effect"] != "deny"]
        if self.e.tables.get("role_assignments") is None:
            return
        for name, role in DENIED.items():
            self.e.roles[f"{self.prefix}{name}"] = role
        self.add("role_definitions", [{"role": f"{self.prefix}{name}", **role} for name, role in DENIED.items()])
        rows = []
        for i in range(rnd.choice([0, 1, 1, 2])):
            row = {
                "principal_id": rnd.choice([*self.people, *self.groups, *self.groups]),
                "role": rnd.choice([*(f"{self.prefix}{name}" for name in DENIED), *self.e.roles]),
                "scope": rnd.choice(self.scopes()),
                "grant_id": f"{self.prefix}deny{i}",
                "condition": self.doubtful() if rnd.random() < 0.4 else None,
                "state": rnd.choice(["active", None, None, "eligible"]),
                "effect": "deny",
                "expires_at": rnd.choice(self.ends),
            }
            if allows and rnd.random() < 0.7:
                row |= {key: rnd.choice(allows)[key] for key in ("principal_id", "scope")}
            if self.alone and rnd.random() < 0.3:
                row["principal_id"] = EVERYONE
            if rnd.random() < 0.4:
                row["excluded"] = rnd.sample([*self.people, *self.groups], rnd.randint(1, 2))
            rows.append(row)
        self.add("role_assignments", rows)


def rich(rnd: random.Random, prefix: str = "r-", *, alone: bool = True) -> Estate:
    """One estate; `alone` allows what would reach into other estates: management groups and denies of everybody."""
    return Richer(rnd, prefix, alone=alone).build()
