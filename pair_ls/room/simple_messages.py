"""What simple clients send and are sent: JSON in text frames, parsed once into frozen dataclasses. Pure."""

import json
from dataclasses import dataclass
from typing import Any

from pair_ls.errors import RefusedBytes
from pair_ls.room.messages import parse_json_object

_MOST_ID_CHARACTERS = 128
_LARGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class JoinRoom:
    """First of all. `code` is the first content of a document that never had any, else ignored."""

    user_id: str
    name: str
    code: str | None


@dataclass(frozen=True, slots=True)
class CodeUpdate:
    """The client's whole text. `version`: of the last room_state or code_update that it has seen, if it says so."""

    code: str
    version: int | None
    cursor_position: int | None  # UTF-16 units of `code`


@dataclass(frozen=True, slots=True)
class CursorUpdate:
    """The caret has moved."""

    cursor_position: int | None  # UTF-16 units of the text the client shows


@dataclass(frozen=True, slots=True)
class LeaveRoom:
    """Last of all."""


SimpleMessage = JoinRoom | CodeUpdate | CursorUpdate | LeaveRoom


def parse_simple(text: str) -> SimpleMessage:
    """Raises RefusedBytes; its message is meant for the client's author."""
    message = parse_json_object(text)
    data = message.get("data", {})
    if not isinstance(data, dict):
        raise RefusedBytes("data must be an object.", code="bad-message")
    match message.get("type"):
        case "join_room":
            code = data.get("code")
            return JoinRoom(
                _id(message.get("userId")), str(data.get("name", "")), code if isinstance(code, str) else None
            )
        case "code_update":
            code = data.get("code")
            if not isinstance(code, str):
                raise RefusedBytes("code_update needs data.code, a string.", code="bad-message")
            return CodeUpdate(code, _number(data.get("version")), _number(data.get("cursorPosition")))
        case "cursor_update":
            position = _number(data.get("cursorPosition"))
            if position is None:
                raise RefusedBytes("cursor_update needs data.cursorPosition, a number from 0.", code="bad-message")
            return CursorUpdate(position)
        case "leave_room":
            return LeaveRoom()
    raise RefusedBytes("type must be join_room, code_update, cursor_update or leave_room.", code="unknown-message")


def simple_text(kind: str, room_id: str, user_id: str, data: dict[str, Any]) -> str:
    """One message to a simple client."""
    message = {"type": kind, "roomId": room_id, "userId": user_id, "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _id(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _MOST_ID_CHARACTERS or not value.isprintable():
        raise RefusedBytes(f"userId must be a string of at most {_MOST_ID_CHARACTERS} characters.", code="bad-message")
    return value


def _number(value: object) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_NUMBER
    return value if isinstance(value, int) and is_number else None
