"""Every item of the golden lake, which has one of each route to access, has a dossier that says what it is."""

from lakezones import api
from lakezones.config import Settings
from lakezones.review.binding import content
from lakezones.review.dossier import Dossiers
from lakezones.review.dossier.role_cards import RoleDossier
from tests import golden


def test_every_item_has_a_dossier_and_roles_take_nothing_from_anybody() -> None:
    facts, settings = golden.facts(), Settings()
    access = api.access(facts)
    proposal = api.propose(facts, access).proposal
    findings, _ = api.findings(facts, access, proposal)
    made = Dossiers(facts, access, proposal, policies=settings.policies, findings=findings)
    kinds = set()
    for kind, object_id in content(facts, access, proposal, findings).objects.iter_rows():
        one = made.of(kind, object_id)
        kinds.add(kind)
        assert one.sentence.endswith("."), one.sentence
        assert "  " not in one.sentence
        if isinstance(one, RoleDossier):
            held = {(c, p): level for c, p, level in access.data_lane.iter_rows()}
            assert one.change.gains == one.change.loses == 0
            assert one.change.keeps == one.pairs
            for member in one.members:
                who = member.person.principal_id
                assert all(held[card.class_id, who] for card in one.classes)
            assert sum(place.containers for place in one.places) == one.containers
            assert sum(level.containers for level in one.levels) == one.containers
            assert sum(card.containers for card in one.sensitive) <= one.containers
    assert {"role", "residual", "finding", "merge"} <= kinds
