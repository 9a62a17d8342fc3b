"""The hash of what there is to see of each object: what a decision is bound to.

In: `Contents`. Out: a SHA-256 per object. It covers people, containers by name with their sensitivity and level, and
the evidence; not the classes that containers are in, which change with grants that have nothing to do with it. What
several objects open alike is hashed once.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from lakezones.model.frames import Access, Proposal
from lakezones.model.suggestions import described
from lakezones.review.binding.content import OBJECT, Contents

_NOTHING: Final = ""


def hashes(contents: Contents) -> pl.DataFrame:
    """Hash of every object.

    Returns
    -------
    polars.DataFrame
        object_kind, object_id, content_hash; sorted.
    """
    kind = pl.col("part_kind").cast(pl.String)
    parts = contents.parts.with_columns(pl.col("object_kind").cast(pl.String), kind)
    opened = (
        parts.filter(kind == "class")
        .sort(*OBJECT, "part_id")
        .group_by(OBJECT, maintain_order=True)
        .agg(classes=pl.col("part_id"), levels=pl.col("level").cast(pl.Int64))
    )
    opening = _Opening(contents.containers)
    digests = {
        (kind, object_id): opening.digest(classes, levels) for kind, object_id, classes, levels in opened.iter_rows()
    }
    # A container says its sensitivity, evidence what is known; the class of a container is not part of it.
    value = pl.when(kind == "evidence").then("value").otherwise("sensitivity")
    rest = (
        parts.filter(kind != "class")
        .sort(*OBJECT, "part_kind", "part_id")
        .group_by(OBJECT, maintain_order=True)
        .agg("part_kind", "part_id", pl.col("level").cast(pl.Int64), value.alias("value"))
    )
    found = {
        (kind, object_id): _digest(*columns, digests.pop((kind, object_id), _NOTHING))
        for kind, object_id, *columns in rest.iter_rows()
    }
    found |= {key: _digest([], [], [], [], digest) for key, digest in digests.items()}
    rows = [(*key, digest) for key, digest in sorted(found.items())]
    schema = {"object_kind": pl.String, "object_id": pl.String, "content_hash": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


class _Opening:
    """What sets of classes open, container by container.

    Parameters
    ----------
    containers
        class_id, container, sensitivity.
    """

    def __init__(self, containers: pl.DataFrame) -> None:
        rows = containers.sort("container")
        digests = (
            hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).digest()
            for row in rows.select("container", "sensitivity").iter_rows()
        )
        self._digests = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 32)
        numbered = rows.with_row_index("n").group_by("class_id").agg("n")
        self._of = {class_id: np.array(n, dtype=np.int64) for class_id, n in numbered.iter_rows()}
        self._known: dict[tuple[tuple[str, ...], tuple[int, ...]], str] = {}

    def digest(self, classes: Sequence[str], levels: Sequence[int]) -> str:
        """Digest of the containers of some classes, each with its level; of the same containers it is the same."""
        key = tuple(classes), tuple(levels)
        if key not in self._known:
            none = np.empty(0, dtype=np.int64)
            at = [self._of.get(one, none) for one in classes]
            numbers = np.concatenate([none, *at])
            bits = np.concatenate([none, *(np.full(n.size, level) for n, level in zip(at, levels, strict=True))])
            order = np.argsort(numbers, kind="stable")
            whole = hashlib.sha256(self._digests[numbers[order]].tobytes())
            whole.update(bits[order].astype(np.uint8).tobytes())
            self._known[key] = whole.hexdigest()
        return self._known[key]


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def former_hashes(access: Access, proposal: Proposal) -> pl.DataFrame:
    """Hashes as decisions carried them before there were parts: of roles and suggestions.

    Returns
    -------
    polars.DataFrame
        object_kind, object_id, content_hash.
    """
    suggested = described(proposal.suggestions, access.container_classes)
    return pl.concat(
        [
            frame.select(pl.lit(kind).alias("object_kind"), pl.col(key).alias("object_id"), "content_hash")
            for kind, key, frame in (
                ("role", "role_id", proposal.roles),
                ("suggestion", "suggestion_id", suggested),
            )
        ]
    )
