"""Names of domains: those that tags, owners and the register use and those that departments fold to, made one list.

In: facts and access. Out: `Vocabulary`: what metadata and the register say of each container, and the domain of people.
Two names are one domain where they are written alike, or where each is the other's best match by what it stands on and
what its people hold.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy import sparse
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import MultinomialNB

from lakezones.model.frames import Access, Facts
from lakezones.propose.areas import MOST_AREAS, read_areas, spoken, words_of
from lakezones.propose.domains.settings import DomainsSettings
from lakezones.propose.domains.systems import read_systems
from lakezones.propose.domains.votes import FloatArray, beyond_share, tally
from lakezones.propose.zones.state import handles

UNKNOWN: Final = ""
"""Label of people whose department is known, but not its domain: what they have is nobody's by name."""

MIN_PEOPLE: Final = 3
"""One or two people are no area that a tag could be another name of."""

SURE: Final = 0.9
"""A person's domain is taken from what they hold where it is so likely, and where as many such guesses are right."""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What containers and people are said to belong to.

    Attributes
    ----------
    names : list of str
        Domains, sorted; `UNKNOWN` is first where there are people of unknown domains.
    said : DataFrame
        A row per container, by container: container, class_id, system, owner and steward (principal_id of the owner in
        metadata and in the register), tags (what it is tagged with where its tags disagree, else null), and domains:
        tag, register, owned (by its owner).
    people : DataFrame
        principal_id, label (domain or `UNKNOWN`), of those whose department says anything, or what they hold does.
    areas : DataFrame
        As `lakezones.propose.areas.read_areas` gives them.
    inferred
        How many people have their domain from what they hold.
    """

    names: list[str]
    said: pl.DataFrame
    people: pl.DataFrame
    areas: pl.DataFrame
    inferred: int


def canonical(name: str | None, settings: DomainsSettings) -> str | None:
    """The one way a domain's name is written: lower case, words joined by hyphens, aliases resolved.

    Examples
    --------
    >>> canonical("Retail  Banking", DomainsSettings(aliases={"retail-banking": "retail"}))
    'retail'
    """
    if name is None:
        return None
    words = "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
    return settings.aliases.get(name, settings.aliases.get(words, words)) or None


def read_vocabulary(facts: Facts, access: Access, settings: DomainsSettings) -> Vocabulary:
    """Read names of domains, and who and what bears them."""
    areas = read_areas(facts, settings)
    containers = pl.concat([access.container_classes["container"], facts.table("containers")["container"]])
    said = read_systems(facts, pl.DataFrame({"container": containers.unique().sort()}), settings)
    said = said.join(access.container_classes, on="container", how="left").with_columns(
        pl.col("class_id").fill_null("")
    )
    said = said.join(facts.said(settings.owner_keys, "owner_name"), on="container", how="left")
    said = _named_people(facts, said)
    spelled = _Spellings(areas, settings)
    # The register's spelling before the department's, the department's before the tags', these before the owners'.
    said = said.with_columns(register=spelled.of(said["register_area"]))
    said = _tags(facts, said, spelled, settings).with_columns(desk=spelled.of(_desks(said)))
    said = said.with_columns(_same(said, "tag", "register"))
    said = said.with_columns(_same(said.with_columns(stands=pl.coalesce("register", "tag")), "desk", "stands"))
    team = pl.format("team {}", pl.col("department").str.to_lowercase())
    groups = areas.select("principal_id", team=team, group=pl.coalesce(spelled.of(areas["area"]), team))
    # Where most have no department, each is a team of one: what they hold may still show their domain.
    alone = _users(facts).join(areas, on="principal_id", how="anti")
    alone = alone if alone.height > areas.height else alone.clear()
    alone = alone.select("principal_id", team=pl.format("team of {}", "principal_id"))
    groups = pl.concat([groups, alone.with_columns(group="team")])
    said, groups = _aligned(access, said, groups)
    groups = groups.filter(~pl.col("group").str.starts_with("team of "))
    guessed = _by_holdings(facts, access, groups)
    people = pl.concat([groups.select("principal_id", "group"), guessed]).sort("principal_id")
    is_team = pl.col("group").str.starts_with("team ")
    people = people.select("principal_id", label=pl.when(is_team).then(pl.lit(UNKNOWN)).otherwise("group"))
    named = people.filter(pl.col("label") != UNKNOWN)
    for source, target in (("owner", "owned"), ("steward", "stewarded")):
        said = said.join(named.rename({"principal_id": source, "label": target}), on=source, how="left")
    said = said.with_columns(owned=pl.coalesce("owned", "desk"), register=pl.coalesce("register", "stewarded"))
    names = {*named["label"], *said["tag"], *said["register"], *said["owned"]} - {None}
    people = people if named.height else named
    return Vocabulary(
        names=sorted(names | set(people["label"])),
        said=said.sort("container"),
        people=people,
        areas=areas,
        inferred=guessed.join(named, on="principal_id", how="semi").height,
    )


class _Spellings:
    """One spelling per name: that which came first, of names that are written alike but for case, accents and signs."""

    def __init__(self, areas: pl.DataFrame, settings: DomainsSettings) -> None:
        self.settings, self.first = settings, dict[str, str]()
        # A tag that is a team's name is its area's.
        folded = areas.select("department", "area").drop_nulls().unique().sort("department", "area")
        self.folded = {"".join(words_of(department)): area for department, area in folded.iter_rows()}

    def of(self, raw: pl.Series) -> pl.Series:
        """Names of domains for names as they are written."""
        found = {text: self._one(text) for text in raw.drop_nulls().unique().sort()}
        return raw.replace_strict(found, default=None, return_dtype=pl.String)

    def _one(self, raw: str) -> str | None:
        name = canonical(raw, self.settings)
        if name == canonical(raw, DomainsSettings()):
            area = self.folded.get("".join(words_of(raw)), spoken(raw) or raw)
            name = canonical(area, self.settings)
        return None if name is None else self.first.setdefault("".join(words_of(name)), name)


def _tags(facts: Facts, said: pl.DataFrame, spelled: _Spellings, settings: DomainsSettings) -> pl.DataFrame:
    """Add tag, and tags where there are several."""
    found = [facts.said((key,), "tag") for key in settings.metadata_keys]
    tags = pl.concat(found or [pl.DataFrame(schema={"container": pl.String, "tag": pl.String})])
    tags = tags.with_columns(spelled.of(tags["tag"])).drop_nulls().group_by("container", maintain_order=True).agg("tag")
    values = pl.col("tag").list.unique(maintain_order=True)
    tags = tags.select(
        "container", tag=values.list.first(), tags=pl.when(values.list.len() > 1).then(values.list.join(" and "))
    )
    return said.join(tags, on="container", how="left")


def _named_people(facts: Facts, said: pl.DataFrame) -> pl.DataFrame:
    """Add owner and steward: the people that owner_name and register_owner are, by id, name, address or short name."""
    users = _users(facts)
    ids = pl.concat([users.select("principal_id", handle=name) for name in ("principal_id", "name")])
    known: dict[str, set[str]] = {}
    for person, handle in pl.concat([ids, handles(facts).select("principal_id", "handle")]).drop_nulls().iter_rows():
        known.setdefault(" ".join(sorted(words_of(handle))), set()).add(person)
    for source, target in (("owner_name", "owner"), ("register_owner", "steward")):
        found = {}
        for text in said[source].drop_nulls().unique():
            tried = (" ".join(sorted(words_of(text))), "".join(words_of(text.split("@")[0])))
            found[text] = next((min(known[key]) for key in tried if len(known.get(key, ())) == 1), None)
        whom = pl.col(source).replace_strict(found, default=None, return_dtype=pl.String)
        said = said.with_columns(whom.alias(target))
    return said


def _users(facts: Facts) -> pl.DataFrame:
    return facts.table("principals").filter(pl.col("kind").cast(pl.String).fill_null("user") == "user")


def _desks(said: pl.DataFrame) -> pl.Series:
    """What owners that are no person are of: a mailbox or an office, without the words that most of them have."""
    texts = said.filter(pl.col("owner").is_null())["owner_name"].drop_nulls().unique().sort()
    words = {text: words_of(text.split("@")[0]) for text in texts}
    times = Counter(word for found in words.values() for word in set(found))
    own = {text: " ".join(word for word in found if times[word] <= 0.6 * len(words)) for text, found in words.items()}
    names = {text: name for text, name in own.items() if name}
    few = 1 < len(set(names.values())) <= MOST_AREAS
    return said["owner_name"].replace_strict(names if few else {}, default=None, return_dtype=pl.String)


def _same(said: pl.DataFrame, ours: str, theirs: str) -> pl.Expr:
    """A column of names, each replaced by the other column's name for the same domain."""
    return pl.col(ours).replace(_one_to_one(said.select(unit=ours, group=theirs).drop_nulls()))


def _aligned(access: Access, said: pl.DataFrame, groups: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give containers and people one name where they mean one domain by two.

    Parameters
    ----------
    groups : DataFrame
        principal_id, team, group: a domain, or the team where its department names none.
    """
    anchors = said.select("class_id", unit=pl.coalesce("register", "tag", "desk").fill_null(UNKNOWN)).unique()
    held = access.data_lane.select("class_id", "principal_id").join(anchors, on="class_id")
    held = held.join(groups, on="principal_id")
    is_area = pl.col("group") != pl.col("team")
    areas = groups.filter(is_area, pl.len().over("group") >= MIN_PEOPLE)["group"].unique()
    known = set(anchors["unit"]) - {UNKNOWN}
    alike = _one_to_one(held.filter(pl.col("group").is_in(areas.to_list())).select("unit", "group"))
    shown = _shown(held.select("unit", group="team")) if known else {}
    if len(known & set(groups["group"])) < 0.5 * len(known):
        matched = len(known & (set(groups["group"]) | alike.keys())) >= 0.5 * len(known)
        placed = pl.col("team").replace_strict(shown, default=None, return_dtype=pl.String)
        several = groups.filter(is_area).select("group", "team", placed=placed).unique().drop_nulls()
        agree = several.group_by("group").agg(pl.len() - 1, most=pl.col("placed").unique_counts().max() - 1)
        if not matched or int(agree["most"].sum()) < 0.7 * int(agree["len"].sum()):
            # Departments are named by something else than the business: what each one holds says where it belongs.
            groups, alike = groups.with_columns(group="team"), {}
    registered = set(said["register"].drop_nulls())
    by_area = {unit: group for unit, group in alike.items() if unit not in registered}
    by_unit = {group: unit for unit, group in alike.items() if unit in registered}
    return (
        said.with_columns(pl.col("tag", "desk").replace(by_area)),
        groups.with_columns(pl.col("group").replace({**by_unit, **shown})),
    )


def _counts(pairs: pl.DataFrame) -> tuple[list[str], list[str], FloatArray]:
    """Units, groups, and evidence that each unit is the group's more than anybody's."""
    units, groups = (pairs[name].unique().sort().to_list() for name in ("unit", "group"))
    unit, group = (pairs[name].rank("dense").cast(pl.Int64) - 1 for name in ("unit", "group"))
    return units, groups, beyond_share(tally(unit, group, (len(units), len(groups))))


def _one_to_one(pairs: pl.DataFrame) -> dict[str, str]:
    """Units that are a group under another name: each the other's best of those that no name matches already."""
    units, groups, scores = _counts(pairs)
    rows = [i for i, unit in enumerate(units) if unit != UNKNOWN and unit not in groups]
    columns = [j for j, group in enumerate(groups) if group not in units]
    loose = scores[np.ix_(rows, columns)]
    found = {}
    for i, row in enumerate(loose if columns else ()):
        j = int(row.argmax())
        if row[j] > 0.5 * max(row.sum(), loose[:, j].sum(), 0.5 * scores[rows[i]].sum(), 1e-9):
            found[units[rows[i]]] = groups[columns[j]]
    return found


def _shown(pairs: pl.DataFrame) -> dict[str, str]:
    """Groups whose domain is shown by what they hold: mostly what is tagged or registered, and that mostly as one."""
    units, groups, scores = _counts(pairs)
    found = {}
    for j, group in enumerate(groups):
        i = int(scores[:, j].argmax())
        if units[i] != UNKNOWN and scores[i, j] > max(2 / 3 * scores[:, j].sum(), 1.0):
            found[group] = units[i]
    return found


def _by_holdings(facts: Facts, access: Access, groups: pl.DataFrame) -> pl.DataFrame:
    """Groups of people without department, by what they hold and who manages them: principal_id, group.

    Teams without a domain are groups too, so that nobody is forced into a domain. Nothing is guessed where such guesses
    are not right of people out of sample.
    """
    users = _users(facts)
    held = access.data_lane.select("principal_id", feature=pl.format("{} {}", "class_id", "level"))
    managed = users.select("principal_id", feature="manager_id").drop_nulls()
    held = pl.concat([held, managed]).join(users, on="principal_id", how="semi")
    persons = held.select("principal_id").unique().sort("principal_id")
    persons = persons.join(groups, on="principal_id", how="left", maintain_order="left")
    known = persons.select((pl.col("group").is_not_null() & (pl.len().over("group") > 1)).alias("known"))["known"]
    unknown, target = persons["group"].is_null(), persons.filter(known)["group"].to_numpy()
    classes, sizes = np.unique(target, return_counts=True)
    empty = groups.select("principal_id", "group").clear()
    if not unknown.any() or classes.size < 2:
        return empty
    at = (held[name].rank("dense").to_numpy() - 1 for name in ("principal_id", "feature"))
    matrix = sparse.csr_matrix((np.ones(held.height), tuple(at)))
    model = MultinomialNB(alpha=0.1)
    tried = cross_val_predict(
        model, matrix[known.to_numpy()], target, cv=min(5, int(sizes.min())), method="predict_proba"
    )
    sure = tried.max(axis=1) >= SURE
    if sure.sum() < 10 or (classes[tried.argmax(axis=1)] == target)[sure].mean() < SURE:
        return empty
    chances = model.fit(matrix[known.to_numpy()], target).predict_proba(matrix[unknown.to_numpy()])
    guessed = persons.filter(unknown).select(
        "principal_id", group=pl.Series(classes[chances.argmax(axis=1)].astype(str))
    )
    return guessed.filter(chances.max(axis=1) >= SURE)
