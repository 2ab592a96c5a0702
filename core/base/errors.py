"""Errors a user can act on, told apart from bugs and from cancellation.

``AppError`` and its children are the environment's or the input's fault: their message is one sentence that names the
file, frame or time, and ``hint`` says what to do. Every other exception is a bug of ours.
"""

from collections.abc import Mapping


class AppError(Exception):
    """A failure the user can act on.

    Attributes:
        message: one sentence: what happened, and where.
        hint: what to do next, or an empty string.
        details: facts for the log and for ``--json`` output.

    """

    def __init__(self, message: str, *, hint: str = "", details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = dict(details or {})

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not survive pickling by default, and these cross a process pipe.
        return (_rebuild, (type(self), self.message, self.hint, self.details))


class MediaError(AppError):
    """A media file cannot be read, decoded or written."""


class ProjectError(AppError):
    """A project file cannot be read or written."""


class ModelError(AppError):
    """Model weights are missing, have the wrong hash, version or shapes."""


class SettingsError(AppError):
    """An option or a request is out of range or contradicts another one."""


class DeviceError(AppError):
    """The asked-for device is absent, or out of memory after every retry."""


class Cancelled(BaseException):
    """The user cancelled; nothing is shown."""


def _rebuild(kind: type[AppError], message: str, hint: str, details: dict[str, object]) -> AppError:
    return kind(message, hint=hint, details=details)
