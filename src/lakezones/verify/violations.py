"""Why a claim of the proof fails.

In: what a check found. Out: `Violation`, the same for every check.
"""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """What should hold and what holds, with the step, the person and the container where one is concerned."""

    expected: str
    actual: str
    step_id: str | None = None
    principal_id: str | None = None
    container: str | None = None

    def row(self, claim: str) -> dict[str, str | None]:
        """A row of `lakezones.model.tables.Counterexample`."""
        return {"claim": claim, **asdict(self)}

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.step_id, self.principal_id, self.container) if part)
        found = f"expected {self.expected}, found {self.actual}"
        return f"{where}: {found}" if where else found
