"""The wire of a room: bytes <-> frozen dataclasses, every length bounded by what was received. Pure.

Two framings of the same messages (docs/protocol.md): PLAIN is the y-protocols message alone (y-protocols/sync.js,
auth.js, awareness.js and y-websocket's message types 0-3), PAIR puts the document id, a var-string, before it.
"""

import json
from dataclasses import dataclass
from typing import Any, assert_never

from pair_ls.crdt.encoding import (
    read_var_bytes,
    read_var_string,
    read_var_uint,
    write_var_bytes,
    write_var_string,
    write_var_uint,
)
from pair_ls.crdt.foreign_json import parse_foreign_json
from pair_ls.errors import RefusedBytes
from pair_ls.room.ids import INDEX, DocumentId, is_document_id

_SYNC, _AWARENESS, _AUTH, _QUERY_AWARENESS = 0, 1, 2, 3
_STEP_1, _STEP_2, _UPDATE = 0, 1, 2
_PERMISSION_DENIED = 0
_ACKNOWLEDGED, _NOTICE, _REQUEST, _RESPONSE, _CONTENT_HASH, _RESET = range(100, 106)
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class SyncStep1:
    """What the sender has; the receiver answers with `SyncStep2`."""

    state_vector: bytes


@dataclass(frozen=True, slots=True)
class SyncStep2:
    """What the receiver lacks, as one update; crdt's EMPTY_UPDATE if nothing."""

    update: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """A change, as it happens."""

    update: bytes


@dataclass(frozen=True, slots=True)
class AwarenessUpdate:
    """y-protocols awareness states, still encoded (crdt.awareness reads them)."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PermissionDenied:
    """The hub refused what the client sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class QueryAwareness:
    """Asks for all awareness states."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The first `count` sync step 2 and update messages of this connection in this document are durable."""

    count: int


@dataclass(frozen=True, slots=True)
class Notice:
    """For a person. `role` and `participant_id` come with the codes "welcome" and "role-changed"."""

    code: str
    message: str
    role: str | None = None
    participant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Asks the hub to do something; answered by the `Response` with the same id."""

    request_id: int
    method: str
    params: dict[str, Any]  # JSON


@dataclass(frozen=True, slots=True)
class Response:
    """`error` is (code, message), and then `result` is None."""

    request_id: int
    result: Any = None  # JSON
    error: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ContentHash:
    """What the sender has and what it looks like, so that a divergence is noticed."""

    state_vector: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Reset:
    """Keep a copy of your text, throw this replica away, and sync anew."""


Message = (
    SyncStep1
    | SyncStep2
    | Update
    | AwarenessUpdate
    | PermissionDenied
    | QueryAwareness
    | Acknowledged
    | Notice
    | Request
    | Response
    | ContentHash
    | Reset
)


def update_at(data: bytes, at: int) -> bytes | None:
    """The update, if the message that starts at `at` is an ordinary small `Update`; the quick way for keystrokes."""
    size = len(data) - at - 3
    if not 0 < size < 128 or data[at + 2] != size or data[at + 1] != _UPDATE or data[at] != _SYNC:
        return None
    return data[at + 3 :]


def bears_update(data: bytes, at: int) -> bool:
    """Whether the message that starts at `at` is one of those that acknowledgements count."""
    return data[at : at + 2] in (b"\x00\x01", b"\x00\x02")


_UPDATE_HEADS = tuple(bytes((_SYNC, _UPDATE, size)) for size in range(128))


def encode_update(update: bytes) -> bytes:
    """The `Update` message; it is also what a hub relays."""
    size = len(update)
    if size < 128:
        return _UPDATE_HEADS[size] + update
    return b"\x00\x02" + write_var_bytes(update)


def encode(message: Message) -> bytes:
    """One message in PLAIN framing."""
    match message:
        case Update(update):
            return encode_update(update)
        case SyncStep1(state_vector):
            return b"\x00\x00" + write_var_bytes(state_vector)
        case SyncStep2(update):
            return b"\x00\x01" + write_var_bytes(update)
        case AwarenessUpdate(data):
            return b"\x01" + write_var_bytes(data)
        case PermissionDenied(reason):
            return b"\x02\x00" + write_var_string(reason)
        case QueryAwareness():
            return b"\x03"
        case Acknowledged(count):
            return bytes((_ACKNOWLEDGED,)) + write_var_uint(count)
        case Notice():
            return bytes((_NOTICE,)) + write_var_string(_json_of_notice(message))
        case Request(request_id, method, params):
            body = _to_json({"method": method, "params": params})
            return bytes((_REQUEST,)) + write_var_uint(request_id) + write_var_string(body)
        case Response(request_id, result, error):
            outcome = {"result": result} if error is None else {"error": {"code": error[0], "message": error[1]}}
            return bytes((_RESPONSE,)) + write_var_uint(request_id) + write_var_string(_to_json(outcome))
        case ContentHash(state_vector, sha256):
            return bytes((_CONTENT_HASH,)) + write_var_bytes(state_vector) + sha256
        case Reset():
            return bytes((_RESET,))
        case _:
            assert_never(message)


def frame_head(document_id: DocumentId) -> bytes:
    """What stands before a message in PAIR framing."""
    return write_var_string(document_id)


def encode_frame(document_id: DocumentId, message: Message) -> bytes:
    """One message in PAIR framing."""
    return frame_head(document_id) + encode(message)


def decode_frame(data: bytes) -> tuple[DocumentId, Message]:
    """One message in PAIR framing. Raises RefusedBytes."""
    document_id, at = read_document_id(data)
    return document_id, decode(data, at)


def read_document_id(data: bytes) -> tuple[DocumentId, int]:
    """The document id that a PAIR frame starts with, and where its message starts. Raises RefusedBytes."""
    text, at = read_var_string(data, 0)
    if text and not is_document_id(text):
        raise RefusedBytes("the frame does not start with a document id", code="bad-document-id")
    return (DocumentId(text) if text else INDEX), at


def decode(data: bytes, at: int = 0) -> Message:
    """The one message from `at` to the end. Raises RefusedBytes if it is malformed, unknown, or followed by more."""
    message, end = _decode(data, at)
    if end != len(data):
        raise RefusedBytes("bytes follow the message: a frame carries exactly one", code="bytes-after-message")
    return message


def _decode(data: bytes, at: int) -> tuple[Message, int]:
    kind, at = read_var_uint(data, at)
    match kind:
        case 0:
            return _decode_sync(data, at)
        case 1:
            states, at = read_var_bytes(data, at)
            return AwarenessUpdate(states), at
        case 2:
            return _decode_auth(data, at)
        case 3:
            return QueryAwareness(), at
        case 100:
            count, at = read_var_uint(data, at)
            return Acknowledged(count), at
        case 101:
            text, at = read_var_string(data, at)
            return _notice_of_json(text), at
        case 102:
            request_id, at = read_var_uint(data, at)
            text, at = read_var_string(data, at)
            return _request_of_json(request_id, text), at
        case 103:
            request_id, at = read_var_uint(data, at)
            text, at = read_var_string(data, at)
            return _response_of_json(request_id, text), at
        case 104:
            state_vector, at = read_var_bytes(data, at)
            return ContentHash(state_vector, data[at : at + _HASH_BYTES]), _within(data, at + _HASH_BYTES)
        case 105:
            return Reset(), at
        case _:
            raise RefusedBytes(f"message type {kind} is unknown", code="unknown-message")


def _decode_sync(data: bytes, at: int) -> tuple[Message, int]:
    kind, at = read_var_uint(data, at)
    content, at = read_var_bytes(data, at)
    match kind:
        case 0:
            return SyncStep1(content), at
        case 1:
            return SyncStep2(content), at
        case 2:
            return Update(content), at
        case _:
            raise RefusedBytes(f"sync message type {kind} is unknown", code="unknown-message")


def _decode_auth(data: bytes, at: int) -> tuple[Message, int]:
    kind, at = read_var_uint(data, at)
    if kind != _PERMISSION_DENIED:
        raise RefusedBytes(f"auth message type {kind} is unknown", code="unknown-message")
    reason, at = read_var_string(data, at)
    return PermissionDenied(reason), at


def _within(data: bytes, end: int) -> int:
    if end > len(data):
        raise RefusedBytes("the message ends too early", code="truncated-message")
    return end


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse_json_object(text: str) -> dict[str, Any]:
    """A JSON object from outside. Raises RefusedBytes, also for nesting that would exhaust the stack."""
    try:
        value = parse_foreign_json(text)
    except ValueError as error:
        raise RefusedBytes("the message is not JSON", code="bad-json") from error
    if not isinstance(value, dict):
        raise RefusedBytes("the message is not a JSON object", code="bad-json")
    return value


def _json_of_notice(notice: Notice) -> str:
    fields = {"code": notice.code, "message": notice.message}
    if notice.role is not None:
        fields["role"] = notice.role
    if notice.participant_id is not None:
        fields["participantId"] = notice.participant_id
    return _to_json(fields)


def _notice_of_json(text: str) -> Notice:
    match parse_json_object(text):
        case {"code": str(code), "message": str(message), **rest}:
            role, participant_id = rest.get("role"), rest.get("participantId")
            return Notice(
                code,
                message,
                role if isinstance(role, str) else None,
                participant_id if isinstance(participant_id, str) else None,
            )
    raise RefusedBytes("a notice needs a code and a message", code="bad-json")


def _request_of_json(request_id: int, text: str) -> Request:
    match parse_json_object(text):
        case {"method": str(method), "params": dict(params)}:
            return Request(request_id, method, params)
    raise RefusedBytes("a request needs a method and params", code="bad-json")


def _response_of_json(request_id: int, text: str) -> Response:
    match parse_json_object(text):
        case {"error": {"code": str(code), "message": str(message)}}:
            return Response(request_id, error=(code, message))
        case {"result": result}:
            return Response(request_id, result)
    raise RefusedBytes("a response needs a result or an error", code="bad-json")
