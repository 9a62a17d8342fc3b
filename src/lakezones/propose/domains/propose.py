"""Propose an owning domain for every container.

In: facts and effective access. Out: columns container, domain, domain_confidence, domain_evidence; questions; figures.
Names come from `vocabulary`, evidence from `votes`, how far each kind of it is believed from `believe`.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.believe import Believer
from lakezones.propose.domains.questions import ask
from lakezones.propose.domains.settings import DomainsSettings
from lakezones.propose.domains.systems import words_in
from lakezones.propose.domains.vocabulary import UNKNOWN, Vocabulary, read_vocabulary
from lakezones.propose.domains.votes import SAID, company, gather

KINDS: Final[dict[str, tuple[float, str]]] = {
    "tag": (0.98, "tagged domain {}"),
    "register": (0.95, "system {} belongs to {}"),
    "owner": (0.9, "owned by somebody of {}"),
    "system": (0.8, "system {} belongs to {}"),
    "approver": (0.7, "access approved by people of {}"),
    "writer": (0.8, "written by people of {}"),
    "reader": (0.65, "read by people of {}"),
    "class": (0.8, "same grants as containers of {}"),
    "name": (0.6, "named like containers of {}"),
}
"""Kinds of evidence: how often each is expected to be right before this lake was seen, and words."""

CLEARLY: Final = 2.0
"""Log-odds from which evidence for another domain is mentioned."""

SUREST: Final = 0.99
"""No domain is surer than this."""


@dataclass(frozen=True, kw_only=True)
class Domaining:
    """Domains, and what was found with them.

    Attributes
    ----------
    domains : DataFrame
        container, domain (null where nothing carries), domain_confidence, domain_evidence; by container.
    questions : DataFrame
        As `lakezones.propose.domains.questions.ask` gives them.
    contradicted : Series of str
        Containers whose tags disagree.
    departments : DataFrame
        department, people, area (as the department says), domain (that of most of its people): how it was folded.
    summary : dict
        Counts, how far each kind of evidence is believed, and what was missing, in words.
    """

    domains: pl.DataFrame
    questions: pl.DataFrame
    contradicted: pl.Series
    departments: pl.DataFrame
    summary: dict[str, Any]


def propose_domains(facts: Facts, access: Access, *, settings: DomainsSettings) -> pl.DataFrame:
    """Domain of every container: the frame `domains` of `assign_domains`."""
    return assign_domains(facts, access, settings=settings).domains


def assign_domains(facts: Facts, access: Access, *, settings: DomainsSettings) -> Domaining:
    """Domain of every container, questions where it is not clear, and figures."""
    words = read_vocabulary(facts, access, settings)
    believer = _believer(facts, access, words)
    chances = believer.chances(list(KINDS))
    # The first two places stand for nothing: no domain has evidence, or those who have it are of none that is known.
    places = np.argsort(-np.pad(chances, ((0, 0), (2, 0))), axis=1, kind="stable")
    names = pl.Series([None, None, *(name or None for name in words.names)], dtype=pl.String)
    guess, second = (names.gather(places[:, at]) for at in (0, 1))
    surest = pl.Series(np.minimum(chances.max(axis=1, initial=0.0), SUREST)).round(4)
    chance = pl.when(guess.is_not_null()).then(surest).otherwise(0.0)
    found = words.said.with_columns(guess=guess, runner_up=second, chance=chance)
    likely = guess.is_not_null() & (pl.col("chance") >= settings.min_confidence)
    evidence = pl.when(likely).then(_evidence(found, believer, names))
    shared = _shared(words, facts, access, settings)
    found = found.with_columns(
        domain=pl.when(likely).then("guess"),
        domain_confidence=pl.when(likely).then("chance").otherwise(0.0),
        domain_evidence=pl.concat_str(evidence, shared, separator="; ", ignore_nulls=True).replace("", None),
    )
    questions = ask(facts, access, found, settings)
    label = pl.col("label").replace(UNKNOWN, None).mode().sort().first()
    departments = words.areas.join(words.people, on="principal_id", how="left").group_by("department")
    labelled = departments.agg(pl.len().alias("people"), pl.col("area").first(), domain=label)
    return Domaining(
        domains=found.select("container", "domain", "domain_confidence", "domain_evidence"),
        questions=questions,
        contradicted=found.filter(pl.col("tags").is_not_null())["container"],
        departments=labelled.sort("people", "department", descending=[True, False]),
        summary=_summary(words, believer, found, questions),
    )


def _believer(facts: Facts, access: Access, found: Vocabulary) -> Believer:
    """What each container has itself, then what its company says."""
    said, k = found.said, len(found.names)
    code = {name: i for i, name in enumerate(found.names)}
    coded = pl.col("tag", "register", "owned").replace_strict(code, default=None, return_dtype=pl.Int64)
    people = found.people.with_columns(pl.col("label").replace_strict(code, default=None, return_dtype=pl.Int64))
    scores = gather(facts, access, said.with_columns(coded), people, k)
    priors = {kind: prior for kind, (prior, _) in KINDS.items()}
    alone = Believer(scores, priors).fit()
    if k < 2:
        # Where there is one domain, its company would spread it to everything.
        return alone
    # Containers of one class have their people in common; only what is each one's own says anything of the others.
    chances, own, every = alone.chances(scores), alone.chances(SAID), np.arange(said.height)
    blocks = said["class_id"].rank("dense").to_numpy().astype(np.int64)
    rows = said.select("container", row=pl.int_range(pl.len()))
    # Names mostly hold the system: where it is known, they would say the same again.
    systems, words = rows.select("row", group=said["system"]), words_in(said.filter(pl.col("system").is_null()))
    near = {
        "system": company(chances, systems, blocks) + company(own, systems, every),
        "class": company(own, rows.select("row", group=said["class_id"]), every),
        "name": company(chances, words.join(rows, on="container").select("row", group="word"), blocks),
    }
    return Believer(scores | near, priors).fit()


def _evidence(found: pl.DataFrame, believer: Believer, names: pl.Series) -> pl.Series:
    """The two kinds that speak first for each domain, the first that clearly speaks for another, and tags at odds."""
    frame = found.select("guess", "tags", pl.col("system").alias("system of it"))
    for kind, (_, phrase) in KINDS.items():
        if kind in believer.votes_:
            words = pl.format(phrase, *["system of it"] * (phrase.count("{}") - 1), "said")
            same, odds = pl.col("said") == pl.col("guess"), pl.Series(believer.strength(kind))
            frame = frame.with_columns(names.gather(believer.votes_[kind][0] + 2).alias("said")).with_columns(
                pl.when(same & (odds > 0)).then(words).alias(f"for {kind}"),
                pl.when(~same & (odds > CLEARLY)).then(pl.format("but {}", words)).alias(f"but {kind}"),
            )

    def first(which: str, n: int) -> pl.Expr:
        columns = [name for name in frame.columns if name.startswith(which)]
        return (
            pl.concat_list(pl.lit(None, pl.String), *columns)
            .list.drop_nulls()
            .list.unique(maintain_order=True)
            .list.head(n)
        )

    at_odds = pl.format("its tags disagree: {}", "tags")
    said = pl.concat_list(first("for ", 2), first("but ", 1), at_odds).list.drop_nulls().list.join("; ")
    return frame.select(said).to_series()


def _shared(words: Vocabulary, facts: Facts, access: Access, settings: DomainsSettings) -> pl.Series:
    """``shared by N domains`` where the people of so many domains use a container (hold it, if use is unknown)."""
    held = access.container_classes.join(access.data_lane, on="class_id") if facts.usage is None else facts.usage
    people = words.people.filter(pl.col("label") != UNKNOWN)
    counted = held.join(people, on="principal_id").group_by("container").agg(domains=pl.col("label").n_unique())
    marked = words.said.select("container").join(counted, on="container", how="left", maintain_order="left")
    enough = pl.col("domains") >= settings.shared_domains
    return marked.select(pl.when(enough).then(pl.format("shared by {} domains", "domains"))).to_series()


def _summary(words: Vocabulary, believer: Believer, found: pl.DataFrame, questions: pl.DataFrame) -> dict[str, Any]:
    areas, known = words.areas, words.areas["area"].drop_nulls()
    tags = found["tags"].drop_nulls().len()
    notes = {
        "nobody has a department: who holds what says nothing of domains": not areas.height,
        "no department names a business area: give areas of departments in domains.departments": areas.height
        and not known.len(),
        "all departments are of one area: who holds what tells no domains apart": known.n_unique() == 1,
        f"containers whose tags disagree: {tags}; see domain_questions.csv": tags,
        "nothing names a domain: domains are not assessed": not words.names,
    }
    return {
        "domains": found["domain"].drop_nulls().n_unique(),
        "containers": found["domain"].drop_nulls().len(),
        "not_assessed": found["domain"].null_count(),
        "questions": questions.height,
        "people_with_department": areas.height,
        "people_with_area": known.len(),
        "people_by_holdings": words.inferred,
        "right": {kind: round(float(np.median(right)), 3) for kind, right in sorted(believer.rights_.items())},
        "notes": [note for note, holds in notes.items() if holds],
    }
