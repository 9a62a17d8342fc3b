"""Propose: domains, zones, roles and layout, in that order; pure, frames in and frames out."""
