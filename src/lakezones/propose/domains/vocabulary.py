"""Names of domains: those that tags, owners and the register use and those that departments fold to, made one list.

In: facts and access. Out: `Vocabulary`: what metadata and the register say of each container, and the domain of people.
Two names are one domain where they are written alike, or where each is the other's best match by what it stands on and
what its people hold.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import MultinomialNB

from lakezones.model.areas import MOST_AREAS, read_areas, spoken, words_of
from lakezones.model.attributes import handles
from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.settings import DomainsSettings
from lakezones.propose.domains.systems import read_systems
from lakezones.propose.domains.votes import FloatArray, beyond_share, tally

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
        As `lakezones.model.areas.read_areas` gives them.
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
    areas = read_areas(facts, settings.departments)
    containers = pl.concat([access.container_classes["container"], facts.table("containers")["container"]])
    said = read_systems(facts, pl.DataFrame({"container": containers.unique().sort()}), settings)
    said = said.join(access.container_classes, on="container", how="left").with_columns(
        pl.col("class_id").fill_null("")
    )
    said = said.join(facts.said(settings.owner_keys, "owner_name"), on="container", how="left")
    said = said.with_columns(_named_people(facts, said))
    spell = _speller(areas, settings)
    # The register's spelling before the department's, the department's before the tags', these before the owners'.
    said = said.with_columns(register=spell(said["register_area"])).join(
        _tags(facts, spell, settings), on="container", how="left"
    )
    said = said.with_columns(desk=spell(_desks(said)))
    said = said.with_columns(_same(said, "tag", "register"))
    said = said.with_columns(_same(said.with_columns(stands=pl.coalesce("register", "tag")), "desk", "stands"))
    team = pl.format("team {}", pl.col("department").str.to_lowercase())
    groups = areas.select("principal_id", team=team, group=pl.coalesce(spell(areas["area"]), team))
    # Where most have no department, each is a team of one: what they hold may still show their domain.
    alone = _users(facts).join(areas, on="principal_id", how="anti")
    alone = alone if alone.height > areas.height else alone.clear()
    alone = alone.select("principal_id", team=pl.format("team of {}", "principal_id")).with_columns(group="team")
    said, groups = _aligned(access, said, pl.concat([groups, alone]))
    groups = groups.filter(~pl.col("group").str.starts_with("team of ")).select("principal_id", "group")
    guessed = _by_holdings(facts, access, groups)
    is_team = pl.col("group").str.starts_with("team ")
    people = pl.concat([groups, guessed]).sort("principal_id")
    people = people.select("principal_id", label=pl.when(is_team).then(pl.lit(UNKNOWN)).otherwise("group"))
    named = people.filter(pl.col("label") != UNKNOWN)
    domain_of = dict(named.iter_rows())

    def of(column: str) -> pl.Expr:
        return pl.col(column).replace_strict(domain_of, default=None, return_dtype=pl.String)

    said = said.with_columns(owned=pl.coalesce(of("owner"), "desk"), register=pl.coalesce("register", of("steward")))
    people = people if named.height else named
    return Vocabulary(
        names=sorted({*people["label"], *said["tag"], *said["register"], *said["owned"]} - {None}),
        said=said.sort("container"),
        people=people,
        areas=areas,
        inferred=guessed.join(named, on="principal_id", how="semi").height,
    )


def _speller(areas: pl.DataFrame, settings: DomainsSettings) -> Callable[[pl.Series], pl.Series]:
    """One spelling per name: that which came first, of names that are written alike but for case, accents and signs."""
    first: dict[str, str] = {}
    # A tag that is a team's name is its area's.
    folded = areas.select("department", "area").drop_nulls().unique().sort("department", "area")
    of_team = {"".join(words_of(department)): area for department, area in folded.iter_rows()}

    def one(raw: str) -> str | None:
        name = canonical(raw, settings)
        if name == canonical(raw, DomainsSettings()):
            name = canonical(of_team.get("".join(words_of(raw)), spoken(raw) or raw), settings)
        return None if name is None else first.setdefault("".join(words_of(name)), name)

    def spell(raw: pl.Series) -> pl.Series:
        found = {text: one(text) for text in raw.drop_nulls().unique().sort()}
        return raw.replace_strict(found, default=None, return_dtype=pl.String)

    return spell


def _tags(facts: Facts, spell: Callable[[pl.Series], pl.Series], settings: DomainsSettings) -> pl.DataFrame:
    """Columns container, tag, and tags where there are several."""
    tags = pl.concat([facts.said((key,), "tag") for key in ("", *settings.metadata_keys)])
    values = pl.col("tag").unique(maintain_order=True)
    tags = tags.with_columns(spell(tags["tag"])).drop_nulls().group_by("container", maintain_order=True).agg(values)
    several = pl.when(pl.col("tag").list.len() > 1).then(pl.col("tag").list.join(" and "))
    return tags.select("container", pl.col("tag").list.first(), tags=several)


def _named_people(facts: Facts, said: pl.DataFrame) -> list[pl.Series]:
    """Owner and steward: the people that owner_name and register_owner are, by id, name, address or short name."""
    users = _users(facts)
    ids = [users.select("principal_id", handle=name) for name in ("principal_id", "name")]
    known = defaultdict[str, set[str]](set)
    for person, handle in pl.concat([*ids, handles(facts).select("principal_id", "handle")]).drop_nulls().iter_rows():
        known[" ".join(sorted(words_of(handle)))].add(person)

    def who(text: str) -> str | None:
        tried = (" ".join(sorted(words_of(text))), "".join(words_of(text.split("@")[0])))
        return next((min(known[key]) for key in tried if len(known.get(key, ())) == 1), None)

    found = {text: who(text) for text in {*said["owner_name"], *said["register_owner"]} - {None}}
    sources = {"owner": said["owner_name"], "steward": said["register_owner"]}
    return [
        texts.replace_strict(found, default=None, return_dtype=pl.String).alias(name) for name, texts in sources.items()
    ]


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
    areas = groups.filter(pl.col("group") != pl.col("team"), pl.len().over("group") >= MIN_PEOPLE)
    alike = _one_to_one(held.join(areas, on="principal_id", how="semi").select("unit", "group"))
    shown = _shown(held.select("unit", group="team"))
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
    held = pl.concat([held, managed]).join(users, on="principal_id", how="semi").sort("principal_id", "feature")
    persons = (
        held.group_by("principal_id", maintain_order=True)
        .agg("feature")
        .join(groups, on="principal_id", how="left", maintain_order="left")
    )
    unknown = persons["group"].is_null()
    known = ~unknown & persons.select(pl.len().over("group") > 1).to_series()
    target = persons.filter(known)["group"].to_numpy()
    classes, sizes = np.unique(target, return_counts=True)
    if not unknown.any() or classes.size < 2:
        return groups.clear()
    matrix = CountVectorizer(analyzer=list).fit_transform(persons["feature"].to_list())
    model, folds = MultinomialNB(alpha=0.1), min(5, int(sizes.min()))
    tried = cross_val_predict(model, matrix[known.to_numpy()], target, cv=folds, method="predict_proba")
    sure = tried.max(axis=1) >= SURE
    if sure.sum() < 10 or (classes[tried.argmax(axis=1)] == target)[sure].mean() < SURE:
        return groups.clear()
    chances = model.fit(matrix[known.to_numpy()], target).predict_proba(matrix[unknown.to_numpy()])
    guessed = pl.Series(classes[chances.argmax(axis=1)].astype(str))
    return persons.filter(unknown).select("principal_id", group=guessed).filter(chances.max(axis=1) >= SURE)
