"""What is said of the mined roles of an access matrix: ids that survive a change of members, and a summary.

In: a labelled matrix and the miner's answer. Out: what the files of `lakezones.store.matrix` hold beside the roles.
"""

import hashlib
import json
from typing import Any

from lakezones.mining.matrix import MatrixRoles
from lakezones.store.matrix import Matrix


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
    ids = []
    for who, what in mined.roles:
        content = json.dumps([table.permissions[j] for j in what])
        identity = hashlib.sha256(content.encode()).hexdigest()[:10]
        # Two roles of one content differ in people alone; no miner here makes them, but a name must be unique.
        if f"role-{identity}" in ids:
            members = json.dumps([table.people[i] for i in who])
            identity = hashlib.sha256((content + members).encode()).hexdigest()[:10]
        ids.append(f"role-{identity}")
    return ids
