"""Every item of the golden lake as a page: each kind has one, and nothing in it is left to chance."""

import re
from collections import Counter

import pytest

from lakezones.pipeline import Workspace
from lakezones.pipeline.deciding import ReviewBasis
from lakezones.review import pages
from tests.journey import golden_lake
from tests.review.pages import samples


@pytest.fixture(scope="module")
def basis() -> ReviewBasis:
    return Workspace(golden_lake()).review_basis()


def test_each_item_has_a_page(basis: ReviewBasis) -> None:
    shown: Counter[str] = Counter()
    for row in basis.built.items.iter_rows(named=True):
        kind, object_id = row["object_kind"], row["object_id"]
        listed = samples.row(
            kind=kind,
            id=object_id,
            name=row["name"],
            sentence=row["sentence"],
            risk=row["risk"],
            risk_reason=row["risk_reason"],
        )
        html = pages.item(samples.item(row=listed, dossier=basis.dossiers.of(kind, object_id)), fragment=True)
        assert html.count("<h1>") == 1
        assert not re.search(r"\bNone\b(?! of)", html)
        shown[kind] += 1
    assert {"role", "residual", "finding"} <= shown.keys()


def test_a_role_says_what_is_known_of_it(basis: ReviewBasis) -> None:
    role_id = basis.proposal.roles["role_id"].sort()[0]
    dossier = basis.dossiers.of("role", role_id)
    html = pages.item(samples.item(row=samples.row(id=role_id), dossier=dossier), fragment=True)
    for member in dossier.members:
        assert member.person.name in html
    for heading in ("Entitlements", "As proposed, or fitted to use", "Why it is proposed", "<svg"):
        assert heading in html
