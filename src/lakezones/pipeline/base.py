"""What every stage of a workspace needs: its settings, and a way to write what it made.

In: a folder. Out: settings, and stages written with a manifest.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lakezones.config import Settings
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts
from lakezones.model.outputs import Outputs
from lakezones.store.results import Results


class Staged(Results):
    """A workspace whose stages can be written, with settings of its own."""

    def settings(self, **flags: Mapping[str, Any]) -> Settings:
        """The settings of this workspace.

        Parameters
        ----------
        flags
            Sections with keys that win over everything else, for instance ``roles={"max_roles": 100}``.
        """
        return Settings(self.overrides, flags=flags)

    def _write(
        self,
        stage: str,
        files: Outputs,
        inputs: Sequence[str],
        used: Mapping[str, Any] | None,
        started: datetime | None,
        facts: Facts | None = None,
        **extra: Any,
    ) -> None:
        """Write a stage; its manifest says which settings were used, and of the facts what is not known."""
        if facts is not None:
            extra = {
                "as_of": facts.as_of,
                "not_assessed": [name for name in FACTS if not facts.assessed(name)],
                "gaps": facts.gaps.height,
                **extra,
            }
        # Only the review holds what people did and no run can make again: what it acknowledges is on the disk.
        lasting = stage == "review"
        self.write_stage(
            stage, files, inputs=inputs, settings=used, started=started, extra=extra, keep=lasting, durable=lasting
        )
