"""Schemas of every table that crosses from one stage to the next, with the purpose of each column.

``access`` makes classes; ``propose`` makes zones, roles, resource groups, residual and layout; ``plan`` makes steps.
Canonical tables are in classes; what is written per person and container is a rendering for people.
"""

from typing import Final

import dataframely as dy

from lakezones.model.levels import Lane

LANES: Final = [lane.value for lane in Lane]
ROUTES: Final = ["assignment", "acl", "entitlement", "grant", "policy", "public"]
SCOPES: Final = ["container", "account", "resource_group", "subscription", "management_group"]
ZONES: Final = ["raw", "curated", "consumption"]
ACCESS: Final = ["read", "write", "manage"]
DISPOSITIONS: Final = ["migrate", "retire", "leave"]
ENFORCEMENTS: Final = ["role_assignment", "acl", "condition", "unity_catalog"]
SEVERITIES: Final = ["critical", "high", "medium", "low", "info"]
ACTIONS: Final = [
    "create_group",
    "add_member",
    "remove_member",
    "create_container",
    "create_folder",
    "grant",
    "revoke",
    "copy",
    "verify_copy",
    "copy_delta",
    "freeze_source",
    "unfreeze",
    "cutover",
    "close_entitlement",
    "verify_access",
    "set_account_property",
    "delete_group",
    "delete_source",
    "gate",
    "no_op",
]
OUTCOMES: Final = ["joins_role", "completes_role", "exception", "not_granted", "lapsed"]
OBJECT_KINDS: Final = [
    "assignment",
    "acl_entry",
    "membership",
    "policy",
    "entitlement",
    "eligibility",
    "key",
    "public_access",
]


def _text(description: str, *, null: bool = False, key: bool = False) -> dy.String:
    return dy.String(nullable=null, primary_key=key, description=description)


def _choice(values: list[str], description: str, *, null: bool = False, key: bool = False) -> dy.Enum:
    return dy.Enum(values, nullable=null, primary_key=key, description=description)


def _bits(description: str, *, key: bool = False) -> dy.UInt8:
    return dy.UInt8(nullable=False, primary_key=key, min=1, max=7, description=description)


def _count(description: str, *, null: bool = False, key: bool = False) -> dy.Int64:
    return dy.Int64(nullable=null, primary_key=key, min=0, description=description)


def _share(description: str, *, null: bool = False) -> dy.Float64:
    return dy.Float64(nullable=null, min=0.0, max=1.0, description=description)


# ---------------------------------------------------------------------------------------------- access


class ContainerClasses(dy.Schema):
    """Which class each container is in: containers with the same raw grants share one."""

    class_id = _text("class; derived from the raw grants, so it is stable across runs and row order")
    container = _text("container", key=True)


class ClassAccess(dy.Schema):
    """Effective access, resolved: groups expanded to people, one row per lane."""

    class_id = _text("class of containers", key=True)
    principal_id = _text("person, service principal or pseudo-principal (sas:*/POLICY, public)", key=True)
    lane = _choice(LANES, "how firm the access is; only data is mined and moved", key=True)
    level = _bits("union of the levels held in this lane, as bits: read 1, write 2, manage 4")


class ClassGrants(dy.Schema):
    """The raw grants that every container of a class carries: what explains its access and what can be revoked."""

    class_id = _text("class of containers", key=True)
    route = _choice(ROUTES, "kind of fact the grant comes from", key=True)
    grantee_id = _text("whom the grant names: a person, a group, a service principal, a pseudo-principal", key=True)
    lane = _choice(LANES, "lane the grant gives access in", key=True)
    level = _bits("what it gives, as bits", key=True)
    scope_kind = _choice(SCOPES, "how wide the grant reaches; container unless a role assignment says wider", key=True)
    scope = _text("ARM id of a scope wider than a container; empty where the grant is on the container", key=True)
    role = _text("role of an assignment; empty otherwise", key=True)
    entitlement = _text("entitlement that names this grant's group or that the grant is; empty if none", key=True)
    effect = _choice(
        ["allow", "deny"], "deny takes away what every other grant of the class gives the grantee", key=True
    )
    reason = _text("why the lane is not data, in words; empty for data", key=True)


class EntitlementClasses(dy.Schema):
    """What each entitlement opens, in classes."""

    entitlement = _text("name of the entitlement", key=True)
    class_id = _text("class of containers it opens", key=True)
    level = _bits("what it opens, as bits")
    group_id = _text("group that enforces it; null where none is known", null=True)


class Requests(dy.Schema):
    """The units people asked for: a person and an entitlement, or a person and a class where there is none."""

    principal_id = _text("person", key=True)
    entitlement = _text("entitlement held in full; empty where the access has none", key=True)
    class_id = _text("class, where there is no entitlement; empty otherwise", key=True)


class Findings(dy.Schema):
    """What a security team should look at, most severe first."""

    finding_id = _text("kind of finding, e.g. unused-access", key=True)
    object_kind = _text(
        "what the evidence is about: principal, container, entitlement, group, class, account", key=True
    )
    object_id = _text("id of the object", key=True)
    severity = _choice(SEVERITIES, "how soon to act")
    title = _text("the finding in one line")
    evidence = _text("what was seen, in words")
    affected = _count("people, containers or grants affected, as the title says")
    action = _text("what to do about it")


# --------------------------------------------------------------------------------------------- propose


class Zones(dy.Schema):
    """Zone and domain of every container, with evidence."""

    container = _text("container", key=True)
    zone = _choice(ZONES, "raw, curated or consumption; null for a sandbox or dead container", null=True)
    confidence = _share("probability that the zone is right")
    runner_up = _choice(ZONES, "second most likely zone", null=True)
    domain = _text("owning domain", null=True)
    domain_confidence = _share("probability that the domain is right")
    evidence = _text("why, in words")
    needs_review = dy.Bool(nullable=False, description="an answer from an owner would settle something")


class Roles(dy.Schema):
    """The proposed roles, one row each."""

    role_id = _text("stable id", key=True)
    name = _text("unique name, from what distinguishes members and content")
    domain = _text("domain of most of its content; null when mixed", null=True)
    zones = _text("zones it reaches, comma separated")
    access = _choice(ACCESS, "widest level it carries")
    members = _count("people in it")
    containers = _count("containers it opens")
    requests_covered = _count("requests it gives in full, alone")
    pairs_covered = _count("person-and-container pairs it gives")
    new_access = _count("pairs beyond what members hold today; zero unless approved")
    evidence = _text("coverage, density of use, how attributes predict membership, in words")
    risk = _choice(["low", "medium", "high"], "what a reviewer should look at first")
    content_hash = _text("hash of members and content; an approval is bound to it")


class RoleMembers(dy.Schema):
    """People in roles."""

    role_id = _text("role", key=True)
    principal_id = _text("person", key=True)


class RoleClasses(dy.Schema):
    """What roles open, in classes (canonical)."""

    role_id = _text("role", key=True)
    class_id = _text("class of containers", key=True)
    level = _bits("what the role opens, as bits")


class RoleContainers(dy.Schema):
    """What roles open, container by container (rendering of RoleClasses)."""

    role_id = _text("role", key=True)
    container = _text("container, or class:ID when rendered by class", key=True)
    access = _choice(ACCESS, "level")


class ResourceGroups(dy.Schema):
    """Groups that carry containers: one row per group and class."""

    group_id = _text("group: an existing one's object id, or the id proposed for a new one", key=True)
    name = _text("name of the group")
    class_id = _text("class it carries", key=True)
    access = _choice(ACCESS, "level it carries")
    containers = _count("containers of the class")
    replaces = _text("entitlement or direct grants it stands in for; empty for a new one", null=True)


class RoleGroups(dy.Schema):
    """Which resource groups each role group is nested in."""

    role_id = _text("role", key=True)
    group_id = _text("resource group the role group becomes a member of", key=True)


class ResidualClasses(dy.Schema):
    """Access that no role gives, in classes (canonical)."""

    class_id = _text("class of containers", key=True)
    principal_id = _text("who", key=True)
    lane = _choice(LANES, "lane of the access", key=True)
    level = _bits("bits that roles do not give", key=True)
    disposition = _text("keep_... or drop_...", key=True)
    group_id = _text("resource group that carries it in the target state; null where it stays as it is", null=True)
    reason = _text("why it fits no role, in words")


class Residual(dy.Schema):
    """Access that no role gives, for people (rendering of ResidualClasses)."""

    principal_id = _text("who", key=True)
    container = _text("container, or class:ID when rendered by class", key=True)
    access = _text("level in words", key=True)
    disposition = _text("keep_... or drop_...", key=True)
    reason = _text("why it fits no role, in words")


class Suggestions(dy.Schema):
    """Grants that would complete a role: each a row to approve, in no role until approved."""

    suggestion_id = _text("stable id", key=True)
    role_id = _text("role it would complete")
    principal_id = _text("person who would gain")
    class_id = _text("class of containers gained")
    access = _choice(ACCESS, "level gained")
    peers = _share("share of the role's members who hold it already")
    used_by_peers = _share("share of those who used it; null where usage was not assessed", null=True)
    reason = _text("why it is suggested")


class Coverage(dy.Schema):
    """The curve of coverage against number of roles."""

    roles = _count("number of roles", key=True)
    coverage = _share("share of requests that the roles give in full")
    coverage_pairs = _share("share of person-and-container pairs that the roles give")
    preset = _text("preset or choice at this point of the curve; empty otherwise")


class Layout(dy.Schema):
    """Where each source container goes and how access is enforced there."""

    container = _text("source container", key=True)
    target_subscription = _text("subscription of the target; null when unknown", null=True)
    target_account = _text("account of the target", null=True)
    target_container = _text("zone container", null=True)
    target_path = _text("folder in the zone container; empty for the whole container", null=True)
    enforcement = _choice(ENFORCEMENTS, "how access is enforced at the target", null=True)
    disposition = _choice(DISPOSITIONS, "migrate, retire or leave")
    product = _text("data product the container becomes part of", null=True)
    owner = _text("who answers for it", null=True)


# ------------------------------------------------------------------------------------------------ plan


class Steps(dy.Schema):
    """The migration plan: one row per step, order given by depends_on alone."""

    step_id = _text("stable id of the step", key=True)
    wave = dy.Int64(nullable=False, min=0, description="wave it belongs to; 0 is preparation")
    sequence = _count("position in one valid order, for reading")
    action = _choice(ACTIONS, "what is done")
    object_kind = _choice(OBJECT_KINDS, "what kind of grant is given or taken", null=True)
    object_id = _text("id of what is acted on", null=True)
    principal_id = _text("person or group that is added, removed or loses a grant; null for a batch", null=True)
    group = _text("group that is created, joined or granted", null=True)
    access = _choice(ACCESS, "level given or taken", null=True)
    role = _text("Azure role of an assignment", null=True)
    scope = _text("ARM scope of an assignment", null=True)
    container = _text("container acted on; null for a batch", null=True)
    path = _text("folder acted on", null=True)
    target = _text("target container and folder of a copy or cutover", null=True)
    before = _text("state before, as JSON", null=True)
    after = _text("state after, as JSON", null=True)
    depends_on = _text("steps that must be done first, as a JSON array")
    domain = _text("domain the step is done for", null=True)
    owner = _text("who does it", null=True)
    check = _text("how to see that it worked", null=True)
    rollback = _text("how to undo it", null=True)
    reversible = dy.Bool(nullable=False, description="false from the point of no return on")
    people_affected = _count("people whose route to data changes")
    effort_minutes = _count("estimated effort")
    earliest_start = dy.Date(nullable=True, description="first day it may start")


class Items(dy.Schema):
    """Items of the steps that act on many things at once."""

    step_id = _text("step")
    item = _count("position within the step")
    principal_id = _text("person or group added, removed or losing a grant", null=True)
    group = _text("group joined, left or granted", null=True)
    container = _text("source container, or the zone container of a target grant", null=True)
    path = _text("folder in the zone container", null=True)
    target = _text("zone container/folder that a container is copied or cut over to", null=True)
    access = _choice(ACCESS, "level given or taken", null=True)
    entitlement = _text("entitlement revoked or closed", null=True)
    object_id = _text("grant id revoked, where one is known", null=True)
    approval = _text("suggestions that this membership carries out, as a JSON array; see approvals.csv", null=True)


class Approvals(dy.Schema):
    """Every suggestion that somebody approved, and what the plan does with it."""

    suggestion_id = _text("suggestion", key=True)
    role = _text("name of the role it completes; null where it is no longer suggested", null=True)
    person = _text("name of the person who gains; null where the directory knows none", null=True)
    access = _choice(ACCESS, "level gained", null=True)
    containers = _count("containers of the class gained", null=True)
    opens = _text("the first of them", null=True)
    outcome = _choice(OUTCOMES, "how it is granted")
    reason = _text("why this way, in words")
    approved_by = _text("who approved it")
    approved_at = dy.Datetime(nullable=False, time_zone="UTC", time_unit="us", description="when, the latest of them")
    step_id = _text("step that does it", null=True)
    group_id = _text("group that is joined for it; null where it is not granted", null=True)
    member_id = _text("who joins the group: the person, or the role", null=True)
    role_id = _text("role it completes", null=True)
    principal_id = _text("person who gains", null=True)
    class_id = _text("class of containers gained", null=True)


class Waves(dy.Schema):
    """The waves of a plan."""

    wave = dy.Int64(nullable=False, min=0, primary_key=True, description="number; pilots first")
    domain = _text("domain moved", null=True)
    pilot = dy.Bool(nullable=False, description="a pilot domain")
    steps = _count("steps in the wave")
    people = _count("people whose route to data changes")
    containers = _count("containers moved")
    size_bytes = _count("bytes moved; null when unknown", null=True)
    effort_minutes = _count("estimated effort of all steps")
    earliest_start = dy.Date(nullable=True, description="first day the wave may start")
    earliest_end = dy.Date(nullable=True, description="first day the wave can be over")


class Limits(dy.Schema):
    """Every Azure limit that the plan touches: before, at its worst while both worlds coexist, and after."""

    limit = _text("name of the limit, as in limits.toml", key=True)
    object_id = _text("what it is counted for: subscription, path, person, container", key=True)
    before = _count("count before the plan")
    peak = _count("largest count during the plan")
    after = _count("count after the plan")
    allowed = _count("the limit")
    hard = dy.Bool(nullable=False, description="false for a recommendation: a warning, not a failure")
    holds = dy.Bool(nullable=False, description="whether peak is within the limit")
    source = _text("where the limit is documented")


class Counterexample(dy.Schema):
    """The first violation of the proof, in full; empty when it holds."""

    claim = _text("claim that failed")
    step_id = _text("step after which it failed", null=True)
    principal_id = _text("person", null=True)
    container = _text("container", null=True)
    expected = _text("what should hold", null=True)
    actual = _text("what holds", null=True)


# ---------------------------------------------------------------------------------------------- review


class Decisions(dy.Schema):
    """Decisions of reviewers, each bound to what was seen by its content hash."""

    object_kind = _choice(
        ["role", "suggestion", "residual", "zone", "layout", "pilot"], "what was decided on", key=True
    )
    object_id = _text("id of the role, suggestion, ...", key=True)
    content_hash = _text("hash of what the reviewer saw; another hash lapses the decision", key=True)
    decision = _choice(["approve", "deny", "defer"], "the outcome")
    reviewer = _text("who decided", key=True)
    justification = _text("why, in the reviewer's words", null=True)
    decided_at = dy.Datetime(nullable=False, time_zone="UTC", time_unit="us", description="when")


class Rejected(dy.Schema):
    """Rows of input that could not be taken, with where and why."""

    table = _text("table the row was meant for")
    file = _text("file it came from")
    line = _count("line in a CSV (header is 1), row number in Parquet", null=True)
    reason = _text("why it was rejected")
    row = _text("the row as JSON")


class Gaps(dy.Schema):
    """Reads that failed: what is not known."""

    source = _text("source that was read: containers, acls, ...")
    object_id = _text("what could not be read; empty for the source as a whole")
    code = _text("status or error code")
    reason = _text("in words, with the permission that is missing where that is the cause")


ACCESS_TABLES: Final[dict[str, type[dy.Schema]]] = {
    "container_classes": ContainerClasses,
    "class_access": ClassAccess,
    "class_grants": ClassGrants,
    "entitlement_classes": EntitlementClasses,
    "requests": Requests,
}
PROPOSAL_TABLES: Final[dict[str, type[dy.Schema]]] = {
    "zones": Zones,
    "roles": Roles,
    "role_members": RoleMembers,
    "role_classes": RoleClasses,
    "resource_groups": ResourceGroups,
    "role_groups": RoleGroups,
    "residual_classes": ResidualClasses,
    "suggestions": Suggestions,
    "coverage": Coverage,
    "layout": Layout,
}
PLAN_TABLES: Final[dict[str, type[dy.Schema]]] = {
    "steps": Steps,
    "items": Items,
    "waves": Waves,
    "limits": Limits,
    "approvals": Approvals,
}
