"""The decided target: what reviewers approved, complete; all that the plan carries out."""

from typing import Final

import dataframely as dy

from lakezones.model.tables.fields import ACCESS, OUTCOMES, ROLE_LAYERS, bits, choice, count, text
from lakezones.model.tables.proposal import Layout, Zones
from lakezones.model.tables.review import REVIEW_KINDS, STANDINGS


class TargetRoles(dy.Schema):
    """Roles as decided: approved ones with their changes; of a draft, all that are proposed."""

    role_id = text("role; the roles of a split have ids of their own", key=True)
    name = text("name, as proposed or as changed")
    purpose = text("who gets what by it, in one sentence: the group's description")
    domain = text("domain; null when mixed", null=True)
    layer = choice(ROLE_LAYERS, "layer")
    proposed_as = text("roles of the proposal that it comes from, as a JSON array")
    approved_by = dy.List(dy.String(), nullable=False, description="who approved it, sorted; empty in a draft")
    approved_at = dy.Datetime(nullable=True, time_zone="UTC", time_unit="us", description="when, the latest")
    asserted = dy.Bool(nullable=False, description="whether the evidence that the rules ask for is missing")


class TargetMembers(dy.Schema):
    """People in roles as decided."""

    role_id = text("role", key=True)
    principal_id = text("person", key=True)
    approvals = text("suggestions by which the person joins, as a JSON array; null for members as proposed", null=True)


class TargetClasses(dy.Schema):
    """What roles open as decided."""

    role_id = text("role", key=True)
    class_id = text("class of containers", key=True)
    level = bits("what the role opens, as bits")


class TargetParts(dy.Schema):
    """Classes that were divided, because something was decided on a part of their containers."""

    container = text("container", key=True)
    class_id = text("the part it is in; other tables name parts where a class was divided")
    part_of = text("its class")


class TargetNestings(dy.Schema):
    """Which resource groups each role group is nested in."""

    role_id = text("role", key=True)
    group_id = text("resource group", key=True)
    approvals = text("suggestions that it carries out, as a JSON array; null for what is proposed", null=True)


class TargetGroups(dy.Schema):
    """What resource groups carry that a role is nested in, or somebody joins as an exception."""

    group_id = text("group", key=True)
    name = text("name of the group")
    class_id = text("class it carries", key=True)
    level = bits("level it carries")


class TargetExceptions(dy.Schema):
    """People who become members of a resource group themselves."""

    class_id = text("class", key=True)
    principal_id = text("person", key=True)
    group_id = text("resource group", key=True)
    approvals = text("suggestions that it carries out, as a JSON array; null for residual access", null=True)
    until = dy.Date(nullable=True, description="day of the next review; null where none was set")


class TargetDrops(dy.Schema):
    """Access that ends: by a policy whose drop was approved, or by a decision to revoke."""

    class_id = text("class", key=True)
    principal_id = text("person", key=True)
    level = bits("what ends, as bits")
    reason = text("the policy, or the reviewer's words")
    effective = dy.Date(nullable=True, description="earliest day on which it ends; null: as the plan comes to it")
    decided_by = dy.List(dy.String(), nullable=False, description="who decided it, sorted; empty in a draft")


class TargetKept(dy.Schema):
    """Memberships outside of roles that stay as they are."""

    principal_id = text("person", key=True)
    group_id = text("group", key=True)


class TargetStaying(dy.Schema):
    """Containers that stay at the source because nobody approved that they move."""

    container = text("container", key=True)
    class_id = text("its class")
    reason = text("why, in words")
    unapproved = dy.Bool(nullable=False, description="whether a role that would open it is not carried out")


class Untouched(dy.Schema):
    """What the plan leaves alone, and why."""

    object_kind = choice(REVIEW_KINDS, "what it is", key=True)
    object_id = text("its id", key=True)
    name = text("what people call it")
    standing = choice(STANDINGS, "where it stands")
    people = count("people whose access stays as it is for it")
    containers = count("containers that stay as they are for it")
    reason = text("why, in words")


class TargetApprovals(dy.Schema):
    """Every suggestion that somebody approved, and what became of it."""

    suggestion_id = text("suggestion", key=True)
    role_id = text("role it completes; null where it is no longer suggested", null=True)
    role = text("name of that role", null=True)
    principal_id = text("person who gains", null=True)
    class_id = text("class of containers gained", null=True)
    access = choice(ACCESS, "level gained", null=True)
    containers = count("containers of the class gained", null=True)
    opens = text("the first of them", null=True)
    outcome = choice(OUTCOMES, "how it is granted")
    reason = text("why this way, in words")
    group_id = text("group that is joined for it; null where it is not granted", null=True)
    member_id = text("who joins the group: the person, or the role", null=True)
    approved_by = dy.List(dy.String(), nullable=False, description="who approved it, sorted")
    approved_at = dy.Datetime(nullable=False, time_zone="UTC", time_unit="us", description="when, the latest of them")


TARGET_TABLES: Final[dict[str, type[dy.Schema]]] = {
    "roles": TargetRoles,
    "members": TargetMembers,
    "classes": TargetClasses,
    "nestings": TargetNestings,
    "groups": TargetGroups,
    "exceptions": TargetExceptions,
    "drops": TargetDrops,
    "kept": TargetKept,
    "staying": TargetStaying,
    "untouched": Untouched,
    "approvals": TargetApprovals,
    "parts": TargetParts,
    "zones": Zones,
    "layout": Layout,
}
