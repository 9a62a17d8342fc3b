"""What the policies drop of access that no role gives.

In: facts, access, drop rules. Out: a function from class and principal to the rule that drops the cell, and why.

A rule applies to a class when its globs cover every container of it, since a class is given or taken as a whole.
What no log could have shown does not count as unused, and where the directory was not read, nobody counts as unknown.
"""

from fnmatch import fnmatchcase

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.model.policies import DropRule, PoliciesSettings
from lakezones.model.usage import observe
from lakezones.propose.roles.residual import Drop


def read_drops(facts: Facts, access: Access, policies: PoliciesSettings) -> Drop:
    """Work out what the drop rules cover; the first rule that covers a cell drops it."""
    if not policies.drop:
        return lambda _class, _principal: None
    containers: dict[str, list[str]] = {}
    for class_id, container in access.container_classes.select("class_id", "container").iter_rows():
        containers.setdefault(class_id, []).append(container)
    principals = facts.table("principals")
    known = set(principals["principal_id"])
    disabled = set(principals.filter(~pl.col("enabled"))["principal_id"])
    use = {rule.name: _use(facts, access, rule) for rule in policies.drop if rule.when == "unused"}
    covered = {
        rule.name: {
            class_id
            for class_id, names in containers.items()
            if all(any(fnmatchcase(name, glob) for glob in rule.containers) for name in names)
        }
        for rule in policies.drop
    }

    def applies(rule: DropRule, class_id: str, principal: str) -> bool:
        if class_id not in covered[rule.name]:
            return False
        match rule.when:
            case "disabled":
                return principal in disabled
            case "unknown_principal":
                return facts.assessed("principals") and principal not in known
            case _:
                seen, used = use[rule.name]
                return class_id in seen and (class_id, principal) not in used

    def drop(class_id: str, principal: str) -> tuple[str, str] | None:
        for rule in policies.drop:
            if applies(rule, class_id, principal):
                return rule.name, rule.reason
        return None

    return drop


def _use(facts: Facts, access: Access, rule: DropRule) -> tuple[frozenset[str], set[tuple[str, str]]]:
    """Classes on which use in the rule's days would have been seen, and classes with the principals who used them."""
    observed = observe(facts, access.container_classes, days=rule.days)
    seen = observed.classes_seen(access.container_classes)
    rows = observed.rows.join(access.container_classes, on="container").select("class_id", "principal_id").unique()
    return seen, set(rows.iter_rows())
