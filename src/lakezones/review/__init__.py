"""Reviewers' decisions on what was proposed, each bound to what was seen."""
