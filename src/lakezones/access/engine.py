"""Where containers are grouped when not by the kernel of this process: Spark, for lakes that one machine cannot hold.

In: polars frames. Out: native lazy frames for narwhals, and polars frames again. Spark is the extra
``lakezones[spark]`` and needs Java; it runs locally or on the cluster whose master URL is given.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import polars as pl

from lakezones.access.settings import AccessSettings
from lakezones.errors import ServiceUnavailable
from lakezones.extras import needed


class GroupingEngine(Protocol):
    """Turns polars frames into native ones and back."""

    def frames(self, *frames: pl.DataFrame) -> AbstractContextManager[tuple[Any, ...]]:
        """Native lazy frames with the content of `frames`, alive within the context."""

    def keep(self, frame: Any) -> Any:
        """A native frame that is computed once and used several times."""

    def collect(self, frame: Any) -> pl.DataFrame:
        """The content of a native frame."""


class SparkEngine:
    """Spark, local or on a cluster.

    Parameters
    ----------
    master
        Master URL, for instance ``local[*]`` or ``spark://host:7077``.
    """

    def __init__(self, master: str = "local[*]") -> None:
        self.master = master

    @contextmanager
    def frames(self, *frames: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
        """Spark frames with the same rows; unsigned integers become signed, which Spark alone has."""
        session = self._session()
        signed = [frame.with_columns(pl.col(pl.UInt32, pl.UInt64).cast(pl.Int64)) for frame in frames]
        try:
            yield tuple(session.createDataFrame(frame.to_arrow()) for frame in signed)
        finally:
            session.stop()

    def keep(self, frame: Any) -> Any:
        """Cache on the executors."""
        return frame.cache()

    def collect(self, frame: Any) -> pl.DataFrame:
        """Bring the rows here."""
        result = pl.from_arrow(frame.toArrow())
        assert isinstance(result, pl.DataFrame)
        return result

    def _session(self) -> Any:
        needed("pyarrow", extra="spark")
        builder = needed("pyspark.sql", extra="spark").SparkSession.builder
        try:
            return (
                builder.master(self.master)
                .appName("lakezones")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "8")
                .config("spark.sql.execution.arrow.pyspark.enabled", "true")
                .getOrCreate()
            )
        except Exception as error:
            # pyspark raises whatever the gateway raises: no Java, a master that does not answer.
            raise ServiceUnavailable(
                f"Spark at {self.master} does not start: {str(error).splitlines()[0] if str(error) else type(error)}",
                hint="Spark needs Java 17 or later; check JAVA_HOME and the master URL, or use --engine polars",
            ) from error


def engine_of(settings: AccessSettings) -> GroupingEngine | None:
    """The engine that the settings name; None for this process, which needs none."""
    return SparkEngine(settings.spark_master) if settings.engine == "spark" else None
