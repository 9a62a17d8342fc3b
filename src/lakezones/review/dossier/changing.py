"""What checks of changes ask beyond what dossiers show: groups, ACL entries, access outside of roles, who runs what.

In: facts, access, a proposal. Out: `ChangeFacts`, each worked out when first asked for.
"""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

import polars as pl

from lakezones.access.membership import Audiences, active_edges, audiences, group_ids
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.suggestions import described
from lakezones.review.binding import kinds


class ChangeFacts:
    """Facts about changes.

    Parameters
    ----------
    facts, access, proposal
        What was scanned, resolved and proposed.
    """

    def __init__(self, facts: Facts, access: Access, proposal: Proposal) -> None:
        self.facts, self.access, self.proposal = facts, access, proposal

    @cached_property
    def group_names(self) -> list[str]:
        """Names of the groups that the directory has."""
        rows = self.facts.table("principals").filter(pl.col("kind").cast(pl.String) == "group")
        return rows["name"].drop_nulls().to_list()

    @cached_property
    def _audiences(self) -> Audiences:
        return audiences(active_edges(self.facts), group_ids(self.facts))

    @cached_property
    def group_counts(self) -> dict[str, int]:
        """How many groups each principal is in today, nesting counted."""
        return dict(self._audiences.counts().select("principal_id", "groups").iter_rows())

    def groups_with(self, role_id: str, people: Collection[str], *, most: int) -> dict[str, int]:
        """People who would be in more groups than `most` as members of a role, with how many.

        A role adds its own group and those that it is nested in, of which people may be members already.
        """
        nested = self.nested_groups.get(role_id, set())
        near = [one for one in people if self.group_counts.get(one, 0) + 1 + len(nested) > most]
        if not near:
            return {}
        there = self._audiences.members_of(pl.Series("group_id", sorted(nested), dtype=pl.String))
        already = dict(there.group_by("principal_id").len().iter_rows())
        counts = {one: self.group_counts.get(one, 0) + 1 + len(nested) - already.get(one, 0) for one in near}
        return {one: count for one, count in counts.items() if count > most}

    @cached_property
    def nested_groups(self) -> dict[str, set[str]]:
        """Role to resource groups that it is nested in."""
        found: dict[str, set[str]] = {}
        for role_id, group in self.proposal.role_groups.select("role_id", "group_id").iter_rows():
            found.setdefault(role_id, set()).add(group)
        return found

    @cached_property
    def acl_entries(self) -> dict[str, int]:
        """Class to named entries of its containers' ACL: today's, and those of resource groups still to be made."""
        grants = self.access.class_grants.filter(pl.col("route").cast(pl.String) == "acl")
        there = grants.select("class_id", grantee="grantee_id").unique()
        new = self.proposal.resource_groups.select("class_id", grantee="group_id").unique()
        # A class without ACL entries is not governed by them: a group reaches it by an assignment.
        both = pl.concat([there, new.join(there, on="class_id", how="semi")]).unique()
        return dict(both.group_by("class_id").len().iter_rows())

    @cached_property
    def suggestions(self) -> dict[str, dict[str, Any]]:
        """Rows of `lakezones.model.suggestions.described`, by id."""
        rows = described(self.proposal.suggestions, self.access.container_classes)
        return {row["suggestion_id"]: row for row in rows.iter_rows(named=True)}

    @cached_property
    def outside(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """Rows of `lakezones.review.binding.kinds.outside_roles`, by kind and id."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for kind in ("residual", "drop"):
            for row in kinds.outside_roles(self.proposal, kind).iter_rows(named=True):
                found.setdefault((kind, row["object_id"]), []).append({**row, "lane": str(row["lane"])})
        return found

    @cached_property
    def _questions(self) -> dict[str, list[str]]:
        rows = kinds.zone_questions(self.facts, self.access, self.proposal)
        classes = rows.drop_nulls("class_id").group_by("object_id").agg(pl.col("class_id").unique().sort())
        return dict(classes.iter_rows())

    def question_classes(self, object_id: str) -> list[str]:
        """Classes of the containers that one question about zone and domain is about."""
        return self._questions.get(object_id, [])

    @cached_property
    def _rule_people(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for role_id, person, kind in self.proposal.role_rule_people.select(
            "role_id", "principal_id", "kind"
        ).iter_rows():
            found.setdefault(role_id, []).append((person, str(kind)))
        return found

    def rule_people(self, role_id: str) -> list[tuple[str, str]]:
        """People about whom rule and role differ, with how: adds, misses, leaves."""
        return self._rule_people.get(role_id, [])

    @cached_property
    def _runs(self) -> dict[str, list[tuple[str, str]]]:
        """Principal to container and artifact that runs as them."""
        found: dict[str, list[tuple[str, str]]] = {}
        rows = self.facts.table("references").select("identity", "container", "tool", "artifact").drop_nulls()
        for identity, container, tool, artifact in rows.unique().sort(pl.all()).iter_rows():
            found.setdefault(identity, []).append((container, f"{tool} {artifact}"))
        return found

    def running_as(self, people: Iterable[str], containers: Collection[str]) -> list[str]:
        """What runs as any of these people on any of these containers, by tool and name."""
        return sorted({what for one in people for box, what in self._runs.get(one, ()) if box in containers})
