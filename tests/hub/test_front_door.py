"""Where a connection goes with its first bytes."""

import contextlib
import socket

import pytest

from pair_ls.hub.front_door import is_websocket_handshake
from tests.support.hub_process import HubProcess

HEADERS = (
    b"Host: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
HANDSHAKE = b"GET /ws/room HTTP/1.1\r\n" + HEADERS + b"\r\n"


def answer_to(hub: HubProcess, *pieces: bytes) -> bytes:
    """The first bytes that come back, each piece sent after the one before has arrived."""
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces[:-1]:
            wire.sendall(piece)
            wire.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                pytest.fail(f"answered early: {wire.recv(100)!r}")
        wire.settimeout(20)
        wire.sendall(pieces[-1])
        return wire.recv(12)


@pytest.mark.parametrize(
    "data",
    [
        HANDSHAKE[:-1],
        HANDSHAKE + b"\x82\x80\0\0\0\0",
        HANDSHAKE.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        HANDSHAKE.replace(b"GET /ws/", b"GET /api/"),
        HANDSHAKE.replace(b"GET", b"POST"),
        HANDSHAKE.replace(b"Host: hub", b"Host: " + b"h" * 40_000),
        b"",
    ],
    ids=["not whole", "bytes behind it", "another upgrade", "another place", "another method", "too large", "nothing"],
)
def test_what_is_not_just_a_handshake_goes_the_usual_way(data: bytes) -> None:
    assert not is_websocket_handshake(data)


def test_a_handshake_is_known_whatever_the_case_of_its_headers() -> None:
    assert is_websocket_handshake(HANDSHAKE)
    assert is_websocket_handshake(HANDSHAKE.replace(b"Upgrade: websocket", b"UPGRADE: WebSocket"))


def test_a_handshake_is_answered_alike_whole_and_in_pieces(hub: HubProcess) -> None:
    room_id = hub.create_room()["roomId"].encode()
    handshake = HANDSHAKE.replace(b"/ws/room", b"/ws/" + room_id)
    assert answer_to(hub, handshake) == b"HTTP/1.1 101"
    assert answer_to(hub, handshake[:7], handshake[7:60], handshake[60:]) == b"HTTP/1.1 101"


def test_a_request_is_answered_on_a_connection_that_began_with_one_byte(hub: HubProcess) -> None:
    assert answer_to(hub, b"G", b"ET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == b"HTTP/1.1 200"


def test_a_bad_handshake_is_refused(hub: HubProcess) -> None:
    room_id = hub.create_room()["roomId"].encode()
    handshake = HANDSHAKE.replace(b"/ws/room", b"/ws/" + room_id)
    assert answer_to(hub, handshake.replace(b"Version: 13", b"Version: 12")) == b"HTTP/1.1 400"
    assert answer_to(hub, handshake.replace(b"Sec-WebSocket-Key", b"X-Key")) == b"HTTP/1.1 400"
