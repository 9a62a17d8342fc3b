"""The audit log of a review in a workspace: records are appended under the lock, and end with a checkpoint.

In: records of what was decided. Out: the files of the stage review, on the disk before anybody is told that a decision
was taken. A run that is killed leaves the log as it was before, or with all of the new records.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lakezones.errors import CheckFailed, ConfigError, WorkspaceError
from lakezones.model.outputs import Outputs
from lakezones.pipeline.base import Staged

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

LOG: Final = "audit.jsonl"
CHECKPOINT: Final = "checkpoint.txt"
"""The newest checkpoint, to be put into the change ticket."""
CHECKPOINTS: Final = "checkpoints.txt"
"""All of them, each followed by an empty line."""
SIGNATURE: Final = "checkpoint.dsse.json"
"""The signature of the newest checkpoint; empty where there is none."""
SIGNATURES: Final = "checkpoints.dsse.jsonl"
"""All signatures, a line each."""

Entries = Iterable[Mapping[str, Any]] | Callable[[str | None], Iterable[Mapping[str, Any]]]
"""Records, or what makes them of the id of the key that signs."""
Render = Callable[[list[dict[str, Any]]], Outputs]
"""Files of the review besides the log, from all records of it."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What an addition to the log gives.

    Attributes
    ----------
    records
        The new records, as they are in the log.
    checkpoint
        The checkpoint of the log with them, three lines.
    key_id
        The key that signed it; None where none is configured.
    """

    records: list[dict[str, Any]]
    checkpoint: str
    key_id: str | None


class Recording(Staged):
    """A workspace with an audit log."""

    def read_log(self) -> str:
        """The audit log as it was written; empty where there is none.

        Raises
        ------
        StaleInputError
            If it is another file than the one that was written.
        WorkspaceError
            If there is one that the manifest does not name: the next submission would take its place.
        """
        if self.has("review") and LOG in self.manifest("review")["outputs"]:
            return self.read_text("review", LOG)
        if (path := self.root / "review" / LOG).exists():
            raise WorkspaceError(
                f"{path} is there, but no manifest.json beside it names it",
                hint=f"put back the manifest; or move {path.parent} away, and the review begins with nothing",
            )
        return ""

    def read_checkpoint(self) -> str:
        """The newest checkpoint, three lines; empty where there is none."""
        has_one = self.has("review") and CHECKPOINT in self.manifest("review")["outputs"]
        return self.read_text("review", CHECKPOINT) if has_one else ""

    def record(self, entries: Entries, *, render: Render, started: datetime | None = None) -> Recorded:
        """Append records to the log, and write what follows from all of them.

        The caller holds `exclusive` from the reading of what the records rest on. Nothing is written where the log is
        no longer what its own newest checkpoint says, or where a key is configured and does not sign.

        Parameters
        ----------
        entries
            Records as `lakezones.review.log.append` takes them, or what makes them of the id of the key that signs;
            none leaves the log as it is.
        render
            The other files, from all records.
        started
            When the command began, for the manifest.

        Raises
        ------
        CheckFailed
            If the log was changed since its newest checkpoint.
        ConfigError
            If the configured key cannot be used.
        """
        from lakezones.review import log as audit

        with self.exclusive():
            signer = self.signer()
            key_id = signer.public_key.keyid if signer is not None else None
            new = list(entries(key_id) if callable(entries) else entries)
            before = self.read_log()
            self._hold(before)
            log = audit.append(audit.carry(before), new) if new else before
            records = audit.read(audit.carry(log))
            files = render(records) | Outputs(texts={LOG: log})
            checkpoint = self.read_checkpoint()
            if new:
                checkpoint = audit.checkpoint(log, self._origin())
                files |= self._checkpoint_files(checkpoint, signer)
            # No inputs: decisions outlive the proposal, since each is bound to the content it was made on, not a run.
            reviewed = self.digest("proposal") if self.has("proposal") else None
            self._write("review", files, [], None, started or datetime.now(UTC), reviewed=reviewed)
        return Recorded(records=records[len(records) - len(new) :], checkpoint=checkpoint, key_id=key_id)

    def signer(self) -> "Signer | None":
        """Who signs checkpoints, as ``review.toml`` says; None where no key is configured.

        Raises
        ------
        ConfigError
            If the key is not there, cannot be read, or is of another kind.
        """
        where = self.settings().review.signing.key
        if not where:
            return None
        from lakezones.review.log.signing import VaultSigner, local_signer

        if where.startswith("https://"):
            from lakezones.scan.azure.vault import VaultKey

            return VaultSigner(VaultKey(where), name=where)
        path = Path(where).expanduser()
        path = path if path.is_absolute() else self.root / path
        try:
            pem = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"signing key {path} cannot be read: {error.strerror}", hint="see key in [review.signing]"
            ) from None
        secret = os.environ.get("LAKEZONES_KEY_PASSPHRASE")
        return local_signer(pem, name=str(path), passphrase=secret.encode() if secret else None)

    def _origin(self) -> str:
        """Name of the log in its checkpoints."""
        return self.settings().review.campaign.origin

    def _hold(self, log: str) -> None:
        """Refuse to go on where the log is not what the newest checkpoint of the workspace says."""
        from lakezones.review.log import Checkpoint, checkpoint, verify

        newest = self.read_checkpoint()
        if not newest or checkpoint(log, newest.split("\n", 1)[0]) == newest:
            return
        verdict = verify(log, Checkpoint.parse(newest, name=CHECKPOINT))
        if not verdict.holds:
            raise CheckFailed(
                f"{self.root / 'review' / LOG} was changed: {verdict.faults[0]}",
                hint=f"nothing was recorded; lakezones review verify --checkpoint FILE -w {self.root} says more",
            )

    def _checkpoint_files(self, checkpoint: str, signer: "Signer | None") -> Outputs:
        """The newest checkpoint, all of them, and their signatures."""
        there = self.manifest("review")["outputs"] if self.has("review") else {}
        earlier = self.read_text("review", CHECKPOINTS) if CHECKPOINTS in there else ""
        texts = {CHECKPOINT: checkpoint, CHECKPOINTS: f"{earlier}{checkpoint}\n"}
        if signer is not None:
            from lakezones.review.log import Checkpoint
            from lakezones.review.log.signing import sign

            signed = self.read_text("review", SIGNATURES) if SIGNATURES in there else ""
            envelope = sign(Checkpoint.parse(checkpoint), signer)
            texts |= {SIGNATURE: envelope, SIGNATURES: signed + envelope}
        elif SIGNATURE in there:
            texts |= {SIGNATURE: ""}  # that of an older checkpoint would be taken for one of this
        return Outputs(texts=texts)
