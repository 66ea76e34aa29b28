"""All our exceptions on one screen: a sentence for the person, a stable code for the machine. Standard library only."""

import traceback
from collections.abc import Iterator


class PairError(Exception):
    """Base of the family. `message` says what happened, what was expected and what to do; `code` never changes."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class RefusedBytes(PairError):
    """Bytes from outside that are malformed, over a limit, or not allowed to their sender. Nothing was changed."""

    code = "refused-bytes"


class MissingUpdates(PairError):
    """An update that builds on others we have not seen. Not hostile: ask its sender for the difference (step 1)."""

    code = "missing-updates"


class Poisoned(PairError):
    """Native code failed on this replica: throw it away and build it anew from the store."""

    code = "poisoned"


class NotAllowed(PairError):
    """The participant's role, token or invite does not permit this."""

    code = "not-allowed"


class UnknownRoom(PairError):
    """No such room, or not yours: the answer is the same for both."""

    code = "unknown-room"


class InvalidInvite(PairError):
    """A link or token that cannot be read, has expired, or was revoked."""

    code = "invalid-invite"


class TextRefused(PairError):
    """A text that cannot be shared: NUL, undecodable, or over the size limit."""

    code = "text-refused"


class PathRefused(PairError):
    """A document path that would leave the folder, surprise the machine, or run something."""

    code = "path-refused"


class SettingsError(PairError):
    """A setting that is unknown, malformed, or contradicts another; the message names the key."""

    code = "bad-setting"


class HubUnreachable(PairError):
    """The hub does not answer. Work goes on locally; edits merge when it is back."""

    code = "hub-unreachable"


class StoreUnavailable(PairError):
    """The database cannot be reached, is locked, or is full. Nothing acknowledged is lost."""

    code = "store-unavailable"


def places(error: BaseException) -> Iterator[str]:
    """For logs: where it was raised, innermost last, and its kind; what it came from before.

    Never its message nor any value: those of other libraries quote what they were given, which may be somebody's text.
    """
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from places(earlier)
    for frame in traceback.extract_tb(error.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    code = f" [{error.code}]" if isinstance(error, PairError) else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}{code}"
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from places(inner)
