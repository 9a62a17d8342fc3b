"""Tables of the stages plan and verify."""

from typing import Final

import dataframely as dy

from lakezones.model.tables.fields import ACCESS, ACTIONS, OBJECT_KINDS, OUTCOMES, choice, count, text


class Steps(dy.Schema):
    """The migration plan: one row per step, order given by depends_on alone."""

    step_id = text("stable id of the step", key=True)
    wave = dy.Int64(nullable=False, min=0, description="wave it belongs to; 0 is preparation")
    sequence = count("position in one valid order, for reading")
    action = choice(ACTIONS, "what is done")
    object_kind = choice(OBJECT_KINDS, "what kind of grant is given or taken", null=True)
    object_id = text("id of what is acted on", null=True)
    principal_id = text("person or group that is added, removed or loses a grant; null for a batch", null=True)
    group = text("group that is created, joined or granted", null=True)
    access = choice(ACCESS, "level given or taken", null=True)
    role = text("Azure role of an assignment", null=True)
    scope = text("ARM scope of an assignment", null=True)
    container = text("container acted on; null for a batch", null=True)
    path = text("folder acted on", null=True)
    target = text("account/container/folder of a copy or cutover; of a batch, the accounts that it acts in", null=True)
    before = text("state before, as JSON", null=True)
    after = text("state after, as JSON", null=True)
    depends_on = text("steps that must be done first, as a JSON array")
    domain = text("domain the step is done for", null=True)
    owner = text("who does it", null=True)
    check = text("how to see that it worked", null=True)
    rollback = text("how to undo it", null=True)
    reversible = dy.Bool(nullable=False, description="false from the point of no return on")
    people_affected = count("people whose route to data changes")
    effort_minutes = count("estimated effort")
    earliest_start = dy.Date(nullable=True, description="first day it may start")
    tools = text("tools that read or write what it touches, as a JSON array", null=True)
    until = dy.Date(nullable=True, description="day on which what it gives ends by itself; null for no end")
    items_file = text("file with the things acted on, by step_id; null where the step itself names them", null=True)


class Items(dy.Schema):
    """Items of the steps that act on many things at once."""

    step_id = text("step")
    item = count("position within the step")
    principal_id = text("person or group added, removed or losing a grant", null=True)
    group = text("group joined, left or granted", null=True)
    container = text("source container, or account/zone container of a target grant", null=True)
    path = text("folder in the zone container", null=True)
    target = text("account/zone container/folder that a container is copied or cut over to", null=True)
    access = choice(ACCESS, "level given or taken", null=True)
    entitlement = text("entitlement revoked or closed", null=True)
    object_id = text("grant id revoked, where one is known", null=True)
    approval = text("suggestions that this membership carries out, as a JSON array; see approvals.csv", null=True)
    description = text("description of the group that is created: the purpose of its role", null=True)


class Approvals(dy.Schema):
    """Every suggestion that somebody approved, and what the plan does with it."""

    suggestion_id = text("suggestion", key=True)
    role = text("name of the role it completes; null where it is no longer suggested", null=True)
    person = text("name of the person who gains; null where the directory knows none", null=True)
    access = choice(ACCESS, "level gained", null=True)
    containers = count("containers of the class gained", null=True)
    opens = text("the first of them", null=True)
    outcome = choice(OUTCOMES, "how it is granted")
    reason = text("why this way, in words")
    approved_by = text("who approved it")
    approved_at = dy.Datetime(nullable=False, time_zone="UTC", time_unit="us", description="when, the latest of them")
    step_id = text("step that does it", null=True)
    group_id = text("group that is joined for it; null where it is not granted", null=True)
    member_id = text("who joins the group: the person, or the role", null=True)
    role_id = text("role it completes", null=True)
    principal_id = text("person who gains", null=True)
    class_id = text("class of containers gained", null=True)


class Waves(dy.Schema):
    """The waves of a plan."""

    wave = dy.Int64(nullable=False, min=0, primary_key=True, description="number; pilots first")
    domain = text("domain moved", null=True)
    pilot = dy.Bool(nullable=False, description="a pilot domain")
    steps = count("steps in the wave")
    people = count("people whose route to data changes")
    containers = count("containers moved")
    size_bytes = count("bytes moved; null when unknown", null=True)
    effort_minutes = count("estimated effort of all steps")
    earliest_start = dy.Date(nullable=True, description="first day the wave may start")
    earliest_end = dy.Date(nullable=True, description="first day the wave can be over")


class Limits(dy.Schema):
    """Every Azure limit that the plan touches: before, at its worst while both worlds coexist, and after."""

    limit = text("name of the limit, as in limits.toml", key=True)
    object_id = text("what it is counted for: subscription, path, person, container", key=True)
    before = count("count before the plan")
    peak = count("largest count during the plan")
    after = count("count after the plan")
    allowed = count("the limit")
    hard = dy.Bool(nullable=False, description="false for a recommendation: a warning, not a failure")
    holds = dy.Bool(nullable=False, description="whether peak is within the limit")
    source = text("where the limit is documented")


class Counterexample(dy.Schema):
    """The first violation of the proof, in full; empty when it holds."""

    claim = text("claim that failed")
    step_id = text("step after which it failed", null=True)
    principal_id = text("person", null=True)
    container = text("container", null=True)
    expected = text("what should hold", null=True)
    actual = text("what holds", null=True)


PLAN_TABLES: Final[dict[str, type[dy.Schema]]] = {
    "steps": Steps,
    "items": Items,
    "waves": Waves,
    "limits": Limits,
    "approvals": Approvals,
}
