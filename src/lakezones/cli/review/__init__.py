"""`lakezones review`: hand the proposal to reviewers, and take their decisions back.

A module per command adds itself to ``group.app``; help lists them in the order of the imports here.
"""

from lakezones.cli.review import export, importing, serve, signoff, status, verify  # isort: skip
from lakezones.cli.review.group import app

__all__ = ["app", "export", "importing", "serve", "signoff", "status", "verify"]
