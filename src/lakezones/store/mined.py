"""What is said of the mined roles of an access matrix: ids that survive a change of members, a summary, a certificate.

In: a labelled matrix and the miner's answer. Out: what the files of `lakezones.store.matrix` hold beside the roles.
"""

import hashlib
import json
from collections import Counter
from typing import Any, Final

from lakezones.mining.matrix import MatrixRoles
from lakezones.mining.proof import Proof
from lakezones.store.matrix import Matrix

CERTIFICATE_FORMAT: Final = "lakezones mine certificate 1"


def summarise(table: Matrix, mined: MatrixRoles, mode: str) -> dict[str, Any]:
    """What the command reports; seconds apart, which differ from run to run."""
    assignments = int(table.access.nnz)
    residual = int(mined.residual[0].size)
    return {
        "mode": mode,
        "people": len(table.people),
        "permissions": len(table.permissions),
        "assignments": assignments,
        "roles": len(mined.roles),
        "lower_bound": mined.lower_bound,
        "optimal": mined.optimal,
        "stopped_by": mined.stopped_by,
        "certificates": dict(Counter(block.kind for block in mined.blocks)),
        "blocks": [
            {"roles": len(block.roles), "lower_bound": block.lower_bound, "certificate": block.kind}
            for block in mined.blocks
        ],
        "memberships": int(sum(who.size for who, _ in mined.roles)),
        "role_permissions": int(sum(what.size for _, what in mined.roles)),
        "tie_break_proven": mined.tie_break_proven,
        "new_access": mined.new_access,
        "residual": residual,
        "coverage": round(1 - residual / assignments, 6) if assignments else 0.0,
        "duplicate_rows": table.duplicates,
        "rejected_rows": len(table.rejected),
    }


def role_ids(table: Matrix, mined: MatrixRoles) -> list[str]:
    """Ids from the content of roles, so that they survive a change of members."""
    ids: dict[str, None] = {}
    for who, what in mined.roles:
        content = json.dumps([table.permissions[j] for j in what])
        identity = f"role-{hashlib.sha256(content.encode()).hexdigest()[:10]}"
        # Two roles of one content differ in people alone; no miner here makes them, but a name must be unique.
        if identity in ids:
            members = json.dumps([table.people[i] for i in who])
            identity = f"role-{hashlib.sha256((content + members).encode()).hexdigest()[:10]}"
        ids[identity] = None
    return list(ids)


def certificate(table: Matrix, mined: MatrixRoles) -> dict[str, Any]:
    """Why no fewer roles do, by labels: per connected block the proofs of `lakezones.mining.proof`, as JSON takes it.

    An assignment is a person and a permission, a permission its name and level of access. `scripts/check_roles.py`
    checks it against the matrix and the roles.
    """

    def part(proof: Proof) -> dict[str, Any]:
        return {
            "kind": proof.kind,
            "bound": proof.bound,
            "assignments": [[table.people[i], table.permissions[j]] for i, j in proof.assignments.tolist()],
            "steps": [[table.people[i], table.permissions[j], seed] for i, j, seed in proof.steps.tolist()],
            "weights": proof.weights.tolist(),
            "limit": proof.limit,
        }

    return {
        "format": CERTIFICATE_FORMAT,
        "roles": len(mined.roles),
        "lower_bound": mined.lower_bound,
        "blocks": [
            {
                "kind": block.kind,
                "roles": len(block.roles),
                "lower_bound": block.lower_bound,
                "parts": [part(proof) for proof in block.proofs],
            }
            for block in mined.blocks
        ],
    }
