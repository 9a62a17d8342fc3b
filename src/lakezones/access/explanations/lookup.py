"""Finding principals and containers as people name them: by id or by name, with a suggestion on a typo."""

import difflib
from collections.abc import Mapping

import polars as pl

from lakezones.errors import NotFoundError, UsageError
from lakezones.model.frames import Access, Facts
from lakezones.model.identity import plain
from lakezones.model.principals import on_container, policy_of_class


def find_principal(facts: Facts, access: Access, text: str) -> str:
    """Id of the principal that `text` names: an id, a name, or the part of a name before the ``@``.

    Raises
    ------
    NotFoundError
        If nobody has that id or name; the hint suggests who may be meant.
    UsageError
        If several have that name.
    """
    known = facts.table("principals").select("principal_id", "name")
    ids = {
        *known["principal_id"],
        *access.class_access["principal_id"],
        *access.class_grants["grantee_id"],
        *facts.table("memberships")["member_id"],
        *facts.table("memberships")["group_id"],
        *facts.table("stored_policies")
        .select(policy_of_class("policy").alias("id"), "container")
        .select(on_container("id"))["id"],
    }
    if text in ids:
        return text
    names: dict[str, list[str]] = {}
    written: dict[str, str] = {}
    for principal, name in known.drop_nulls("name").sort("principal_id").iter_rows():
        for alias in {name, name.split("@")[0]}:
            names.setdefault(alias.casefold(), []).append(principal)
            written.setdefault(alias.casefold(), alias)
    for principal in sorted(ids):
        names.setdefault(principal.casefold(), []).append(principal)
        written.setdefault(principal.casefold(), principal)
    # Ids are scanned without characters that nobody sees; whoever copies one from elsewhere may have them.
    found = sorted(set(names.get(text.strip().casefold()) or names.get(plain(text)) or ()))
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{len(found)} principals are called {text!r}", hint="give one of the ids: " + ", ".join(found)
        )
    raise NotFoundError(f"no principal {text!r}", hint=_suggest(text, written, f"{len(ids):,} principals"))


def find_container(access: Access, text: str) -> str:
    """Name of the container that `text` names: in full, or without its account where that is unambiguous.

    Raises
    ------
    NotFoundError
        If there is no such container; the hint suggests which may be meant.
    UsageError
        If several accounts have one of that name.
    """
    containers = access.container_classes["container"]
    lower = containers.str.to_lowercase()
    wanted = text.strip().casefold()
    exact = containers.clear()
    # Names are scanned without characters that nobody sees; whoever copies one from elsewhere may have them.
    for name in dict.fromkeys((wanted, plain(text))):
        for match in (containers == text, lower == name, lower.str.ends_with("/" + name)):
            exact = exact if exact.len() else containers.filter(match)
    if exact.len() == 1:
        return str(exact[0])
    if exact.len():
        raise UsageError(
            f"{exact.len()} containers are called {text!r}", hint="give one of: " + ", ".join(exact.sort().head(5))
        )
    # difflib is slow on 50,000 names; those that share a start with the text are what a typo leaves.
    near = containers.filter(lower.str.starts_with(wanted[:3]))
    names = near if near.len() else containers.head(2000)
    written = {name.casefold(): name for name in names}
    raise NotFoundError(f"no container {text!r}", hint=_suggest(text, written, f"{containers.len():,} containers"))


def find_either(facts: Facts, access: Access, text: str) -> tuple[str | None, str | None]:
    """The principal, or else the container, that a lone name stands for; the other one is None.

    Raises
    ------
    NotFoundError
        If it is neither; the hint suggests what may be meant.
    UsageError
        If several have that name.
    """
    try:
        return find_principal(facts, access, text), None
    except NotFoundError as principal_error:
        try:
            return None, find_container(access, text)
        except NotFoundError as container_error:
            hints = {principal_error.hint, container_error.hint}
            hint = min((h for h in hints if h and h.startswith("did you mean")), default=principal_error.hint)
            raise NotFoundError(f"no principal and no container {text!r}", hint=hint) from None


def _suggest(text: str, written: Mapping[str, str], every: str) -> str:
    """A hint: names close to the text, as they are written, or how many there are that it is none of."""
    close = difflib.get_close_matches(text.strip().casefold(), written, n=3, cutoff=0.6)
    if not close:
        return f"it is none of the {every} of this snapshot"
    return f"did you mean {' or '.join(written[name] for name in close)}?"


def names_of(facts: Facts) -> dict[str, str]:
    """Principal id to a label: the name with the id where they differ, the id alone otherwise."""
    rows = facts.table("principals").select("principal_id", pl.col("name").fill_null("")).iter_rows()
    return {principal: f"{name} ({principal})" if name and name != principal else principal for principal, name in rows}
