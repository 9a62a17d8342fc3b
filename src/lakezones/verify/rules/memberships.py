"""Who is in which group now.

In: facts. Out: direct membership edges that give access, and expiry as every dated fact has it.
"""

from datetime import datetime

from lakezones.model.frames import Facts


def in_force(expires_at: datetime | None, as_of: datetime) -> bool:
    """Whether something dated still holds: at the very moment of its end it no longer does.

    Examples
    --------
    >>> noon = datetime(2026, 1, 1, 12)
    >>> in_force(None, noon), in_force(noon, noon), in_force(datetime(2026, 1, 2), noon)
    (True, False, True)
    """
    return expires_at is None or expires_at > as_of


def active_memberships(facts: Facts) -> list[tuple[str, str]]:
    """Sorted pairs of group and direct member; a membership that is eligible or over gives no access.

    A state that is missing or blank means active, and its case does not count.
    """
    rows = facts.table("memberships").select("group_id", "member_id", "state", "expires_at")
    return sorted(
        {
            (group, member)
            for group, member, state, expires_at in rows.iter_rows()
            if (state or "").strip().lower() in ("", "active") and in_force(expires_at, facts.as_of)
        }
    )
