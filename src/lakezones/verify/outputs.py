"""The files of the verify stage."""

from lakezones.model.frames import Proof
from lakezones.model.outputs import Outputs


def outputs(proof: Proof) -> Outputs:
    """``proof.json`` with every claim, and the steps that refute one in ``counterexample.csv``."""
    return Outputs(csv={"counterexample": proof.counterexample}, documents={"proof": proof.document()})
