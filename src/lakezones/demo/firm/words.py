"""The Firm's vocabulary, read from ``words.toml``: names of everything, tokens of zones, file formats.

Nothing is computed here. A seed decides which of these words it uses.
"""

import tomllib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

Texts = tuple[str, ...]


class Domain(BaseModel):
    """A business domain: its short names, spellings of its department, its teams and what its tables hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    short: Texts
    departments: Texts
    teams: Texts
    subjects: Texts


class Words(BaseModel):
    """All words, as ``words.toml`` explains them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    domains: tuple[Domain, ...]
    engineer: str
    jobs: Texts
    first: Texts
    last: Texts
    systems: tuple[tuple[str, Texts], ...]
    qualifiers: Texts
    tokens: dict[str, Texts]
    sandbox_tokens: Texts
    conventions: Texts
    formats: dict[str, tuple[tuple[str, int], ...]]
    files: dict[str, str]
    loads: Texts
    sensitivities: Texts
    tail: Texts
    report_tools: Texts
    clients: tuple[tuple[str, str], ...]
    service_client: str


WORDS: Final = Words.model_validate(tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8")))
