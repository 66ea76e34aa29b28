"""One table: what each of our errors is to a REST client (HTTP status) and to a browser's websocket (close code)."""

from http import HTTPStatus

from pair_ls.errors import (
    InvalidInvite,
    NotAllowed,
    PairError,
    PathRefused,
    RefusedBytes,
    StoreUnavailable,
    UnknownRoom,
)
from pair_ls.room.close_codes import CloseCode

_BY_CODE = {
    "removed": (HTTPStatus.FORBIDDEN, CloseCode.REMOVED),
    "room-closed": (HTTPStatus.FORBIDDEN, CloseCode.ROOM_CLOSED),
    "too-many-connections": (HTTPStatus.TOO_MANY_REQUESTS, CloseCode.TOO_FAST),
    "too-many-requests": (HTTPStatus.TOO_MANY_REQUESTS, CloseCode.TOO_FAST),
    "unknown-participant": (HTTPStatus.NOT_FOUND, CloseCode.UNKNOWN),
    "unknown-document": (HTTPStatus.NOT_FOUND, CloseCode.UNKNOWN),
    "forgotten": (HTTPStatus.GONE, CloseCode.UNKNOWN),
    "hub-stopping": (HTTPStatus.SERVICE_UNAVAILABLE, CloseCode.RESTARTING),
    "document-full": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, CloseCode.DOCUMENT_FULL),
    "too-large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, CloseCode.MESSAGE_TOO_LARGE),
    "wrong-content-type": (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, CloseCode.BAD_MESSAGE),
}
_BY_KIND: tuple[tuple[type[PairError], HTTPStatus, CloseCode], ...] = (
    (UnknownRoom, HTTPStatus.NOT_FOUND, CloseCode.UNKNOWN),
    (InvalidInvite, HTTPStatus.UNAUTHORIZED, CloseCode.UNAUTHORIZED),
    (NotAllowed, HTTPStatus.FORBIDDEN, CloseCode.NOT_ALLOWED),
    (StoreUnavailable, HTTPStatus.SERVICE_UNAVAILABLE, CloseCode.TRY_AGAIN),
    (PathRefused, HTTPStatus.UNPROCESSABLE_ENTITY, CloseCode.BAD_MESSAGE),
    (RefusedBytes, HTTPStatus.UNPROCESSABLE_ENTITY, CloseCode.BAD_MESSAGE),
)
RETRY_AFTER_SECONDS = "5"
"""What the header Retry-After of a refusal that waiting may change says."""


def status_of(error: PairError) -> int:
    """The HTTP status that says the same."""
    return _both(error)[0]


def close_code_of(error: PairError) -> CloseCode:
    """The websocket close code that says the same."""
    return _both(error)[1]


def _both(error: PairError) -> tuple[int, CloseCode]:
    if error.code in _BY_CODE:
        status, code = _BY_CODE[error.code]
        return int(status), code
    for kind, status, code in _BY_KIND:
        if isinstance(error, kind):
            return int(status), code
    return 500, CloseCode.TRY_AGAIN
