"""The command line: one thin file per command; arguments, progress and exit codes, nothing else.

Commands of a group (``review``) are a folder, with a module for each. ``app`` is the way in: it loads the one command
that is called and turns errors into a line, a hint and an exit code.
``common`` makes a function a command with the options that all have; ``talk`` prints results, ``progress`` the progress
of a scan. The commands, in the order of the journey: ``demo``, ``scan``, ``access``, ``propose``, ``mine``, ``review``,
``plan``, ``verify``, ``export``, ``impact``, ``report``, ``diff``.

Exit codes: 0 done; 1 failed; 2 usage; 3 done but incomplete (gaps); 4 a check failed.
"""

from lakezones.cli.app import app, main

__all__ = ["app", "main"]
