"""Deciders' decisions: what can be said, what is taken, what is on record, and where everything stands."""

from lakezones.review.decisions.accept import Accepted, accept
from lakezones.review.decisions.drafts import Draft
from lakezones.review.decisions.records import Record, Submission, fold, submit, withdraw
from lakezones.review.decisions.stand import Stand, stand
from lakezones.review.decisions.standings import standings
from lakezones.review.decisions.vocabulary import Effect, effect_words, needs_day, needs_reason, options, sayable

__all__ = [
    "Accepted",
    "Draft",
    "Effect",
    "Record",
    "Stand",
    "Submission",
    "accept",
    "effect_words",
    "fold",
    "needs_day",
    "needs_reason",
    "options",
    "sayable",
    "stand",
    "standings",
    "submit",
    "withdraw",
]
