"""Propose an owning domain for every container.

In: facts and effective access. Out: columns container, domain, domain_confidence, domain_evidence; questions; figures.
Names come from `vocabulary`, evidence from `votes`, how far each kind is believed from `believe`.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from lakezones.model import lineage as lin
from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.believe import Believer, Vote, company, softmax, temperature, vote
from lakezones.propose.domains.questions import ask
from lakezones.propose.domains.settings import DomainsSettings
from lakezones.propose.domains.systems import words_in
from lakezones.propose.domains.vocabulary import UNKNOWN, Vocabulary, read_vocabulary
from lakezones.propose.domains.votes import KINDS, FloatArray, IntArray, gather

COMPANY: Final[dict[str, tuple[float, str]]] = {
    "system": (0.8, "its system is otherwise of {}"),
    "account": (0.6, "in one account with containers of {}"),
    "class": (0.8, "same grants as containers of {}"),
    "name": (0.6, "named like containers of {}"),
    "lineage": (0.5, "in one lineage with containers of {}"),
}
"""Kinds of company: how often each is expected to be right, and words."""


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
    summary : dict
        Counts, how far each kind of evidence is believed, and what was missing, in words.
    """

    domains: pl.DataFrame
    questions: pl.DataFrame
    contradicted: pl.Series
    summary: dict[str, Any]


def propose_domains(facts: Facts, access: Access, *, settings: DomainsSettings) -> pl.DataFrame:
    """Domain of every container: the frame `domains` of `assign_domains`."""
    return assign_domains(facts, access, settings=settings).domains


def assign_domains(facts: Facts, access: Access, *, settings: DomainsSettings) -> Domaining:
    """Domain of every container, questions where it is not clear, and figures."""
    words = read_vocabulary(facts, access, settings)
    k = len(words.names)
    code = {name: i for i, name in enumerate(words.names)}
    coded = pl.col("tag", "register", "owned").replace_strict(code, default=None, return_dtype=pl.Int64)
    said = words.said.with_columns(coded).with_columns(owner="owned")
    people = words.people.with_columns(pl.col("label").replace_strict(code, default=None, return_dtype=pl.Int64))
    votes = {kind: vote(scores, KINDS[kind][0]) for kind, scores in gather(facts, access, said, people, k).items()}
    believer = _with_company(facts, words, votes, k)
    order = [kind for kind in KINDS if kind in believer.votes]
    factor = temperature(believer, order) if k > 1 else 1.0
    chances = softmax(believer.log_odds() * factor)
    domains = _frame(words, believer, chances, settings, _shared(words, facts, access, settings))
    questions = ask(facts, access, domains, settings)
    summary = _summary(words, believer, domains, questions)
    return Domaining(
        domains=domains.select("container", "domain", "domain_confidence", "domain_evidence"),
        questions=questions,
        contradicted=domains.filter(pl.col("tags").is_not_null())["container"],
        summary=summary,
    )


def _with_company(facts: Facts, words: Vocabulary, votes: dict[str, Vote], k: int) -> Believer:
    said = words.said
    blocks = said["class_id"].rank("dense").to_numpy().astype(np.int64)
    weights = 1.0 / np.sqrt(said.select(pl.len().over("class_id", "system", "tag")).to_series().to_numpy())
    spoken = {kind: one for kind, one in votes.items() if (one.domain >= 0).any()}
    alone = Believer(spoken, k, weights).fit()
    chances = alone.chances()
    # Containers of one class have its people in common; only what is each one's own says anything of the others.
    own = alone.chances(("tag", "owner", "job"))
    every = np.arange(said.height)
    # Names mostly hold the system: where it is known, they would say the same again.
    bare = said.with_row_index("row").filter(pl.col("system").is_null())
    names = words_in(bare).join(bare, on="container").select("row", group="word")
    edges = lin.build(facts, said["container"]).adjacency()

    def mates(groups: pl.DataFrame) -> FloatArray:
        known = groups.drop_nulls().unique().sort("row", "group")
        at, codes = known["row"].to_numpy().astype(np.int64), known["group"].rank("dense").to_numpy().astype(np.int64)
        return company(chances, at, codes, blocks) + company(own, at, codes, every)

    near = {
        "system": mates(said.with_row_index("row").select("row", group="system")),
        "account": mates(said.with_row_index("row").select("row", group=_accounts(facts, said))),
        "class": company(own, every, blocks, every),
        "name": mates(names),
        "lineage": np.asarray(((edges + edges.T) > 0).astype(np.float64) @ chances),
    }
    company_votes = {kind: vote(scores, COMPANY[kind][0]) for kind, scores in near.items()}
    # Where there is one domain, its company would spread it to everything.
    spoken |= {kind: one for kind, one in company_votes.items() if k > 1 and (one.domain >= 0).any()}
    return Believer(spoken, k, weights).fit()


def _accounts(facts: Facts, said: pl.DataFrame) -> pl.Series:
    """Storage account of every container; nothing where there is but one."""
    accounts = facts.table("containers").select("container", "account")
    found = said.select("container").join(accounts, on="container", how="left", maintain_order="left")["account"]
    return found if found.n_unique() > 1 else found.clear(found.len())


def _frame(
    words: Vocabulary, believer: Believer, chances: FloatArray, settings: DomainsSettings, shared: pl.Series
) -> pl.DataFrame:
    """What `vocabulary` says of containers, with guess, runner_up, chance, domain, domain_confidence and evidence."""
    n, k = chances.shape
    best = chances.argmax(axis=1) if k else np.zeros(n, dtype=np.int64)
    second = np.where(np.arange(k) == best[:, None], -1.0, chances).argmax(axis=1) if k > 1 else best
    heard = believer.log_odds().max(axis=1, initial=0.0) > 0
    named = np.array([bool(name) for name in words.names] or [False])[best if k else np.zeros(n, dtype=np.int64)]
    names = pl.Series([name or None for name in words.names] + [None], dtype=pl.String)
    frame = words.said.with_columns(
        guess=names.gather(np.where(heard, best, k)),
        runner_up=names.gather(np.where(heard & (k > 1), second, k)),
        chance=pl.Series(np.where(heard & named, np.minimum(chances.max(axis=1, initial=0.0), SUREST), 0.0)).round(4),
        said=_evidence(words, believer, best),
        shared=shared,
    )
    likely = pl.col("guess").is_not_null() & (pl.col("chance") >= settings.min_confidence)
    evidence = pl.concat_str(pl.when(likely).then("said"), "shared", separator="; ", ignore_nulls=True)
    return frame.with_columns(
        domain=pl.when(likely).then("guess"),
        domain_confidence=pl.when(likely).then("chance").otherwise(0.0),
        domain_evidence=evidence.replace("", None),
    )


def _evidence(words: Vocabulary, believer: Believer, best: IntArray) -> pl.Series:
    """What speaks most for each domain, the two strongest kinds, and what speaks clearly for another one."""
    kinds = list(believer.votes)
    phrases = {kind: text for kind, (_, text) in {**KINDS, **COMPANY}.items()}
    strength = np.stack([believer.strength(kind) for kind in kinds] or [np.zeros(best.size)])
    voted = np.stack([believer.votes[kind].domain for kind in kinds] or [np.full(best.size, -1)])
    order = np.argsort(-np.where(voted == best, strength, 0.0), axis=0, kind="stable")[:2]
    against = np.where((voted != best) & (voted >= 0), strength, 0.0)
    other = against.argmax(axis=0)
    said = words.said.select("system", "tags", "by_setting").rows()
    texts: list[str | None] = []
    for row, (system, tags, by_setting) in enumerate(said):
        parts = []
        for i in order[:, row]:
            if voted[i, row] == best[row] and words.names[best[row]] and strength[i, row] > 0:
                kind, name = kinds[i], words.names[best[row]]
                of_system = system is not None and (kind in ("register", "system") or (kind == "tag" and by_setting))
                parts.append(f"system {system} belongs to {name}" if of_system else phrases[kind].format(name))
        if against[other[row], row] > CLEARLY and words.names[voted[other[row], row]]:
            parts.append("but " + phrases[kinds[other[row]]].format(words.names[voted[other[row], row]]))
        if tags:
            parts.append(f"its tags disagree: {tags}")
        texts.append("; ".join(parts) or None)
    return pl.Series("said", texts, dtype=pl.String)


def _shared(words: Vocabulary, facts: Facts, access: Access, settings: DomainsSettings) -> pl.Series:
    """``shared by N domains`` where the people of so many domains use a container (hold it, if use is unknown)."""
    people = words.people.filter(pl.col("label") != UNKNOWN)
    if facts.usage is not None:
        who = facts.usage.join(people, on="principal_id").group_by("container")
        counted = who.agg(domains=pl.col("label").n_unique())
    else:
        held = access.data_lane.join(people, on="principal_id").group_by("class_id")
        counted = access.container_classes.join(held.agg(domains=pl.col("label").n_unique()), on="class_id")
    marked = words.said.select("container").join(counted, on="container", how="left", maintain_order="left")
    enough = pl.col("domains") >= settings.shared_domains
    return marked.select(pl.when(enough).then(pl.format("shared by {} domains", "domains"))).to_series()


def _summary(words: Vocabulary, believer: Believer, domains: pl.DataFrame, questions: pl.DataFrame) -> dict[str, Any]:
    areas = words.areas
    known = int(areas["area"].drop_nulls().len())
    notes = []
    if not areas.height:
        notes.append("nobody has a department: domains come from tags, the register and systems alone")
    elif not known:
        notes.append("no department names a business area: give their areas in domains.departments")
    elif areas["area"].n_unique() == 1:
        notes.append("all departments are of one area: who holds what tells no domains apart")
    clash = int(words.said["tags"].drop_nulls().len())
    if clash:
        notes.append(f"{clash} containers have tags that disagree")
    if not words.names:
        notes.append("nothing names a domain: domains are not assessed")
    return {
        "domains": domains["domain"].drop_nulls().n_unique(),
        "containers_with_domain": int(domains["domain"].drop_nulls().len()),
        "not_assessed": int(domains["domain"].null_count()),
        "questions": questions.height,
        "people_with_department": areas.height,
        "people_with_area": known,
        "people_by_holdings": words.inferred,
        "right": {kind: round(float(np.median(right)), 3) for kind, right in sorted(believer.rights_.items())},
        "notes": notes,
    }
