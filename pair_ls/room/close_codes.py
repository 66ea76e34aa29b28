"""Why the hub closes a connection. The numbers belong to the wire (docs/protocol.md) and never change their meaning."""

import enum


class CloseCode(enum.IntEnum):
    """1000-1015 are RFC 6455's own; 4400-4499 are ours, chosen after the HTTP status that says the same."""

    NORMAL = 1000
    RESTARTING = 1012  # the hub stops; the reason is the number of seconds after which to come back
    TRY_AGAIN = 1013  # nothing is wrong with the client: a document could not be loaded, a queue is full

    BAD_MESSAGE = 4400  # bytes that are no message, or an update that the guard refuses
    UNAUTHORIZED = 4401  # no token, or one that is expired, forged or revoked
    NOT_ALLOWED = 4403  # the message needs a right that the connection does not have
    UNKNOWN = 4404  # no such room or document, or not yours: the answer is the same
    SILENT = 4408  # no answer to pings, or a reader that has not read for too long
    REMOVED = 4410  # an owner removed this participant
    ROOM_CLOSED = 4411  # an owner closed or deleted the room
    MESSAGE_TOO_LARGE = 4413
    DOCUMENT_FULL = 4414
    ROOM_FULL = 4415  # the room has stored all the bytes it may
    TOO_MANY_PARTICIPANTS = 4416
    TOO_FAST = 4429  # more messages or bytes per second than the limit
