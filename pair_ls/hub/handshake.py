"""What a websocket handshake asks for: pure, from the request to plain values. Tokens are never shown."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from pair_ls.errors import UnknownRoom
from pair_ls.room.ids import INDEX, MAIN, PERSON, DocumentId, ParticipantId, is_document_id
from pair_ls.room.member import Framing

PAIR = Subprotocol("pair-ls.1")
TOKEN_PREFIX = "pair-ls.token."
INDEX_NAME = "index"
"""How clients of one document name the list of documents in the path."""
_LONGEST = 256
_LONGEST_TOKEN = 8192
_SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Handshake:
    """A wish to enter a room."""

    room_id: str
    document_id: DocumentId
    framing: Framing
    token: str | None = field(repr=False)
    participant_id: ParticipantId | None
    """From the client's own secret, if it sent one."""
    name: str
    color: str
    acknowledges: bool
    origin: str | None
    host: str

    @property
    def is_browser(self) -> bool:
        """Browsers send an origin, and show their page no more of a refused handshake than that it failed."""
        return self.origin is not None


def parse_handshake(request: Request) -> Handshake:
    """Raises UnknownRoom for a path that names no room."""
    path, _, query_text = request.path.partition("?")
    room_id, document_id = _room_and_document(path)
    try:
        query = parse_qs(query_text, max_num_fields=20)
    except ValueError:
        query = {}
    headers = request.headers
    offered = [each.strip() for value in headers.get_all("Sec-WebSocket-Protocol") for each in value.split(",")]
    return Handshake(
        room_id,
        document_id,
        Framing.PAIR if PAIR in offered else Framing.PLAIN,
        bearer(headers.get("Authorization")) or _first(query, "token", _LONGEST_TOKEN) or _offered_token(offered),
        principal(_first(query, "participant")),
        _first(query, "name"),
        _first(query, "color"),
        _first(query, "acknowledge") == "1",
        headers.get("Origin"),
        headers.get("Host", ""),
    )


def chosen_subprotocol(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Ours if offered; else anything offered that is no token: a browser gives up when nothing it offered is chosen."""
    if PAIR in offered:
        return PAIR
    plain = [each for each in offered if not each.startswith(TOKEN_PREFIX)]
    return next(iter([*plain, *offered]), None)


def principal(secret: str) -> ParticipantId | None:
    """Who somebody is, from a random secret that their client keeps: others can know the one without the other.

    A secret that could be guessed is none: its hash is public.
    """
    if len(secret) < _SHORTEST_SECRET:
        return None
    return ParticipantId(PERSON + hashlib.sha256(secret.encode()).hexdigest()[:32])


def principal_of_subject(subject: str) -> ParticipantId:
    """Who somebody is whom an outside issuer names. Others know subjects: so no secret may lead to the same id."""
    return ParticipantId(PERSON + hashlib.blake2b(subject.encode(), digest_size=16, person=b"subject").hexdigest())


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header (RFC 6750)."""
    kind, _, token = (header or "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


def _room_and_document(path: str) -> tuple[str, DocumentId]:
    match path.strip("/").split("/"):
        case ["ws", room_id] if room_id:
            return unquote(room_id), MAIN
        case ["ws", room_id, document] if room_id and document == INDEX_NAME:
            return unquote(room_id), INDEX
        case ["ws", room_id, document] if room_id and is_document_id(document):
            return unquote(room_id), DocumentId(document)
    raise UnknownRoom("Rooms are at /ws/ROOM and /ws/ROOM/DOCUMENT.")


def _first(query: Mapping[str, Sequence[str]], name: str, longest: int = _LONGEST) -> str:
    return next(iter(query.get(name, ())), "")[:longest]


def _offered_token(offered: Sequence[str]) -> str | None:
    return next((each.removeprefix(TOKEN_PREFIX) for each in offered if each.startswith(TOKEN_PREFIX)), None)
