"""Wrong roles that are planted for reviewers in a workspace, kept apart of all that a plan is made from.

In: a proposal, settings. Out: the proposal as reviewers are shown it, and which roles in it were planted, in a file.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from lakezones.errors import WorkspaceError
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.pipeline.recording import Recording

if TYPE_CHECKING:
    from lakezones.config import Settings

CANARIES: Final = ".review/canaries.json"
"""Which roles were planted, whenever that was."""


class Planting(Recording):
    """A workspace that can plant wrong roles, to know whether its reviewers look."""

    def canaries(self) -> frozenset[str]:
        """Ids of the wrong roles that were ever planted for reviewers; nothing of them is planned.

        Raises
        ------
        WorkspaceError
            If the file that lists them is damaged.
        """
        file = self.root / CANARIES
        if not file.is_file():
            return frozenset()
        try:
            return frozenset(str(row["role_id"]) for row in json.loads(file.read_text("utf-8"))["canaries"])
        except (ValueError, KeyError, TypeError):
            raise WorkspaceError(
                f"{file} is damaged: it lists the planted roles that no plan may contain",
                hint="restore it from a backup",
            ) from None

    def planted(self, facts: Facts, access: Access, proposal: Proposal, settings: "Settings") -> Proposal:
        """The proposal as reviewers are shown it; what is planted is written down before anybody sees it."""
        quality = settings.review.quality
        if not quality.canaries:
            return proposal
        from lakezones.review.campaign import plant
        from lakezones.review.dossier import Known

        known = Known(facts, access, proposal, policies=settings.policies, departments=settings.domains.departments)
        planted = plant(known, share=quality.canaries, seed=quality.seed)
        new = [one for one in planted.canaries if one.role_id not in self.canaries()]
        if new:
            from lakezones.store.files import replace_private

            with self.exclusive():
                file = self.root / CANARIES
                rows = json.loads(file.read_text("utf-8"))["canaries"] if file.is_file() else []
                rows += [asdict(one) for one in new if one.role_id not in {row["role_id"] for row in rows}]
                file.parent.mkdir(mode=0o700, exist_ok=True)
                replace_private(file, json.dumps({"format": 1, "canaries": rows}, indent=1) + "\n")
        return planted.proposal
