"""Zones of public dbt projects by names and references alone: as named, with meaningless ids, DB2 style, misleading.

Out: a row per variant and set of projects: mean macro-F1 of the projects, macro-F1 over all their tables, the share of
tables with confidence 0.9 or more, and how many of those are right. ``held out`` are projects nobody looked at while
the model was made better.
"""

from collections.abc import Iterable, Mapping

from tests.propose.zones.dbt_projects import BUILT_ON, HELD_OUT, VARIANTS, table_of_scores


def main() -> Iterable[Mapping[str, object]]:
    """Both sets of projects in every variant."""
    for kind, projects in (("built on", BUILT_ON), ("held out", HELD_OUT)):
        scores = table_of_scores(projects)
        for variant in VARIANTS:
            rows = {row["project"]: row for row in scores.filter(variant=variant).iter_rows(named=True)}
            every = rows["all tables"]
            yield {
                "projects": kind,
                "variant": variant,
                "mean_macro_f1": rows["mean of projects"]["macro_f1"],
                "all_tables_macro_f1": every["macro_f1"],
                "confident": every["confident"],
                "confident_right": every["confident_right"] if every["confident"] else 1.0,
            }
