"""Tables of the stage propose."""

from typing import Final

import dataframely as dy

from lakezones.model.tables.fields import (
    ACCESS,
    CAUSES,
    DISPOSITIONS,
    ENFORCEMENTS,
    LANES,
    RESIDUAL_KINDS,
    ROLE_LAYERS,
    RULE_KINDS,
    STATES,
    SUGGESTION_KINDS,
    ZONES,
    bits,
    choice,
    count,
    share,
    text,
)


class Zones(dy.Schema):
    """Zone and domain of every container, with evidence."""

    container = text("container", key=True)
    zone = choice(ZONES, "raw, curated or consumption; null for a sandbox or dead container", null=True)
    confidence = share("probability that the zone is right")
    runner_up = choice(ZONES, "second most likely zone", null=True)
    domain = text("owning domain", null=True)
    domain_confidence = share("probability that the domain is right")
    state = choice(STATES, "sandbox or dead, for a container without a zone; null for all others", null=True)
    evidence = text("why, in words")
    needs_review = dy.Bool(nullable=False, description="an answer from an owner would settle something")


class Roles(dy.Schema):
    """The proposed roles, one row each."""

    role_id = text("stable id", key=True)
    name = text("unique name by the pattern of naming.toml: layer, area, job or data, level")
    domain = text("domain of most of its content; null when mixed", null=True)
    zones = text("zones it reaches, comma separated")
    access = choice(ACCESS, "widest level it carries")
    members = count("people in it")
    containers = count("containers it opens")
    requests_covered = count("requests it gives in full, alone")
    pairs_covered = count("person-and-container pairs it gives")
    new_access = count("pairs beyond what members hold today; zero unless approved")
    evidence = text("coverage, density of use, how attributes predict membership, in words")
    risk = choice(["low", "medium", "high"], "what a reviewer should look at first")
    content_hash = text("hash of members, containers and their sensitivity; an approval is bound to it")
    layer = choice(ROLE_LAYERS, "how one comes to it: by rule, by job, as an engineer, by request, for a project")
    purpose = text("who gets what by it and who answers for the data, in one sentence: the group's description")


class RoleMembers(dy.Schema):
    """People in roles."""

    role_id = text("role", key=True)
    principal_id = text("person", key=True)


class RoleClasses(dy.Schema):
    """What roles open, in classes (canonical)."""

    role_id = text("role", key=True)
    class_id = text("class of containers", key=True)
    level = bits("what the role opens, as bits")


class RoleContainers(dy.Schema):
    """What roles open, container by container (rendering of RoleClasses)."""

    role_id = text("role", key=True)
    container = text("container, or class:ID when rendered by class", key=True)
    access = choice(ACCESS, "level")


class ResourceGroups(dy.Schema):
    """Groups that carry containers: one row per group and class."""

    group_id = text("group: an existing one's object id, or the id proposed for a new one", key=True)
    name = text("name of the group")
    class_id = text("class it carries", key=True)
    access = choice(ACCESS, "level it carries")
    containers = count("containers of the class")
    replaces = text("entitlement or direct grants it stands in for; empty for a new one", null=True)


class RoleGroups(dy.Schema):
    """Which resource groups each role group is nested in."""

    role_id = text("role", key=True)
    group_id = text("resource group the role group becomes a member of", key=True)


class ResidualClasses(dy.Schema):
    """Access that no role gives, in classes (canonical)."""

    class_id = text("class of containers", key=True)
    principal_id = text("who", key=True)
    lane = choice(LANES, "lane of the access", key=True)
    level = bits("bits that roles do not give", key=True)
    kind = choice(RESIDUAL_KINDS, "whether the target state keeps or drops the access")
    disposition = text("how it is kept, as keep_..., or the policy that drops it, as drop_...", key=True)
    group_id = text("resource group that carries it in the target state; null where it stays as it is", null=True)
    reason = text("why it fits no role, in words")


class Residual(dy.Schema):
    """Access that no role gives, for people (rendering of ResidualClasses)."""

    principal_id = text("who", key=True)
    container = text("container, or class:ID when rendered by class", key=True)
    access = text("level in words", key=True)
    kind = choice(RESIDUAL_KINDS, "whether the target state keeps or drops the access")
    disposition = text("how it is kept, as keep_..., or the policy that drops it, as drop_...", key=True)
    reason = text("why it fits no role, in words")


class Suggestions(dy.Schema):
    """Grants that would complete a role: each a row to approve, in no role until approved."""

    suggestion_id = text("stable id", key=True)
    role_id = text("role it would complete")
    principal_id = text("person who would gain")
    class_id = text("class of containers gained")
    access = choice(ACCESS, "level gained")
    kind = choice(
        SUGGESTION_KINDS, "join: the role opens the class already; extend: the role would have to open it as well"
    )
    peers = share("share of the role's members who hold it already")
    used_by_peers = share("share of those who used it; null where usage was not assessed", null=True)
    reason = text("why it is suggested")


class RoleRules(dy.Schema):
    """How one comes to each role and leaves it, with the rule over attributes that is proposed for it."""

    role_id = text("role", key=True)
    layer = choice(ROLE_LAYERS, "layer of the role")
    rule = text("who belongs by what the directory says, in words; none where people ask for the role")
    condition = text("the rule as a dynamic membership rule of Entra; null without one, or too long for one", null=True)
    fit = share("overlap (Jaccard) of the role's people, suggested ones included, with those the rule finds", null=True)
    by_rule = dy.Bool(nullable=False, description="whether the rule decides who belongs; else people ask for the role")
    entry = text("how one comes to it")
    leave = text("how one leaves it")
    approvers = text("who approves a person")
    expiry = text("when a membership, or the role itself, ends; null for no end", null=True)
    owner = text("who answers for most of the data, as declared; null where nobody is", null=True)
    would_add = count("people the rule finds who are not in the role: new access, each a row", null=True)
    would_miss = count("people in the role whom the rule does not find", null=True)


class RoleRulePeople(dy.Schema):
    """People about whom a rule and a role differ."""

    role_id = text("role", key=True)
    principal_id = text("person", key=True)
    kind = choice(
        RULE_KINDS,
        "adds: the rule finds somebody who is not in the role; misses: it does not find a member; leaves: somebody of"
        " the reviewed role whose attributes stopped matching, to be removed",
        key=True,
    )
    reason = text("why, in words")


class RoleVariants(dy.Schema):
    """A variant of each role that is fitted to use, and whether it may be approved."""

    role_id = text("role", key=True)
    since = dy.Datetime(nullable=True, time_zone="UTC", time_unit="us", description="first day of the window")
    until = dy.Datetime(nullable=True, time_zone="UTC", time_unit="us", description="last day of the window")
    window_days = count("days of use without a gap; null where use was not assessed", null=True)
    closings = text("ends of months, quarters and years in the window", null=True)
    offered = dy.Bool(nullable=False, description="whether it may be approved; else it is information")
    containers_kept = count("containers it opens", null=True)
    containers_dropped = count(
        "containers of the role that nobody in the lake used, though it would have been seen", null=True
    )
    classes_lowered = count("classes that it lets read and not write: none of the people wrote", null=True)
    people_affected = count("people of the role to whom it makes a difference", null=True)
    way_back = text("how it is undone in one step", null=True)
    reason = text("why it is not offered", null=True)
    note = text("whether reading from consumption is enough, as far as use shows", null=True)


class VariantClasses(dy.Schema):
    """What the variant of a role opens, in classes; classes it leaves out as a whole have no row."""

    role_id = text("role", key=True)
    class_id = text("class of containers", key=True)
    level = bits("what the variant opens, as bits")
    containers_kept = count("containers of the class that it opens")
    containers_dropped = count("containers of the class that nobody used: those of excess.csv")
    users = count("people of the role who used any of the class")


class Excess(dy.Schema):
    """Containers that nobody used in the window, machines included, though reading would have been seen."""

    container = text("container", key=True)
    class_id = text("class of containers")
    zone = choice(ZONES, "zone", null=True)
    restricted = dy.Bool(nullable=False, description="whether its sensitivity is restricted")
    people = count("people who can read or write it")
    roles = count("roles that open it")
    weight = dy.Float64(nullable=False, min=0.0, description="people times the weight of its sensitivity")


class Coverage(dy.Schema):
    """The curve of coverage against number of roles."""

    roles = count("number of roles", key=True)
    coverage = share("share of requests that the roles give in full")
    coverage_pairs = share("share of person-and-container pairs that the roles give")
    preset = text("label of this point of the curve: knee, the preset of the proposal, or both; empty otherwise")
    knee = dy.Bool(nullable=False, description="where the curve bends most")


class Layout(dy.Schema):
    """Where each source container goes and how access is enforced there."""

    container = text("source container", key=True)
    target_subscription = text("subscription of the target; null when unknown", null=True)
    target_account = text("account of the target", null=True)
    target_container = text("zone container", null=True)
    target_path = text("folder in the zone container; empty for the whole container", null=True)
    enforcement = choice(ENFORCEMENTS, "how access is enforced at the target", null=True)
    disposition = choice(DISPOSITIONS, "migrate, retire or leave")
    cause = choice(CAUSES, "why it does not migrate; null where it does", null=True)
    product = text("data product the container becomes part of", null=True)
    owner = text("who answers for it", null=True)


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
    "role_rules": RoleRules,
    "role_rule_people": RoleRulePeople,
    "role_variants": RoleVariants,
    "variant_classes": VariantClasses,
    "excess": Excess,
    "layout": Layout,
}
