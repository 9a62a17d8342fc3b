"""One self-contained HTML page: what was found, what is proposed, what to do first."""

from lakezones.report.page import render

__all__ = ["render"]
