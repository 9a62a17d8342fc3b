"""Names that reviewers give: whether a group can be called so, and whether another one is."""

import re
from collections.abc import Iterable, Sequence
from string import Formatter

from lakezones.model.identity import plain
from lakezones.model.levels import LABELS
from lakezones.model.naming import NamingSettings
from lakezones.review.checks.problem import Problem, Shape, detail_of, refused, warning
from lakezones.review.decisions.drafts import Draft
from lakezones.review.dossier.known import Known


def name_problems(
    known: Known, naming: NamingSettings, name: str, shape: Shape, role_id: str, beside: Sequence[Draft]
) -> Iterable[Problem]:
    """A name that no other group has, that Entra takes, and that says what the others say."""
    said = name.strip()
    if not plain(said):
        yield refused("The new name is empty.", role_id)
        return
    taken = _taken(known, role_id, beside)
    if (other := taken.get(plain(said))) is not None:
        yield refused(f"{other} is called {said} already: give another name.", role_id)
    if len(said) > naming.max_length:
        yield refused(f"The name has {len(said)} characters, and {naming.max_length} are allowed: shorten it.", role_id)
    if strange := sorted(set(re.findall(r"[^A-Za-z0-9_.-]", said))):
        marks = " ".join("a blank" if one.isspace() else one for one in strange)
        yield refused(f"A group's name has letters, digits and {naming.separator}, not {marks}.", role_id)
    elif not re.fullmatch(_pattern(naming, shape), said, re.IGNORECASE):
        example = known.roles[role_id]["name"]
        yield warning(f"The name does not follow the pattern of the others, such as {example}.", role_id)


def _pattern(naming: NamingSettings, shape: Shape) -> str:
    """The pattern of role names as a regular expression, for a role of this layer and level."""
    widest = LABELS[max(shape.content.values(), default=1)]
    fixed = {
        "prefix": naming.prefix,
        "environment": naming.environment,
        "kind": naming.kind(shape.layer),
        "access": naming.access.word(widest) if widest in ("read", "write", "manage") else "",
    }
    free, marks = "[A-Za-z0-9_.-]+", "-_."
    pieces: list[str] = []
    for before, part, _, _ in Formatter().parse(naming.role):
        if literal := before.strip(marks):
            pieces.append(re.escape(literal))
        if part is None:
            continue
        # Area and job stand side by side, and either may be empty.
        piece = re.escape(fixed[part]) if part in fixed else free
        if piece and not (piece == free and pieces[-1:] == [free]):
            pieces.append(piece)
    return f"[{re.escape(marks)}]".join(pieces)


def _taken(known: Known, role_id: str, beside: Sequence[Draft]) -> dict[str, str]:
    """Names of groups that there are or would be, with what has them."""
    taken = {plain(name): "A group of the directory" for name in known.group_names}
    taken |= {plain(name): "A resource group" for name in known.proposal.resource_groups["name"]}
    taken |= {plain(row["name"]): "Another role" for one, row in known.roles.items() if one != role_id}
    for one in beside:
        if one.object_kind != "role" or one.object_id == role_id or one.part_kind:
            continue
        detail = detail_of(one)
        parts = detail.get("roles")
        names = (
            [detail.get("name"), *(part.get("name") for part in parts if isinstance(part, dict))]
            if isinstance(parts, list)
            else [detail.get("name")]
        )
        taken |= {plain(name): "Another role, by a pending change," for name in names if isinstance(name, str)}
    return taken
