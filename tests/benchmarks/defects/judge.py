"""Whether a screen names a planted defect, and whether it claims another: the criterion of `bench_planted` in words.

In: a job with its defect, what its role's first screen says. Out: the sentences that name it, deny it, or claim others.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.defects.lake import Job, Lake
from tests.benchmarks.defects.screen import Block

CLAIMS: Final = {
    "leaver": re.compile(
        r"\bdisabled\b|\bleavers?\b|\bhas left\b|\bno longer\b|not in the directory|directory does not know"
        r"|not known to the directory|unknown to the directory",
        re.IGNORECASE,
    ),
    "duties": re.compile(r"\bdut(y|ies)\b|\bseparat|\bstay apart\b|\bkept apart\b|\bnever meet\b", re.IGNORECASE),
    "restricted": re.compile(r"\brestricted\b", re.IGNORECASE),
    "unused": re.compile(
        r"\bunused\b|\b(not|never) used\b|\bused by (nobody|no one|none)\b|\b(nobody|no one|none)\b[^.;]*\bused?\b"
        r"|\bused (none|nothing)\b|\bdid not use\b|\bwithout use\b",
        re.IGNORECASE,
    ),
    "foreign": re.compile(r"\bforeign\b|\b(an)?other department\b", re.IGNORECASE),
    "ownerless": re.compile(
        r"\bno owner\b|\bwithout an? owner\b|\bownerless\b|\b(nobody|no one)\b[^.;]*\b(answers|owns|owner|say who)\b"
        r"|\bowner\b[^.;]*\b(unknown|not known|missing)\b",
        re.IGNORECASE,
    ),
}
"""How a defect of each kind is spoken of."""

DENIES: Final = re.compile(r"\bnothing stands out\b|\bno\b[^.;]*\b(was|were) found\b", re.IGNORECASE)
GRAVE: Final = ("medium", "high")
NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a screen says of its role.

    Attributes
    ----------
    named
        Blocks that name the planted defect.
    denied
        Blocks that say there is none of its kind, or nothing at all.
    others
        Kind and text of claims of another defect, at medium risk or above.
    """

    named: list[Block]
    denied: list[str]
    others: list[tuple[str, str]]


def judge(lake: Lake, job: Job, blocks: Sequence[Block]) -> Verdict:
    """Judge a screen by the criterion."""
    shown = [block for block in blocks if not DENIES.search(block.text)]
    whole = next((found[1] for block in blocks if (found := _RISK.fullmatch(block.text))), "")
    others = [
        (kind, block.text)
        for block in shown
        for kind, pattern in CLAIMS.items()
        if kind != job.kind
        and not block.button
        and pattern.search(_without(lake, job, block.text))
        and (block.risk or whole) in GRAVE
    ]
    return Verdict(
        named=[block for block in shown if any(names(lake, job, clause) for clause in _clauses(block.text))],
        denied=[block.text for block in blocks if DENIES.search(block.text)],
        others=others,
    )


def names(lake: Lake, job: Job, clause: str) -> bool:
    """Whether a clause names the kind of a job's defect and its subject."""
    person = bool(job.subject) and lake.names[job.subject] in clause
    spoken = CLAIMS[job.kind].search(clause) is not None
    match job.kind:
        case "leaver":
            return spoken and (person or (lake.gone[job.subject] and job.subject[:8] in clause))
        case "duties":
            return person and job.word in clause
        case "foreign":
            return person and job.word in clause
        case "ownerless":
            return spoken
        case _:
            return spoken and (any(one in clause for one in job.part) or _counts(clause, len(job.part)))


_RISK: Final = re.compile(r"(high|medium|low) risk", re.IGNORECASE)


def _clauses(text: str) -> list[str]:
    return re.split(r"[.;](?:\s|$)", text)


def _counts(clause: str, number: int) -> bool:
    word = NUMBERS[number] if number < len(NUMBERS) else str(number)
    return re.search(rf"\b({number}|{word})\b", clause, re.IGNORECASE) is not None


def _without(lake: Lake, job: Job, text: str) -> str:
    """A text without the names in it, which may hold any word."""
    for one in (lake.names.get(job.subject, ""), job.word, *job.containers):
        text = text.replace(one, "") if one else text
    return text
