"""Roles that people would recognise: a choice of few that give most, and what would complete them."""
