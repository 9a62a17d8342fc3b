"""Kinds of columns that the schemas share, and the closed sets of their values."""

from typing import Final

import dataframely as dy

from lakezones.model.levels import Lane

LANES: Final = [lane.value for lane in Lane]
ROUTES: Final = ["assignment", "acl", "entitlement", "grant", "policy", "public"]
SCOPES: Final = ["container", "account", "resource_group", "subscription", "management_group"]
ZONES: Final = ["raw", "curated", "consumption"]
STATES: Final = ["sandbox", "dead"]
"""Why a container has no zone."""
ACCESS: Final = ["read", "write", "manage"]
DISPOSITIONS: Final = ["migrate", "retire", "leave"]
CAUSES: Final = [
    "legal_hold",
    "immutability",
    "unknown_account",
    "sandbox",
    "bound_access",
    "deny",
    "name_condition",
    "unknown_target",
    "archive_tier",
    "dead",
    "no_zone",
    "wide_loss",
    "wide_gain",
]
"""Why a container does not migrate."""
RESIDUAL_KINDS: Final = ["keep", "drop"]
SUGGESTION_KINDS: Final = ["join", "extend"]
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
    "rehydrate",
    "set_account_property",
    "delete_group",
    "delete_source",
    "gate",
    "no_op",
]
ROLE_LAYERS: Final = ["birthright", "area", "job", "engineer", "restricted", "project", "transitional"]
"""Layers of roles, from what everybody has to what few ask for; transitional roles stand outside them for a time."""
RULE_KINDS: Final = ["adds", "misses", "leaves"]
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


def text(description: str, *, null: bool = False, key: bool = False) -> dy.String:
    return dy.String(nullable=null, primary_key=key, description=description)


def choice(values: list[str], description: str, *, null: bool = False, key: bool = False) -> dy.Enum:
    return dy.Enum(values, nullable=null, primary_key=key, description=description)


def bits(description: str, *, key: bool = False) -> dy.UInt8:
    return dy.UInt8(nullable=False, primary_key=key, min=1, max=7, description=description)


def count(description: str, *, null: bool = False, key: bool = False) -> dy.Int64:
    return dy.Int64(nullable=null, primary_key=key, min=0, description=description)


def share(description: str, *, null: bool = False) -> dy.Float64:
    return dy.Float64(nullable=null, min=0.0, max=1.0, description=description)
