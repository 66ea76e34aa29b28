"""A room's websocket, on uvicorn's `ws=` extension point: one small object for each connection, no task, no queue.

The common frame goes the short way (frames.py); the handshake and all other frames go through `websockets`' sans-I/O
ServerProtocol. No compression. What a peer may make us hold is bounded: one message coming, one buffer going.
"""

import asyncio
import enum
import http
import json
import time
from typing import TYPE_CHECKING, Any, cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from pair_ls.errors import PairError
from pair_ls.hub.allowance import LONGEST_DEBT_SECONDS, Allowance
from pair_ls.hub.frames import PING, close_frame, frame_size, read_common
from pair_ls.hub.handshake import chosen_subprotocol, parse_handshake
from pair_ls.hub.live_room import LiveRoom
from pair_ls.hub.refusal import RETRY_AFTER_SECONDS, close_code_of, status_of
from pair_ls.hub.rights import Entrance
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.ids import ConnectionId
from pair_ls.room.member import Member

if TYPE_CHECKING:
    from pair_ls.hub.hub import Hub

SLOW_BYTES = 256 << 10
"""More than this waiting to be read by the peer: it gets no more relays until it has read all."""
MOST_HELD_BYTES = 1 << 20
"""More than this beyond what it was sent when it became slow: it is closed."""
STUCK_SECONDS = 30.0
PING_SECONDS = 20.0
"""Who has said nothing for so long is pinged; nearly all clients tell that they are there every 15 s."""
SILENT_SECONDS = 45.0
HANDSHAKE_SECONDS = 10.0
CLOSING_SECONDS = 2.0
"""After our close frame the peer has this long to close, then the connection is cut."""
_SOON_SECONDS = 60.0
"""Invites that expire so soon are looked at in each sweep."""
MOST_FRAGMENTS = 64
COUNTED_MESSAGES = 32
COUNTED_BYTES = 64 << 10
"""What comes is counted by so many messages or bytes, not one by one."""


class Phase(enum.Enum):
    """Where the connection stands."""

    HANDSHAKE = 1  # the request is being read, or the room is being woken
    OPEN = 2
    CLOSING = 3  # our close frame is out; what comes is thrown away
    CLOSED = 4


class RoomSocket(asyncio.Protocol):
    """uvicorn makes one after it has read an upgrade request, and replays that request into it."""

    __slots__ = (
        "_allowance",
        "_fragments",
        "_held_limit",
        "_hub",
        "_is_slow",
        "_live",
        "_needed",
        "_phase",
        "_pinged_at",
        "_protocol",
        "_request",
        "_rest",
        "_server_state",
        "_stuck_bytes",
        "_stuck_since",
        "_transport",
        "_uncounted",
        "_uncounted_bytes",
        "address",
        "connection_id",
        "entrance",
        "heard_at",
        "participant_id",
    )

    # uvicorn's own arguments; app_state is what the lifespan of the app yielded, hence Any.
    def __init__(self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: Any = None) -> None:
        self._hub: Hub = app_state["hub"]
        self._server_state = server_state
        self._transport: asyncio.Transport
        self._phase = Phase.HANDSHAKE
        self._protocol: ServerProtocol | None = None  # of the handshake, later of a fragmented message
        self._request: Request | None = None
        self._live: LiveRoom | None = None
        self._rest: bytes | bytearray = b""
        self._needed = 0
        self._fragments: list[Frame] | None = None
        self._is_slow = False
        self._held_limit = 0
        self._stuck_bytes = 0
        self._stuck_since = 0.0
        self._allowance: Allowance | None = None
        self._uncounted = 0  # messages and bytes since the last look at what it may send
        self._uncounted_bytes = 0
        self.address = ""
        self.connection_id = ConnectionId(0)
        self.participant_id = ""
        self.entrance: Entrance | None = None
        self.heard_at = time.monotonic()
        self._pinged_at = 0.0

    # ---- what the event loop calls ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The upgrade request follows at once."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=SLOW_BYTES, low=0)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self._server_state.connections.add(self)
        self._hub.socket_made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Over, for whatever reason."""
        self._phase = Phase.CLOSED
        self._server_state.connections.discard(self)
        self._hub.socket_lost(self)
        self._leave()

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer: in the usual case whole frames, with whole messages."""
        if self._phase is not Phase.OPEN:
            self._received_otherwise(data)
            return
        now = self.heard_at = time.monotonic()
        if self._rest:
            data = self._completed(data)
        messages: list[bytes] = []
        at, pongs = read_common(data, 0, messages)
        live = self._live
        connection_id = self.connection_id
        for message in messages:
            live.receive(connection_id, message, now)  # type: ignore[union-attr]  # an open connection has a room
        self._uncounted += len(messages) + pongs
        self._uncounted_bytes += at
        if self._uncounted >= COUNTED_MESSAGES or self._uncounted_bytes >= COUNTED_BYTES:
            self.count(now)
        if at < len(data):
            self._read_uncommon(data, at, now)

    def pause_writing(self) -> None:
        """More than SLOW_BYTES wait for the peer."""
        if self._phase is Phase.OPEN and not self._is_slow and self._live is not None:
            self._is_slow = True
            self._hub.watch(self)
            self._held_limit = self._transport.get_write_buffer_size() + MOST_HELD_BYTES
            self._live.pause(self.connection_id)

    def resume_writing(self) -> None:
        """The peer has read everything."""
        if self._is_slow:
            self._is_slow = False
            if self._phase is Phase.OPEN and self._live is not None:
                self._live.resume(self.connection_id)

    # ---- what the room and the hub call ----

    def send(self, frame: bytes) -> None:
        """Queue a frame. See live_room.Connection."""
        if self._phase is Phase.OPEN:
            self._transport.write(frame)
            if self._is_slow and self._transport.get_write_buffer_size() > self._held_limit:
                self.close(CloseCode.TRY_AGAIN, "you read too slowly; come back for what you missed")

    def close(self, code: int, reason: str) -> None:
        """Say why, leave the room at once, and cut the connection if the peer does not answer."""
        if self._phase is Phase.OPEN:
            self._hub.counters.closed[int(code)] += 1
            self._transport.write(close_frame(code, reason))
            self._closing()

    def is_in(self, live: LiveRoom) -> bool:
        """Whether it is connected to that room."""
        return self._live is live

    def end(self, code: int, reason: str) -> None:
        """The hub stops."""
        if self._phase is Phase.OPEN:
            self.close(code, reason)
        else:
            self._transport.abort()

    def shutdown(self) -> None:
        """uvicorn stops. The hub commits first, and closes all its sockets then."""
        self._hub.begin_shutdown()

    def sweep(self, now: float, wall_clock: float) -> bool:
        """Drops it if it is dead, stuck or expired, pings it if it is silent. Whether to look at it again soon."""
        if self._phase is Phase.HANDSHAKE:
            if now - self.heard_at > HANDSHAKE_SECONDS:
                self._transport.abort()
            return True
        if self._phase is not Phase.OPEN:
            return False
        expires_at = (self.entrance.expires_at if self.entrance is not None else None) or float("inf")
        if wall_clock >= expires_at:
            self.close(CloseCode.UNAUTHORIZED, "your invite has expired")
        elif now - self.heard_at > SILENT_SECONDS:
            self.close(CloseCode.SILENT, "no answer to pings")
        elif self._is_stuck(now):
            self.close(CloseCode.SILENT, "you have not read for too long")
        else:
            self.count(now)
            if now >= max(self.heard_at, self._pinged_at) + PING_SECONDS:
                self._pinged_at = now
                self._transport.write(PING)
        return self._stuck_bytes > 0 or expires_at - wall_clock < _SOON_SECONDS

    # ---- the handshake ----

    def _received_otherwise(self, data: bytes) -> None:
        if self._phase is Phase.CLOSING:
            if data[:1] == b"\x88":
                self._transport.close()
        elif self._phase is Phase.HANDSHAKE and self._protocol is None:
            self._read_request(data)
        else:
            self._transport.abort()  # a client waits for our answer before it sends frames

    def _read_request(self, data: bytes) -> None:
        self._protocol = ServerProtocol(select_subprotocol=chosen_subprotocol, max_size=None)
        self._protocol.receive_data(data)
        match self._protocol.events_received():
            case [Request() as request]:
                self._request = request
            case _:
                self._transport.abort()
                return
        try:
            handshake = parse_handshake(request)
        except PairError as error:
            self.refuse(error, tell_browser=False)
            return
        self._transport.pause_reading()
        self._hub.admit(self, handshake)

    def open(self, live: LiveRoom, member: Member, entrance: Entrance) -> None:
        """The hub lets it in."""
        if self._phase is Phase.HANDSHAKE and self._accept():
            self._phase = Phase.OPEN
            self._hub.counters.connections_opened += 1
            self.entrance = entrance
            self.participant_id = member.participant_id
            self._live = live
            self.connection_id = self._hub.next_connection_id()
            live.join(self.connection_id, self, member)

    def refuse(self, error: PairError, *, tell_browser: bool) -> None:
        """The hub does not. A browser's page hears nothing of a failed handshake, so its own succeeds and is closed."""
        if self._phase is not Phase.HANDSHAKE:
            return
        self._hub.counters.refused[error.code] += 1
        if tell_browser:
            if self._accept():
                self._phase = Phase.OPEN
                self.close(close_code_of(error), error.message)
            return
        self._reject(status_of(error), error)

    def _accept(self) -> bool:
        """Whether the request is a good websocket handshake; answers it either way."""
        protocol, request = self._protocol, self._request
        assert protocol is not None
        assert request is not None
        response = protocol.accept(request)
        protocol.send_response(response)
        self._write_of(protocol)
        self._protocol = self._request = None
        if response.status_code != 101:
            self._closing()
            return False
        self._transport.resume_reading()
        self.heard_at = time.monotonic()
        return True

    def _reject(self, status: int, error: PairError) -> None:
        protocol = self._protocol
        assert protocol is not None
        body = json.dumps({"title": error.message, "detail": error.message, "status": status, "code": error.code})
        response = protocol.reject(http.HTTPStatus(status), body)
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/problem+json"
        if status == http.HTTPStatus.TOO_MANY_REQUESTS:
            response.headers["Retry-After"] = RETRY_AFTER_SECONDS
        protocol.send_response(response)
        self._write_of(protocol)
        self._protocol = self._request = None
        self._closing()
        self._transport.close()

    # ---- frames ----

    def _completed(self, data: bytes) -> bytes:
        """With what waited before it; empty while its frame is not whole yet."""
        self._rest += data
        if len(self._rest) < self._needed:
            return b""
        whole, self._rest = bytes(self._rest), b""
        return whole

    def _read_uncommon(self, data: bytes, at: int, now: float) -> None:
        """From a frame that is not common or not whole."""
        while at < len(data) and self._phase is Phase.OPEN:
            size = frame_size(data, at)
            if size is not None and size > self._hub.rates.largest_message:
                self.close(CloseCode.MESSAGE_TOO_LARGE, f"a message may have {self._hub.rates.largest_message} bytes")
                return
            if size is None or at + size > len(data):
                self._rest = bytearray(data[at:])
                self._needed = size if size is not None else len(self._rest) + 1
                return
            self._uncommon_frame(data[at : at + size])
            messages: list[bytes] = []
            self._uncounted += 1
            self._uncounted_bytes += size
            at, pongs = read_common(data, at + size, messages)
            for message in messages:
                self._message(message, now)
            self._uncounted += len(messages) + pongs
            self.count(now)

    def _uncommon_frame(self, frame: bytes) -> None:
        protocol = self._protocol or ServerProtocol(state=OPEN, max_size=self._hub.rates.largest_message)
        protocol.receive_data(frame)
        for event in protocol.events_received():
            if isinstance(event, Frame):
                self._event(event)
        is_over = protocol.state is not OPEN
        if self._phase is Phase.OPEN:
            self._write_of(protocol)
            if is_over:
                self._closing()
                self._transport.close()
        self._protocol = protocol if protocol.current_size is not None and not is_over else None

    def _event(self, frame: Frame) -> None:
        """A frame that keeps the rules. Pings are answered already, and so is a close."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        fragments = self._fragments if self._fragments is not None else []
        fragments.append(frame)
        self._fragments = fragments
        if len(fragments) > MOST_FRAGMENTS:
            self.close(CloseCode.MESSAGE_TOO_LARGE, f"a message may come in {MOST_FRAGMENTS} pieces")
        elif frame.fin:
            self._fragments = None
            whole = b"".join(bytes(each.data) for each in fragments)
            if fragments[0].opcode is Opcode.BINARY:
                self._message(whole, time.monotonic())
            else:
                self._text(whole)

    def _message(self, message: bytes, now: float) -> None:
        if self._phase is Phase.OPEN and self._live is not None:
            self._live.receive(self.connection_id, message, now)

    def _text(self, message: bytes) -> None:
        try:
            text = message.decode()
        except UnicodeDecodeError:
            self.close(CloseCode.BAD_MESSAGE, "a text message must be UTF-8")
            return
        if self._phase is Phase.OPEN and self._live is not None:
            self._live.receive_text(self.connection_id, text)

    # ---- limits ----

    def count(self, now: float) -> None:
        """Counts what came. Not read for as long as it is over its rate; closed when that would be too long."""
        rates = self._hub.rates
        counters = self._hub.counters
        messages, self._uncounted = self._uncounted, 0
        size_bytes, self._uncounted_bytes = self._uncounted_bytes, 0
        counters.messages_in += messages
        counters.bytes_in += size_bytes
        if not messages:
            return
        allowance = self._allowance
        if allowance is None:
            allowance = self._allowance = Allowance(rates, now)
        debt = allowance.take(messages, size_bytes, rates, now)
        if debt > 0.0 and self._phase is Phase.OPEN:
            if debt > LONGEST_DEBT_SECONDS:
                self.close(CloseCode.TOO_FAST, "you send too much too fast")
            else:
                counters.slowed_senders += 1
                self._transport.pause_reading()
                self._hub.loop.call_later(debt, self._read_on)

    def _read_on(self) -> None:
        if self._phase is Phase.OPEN:
            self._transport.resume_reading()

    def _is_stuck(self, now: float) -> bool:
        """Whether something waits for the peer, and it has taken nothing of it for long."""
        waiting = self._transport.get_write_buffer_size()
        if self._stuck_bytes == 0 or waiting < self._stuck_bytes:
            self._stuck_since = now
        self._stuck_bytes = waiting
        return waiting > 0 and now - self._stuck_since > STUCK_SECONDS

    # ---- the end ----

    def _closing(self) -> None:
        self._phase = Phase.CLOSING
        self._hub.loop.call_later(CLOSING_SECONDS, self._transport.abort)
        self._leave()

    def _leave(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.leave(self.connection_id)

    def _write_of(self, protocol: ServerProtocol) -> None:
        data = b"".join(protocol.data_to_send())
        if data:
            self._transport.write(data)
