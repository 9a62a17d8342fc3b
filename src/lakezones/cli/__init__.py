"""The command line: one thin file per command; arguments, progress and exit codes, nothing else.

Exit codes: 0 done; 1 failed; 2 usage; 3 done but incomplete (gaps); 4 a check failed.
"""

from lakezones.cli.app import app, main

__all__ = ["app", "main"]
