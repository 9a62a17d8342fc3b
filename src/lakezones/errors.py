"""Every error lakezones raises on purpose, in one tree.

::

    LakezonesError                 exit 1: what went wrong, why, and a hint
    ├── UsageError                 exit 2: an argument or a combination of them
    ├── ConfigError                a TOML file, an environment variable, a bad pattern
    │   └── MissingPackageError    a library of an optional extra that is not installed
    ├── InputError                 a capture, matrix or decision file that cannot be read
    │   ├── MissingColumnError     a required column is not there
    │   └── EncodingError          text that is not UTF-8
    ├── WorkspaceError             the folder a user works in
    │   ├── MissingStageError      a stage that has not been run
    │   └── StaleInputError        outputs that no longer match the inputs they were made from
    ├── NotFoundError              a principal, container or role nobody knows
    ├── ServiceUnavailable         an endpoint that does not answer
    ├── LimitExceeded              a cap by count or share; carries both numbers
    ├── GapsError                  failed reads that stop a plan unless accepted
    └── CheckFailed                exit 4: an invariant or a --fail-on condition

Messages say what and why on one line; ``hint`` says what to do, and is printed on a line of its own.
"""


class LakezonesError(Exception):
    """Base of all errors meant for users: printed without a traceback.

    Parameters
    ----------
    message
        What went wrong and why, one line.
    hint
        What the user can do about it, one line.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LakezonesError):
    """Arguments that make no sense together."""

    exit_code = 2


class ConfigError(LakezonesError):
    """A setting that is unknown, of the wrong type or not allowed."""


class MissingPackageError(ConfigError):
    """A library that comes with an extra is not installed."""


class InputError(LakezonesError):
    """Input from outside that cannot be used as a whole."""


class MissingColumnError(InputError):
    """A table without a column that it must have."""


class EncodingError(InputError):
    """Text in an encoding other than UTF-8."""


class WorkspaceError(LakezonesError):
    """The workspace folder, its manifests or its permissions."""


class MissingStageError(WorkspaceError):
    """A stage was asked for whose predecessor has not been run."""


class StaleInputError(WorkspaceError):
    """A file is not the one that later outputs were made from."""


class NotFoundError(LakezonesError):
    """A name or id that is in none of the tables."""


class ServiceUnavailable(LakezonesError):
    """An endpoint that does not answer."""


class LimitExceeded(LakezonesError):
    """A cap was hit; ``value`` and ``limit`` are what was counted and what is allowed."""

    def __init__(self, message: str, *, value: float, limit: float, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.value = value
        self.limit = limit


class GapsError(LakezonesError):
    """Some reads failed, and what was not read could change the answer."""


class CheckFailed(LakezonesError):
    """Something that must always hold does not."""

    exit_code = 4
