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

MIN_PEOPLE: Final = 3
"""Fewest people of a department whose holdings show what its domain is."""

SURE: Final = 0.9
"""A person's domain is taken from what they hold where it is so likely, and where as many such guesses are right."""


UNKNOWN: Final = ""
"""Label of people whose department is known, but not its domain: what they have is nobody's by name."""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What containers and people are said to belong to.

    Attributes
    ----------
    names : list of str
        Domains, sorted; `UNKNOWN` is first where there are people of unknown domains.
    said : DataFrame
        A row per container, by container: container, class_id, system, owner and steward (principal_id of the owner in
        metadata and in the register), tags (what it is tagged with where its tags disagree, else null), by_setting (the
        tag is that of its system in the settings), and domains: tag, register, owned (by its owner).
    people : DataFrame
        principal_id, label (domain), of those whose department names or shows one.
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
    said = _named_people(facts, _said(facts, access, settings))
    written = _Spellings(areas, settings)
    said = said.with_columns(register=written.of(said["register_area"]))
    said = _tags(facts, said, written, settings)
    said = said.with_columns(
        desk=written.of(_desks(said, "owner_name", "owner")),
        office=written.of(_desks(said, "register_owner", "steward")),
    )
    said = said.with_columns(pl.coalesce("register", "office").alias("register"))
    # The register's spelling before the department's, the department's before the tags', these before the owners'.
    said = said.with_columns(pl.col("tag").replace(_one_to_one(said.select(unit="tag", group="register").drop_nulls())))
    stands = pl.coalesce("register", "tag")
    same = _one_to_one(said.select(unit="desk", group=stands).drop_nulls())
    said = said.with_columns(pl.col("desk").replace(same))
    groups = areas.select(
        "principal_id",
        "department",
        group=pl.coalesce(written.of(areas["area"]), pl.format("team {}", pl.col("department").str.to_lowercase())),
    )
    said, groups = _aligned(access, said, groups)
    guessed = _by_holdings(facts, access, groups.select("principal_id", label="group"))
    people = pl.concat([groups.select("principal_id", label="group"), guessed]).sort("principal_id")
    team = pl.col("label").str.starts_with("team ")
    people = people.with_columns(label=pl.when(team).then(pl.lit(UNKNOWN)).otherwise("label"))
    for source, target in (("owner", "owned"), ("steward", "stewarded")):
        owned = people.filter(pl.col("label") != UNKNOWN).rename({"principal_id": source, "label": target})
        said = said.join(owned, on=source, how="left")
    said = said.with_columns(owned=pl.coalesce("owned", "desk"), register=pl.coalesce("register", "stewarded"))
    named = people.filter(pl.col("label") != UNKNOWN)
    if named.is_empty():
        people = named
    every = {*people["label"], *said["tag"], *said["register"], *said["owned"]} - {None}
    return Vocabulary(
        names=sorted(every),
        said=said.sort("container"),
        people=people,
        areas=areas,
        inferred=guessed.join(named, on="principal_id", how="semi").height,
    )


class _Spellings:
    """One spelling per name: that of the register or of departments where one of them is written alike."""

    def __init__(self, areas: pl.DataFrame, settings: DomainsSettings) -> None:
        self.settings, self.by_key = settings, dict[str, str]()
        # A tag that is a team's name is its area's.
        self.folded = {
            _key(d): a
            for d, a in areas.select("department", "area").drop_nulls().unique().sort("department").iter_rows()
        }
        self.of(areas["area"].unique().sort())

    def of(self, raw: pl.Series) -> pl.Series:
        """Names of domains for names as they are written."""
        found = {text: self._one(text) for text in raw.drop_nulls().unique().sort()}
        return raw.replace_strict(found, default=None, return_dtype=pl.String)

    def _one(self, raw: str) -> str | None:
        given, name = canonical(raw, DomainsSettings()), canonical(raw, self.settings)
        if name is not None and name == given:
            plain = canonical(spoken(raw), self.settings)
            name = canonical(self.folded.get(_key(raw)), self.settings) or plain or name
        return None if name is None else self.by_key.setdefault(_key(name), name)


def _key(text: str) -> str:
    return "".join(words_of(text))


def _said(facts: Facts, access: Access, settings: DomainsSettings) -> pl.DataFrame:
    """container, class_id, system, register_area, register_owner, owner_name."""
    containers = pl.concat([access.container_classes["container"], facts.table("containers")["container"]])
    said = read_systems(facts, pl.DataFrame({"container": containers.unique().sort()}), settings)
    said = said.join(access.container_classes, on="container", how="left").with_columns(
        pl.col("class_id").fill_null("")
    )
    return said.join(facts.said(settings.owner_keys, "owner_name"), on="container", how="left")


def _tags(facts: Facts, said: pl.DataFrame, written: _Spellings, settings: DomainsSettings) -> pl.DataFrame:
    """Add tag, tags, by_setting."""
    tags = pl.concat(
        [facts.said((key,), "tag").with_columns(rank=pl.lit(i)) for i, key in enumerate(settings.metadata_keys)]
        or [pl.DataFrame(schema={"container": pl.String, "tag": pl.String, "rank": pl.Int32})]
    )
    tags = (
        tags.with_columns(tag=written.of(tags["tag"]))
        .drop_nulls("tag")
        .sort("container", "rank")
        .group_by("container", maintain_order=True)
        .agg(pl.col("tag").first(), tags=pl.col("tag").unique(maintain_order=True))
        .with_columns(tags=pl.when(pl.col("tags").list.len() > 1).then(pl.col("tags").list.join(" and ")))
    )
    given = {system.lower(): canonical(name, settings) for system, name in settings.systems.items()}
    by_system = pl.col("system").str.to_lowercase().replace_strict(given, default=None, return_dtype=pl.String)
    return said.join(tags, on="container", how="left").with_columns(
        by_setting=pl.col("tag").is_null() & by_system.is_not_null(), tag=pl.coalesce("tag", by_system)
    )


def _named_people(facts: Facts, said: pl.DataFrame) -> pl.DataFrame:
    """Add owner and steward: the people that owner_name and register_owner are, by id, name, address or short name."""
    users = facts.table("principals").filter(pl.col("kind").cast(pl.String).fill_null("user") == "user")
    spelled = pl.concat(
        [
            users.select("principal_id", handle="principal_id"),
            users.select("principal_id", handle="name").drop_nulls(),
            handles(facts).select("principal_id", "handle"),
        ]
    )
    keys = {text: " ".join(sorted(words_of(text))) for text in spelled["handle"]}
    spelled = spelled.with_columns(pl.col("handle").replace_strict(keys, return_dtype=pl.String)).unique()
    one = dict(spelled.filter(pl.len().over("handle") == 1).select("handle", "principal_id").iter_rows())
    for source, target in (("owner_name", "owner"), ("register_owner", "steward")):
        found = {
            text: one.get(" ".join(sorted(words_of(text)))) or one.get("".join(words_of(text.split("@")[0])))
            for text in said[source].drop_nulls().unique()
        }
        said = said.with_columns(
            pl.col(source).replace_strict(found, default=None, return_dtype=pl.String).alias(target)
        )
    return said


def _desks(said: pl.DataFrame, source: str, person: str) -> pl.Series:
    """What owners that are no person are of: a mailbox or an office, without the words that all of them have."""
    desks = said.filter(pl.col(person).is_null())[source].drop_nulls().unique().sort()
    words = {text: words_of(text.split("@")[0]) for text in desks}
    times = Counter(word for text in words for word in set(words[text]))
    own = {text: " ".join(word for word in found if times[word] <= 0.6 * len(words)) for text, found in words.items()}
    names = {text: name for text, name in own.items() if name}
    if not 1 < len(set(names.values())) <= MOST_AREAS:
        names = {}
    return said[source].replace_strict(names, default=None, return_dtype=pl.String)


def _aligned(access: Access, said: pl.DataFrame, groups: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give containers and people one name where they mean one domain by two.

    Parameters
    ----------
    groups : DataFrame
        principal_id, department, group: a domain, or ``team`` and the department where it names none.
    """
    # One or two people are no area that a tag could be another name of.
    many = groups.filter(pl.len().over("group") >= MIN_PEOPLE)
    stands = pl.coalesce("register", "tag", "desk").fill_null("")
    anchors = said.select("class_id", unit=stands).unique()
    held = access.data_lane.select("class_id", "principal_id").join(anchors, on="class_id")
    alike = _one_to_one(held.join(many, on="principal_id").filter(~pl.col("group").str.starts_with("team ")))
    known, areas = set(anchors["unit"]) - {""}, {g for g in groups["group"] if not g.startswith("team ")}
    teams = groups.with_columns(area="group", group=pl.format("team {}", pl.col("department").str.to_lowercase()))
    shown = _shown(held.join(teams, on="principal_id")) if known else {}
    named = len(known & areas) >= 0.5 * len(known)
    if not named and (len(known & (areas | alike.keys())) < 0.5 * len(known) or _at_odds(teams, shown)):
        # Departments are named by something else than the business: only what each one holds says where it belongs.
        groups, alike = groups.with_columns(group=teams["group"]), {}
    registered = set(said["register"].drop_nulls())
    by_area = {unit: group for unit, group in alike.items() if unit not in registered}
    by_unit = {group: unit for unit, group in alike.items() if unit in registered}
    return (
        said.with_columns(pl.col("tag", "desk").replace(by_area)),
        groups.with_columns(pl.col("group").replace(by_unit).replace(shown)),
    )


def _counts(pairs: pl.DataFrame) -> tuple[list[str], list[str], FloatArray]:
    """Units, groups, and evidence that each unit is the group's more than anybody's."""
    units, groups = (pairs[name].unique().sort().to_list() for name in ("unit", "group"))
    at = pairs.select(
        unit=pl.col("unit").replace_strict({x: i for i, x in enumerate(units)}, return_dtype=pl.Int64),
        label=pl.col("group").replace_strict({x: i for i, x in enumerate(groups)}, return_dtype=pl.Int64),
    )
    return units, groups, beyond_share(tally(at, len(units), len(groups)))


def _one_to_one(pairs: pl.DataFrame) -> dict[str, str]:
    """Units that are a group under another name: each the other's best of those that no name matches already."""
    if pairs.is_empty():
        return {}
    units, groups, scores = _counts(pairs)
    rows = [i for i, unit in enumerate(units) if unit and unit not in groups]
    columns = [j for j, group in enumerate(groups) if group not in units]
    if not rows or not columns:
        return {}
    loose = scores[np.ix_(rows, columns)]
    found = {}
    for i, row in enumerate(loose):
        j = int(row.argmax())
        if row[j] > 0.5 * max(row.sum(), loose[:, j].sum(), 0.5 * scores[rows[i]].sum(), 1e-9):
            found[units[rows[i]]] = groups[columns[j]]
    return found


def _shown(pairs: pl.DataFrame) -> dict[str, str]:
    """Teams whose domain is shown by what they hold: mostly what is tagged or registered, and that mostly as one."""
    if pairs.is_empty():
        return {}
    units, groups, scores = _counts(pairs)
    total, best = scores.sum(axis=0), scores.argmax(axis=0)
    return {
        group: units[best[j]]
        for j, group in enumerate(groups)
        if group.startswith("team ") and units[best[j]] and scores[best[j], j] > max(2 / 3 * total[j], 1.0)
    }


def _at_odds(teams: pl.DataFrame, shown: dict[str, str]) -> bool:
    """Whether teams that are written as of one area are shown to be of several."""
    pairs = (
        teams.select("area", "group")
        .unique()
        .with_columns(unit=pl.col("group").replace_strict(shown, default=None, return_dtype=pl.String))
    )
    per = pairs.drop_nulls().group_by("area").agg(teams=pl.len(), most=pl.col("unit").unique_counts().max())
    return int((per["most"] - 1).sum()) < 0.7 * int((per["teams"] - 1).sum())


def _by_holdings(facts: Facts, access: Access, people: pl.DataFrame) -> pl.DataFrame:
    """Domain of people without department, by what they hold and who manages them, if that finds others' out of sample.

    Parameters
    ----------
    people : DataFrame
        principal_id, label: a domain, or a team of which none is known, so that nobody is forced into a domain.

    Returns
    -------
    DataFrame
        principal_id, label.
    """
    empty = people.clear()
    users = facts.table("principals").filter(pl.col("kind").cast(pl.String).fill_null("user") == "user")
    features = (
        pl.concat(
            [
                access.data_lane.select("principal_id", feature=pl.format("{} {}", "class_id", "level")),
                users.select("principal_id", feature=pl.format("manager {}", "manager_id")).drop_nulls(),
            ]
        )
        .join(users, on="principal_id", how="semi")
        .unique()
    )
    if features.is_empty() or people["label"].n_unique() < 2:
        return empty
    persons = features["principal_id"].unique().sort()
    row, column = (
        features["principal_id"].rank("dense").to_numpy() - 1,
        features["feature"].rank("dense").to_numpy() - 1,
    )
    matrix = sparse.csr_matrix((np.ones(row.size), (row, column)))
    labels = persons.to_frame().join(people, on="principal_id", how="left", maintain_order="left")["label"]
    known = labels.is_not_null().to_numpy()
    target = labels.filter(labels.is_not_null()).to_numpy()
    folds = min(5, int(np.unique(target, return_counts=True)[1].min()))
    if known.all() or folds < 2:
        return empty
    model = MultinomialNB(alpha=0.1)
    tried = cross_val_predict(model, matrix[known], target, cv=folds, method="predict_proba")
    sure = tried.max(axis=1) >= SURE
    classes = np.unique(target)
    if sure.sum() < 10 or (classes[tried.argmax(axis=1)] == target)[sure].mean() < SURE:
        return empty
    chances = model.fit(matrix[known], target).predict_proba(matrix[~known])
    guessed = pl.DataFrame(
        {"principal_id": persons.filter(~known), "label": classes[chances.argmax(axis=1)].astype(str)}
    )
    return guessed.filter(chances.max(axis=1) >= SURE).cast(people.schema)
