"""Effective access the slow, obvious way: sets and loops, container by container and person by person.

Shares no code with the product, and is written from the documents that `RULES` names. Where the two disagree, this one
is easier to check against them. Each rule can be left out, so that a test can tell whether estates depend on it.
"""

import fnmatch
import re
from dataclasses import replace
from typing import Any

from tests.access.reference_acls import Checker, Rows, named, parse
from tests.access.reference_model import (
    DATA,
    ERASE,
    EVERYONE,
    MACHINES,
    NAMED,
    RULES,
    Estate,
    Grant,
    alive,
    kleene,
    looks_at_container,
)
from tests.access.reference_operations import DESTROY, TYPES, Operations, reaches_person

GHOST = "would join "
"""Start of the name of one who joins a group in its owner's place, to see what that would give."""


class Reference:
    """Everything the tests compare, computed eagerly; `without` are rules of `RULES` to leave out."""

    def __init__(self, estate: Estate, *, without: frozenset[str] = frozenset()) -> None:
        assert without <= RULES.keys()
        self.e = estate
        self.now = estate.as_of
        self.without = without
        self.acl = Checker(self.on)
        self.edges: dict[str, set[str]] = {}
        for row in estate.rows("memberships"):
            active = row["state"] in (None, "active") or not self.on("membership: eligible is none")
            if active and self.alive(row, "membership: ends at the moment it names"):
                self.edges.setdefault(row["group_id"], set()).add(row["member_id"])
        self.groups = self.find_groups()
        self.ghosts = self.find_ghosts()
        for ghost, (group, _) in self.ghosts.items():
            self.edges.setdefault(group, set()).add(ghost)
        self.containers = {row["container"]: row for row in estate.rows("containers")}
        self.accounts = {row["account"]: row for row in estate.rows("accounts")}
        self.grants = {name: self.grants_on(row) for name, row in self.containers.items()}
        self.access: dict[tuple[str, str, str], int] = {}
        self.local: dict[tuple[str, str], int] = {}
        for name in self.containers:
            self.resolve(name)
            self.escalate(name)
            self.destroy(name)
            self.lay_ghosts(name)

    def on(self, rule: str) -> bool:
        """Whether a rule counts."""
        assert rule in RULES, rule
        return rule not in self.without

    def alive(self, row: dict[str, Any], rule: str) -> bool:
        return alive(row, self.now, at_the_moment=not self.on(rule))

    # ---------------------------------------------------------------------------------- directory

    def find_groups(self) -> set[str]:
        found = {r["principal_id"] for r in self.e.rows("principals") if r["kind"] == "group"}
        found |= {r["group_id"] for r in self.e.rows("memberships")}
        if self.on("owner: what is owned is a group"):
            found |= {r["group_id"] for r in self.e.rows("group_owners")}
        found |= {r["group_id"] for r in self.e.rows("entitlement_containers") if r["group_id"]}
        for row in self.e.rows("acls"):
            found.update(re.findall(r"(?:^|,)(?:default:)?group:([^:,]+):", row["acl"]))
            if row["owning_group"]:
                found.add(row["owning_group"])
        return found - {r["principal_id"] for r in self.e.rows("principals") if r["kind"] != "group"}

    def find_ghosts(self) -> dict[str, tuple[str, str]]:
        """One for each group whose owner may add itself, with the group and the owner."""
        managed = {r["principal_id"]: r.get("managed_by") for r in self.e.rows("principals")}
        if not self.on("owner: adds itself to the group"):
            return {}
        found = {}
        for row in self.e.rows("group_owners"):
            elsewhere = managed.get(row["group_id"]) in ("dynamic", "ad_sync")
            if not elsewhere or not self.on("owner: not where membership is synchronised or by rule"):
                found[f"{GHOST}{row['group_id']} for {row['owner_id']}"] = (row["group_id"], row["owner_id"])
        return found

    def holders(self, grantee: str) -> set[str]:
        """The grantee, or everybody in it when it is a group."""
        if grantee not in self.groups:
            return {grantee}
        seen, todo, people = {grantee}, [grantee], set()
        while todo:
            for member in self.edges.get(todo.pop(), ()):
                if member not in self.groups:
                    people.add(member)
                elif member not in seen and self.on("membership: nests"):
                    seen.add(member)
                    todo.append(member)
        return people

    def in_group(self, person: str, group: str) -> bool:
        return group in self.groups and person in self.holders(group)

    def in_ring(self, group: str) -> bool:
        """Whether a group contains itself through other groups."""
        seen: set[str] = set()
        todo = [member for member in self.edges.get(group, ()) if member != group]
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += self.edges.get(one, ())
        return group in seen

    # ------------------------------------------------------------------------------------ grants

    def grants_on(self, container: dict[str, Any]) -> list[Grant]:
        name = container["container"]
        account = self.accounts[container["account"]]
        found: list[Grant] = []
        for row in self.e.rows("role_assignments"):
            found += self.assignment(row, container, account)
        found += self.single_acl_grants(name, account)
        for row in self.e.rows("grants"):
            if row["container"] == name and self.alive(row, "grant: ends at the moment it names"):
                level = NAMED[row["access"]]
                found.append(Grant("grant", row["principal_id"], "data", level, True, row["entitlement"] or ""))
        found += self.policies(name, account)
        if container["public_access"] and (
            account["allow_public"] is not False or not self.on("public: unless refused")
        ):
            found.append(Grant("public", "public", "bearer", 1, True))
        found += self.entitlement_grants(name)
        return self.mark_entitlements(name, found)

    def policies(self, name: str, account: dict[str, Any]) -> list[Grant]:
        found = []
        for row in self.e.rows("stored_policies"):
            started = row["starts_at"] is None or row["starts_at"] <= self.now
            in_force = (alive(row, self.now) and started) or not self.on("policy: in force")
            refused = account["allow_shared_key"] is False and self.on("policy: needs shared keys")
            if row["container"] == name and in_force and not refused:
                letters = row["permissions"] or ""
                level = (1 if set(letters) & set("rl") else 0) | (2 if set(letters) & set("wacd") else 0)
                if level:
                    found.append(Grant("policy", f"sas:{name}/{row['policy']}", "bearer", level, True))
        return found

    def reach(self, row: dict[str, Any], container: dict[str, Any], account: dict[str, Any]) -> str | None:
        """The lowest resource that an assignment covers: container, service, account or group; None if elsewhere."""
        arm = (
            f"/subscriptions/{account['subscription_id']}/resourceGroups/{account['resource_group']}"
            f"/providers/Microsoft.Storage/storageAccounts/{account['account']}"
        )
        parts = [
            (f"{arm}/blobServices/default/containers/{container['name']}", "container", None),
            (f"{arm}/blobServices/default", "service", "scope: blob service"),
            (arm, "account", "scope: account"),
            (arm.split("/providers/")[0], "group", "scope: resource group"),
            (f"/subscriptions/{account['subscription_id']}", "group", "scope: subscription"),
        ]
        for text, kind, rule in parts:
            same = row["scope"].lower() == text.lower() if self.on("scope: in any case") else row["scope"] == text
            if same and (rule is None or self.on(rule)):
                return kind
        above = "managementgroups" in row["scope"].lower() and self.on("scope: management group")
        return "group" if above else None

    def in_force(self, row: dict[str, Any]) -> bool:
        """Whether an assignment counts at all: not ended, and no deny that is only eligible."""
        idle = row["effect"] == "deny" and row["state"] == "eligible" and self.on("deny: eligible is none")
        return not idle and self.alive(row, "assignment: ends at the moment it names")

    def assignment(self, row: dict[str, Any], container: dict[str, Any], account: dict[str, Any]) -> list[Grant]:
        at = self.reach(row, container, account)
        if at is None or not self.in_force(row):
            return []
        deny, who, local = row["effect"] == "deny", row["principal_id"], at == "container"
        spared = tuple(row.get("excluded") or ())
        role = self.e.roles.get(row["role"])
        if role is None:
            unknown = self.on("assignment: an unknown role may be anything")
            return [Grant("assignment", who, "conditional", 7, local, deny=deny, single=local)] if unknown else []
        operations = Operations([], container, account, roles={}, on=self.on)
        data = {o for o in DATA if operations.carries(role, o)}
        lane = "data"
        tree = self.e.conditions[row["condition"]] if row["condition"] else None
        if tree is not None and self.on("condition: decides"):
            truth = {o: kleene(tree, o, container) for o in data}
            lane = "conditional" if None in truth.values() and self.on("condition: unknown is conditional") else "data"
            data = {o for o, value in truth.items() if value is not False}
        level = 0
        for operation in data:
            level |= DATA[operation]
        if not level:
            return []
        single = local or bool(tree and looks_at_container(tree))
        eligible = row["state"] == "eligible" and not deny and self.on("assignment: eligible is not held")
        kind = "eligible" if eligible else lane
        return [Grant("assignment", who, kind, level, local, deny=deny, single=single, spared=spared)]

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
            enforced = row["group_id"] and self.scanned()
            if enforced and self.on("entitlement: counts where enforcement was not scanned"):
                continue
            for asked in self.e.rows("entitlements"):
                approved = asked["status"] in (None, "approved") and alive(asked, self.now)
                counts = approved or not self.on("entitlement: approved and not ended")
                if asked["entitlement"] == row["entitlement"] and counts:
                    level = NAMED[row["access"]]
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
            marked += [replace(grant, entitlement=n) for n in names] or [grant]
        return marked

    # -------------------------------------------------------------------------------------- ACLs

    def acl_rows(self, name: str) -> Rows:
        account = self.accounts[self.containers[name]["account"]]
        if account["hns"] is False and self.on("acl: none in a flat account"):
            return {}
        return {
            (r["path"] or "").strip("/"): {**r, "entries": parse(r)}
            for r in self.e.rows("acls")
            if r["container"] == name
        }

    def single_acl_grants(self, name: str, account: dict[str, Any]) -> list[Grant]:
        """What each entry gives alone; used for entitlements and classes, not for people."""
        rows = self.acl_rows(name)
        users, groups = named(rows)
        found = []
        for who, user, member in [(u, u, set()) for u in users] + [(g, "", {g}) for g in groups]:
            if any(any(self.acl.deciding(r, user, member)) for r in rows.values()):
                for lane, level in zip(("data", "conditional"), self.acl.bits(rows, user, member), strict=True):
                    if level:
                        found.append(Grant("acl", who, lane, level, True))
        return found

    def identities(self, name: str, rows: Rows) -> dict[str, set[str]]:
        """Everybody whom some ACL entry decides for, with the groups of theirs that it names."""
        users, groups = named(rows)
        belongs = {g: self.holders(g) for g in groups}
        found = {}
        for person in users | {p for people in belongs.values() for p in people}:
            mine = {g for g in groups if person in belongs[g]}
            if any(any(self.acl.deciding(r, person, mine)) for r in rows.values()):
                found[person] = mine
        return found

    def people_by_acl(self, name: str) -> list[Grant]:
        """What each person has by all entries together."""
        rows = self.acl_rows(name)
        found = []
        for person, mine in self.identities(name, rows).items():
            for lane, level in zip(("data", "conditional"), self.acl.bits(rows, person, mine), strict=True):
                if level:
                    found.append(Grant("acl", person, lane, level, True))
        certain, possible = self.acl.bits(rows, "", set()) if rows else (0, 0)
        if certain | possible:
            found.append(Grant("acl", "authenticated", "conditional", certain | possible, True))
        return found

    # ------------------------------------------------------------------------------------ people

    def denied(self, person: str, deny: Grant, route: str) -> bool:
        """Whether a deny reaches a person, or the owner in whose place the person is."""
        if route == "acl" and not self.on("deny: of ACLs"):
            return False
        if deny.grantee == EVERYONE and not self.on("deny: of everybody"):
            return False
        if deny.grantee in self.groups and not self.on("deny: of a group"):
            return False
        if person == "authenticated" and deny.spared:
            return False
        owner = self.ghosts.get(person, (None, None))[1]
        return reaches_person(person, deny.grantee, self.holders(deny.grantee), owner, self.all_of(deny.spared))

    def all_of(self, principals: tuple[str, ...]) -> set[str]:
        """The principals that a deny excludes, and everybody in them."""
        excluded = principals if self.on("deny: excludes principals") else ()
        return {who for one in excluded for who in [one, *self.holders(one)]}

    def resolve(self, name: str) -> None:
        """The lanes data, conditional, eligible and bearer: levels, less what denies take."""
        raw = [g for g in self.grants[name] if g.route != "acl"]
        denies = [g for g in raw if g.deny]
        people = self.people_by_acl(name)
        for grant in raw:
            if not grant.deny:
                people += [replace(grant, grantee=who) for who in self.holders(grant.grantee)]
        for grant in people:
            against = [
                d for d in denies if grant.route in ("assignment", "acl") and self.denied(grant.grantee, d, grant.route)
            ]
            level = grant.level
            maybe = 0
            for deny in against if self.on("deny: wins") else []:
                if deny.lane == "data":
                    level &= ~deny.level
                if deny.lane == "conditional":
                    maybe |= deny.level
            maybe = maybe if self.on("deny: that may hold") else 0
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

    # ------------------------------------------------------------------------- control and destroy

    def operations(self, name: str) -> tuple[Operations, set[str]]:
        """What decides single operations on a container, and everybody it may concern."""
        container = self.containers[name]
        account = self.accounts[container["account"]]
        rows, people = [], set()
        for row in self.e.rows("role_assignments"):
            at = self.reach(row, container, account)
            if at is None or not self.in_force(row):
                continue
            who = self.holders(row["principal_id"])
            spared = self.all_of(tuple(row.get("excluded") or ()))
            if row["effect"] != "deny":
                people |= who

            def reaches(person: str, row: Any = row, who: set[str] = who, spared: set[str] = spared) -> bool:
                owner = self.ghosts.get(person, (None, None))[1] if row["effect"] == "deny" else None
                if row["principal_id"] == EVERYONE and row["effect"] != "deny":
                    return person == EVERYONE
                return reaches_person(person, row["principal_id"], who, owner, spared)

            tree = self.e.conditions[row["condition"]] if row["condition"] else None
            definition = self.e.roles.get(row["role"])
            rows.append({**row, "reaches": reaches, "at": at, "definition": definition, "tree": tree})
        roles = {key.split("/")[-1].lower(): role for key, role in self.e.roles.items()}
        return Operations(rows, container, account, roles=roles, on=self.on), people

    def selves(self, person: str) -> dict[str, str | None]:
        """A person and the groups it is in, with the type that a condition sees."""
        kinds = {r["principal_id"]: r["kind"] for r in self.e.rows("principals")}
        mine = {g: "group" for g in self.groups if self.in_group(person, g)}
        return {who: TYPES.get(kind or "") for who, kind in {person: kinds.get(person), **mine}.items()}

    def escalate(self, name: str) -> None:
        """The lane control: keys, and whoever can write a role assignment for itself."""
        operations, people = self.operations(name)
        for person in people:
            level = operations.control(person, self.selves(person))
            if level:
                self.access[name, person, "control"] = level

    def destroy(self, name: str) -> None:
        """The lane destroy: who can delete or move what is there and cannot change it."""
        operations, people = self.operations(name)
        found = {person for person in people if operations.destroys(person)}
        rows = self.acl_rows(name)
        for person, mine in {**self.identities(name, rows), "authenticated": set[str]()}.items():
            user = "" if person == "authenticated" else person
            if self.acl.destroys(rows, user, mine) and not self.denied_by_operation(operations, person):
                found.add(person)
        for person in found:
            beside = self.access.get((name, person, "data"), 0) & 2
            if not beside or not self.on("destroy: nothing new beside write"):
                self.access[name, person, "destroy"] = DESTROY

    def denied_by_operation(self, operations: Operations, person: str) -> bool:
        """Whether a deny takes the deleting of blobs, by whatever route."""
        return operations.denied(person, ERASE["blobs/delete"], "destroy: denied operation by operation")

    def lay_ghosts(self, name: str) -> None:
        """What one who joins a group would have is what its owner can get; nobody else sees the one who joins."""
        lanes = ("data", "conditional", "eligible", "control", "destroy")
        for ghost, (_, owner) in self.ghosts.items():
            level = 0
            for lane in lanes:
                level |= self.access.pop((name, ghost, lane), 0)
            self.local.pop((name, ghost), None)
            if level:
                self.access[name, owner, "control"] = self.access.get((name, owner, "control"), 0) | level

    # ---------------------------------------------------------------------------------- requests

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
        machines = {r["principal_id"] for r in self.e.rows("principals") if r["kind"] in MACHINES} | self.ghosts.keys()
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
