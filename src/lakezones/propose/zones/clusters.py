"""Clusters of containers that look alike, by numbers and format.

In: the frame of `Features`. Out: a cluster per container.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.cluster import MiniBatchKMeans
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

FloatArray = npt.NDArray[np.float64]

MOST_CLUSTERED: Final = 20_000
"""Centres are found on so many containers at most, evenly drawn."""

_CLUSTERED: Final = (
    "size",
    "files",
    "idle_days",
    "used_people",
    "used_departments",
    "used_services",
    "wrote_services",
    "operations",
    "depth",
    "height",
    "reports",
    "upstream",
    "downstream",
)


def cluster_matrix(frame: pl.DataFrame) -> FloatArray:
    """Standardised numbers and one-hot formats of each container, shape (n_containers, n_columns)."""
    columns = []
    for name in _CLUSTERED:
        values = np.log1p(frame[name].cast(pl.Float64).fill_null(0.0).clip(0.0).to_numpy())
        spread = values.std()
        if spread > 0:
            columns.append((values - values.mean()) / spread)
            if frame[name].null_count():
                columns.append(frame[name].is_null().to_numpy().astype(np.float64))
    counts = frame["format"].drop_nulls().value_counts().sort("count", "format", descending=[True, False])
    columns.extend(
        (frame["format"] == form).fill_null(value=False).to_numpy().astype(np.float64) * 1.5
        for form in counts["format"].head(12)
    )
    return np.stack(columns, axis=1) if columns else np.zeros((frame.height, 0))


def find_clusters(frame: pl.DataFrame, random_state: int) -> pl.Series | None:
    """Cluster of each container: about one for every hundred containers, 64 at most; None where there is but one."""
    matrix = cluster_matrix(frame)
    k = min(64, frame.height // 100, np.unique(matrix, axis=0).shape[0] if frame.height < 10_000 else 64)
    if k < 2 or not matrix.shape[1]:
        return None
    model = MiniBatchKMeans(n_clusters=k, random_state=random_state, n_init=1, batch_size=2048, max_iter=10)
    # One thread: sums in one order, so that the same input gives the same clusters to the last bit.
    with threadpool_limits(limits=1):
        sample = np.linspace(0, len(matrix) - 1, min(len(matrix), MOST_CLUSTERED)).astype(np.int64)
        return pl.Series(model.fit(matrix[sample]).predict(matrix), dtype=pl.Int64)
