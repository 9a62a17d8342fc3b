"""Tables of the stage access, findings included."""

from typing import Final

import dataframely as dy

from lakezones.model.tables.fields import LANES, ROUTES, SCOPES, SEVERITIES, bits, choice, count, text


class ContainerClasses(dy.Schema):
    """Which class each container is in: containers with the same raw grants share one."""

    class_id = text("class; derived from the raw grants, so it is stable across runs and row order")
    container = text("container", key=True)


class ClassAccess(dy.Schema):
    """Effective access, resolved: groups expanded to people, one row per lane."""

    class_id = text("class of containers", key=True)
    principal_id = text("person, service principal or pseudo-principal (sas:*/POLICY, public)", key=True)
    lane = choice(LANES, "how firm the access is; only data is mined and moved", key=True)
    level = bits("union of the levels held in this lane, as bits: read 1, write 2, manage 4")


class ClassGrants(dy.Schema):
    """The raw grants that every container of a class carries: what explains its access and what can be revoked."""

    class_id = text("class of containers", key=True)
    route = choice(ROUTES, "kind of fact the grant comes from", key=True)
    grantee_id = text("whom the grant names: a person, a group, a service principal, a pseudo-principal", key=True)
    lane = choice(LANES, "lane the grant gives access in", key=True)
    level = bits("what it gives, as bits", key=True)
    scope_kind = choice(SCOPES, "how wide the grant reaches; container unless a role assignment says wider", key=True)
    scope = text("ARM id of a scope wider than a container; empty where the grant is on the container", key=True)
    role = text("role of an assignment; empty otherwise", key=True)
    entitlement = text("entitlement that names this grant's group or that the grant is; empty if none", key=True)
    effect = choice(
        ["allow", "deny"], "deny takes away what every other grant of the class gives the grantee", key=True
    )
    reason = text("why the lane is not data, in words; empty for data", key=True)


class EntitlementClasses(dy.Schema):
    """What each entitlement opens, in classes."""

    entitlement = text("name of the entitlement", key=True)
    class_id = text("class of containers it opens", key=True)
    level = bits("what it opens, as bits")
    group_id = text("group that enforces it; null where none is known", null=True)


class Requests(dy.Schema):
    """The units people asked for: a person and an entitlement, or a person and a class where there is none."""

    principal_id = text("person", key=True)
    entitlement = text("entitlement held in full; empty where the access has none", key=True)
    class_id = text("class, where there is no entitlement; empty otherwise", key=True)


class Findings(dy.Schema):
    """What a security team should look at, most severe first."""

    finding_id = text("kind of finding, e.g. unused-access", key=True)
    object_kind = text("what the evidence is about: principal, container, entitlement, group, class, account", key=True)
    object_id = text("id of the object", key=True)
    severity = choice(SEVERITIES, "how soon to act")
    title = text("the finding in one line")
    evidence = text("what was seen, in words")
    affected = count("people, containers or grants affected, as the title says")
    action = text("what to do about it")


ACCESS_TABLES: Final[dict[str, type[dy.Schema]]] = {
    "container_classes": ContainerClasses,
    "class_access": ClassAccess,
    "class_grants": ClassGrants,
    "entitlement_classes": EntitlementClasses,
    "requests": Requests,
}
