"""Access that ACL entries give only together: two groups of which one opens the folder and the other the file.

In: a `Model` and the raw facts. Out: the model with such access as grants of their own, worked out here from the ACLs.
A grant of this kind ends with the first of the memberships it rests on, whatever is left.
"""

from dataclasses import replace

from lakezones.model.frames import Facts
from lakezones.model.levels import Level
from lakezones.verify.grants import DATA, Grant
from lakezones.verify.model import NOBODY, Model, less
from lakezones.verify.rules.acls import PathAcl, paths_of
from lakezones.verify.rules.memberships import active_memberships
from lakezones.verify.state import LakeState, Script


def with_joint_grants(model: Model, facts: Facts, script: Script) -> Model:
    """Add what people hold by several ACL entries together, where their grants one by one give less."""
    start = LakeState(model, script)
    missing = [
        less(found, levels.get(DATA, NOBODY)) for found, levels in zip(model.effective, start.start, strict=True)
    ]
    concerned = [index for index, some in enumerate(missing) if any(some)]
    if not concerned:
        return model
    acls = paths_of(facts, {model.cohorts[index].container for index in concerned})
    above: dict[str, set[str]] = {}
    for group, member in active_memberships(facts):
        above.setdefault(member, set()).add(group)
    grants = list(model.grants)
    for index in concerned:
        paths = acls.get(model.cohorts[index].container, {})
        named = {name for acl in paths.values() for name in acl.groups}
        read, write, manage = missing[index]
        for person in model.names(read | write | manage):
            belongs = frozenset(_reached(person, above) & named)
            level = certain_level(paths, person, belongs)
            if level:
                one = Grant(person, DATA, level, "acl_entry", "", wide=False, needs=belongs)
                grants[index] |= {one}
    return replace(model, grants=grants)


def certain_level(paths: dict[str, PathAcl], user: str, groups: frozenset[str]) -> int:
    """Level bits that hold on every file that was read, on a container whose root was read; 0 where none does.

    Reading needs ``r`` on the file, writing ``w`` on it and ``wx`` on its folder, both ``x`` on every folder above:
    https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control#common-scenarios-related-to-acl-permissions
    """
    files = [path for path, acl in paths.items() if not acl.folder]
    if not files or "" not in paths:
        return 0
    level = int(Level.READ | Level.WRITE)
    for path in files:
        parts = path.split("/")[:-1]
        folders = [name for n in range(len(parts) + 1) if (name := "/".join(parts[:n])) in paths]
        if not all(paths[name].allows("x", user, groups) for name in folders):
            return 0
        if not paths[path].allows("r", user, groups):
            level &= ~int(Level.READ)
        inside = folders[-1] != "/".join(parts) or paths[folders[-1]].allows("wx", user, groups)
        if not (inside and paths[path].allows("w", user, groups)):
            level &= ~int(Level.WRITE)
    return level


def _reached(person: str, above: dict[str, set[str]]) -> set[str]:
    """Every group the person is in, at any depth."""
    found: set[str] = set()
    todo = [person]
    while todo:
        more = above.get(todo.pop(), set()) - found
        found |= more
        todo += more
    return found
