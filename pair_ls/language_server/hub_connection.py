"""One websocket to the hub that comes back by itself. Knows frames, not what is in them.

A lost connection is retried with full jitter between 0.2 and 30 s, so that a thousand editors do not return in step. A
hub that says no (unknown room, refused token) is not asked again: the person is.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidProxy, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from pair_ls.errors import InvalidInvite, NotAllowed, PairError, SettingsError, UnknownRoom
from pair_ls.language_server.hub_socket import HubSocket
from pair_ls.room.close_codes import CloseCode

log = logging.getLogger(__name__)

SUBPROTOCOL = Subprotocol("pair-ls.1")
FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 5.0
"""A connection that lived this long was a good one: the next loss starts with short delays again."""
OPEN_TIMEOUT_SECONDS = 10.0
MAX_FRAME_BYTES = 64 << 20
MAX_WAITING_BYTES = 64 << 20
"""More than this unsent: drop the connection. Coming back, the state exchange sends what is missing, once."""


@dataclass(frozen=True, slots=True)
class HubAddress:
    """Which room on which hub, and as whom. `token` and `participant` are secrets."""

    hub_url: str
    room_id: str
    participant: str = field(repr=False)
    name: str
    color: str | None = None
    token: str | None = field(default=None, repr=False)

    @property
    def websocket_url(self) -> str:
        """Where to connect; the token travels in a header, so that no log keeps it."""
        parts = urlsplit(self.hub_url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        path = f"{parts.path.rstrip('/')}/ws/{quote(self.room_id, safe='')}"
        known = {"participant": self.participant, "name": self.name, "color": self.color}
        query = urlencode({key: value for key, value in known.items() if value is not None})
        return urlunsplit((scheme, parts.netloc, path, query, ""))

    @property
    def headers(self) -> dict[str, str]:
        """What identifies us in the handshake."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    @property
    def is_loopback(self) -> bool:
        """True if no proxy may stand between."""
        return urlsplit(self.hub_url).hostname in ("127.0.0.1", "localhost", "::1")


class HubListener(Protocol):
    """Who hears what happens to the connection; called in the event loop, must not wait."""

    def hub_connected(self) -> None:
        """The handshake succeeded: frames can be sent."""
        ...

    def hub_frame(self, frame: bytes) -> None:
        """A binary frame came."""
        ...

    def hub_lost(self, *, was_connected: bool) -> None:
        """Not connected, or no longer; it will be tried again."""
        ...

    def hub_refused(self, error: PairError) -> None:
        """The hub said no; it will not be tried again."""
        ...


def retry_delay(failures: int, pick: Callable[[float, float], float] = random.uniform) -> float:
    """Seconds to wait after so many failures in a row: anything between the shortest and a limit that doubles."""
    limit = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(failures, 16))
    return pick(FIRST_DELAY_SECONDS, limit)


class HubConnection:
    """Starts with `start`, ends with `stop`; between them it is connected or trying."""

    def __init__(self, address: HubAddress, listener: HubListener) -> None:
        self._address = address
        self._listener = listener
        self._outgoing: list[bytes] = []
        self._socket: HubSocket | None = None
        self._was_connected = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, now and whenever the connection is lost."""
        self._task = asyncio.get_running_loop().create_task(self._keep_connected(), name="hub connection")

    async def stop(self) -> None:
        """Send what waits, say goodbye, and do not come back."""
        task, self._task = self._task, None
        if task is None:
            return
        if self._socket is not None:
            await self._close_gently(self._socket)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def send(self, frame: bytes) -> None:
        """Queue one frame; what is queued in one turn of the loop goes out together. Dropped while not connected."""
        if self._socket is None:
            return
        if not self._outgoing:
            self._socket.loop.call_soon(self._send_queued)
        self._outgoing.append(frame)

    def reconnect(self) -> None:
        """Cut the connection; the way back is the usual one."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _keep_connected(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            self._was_connected = False
            try:
                end = await self._connect_once()
            except PairError as error:
                self._listener.hub_refused(error)
                return
            except Exception as error:  # a bug must not cut this editor off for good
                log.error("the connection to the hub failed", exc_info=error)
                end = End(type(error).__name__)
            failures = 0 if loop.time() - started > STEADY_SECONDS else failures + 1
            log.info("not connected to the hub: %s", end.reason)
            self._listener.hub_lost(was_connected=self._was_connected)
            await asyncio.sleep(max(retry_delay(failures), end.retry_after))

    async def _connect_once(self) -> "End":
        """One connection from beginning to end. Raises PairError if there is no use in trying again."""
        try:
            async with connect(
                self._address.websocket_url,
                subprotocols=[SUBPROTOCOL],
                additional_headers=self._address.headers,
                compression=None,
                open_timeout=OPEN_TIMEOUT_SECONDS,
                max_size=MAX_FRAME_BYTES,
                proxy=None if self._address.is_loopback else True,
                create_connection=HubSocket,
            ) as socket:
                assert isinstance(socket, HubSocket)
                return await self._serve(socket)
        except InvalidStatus as error:
            return refusal(error.response.status_code, error.response.headers.get("Retry-After", ""))
        except (InvalidURI, InvalidProxy, ImportError, ValueError) as error:
            if self._was_connected:
                raise
            raise unusable(self._address.hub_url, error) from error
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
            return End(f"{type(error).__name__}: {error}")

    async def _serve(self, socket: HubSocket) -> "End":
        self._socket = socket
        self._was_connected = True
        self._outgoing.clear()
        try:
            self._listener.hub_connected()
            socket.receive_with(self._listener.hub_frame)
            await socket.wait_closed()
        finally:
            self._socket = None
        return closing(socket.close_code, socket.close_reason)

    def _send_queued(self) -> None:
        frames, self._outgoing = self._outgoing, []
        if self._socket is None:
            return
        waiting = self._socket.send_frames(frames)
        if waiting > MAX_WAITING_BYTES:
            log.warning("the hub does not read: %d bytes wait; connecting anew", waiting)
            self.reconnect()

    async def _close_gently(self, socket: HubSocket) -> None:
        try:
            async with asyncio.timeout(2):
                self._send_queued()
                await socket.close()
        except (OSError, TimeoutError, ConnectionClosed):
            pass


@dataclass(frozen=True, slots=True)
class End:
    """Why there is no connection now, and before how many seconds the hub does not want us back."""

    reason: str
    retry_after: float = 0.0


def refusal(status: int, retry_after: str = "") -> End:
    """What an HTTP answer to the handshake means: an end, or a PairError if there is no use in trying again."""
    match status:
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            raise UnknownRoom(
                "The hub does not know this room (any more). Ask for a new invite link and join again with"
                " `pair-ls join LINK`."
            )
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            raise NotAllowed(
                "The hub refuses this invite: it has expired, was revoked, or is not for this room. Ask for a new link."
            )
        case HTTPStatus.BAD_REQUEST | HTTPStatus.UPGRADE_REQUIRED:
            raise InvalidInvite(
                "What answers at the hub's address is not a pair-ls hub of this version. Check the address in the link."
            )
    return End(f"the hub answered HTTP {status}", seconds_of(retry_after))


def unusable(hub_url: str, error: Exception) -> PairError:
    """Why no connection can be tried. What the library says of it quotes addresses, which may hold secrets."""
    if isinstance(error, InvalidURI) or not _has_usable_host(hub_url):
        return InvalidInvite(
            f"The hub's address {hub_url} cannot be used; expected is http://HOST:PORT or https://HOST. Check the link"
            " with which the folder was joined."
        )
    if isinstance(error, ImportError):
        return SettingsError(
            "This machine's settings name a SOCKS proxy, for which Python needs the package python-socks[asyncio]:"
            " install it beside pair-ls, or name the hub in no_proxy."
        )
    return SettingsError(
        "The proxy that this machine's settings name cannot be used; expected is http://HOST:PORT. Correct http_proxy"
        " or https_proxy, or name the hub in no_proxy."
    )


def _has_usable_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.port != 0 and bool((parts.hostname or "").encode("idna"))
    except ValueError:
        return False


def closing(code: int | None, reason: str | None) -> End:
    """What a close frame means: an end, or a PairError if there is no use in coming back."""
    if code in GONE_FOR_GOOD:
        raise GONE_FOR_GOOD[code](
            reason or "The hub has ended this participation. Ask the room's owner for a new invite."
        )
    retry_after = seconds_of(reason or "") if code == CloseCode.RESTARTING else 0.0
    return End(f"the connection ended ({code or 'no close frame'})", retry_after)


def seconds_of(text: str) -> float:
    """A hub's wish, at most the longest delay; nothing if it is no number."""
    try:
        return min(max(float(text), 0.0), LONGEST_DELAY_SECONDS)
    except ValueError:
        return 0.0


GONE_FOR_GOOD: dict[int, type[PairError]] = {
    CloseCode.UNAUTHORIZED: NotAllowed,
    CloseCode.UNKNOWN: UnknownRoom,
    CloseCode.REMOVED: NotAllowed,
    CloseCode.ROOM_CLOSED: UnknownRoom,
    CloseCode.MESSAGE_TOO_LARGE: NotAllowed,
    CloseCode.DOCUMENT_FULL: NotAllowed,
    CloseCode.ROOM_FULL: NotAllowed,
}
"""Close codes after which coming back is of no use: the answer would be the same."""
