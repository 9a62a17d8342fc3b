"""How a round of review goes: how closely it is looked at, and whether planted wrong roles are noticed.

In: decisions, what reviewers opened and for how long, a proposal. Out: measures in words. ``quality`` measures a
campaign as a whole, and people only where the settings ask for it; ``canaries`` plants roles that nobody should
approve, which are never planned, and counts how many were noticed.
"""

from lakezones.review.campaign.canaries import Canary, Planted, noticed, plant, without
from lakezones.review.campaign.quality import CampaignQuality, Look, measure

__all__ = ["CampaignQuality", "Canary", "Look", "Planted", "measure", "noticed", "plant", "without"]
